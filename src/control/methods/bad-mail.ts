/** BadMail: what could neither be delivered nor returned, and what an administrator does with it. */
import type { BadMailFacts, BadMailFolder } from '../../bad-mail/bad-mail-folder.ts';
import { BadMailBusy } from '../../bad-mail/bad-mail-folder.ts';
import { type FolderEntry, isBaseName } from '../../bad-mail/folder-entries.ts';
import { RelayProblem } from '../../contract/problems.ts';
import { wildcardMatcher } from '../../message/wildcard.ts';
import { Best } from '../best.ts';
import { compileFilter } from '../filter.ts';
import { isoTime, type Params, type PartOf, type Result } from '../handlers.ts';
import { comparerOf, propertiesOf } from '../properties.ts';
import { NO_LIMIT } from '../selection.ts';
import { envelopeInstead, takingMessage } from '../written.ts';

export interface BadMailMethodsDependencies {
  readonly badMail: BadMailFolder;
  readonly now: () => number;
}

type BadMail = Result<'badmail.list'>[number];

/** What goes over the control port at a time. */
const PIECE = 4 * 1024 * 1024;
const READ_AT_A_TIME = 32;
/** As the contract says. */
const CLEARED_AT_A_TIME = 5000;

export function badMailMethods({ badMail, now }: BadMailMethodsDependencies): PartOf<'badmail'> {
  /** The entries of an identity. @throws RelayProblem NotFound for one that is not there. */
  async function* entriesOf(identity: string | undefined): AsyncGenerator<readonly FolderEntry[]> {
    if (identity === undefined) yield* badMail.entries();
    else if (/[*?]/.test(identity)) yield* badMail.entries(wildcardMatcher(identity));
    else yield [await one(identity)];
  }

  async function one(identity: string): Promise<FolderEntry> {
    if (!isBaseName(identity))
      throw new RelayProblem('InvalidParameter', `"${identity}" is no name of a bad mail.`, [
        {
          path: 'identity',
          value: identity,
          message: 'must be the name of a file in BadMail, without folder and ending',
        },
      ]);
    const entry = await badMail.find(identity);
    if (!entry) throw noBadMail(identity);
    return entry;
  }

  const list = async ({ identity, filter, sortOrder, resultSize }: Params<'badmail.list'>): Promise<BadMail[]> => {
    const limit = resultSize === undefined ? 1000 : (resultSize ?? NO_LIMIT);
    if (filter === undefined && !sortOrder?.length) {
      // The names are enough to choose; only what is shown is read.
      const newest = new Best<FolderEntry>(limit, (a, b) => b.time - a.time || (a.identity < b.identity ? -1 : 1));
      for await (const part of entriesOf(identity)) newest.add(part);
      return readAll(newest.all);
    }
    const matches = filter === undefined ? () => true : compileFilter(filter, propertiesOf('BadMail'));
    const compare = comparerOf(sortOrder?.length ? sortOrder : ['-Timestamp', 'Identity'], propertiesOf('BadMail'));
    const first = new Best<BadMail>(limit, compare);
    for await (const part of entriesOf(identity)) first.add((await readAll(part)).filter(matches));
    return [...first.all];
  };

  const readAll = async (entries: readonly FolderEntry[]): Promise<BadMail[]> => {
    const shown: BadMail[] = [];
    for (let at = 0; at < entries.length; at += READ_AT_A_TIME) {
      const facts = await Promise.all(entries.slice(at, at + READ_AT_A_TIME).map(entry => badMail.read(entry)));
      shown.push(...facts.filter(found => found !== null).map(toBadMail));
    }
    return shown;
  };

  return {
    'badmail.list': list,
    'badmail.restart': async ({ identity, sender, recipients }) => {
      const entry = await one(identity);
      const instead = envelopeInstead(sender, recipients);
      const done = await takingMessage('identity', () => badMail.restart(entry, instead)).catch(asBusy(identity));
      if (!done) throw noBadMail(identity);
      const { message, left } = done;
      if (left !== null)
        throw new RelayProblem(
          'StorageFailed',
          `Bad mail "${identity}" is in the queue as ${message.id}, but its file can't be removed (${left}); remove it, or it may be sent again.`,
        );
      return {
        internalMessageId: message.id,
        transfer: null,
        fromAddress: message.envelope.reversePath || '<>',
        recipients: message.envelope.recipients.map(({ address }) => address),
        subject: message.subject,
        size: message.size,
      };
    },
    'badmail.export': async ({ identity, offset }) => {
      const from = offset ?? 0;
      const piece = await badMail.piece(await one(identity), from, PIECE);
      if (!piece) throw new RelayProblem('NotFound', `Of bad mail "${identity}" only the reason is left.`);
      const { size, bytes } = piece;
      return { identity, size, offset: Math.min(from, size), content: bytes.toString('base64') };
    },
    'badmail.clear': async ({ identity, filter, olderThan, limit }) => {
      if (identity === undefined && filter === undefined && olderThan === undefined)
        throw new RelayProblem('InvalidParameter', 'Say which: identity, filter or olderThan is missing.', [
          { path: 'identity', message: 'or filter or olderThan is required' },
        ]);
      const matches = filter === undefined ? null : compileFilter(filter, propertiesOf('BadMail'));
      const before = olderThan === undefined ? Number.POSITIVE_INFINITY : now() - olderThan * 1000;
      const most = limit ?? CLEARED_AT_A_TIME;
      let removed = 0;
      for await (const part of entriesOf(identity)) {
        const all = await wanted(
          part.filter(({ time }) => time < before),
          matches,
        );
        const now = all.slice(0, most - removed);
        const results = await Promise.allSettled(now.map(entry => badMail.remove(entry)));
        removed += results.filter(({ status }) => status === 'fulfilled').length;
        const at = results.findIndex(({ status }) => status === 'rejected');
        if (at !== -1) asNotRemoved(now[at]!.identity, removed)((results[at] as PromiseRejectedResult).reason);
        if (now.length < all.length) return { removed, more: true };
      }
      return { removed, more: false };
    },
  };

  async function wanted(entries: readonly FolderEntry[], matches: ((object: object) => boolean) | null) {
    if (!matches) return entries;
    const facts = await Promise.all(entries.map(entry => badMail.read(entry)));
    return facts.flatMap(found => (found && matches(toBadMail(found)) ? [found.entry] : []));
  }
}

const toBadMail = ({ entry, reason, sender, recipients, subject }: BadMailFacts): BadMail => ({
  identity: entry.identity,
  timestamp: isoTime(entry.time),
  fromAddress: sender === null ? null : sender || '<>',
  recipients: [...recipients],
  subject,
  size: entry.size,
  reason: reason.text,
  internalMessageId: reason.queueId,
  file: entry.mail,
});

const noBadMail = (identity: string) =>
  new RelayProblem('NotFound', `There is no bad mail "${identity}".`, [
    { path: 'identity', value: identity, message: 'does not exist' },
  ]);

const asBusy =
  (identity: string) =>
  (error: unknown): never => {
    if (error instanceof BadMailBusy)
      throw new RelayProblem('Busy', `Bad mail "${identity}": ${error.message}`, [
        { path: 'identity', value: identity, message: error.message },
      ]);
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RelayProblem || code === undefined) throw error;
    throw new RelayProblem('StorageFailed', `Bad mail "${identity}" can't be read (${code}).`, [], { cause: error });
  };

const asNotRemoved =
  (identity: string, removed: number) =>
  (error: unknown): never => {
    if (error instanceof BadMailBusy) return asBusy(identity)(error);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new RelayProblem(
      'StorageFailed',
      `Bad mail "${identity}" can't be removed (${code ?? message}). ${removed} other(s) were removed.`,
      [],
      { cause: error },
    );
  };

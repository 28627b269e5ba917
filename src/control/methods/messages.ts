/** Waiting messages: what waits and why, and what an administrator does with it. */
import { RelayProblem } from '../../contract/problems.ts';
import { writeEnvelopeLines } from '../../spool/envelope-lines.ts';
import { SpoolFull, type Work } from '../../spool/spool.ts';
import type { PartOf } from '../handlers.ts';
import { findMessages, isOneMessage, listMessages, type MessageSelection, noMessage } from '../message-selection.ts';
import { findNamed } from '../named-list.ts';
import { type Message, toMessage } from '../queue-view.ts';
import { requireSelection, type SelectionDependencies } from '../selection.ts';

export type MessageMethodsDependencies = SelectionDependencies & {
  readonly connectors: () => readonly { readonly name: string; readonly enabled: boolean }[];
};

type MessageMethods = Pick<
  PartOf<'message'>,
  | 'message.list'
  | 'message.remove'
  | 'message.suspend'
  | 'message.resume'
  | 'message.retry'
  | 'message.move'
  | 'message.export'
>;

/** What of a message goes over the control port at a time. */
const PIECE = 4 * 1024 * 1024;

/** Messages that are changed at the same time; their writes share a commit. */
const AT_A_TIME = 64;

export function messageMethods(deps: MessageMethodsDependencies): MessageMethods {
  const { spool } = deps;
  const { administration } = deps.scheduler;

  /** Messages as they are now; those that are gone are left out. */
  const show = async (works: readonly Work[]): Promise<Message[]> => {
    const shown: Message[] = [];
    for (const { hop, message } of works) {
      const now = await spool.list({ hops: [hop], number: message.number, limit: 1 });
      shown.push(...now.map(work => toMessage(work, deps)));
    }
    return shown;
  };

  return {
    'message.list': params => listMessages(deps, params, params),
    'message.remove': async ({ withNDR, ...selection }) => {
      const done = await changeEach(deps, selection, 'removed', work =>
        administration.removeMessage(work, withNDR ?? true),
      );
      return { removed: done.length };
    },
    'message.suspend': async selection =>
      show(await changeEach(deps, selection, 'suspended', work => administration.suspendMessage(work))),
    'message.resume': async selection =>
      show(await changeEach(deps, selection, 'resumed', work => administration.resumeMessage(work))),
    'message.retry': async selection => {
      const one = isOneMessage(selection);
      const tried = await changeEach(deps, selection, 'tried', async work => {
        const why = whyNotTried(deps, work);
        if (why === null) {
          const next = await administration.retryMessage(work);
          // One goes before all others; many take their turn, since a queue holds few in memory.
          return one ? next : undefined;
        }
        if (one)
          throw new RelayProblem('InvalidParameter', `Message ${work.message.id} can't be tried: ${why}.`, [
            { path: 'identity', value: selection.identity, message: why },
          ]);
        return undefined;
      });
      return show(tried);
    },
    'message.move': async ({ connector, ...selection }) => {
      const { name, enabled } = findNamed(deps.connectors(), 'connector', connector);
      if (!enabled)
        throw new RelayProblem('InvalidParameter', `The connector ${name} is not enabled.`, [
          { path: 'connector', value: name, message: 'is not enabled' },
        ]);
      const moved = await changeEach(deps, selection, 'moved', work => administration.moveMessage(work, name));
      // They stand in other queues now.
      const shown: Message[] = [];
      for (const number of new Set(moved.map(({ message }) => message.number)))
        shown.push(...(await spool.list({ hops: null, number, limit: 1 })).map(work => toMessage(work, deps)));
      return shown;
    },
    'message.export': async ({ identity, offset }) => {
      const { value: work } = await findMessages(deps, { identity }, { page: 1 }).next();
      if (!work) throw noMessage(identity);
      const { message } = work;
      const body = await spool.openBody(message);
      const lines = writeEnvelopeLines(message.envelope);
      const size = lines.length + body.size;
      const from = Math.min(offset ?? 0, size);
      const end = Math.min(from + PIECE, size);
      const parts = [lines.subarray(from, end)];
      if (end > lines.length)
        for await (const chunk of body.stream(Math.max(0, from - lines.length), end - lines.length))
          parts.push(chunk as Buffer);
      return { identity: message.id, size, offset: from, content: Buffer.concat(parts).toString('base64') };
    },
  };
}

function whyNotTried({ scheduler, describe }: SelectionDependencies, work: Work): string | null {
  if (work.recipients.every(recipient => recipient.suspended)) return 'it is suspended; use Resume-SmtpMessage';
  const queue = scheduler.queueOf(work.hop);
  if (queue?.suspended) return `its queue ${describe(work.hop).nextHopDomain} is suspended; use Resume-SmtpQueue`;
  return null;
}

/**
 * Does something to every message meant, a few at a time. @returns those it was done to. @throws
 * RelayProblem Busy, when all others are done, for those that are being delivered at this moment: what
 * is under way can't be called back, and what becomes of it must be written down first.
 */
async function changeEach(
  deps: SelectionDependencies,
  selection: MessageSelection,
  what: string,
  change: (work: Work) => Promise<Work | undefined>,
): Promise<Work[]> {
  requireSelection(selection);
  const done: Work[] = [];
  const busy: Work[] = [];
  for await (const works of inParts(findMessages(deps, selection))) {
    const part = works.map(async work => {
      const result = await deps.scheduler.administration
        .withMessage(work.hop, work.message.number, change)
        .catch(asProblem);
      if (result === 'done') done.push(work);
      else if (result === 'busy') busy.push(work);
    });
    // All of them come to their end before a failure is told.
    const failed = (await Promise.allSettled(part)).find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
  if (busy.length > 0) throw isBusy(busy, done.length, what);
  if (done.length === 0 && isOneMessage(selection)) throw noMessage(selection.identity!);
  return done;
}

async function* inParts<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let part: T[] = [];
  for await (const item of items) {
    if (part.push(item) < AT_A_TIME) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function isBusy(busy: readonly Work[], done: number, what: string): RelayProblem {
  const which = busy.length === 1 ? `Message ${busy[0]!.message.id} is` : `${busy.length} messages are`;
  const others = done === 0 ? '' : ` ${done} other(s) were ${what}.`;
  return new RelayProblem('Busy', `${which} being delivered and can't be ${what} now.${others}`, [
    { path: 'identity', value: busy[0]!.message.id, message: 'is being delivered' },
  ]);
}

/** The report to the sender needs room too. */
function asProblem(error: unknown): never {
  if (!(error instanceof SpoolFull)) throw error;
  throw new RelayProblem(
    'StorageFailed',
    `The report could not be stored, so nothing was removed: ${error.message}`,
    [],
    {
      cause: error,
    },
  );
}

/**
 * Sends one file of the Pickup folder: looked at, claimed by rename, put into the spool, removed. What
 * can't be claimed is not sent; what was accepted is never sent again. Between the moment the spool has
 * the message and the removal of the file nothing else runs (both calls are synchronous), so a crash
 * there finds the message still in the spool.
 */
import { renameSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Intake, IntakeRefused } from '../listener/intake.ts';
import type { Emit } from '../log/events.ts';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { type Spool, SpoolFull } from '../spool/spool.ts';
import { claimName } from './claim.ts';
import { DotRemover } from './dots.ts';
import { HEAD_AT_MOST, HeadCollector } from './head-collector.ts';
import { MailSource } from './mail-source.ts';
import { markLength, type PickupRefusal, readPickupHead, wrongEncoding } from './pickup-head.ts';
import { moveToBadMail } from './refused-file.ts';
import type { SentMemory } from './sent-memory.ts';
import { limitsOf, tooLarge, type WrittenMessageSettings } from './written-message.ts';

export interface PickupSettings extends WrittenMessageSettings {
  readonly pickupDotHandling: 'AsIs' | 'Unstuff' | 'Auto';
}

/** What is done to files of the folder; tests hand in a folder that refuses. */
export interface FileActions {
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
}

export const realFiles: FileActions = { rename: renameSync, remove: unlinkSync };

export interface PickupFileDependencies {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly settings: () => PickupSettings;
  readonly badMailFolder: string;
  readonly sent: SentMemory;
  readonly files: FileActions;
}

export type FileResult =
  | { readonly kind: 'sent' | 'refused' | 'gone' | 'changing' }
  /** Not now: nothing was sent, the file is where it was. */
  | { readonly kind: 'blocked'; readonly reason: string }
  /** Nothing was sent, but the file kept its claim. */
  | { readonly kind: 'stranded'; readonly reason: string; readonly claim: string };

const ORIGIN: Origin = {
  source: 'PICKUP',
  clientIp: null,
  heloName: null,
  listener: null,
  account: null,
  sessionId: null,
};

const blocked = (reason: string): FileResult => ({ kind: 'blocked', reason });
const GONE: FileResult = { kind: 'gone' };
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;

/** @param seen what the file was when it was last looked at */
export async function sendFile(
  deps: PickupFileDependencies,
  folder: string,
  name: string,
  seen: Pick<Stats, 'size' | 'mtimeMs'>,
): Promise<FileResult> {
  const path = join(folder, name);
  let source: MailSource;
  try {
    source = await MailSource.open(path);
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ELOOP' ? GONE : blocked(`it can't be opened (${code})`);
  }
  try {
    const facts = await source.facts();
    if (!facts.isFile()) return GONE;
    if (!isSame(facts, seen)) return { kind: 'changing' };
    // Such a file stays where it is on Windows, and would be sent at every start.
    if ((facts.mode & 0o222) === 0) return blocked("it is read-only, so it can't be removed after sending");
    return await take(deps, folder, name, source, facts);
  } catch (error) {
    return blocked(`it can't be processed (${codeOf(error)})`);
  } finally {
    await source.close();
  }
}

const isSame = (facts: Pick<Stats, 'size' | 'mtimeMs'>, seen: Pick<Stats, 'size' | 'mtimeMs'>) =>
  facts.size === seen.size && facts.mtimeMs === seen.mtimeMs;

async function take(
  deps: PickupFileDependencies,
  folder: string,
  name: string,
  source: MailSource,
  facts: Stats,
): Promise<FileResult> {
  const settings = deps.settings();
  const path = join(folder, name);
  const refuse = async (reason: string): Promise<FileResult> => {
    await source.close();
    return toBadMail(deps, path, name, reason);
  };
  if (facts.size === 0) return refuse('The file is empty.');
  if (facts.size > settings.maxMessageSize + HEAD_AT_MOST) return refuse(tooLarge(facts.size, settings));
  const start = await source.read(0, 4);
  const encoding = wrongEncoding(start);
  if (encoding) return refuse(encoding.reason);
  const text = source.text(markLength(start));
  const head = await headOf(text);
  const found = readPickupHead(head, limitsOf(settings));
  if (found.kind === 'refused') return refuse(found.reason);
  const size = facts.size - found.bodyStart + found.header.length;
  if (size > settings.maxMessageSize) return refuse(tooLarge(size, settings));
  const unstuff = await source.wantsUnstuffing(settings.pickupDotHandling, markLength(start));
  if (found.ignored.length > 0) warnOfIgnored(deps, name, found.ignored);

  const intake = intakeFor(deps, settings, found.envelope);
  const claim = join(folder, claimName(name, intake.id));
  try {
    deps.files.rename(path, claim);
  } catch (error) {
    await intake.abort();
    return codeOf(error) === 'ENOENT' ? GONE : blocked(`it can't be renamed (${codeOf(error)})`);
  }
  try {
    await intake.write(found.header);
    await writeBody(intake, [head.subarray(found.bodyStart)], text, unstuff);
    const after = await source.facts();
    await source.close();
    if (!isSame(after, facts)) throw new StillWritten();
  } catch (error) {
    return giveBack(deps, intake, { path, name, claim }, error);
  }
  return commit(deps, intake, { path, name, claim });
}

class StillWritten extends Error {
  override name = 'StillWritten';
}

interface Claimed {
  readonly path: string;
  readonly name: string;
  readonly claim: string;
}

const intakeFor = (deps: PickupFileDependencies, settings: PickupSettings, envelope: Envelope): Intake =>
  new Intake({
    spool: deps.spool,
    envelope,
    origin: ORIGIN,
    fqdn: settings.fqdn,
    protocol: 'LOCAL',
    maxHopCount: settings.maxHopCount,
    now: deps.now,
  });

async function commit(deps: PickupFileDependencies, intake: Intake, claimed: Claimed): Promise<FileResult> {
  let message: AcceptedMessage;
  try {
    message = await intake.commit();
  } catch (error) {
    return giveBack(deps, intake, claimed, error);
  }
  remove(deps, claimed);
  deps.emit({ type: 'received', message, localAddress: null });
  return { kind: 'sent' };
}

/** The message is ours; from here on the file must not be sent again, whatever becomes of it. */
function remove({ files, sent, emit }: PickupFileDependencies, { claim, name }: Claimed): void {
  try {
    files.remove(claim);
  } catch (error) {
    const what = `The Pickup file ${name} was sent but can't be removed (${codeOf(error)}); it lies there as ${claim} and is not sent again`;
    try {
      sent.add(claim);
      emit({ type: 'service', level: 'error', what });
    } catch (trouble) {
      emit({ type: 'service', level: 'error', what: `${what} before the next start (${codeOf(trouble)})` });
    }
  }
}

/** Nothing was accepted: the file gets its name back, or goes to BadMail when trying again is of no use. */
async function giveBack(
  deps: PickupFileDependencies,
  intake: Intake,
  { path, name, claim }: Claimed,
  error: unknown,
): Promise<FileResult> {
  await intake.abort();
  if (error instanceof IntakeRefused) return toBadMail(deps, claim, name, `${error.message}.`);
  const reason =
    error instanceof SpoolFull ? 'there is no room for mail on the disk' : `it can't be stored (${codeOf(error)})`;
  try {
    deps.files.rename(claim, path);
  } catch (refusal) {
    return { kind: 'stranded', reason: `${reason}, and it can't get its name back (${codeOf(refusal)})`, claim };
  }
  return error instanceof StillWritten ? { kind: 'changing' } : blocked(reason);
}

async function toBadMail(
  deps: PickupFileDependencies,
  path: string,
  name: string,
  reason: PickupRefusal['reason'],
): Promise<FileResult> {
  try {
    const movedTo = await moveToBadMail(deps.badMailFolder, { path, name, reason, now: deps.now() });
    deps.emit({ type: 'quarantined', what: `the Pickup file ${name}`, reason, movedTo });
    return { kind: 'refused' };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? GONE : blocked(`it can't be moved to BadMail (${codeOf(error)}): ${reason}`);
  }
}

function warnOfIgnored(deps: PickupFileDependencies, name: string, ignored: readonly string[]): void {
  deps.emit({
    type: 'service',
    level: 'warn',
    what: `The Pickup file ${name} has envelope lines (${[...new Set(ignored)].join(', ')}) after other header lines; they do not count and were removed`,
  });
}

async function writeBody(
  intake: Intake,
  first: readonly Buffer[],
  rest: AsyncGenerator<Buffer>,
  unstuff: boolean,
): Promise<void> {
  const dots = unstuff ? new DotRemover() : null;
  const write = (piece: Buffer) => intake.write(dots ? dots.push(piece) : piece);
  for (const piece of first) await write(piece);
  for await (const piece of rest) await write(piece);
  if (dots) await intake.write(dots.end());
}

/** Reads on until the header section is complete, or so much that it is no header. */
async function headOf(text: AsyncGenerator<Buffer>): Promise<Buffer> {
  const head = new HeadCollector();
  for (;;) {
    const { value, done } = await text.next();
    if (done || head.push(value)) return head.bytes;
  }
}

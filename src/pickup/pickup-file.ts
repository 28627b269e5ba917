/**
 * Sends one file of the Pickup folder: looked at, claimed by rename, put into the spool, removed. What
 * can't be claimed is not sent; what was accepted is never sent again. Between the moment the spool has
 * the message and the removal of the file nothing else runs (both calls are synchronous), so a crash
 * there finds the message still in the spool.
 */
import { constants, renameSync, type Stats, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Intake, IntakeRefused } from '../listener/intake.ts';
import type { Emit } from '../log/events.ts';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { LineEndingNormalizer } from '../message/line-endings.ts';
import { type Spool, SpoolFull } from '../spool/spool.ts';
import { claimName } from './claim.ts';
import { DotCensus, DotRemover } from './dots.ts';
import { markLength, type PickupRefusal, readPickupHead, wrongEncoding } from './pickup-head.ts';
import { moveToBadMail } from './refused-file.ts';
import type { SentMemory } from './sent-memory.ts';

export interface PickupSettings {
  readonly fqdn: string;
  readonly maxMessageSize: number;
  readonly maxRecipientsPerMessage: number;
  readonly maxHopCount: number;
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

/** As Exchange has it. */
const HEADER_AT_MOST = 64 * 1024;
/** 50,000 envelope lines, the most the settings allow, fit in. */
const HEAD_AT_MOST = 16 * 1024 * 1024;
const CHUNK = 64 * 1024;
const END_OF_HEADER = Buffer.from('\r\n\r\n');
/** Of libuv: nobody else has the file open. It means nothing elsewhere. */
const EXCLUSIVE_ON_WINDOWS = 0x10000000;

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
  let handle: FileHandle;
  try {
    handle = await openAlone(path);
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ELOOP' ? GONE : blocked(`it can't be opened (${code})`);
  }
  const source = new Source(handle);
  try {
    const facts = await handle.stat();
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

async function openAlone(path: string): Promise<FileHandle> {
  if (process.platform === 'win32') await (await open(path, constants.O_RDONLY | EXCLUSIVE_ON_WINDOWS)).close();
  return open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
}

const isSame = (facts: Pick<Stats, 'size' | 'mtimeMs'>, seen: Pick<Stats, 'size' | 'mtimeMs'>) =>
  facts.size === seen.size && facts.mtimeMs === seen.mtimeMs;

async function take(
  deps: PickupFileDependencies,
  folder: string,
  name: string,
  source: Source,
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
  const start = await source.start();
  const encoding = wrongEncoding(start);
  if (encoding) return refuse(encoding.reason);
  const text = source.text(markLength(start));
  const head = await headOf(text);
  const limits = { maxRecipients: settings.maxRecipientsPerMessage, maxHeader: HEADER_AT_MOST };
  const found = readPickupHead(head, limits);
  if (found.kind === 'refused') return refuse(found.reason);
  const size = facts.size - found.bodyStart + found.header.length;
  if (size > settings.maxMessageSize) return refuse(tooLarge(size, settings));
  const unstuff = await wantsUnstuffing(settings, source, markLength(start));
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

const tooLarge = (size: number, { maxMessageSize }: PickupSettings) =>
  `The message is ${size} bytes large; ${maxMessageSize} are allowed.`;

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

async function wantsUnstuffing(settings: PickupSettings, source: Source, from: number): Promise<boolean> {
  if (settings.pickupDotHandling !== 'Auto') return settings.pickupDotHandling === 'Unstuff';
  const census = new DotCensus();
  for await (const piece of source.text(from)) census.push(piece);
  return census.stuffed;
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
  const pieces: Buffer[] = [];
  let length = 0;
  let tail = Buffer.alloc(0);
  while (length < HEAD_AT_MOST) {
    const { value, done } = await text.next();
    if (done) break;
    pieces.push(value);
    length += value.length;
    const joined = Buffer.concat([tail, value]);
    if (joined.includes(END_OF_HEADER)) break;
    tail = joined.subarray(-3);
  }
  return Buffer.concat(pieces);
}

/** The open file, read as often as needed; lines with canonical ends. */
class Source {
  readonly #handle: FileHandle;
  #open = true;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  facts(): Promise<Stats> {
    return this.#handle.stat();
  }

  async start(): Promise<Buffer> {
    const bytes = Buffer.alloc(4);
    const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  }

  async *text(from: number): AsyncGenerator<Buffer, void, undefined> {
    const lines = new LineEndingNormalizer();
    for (let at = from; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      yield* lines.push(chunk.subarray(0, bytesRead));
    }
    yield* lines.end();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

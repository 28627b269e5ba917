/**
 * Brings the Queue folder and queue.db in agreement after whatever ended the last run:
 * - a temporary file was never acknowledged: removed;
 * - a row whose recipients are all done: its file is rubbish, both are removed;
 * - a whole file without a row was on its way to acceptance, or queue.db was lost: taken into the
 *   queue again (a message may arrive twice, never not at all);
 * - a row without its file, and a file that is no message: set aside in BadMail with a reason;
 * - a queue.db that can't be read: set aside, rebuilt from the files.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { AcceptedMessage, Origin } from '../message/envelope.ts';
import { readHeaderBlock } from '../message/header-block.ts';
import { QueueIdSource, queueIdOf } from '../message/queue-id.ts';
import { readEnvelopeLines } from './envelope-lines.ts';
import { fileOf } from './message-file.ts';
import { quarantine } from './quarantine.ts';
import { listQueueFolder } from './queue-folder.ts';
import { hopsOf, insertionOf } from './rows.ts';
import type { HopOf } from './spool.ts';
import { StoreClient } from './store-client.ts';

export interface RecoveryReport {
  /** Highest message number in use. */
  readonly newest: number;
  /** Messages taken into the queue again, by queue id. */
  readonly adopted: readonly string[];
  /** Leftovers of unfinished receptions and finished deliveries. */
  readonly removed: number;
  readonly setAside: readonly SetAside[];
  /** A sentence for each file that may be a message and can't be read: the disk may be better at the next start. */
  readonly unread: readonly string[];
}

export interface SetAside {
  readonly what: string;
  readonly reason: string;
  readonly movedTo: string | null;
}

interface Folders {
  readonly queue: string;
  readonly badMail: string;
}

const READ_AT_A_TIME = 256 * 1024;
const FILES_AT_A_TIME = 32;
/** What SQLite, or our own check of it, says of a file that is not the queue any more. */
const DAMAGED = /malformed|not a database|corrupt|quick_check|disk image|no such (?:table|column)/i;
/** What a check says of pages that it could not read; the low byte of the code tells why (SQLITE_IOERR). */
const CHECK_ERROR = /error code=(\d+)/;
const SQLITE_IOERR = 10;

/** Trouble with reading may be over at the next start: nothing is rebuilt for that. */
const isDamage = (message: string): boolean =>
  DAMAGED.test(message) && (Number(CHECK_ERROR.exec(message)?.[1] ?? 0) & 0xff) !== SQLITE_IOERR;

/** Says nothing of the file: the disk, or what is open at the moment. */
const DISK_TROUBLE = new Set([
  'EIO',
  'EACCES',
  'EPERM',
  'EBUSY',
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ESTALE',
  'ETIMEDOUT',
]);

export async function recover(
  dataFolder: string,
  hopOf: HopOf,
  now: () => number,
): Promise<{ store: StoreClient; report: RecoveryReport }> {
  const folders = { queue: join(dataFolder, 'Queue'), badMail: join(dataFolder, 'BadMail') };
  const setAside: SetAside[] = [];
  const store = await openStore(join(dataFolder, 'queue.db'), folders, setAside, now);
  try {
    return { store, report: await bringInOrder(store, folders, setAside, hopOf, now) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function bringInOrder(
  store: StoreClient,
  folders: Folders,
  setAside: SetAside[],
  hopOf: HopOf,
  now: () => number,
): Promise<RecoveryReport> {
  const found = listQueueFolder(folders.queue);
  const { highest, done, rowsWithoutFile, filesWithoutRow } = await store.call('differences', found.numbers);
  for (const name of found.temporary) await rm(join(folders.queue, name), { force: true });
  for (const number of done) {
    await rm(fileOf(folders.queue, queueIdOf(number)), { force: true });
    await store.call('remove', number);
  }
  for (const number of rowsWithoutFile) setAside.push(await setRowAside(store, folders, number));

  // Above every row and every file, so that no new message gets the name of one that is there.
  const ids = new QueueIdSource(now, highest);
  const adopted: string[] = [];
  const unread: string[] = [];
  const take = async (name: string, number: number | null) => {
    const result = await adopt(
      store,
      folders,
      name,
      number === null ? ids.next() : { number, id: queueIdOf(number) },
      hopOf,
    );
    if (typeof result === 'string') adopted.push(result);
    else if ('unread' in result) unread.push(result.unread);
    else setAside.push(result);
  };
  await forEach(filesWithoutRow, number => take(`${queueIdOf(number)}.eml`, number));
  await forEach(found.others, name => take(name, null));
  const removed = found.temporary.length + done.length;
  return { newest: ids.next().number, adopted, removed, setAside, unread };
}

async function openStore(
  path: string,
  folders: Folders,
  setAside: SetAside[],
  now: () => number,
): Promise<StoreClient> {
  let store: StoreClient | null = null;
  try {
    store = await StoreClient.open(path);
    await store.call('check');
    return store;
  } catch (error) {
    await store?.close();
    if (!isDamage((error as Error).message)) throw error;
    const movedTo = join(folders.badMail, `queue-${now()}.db`);
    await rename(path, movedTo);
    for (const suffix of ['-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
    setAside.push({
      what: 'queue.db',
      reason: `${(error as Error).message}; rebuilt from the files of the Queue folder`,
      movedTo,
    });
    return StoreClient.open(path);
  }
}

async function setRowAside(store: StoreClient, folders: Folders, number: number): Promise<SetAside> {
  const id = queueIdOf(number);
  const [stored] = await store.call('list', { hops: null, number, after: 0, limit: 1, where: null });
  const reason = `The file Queue/${id}.eml is missing, so this message can no longer be delivered.`;
  const facts = stored
    ? [
        `From: ${stored.message.reversePath || '<>'}`,
        ...stored.recipients.map(r => `To: ${r.address}`),
        `Subject: ${stored.message.subject ?? ''}`,
      ]
    : [];
  await quarantine(folders.badMail, id, [reason, ...facts].join('\r\n'), null);
  await store.call('remove', number);
  return { what: `message ${id}`, reason, movedTo: null };
}

async function adopt(
  store: StoreClient,
  folders: Folders,
  name: string,
  { number, id }: { readonly number: number; readonly id: string },
  hopOf: HopOf,
): Promise<string | SetAside | { readonly unread: string }> {
  const path = join(folders.queue, name);
  const facts = await readFacts(path).catch((error: NodeJS.ErrnoException) =>
    DISK_TROUBLE.has(error.code ?? '') ? { unread: error.message } : { reason: error.message },
  );
  if ('unread' in facts) {
    const what = `The file Queue/${name} can't be read now: ${facts.unread}. It stays there and is taken at the next start.`;
    return { unread: what };
  }
  if ('reason' in facts) {
    const movedTo = await quarantine(folders.badMail, name.slice(0, -4), facts.reason, path);
    return { what: `file Queue/${name}`, reason: facts.reason, movedTo };
  }
  if (name !== `${id}.eml`) await rename(path, join(folders.queue, `${id}.eml`));
  const message: AcceptedMessage = { ...facts.message, number, id };
  await store.call('insert', insertionOf(message, hopsOf(message, hopOf), facts.offset, facts.crc));
  return id;
}

/** A few at a time: a queue that has to be rebuilt may be large. */
async function forEach<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += FILES_AT_A_TIME)
    await Promise.all(items.slice(at, at + FILES_AT_A_TIME).map(act));
}

const UNKNOWN_ORIGIN: Origin = {
  source: 'SMTP',
  clientIp: null,
  heloName: null,
  listener: null,
  account: null,
  sessionId: null,
};

/** A read may give less than there is. */
async function readFully(handle: FileHandle, into: Buffer): Promise<void> {
  for (let read = 0; read < into.length; ) {
    const { bytesRead } = await handle.read(into, read, into.length - read, read);
    if (bytesRead === 0) return;
    read += bytesRead;
  }
}

/** The envelope lines may be long (a line a recipient): as much as holds them and the header after them. */
async function readHead(handle: FileHandle, size: number) {
  for (let length = READ_AT_A_TIME; ; length *= 2) {
    const head = Buffer.alloc(Math.min(size, length));
    await readFully(handle, head);
    const lines = readEnvelopeLines(head);
    if (head.length === size || !lines || lines.offset < head.length / 2) return { head, lines };
  }
}

async function readFacts(
  path: string,
): Promise<{ message: Omit<AcceptedMessage, 'number' | 'id'>; offset: number; crc: number } | { reason: string }> {
  const handle = await open(path, 'r');
  try {
    const { size, mtimeMs } = await stat(path);
    const { head, lines } = await readHead(handle, size);
    if (!lines)
      return { reason: `${path} does not begin with the lines x-sender: and x-receiver: of a queued message.` };
    let crc = 0;
    const chunk = Buffer.alloc(READ_AT_A_TIME);
    for (let at = lines.offset; at < size; ) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      crc = crc32(chunk.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    const header = readHeaderBlock(head.subarray(lines.offset));
    return {
      offset: lines.offset,
      crc,
      message: {
        envelope: lines.envelope,
        origin: UNKNOWN_ORIGIN,
        receivedAt: Math.trunc(mtimeMs),
        size: size - lines.offset,
        subject: header.subject,
        internetMessageId: header.messageId,
      },
    };
  } finally {
    await handle.close();
  }
}

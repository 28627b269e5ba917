/**
 * Final delivery into a drop folder, as IIS does it: one file a message, `x-sender:` and `x-receiver:`
 * lines first, then Return-Path (RFC 5321 4.4) and the message. The file is written under a temporary
 * name, synced, renamed to `<queue id>-<random>.eml`, and the folder is synced; only then is the message
 * delivered. So a program that reads the folder never sees half a message, and a crash can write one
 * twice under two names, never lose it. No file is ever overwritten.
 */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { AcceptedMessage, EnvelopeRecipient } from '../message/envelope.ts';
import type { TransactionResult } from '../message/outcome.ts';
import type { Reply } from '../message/reply.ts';
import { PRIVATE_FOLDER, syncFolder } from '../platform/files.ts';

export interface Drop {
  /** Full path. */
  readonly folder: string;
  /** Make the folder when it is missing. Not where a share or disk may only be absent for a while. */
  readonly mayCreate: boolean;
  readonly message: AcceptedMessage;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly body: AsyncIterable<Buffer | string>;
}

/** What the folder or its disk said; its text is for the administrator. */
class FolderFailed extends Error {}

/**
 * Writes a message for all these recipients into one file. Trouble with the folder is the next hop's:
 * the queue waits. @throws what reading the message throws (BodyDamaged).
 */
export async function drop(delivery: Drop): Promise<TransactionResult> {
  try {
    const file = await write(delivery);
    const reply = { code: 250, enhanced: '2.0.0', text: 'Delivered into the drop folder' };
    const outcome = { kind: 'delivered', reply, remote: null, dsnHandedOver: false, droppedAs: file } as const;
    return { kind: 'tried', outcomes: delivery.recipients.map(() => outcome) };
  } catch (error) {
    if (!(error instanceof FolderFailed)) throw error;
    return { kind: 'unreachable', reply: replyOf(error.cause as NodeJS.ErrnoException, delivery.folder), remote: null };
  }
}

async function write(delivery: Drop): Promise<string> {
  const { folder, message } = delivery;
  if (delivery.mayCreate) await ofFolder(mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }));
  // Whoever may read the folder is meant to read the files; on Windows they inherit that.
  const mode = (await ofFolder(statFolder(folder))).mode & 0o666;
  const { name, handle } = await create(folder, message.id);
  const temporary = join(folder, `${name}.tmp`);
  const file = join(folder, `${name}.eml`);
  try {
    try {
      if (process.platform !== 'win32') await ofFolder(handle.chmod(mode));
      await ofFolder(handle.writeFile(headOf(delivery)));
      for await (const chunk of delivery.body) await ofFolder(handle.writeFile(chunk));
      await ofFolder(handle.sync());
    } finally {
      await handle.close();
    }
    await ofFolder(rename(temporary, file));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await ofFolder(syncFolder(folder));
  return file;
}

/** @throws ENOTDIR also where Windows calls what lies below a file merely missing. */
async function statFolder(folder: string): Promise<Stats> {
  const none = () => Object.assign(new Error(`not a directory, '${folder}'`), { code: 'ENOTDIR' });
  const found = await stat(folder).catch(async (error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' && (await isBelowFile(folder)) ? none() : error;
  });
  if (!found.isDirectory()) throw none();
  return found;
}

async function isBelowFile(path: string): Promise<boolean> {
  const above = dirname(path);
  if (above === path) return false;
  return stat(above).then(
    found => !found.isDirectory(),
    () => isBelowFile(above),
  );
}

/** A temporary file, with a name that is free under its final ending too. */
async function create(folder: string, id: string): Promise<{ name: string; handle: FileHandle }> {
  for (;;) {
    const name = `${id}-${randomBytes(8).toString('hex')}`;
    const taken = await access(join(folder, `${name}.eml`)).then(
      () => true,
      () => false,
    );
    if (!taken) return { name, handle: await ofFolder(open(join(folder, `${name}.tmp`), 'wx')) };
  }
}

/** Plain addresses, as IIS writes them and as programs that read its files expect them. */
function headOf({ message, recipients }: Drop): Buffer {
  const { reversePath } = message.envelope;
  const lines = [
    `x-sender: ${reversePath || '<>'}`,
    ...recipients.map(({ address }) => `x-receiver: ${address}`),
    `Return-Path: <${reversePath}>`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8');
}

const ofFolder = <T>(work: Promise<T>): Promise<T> =>
  work.catch(error => {
    throw new FolderFailed('The drop folder could not be written.', { cause: error });
  });

/** What is wrong and what to do about it. */
function replyOf({ code, message }: NodeJS.ErrnoException, folder: string): Reply {
  const other = 'or name another one with Set-SmtpDomain -DropDirectory';
  const misconfigured = (text: string) => ({ code: 451, enhanced: '4.3.5', text });
  switch (code) {
    case 'ENOENT':
      return misconfigured(`The drop folder ${folder} does not exist; make it, ${other}`);
    case 'ENOTDIR':
      return misconfigured(`The drop folder ${folder} is no folder; remove what stands there, ${other}`);
    case 'EACCES':
    case 'EPERM':
      return misconfigured(
        `The account ${account()} may not write into the drop folder ${folder}; give it the right to create, rename and delete files there${isShare(folder) ? SHARE : ''}`,
      );
    case 'EROFS':
      return misconfigured(
        `The drop folder ${folder} can only be read; where systemd runs the relay, allow it with ReadWritePaths=${folder} (systemctl edit)`,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return { code: 452, enhanced: '4.3.1', text: `The disk of the drop folder ${folder} is full; make room there` };
    default:
      return { code: 451, enhanced: '4.3.0', text: `The drop folder ${folder} can't be written: ${message}` };
  }
}

const SHARE =
  ', both on the share and on the folder; a service without an account of its own comes as the computer, DOMAIN\\COMPUTER$';

const isShare = (folder: string): boolean => folder.startsWith('\\\\');

function account(): string {
  try {
    return userInfo().username;
  } catch {
    return 'of the relay';
  }
}

const LEFTOVER = /^[0-9A-Z]{11}-[0-9a-f]{16}\.tmp$/;
const LEFTOVER_AFTER = 24 * 3_600_000;

/** Removes what a crash left half-written a day ago and more. Another relay may be writing into the folder now. */
export async function tidyDropFolder(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!LEFTOVER.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => null);
    if (found && now - found.mtimeMs > LEFTOVER_AFTER) await rm(join(folder, name), { force: true }).catch(() => {});
  }
}

/**
 * What lies in the BadMail folder, without reading it: a message (`.BAD`) and its reason (`.BDR`) with one
 * base name, as IIS had them, or one of the two; IIS also left `.BDP`. The folder may hold a hundred
 * thousand files: names are read as they come, and none is kept.
 */
import type { Stats } from 'node:fs';
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One message that went wrong, as the names and dates of its files tell. */
export interface FolderEntry {
  /** The base name. */
  readonly identity: string;
  /** The `.BAD` file; null when only its reason is here. */
  readonly mail: string | null;
  /** The `.BDR` file. */
  readonly reason: string | null;
  /** Of the younger file; milliseconds since 1970. */
  readonly time: number;
  /** Bytes of the `.BAD` file. */
  readonly size: number;
  /** Bytes of both. */
  readonly total: number;
}

const FILE = /^(.+)\.(BAD|BDR|BDP)$/i;
const AT_A_TIME = 64;

/** Whether it can be the base name of a file in the folder, and of none elsewhere. */
export const isBaseName = (text: string): boolean =>
  !(process.platform === 'win32' ? /[/\\:\x00]/ : /[/\x00]/).test(text);

/** The entries whose base name is wanted, a few at a time, in no order. */
export async function* entriesOf(
  folder: string,
  wanted: (identity: string) => boolean = () => true,
): AsyncGenerator<readonly FolderEntry[], void, undefined> {
  let part: { readonly base: string; readonly extension: string }[] = [];
  const look = async () => {
    const found = await Promise.all(part.map(({ base, extension }) => entryOf(folder, base, extension)));
    part = [];
    return found.filter(entry => entry !== null);
  };
  for await (const { name } of await opendir(folder, { bufferSize: 1024 })) {
    const [, base, extension] = FILE.exec(name) ?? [];
    if (base === undefined || extension === undefined || !wanted(base)) continue;
    part.push({ base, extension });
    if (part.length >= AT_A_TIME) yield await look();
  }
  yield await look();
}

/** The entry of a base name; null when there is none. */
export async function findEntry(folder: string, identity: string): Promise<FolderEntry | null> {
  if (!isBaseName(identity)) return null;
  for (const extension of ['BAD', 'bad', 'BDR', 'bdr', 'BDP', 'bdp']) {
    const entry = await entryOf(folder, identity, extension);
    if (entry) return entry;
  }
  return null;
}

/** Removes all files of an entry; the message first, so that it can't be sent again. @throws what the disk says. */
export async function removeEntry(folder: string, { identity, mail, reason }: FolderEntry): Promise<void> {
  if (mail !== null) await rm(mail, { force: true });
  const others = ['BDP', 'bdp'].map(extension => join(folder, `${identity}.${extension}`));
  await Promise.all([...others, ...(reason === null ? [] : [reason])].map(path => rm(path, { force: true })));
}

/** An entry is told of by its first file: a reason with its message is part of that. */
async function entryOf(folder: string, base: string, extension: string): Promise<FolderEntry | null> {
  const path = join(folder, `${base}.${extension}`);
  const own = await fileFacts(path);
  if (!own) return null;
  const kind = extension.toUpperCase();
  if (kind === 'BAD') {
    const reason = await anyCase(folder, base, 'BDR');
    return {
      identity: base,
      mail: path,
      reason: reason?.path ?? null,
      time: Math.max(own.mtimeMs, reason?.facts.mtimeMs ?? 0),
      size: own.size,
      total: own.size + (reason?.facts.size ?? 0),
    };
  }
  if (await anyCase(folder, base, 'BAD')) return null;
  if (kind === 'BDP' && (await anyCase(folder, base, 'BDR'))) return null;
  const reason = kind === 'BDR' ? path : null;
  return { identity: base, mail: null, reason, time: own.mtimeMs, size: 0, total: own.size };
}

async function anyCase(folder: string, base: string, extension: string) {
  for (const name of [extension, extension.toLowerCase()]) {
    const path = join(folder, `${base}.${name}`);
    const facts = await fileFacts(path);
    if (facts) return { path, facts };
  }
  return null;
}

/** Of a plain file; a link leads elsewhere. */
async function fileFacts(path: string): Promise<Stats | null> {
  const facts = await lstat(path).catch(() => null);
  return facts?.isFile() ? facts : null;
}

/**
 * The files of a log, for those who write, prune and read them. Whatever else lies in the folder is not ours:
 * it is never listed and so never removed.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY, dayOf, IIS_PREFIX, readFileName } from './log-names.ts';

export { DAY, dayOf, startOfDay } from './log-names.ts';

export interface LogFileName {
  readonly path: string;
  readonly name: string;
  readonly key: string;
  /** 1 for the first file of a period. */
  readonly index: number;
  /** YYYYMMDD of its first time. */
  readonly day: string;
  /** Milliseconds since 1970 between which its lines were written; a name by size leaves the beginning open. */
  readonly from: number;
  readonly to: number;
}

export interface Retention {
  /** Seconds since the end of a file's period. */
  readonly maxAge: number;
  /** Bytes of all files together. */
  readonly maxSize: number;
}

/** Prefixes of protocol logs: of our format, and of the one that is like that of IIS. */
export const PROTOCOL_PREFIX = 'u_ex';
export const PROTOCOL_PREFIXES = [PROTOCOL_PREFIX, IIS_PREFIX] as const;

/** Where the index of a log file lies, if it has one; it comes and goes with its file. */
export const indexPathOf = (path: string): string => `${path}.idx`;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    stats => stats.size,
    () => 0,
  );

const changeOf = (path: string): Promise<number> =>
  stat(path).then(
    stats => stats.mtimeMs,
    () => 0,
  );

/** Our files, oldest first; none when there is no such folder. */
export async function listLogFiles(folder: string, prefix: string): Promise<LogFileName[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const timed: LogFileName[] = [];
  const sized: LogFileName[] = [];
  for (const name of names) {
    const parts = readFileName(prefix, name);
    if (parts === null) continue;
    const { key, index, span } = parts;
    const path = join(folder, name);
    if (span) timed.push({ path, name, key, index, day: dayOf(span.from), ...span });
    else sized.push({ path, name, key, index, day: '', from: Number.NEGATIVE_INFINITY, to: 0 });
  }
  return [...timed, ...(await dated(sized))].sort((a, b) => a.to - b.to || a.index - b.index);
}

/** Files by size are told apart by their number; when they end, their last change tells. */
async function dated(files: LogFileName[]): Promise<LogFileName[]> {
  const changes = await Promise.all(files.map(({ path }) => changeOf(path)));
  let latest = 0;
  return files
    .map((file, position) => ({ ...file, day: dayOf(changes[position]!), to: changes[position]! }))
    .sort((a, b) => a.index - b.index)
    .map(file => {
      latest = Math.max(latest, file.to);
      return { ...file, to: latest };
    });
}

/** The files that may hold lines of a period; null for an open end. */
export async function listLogFilesOf(
  folder: string,
  prefix: string,
  start: number | null,
  end: number | null,
): Promise<LogFileName[]> {
  // What happened just before midnight may have been written just after: a file also has the
  // last lines of the day before.
  return inPeriod(await listLogFiles(folder, prefix), start, end);
}

/** The same for the protocol log, whose files have the one or the other name. */
export async function listProtocolFilesOf(
  folder: string,
  start: number | null,
  end: number | null,
): Promise<LogFileName[]> {
  const lists = await Promise.all(PROTOCOL_PREFIXES.map(prefix => listLogFiles(folder, prefix)));
  const files = lists.flat().sort((a, b) => a.to - b.to || a.index - b.index);
  // No name tells whether its day was one of UTC or of this computer.
  return inPeriod(files, start === null ? null : start - DAY, end);
}

const inPeriod = (files: LogFileName[], start: number | null, end: number | null): LogFileName[] =>
  files.filter(({ from, to }) => (start === null || to > start) && (end === null || from - DAY <= end));

/**
 * Removes the oldest files until age and total size are kept, never the one in use. A file that
 * cannot be removed (open elsewhere on Windows) is left for the next time.
 */
export async function pruneLogFiles(
  files: readonly LogFileName[],
  retention: Retention,
  now: number,
  isInUse: (path: string) => boolean,
): Promise<void> {
  const sizes = await Promise.all(
    files.map(async ({ path }) => (await sizeOf(path)) + (await sizeOf(indexPathOf(path)))),
  );
  let total = sizes.reduce((sum, size) => sum + size, 0);
  for (const [position, file] of files.entries()) {
    if (isInUse(file.path)) continue;
    const age = (now - file.to) / 1000;
    if (age <= retention.maxAge && total <= retention.maxSize) continue;
    // Gone already is gone: two prunings may overlap.
    await rm(indexPathOf(file.path), { force: true }).catch(() => {});
    const removed = await rm(file.path, { force: true }).then(
      () => true,
      () => false,
    );
    if (removed) total -= sizes[position]!;
  }
}

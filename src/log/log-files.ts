/**
 * The names of log files, in one place for those who write, prune and read them:
 * `<prefix>YYYYMMDD.log`, then `-2`, `-3` ... when a day needs more than one file; the day is UTC.
 * Whatever else lies in the folder is not ours: it is never listed and so never removed.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export const DAY = 86_400_000;

export interface LogFileName {
  readonly path: string;
  /** YYYYMMDD. */
  readonly day: string;
  /** 1 for the first file of a day. */
  readonly index: number;
}

export interface Retention {
  /** Seconds since the end of a file's day. */
  readonly maxAge: number;
  /** Bytes of all files together. */
  readonly maxSize: number;
}

/** Where the index of a log file lies, if it has one; it comes and goes with its file. */
export const indexPathOf = (path: string): string => `${path}.idx`;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    stats => stats.size,
    () => 0,
  );

/** The UTC day of a time, as it stands in file names. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

/** Midnight (UTC) at which a day begins; NaN for a day that does not exist. */
export const startOfDay = (day: string): number =>
  Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);

export const logFilePath = (folder: string, prefix: string, day: string, index: number): string =>
  join(folder, `${prefix}${day}${index === 1 ? '' : `-${index}`}.log`);

/** Our files, oldest first; none when there is no such folder. */
export async function listLogFiles(folder: string, prefix: string): Promise<LogFileName[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  const files = names.flatMap(name => {
    if (!name.startsWith(prefix)) return [];
    const match = /^(\d{8})(?:-([1-9]\d{0,8}))?\.log$/.exec(name.slice(prefix.length));
    return match ? [{ path: join(folder, name), day: match[1]!, index: Number(match[2] ?? 1) }] : [];
  });
  return files.sort((a, b) => a.day.localeCompare(b.day) || a.index - b.index);
}

/** The files that may hold lines of a period; null for an open end. */
export async function listLogFilesOf(
  folder: string,
  prefix: string,
  start: number | null,
  end: number | null,
): Promise<LogFileName[]> {
  const files = await listLogFiles(folder, prefix);
  return files.filter(({ day }) => {
    const first = startOfDay(day);
    // What happened just before midnight may have been written just after: a file also has the
    // last lines of the day before.
    return (start === null || first + DAY > start) && (end === null || first - DAY <= end);
  });
}

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
    const age = (now - startOfDay(file.day) - DAY) / 1000;
    // A name with an impossible day (NaN) has no age, but it counts and goes by size.
    if (!(age > retention.maxAge) && total <= retention.maxSize) continue;
    // Gone already is gone: two prunings may overlap.
    await rm(indexPathOf(file.path), { force: true }).catch(() => {});
    const removed = await rm(file.path, { force: true }).then(
      () => true,
      () => false,
    );
    if (removed) total -= sizes[position]!;
  }
}

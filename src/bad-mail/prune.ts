/** Keeps the BadMail folder within its limits: what is too old goes, then the oldest until it is small enough. */
import { lstat, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesOf, removeEntry } from './folder-entries.ts';

export interface BadMailLimits {
  /** Milliseconds. */
  readonly maxAge: number;
  /** Bytes, over all files. */
  readonly maxSize: number;
  readonly now: number;
}

/** What a crash left of writing a file. */
const LEFTOVER = /\.(?:BAD|BDR)\.\d+\.tmp$/i;
const LEFTOVER_AFTER = 3_600_000;

/** A message and its reason go together. */
export async function pruneBadMail(folder: string, { maxAge, maxSize, now }: BadMailLimits): Promise<void> {
  await removeLeftovers(folder, now);
  // Only numbers are kept of what may be many files.
  const kept: { readonly time: number; readonly total: number }[] = [];
  for await (const part of entriesOf(folder)) {
    for (const entry of part) {
      if (now - entry.time > maxAge) await removeEntry(folder, entry);
      else kept.push({ time: entry.time, total: entry.total });
    }
  }
  const newestToGo = cutOf(kept, maxSize);
  if (newestToGo === null) return;
  for await (const part of entriesOf(folder))
    for (const entry of part) if (entry.time <= newestToGo) await removeEntry(folder, entry);
}

/** The time of the newest that does not fit; null when all fit. */
function cutOf(kept: { readonly time: number; readonly total: number }[], maxSize: number): number | null {
  let sum = 0;
  for (const { time, total } of kept.sort((a, b) => b.time - a.time)) {
    sum += total;
    if (sum > maxSize) return time;
  }
  return null;
}

async function removeLeftovers(folder: string, now: number): Promise<void> {
  for await (const { name } of await opendir(folder)) {
    if (!LEFTOVER.test(name)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => null);
    if (facts && now - facts.mtimeMs > LEFTOVER_AFTER) await rm(path, { force: true });
  }
}

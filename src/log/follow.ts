/**
 * Follows a log as it grows: the newest file of a folder, and the next one when a new one begins. Files
 * are looked at several times a second, since watchers do not see appends everywhere (network drives).
 */
import { setTimeout } from 'node:timers/promises';
import { LiveSearch } from './live-search.ts';
import type { LogLines } from './log-lines.ts';
import type { ProtocolEntry } from './protocol-entry.ts';
import type { LogFile, ProtocolSearch } from './protocol-reader.ts';
import { LineCursor } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';

export interface FollowOptions {
  readonly search: ProtocolSearch;
  /** The files there are now, oldest first. */
  readonly files: () => Promise<readonly LogFile[]>;
  /** How many of the entries that are there already are given first. */
  readonly tail: number;
  readonly onEntries: (entries: readonly ProtocolEntry[]) => void;
  readonly signal: AbortSignal;
  /** Milliseconds between two looks. */
  readonly interval?: number;
}

interface Followed {
  readonly cursor: LineCursor;
  readonly lines: LogLines;
}

/** Ends when the signal says so. */
export async function followLog(options: FollowOptions): Promise<void> {
  const { tail, onEntries, signal, interval = 250 } = options;
  const search = new LiveSearch(options.search);
  const seen = new Set<string>();
  // What was written before we came is only of interest in the newest file.
  const before = new ResultWindow<ProtocolEntry>(null, Math.max(1, tail));
  let give = (entries: readonly ProtocolEntry[]) => {
    for (const entry of entries) before.add(entry);
  };
  let current: Followed | null = null;
  const readOn = async ({ cursor, lines }: Followed) => {
    for (let batch = await cursor.read(); batch !== null && !signal.aborted; batch = await cursor.read())
      give(search.select(batch, lines, cursor.path));
  };
  while (!signal.aborted) {
    const fresh = (await options.files()).filter(({ path }) => !seen.has(path));
    for (const file of current === null ? fresh.slice(search.wantsFileBefore ? -2 : -1) : fresh) {
      if (current !== null) {
        await readOn(current);
        await current.cursor.close();
      }
      current = { cursor: new LineCursor(file.path), lines: search.linesOf(file) };
    }
    for (const file of fresh) seen.add(file.path);
    if (current !== null) await readOn(current);
    if (give !== onEntries) {
      if (tail > 0) onEntries(before.entries());
      give = onEntries;
    }
    await setTimeout(interval, null, { signal }).catch(() => {});
  }
  await current?.cursor.close();
}

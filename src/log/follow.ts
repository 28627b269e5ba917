/**
 * Follows a log as it grows: the newest file of a folder, and the next one when a new one begins. Files
 * are looked at several times a second, since watchers do not see appends everywhere (network drives).
 */
import { setTimeout } from 'node:timers/promises';
import type { LogLines } from './log-lines.ts';
import type { ProtocolEntry, ProtocolSearch } from './protocol-reader.ts';
import { LineCursor } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';

export interface FollowOptions {
  readonly search: ProtocolSearch;
  /** The files there are now, oldest first. */
  readonly files: () => Promise<readonly { readonly path: string; readonly day: string }[]>;
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
  const { search, onEntries, signal, interval = 250 } = options;
  const seen = new Set<string>();
  let current: Followed | null = null;
  const readOn = async ({ cursor, lines }: Followed, take: (entries: ProtocolEntry[]) => void) => {
    for (let batch = await cursor.read(); batch !== null && !signal.aborted; batch = await cursor.read())
      take(search.select(batch, lines, cursor.path));
  };
  let first = true;
  while (!signal.aborted) {
    const files = await options.files();
    const fresh = files.filter(({ path }) => !seen.has(path));
    for (const file of fresh) seen.add(file.path);
    // What was written before we came is only of interest in the newest file.
    for (const file of first ? fresh.slice(-1) : fresh) {
      if (current !== null) {
        await readOn(current, onEntries);
        await current.cursor.close();
      }
      current = { cursor: new LineCursor(file.path), lines: search.linesOf(file) };
      if (!first) continue;
      const last = new ResultWindow<ProtocolEntry>(null, Math.max(1, options.tail));
      await readOn(current, entries => {
        for (const entry of entries) last.add(entry);
      });
      if (options.tail > 0) onEntries(last.entries());
    }
    first = false;
    if (current !== null) await readOn(current, onEntries);
    await setTimeout(interval, null, { signal }).catch(() => {});
  }
  await current?.cursor.close();
}

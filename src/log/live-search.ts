/**
 * Searches lines as they are written. Of a session whose sender or recipient is asked for, the first lines come
 * before the command that tells it: they are kept here meanwhile, and given with it. What is kept is bounded, the
 * sessions that began first are forgotten first.
 */
import type { LogLines } from './log-lines.ts';
import { type ProtocolEntry, toEntry } from './protocol-entry.ts';
import type { LogFile, ProtocolSearch } from './protocol-reader.ts';

const MOST_KEPT = 20_000;

export class LiveSearch {
  readonly #search: ProtocolSearch;
  readonly #waiting = new Map<string, ProtocolEntry[]>();
  #kept = 0;

  constructor(search: ProtocolSearch) {
    this.#search = search;
  }

  /** Sessions that go on may have begun in the file before. */
  get wantsFileBefore(): boolean {
    return this.#search.looksForSessions;
  }

  linesOf(file: LogFile): LogLines {
    return this.#search.linesOf(file);
  }

  /** What is wanted of a block of whole lines, and of what came before it. */
  select(block: string, lines: LogLines, path: string): ProtocolEntry[] {
    return lines.read(block).flatMap(record => this.#take(toEntry(record, path)));
  }

  #take(entry: ProtocolEntry): ProtocolEntry[] {
    this.#search.see(entry);
    const { session } = entry;
    const isOver = entry.command?.toUpperCase() === 'QUIT';
    if (this.#search.lets(entry)) return [...this.#takeOut(session), entry];
    if (session !== null && this.#search.mayLet(entry) && !isOver) this.#keep(session, entry);
    if (isOver) this.#takeOut(session);
    return [];
  }

  #keep(session: string, entry: ProtocolEntry): void {
    const entries = this.#waiting.get(session) ?? [];
    entries.push(entry);
    this.#waiting.set(session, entries);
    this.#kept += 1;
    if (this.#kept > MOST_KEPT) this.#takeOut(this.#waiting.keys().next().value!);
  }

  #takeOut(session: string | null): readonly ProtocolEntry[] {
    const entries = this.#waiting.get(session ?? '') ?? [];
    this.#waiting.delete(session ?? '');
    this.#kept -= entries.length;
    return entries;
  }
}

/**
 * Searches protocol logs: ours and those of the old SMTP service. A sender or recipient is looked for in
 * MAIL and RCPT commands, and the answer has the whole sessions in which it stood (that is what one wants
 * to see), as far as the other filters let them through; that takes two passes over the files. Lines are
 * read one by one, so only the answer itself takes memory; a line that can't be wanted is seldom even
 * taken apart. Who needs the latest lines flushes the log before.
 */

import { type LogFileName, listProtocolFilesOf } from './log-files.ts';
import { LogLines } from './log-lines.ts';
import { type ProtocolEntry, toEntry } from './protocol-entry.ts';
import { finderOf, type RawFinder, rawBlocks } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';
import { SessionsWith } from './sessions-with.ts';

export interface ProtocolQuery {
  readonly start?: string;
  readonly end?: string;
  readonly clientIP?: string;
  /** Part of a reverse-path; `<>` for the null one. */
  readonly sender?: string;
  /** Part of a recipient. */
  readonly recipient?: string;
  readonly code?: number;
  readonly session?: string;
  readonly messageId?: string;
  readonly direction?: 'Inbound' | 'Outbound';
  /** The last entries; rules over `resultSize`. */
  readonly tail?: number;
  /** The first entries; null for all. */
  readonly resultSize?: number | null;
}

/** How long before and behind the period the rest of a session is looked for, in milliseconds. */
const SESSION_REACH = 3_600_000;

type Filter = (entry: ProtocolEntry) => boolean;

/** A file to search; the day stands for lines that come before any date. */
export type LogFile = Pick<LogFileName, 'path' | 'day'>;

/** Told of each file how many of its bytes were read since it was last told. */
export type OnBytes = (bytes: number) => void;

/** The files a query is about, and those in which the rest of sessions may stand that it is about. */
export interface LogFiles {
  readonly files: readonly LogFile[];
  readonly around: readonly LogFile[];
}

export async function protocolFilesOf(folder: string, query: ProtocolQuery): Promise<LogFiles> {
  const { start, end } = periodOf(query);
  const [files, around] = await Promise.all([
    listProtocolFilesOf(folder, start, end),
    // A session may go over midnight.
    listProtocolFilesOf(
      folder,
      start === null ? null : start - SESSION_REACH,
      end === null ? null : end + SESSION_REACH,
    ),
  ]);
  return { files, around };
}

/**
 * What a query lets through and no more than it asks for, in batches; with `tail` all of it comes at the end.
 *
 * @param onBytes is told how many bytes were read since the last time
 */
export async function* protocolEntriesOf(
  { files, around }: LogFiles,
  query: ProtocolQuery,
  onBytes?: OnBytes,
): AsyncGenerator<readonly ProtocolEntry[]> {
  const search = await ProtocolSearch.prepare(query, around, onBytes);
  const window = query.tail === undefined ? null : new ResultWindow<ProtocolEntry>(null, query.tail);
  let left = query.resultSize ?? Number.POSITIVE_INFINITY;
  for (const file of files) {
    for await (const entries of search.entriesOf(file, onBytes)) {
      if (window) for (const entry of entries) window.add(entry);
      else yield entries.slice(0, left);
      left -= entries.length;
      if (window === null && left <= 0) return;
    }
  }
  if (window) yield window.entries();
}

export async function readProtocolLog(folder: string, query: ProtocolQuery): Promise<ProtocolEntry[]> {
  const entries: ProtocolEntry[] = [];
  for await (const some of protocolEntriesOf(await protocolFilesOf(folder, query), query)) entries.push(...some);
  return entries;
}

/** What a query means, ready to be held against the lines of any file. */
export class ProtocolSearch {
  readonly #filters: readonly Filter[];
  readonly #sessions: readonly SessionsWith[];
  readonly #find: RawFinder | null;
  readonly #findAny: RawFinder | null;

  /** Knows no session yet: with a sender or recipient, `prepare` or `LiveSearch` looks for them. */
  constructor(query: ProtocolQuery) {
    const { start, end } = periodOf(query);
    const { sender, recipient, messageId, ...rest } = query;
    this.#filters = [inPeriod(start, end), ...plainFilters(query)];
    this.#sessions = [
      ...(sender === undefined ? [] : [new SessionsWith('MAIL', sender)]),
      ...(recipient === undefined ? [] : [new SessionsWith('RCPT', recipient)]),
    ];
    this.#find = rawFinderOf(query);
    // The command that tells the sender has no message id.
    this.#findAny = this.#sessions.length > 0 ? rawFinderOf(rest) : this.#find;
  }

  /** @param searched where sessions with the sender and recipient asked for may have begun */
  static async prepare(query: ProtocolQuery, searched: readonly LogFile[], onBytes?: OnBytes): Promise<ProtocolSearch> {
    const search = new ProtocolSearch(query);
    for (const sessions of search.#sessions)
      for (const file of searched) {
        const lines = new LogLines(file.day, finderOf(sessions.verb));
        for await (const block of rawBlocks(file.path, sinceLast(onBytes)))
          for (const record of lines.read(block)) sessions.see(toEntry(record, file.path));
      }
    return search;
  }

  get looksForSessions(): boolean {
    return this.#sessions.length > 0;
  }

  /** @param onBytes is told how many bytes were read since the last time */
  async *entriesOf(file: LogFile, onBytes?: OnBytes): AsyncGenerator<ProtocolEntry[]> {
    const lines = new LogLines(file.day, this.#find);
    for await (const block of rawBlocks(file.path, sinceLast(onBytes)))
      yield lines
        .read(block)
        .map(record => toEntry(record, file.path))
        .filter(entry => this.lets(entry));
  }

  /** Lines of a file that may be wanted, or may tell of a session that they are wanted. */
  linesOf(file: LogFile): LogLines {
    return new LogLines(file.day, this.#findAny);
  }

  see(entry: ProtocolEntry): void {
    for (const sessions of this.#sessions) sessions.see(entry);
  }

  /** Whether a line is wanted if its session is. */
  mayLet(entry: ProtocolEntry): boolean {
    return this.#filters.every(filter => filter(entry));
  }

  lets(entry: ProtocolEntry): boolean {
    return this.mayLet(entry) && this.#sessions.every(sessions => sessions.lets(entry));
  }
}

const periodOf = ({ start, end }: ProtocolQuery): { start: number | null; end: number | null } => ({
  start: start === undefined ? null : Date.parse(start),
  end: end === undefined ? null : Date.parse(end),
});

function sinceLast(onBytes?: OnBytes): OnBytes | undefined {
  let last = 0;
  return (
    onBytes &&
    (position => {
      onBytes(position - last);
      last = position;
    })
  );
}

/** A line without this text can't be wanted, however it is read. */
function rawFinderOf({ session, messageId, clientIP }: ProtocolQuery): RawFinder | null {
  // The rarest first.
  const text = [session, messageId, clientIP].find(value => value !== undefined && /^[\x21-\x7e]+$/.test(value));
  return text === undefined ? null : finderOf(text);
}

function inPeriod(start: number | null, end: number | null): Filter {
  // Lines know whole seconds only: one of the second in which the period starts is in it.
  const from = start === null ? Number.NEGATIVE_INFINITY : Math.floor(start / 1000) * 1000;
  const to = end ?? Number.POSITIVE_INFINITY;
  return entry => {
    const time = Date.parse(entry.time);
    return time >= from && time <= to;
  };
}

const same = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

function plainFilters({ clientIP, code, session, messageId, direction }: ProtocolQuery): Filter[] {
  const filters: Filter[] = [];
  if (clientIP !== undefined) filters.push(entry => same(entry.clientIP, clientIP));
  if (code !== undefined) filters.push(entry => entry.code === code);
  if (session !== undefined) filters.push(entry => same(entry.session, session));
  if (messageId !== undefined) filters.push(entry => same(entry.messageId, messageId));
  if (direction !== undefined) filters.push(entry => entry.direction === direction);
  return filters;
}

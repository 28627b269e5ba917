/**
 * Searches protocol logs: ours and those of the old SMTP service. A sender or recipient is looked for in
 * MAIL and RCPT commands, and the answer has the whole sessions in which it stood (that is what one wants
 * to see), as far as the other filters let them through; that takes two passes over the files. Lines are
 * read one by one, so only the answer itself takes memory; a line that can't be wanted is seldom even
 * taken apart. Who needs the latest lines flushes the log before.
 */
import { type LogFileName, listLogFilesOf } from './log-files.ts';
import { LogLines } from './log-lines.ts';
import { OUTBOUND_COMMAND, OUTBOUND_RESPONSE, PROTOCOL_PREFIX } from './protocol-log.ts';
import { finderOf, type RawFinder, rawBlocks } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';
import { fromW3c, toW3c } from './w3c.ts';
import type { W3cRecord } from './w3c-records.ts';

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

export interface ProtocolEntry {
  readonly time: string;
  readonly direction: 'Inbound' | 'Outbound';
  readonly clientIP: string | null;
  readonly heloName: string | null;
  /** Verb, or `Reply` for what a next hop said. */
  readonly command: string | null;
  readonly argument: string | null;
  readonly code: number | null;
  readonly reply: string | null;
  readonly elapsed: number;
  /** Milliseconds the session took, which the old SMTP service writes at QUIT. */
  readonly sessionTime: number | null;
  readonly session: string | null;
  readonly messageId: string | null;
  readonly listener: string | null;
  readonly connector: string | null;
  readonly rule: string | null;
  readonly tls: string | null;
  readonly file: string;
}

/** How long before the period a session may have begun and still be found, in milliseconds. */
const SESSION_REACH = 3_600_000;

type Filter = (entry: ProtocolEntry) => boolean;

/** A file to search; the day stands for lines that come before any date. */
export type LogFile = Pick<LogFileName, 'path' | 'day'>;

/** Told of each file how many of its bytes were read since it was last told. */
export type OnBytes = (bytes: number) => void;

export async function readProtocolLog(folder: string, query: ProtocolQuery): Promise<ProtocolEntry[]> {
  const result = new ResultWindow<ProtocolEntry>(query.resultSize, query.tail);
  const { start, end } = periodOf(query);
  const files = await listLogFilesOf(folder, PROTOCOL_PREFIX, start, end);
  // The command may stand in the file before, when a session went over midnight.
  const earlier = start === null ? null : start - SESSION_REACH;
  const search = await ProtocolSearch.prepare(query, await listLogFilesOf(folder, PROTOCOL_PREFIX, earlier, end));
  for (const file of files) {
    for await (const entries of search.entriesOf(file)) {
      for (const entry of entries) result.add(entry);
      if (result.isFull) return result.entries();
    }
  }
  return result.entries();
}

/** What a query means, ready to be held against the lines of any file. */
export class ProtocolSearch {
  readonly #filters: readonly Filter[];
  readonly #find: RawFinder | null;

  private constructor(filters: readonly Filter[], find: RawFinder | null) {
    this.#filters = filters;
    this.#find = find;
  }

  /** @param searched where sessions with the sender and recipient asked for may have begun */
  static async prepare(query: ProtocolQuery, searched: readonly LogFile[], onBytes?: OnBytes): Promise<ProtocolSearch> {
    const { start, end } = periodOf(query);
    const filters = [inPeriod(start, end), ...plainFilters(query)];
    if (query.sender !== undefined) filters.push(await inSessionsWith('MAIL', query.sender, searched, onBytes));
    if (query.recipient !== undefined) filters.push(await inSessionsWith('RCPT', query.recipient, searched, onBytes));
    return new ProtocolSearch(filters, rawFinderOf(query));
  }

  /** @param onBytes is told how many bytes were read since the last time */
  async *entriesOf(file: LogFile, onBytes?: OnBytes): AsyncGenerator<ProtocolEntry[]> {
    const lines = this.linesOf(file);
    for await (const block of rawBlocks(file.path, sinceLast(onBytes))) yield this.select(block, lines, file.path);
  }

  lets(entry: ProtocolEntry): boolean {
    return this.#filters.every(filter => filter(entry));
  }

  /** The state of reading one file, for `select`. */
  linesOf(file: LogFile): LogLines {
    return new LogLines(file.day, this.#find);
  }

  select(block: string, lines: LogLines, path: string): ProtocolEntry[] {
    const entries = lines.read(block).map(record => toEntry(record, path));
    return entries.filter(entry => this.lets(entry));
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

function toEntry(record: W3cRecord, file: string): ProtocolEntry {
  const user = record.get('cs-username');
  const text = (field: string) => fromW3c(record.get(field));
  const isReply = user === OUTBOUND_RESPONSE;
  const outbound = isReply || user === OUTBOUND_COMMAND;
  const argument = text('cs-uri-query');
  const verb = text('cs-method');
  return {
    time: new Date(record.time).toISOString(),
    direction: outbound ? 'Outbound' : 'Inbound',
    clientIP: text('c-ip'),
    heloName: outbound ? null : text('cs-username'),
    command: isReply ? 'Reply' : verb,
    // Inbound, the blank between verb and argument is part of the value.
    argument: argument?.startsWith(' ') && !outbound ? argument.slice(1) : argument,
    // Outbound, the status field is always 0 and the code stands in the reply.
    code: codeOf(isReply ? record.get('cs-uri-query') : record.get('sc-status')),
    reply: text('x-reply') ?? (isReply ? replyText(argument) : null),
    elapsed: integerOf(record.get('time-taken')) ?? 0,
    sessionTime: record.get('sc-status') === '240' ? integerOf(record.get('sc-win32-status')) : null,
    session: text('x-session-id'),
    messageId: text('x-message-id') ?? (verb === 'DATA' ? messageIdOf(argument) : null),
    listener: text('x-listener') ?? (outbound ? null : text('s-sitename')),
    connector: text('x-connector') ?? (outbound ? text('s-sitename') : null),
    rule: text('x-rule'),
    tls: text('x-tls'),
    file,
  };
}

function integerOf(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** The old SMTP service writes the Message-ID where DATA has no argument. */
const messageIdOf = (argument: string | null): string | null => /^ ?(<[^>]*>)/.exec(argument ?? '')?.[1] ?? null;

const replyText = (text: string | null): string | null => /^\d{3}[ -](.+)$/s.exec(text ?? '')?.[1] ?? null;

function codeOf(value: string | undefined): number | null {
  const match = value === undefined ? null : /^[1-9]\d\d(?!\d)/.exec(value);
  return match ? Number(match[0]) : null;
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

const PATH_OF = { MAIL: /^\+?FROM:\+*(?:<([^>]*)>?|(.*))/i, RCPT: /^\+?TO:\+*(?:<([^>]*)>?|(.*))/i };

/** Lines of sessions with such a command; a line that has no session id stands for itself. */
async function inSessionsWith(
  verb: 'MAIL' | 'RCPT',
  part: string,
  files: readonly LogFile[],
  onBytes?: OnBytes,
): Promise<Filter> {
  const bare = part.replace(/^<|>$/g, '');
  // Compared as written, where a plus in an address and a blank are the same.
  const wanted = bare === '' ? '' : toW3c(bare).toLowerCase();
  const matches = ({ command, argument }: ProtocolEntry): boolean => {
    if (argument === null || command?.toUpperCase() !== verb) return false;
    const match = PATH_OF[verb].exec(toW3c(argument));
    const path = match?.[1] ?? match?.[2];
    if (path === undefined) return false;
    return part === '<>' ? path === '' : path.toLowerCase().includes(wanted);
  };
  const sessions = new Set<string>();
  for (const file of files) {
    const lines = new LogLines(file.day, finderOf(verb));
    for await (const block of rawBlocks(file.path, sinceLast(onBytes))) {
      for (const record of lines.read(block)) {
        const entry = toEntry(record, file.path);
        if (entry.session !== null && matches(entry)) sessions.add(entry.session);
      }
    }
  }
  return entry => (entry.session === null ? matches(entry) : sessions.has(entry.session));
}

/**
 * Searches the protocol log. A sender or recipient is looked for in MAIL and RCPT commands, and the
 * answer has the whole sessions in which it stood (that is what one wants to see), as far as the
 * other filters let them through; that takes two passes over the files. Lines are read one by one,
 * so only the answer itself takes memory. Who needs the latest lines flushes the log before.
 */
import { type LogFileName, listLogFilesOf } from './log-files.ts';
import { OUTBOUND_COMMAND, OUTBOUND_RESPONSE, PROTOCOL_PREFIX } from './protocol-log.ts';
import { lineBatches } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';
import { fromW3c, toW3c } from './w3c.ts';
import { type W3cRecord, W3cRecords } from './w3c-records.ts';

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

type Filter = (record: W3cRecord, entry: ProtocolEntry) => boolean;

export async function readProtocolLog(folder: string, query: ProtocolQuery): Promise<ProtocolEntry[]> {
  const start = query.start === undefined ? null : Date.parse(query.start);
  const end = query.end === undefined ? null : Date.parse(query.end);
  const files = await listLogFilesOf(folder, PROTOCOL_PREFIX, start, end);
  const filters = [inPeriod(start, end), ...plainFilters(query)];
  // The command may stand in the file before, when a session went over midnight.
  const earlier = start === null ? null : start - SESSION_REACH;
  const searched = await listLogFilesOf(folder, PROTOCOL_PREFIX, earlier, end);
  if (query.sender !== undefined) filters.push(await inSessionsWith('MAIL', query.sender, searched));
  if (query.recipient !== undefined) filters.push(await inSessionsWith('RCPT', query.recipient, searched));

  const result = new ResultWindow<ProtocolEntry>(query.resultSize, query.tail);
  for await (const { records, file } of recordBatches(files)) {
    for (const record of records) {
      const entry = toEntry(record, file);
      if (filters.every(filter => filter(record, entry))) result.add(entry);
    }
    if (result.isFull) break;
  }
  return result.entries();
}

async function* recordBatches(files: readonly LogFileName[]): AsyncGenerator<{ records: W3cRecord[]; file: string }> {
  for (const file of files) {
    const reader = new W3cRecords(file.day);
    for await (const lines of lineBatches(file.path)) {
      yield { records: lines.map(line => reader.read(line)).filter(record => record !== null), file: file.path };
    }
  }
}

function toEntry(record: W3cRecord, file: string): ProtocolEntry {
  const user = record.get('cs-username');
  const text = (field: string) => fromW3c(record.get(field));
  const isReply = user === OUTBOUND_RESPONSE;
  const outbound = isReply || user === OUTBOUND_COMMAND;
  const argument = text('cs-uri-query');
  return {
    time: new Date(record.time).toISOString(),
    direction: outbound ? 'Outbound' : 'Inbound',
    clientIP: text('c-ip'),
    heloName: outbound ? null : text('cs-username'),
    command: isReply ? 'Reply' : text('cs-method'),
    // Inbound, the blank between verb and argument is part of the value.
    argument: argument?.startsWith(' ') && !outbound ? argument.slice(1) : argument,
    // Outbound, the status field is always 0 and the code stands in the reply.
    code: codeOf(isReply ? record.get('cs-uri-query') : record.get('sc-status')),
    reply: text('x-reply'),
    elapsed: Number.parseInt(record.get('time-taken') ?? '', 10) || 0,
    session: text('x-session-id'),
    messageId: text('x-message-id'),
    listener: text('x-listener'),
    connector: text('x-connector'),
    rule: text('x-rule'),
    tls: text('x-tls'),
    file,
  };
}

function codeOf(value: string | undefined): number | null {
  const match = value === undefined ? null : /^[1-9]\d\d(?!\d)/.exec(value);
  return match ? Number(match[0]) : null;
}

function inPeriod(start: number | null, end: number | null): Filter {
  // Lines know whole seconds only: one of the second in which the period starts is in it.
  const from = start === null ? Number.NEGATIVE_INFINITY : Math.floor(start / 1000) * 1000;
  const to = end ?? Number.POSITIVE_INFINITY;
  return ({ time }) => time >= from && time <= to;
}

const same = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

function plainFilters({ clientIP, code, session, messageId, direction }: ProtocolQuery): Filter[] {
  const filters: Filter[] = [];
  if (clientIP !== undefined) filters.push((_, entry) => same(entry.clientIP, clientIP));
  if (code !== undefined) filters.push((_, entry) => entry.code === code);
  if (session !== undefined) filters.push((_, entry) => same(entry.session, session));
  if (messageId !== undefined) filters.push((_, entry) => same(entry.messageId, messageId));
  if (direction !== undefined) filters.push((_, entry) => entry.direction === direction);
  return filters;
}

const PATH_OF = { MAIL: /^\+?FROM:\+*(?:<([^>]*)>?|(.*))/i, RCPT: /^\+?TO:\+*(?:<([^>]*)>?|(.*))/i };

/** Lines of sessions with such a command; a line that has no session id stands for itself. */
async function inSessionsWith(verb: 'MAIL' | 'RCPT', part: string, files: readonly LogFileName[]): Promise<Filter> {
  const bare = part.replace(/^<|>$/g, '');
  // Compared as written, where a plus in an address and a blank are the same.
  const wanted = bare === '' ? '' : toW3c(bare).toLowerCase();
  const matches = (record: W3cRecord): boolean => {
    if (record.get('cs-method')?.toUpperCase() !== verb) return false;
    const match = PATH_OF[verb].exec(record.get('cs-uri-query') ?? '');
    const path = match?.[1] ?? match?.[2];
    if (path === undefined) return false;
    return part === '<>' ? path === '' : path.toLowerCase().includes(wanted);
  };
  const sessions = new Set<string>();
  for await (const { records } of recordBatches(files)) {
    for (const record of records) {
      const session = fromW3c(record.get('x-session-id'));
      if (session !== null && matches(record)) sessions.add(session);
    }
  }
  return (record, { session }) => (session === null ? matches(record) : sessions.has(session));
}

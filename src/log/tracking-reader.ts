/**
 * Searches the tracking log, line by line: only the answer itself takes memory. The latest
 * `#Fields` line rules; a row that cannot be read is left out, never fatal. Who needs the latest
 * rows flushes the log before.
 */
import { wildcardMatcher } from '../message/wildcard.ts';
import { fromCsv, splitList } from './csv.ts';
import { listLogFilesOf } from './log-files.ts';
import { decodeLine, finderOf, LineCursor, linesWith, type RawFinder, rawBlocks, withoutReturn } from './read-lines.ts';
import { ResultWindow } from './result-window.ts';
import { linesAt, positionsOf, type WantedKey } from './tracking-index.ts';
import { TRACKING_FIELDS, TRACKING_PREFIX } from './tracking-log.ts';

const EVENT_IDS = [
  'RECEIVE',
  'SEND',
  'DELIVER',
  'DEFER',
  'FAIL',
  'DSN',
  'BADMAIL',
  'SUBMIT',
  'DROP',
  'REDIRECT',
] as const;
const SOURCES = ['SMTP', 'DSN', 'ADMIN', 'ROUTING', 'PICKUP', 'GATEWAY'] as const;

export type TrackingEventId = (typeof EVENT_IDS)[number];
export type TrackingSource = (typeof SOURCES)[number];

export interface TrackingQuery {
  readonly start?: string;
  readonly end?: string;
  readonly eventId?: TrackingEventId;
  /** Wildcards allowed; `<>` for the null reverse-path. */
  readonly sender?: string;
  /** Any of these; wildcards allowed. */
  readonly recipients?: readonly string[];
  readonly messageId?: string;
  readonly internalMessageId?: string;
  /** Part of the subject. */
  readonly messageSubject?: string;
  readonly source?: TrackingSource;
  readonly reference?: string;
  /** Queue ids: rows of these messages, and of the reports about them. */
  readonly about?: readonly string[];
  /** The last entries; rules over `resultSize`. */
  readonly tail?: number;
  /** The first entries; null for all. */
  readonly resultSize?: number | null;
}

export interface TrackingEntryRow {
  readonly timestamp: string;
  readonly eventId: TrackingEventId;
  readonly source: TrackingSource;
  readonly clientIp: string | null;
  readonly clientHostname: string | null;
  readonly serverIp: string | null;
  readonly serverHostname: string | null;
  readonly sourceContext: string | null;
  readonly connectorId: string | null;
  readonly internalMessageId: string;
  readonly messageId: string | null;
  readonly recipients: string[];
  readonly recipientStatus: string[];
  readonly totalBytes: number;
  readonly recipientCount: number;
  readonly reference: string | null;
  readonly messageSubject: string | null;
  readonly sender: string;
  readonly returnPath: string;
  readonly messageLatency: number | null;
}

type Filter = (row: TrackingEntryRow) => boolean;

const INDEXES_AT_ONCE = 32;

export async function readTrackingLog(folder: string, query: TrackingQuery): Promise<TrackingEntryRow[]> {
  const { start, end } = periodOf(query);
  const files = (await listLogFilesOf(folder, TRACKING_PREFIX, start, end)).map(({ path }) => path);
  if (query.tail !== undefined) return lastRows(files, query, query.tail);
  const result = new ResultWindow<TrackingEntryRow>(query.resultSize, null);
  for await (const { path, positions } of withPositions(files, query))
    for await (const rows of positions ? rowsAt(path, positions, query) : trackingRowsOf(path, query)) {
      for (const row of rows) result.add(row);
      if (result.isFull) return result.entries();
    }
  return result.entries();
}

/** Looked for from behind: years of rows before them are not read. */
async function lastRows(files: readonly string[], query: TrackingQuery, tail: number): Promise<TrackingEntryRow[]> {
  let found: TrackingEntryRow[] = [];
  for await (const { path, positions } of withPositions(files.toReversed(), query)) {
    const window = new ResultWindow<TrackingEntryRow>(null, tail - found.length);
    if (positions === null)
      for await (const rows of trackingRowsOf(path, query)) for (const row of rows) window.add(row);
    const ofFile =
      positions === null ? window.entries() : await lastRowsAt(path, positions, query, tail - found.length);
    found = [...ofFile, ...found];
    if (found.length >= tail) break;
  }
  return found;
}

async function lastRowsAt(
  path: string,
  positions: readonly number[],
  query: TrackingQuery,
  tail: number,
): Promise<TrackingEntryRow[]> {
  let found: TrackingEntryRow[] = [];
  for (let end = positions.length; end > 0 && found.length < tail; end -= ROWS_AT_ONCE)
    for await (const rows of rowsAt(path, positions.slice(Math.max(0, end - ROWS_AT_ONCE), end), query))
      found = [...rows, ...found];
  return found.slice(-tail);
}

/** Files with what their index says, without those that have nothing; positions are null for one that has to be read. */
async function* withPositions(
  files: readonly string[],
  query: TrackingQuery,
): AsyncGenerator<{ readonly path: string; readonly positions: number[] | null }> {
  // Asked of many indexes at once: each is only a few short waits for the disk.
  for (let at = 0; at < files.length; at += INDEXES_AT_ONCE) {
    const some = files.slice(at, at + INDEXES_AT_ONCE);
    const ahead = await Promise.all(some.map(async path => ({ path, positions: await indexed(path, query) })));
    yield* ahead.filter(({ positions }) => positions?.length !== 0);
  }
}

const periodOf = ({ start, end }: TrackingQuery): { start: number | null; end: number | null } => ({
  start: start === undefined ? null : Date.parse(start),
  end: end === undefined ? null : Date.parse(end),
});

/** Any of these the index finds, and every row asked for has one of them; null when only reading finds it. */
function keysOf(query: TrackingQuery): readonly WantedKey[] | null {
  const plain = (value: string) => !/[*?[\]]/.test(value) && value !== '';
  const { internalMessageId, messageId, reference, about, recipients = [], sender } = query;
  if (internalMessageId !== undefined) return [{ key: 'id', value: internalMessageId }];
  if (messageId !== undefined) return [{ key: 'message', value: messageId }];
  if (reference !== undefined) return [{ key: 'reference', value: reference }];
  if (about !== undefined)
    return about.flatMap((value): WantedKey[] => [
      { key: 'id', value },
      { key: 'reference', value },
    ]);
  if (recipients.length > 0 && recipients.every(plain)) return recipients.map(value => ({ key: 'recipient', value }));
  if (sender !== undefined && plain(sender)) return [{ key: 'sender', value: sender }];
  return null;
}

/** Where the rows are; null when the file has to be read. */
async function indexed(path: string, query: TrackingQuery): Promise<number[] | null> {
  const wanted = keysOf(query);
  return wanted === null ? null : positionsOf(path, wanted);
}

/** Rows read at a time: the answer may be limited to the first ones. */
const ROWS_AT_ONCE = 200;

async function* rowsAt(
  path: string,
  positions: readonly number[],
  query: TrackingQuery,
): AsyncGenerator<TrackingEntryRow[]> {
  const { start, end } = periodOf(query);
  const filters = filtersOf(query, start, end);
  const fields = await fieldsOf(path);
  for (let at = 0; at < positions.length; at += ROWS_AT_ONCE) {
    const rows = (await linesAt(path, positions.slice(at, at + ROWS_AT_ONCE)))
      .map(line => toRow(line, fields))
      .filter(row => row !== null);
    yield rows.filter(row => filters.every(filter => filter(row)));
  }
}

/** What a line must have, as it stands in the file; null when that can't be said for sure. */
function finderFor(query: TrackingQuery): RawFinder | null {
  const values = new Set(keysOf(query)?.map(({ value }) => value.replace(/^<|>$/g, '')));
  const texts = values.size === 0 ? [query.eventId ?? ''] : [...values];
  // Only what CSV and UTF-8 leave as it is.
  return texts.every(text => /^[\x21\x23-\x7e]+$/.test(text)) ? finderOf(...texts) : null;
}

/**
 * The rows of one file that a query lets through, in batches.
 *
 * @param onBytes is told how many bytes were read since the last time
 */
export async function* trackingRowsOf(
  path: string,
  query: TrackingQuery,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<TrackingEntryRow[]> {
  const { start, end } = periodOf(query);
  const filters = filtersOf(query, start, end);
  let fields: readonly string[] = TRACKING_FIELDS;
  let last = 0;
  const blocks = rawBlocks(path, position => {
    onBytes?.(position - last);
    last = position;
  });
  const find = finderFor(query);
  for await (const block of blocks) {
    const rows: TrackingEntryRow[] = [];
    const hasDirectives = block.startsWith('#') || block.includes('\n#');
    for (const raw of find === null || hasDirectives ? block.split('\n') : linesWith(block, find)) {
      if (raw.startsWith('#Fields:')) fields = raw.slice('#Fields:'.length).trim().split(',');
      // A cheap look first: most lines of a large log are not asked for.
      if (raw.startsWith('#') || (find !== null && find(raw, 0) === -1)) continue;
      const row = toRow(decodeLine(withoutReturn(raw)), fields);
      if (row !== null && filters.every(filter => filter(row))) rows.push(row);
    }
    yield rows;
  }
}

/** The columns of a file that has an index: they are the same all over it. */
async function fieldsOf(path: string): Promise<readonly string[]> {
  const cursor = new LineCursor(path);
  try {
    const line = ((await cursor.read()) ?? '').split('\n').find(raw => raw.startsWith('#Fields:'));
    return line === undefined ? TRACKING_FIELDS : line.slice('#Fields:'.length).trim().split(',');
  } finally {
    await cursor.close();
  }
}

const oneOf = <Word extends string>(words: readonly Word[], text: string | null): Word | null =>
  words.find(word => word === text) ?? null;

const numberOf = (text: string | null): number | null =>
  text !== null && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null;

function toRow(line: string, fields: readonly string[]): TrackingEntryRow | null {
  const values = fromCsv(line);
  if (values === null || values.length !== fields.length) return null;
  const record = new Map(fields.map((field, position) => [field, values[position]!]));
  const text = (field: (typeof TRACKING_FIELDS)[number]) => record.get(field) || null;
  const time = Date.parse(text('date-time') ?? '');
  const eventId = oneOf(EVENT_IDS, text('event-id'));
  const source = oneOf(SOURCES, text('source'));
  const internalMessageId = text('internal-message-id');
  if (Number.isNaN(time) || eventId === null || source === null || internalMessageId === null) return null;
  return {
    timestamp: new Date(time).toISOString(),
    eventId,
    source,
    clientIp: text('client-ip'),
    clientHostname: text('client-hostname'),
    serverIp: text('server-ip'),
    serverHostname: text('server-hostname'),
    sourceContext: text('source-context'),
    connectorId: text('connector-id'),
    internalMessageId,
    messageId: text('message-id'),
    recipients: splitList(text('recipient-address') ?? ''),
    recipientStatus: (text('recipient-status') ?? '').split(';').filter(status => status !== ''),
    totalBytes: Math.trunc(numberOf(text('total-bytes')) ?? 0),
    recipientCount: Math.trunc(numberOf(text('recipient-count')) ?? 0),
    reference: text('reference'),
    messageSubject: text('message-subject'),
    sender: text('sender-address') ?? '<>',
    returnPath: text('return-path') ?? '<>',
    messageLatency: numberOf(text('message-latency')),
  };
}

const same = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
const bare = (messageId: string): string => messageId.replace(/^<|>$/g, '');

function filtersOf(query: TrackingQuery, start: number | null, end: number | null): Filter[] {
  const { eventId, sender, recipients, messageId, internalMessageId, messageSubject, source, reference, about } = query;
  const filters: Filter[] = [];
  if (start !== null) filters.push(row => Date.parse(row.timestamp) >= start);
  if (end !== null) filters.push(row => Date.parse(row.timestamp) <= end);
  if (eventId !== undefined) filters.push(row => row.eventId === eventId);
  if (source !== undefined) filters.push(row => row.source === source);
  if (internalMessageId !== undefined) filters.push(row => same(row.internalMessageId, internalMessageId));
  if (reference !== undefined) filters.push(row => same(row.reference, reference));
  if (about !== undefined) {
    const ids = new Set(about.map(id => id.toLowerCase()));
    const isOne = (id: string | null) => ids.has(id?.toLowerCase() ?? '');
    filters.push(row => isOne(row.internalMessageId) || isOne(row.reference));
  }
  // With or without its angle brackets: people copy it both ways.
  if (messageId !== undefined)
    filters.push(row => row.messageId !== null && same(bare(row.messageId), bare(messageId)));
  if (messageSubject !== undefined) {
    const part = messageSubject.toLowerCase();
    filters.push(row => row.messageSubject?.toLowerCase().includes(part) ?? false);
  }
  if (sender !== undefined) {
    const matches = wildcardMatcher(sender === '' ? '<>' : sender);
    filters.push(row => matches(row.sender));
  }
  if (recipients !== undefined && recipients.length > 0) {
    const matchers = recipients.map(wildcardMatcher);
    filters.push(row => row.recipients.some(recipient => matchers.some(matches => matches(recipient))));
  }
  return filters;
}

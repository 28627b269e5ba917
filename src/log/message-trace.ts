/**
 * The whole story of a message from the tracking log: what the relay took, every attempt, the reports
 * about it and what became of them, across restarts (the queue id stays), and at the end in a sentence
 * what an administrator wants to know.
 */
import { durationInWords } from '../message/in-words.ts';
import { readTrackingLog, type TrackingEntryRow, type TrackingQuery } from './tracking-reader.ts';

export interface TraceQuery {
  readonly recipient?: string;
  readonly sender?: string;
  readonly messageId?: string;
  readonly internalMessageId?: string;
  readonly start?: string;
  readonly end?: string;
  /** The latest messages; null for all. */
  readonly resultSize?: number | null;
}

export type TraceStatus = 'Delivered' | 'PartlyDelivered' | 'Failed' | 'Pending' | 'Removed';

export interface MessageTrace {
  readonly internalMessageId: string;
  readonly messageId: string | null;
  readonly received: string;
  readonly sender: string;
  readonly recipients: string[];
  readonly messageSubject: string | null;
  readonly totalBytes: number;
  readonly clientIp: string | null;
  readonly status: TraceStatus;
  readonly summary: string;
  readonly events: readonly TrackingEntryRow[];
}

/** What a reply means and what to do about it; null when nothing is known. */
export type Explain = (reply: string) => { readonly meaning: string; readonly action: string } | null;

/** Rows in which the latest messages are looked for: so many for each of them, or at most. */
const ROWS_OF_EACH = 50;
const MOST_ROWS = 10_000;
const FINAL: ReadonlySet<string> = new Set(['SEND', 'DELIVER', 'FAIL', 'BADMAIL', 'DROP']);

/** Rows that tell of a message. */
export interface Story {
  readonly id: string;
  readonly events: readonly TrackingEntryRow[];
}

/** The latest messages that fit, oldest first. */
export async function findStories(folder: string, query: TraceQuery): Promise<Story[]> {
  const { recipient, resultSize = 10, ...rest } = query;
  const asked = { ...rest, ...(recipient === undefined ? {} : { recipients: [recipient] }), resultSize: null };
  const ids =
    resultSize === null ? idsOf(await readTrackingLog(folder, asked)) : await latest(folder, asked, resultSize);
  const rows = await storiesOf(folder, ids);
  const stories = ids.map(id => ({ id, events: rows.get(id) ?? [] })).filter(({ events }) => events.length > 0);
  return stories.sort((a, b) => a.events[0]!.timestamp.localeCompare(b.events[0]!.timestamp));
}

/** A story with the sentence in which it ends. */
export function tellStory({ id, events }: Story, explain: Explain): MessageTrace {
  const own = events.filter(row => row.internalMessageId === id);
  const begin = own[0] ?? events[0]!;
  const last = new Map<string, TrackingEntryRow>();
  for (const row of own)
    for (const recipient of row.recipients) {
      const key = recipient.toLowerCase();
      // Once it is over for a recipient, later rows only repeat it.
      if (!(FINAL.has(row.eventId) === false && FINAL.has(last.get(key)?.eventId ?? ''))) last.set(key, row);
    }
  const verdicts = groupsOf(last);
  return {
    internalMessageId: id,
    messageId: begin.messageId,
    received: begin.timestamp,
    sender: begin.sender,
    recipients: begin.recipients,
    messageSubject: begin.messageSubject,
    totalBytes: begin.totalBytes,
    clientIp: begin.clientIp,
    status: statusOf(verdicts.map(({ row }) => row.eventId)),
    summary: [...verdicts.map(verdict => sentenceOf(verdict, begin, explain)), ...reportSentence(events, id)].join(' '),
    events,
  };
}

/** The messages about which something was written last. */
async function latest(folder: string, asked: TrackingQuery, count: number): Promise<string[]> {
  for (let tail = count * ROWS_OF_EACH; ; tail *= 10) {
    const found = await readTrackingLog(folder, { ...asked, tail });
    const ids = idsOf(found.toReversed());
    if (ids.length >= count || found.length < tail || tail >= MOST_ROWS) return ids.slice(0, count);
  }
}

/** A report's row stands under the report's id; the message it is about is meant as well. */
const idsOf = (rows: readonly TrackingEntryRow[]): string[] => [
  ...new Set(rows.flatMap(row => (row.eventId === 'DSN' && row.reference ? [row.reference] : [row.internalMessageId]))),
];

/** For each message its rows, those of the reports about it, and of what became of these. */
async function storiesOf(folder: string, ids: readonly string[]): Promise<ReadonlyMap<string, TrackingEntryRow[]>> {
  if (ids.length === 0) return new Map();
  const found = await readTrackingLog(folder, { about: ids, resultSize: null });
  const messageOf = new Map(
    found.flatMap(row => (row.eventId === 'DSN' && row.reference ? [[row.internalMessageId, row.reference]] : [])),
  );
  const stories = new Map(ids.map(id => [id, [] as TrackingEntryRow[]]));
  const reports = [...messageOf.keys()].filter(report => !stories.has(report));
  const ofReports = reports.length === 0 ? [] : await readTrackingLog(folder, { about: reports, resultSize: null });
  // The row of a report itself stands under the report's id, and comes with the others of it.
  for (const row of [...found.filter(({ internalMessageId }) => stories.has(internalMessageId)), ...ofReports]) {
    stories.get(row.internalMessageId)?.push(row);
    stories.get(messageOf.get(row.internalMessageId) ?? '')?.push(row);
  }
  // Sorting is stable: rows of one moment stay as they were written.
  for (const rows of stories.values()) rows.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  return stories;
}

interface Verdict {
  readonly row: TrackingEntryRow;
  readonly recipients: readonly string[];
}

/** Recipients that ended alike, together. */
function groupsOf(last: ReadonlyMap<string, TrackingEntryRow>): Verdict[] {
  const groups = new Map<TrackingEntryRow, string[]>();
  for (const [recipient, row] of last) groups.set(row, [...(groups.get(row) ?? []), recipient]);
  return [...groups].map(([row, recipients]) => ({ row, recipients }));
}

function statusOf(events: readonly string[]): TraceStatus {
  const over = (event: string) => FINAL.has(event);
  if (!events.every(over)) return 'Pending';
  const arrived = events.filter(event => event === 'SEND' || event === 'DELIVER').length;
  if (arrived === events.length) return 'Delivered';
  if (arrived > 0) return 'PartlyDelivered';
  return events.every(event => event === 'DROP') ? 'Removed' : 'Failed';
}

const namesOf = (recipients: readonly string[]): string =>
  recipients.length > 3
    ? `${recipients.slice(0, 3).join(', ')} and ${recipients.length - 3} more`
    : recipients.join(', ');

function sentenceOf({ row, recipients }: Verdict, begin: TrackingEntryRow, explain: Explain): string {
  const names = namesOf(recipients);
  const reply = row.recipientStatus[0] ?? null;
  const server =
    row.serverHostname && row.eventId !== 'RECEIVE'
      ? `${row.serverHostname}${row.serverIp ? ` [${row.serverIp}]` : ''}`
      : null;
  const at = `${row.timestamp.slice(0, 19).replace('T', ' ')} UTC`;
  const said = reply === null ? '' : server === null ? `: ${reply}` : `: ${server} said "${reply}"`;
  const hint = reply === null ? null : explain(reply);
  const advice = hint === null ? '' : ` ${hint.meaning} ${hint.action}`;
  switch (row.eventId) {
    case 'SEND': {
      const waited = row.messageLatency === null ? '' : `, ${durationInWords(row.messageLatency)} after it came`;
      return `Delivered to ${names}: ${server ?? row.sourceContext} took it at ${at}${waited}${reply === null ? '' : ` ("${reply}")`}. From there on only that server knows.`;
    }
    case 'DELIVER':
      return `Delivered to ${names}: written at ${at} as ${row.sourceContext}.`;
    case 'FAIL':
      return `Not delivered to ${names}, given up at ${at}${ended(said)}${advice}`;
    case 'DEFER':
      return `Still waits for ${names}. The last attempt was at ${at} (${row.sourceContext})${ended(said)}${advice} It is tried again; Get-SmtpMessage -Identity ${begin.internalMessageId} says when.`;
    case 'BADMAIL':
      return `Not delivered to ${names}, and no report could be sent (${row.sourceContext}); it lies in BadMail since ${at}.`;
    case 'DROP':
      return `Removed for ${names} at ${at} without delivery: ${row.sourceContext}.`;
    case 'REDIRECT':
      return `Given to the connector ${row.connectorId} for ${names} by an administrator at ${at}, and not tried since.`;
    default:
      return `Taken at ${at} and not yet tried for ${names}: Get-SmtpMessage -Identity ${begin.internalMessageId} says why.`;
  }
}

const ended = (text: string): string => (/[.!?]"?$/.test(text) ? text : `${text}.`);

/** Whether the sender was told. */
function reportSentence(events: readonly TrackingEntryRow[], id: string): string[] {
  const report = events.findLast(
    row => row.eventId === 'DSN' && row.reference === id && row.recipientStatus[0] === 'failed',
  );
  if (report === undefined) return [];
  const sent = events.some(row => row.internalMessageId === report.internalMessageId && row.eventId === 'SEND');
  return [
    sent
      ? `${report.sender} was told by a report.`
      : `A report to ${report.sender} was written and is not delivered yet.`,
  ];
}

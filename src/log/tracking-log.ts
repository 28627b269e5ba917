/**
 * The message tracking log: what became of each message, in the columns of Exchange's tracking log.
 * Every step of a message stands under its queue id (internal-message-id); recipients that fared
 * alike in one attempt share a row. A report (DSN row) has its own queue id and names the message
 * it is about as reference; sender, recipients and subject of that row are those of that message.
 */
import type { AcceptedMessage } from '../message/envelope.ts';
import type { Outcome, Remote } from '../message/outcome.ts';
import { formatReply } from '../message/reply.ts';
import { joinList, toCsv } from './csv.ts';
import type { RelayEvent } from './events.ts';
import type { LineFile } from './line-file.ts';

export const TRACKING_PREFIX = 'MSGTRK';

export const TRACKING_FIELDS = [
  'date-time',
  'client-ip',
  'client-hostname',
  'server-ip',
  'server-hostname',
  'source-context',
  'connector-id',
  'source',
  'event-id',
  'internal-message-id',
  'message-id',
  'recipient-address',
  'recipient-status',
  'total-bytes',
  'recipient-count',
  'reference',
  'message-subject',
  'sender-address',
  'return-path',
  'message-latency',
] as const;

type Field = (typeof TRACKING_FIELDS)[number];
type Row = Partial<Record<Field, string | number | null>>;
type EventOf<Type extends RelayEvent['type']> = Extract<RelayEvent, { type: Type }>;
export type TrackedEvent = EventOf<'received' | 'attempted' | 'report' | 'badmail' | 'dropped' | 'redirected'>;

const TRACKED: ReadonlySet<RelayEvent['type']> = new Set<TrackedEvent['type']>([
  'received',
  'attempted',
  'report',
  'badmail',
  'dropped',
  'redirected',
]);

export const isTracked = (event: RelayEvent): event is TrackedEvent => TRACKED.has(event.type);

const EVENT_OF: Record<Outcome['kind'], string> = { delivered: 'SEND', deferred: 'DEFER', failed: 'FAIL' };
const droppedAs = (outcome: Outcome): string | null =>
  outcome.kind === 'delivered' ? (outcome.droppedAs ?? null) : null;

export function trackingHeader(version: string, time: number): string[] {
  return [
    `#Software: SmtpRelay ${version}`,
    '#Version: 1.0',
    '#Log-type: Message Tracking Log',
    `#Date: ${new Date(time).toISOString()}`,
    `#Fields: ${TRACKING_FIELDS.join(',')}`,
  ];
}

/** Addresses with a status each. A semicolon parts the statuses, so none may hold one. */
const recipients = (addresses: readonly string[], statuses: readonly string[]): Row => ({
  'recipient-address': joinList(addresses),
  'recipient-status': joinList(statuses.map(status => status.replaceAll(';', ','))),
  'recipient-count': addresses.length,
});

const reversePath = (message: AcceptedMessage): string => message.envelope.reversePath || '<>';

function base(message: AcceptedMessage): Row {
  return {
    source: message.origin.source,
    'internal-message-id': message.id,
    'message-id': message.internetMessageId,
    'total-bytes': message.size,
    'message-subject': message.subject,
    'sender-address': reversePath(message),
    'return-path': reversePath(message),
  };
}

function received({ message, localAddress, clientName, tlsVersion }: EventOf<'received'>, computerName: string): Row {
  const { source, clientIp, heloName, listener, account, sessionId } = message.origin;
  const context = [sessionId && `session ${sessionId}`, tlsVersion, account && `account ${account}`]
    .filter(Boolean)
    .join(', ');
  return {
    ...base(message),
    ...recipients(
      message.envelope.recipients.map(recipient => recipient.address),
      [],
    ),
    'event-id': source === 'ADMIN' ? 'SUBMIT' : 'RECEIVE',
    'client-ip': clientIp,
    'client-hostname': clientName ?? heloName,
    'server-ip': localAddress,
    'server-hostname': computerName,
    'source-context': context,
    'connector-id': listener,
  };
}

function attempted(event: EventOf<'attempted'>, computerName: string, now: number): Row[] {
  const { message, connector, nextHop, results } = event;
  const groups = new Map<string, { outcome: Outcome; status: string; addresses: string[] }>();
  for (const { index, outcome } of results) {
    const status = formatReply(outcome.reply);
    const key = JSON.stringify([outcome.kind, outcome.remote, status]);
    const group = groups.get(key) ?? { outcome, status, addresses: [] };
    group.addresses.push(message.envelope.recipients[index]?.address ?? '');
    groups.set(key, group);
  }
  return [...groups.values()].map(({ outcome, status, addresses }) => ({
    ...base(message),
    ...recipients(
      addresses,
      addresses.map(() => status),
    ),
    source: event.source,
    'event-id': droppedAs(outcome) === null ? EVENT_OF[outcome.kind] : 'DELIVER',
    'client-hostname': computerName,
    'server-ip': outcome.remote?.address ?? null,
    'server-hostname': outcome.remote?.host ?? null,
    // Where no server spoke, at least who should have.
    'source-context': droppedAs(outcome) ?? (outcome.remote ? showRemote(outcome.remote) : nextHop),
    'connector-id': connector,
    'message-latency': Math.max(0, now - message.receivedAt) / 1000,
  }));
}

const showRemote = ({ host, address, port, tls }: Remote): string =>
  `${host} [${address}]:${port}${tls ? `, ${[tls.version, tls.cipher, tls.verifiedBy ?? []].flat().join(' ')}` : ''}`;

const reported = ({ message, reportId, kind, recipients: about }: EventOf<'report'>): Row => ({
  ...base(message),
  ...recipients(
    about,
    about.map(() => kind),
  ),
  source: 'DSN',
  'event-id': 'DSN',
  'internal-message-id': reportId,
  reference: message.id,
  'return-path': '<>',
});

const redirected = ({ message, recipients: moved, connector, from }: EventOf<'redirected'>): Row => ({
  ...base(message),
  ...recipients(moved, []),
  source: 'ADMIN',
  'event-id': 'REDIRECT',
  'source-context': `from ${from}`,
  'connector-id': connector,
});

const ended = (event: EventOf<'badmail' | 'dropped'>): Row => ({
  ...base(event.message),
  ...recipients(
    event.recipients,
    event.recipients.map(() => event.reason),
  ),
  'event-id': event.type === 'badmail' ? 'BADMAIL' : 'DROP',
  'source-context': event.reason,
  reference: event.type === 'badmail' ? event.file : null,
});

function rowsOf(event: TrackedEvent, computerName: string, now: number): Row[] {
  if (event.type === 'received') return [received(event, computerName)];
  if (event.type === 'attempted') return attempted(event, computerName, now);
  if (event.type === 'redirected') return [redirected(event)];
  return [event.type === 'report' ? reported(event) : ended(event)];
}

export interface TrackingContext {
  readonly computerName: string;
  readonly now: number;
  readonly logSubject: boolean;
}

/** The lines of an event: one, or one for each group of recipients that fared alike. */
export function formatTracking(event: TrackedEvent, { computerName, now, logSubject }: TrackingContext): string[] {
  return rowsOf(event, computerName, now).map(row => {
    const full: Row = { ...row, 'date-time': new Date(now).toISOString() };
    if (!logSubject) full['message-subject'] = null;
    return toCsv(TRACKING_FIELDS.map(field => full[field] ?? null));
  });
}

export class TrackingLog {
  readonly #file: LineFile;
  readonly #computerName: string;
  readonly #now: () => number;
  #logSubject: boolean;

  constructor(file: LineFile, computerName: string, now: () => number, logSubject: boolean) {
    this.#file = file;
    this.#computerName = computerName;
    this.#now = now;
    this.#logSubject = logSubject;
  }

  configure(logSubject: boolean): void {
    this.#logSubject = logSubject;
  }

  add(event: TrackedEvent): void {
    const context = { computerName: this.#computerName, now: this.#now(), logSubject: this.#logSubject };
    for (const line of formatTracking(event, context)) this.#file.add(line);
  }
}

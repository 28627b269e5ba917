/**
 * Who uses this relay: one line for each client, from what the logs know. The tracking log knows the
 * messages that were taken; protocol logs (also those of the old SMTP service) know the commands.
 * Only what is counted takes memory, and the lists of each client are bounded.
 */

import { pathOf } from './log-sessions.ts';
import type { ProtocolEntry } from './protocol-entry.ts';
import type { TrackingEntryRow } from './tracking-reader.ts';

export type GroupBy = 'Client' | 'ClientIP' | 'Account';

export interface ClientSummary {
  readonly clientIP: string | null;
  readonly hostName: string | null;
  readonly account: string | null;
  readonly messages: number;
  readonly recipients: number;
  /** Bytes; null where the log does not say. */
  readonly bytes: number | null;
  /** Commands that were refused or put off; null where the log does not say. */
  readonly refusals: number | null;
  /** The first 100. */
  readonly senders: readonly string[];
  /** The first 100. */
  readonly recipientDomains: readonly string[];
  /** `None` for messages in the clear. */
  readonly tlsVersions: readonly string[];
  readonly authenticated: boolean;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

const MOST = 100;

class Client {
  readonly clientIP: string | null;
  readonly account: string | null;
  hostName: string | null = null;
  messages = 0;
  recipients = 0;
  bytes: number | null = null;
  refusals: number | null = null;
  authenticated = false;
  readonly #senders = new Set<string>();
  readonly #domains = new Set<string>();
  readonly #tls = new Set<string>();
  #first: string;
  #last: string;

  constructor(clientIP: string | null, account: string | null, time: string) {
    this.clientIP = clientIP;
    this.account = account;
    this.#first = time;
    this.#last = time;
  }

  seen(time: string): void {
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
  }

  sender = (address: string) => bounded(this.#senders, address === '' ? '<>' : address.toLowerCase());
  recipient = (address: string) => bounded(this.#domains, address.slice(address.lastIndexOf('@') + 1).toLowerCase());
  tls = (version: string) => bounded(this.#tls, version);

  summary(): ClientSummary {
    const { clientIP, hostName, account, messages, recipients, bytes, refusals, authenticated } = this;
    return {
      clientIP,
      hostName,
      account,
      messages,
      recipients,
      bytes,
      refusals,
      senders: [...this.#senders],
      recipientDomains: [...this.#domains],
      tlsVersions: [...this.#tls],
      authenticated,
      firstSeen: this.#first,
      lastSeen: this.#last,
    };
  }
}

function bounded(set: Set<string>, value: string): void {
  if (set.size < MOST) set.add(value);
}

export class ClientReport {
  readonly #groupBy: GroupBy;
  readonly #clients = new Map<string, Client>();
  /** TLS of open sessions, which one line of a session tells. */
  readonly #sessions = new Map<string, { tls: string | null }>();

  constructor(groupBy: GroupBy) {
    this.#groupBy = groupBy;
  }

  /** A RECEIVE row of the tracking log; others are not about clients. */
  addTracked(row: TrackingEntryRow): void {
    if (row.eventId !== 'RECEIVE' || row.clientIp === null) return;
    const context = contextOf(row.sourceContext);
    const client = this.#client(row.clientIp, context.account, row.timestamp);
    client.hostName = row.clientHostname ?? client.hostName;
    client.messages += 1;
    client.recipients += row.recipientCount;
    client.bytes = (client.bytes ?? 0) + row.totalBytes;
    client.authenticated ||= context.account !== null;
    client.tls(context.tls ?? 'None');
    client.sender(row.sender === '<>' ? '' : row.sender);
    for (const recipient of row.recipients) client.recipient(recipient);
  }

  /** A line of a protocol log; outbound ones are not about clients. */
  addLine(entry: ProtocolEntry): void {
    if (entry.direction !== 'Inbound' || entry.clientIP === null) return;
    const client = this.#client(entry.clientIP, null, entry.time);
    client.hostName = entry.heloName ?? client.hostName;
    const { code } = entry;
    client.refusals = (client.refusals ?? 0) + (code !== null && code >= 400 ? 1 : 0);
    const session = entry.session ?? entry.clientIP;
    const verb = entry.command?.toUpperCase();
    if (verb === 'QUIT') this.#sessions.delete(session);
    if (code === null || code >= 400) return;
    if (verb === 'STARTTLS') this.#session(session).tls = 'STARTTLS';
    if (verb === 'AUTH' && code === 235) client.authenticated = true;
    if (verb === 'MAIL') client.sender(pathOf(entry) ?? '');
    if (verb === 'RCPT') {
      client.recipients += 1;
      client.recipient(pathOf(entry) ?? '');
    }
    // BDAT is answered for each piece; only the last one is the message.
    if (verb !== 'DATA' && !(verb === 'BDAT' && /LAST$/i.test(entry.argument ?? ''))) return;
    client.messages += 1;
    client.tls(entry.tls?.split(' ')[0] ?? this.#sessions.get(session)?.tls ?? 'None');
  }

  /** Those with most messages first. */
  summaries(): ClientSummary[] {
    const all = [...this.#clients.values()].map(client => client.summary());
    return all.sort((a, b) => b.messages - a.messages || (a.clientIP ?? '').localeCompare(b.clientIP ?? ''));
  }

  #session(id: string): { tls: string | null } {
    // Sessions that end without QUIT must not pile up; the oldest can't matter any more.
    if (this.#sessions.size >= 10_000) this.#sessions.delete(this.#sessions.keys().next().value!);
    const session = this.#sessions.get(id) ?? { tls: null };
    this.#sessions.set(id, session);
    return session;
  }

  #client(clientIP: string, account: string | null, time: string): Client {
    const ip = this.#groupBy === 'Account' ? null : clientIP;
    const name = this.#groupBy === 'ClientIP' ? null : account;
    const key = `${ip} ${name?.toLowerCase()}`;
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = new Client(ip, name, time);
      this.#clients.set(key, client);
    }
    client.seen(time);
    return client;
  }
}

/** What a RECEIVE row says beside the addresses: `session S, TLSv1.3, account A` (an account may hold commas). */
function contextOf(text: string | null): { account: string | null; tls: string | null } {
  const account = /(?:^|, )account (.*)$/.exec(text ?? '')?.[1] ?? null;
  const tls = /(?:^|, )(TLSv[\d.]+|SSLv\d)(?:,|$)/.exec(text ?? '')?.[1] ?? null;
  return { account, tls };
}

/**
 * The lines a relay adds in front of a message: Received always (RFC 5321 4.4), Date and Message-ID
 * where a device or a script left them out (RFC 6409 8). Pure.
 */
import { mailDate } from '../message/mail-date.ts';
import { showTls, type TlsFacts } from '../platform/tls-facts.ts';

export interface TraceFacts {
  readonly heloName: string | null;
  /** Null where no network was involved. */
  readonly clientIp: string | null;
  /** By DNS, where it leads back to the address. */
  readonly clientName: string | null;
  readonly fqdn: string;
  /** SMTP, ESMTP, ESMTPA ... (RFC 3848). */
  readonly protocol: string;
  readonly tls: TlsFacts | null;
  readonly id: string;
  /** Named only when it is the only one: more would tell blind copies. */
  readonly onlyRecipient: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

// What a client calls itself is its own invention: nothing in it may look like header syntax.
const clean = (name: string) => name.replace(/[^A-Za-z0-9.:_[\]-]/g, '?').slice(0, 255);

const literal = (ip: string) => (ip.includes(':') ? `[IPv6:${ip}]` : `[${ip}]`);

export function receivedLine(facts: TraceFacts): string {
  const name = facts.clientName === null ? '' : `${clean(facts.clientName)} `;
  const where = facts.clientIp === null ? '' : ` (${name}${literal(facts.clientIp)})`;
  const from = `from ${facts.heloName === null ? 'unknown' : clean(facts.heloName)}${where}`;
  // A comment, which RFC 5322 allows between any two words.
  const tls = facts.tls === null ? '' : ` (${showTls(facts.tls)})`;
  const by = `\tby ${facts.fqdn} (SmtpRelay) with ${facts.protocol}${tls} id ${facts.id}`;
  const forWhom = facts.onlyRecipient === null ? [] : [`\tfor <${facts.onlyRecipient}>`];
  return [`Received: ${from}`, by, ...forWhom].join('\r\n').concat(`; ${mailDate(facts.now)}\r\n`);
}

/** The fields that are missing, for a header section with these names (lower case). */
export function missingFields(names: ReadonlySet<string>, facts: Pick<TraceFacts, 'fqdn' | 'id' | 'now'>): string {
  const date = names.has('date') ? '' : `Date: ${mailDate(facts.now)}\r\n`;
  const messageId = names.has('message-id') ? '' : `Message-ID: <${facts.id}@${facts.fqdn}>\r\n`;
  return date + messageId;
}

/**
 * The beginning of a Pickup file: whose mail it is, and the header section as it may leave this server.
 * The envelope stands in x-sender and x-receiver lines before everything else, as IIS and .NET know
 * them; where there are none it is taken from the header (RFC 5322 3.6). Lines that tell of blind
 * copies never leave. Pure; never throws, whatever the bytes.
 */
import { isAscii } from '../message/address.ts';
import { parseAddressList } from '../message/address-list.ts';
import type { Envelope, EnvelopeRecipient } from '../message/envelope.ts';
import { type EnvelopeSender, readReceiver, readSender } from '../spool/envelope-lines.ts';

export interface PickupLimits {
  readonly maxRecipients: number;
  /** Bytes of the header section, without the envelope lines. */
  readonly maxHeader: number;
}

export interface PickupHead {
  readonly kind: 'message';
  readonly envelope: Envelope;
  /** The header section with its empty line. */
  readonly header: Buffer;
  /** Where in the file's beginning the body starts. */
  readonly bodyStart: number;
  /** Envelope lines that stood where they do not count, by name. */
  readonly ignored: readonly string[];
}

/** The file can't be sent; the reason is a whole sentence for the administrator. */
export interface PickupRefusal {
  readonly kind: 'refused';
  readonly rule: 'no-sender' | 'no-recipient' | 'address' | 'header-size' | 'recipients' | 'encoding';
  readonly reason: string;
}

interface Field {
  /** Lower case. */
  readonly name: string;
  readonly from: number;
  /** After the last byte, line end and continuation lines included. */
  readonly to: number;
  readonly value: string;
}

const ENVELOPE_FIELDS = new Set(['x-sender', 'x-receiver']);
/**
 * Told to nobody: who gets a blind copy, and the envelope itself. Return-Path is the mark of a delivery
 * that was final (RFC 5321 4.4); a message that is sent again has none.
 */
const STRIPPED = new Set([...ENVELOPE_FIELDS, 'bcc', 'resent-bcc', 'return-path']);

const refused = (rule: PickupRefusal['rule'], reason: string): PickupRefusal => ({ kind: 'refused', rule, reason });

/** What is wrong with the very first bytes; null when nothing is. */
export function wrongEncoding(start: Buffer): PickupRefusal | null {
  const [first, second] = [start[0], start[1]];
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark, one of the first two bytes of UTF-16 text in a Latin script is zero.
  if (!hasMark && first !== 0 && second !== 0) return null;
  return refused('encoding', 'The file is UTF-16 text. Mail must be written as ASCII or UTF-8.');
}

/** How many bytes of a UTF-8 mark stand at the beginning. */
export const markLength = (start: Buffer): number =>
  start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;

/** What somebody says instead of what the file says; checked addresses, empty for the null sender. */
export interface EnvelopeInstead {
  readonly sender?: string;
  readonly recipients?: readonly string[];
}

/** @param head the beginning of the file, without mark, with canonical line ends; the header section must be in it */
export function readPickupHead(
  head: Buffer,
  limits: PickupLimits,
  instead: EnvelopeInstead = {},
): PickupHead | PickupRefusal {
  const { fields, end, bodyStart } = readFields(head);
  const leading = leadingCount(fields);
  const lines = fields.slice(0, leading);
  const header = fields.slice(leading);
  const headerSize = end - (header[0]?.from ?? end);
  if (headerSize > limits.maxHeader)
    return refused('header-size', `The header is ${headerSize} bytes long; ${limits.maxHeader} are allowed.`);
  const sender = instead.sender === undefined ? senderOf(lines, header) : plainSender(instead.sender);
  if ('kind' in sender) return sender;
  const recipients = instead.recipients ? plainRecipients(instead.recipients) : recipientsOf(lines, header);
  if ('kind' in recipients) return recipients;
  if (recipients.list.length === 0)
    return refused('no-recipient', 'No recipient was found: there is neither an x-receiver line nor To, Cc or Bcc.');
  if (recipients.list.length > limits.maxRecipients) {
    const count = recipients.list.length;
    return refused('recipients', `The message has ${count} recipients; ${limits.maxRecipients} are allowed.`);
  }
  return {
    kind: 'message',
    envelope: envelopeOf(sender, recipients.list),
    header: Buffer.concat([
      ...header.filter(field => !STRIPPED.has(field.name)).map(field => head.subarray(field.from, field.to)),
      // Always: where the first line of the text follows the header directly, nobody must read on in it.
      Buffer.from('\r\n'),
    ]),
    bodyStart,
    ignored: header.filter(field => ENVELOPE_FIELDS.has(field.name)).map(field => field.name),
  };
}

const leadingCount = (fields: readonly Field[]): number => {
  const first = fields.findIndex(field => !ENVELOPE_FIELDS.has(field.name));
  return first === -1 ? fields.length : first;
};

// RFC 5322 2.2; 4.5 allows blanks before the colon.
const FIELD = /^([!-9;-~]{1,200})[ \t]*:/;

function readFields(head: Buffer): { fields: Field[]; end: number; bodyStart: number } {
  const fields: Field[] = [];
  let at = 0;
  while (at < head.length) {
    const name = FIELD.exec(head.toString('latin1', at, Math.min(at + 300, head.length)));
    if (name === null) break;
    let next = lineEnd(head, at);
    while (head[next] === 0x20 || head[next] === 0x09) next = lineEnd(head, next);
    const value = textOf(head.subarray(at + name[0].length, next)).replace(/\r\n/g, ' ');
    fields.push({ name: name[1]!.toLowerCase(), from: at, to: next, value });
    at = next;
  }
  const isEmptyLine = head[at] === 0x0d && head[at + 1] === 0x0a;
  return { fields, end: at, bodyStart: isEmptyLine ? at + 2 : at };
}

function lineEnd(head: Buffer, at: number): number {
  const lf = head.indexOf(0x0a, at);
  return lf === -1 ? head.length : lf + 1;
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

const plainSender = (reversePath: string): EnvelopeSender => ({
  reversePath,
  ret: null,
  envid: null,
  eightBitMime: true,
  smtpUtf8: false,
});

function senderOf(lines: readonly Field[], header: readonly Field[]): EnvelopeSender | PickupRefusal {
  const own = lines.filter(line => line.name === 'x-sender');
  if (own.length > 0) {
    const values = own.map(line => readSender(line.value));
    const wrong = values.indexOf(null);
    if (wrong !== -1) return notAnAddress('x-sender', own[wrong]!.value);
    const [first, ...others] = values as EnvelopeSender[];
    if (others.some(other => other.reversePath !== first!.reversePath))
      return refused('address', 'There are several x-sender lines, and they name different senders.');
    return first!;
  }
  for (const name of ['sender', 'from']) {
    for (const field of header.filter(candidate => candidate.name === name)) {
      const list = parseAddressList(field.value);
      if ('wrong' in list) return notAnAddress(name === 'sender' ? 'Sender' : 'From', list.wrong);
      if (list.addresses.length > 0) return plainSender(list.addresses[0]!);
    }
  }
  return refused('no-sender', 'No sender was found: there is neither an x-sender line nor Sender or From.');
}

type Recipients = { readonly list: readonly EnvelopeRecipient[] };

function recipientsOf(lines: readonly Field[], header: readonly Field[]): Recipients | PickupRefusal {
  const own = lines.filter(line => line.name === 'x-receiver');
  return own.length > 0 ? recipientsOfLines(own) : recipientsOfHeader(header);
}

function recipientsOfLines(lines: readonly Field[]): Recipients | PickupRefusal {
  const found = new Map<string, EnvelopeRecipient>();
  for (const line of lines) {
    const recipient = readReceiver(line.value);
    if (!recipient) return notAnAddress('x-receiver', line.value);
    if (found.has(recipient.address)) continue;
    const isTyped = recipient.orcpt !== null && /^[!-~]+;./.test(recipient.orcpt);
    found.set(recipient.address, isTyped ? recipient : { ...recipient, orcpt: null });
  }
  return { list: [...found.values()] };
}

function recipientsOfHeader(header: readonly Field[]): Recipients | PickupRefusal {
  const found = new Set<string>();
  for (const name of ['to', 'cc', 'bcc']) {
    for (const field of header.filter(candidate => candidate.name === name)) {
      const list = parseAddressList(field.value);
      if ('wrong' in list) return notAnAddress(name[0]!.toUpperCase() + name.slice(1), list.wrong);
      for (const address of list.addresses) found.add(address);
    }
  }
  return plainRecipients([...found]);
}

const plainRecipients = (addresses: readonly string[]): Recipients => ({
  list: [...new Set(addresses)].map(address => ({ address, notify: [], orcpt: null })),
});

function envelopeOf(sender: EnvelopeSender, recipients: readonly EnvelopeRecipient[]): Envelope {
  const addresses = [sender.reversePath, ...recipients.map(recipient => recipient.address)];
  return {
    ...sender,
    recipients,
    // The bytes are sent as they are, and nobody declares what they are; 8BITMIME covers both.
    eightBitMime: true,
    smtpUtf8: sender.smtpUtf8 || addresses.some(one => !isAscii(one)),
  };
}

// Nothing is sent to the others either: half a delivery would go unnoticed.
const notAnAddress = (field: string, value: string): PickupRefusal => {
  const shown = value
    .replace(/[\x00-\x1f\x7f]/g, ' ')
    .trim()
    .slice(0, 200);
  return refused('address', `The ${field} line has "${shown}", which is not a mail address. Nothing was sent.`);
};

/**
 * Writes a delivery status notification (RFC 3464): first a part that a person understands, then the
 * machine-readable part with the remote server's reply verbatim, then the original message or its
 * header (RFC 3461 4.3, RET). Pure but for the boundary it is given.
 */

import { explain } from '../contract/reply-catalogue.ts';
import { isAscii } from '../message/address.ts';
import { encodeField } from '../message/encoded-words.ts';
import type { AcceptedMessage } from '../message/envelope.ts';
import { mailDate } from '../message/mail-date.ts';
import type { Outcome } from '../message/outcome.ts';
import { formatReply, statusOf } from '../message/reply.ts';

export type ReportKind = 'failed' | 'delayed' | 'relayed' | 'delivered';

export interface ReportInput {
  readonly kind: ReportKind;
  readonly message: AcceptedMessage;
  readonly results: readonly { readonly index: number; readonly outcome: Outcome }[];
  /** Our name. */
  readonly fqdn: string;
  /** From address. */
  readonly postmaster: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the relay gives up a delayed message; milliseconds since 1970. */
  readonly retryUntil: number | null;
  /** Queue id of the report. */
  readonly id: string;
  /** Unique, [A-Za-z0-9]. */
  readonly boundary: string;
  /** Header block of the original message, with its final CRLF CRLF. */
  readonly originalHeader: Buffer;
  /** The whole original message, when it is to be returned in full. */
  readonly originalMessage: Buffer | null;
}

const SUBJECT: Record<ReportKind, string> = {
  failed: 'Undeliverable',
  delayed: 'Delayed',
  relayed: 'Relayed',
  delivered: 'Delivered',
};

const OPENING: Record<ReportKind, string> = {
  failed: 'Your message could not be delivered to:',
  delayed: 'Your message has not been delivered yet to:',
  relayed: 'Your message was handed over to a server that will not confirm its delivery, for:',
  delivered: 'Your message was delivered to:',
};

const CLOSING: Record<ReportKind, string> = {
  failed: 'It will not be tried again. Correct the cause and send the message once more.',
  delayed: 'It is still being tried. You need not send it again.',
  relayed: 'No further confirmation will follow.',
  delivered: 'Nothing more needs to be done.',
};

/** The report as a message with canonical line ends. */
export function writeReport(input: ReportInput): Buffer {
  const status = machinePart(input);
  const international = !isAscii(input.originalHeader.toString('latin1')) || !isAscii(status);
  const parts = [
    part(
      input.boundary,
      ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'],
      humanPart(input),
    ),
    part(
      input.boundary,
      [
        `Content-Type: message/${international ? 'global-delivery-status' : 'delivery-status'}`,
        ...(isAscii(status) ? [] : ['Content-Transfer-Encoding: 8bit']),
      ],
      status,
    ),
    original(input, international),
    Buffer.from(`--${input.boundary}--\r\n`),
  ];
  return Buffer.concat([Buffer.from(header(input)), ...parts]);
}

function header(input: ReportInput): string {
  const { message } = input;
  const subject = `${SUBJECT[input.kind]}: ${message.subject ?? '(no subject)'}`;
  return lines([
    `From: "Mail Delivery System" <${input.postmaster}>`,
    `To: <${message.envelope.reversePath}>`,
    ...encodeField('Subject', subject.slice(0, 200)),
    `Date: ${mailDate(input.now)}`,
    `Message-ID: <${input.id}.report@${input.fqdn}>`,
    ...(message.internetMessageId === null
      ? []
      : [`In-Reply-To: ${message.internetMessageId}`, `References: ${message.internetMessageId}`]),
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status;',
    `\tboundary="${input.boundary}"`,
    '',
    '',
  ]);
}

function humanPart(input: ReportInput): string {
  const { message } = input;
  const recipients = input.results.flatMap(({ index, outcome }) => {
    const who =
      outcome.remote === null ? `${input.fqdn} (this relay)` : `${outcome.remote.host} [${outcome.remote.address}]`;
    return [
      `  ${message.envelope.recipients[index]!.address}`,
      `    ${who} said:`,
      `    ${formatReply(outcome.reply)}`,
      ...explanationOf(outcome),
      '',
    ];
  });
  return lines([
    OPENING[input.kind],
    '',
    ...recipients,
    ...(input.retryUntil === null
      ? [CLOSING[input.kind]]
      : [CLOSING[input.kind], `The relay gives up at ${new Date(input.retryUntil).toUTCString()}.`]),
    '',
    `Subject:  ${message.subject ?? '(none)'}`,
    `Sent:     ${new Date(message.receivedAt).toUTCString()}`,
    `Relay:    ${input.fqdn}, queue id ${message.id}`,
    '',
  ]);
}

/** What the catalogue knows of a failure, for people who do not read reply codes. */
function explanationOf({ kind, reply }: Outcome): string[] {
  const found = kind === 'delivered' ? null : explain(formatReply(reply));
  return found ? [`    This means: ${found.meaning}`, `    What to do: ${found.action}`] : [];
}

function machinePart(input: ReportInput): string {
  const { message } = input;
  const perMessage = [
    ...(message.envelope.envid === null ? [] : [`Original-Envelope-Id: ${message.envelope.envid}`]),
    `Reporting-MTA: dns; ${input.fqdn}`,
    ...(message.origin.heloName === null ? [] : [`Received-From-MTA: dns; ${message.origin.heloName}`]),
    `Arrival-Date: ${mailDate(message.receivedAt)}`,
    '',
  ];
  const perRecipient = input.results.flatMap(({ index, outcome }) => {
    const recipient = message.envelope.recipients[index]!;
    return [
      ...(recipient.orcpt === null ? [] : [`Original-Recipient: ${recipient.orcpt}`]),
      `Final-Recipient: ${isAscii(recipient.address) ? 'rfc822' : 'utf-8'}; ${recipient.address}`,
      `Action: ${input.kind}`,
      `Status: ${outcome.kind === 'delivered' ? '2.0.0' : statusOf(outcome.reply)}`,
      ...(outcome.remote === null ? [] : [`Remote-MTA: dns; ${outcome.remote.host}`]),
      // A reply of our own is no reply of a remote server, and says so.
      `Diagnostic-Code: ${outcome.remote === null ? 'x-smtprelay' : 'smtp'}; ${formatReply(outcome.reply)}`,
      // When a delayed message was tried last is not known here, only what was said then.
      ...(input.retryUntil === null
        ? [`Last-Attempt-Date: ${mailDate(input.now)}`]
        : [`Will-Retry-Until: ${mailDate(input.retryUntil)}`]),
      '',
    ];
  });
  return lines([...perMessage, ...perRecipient]);
}

function original(input: ReportInput, international: boolean): Buffer {
  const full = input.originalMessage;
  const type =
    full === null
      ? international
        ? 'message/global-headers'
        : 'text/rfc822-headers'
      : international
        ? 'message/global'
        : 'message/rfc822';
  const encoding = (full ?? input.originalHeader).some(byte => byte > 127) ? ['Content-Transfer-Encoding: 8bit'] : [];
  return part(input.boundary, [`Content-Type: ${type}`, ...encoding], full ?? input.originalHeader);
}

function part(boundary: string, header: readonly string[], body: string | Buffer): Buffer {
  const head = lines([`--${boundary}`, ...header, '', '']);
  return Buffer.concat([Buffer.from(head), Buffer.from(body), Buffer.from('\r\n')]);
}

// A remote reply or a subject may hold anything; a line must stay one line, and not too long a one.
const lines = (all: readonly string[]) =>
  all.map(line => fold(line.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' '))).join('\r\n');

const LONGEST_LINE = 900;

/** RFC 5321 4.5.3.1.6 allows 998 octets; what goes on begins with a blank, as in a header. */
function fold(line: string): string {
  if (Buffer.byteLength(line) <= LONGEST_LINE) return line;
  const pieces: string[] = [];
  let [piece, size] = ['', 0];
  for (const character of line) {
    if (size + Buffer.byteLength(character) > LONGEST_LINE) {
      pieces.push(piece);
      [piece, size] = ['', 0];
    }
    piece += character;
    size += Buffer.byteLength(character);
  }
  return [...pieces, piece].join('\r\n ');
}

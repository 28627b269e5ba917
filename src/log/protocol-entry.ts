/** A line of a protocol log as it is read, whoever wrote it and in whatever format. */
import { OUTBOUND_COMMAND, OUTBOUND_RESPONSE } from './iis-format.ts';
import { fromW3c } from './w3c.ts';
import type { W3cRecord } from './w3c-records.ts';

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

export function toEntry(record: W3cRecord, file: string): ProtocolEntry {
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

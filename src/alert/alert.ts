/** What people are told of: troubles that last, and mail that did not arrive. */
import { explain } from '../contract/reply-catalogue.ts';
import type { RelayEvent } from '../log/events.ts';
import { catalogue, type Notice } from '../log/notices.ts';
import type { AcceptedMessage } from '../message/envelope.ts';
import { formatReply } from '../message/reply.ts';

export type AlertKind =
  | 'MessageFailed'
  | 'MessageDelayed'
  | 'Queue'
  | 'LogOn'
  | 'Certificate'
  | 'Listener'
  | 'Storage'
  | 'OpenRelay';

export interface Alert {
  readonly kind: AlertKind;
  readonly level: 'info' | 'warn' | 'error';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Id of schemas/events.json; null for single messages. */
  readonly event: number | null;
  /** A trouble that was told of has ended. */
  readonly isOver: boolean;
  /** A sentence. */
  readonly text: string;
  /** What to do; null when nothing more is known. */
  readonly action: string | null;
  /** The message it is about. */
  readonly message: MessageFacts | null;
}

/** Never its content. */
interface MessageFacts {
  readonly id: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** What the server said of it; null when it is only late. */
  readonly reply: string | null;
}

const kinds = new Map(catalogue.map(({ id, alert }) => [id, alert] as const));

/** Null for what nobody is told of by an alert. */
export function alertOfNotice({ id, level, text, ends }: Notice, time: number): Alert | null {
  const kind = kinds.get(ends ?? id) ?? null;
  if (kind === null) return null;
  return {
    kind: kind as AlertKind,
    level,
    time,
    event: id,
    isOver: ends !== null,
    text,
    action: ends === null ? (explain(text)?.action ?? null) : null,
    message: null,
  };
}

/** Of an event about a message: empty when all is well with it. */
export function alertsOfEvent(event: RelayEvent, time: number): Alert[] {
  if (event.type === 'report' && event.kind === 'delayed') {
    const { message, recipients } = event;
    const text = `Message ${message.id} to ${named(recipients)} waits for delivery longer than usual.`;
    return [about('MessageDelayed', 'warn', time, text, message, recipients, null)];
  }
  if (event.type === 'badmail') {
    const { message, recipients, reason, file } = event;
    const text = `Message ${message.id} to ${named(recipients)} can be neither delivered nor returned, it lies in BadMail as ${file}: ${reason}`;
    return [about('MessageFailed', 'error', time, text, message, recipients, reason)];
  }
  if (event.type !== 'attempted') return [];
  const { message, results } = event;
  // A report that fails becomes BadMail, which is told of.
  if (message.envelope.reversePath === '') return [];
  // Nearly all mail is delivered.
  if (results.every(({ outcome }) => outcome.kind !== 'failed')) return [];
  // Recipients that got the same answer are one piece of news.
  const byReply = new Map<string, string[]>();
  for (const { index, outcome } of results) {
    if (outcome.kind !== 'failed') continue;
    const reply = formatReply(outcome.reply);
    byReply.set(reply, [...(byReply.get(reply) ?? []), message.envelope.recipients[index]!.address]);
  }
  return [...byReply].map(([reply, recipients]) => {
    const text = `Message ${message.id} to ${named(recipients)} was not delivered: ${reply}`;
    return about('MessageFailed', 'error', time, text, message, recipients, reply);
  });
}

function about(
  kind: AlertKind,
  level: Alert['level'],
  time: number,
  text: string,
  message: AcceptedMessage,
  recipients: readonly string[],
  reply: string | null,
): Alert {
  return {
    kind,
    level,
    time,
    event: null,
    isOver: false,
    text,
    action: explain(reply)?.action ?? null,
    message: { id: message.id, sender: message.envelope.reversePath, recipients: recipients.slice(0, SHOWN), reply },
  };
}

const SHOWN = 100;

const named = (recipients: readonly string[]): string =>
  recipients.length <= 3
    ? recipients.join(', ')
    : `${recipients.slice(0, 3).join(', ')} and ${recipients.length - 3} more`;

/**
 * Between what the engine says (messages, work) and what queue.db keeps (rows). Pure.
 */
import type { AcceptedMessage, Envelope, Notify, Origin } from '../message/envelope.ts';
import type { HopOf, Work } from './spool.ts';
import { isLeft, type StoredMessage, SUSPENDED, WAITING } from './store-schema.ts';

/** The next hop of each recipient of a new message, in envelope order. */
export const hopsOf = ({ envelope, origin }: Pick<AcceptedMessage, 'envelope' | 'origin'>, hopOf: HopOf): string[] =>
  envelope.recipients.map(({ address }) =>
    hopOf({ recipient: address, reversePath: envelope.reversePath, origin, pinned: null }),
  );

export function insertionOf(
  message: AcceptedMessage,
  hops: readonly string[],
  offset: number,
  crc: number,
): StoredMessage {
  const { envelope } = message;
  return {
    message: {
      number: message.number,
      id: message.id,
      reversePath: envelope.reversePath,
      options: JSON.stringify({
        ret: envelope.ret,
        envid: envelope.envid,
        eightBitMime: envelope.eightBitMime,
        smtpUtf8: envelope.smtpUtf8,
      }),
      origin: JSON.stringify(message.origin),
      receivedAt: message.receivedAt,
      size: message.size,
      offset,
      crc,
      subject: message.subject,
      internetMessageId: message.internetMessageId,
    },
    recipients: envelope.recipients.map((recipient, position) => ({
      position,
      address: recipient.address,
      notify: recipient.notify.join(','),
      orcpt: recipient.orcpt,
      hop: hops[position]!,
      status: WAITING,
      attempts: 0,
      nextAttempt: message.receivedAt,
      lastReply: null,
      pinned: null,
    })),
  };
}

/** The waiting recipients of a stored message, one piece of work per next hop (of `hops` only). */
export function toWork(stored: StoredMessage, hops: readonly string[] | null, suspendedToo = false): Work[] {
  const message = toMessage(stored);
  const isWanted = suspendedToo ? isLeft : (row: { readonly status: number }) => row.status === WAITING;
  const waiting = stored.recipients.filter(row => isWanted(row) && (hops === null || hops.includes(row.hop)));
  return [...new Set(waiting.map(row => row.hop))].map(hop => ({
    message,
    hop,
    recipients: waiting
      .filter(row => row.hop === hop)
      .map(row => ({
        index: row.position,
        attempts: row.attempts,
        nextAttempt: row.nextAttempt,
        lastReply: row.lastReply,
        ...(row.status === SUSPENDED ? { suspended: true as const } : {}),
      })),
  }));
}

function toMessage({ message, recipients }: StoredMessage): AcceptedMessage {
  const options = JSON.parse(message.options) as Pick<Envelope, 'ret' | 'envid' | 'eightBitMime' | 'smtpUtf8'>;
  return {
    number: message.number,
    id: message.id,
    envelope: {
      ...options,
      reversePath: message.reversePath,
      recipients: recipients.map(row => ({
        address: row.address,
        notify: row.notify === '' ? [] : (row.notify.split(',') as Notify[]),
        orcpt: row.orcpt,
      })),
    },
    origin: JSON.parse(message.origin) as Origin,
    receivedAt: message.receivedAt,
    size: message.size,
    subject: message.subject,
    internetMessageId: message.internetMessageId,
  };
}

/** Queues and messages as the contract shows them, in Exchange's words. Pure but for the clock. */
import { explain } from '../contract/reply-catalogue.ts';
import type { NextHop } from '../route/next-hop.ts';
import type { NextHopQueue } from '../scheduler/next-hop-queue.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Work } from '../spool/spool.ts';
import { isoTime, type Result } from './handlers.ts';

export interface ViewDependencies {
  readonly scheduler: Scheduler;
  readonly now: () => number;
  readonly describe: (hop: string) => NextHop;
  readonly idleConnections: (hop: string) => number;
  /** How old the mail of a next hop may become; seconds. */
  readonly expiration: (hop: string) => number;
}

export type Queue = Result<'queue.list'>[number];
export type Message = Result<'message.list'>[number];

export function toQueue(queue: NextHopQueue, deps: ViewDependencies): Queue {
  const hop = deps.describe(queue.hop);
  const now = deps.now();
  const incomingRate = queue.incoming.perSecond(now);
  const outgoingRate = queue.outgoing.perSecond(now);
  const lowered = queue.throttle.lowered(now);
  return {
    identity: String(queue.number),
    nextHopDomain: hop.nextHopDomain,
    nextHopConnector: hop.connector ?? '',
    deliveryType: hop.deliveryType,
    status: queue.status,
    messageCount: Math.max(0, queue.messages),
    recipientCount: Math.max(0, queue.recipients),
    ...withMeaning(queue.lastError),
    lastRetryTime: isoTime(queue.lastRetry),
    nextRetryTime: isoTime(queue.status === 'Retry' ? queue.nextRetry : (queue.throttledUntil ?? queue.nextDue)),
    firstRetryTime: isoTime(queue.firstRetry),
    retryCount: queue.failures,
    loweredConnections: lowered?.connections ?? null,
    loweredMessagesPerMinute: lowered?.messagesPerMinute ?? null,
    loweredSince: isoTime(lowered?.since ?? null),
    loweredReason: lowered?.reason ?? null,
    activeConnections: queue.inFlight + deps.idleConnections(queue.hop),
    incomingRate,
    outgoingRate,
    velocity: Math.round((outgoingRate - incomingRate) * 100) / 100,
  };
}

export function toMessage(work: Work, deps: ViewDependencies): Message {
  const { message } = work;
  const queue = deps.scheduler.queueOf(work.hop);
  const number = String(queue?.number ?? 0);
  const pending = queue?.pending.get(message.number)?.kind;
  const active = queue?.active.has(message.number) ?? false;
  const now = deps.now();
  const next = Math.min(...work.recipients.map(recipient => recipient.nextAttempt));
  const hopWaits = queue?.status === 'Retry';
  const suspended = work.recipients.every(recipient => recipient.suspended);
  return {
    identity: `${number}\\${message.number}`,
    queue: number,
    nextHopDomain: deps.describe(work.hop).nextHopDomain,
    internalMessageId: message.id,
    fromAddress: message.envelope.reversePath === '' ? '<>' : message.envelope.reversePath,
    recipients: work.recipients.map(recipient => ({
      emailAddress: message.envelope.recipients[recipient.index]!.address,
      status: recipient.suspended ? ('Suspended' as const) : ('Pending' as const),
      lastError: recipient.lastReply ?? (hopWaits ? (queue?.lastError ?? null) : null),
      retryCount: recipient.attempts,
      nextRetryTime: isoTime(hopWaits ? Math.max(recipient.nextAttempt, queue?.nextRetry ?? 0) : recipient.nextAttempt),
    })),
    subject: message.subject,
    size: message.size,
    status: active ? (pending ?? 'Active') : suspended ? 'Suspended' : hopWaits || next > now ? 'Retry' : 'Ready',
    dateReceived: isoTime(message.receivedAt),
    expirationTime: isoTime(message.receivedAt + deps.expiration(work.hop) * 1000),
    internetMessageId: message.internetMessageId,
    ...withMeaning(
      work.recipients.find(recipient => recipient.lastReply !== null)?.lastReply ??
        (hopWaits ? (queue?.lastError ?? null) : null),
    ),
    retryCount: Math.max(...work.recipients.map(recipient => recipient.attempts)),
    nextRetryTime: isoTime(hopWaits ? Math.max(next, queue?.nextRetry ?? 0) : next),
    sourceIP: message.origin.clientIp,
    messageSourceName:
      message.origin.listener === null ? message.origin.source : `${message.origin.source}:${message.origin.listener}`,
    messageLatency: Math.round((now - message.receivedAt) / 100) / 10,
  };
}

function withMeaning(lastError: string | null) {
  const found = explain(lastError);
  return { lastError, lastErrorMeaning: found?.meaning ?? null, lastErrorAction: found?.action ?? null };
}

/** Queues and waiting messages, in Exchange's words. */

import { RelayProblem } from '../../contract/problems.ts';
import { parseMailbox } from '../../message/address.ts';
import { numberOfQueueId } from '../../message/queue-id.ts';
import { wildcardMatcher } from '../../message/wildcard.ts';
import type { NextHop } from '../../route/next-hop.ts';
import type { NextHopQueue } from '../../scheduler/next-hop-queue.ts';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import type { Spool, Work } from '../../spool/spool.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';

export interface QueueMethodsDependencies {
  readonly scheduler: Scheduler;
  readonly spool: Spool;
  readonly now: () => number;
  readonly describe: (hop: string) => NextHop;
  readonly idleConnections: (hop: string) => number;
  /** Seconds. */
  readonly expiration: () => number;
}

type Queue = Result<'queue.list'>[number];
type Message = Result<'message.list'>[number];

const NO_LIMIT = 1_000_000_000;

export function queueMethods(
  deps: QueueMethodsDependencies,
): PartOf<'queue'> & Pick<PartOf<'message'>, 'message.list'> {
  const show = (queue: NextHopQueue) => toQueue(queue, deps);

  /** Queues by number or next hop; wildcards allowed. */
  const select = (identity: string | undefined): NextHopQueue[] => {
    const all = deps.scheduler.queues.filter(
      queue => queue.messages > 0 || queue.inFlight > 0 || queue.status === 'Retry',
    );
    if (identity === undefined) return all;
    const matches = wildcardMatcher(
      identity.includes('\\') ? identity.slice(identity.lastIndexOf('\\') + 1) : identity,
    );
    const found = all.filter(queue => matches(String(queue.number)) || matches(deps.describe(queue.hop).nextHopDomain));
    if (found.length === 0 && !/[*?]/.test(identity))
      throw new RelayProblem('NotFound', `There is no queue "${identity}".`, [
        { path: 'identity', value: identity, message: 'does not exist' },
      ]);
    return found;
  };

  return {
    'queue.list': ({ identity, resultSize }) =>
      select(identity)
        .slice(0, resultSize ?? NO_LIMIT)
        .map(show),
    'queue.retry': async ({ identity }) => {
      const queues = select(identity);
      await deps.scheduler.retry(queues.map(queue => queue.hop));
      return queues.map(show);
    },
    'message.list': async ({ identity, queue, resultSize }) => {
      const wanted = parseIdentity(identity);
      const hops = (wanted.queue ?? queue) === undefined ? null : select(wanted.queue ?? queue).map(found => found.hop);
      const limit = resultSize ?? NO_LIMIT;
      const all = await deps.spool.list({ hops, number: wanted.number, limit: wanted.pattern ? NO_LIMIT : limit });
      const works = wanted.pattern ? all.filter(({ message }) => isLike(message, wanted.pattern!)) : all;
      if (works.length === 0 && wanted.number !== null)
        throw new RelayProblem('NotFound', `There is no waiting message "${identity}".`, [
          {
            path: 'identity',
            value: identity,
            message: 'does not exist; it may have been delivered (Get-SmtpTrackingLog)',
          },
        ]);
      return works.slice(0, limit).map(work => toMessage(work, deps));
    },
  };
}

interface MessageIdentity {
  readonly queue: string | undefined;
  readonly number: number | null;
  /** Of a number or queue id, where the identity has wildcards. */
  readonly pattern: ((text: string) => boolean) | null;
}

const isLike = (message: Work['message'], matches: (text: string) => boolean) =>
  matches(message.id) || matches(String(message.number));

/** `queue\number` or a queue id, with wildcards or without, or nothing. */
function parseIdentity(identity: string | undefined): MessageIdentity {
  if (identity === undefined || identity === '*') return { queue: undefined, number: null, pattern: null };
  const at = identity.lastIndexOf('\\');
  const last = identity.slice(at + 1);
  const queue = at === -1 ? undefined : identity.slice(0, at);
  if (last === '*') return { queue, number: null, pattern: null };
  if (/[*?]/.test(last)) return { queue, number: null, pattern: wildcardMatcher(last) };
  const number = /^\d{10,16}$/.test(last) ? Number(last) : numberOfQueueId(last);
  if (number === null)
    throw new RelayProblem('InvalidParameter', `"${identity}" is neither queue\\number nor a queue id.`, [
      { path: 'identity', value: identity, message: 'must be queue\\number or a queue id' },
    ]);
  return { queue, number, pattern: null };
}

function toQueue(queue: NextHopQueue, deps: QueueMethodsDependencies): Queue {
  const hop = deps.describe(queue.hop);
  const now = deps.now();
  const incomingRate = queue.incoming.perSecond(now);
  const outgoingRate = queue.outgoing.perSecond(now);
  return {
    identity: String(queue.number),
    nextHopDomain: hop.nextHopDomain,
    nextHopConnector: hop.connector ?? '',
    deliveryType: hop.deliveryType,
    status: queue.status,
    messageCount: Math.max(0, queue.messages),
    recipientCount: Math.max(0, queue.recipients),
    lastError: queue.lastError,
    lastRetryTime: isoTime(queue.lastRetry),
    nextRetryTime: isoTime(queue.status === 'Retry' ? queue.nextRetry : queue.nextDue),
    firstRetryTime: isoTime(queue.firstRetry),
    retryCount: queue.failures,
    activeConnections: queue.inFlight + deps.idleConnections(queue.hop),
    incomingRate,
    outgoingRate,
    velocity: Math.round((outgoingRate - incomingRate) * 100) / 100,
  };
}

function toMessage(work: Work, deps: QueueMethodsDependencies): Message {
  const { message } = work;
  const queue = deps.scheduler.queues.find(candidate => candidate.hop === work.hop);
  const number = String(queue?.number ?? 0);
  const held = queue?.held.has(message.number) ?? false;
  const now = deps.now();
  const next = Math.min(...work.recipients.map(recipient => recipient.nextAttempt));
  const hopWaits = queue?.status === 'Retry';
  return {
    identity: `${number}\\${message.number}`,
    queue: number,
    nextHopDomain: deps.describe(work.hop).nextHopDomain,
    internalMessageId: message.id,
    fromAddress: message.envelope.reversePath === '' ? '<>' : message.envelope.reversePath,
    recipients: work.recipients.map(recipient => ({
      emailAddress: message.envelope.recipients[recipient.index]!.address,
      status: 'Pending' as const,
      lastError: recipient.lastReply ?? (hopWaits ? (queue?.lastError ?? null) : null),
      retryCount: recipient.attempts,
      nextRetryTime: isoTime(hopWaits ? Math.max(recipient.nextAttempt, queue?.nextRetry ?? 0) : recipient.nextAttempt),
    })),
    subject: message.subject,
    size: message.size,
    status: held && !hopWaits ? 'Active' : hopWaits || next > now ? 'Retry' : 'Ready',
    dateReceived: isoTime(message.receivedAt),
    expirationTime: isoTime(message.receivedAt + deps.expiration() * 1000),
    internetMessageId: message.internetMessageId,
    lastError:
      work.recipients.find(recipient => recipient.lastReply !== null)?.lastReply ??
      (hopWaits ? (queue?.lastError ?? null) : null),
    retryCount: Math.max(...work.recipients.map(recipient => recipient.attempts)),
    nextRetryTime: isoTime(hopWaits ? Math.max(next, queue?.nextRetry ?? 0) : next),
    sourceIP: message.origin.clientIp,
    messageSourceName:
      message.origin.listener === null ? message.origin.source : `${message.origin.source}:${message.origin.listener}`,
    messageLatency: Math.round((now - message.receivedAt) / 100) / 10,
  };
}

/** For message.submit as well: an address an administrator typed. @throws RelayProblem InvalidParameter. */
export function requireMailbox(path: string, text: string): string {
  const mailbox = parseMailbox(text);
  if (!mailbox?.domain)
    throw new RelayProblem('InvalidParameter', `${path}: "${text}" is not a mail address.`, [
      { path, value: text, message: 'must be a mail address such as someone@example.com' },
    ]);
  return mailbox.address;
}

/** Which queues and messages an administrator means: by identity with wildcards, as Exchange spells them. */
import { RelayProblem } from '../contract/problems.ts';
import { numberOfQueueId } from '../message/queue-id.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import type { NextHopQueue } from '../scheduler/next-hop-queue.ts';
import type { Spool, Work } from '../spool/spool.ts';
import type { ViewDependencies } from './queue-view.ts';

export type SelectionDependencies = ViewDependencies & { readonly spool: Spool };

export const NO_LIMIT = 1_000_000_000;

/** Queues by number or next hop; all without an identity. @throws RelayProblem NotFound, but not for wildcards. */
export function selectQueues(deps: SelectionDependencies, identity?: string): NextHopQueue[] {
  const all = deps.scheduler.queues.filter(
    queue => queue.messages > 0 || queue.inFlight > 0 || queue.status === 'Retry' || queue.status === 'Suspended',
  );
  if (identity === undefined) return all;
  const matches = wildcardMatcher(identity.includes('\\') ? identity.slice(identity.lastIndexOf('\\') + 1) : identity);
  const found = all.filter(queue => matches(String(queue.number)) || matches(deps.describe(queue.hop).nextHopDomain));
  if (found.length === 0 && !/[*?]/.test(identity))
    throw new RelayProblem('NotFound', `There is no queue "${identity}".`, [
      { path: 'identity', value: identity, message: 'does not exist' },
    ]);
  return found;
}

export interface MessageSelection {
  readonly identity?: string;
  readonly queue?: string;
}

/** Work of the messages, at most `limit`. @throws RelayProblem NotFound for one message that is not there. */
export async function selectMessages(
  deps: SelectionDependencies,
  { identity, queue }: MessageSelection,
  limit: number,
): Promise<Work[]> {
  const wanted = parseIdentity(identity);
  const ofQueue = wanted.queue ?? queue;
  const hops = ofQueue === undefined ? null : selectQueues(deps, ofQueue).map(found => found.hop);
  const all = await deps.spool.list({ hops, number: wanted.number, limit: wanted.pattern ? NO_LIMIT : limit });
  const works = wanted.pattern ? all.filter(({ message }) => isLike(message, wanted.pattern!)) : all;
  if (works.length === 0 && wanted.number !== null) throw noMessage(identity!);
  return works.slice(0, limit);
}

/** One message was named, not a pattern: what can't be done to it is an error, not something to skip. */
export const isOneMessage = ({ identity }: MessageSelection): boolean => parseIdentity(identity).number !== null;

export const noMessage = (identity: string) =>
  new RelayProblem('NotFound', `There is no waiting message "${identity}".`, [
    {
      path: 'identity',
      value: identity,
      message: 'does not exist; it may have been delivered (Get-SmtpTrackingLog)',
    },
  ]);

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

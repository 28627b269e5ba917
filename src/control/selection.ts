/** Which queues and messages an administrator means: by identity with wildcards, as Exchange spells them, or by filter. */
import { RelayProblem } from '../contract/problems.ts';
import { numberOfQueueId } from '../message/queue-id.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import type { NextHopQueue } from '../scheduler/next-hop-queue.ts';
import type { Spool, Work } from '../spool/spool.ts';
import { compileFilter } from './filter.ts';
import { comparerOf, propertiesOf } from './properties.ts';
import { type Message, type Queue, toMessage, toQueue, type ViewDependencies } from './queue-view.ts';

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

export interface Selection {
  readonly identity?: string;
  readonly filter?: string;
}

export interface Window {
  readonly sortOrder?: readonly string[];
  readonly resultSize?: number | null;
}

/** What a change is to be done to must be said: nothing said is not everything. @throws RelayProblem. */
export function requireSelection({ identity, filter }: Selection): void {
  if (identity !== undefined || filter !== undefined) return;
  throw new RelayProblem('InvalidParameter', 'Say which: identity or filter is missing.', [
    { path: 'identity', message: 'or filter is required' },
  ]);
}

/** Queues by identity and filter. */
export function findQueues(deps: SelectionDependencies, { identity, filter }: Selection): NextHopQueue[] {
  const matches = filter === undefined ? () => true : compileFilter(filter, propertiesOf('Queue'));
  return selectQueues(deps, identity).filter(queue => matches(toQueue(queue, deps)));
}

export function listQueues(deps: SelectionDependencies, selection: Selection, window: Window): Queue[] {
  const queues = findQueues(deps, selection).map(queue => toQueue(queue, deps));
  return cut(queues, 'Queue', window);
}

export interface MessageSelection extends Selection {
  readonly queue?: string;
}

/** Work of the messages, at most `limit`. @throws RelayProblem NotFound for one message that is not there. */
export async function selectMessages(
  deps: SelectionDependencies,
  { identity, queue, filter }: MessageSelection,
  limit: number,
): Promise<Work[]> {
  const matches = filter === undefined ? null : compileFilter(filter, propertiesOf('Message'));
  const wanted = parseIdentity(identity);
  const ofQueue = wanted.queue ?? queue;
  const hops = ofQueue === undefined ? null : selectQueues(deps, ofQueue).map(found => found.hop);
  const isExact = wanted.pattern === null && matches === null;
  const all = await deps.spool.list({ hops, number: wanted.number, limit: isExact ? limit : NO_LIMIT });
  const named = wanted.pattern ? all.filter(({ message }) => isLike(message, wanted.pattern!)) : all;
  if (named.length === 0 && wanted.number !== null) throw noMessage(identity!);
  const works = matches ? named.filter(work => matches(toMessage(work, deps))) : named;
  return works.slice(0, limit);
}

export async function listMessages(
  deps: SelectionDependencies,
  selection: MessageSelection,
  window: Window,
): Promise<Message[]> {
  const limit = window.sortOrder?.length ? NO_LIMIT : (window.resultSize ?? NO_LIMIT);
  const works = await selectMessages(deps, selection, limit);
  return cut(
    works.map(work => toMessage(work, deps)),
    'Message',
    window,
  );
}

function cut<T extends object>(found: T[], definition: string, { sortOrder, resultSize }: Window): T[] {
  if (sortOrder?.length) found.sort(comparerOf(sortOrder, propertiesOf(definition)));
  return found.slice(0, resultSize ?? NO_LIMIT);
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

/**
 * Which waiting messages an administrator means: by identity as Exchange spells it, with wildcards, or
 * by filter. They are read a page at a time, and what the database can leave out never comes here: a
 * queue may hold a million of them.
 */
import { RelayProblem } from '../contract/problems.ts';
import { numberOfQueueId } from '../message/queue-id.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import type { Work } from '../spool/spool.ts';
import { Best } from './best.ts';
import { conditionOf } from './condition-of-filter.ts';
import { compileFilter, parseFilter } from './filter.ts';
import { comparerOf, propertiesOf } from './properties.ts';
import { type Message, toMessage } from './queue-view.ts';
import { NO_LIMIT, type Selection, type SelectionDependencies, selectQueues, type Window } from './selection.ts';

export interface MessageSelection extends Selection {
  readonly queue?: string;
}

const PAGE = 1000;
const SMALL_PAGE = 100;

export interface FindOptions {
  /** Only messages with a higher number. */
  readonly after?: number;
  /** Messages to read at a time. */
  readonly page?: number;
}

/**
 * Work of the messages in order of their numbers, after a number. @throws RelayProblem NotFound for
 * one message that is not there.
 */
export async function* findMessages(
  deps: SelectionDependencies,
  { identity, queue, filter }: MessageSelection,
  { after = 0, page = PAGE }: FindOptions = {},
): AsyncGenerator<Work, void, undefined> {
  const properties = propertiesOf('Message');
  const matches = filter === undefined ? null : compileFilter(filter, properties);
  const where = filter === undefined ? null : conditionOf(parseFilter(filter, properties));
  const wanted = parseIdentity(identity);
  const ofQueue = wanted.queue ?? queue;
  const hops = ofQueue === undefined ? null : selectQueues(deps, ofQueue).map(found => found.hop);
  for (let last = after; ; ) {
    const works = await deps.spool.list({ hops, number: wanted.number, after: last, limit: page, where });
    if (works.length === 0 && wanted.number !== null && last === after) throw noMessage(identity!);
    for (const work of works) {
      if (wanted.pattern && !isLike(work.message, wanted.pattern)) continue;
      if (!matches || matches(toMessage(work, deps))) yield work;
    }
    if (works.length === 0 || wanted.number !== null) return;
    last = works[works.length - 1]!.message.number;
  }
}

export async function listMessages(
  deps: SelectionDependencies,
  selection: MessageSelection,
  { sortOrder, resultSize }: Window,
): Promise<Message[]> {
  const most = resultSize ?? NO_LIMIT;
  if (most === 0) return [];
  if (sortOrder?.length) {
    const best = new Best<Message>(most, comparerOf(sortOrder, propertiesOf('Message')));
    for await (const work of findMessages(deps, selection)) best.add([toMessage(work, deps)]);
    return [...best.all];
  }
  const found: Message[] = [];
  // Who wants a few should not wait for many; but a filter may need many to find a few.
  const page = Math.min(PAGE, selection.filter === undefined ? most : Math.max(SMALL_PAGE, most));
  for await (const work of findMessages(deps, selection, { page }))
    if (found.push(toMessage(work, deps)) >= most) break;
  return found;
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

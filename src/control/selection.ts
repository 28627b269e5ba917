/** Which queues an administrator means: by number or next hop, with wildcards, or by filter. */
import { RelayProblem } from '../contract/problems.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import type { NextHopQueue } from '../scheduler/next-hop-queue.ts';
import type { Spool } from '../spool/spool.ts';
import { compileFilter } from './filter.ts';
import { comparerOf, propertiesOf } from './properties.ts';
import { type Queue, toQueue, type ViewDependencies } from './queue-view.ts';

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

function cut<T extends object>(found: T[], definition: string, { sortOrder, resultSize }: Window): T[] {
  if (sortOrder?.length) found.sort(comparerOf(sortOrder, propertiesOf(definition)));
  return found.slice(0, resultSize ?? NO_LIMIT);
}

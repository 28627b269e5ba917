/** Queues: what waits for which next hop, and holding or trying it. */
import type { PartOf } from '../handlers.ts';
import { toQueue } from '../queue-view.ts';
import { findQueues, listQueues, requireSelection, type Selection, type SelectionDependencies } from '../selection.ts';

export type QueueMethodsDependencies = SelectionDependencies;

export function queueMethods(deps: QueueMethodsDependencies): PartOf<'queue'> {
  /** Does something to queues and shows them as they are then. */
  const each = async (selection: Selection, act: (hops: readonly string[]) => Promise<void>) => {
    requireSelection(selection);
    const queues = findQueues(deps, selection);
    await act(queues.map(queue => queue.hop));
    return queues.map(queue => toQueue(queue, deps));
  };
  return {
    'queue.list': params => listQueues(deps, params, params),
    'queue.retry': params => each(params, hops => deps.scheduler.administration.retry(hops)),
    'queue.suspend': params => each(params, hops => deps.scheduler.administration.suspend(hops)),
    'queue.resume': params => each(params, hops => deps.scheduler.administration.resume(hops)),
  };
}

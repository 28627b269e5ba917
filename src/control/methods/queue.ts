/** Queues: what waits for which next hop, and holding or trying it. */
import type { PartOf } from '../handlers.ts';
import { toQueue } from '../queue-view.ts';
import { NO_LIMIT, type SelectionDependencies, selectQueues } from '../selection.ts';

export type QueueMethodsDependencies = SelectionDependencies;

export function queueMethods(deps: QueueMethodsDependencies): PartOf<'queue'> {
  /** Does something to queues and shows them as they are then. */
  const each = async (identity: string, act: (hops: readonly string[]) => Promise<void>) => {
    const queues = selectQueues(deps, identity);
    await act(queues.map(queue => queue.hop));
    return queues.map(queue => toQueue(queue, deps));
  };
  return {
    'queue.list': ({ identity, resultSize }) =>
      selectQueues(deps, identity)
        .slice(0, resultSize ?? NO_LIMIT)
        .map(queue => toQueue(queue, deps)),
    'queue.retry': ({ identity }) => each(identity, hops => deps.scheduler.retry(hops)),
    'queue.suspend': ({ identity }) => each(identity, hops => deps.scheduler.suspend(hops)),
    'queue.resume': ({ identity }) => each(identity, hops => deps.scheduler.resume(hops)),
  };
}

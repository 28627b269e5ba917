/** The state of the service, with what an administrator should look at. */

import { healthOf, problemsOf, type StateFacts } from '../../health/problems.ts';
import type { EndpointState } from '../../listener/listeners.ts';
import type { StatisticTotals } from '../../log/statistics.ts';
import type { Hold, Holds } from '../../scheduler/holds.ts';
import type { NextHopQueue } from '../../scheduler/next-hop-queue.ts';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';

export interface RelayFacts extends StateFacts {
  readonly name: string;
  readonly version: string;
  readonly dataPath: string;
  readonly controlPort: number;
  readonly startedAt: number;
  readonly stopping: boolean;
  readonly endpoints: readonly EndpointState[];
  readonly sessions: number;
  readonly outboundConnections: number;
  readonly queues: readonly NextHopQueue[];
  readonly totals: StatisticTotals;
}

export interface RelayMethodsDependencies {
  readonly facts: () => Promise<RelayFacts>;
  readonly now: () => number;
  /** Begins to stop; milliseconds. */
  readonly stop: (timeout: number) => void;
  readonly holds: Holds;
  readonly scheduler: Scheduler;
}

export function relayMethods({ facts, now, stop, holds, scheduler }: RelayMethodsDependencies): PartOf<'relay'> {
  /** Neither named means both. */
  const set = async ({ inbound, outbound }: { inbound?: boolean; outbound?: boolean }, hold: Hold | null) => {
    const both = !inbound && !outbound;
    if (inbound || both) await holds.change(state => ({ ...state, inbound: hold }));
    if (outbound || both) await scheduler.administration.holdOutbound(hold);
    return toRelay(await facts(), now());
  };
  return {
    'relay.suspend': ({ reason, ...which }) => set(which, { reason: reason || null, since: now() }),
    'relay.resume': which => set(which, null),
    'relay.get': async () => toRelay(await facts(), now()),
    'relay.stop': ({ timeout }) => {
      stop((timeout ?? 30) * 1000);
      return { stopping: true };
    },
  };
}

function toRelay(facts: RelayFacts, now: number): Result<'relay.get'> {
  const { totals } = facts;
  const problems = problemsOf(facts);
  return {
    name: facts.name,
    status: facts.stopping ? 'Stopping' : 'Running',
    version: facts.version,
    startTime: isoTime(facts.startedAt),
    uptime: Math.round((now - facts.startedAt) / 1000),
    processId: process.pid,
    dataPath: facts.dataPath,
    controlPort: facts.controlPort,
    endpoints: facts.endpoints.map(endpoint => ({ ...endpoint })),
    queued: sum(facts.queues, queue => Math.max(0, queue.messages)),
    queuedRecipients: sum(facts.queues, queue => Math.max(0, queue.recipients)),
    sessions: facts.sessions,
    outboundConnections: facts.outboundConnections,
    received: totals.received,
    delivered: totals.delivered,
    deferred: totals.deferred,
    failed: totals.failed,
    badMail: totals.badMail,
    inboundSuspended: facts.inbound !== null,
    outboundSuspended: facts.outbound !== null,
    memory: process.memoryUsage.rss(),
    health: healthOf(problems),
    warnings: problems.map(({ text }) => text),
  };
}

const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);

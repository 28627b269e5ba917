/** The state of the service, with what an administrator should look at. */

import type { EndpointState } from '../../listener/listeners.ts';
import type { CounterValues } from '../../log/counters.ts';
import type { Hold, Holds } from '../../scheduler/holds.ts';
import type { NextHopQueue } from '../../scheduler/next-hop-queue.ts';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';

export interface RelayFacts {
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
  readonly nextHopOf: (hop: string) => string;
  readonly counters: CounterValues;
  /** Sentences about certificates in use that end soon. */
  readonly certificates: readonly string[];
  /** Why .NET, which a listener asks for, can't be had; null when all is well. */
  readonly bridge: string | null;
  /** About starts before this one that came to a bad end; null when all is well. */
  readonly unexpectedEnds: string | null;
  readonly openToEveryone: boolean;
  readonly enoughSpace: boolean;
  /** What the disk of the spool said to the last write and read that failed; null when all is well. */
  readonly disk: { readonly writing: string | null; readonly reading: string | null };
  /** Logs that can't be written, with the reason. */
  readonly failingLogs: readonly string[];
  /** What an administrator holds. */
  readonly inbound: Hold | null;
  readonly outbound: Hold | null;
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
  const { counters } = facts;
  const problems = findProblems(facts);
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
    received: counters.received,
    delivered: counters.delivered,
    deferred: counters.deferred,
    failed: counters.failed,
    badMail: counters.badMail,
    inboundSuspended: facts.inbound !== null,
    outboundSuspended: facts.outbound !== null,
    memory: process.memoryUsage.rss(),
    health: problems.red.length > 0 ? 'Red' : problems.yellow.length > 0 ? 'Yellow' : 'Green',
    warnings: [...problems.red, ...problems.yellow],
  };
}

/** Sentences for people: red is broken now, yellow needs a look. */
export function findProblems(facts: RelayFacts): {
  readonly red: readonly string[];
  readonly yellow: readonly string[];
} {
  const red: string[] = [];
  const yellow: string[] = [];
  for (const sentence of new Set(
    facts.endpoints.flatMap(({ state, listener, error }) =>
      state === 'Listening' && error !== null ? [`Listener ${listener} has trouble with TLS: ${error}`] : [],
    ),
  ))
    red.push(sentence);
  yellow.push(...facts.certificates);
  if (facts.bridge !== null) yellow.push(facts.bridge);
  if (facts.unexpectedEnds !== null) yellow.push(facts.unexpectedEnds);
  for (const endpoint of facts.endpoints) {
    if (endpoint.state === 'Failed')
      red.push(
        `Listener ${endpoint.listener} does not listen on ${endpoint.address} port ${endpoint.port}: ${endpoint.error ?? 'unknown reason'}`,
      );
  }
  if (!facts.enoughSpace)
    red.push('New mail is refused with 452: less disk space is free than MinimumFreeSpace asks for.');
  if (facts.disk.writing !== null)
    red.push(`Mail can't be written to the disk, so it is refused for now: ${facts.disk.writing}.`);
  if (facts.disk.reading !== null)
    yellow.push(`A stored message can't be read, it is tried again: ${facts.disk.reading}.`);
  yellow.push(...facts.failingLogs);
  if (facts.openToEveryone)
    red.push('This is an open relay: everybody may send through it. Correct it with Set-RelayRestriction.');
  for (const [hold, what] of [
    [facts.inbound, 'New clients are refused with 421'],
    [facts.outbound, 'No mail is delivered'],
  ] as const)
    if (hold)
      yellow.push(
        `${what} since ${isoTime(hold.since)}: suspended by an administrator${hold.reason ? ` (${hold.reason})` : ''}. Let it go on with Resume-SmtpRelay.`,
      );
  for (const queue of facts.queues) {
    // Also while it is tried again: it is broken until it works.
    if (queue.messages > 0 && (queue.status === 'Retry' || queue.logOnFailed))
      (queue.logOnFailed ? red : yellow).push(
        `${queue.messages} message(s) wait for ${facts.nextHopOf(queue.hop)}: ${queue.lastError}`,
      );
    if (queue.status === 'Suspended')
      yellow.push(
        `The queue for ${facts.nextHopOf(queue.hop)} is suspended, with ${Math.max(0, queue.messages)} message(s). Let it go on with Resume-SmtpQueue.`,
      );
  }
  return { red, yellow };
}

const sum = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((total, item) => total + of(item), 0);

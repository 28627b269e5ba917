/** What a relay knows of itself at this moment. */
import type { RelayFacts } from '../control/methods/relay.ts';
import type { MetricsFacts } from '../control/metrics.ts';
import type { Listeners } from '../listener/listeners.ts';
import type { RelayLog } from '../log/relay-log.ts';
import { freeSpace } from '../platform/files.ts';
import type { Holds } from '../scheduler/holds.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import { fqdnOf } from '../settings/settings.ts';
import type { FastSpool } from '../spool/fast-spool.ts';
import { oldestOf } from '../spool/oldest.ts';
import { VERSION } from '../version.ts';
import type { AlertDoor } from './alerts.ts';
import type { BridgeDoor } from './bridge.ts';
import type { InForce } from './in-force.ts';
import type { Outbound } from './outbound.ts';
import type { StartRecord } from './start-record.ts';

export interface FactsParts {
  readonly dataFolder: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: () => number;
  readonly controlPort: () => number;
  readonly isStopping: () => boolean;
  readonly log: RelayLog;
  readonly inForce: InForce;
  readonly spool: FastSpool;
  readonly scheduler: Scheduler;
  readonly listeners: Listeners;
  readonly outbound: Outbound;
  readonly certificates: Certificates;
  readonly bridge: BridgeDoor;
  readonly record: StartRecord;
  readonly holds: Holds;
  readonly alerts: AlertDoor;
}

export class Facts {
  readonly #parts: FactsParts;

  constructor(parts: FactsParts) {
    this.#parts = parts;
  }

  async now(): Promise<RelayFacts> {
    const parts = this.#parts;
    const { dataFolder, startedAt, now, log, inForce, spool, scheduler, listeners, outbound } = parts;
    const { certificates, bridge, record, holds, alerts } = parts;
    return {
      name: fqdnOf(inForce.settings),
      version: VERSION,
      dataPath: dataFolder,
      controlPort: parts.controlPort(),
      startedAt: startedAt,
      stopping: parts.isStopping(),
      endpoints: listeners.states(),
      sessions: listeners.sessions,
      outboundConnections: outbound.connections,
      queues: scheduler.queues,
      loweredOf: hop => scheduler.queueOf(hop)?.throttle.lowered(now()) ?? null,
      nextHopOf: hop => inForce.router.describe(hop).nextHopDomain,
      connectorOf: hop => inForce.router.describe(hop).connector ?? '',
      totals: log.statistics.totals(),
      certificates: certificates.warnings(),
      bridge: bridge.problem,
      unexpectedEnds: record.trouble(now()),
      openToEveryone: inForce.policy.openToEveryone,
      inbound: holds.inbound,
      outbound: holds.outbound,
      enoughSpace: await spool.hasSpace(),
      disk: spool.trouble,
      failingLogs: log.failing,
      failingWebhooks: alerts.failing,
    };
  }

  async forMetrics(): Promise<MetricsFacts> {
    const { spool, now, dataFolder, certificates } = this.#parts;
    return {
      ...(await this.now()),
      oldest: await oldestOf(spool, now()),
      freeSpace: await freeSpace(dataFolder),
      certificateEnds: certificates.ends(),
    };
  }
}

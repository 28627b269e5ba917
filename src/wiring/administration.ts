/** The administration of a relay: every method of the control port with what it works on, and the door they are behind. */
import { join } from 'node:path';
import { BadMailFolder } from '../bad-mail/bad-mail-folder.ts';
import type { CapturedFolder } from '../bad-mail/captured-folder.ts';
import { createHandlers } from '../control/control.ts';
import type { Metrics } from '../control/metrics.ts';
import type { Listeners } from '../listener/listeners.ts';
import type { RelayLog } from '../log/relay-log.ts';
import type { Envelope } from '../message/envelope.ts';
import { WrittenMessage } from '../pickup/written-message.ts';
import type { KeyStore } from '../platform/key-store.ts';
import type { LogonGuard } from '../policy/logon-guard.ts';
import type { Holds } from '../scheduler/holds.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { CertificateAdministration } from '../settings/certificates/administration.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import type { Credentials } from '../settings/credentials.ts';
import type { DkimKeys } from '../settings/dkim-keys.ts';
import { fqdnOf } from '../settings/settings.ts';
import type { SettingsStore } from '../settings/store.ts';
import type { FastSpool } from '../spool/fast-spool.ts';
import { oldestOf } from '../spool/oldest.ts';
import type { AlertDoor } from './alerts.ts';
import { ConnectorTests } from './connector-tests.ts';
import { ControlDoor } from './control-door.ts';
import type { Facts } from './facts.ts';
import { HealthChecks } from './health-checks.ts';
import { dnsOf, hopOnArrival, type InForce } from './in-force.ts';
import type { LogOns } from './log-ons.ts';
import type { Outbound } from './outbound.ts';
import { makeReport, type reportThread } from './report.ts';
import type { Sts } from './sts.ts';

/** The rooms of a relay that are open. */
export interface AdministrationParts {
  readonly dataFolder: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: () => number;
  readonly log: RelayLog;
  readonly metrics: Metrics;
  readonly keys: KeyStore;
  readonly store: SettingsStore;
  readonly inForce: InForce;
  readonly facts: Facts;
  readonly spool: FastSpool;
  readonly scheduler: Scheduler;
  readonly listeners: Listeners;
  readonly outbound: Outbound;
  readonly certificates: Certificates;
  readonly credentials: Credentials;
  readonly logOns: LogOns;
  readonly dkim: DkimKeys;
  readonly sts: Sts;
  readonly alerts: AlertDoor;
  readonly captured: CapturedFolder;
  readonly holds: Holds;
  readonly guard: LogonGuard;
  readonly reports: ReturnType<typeof reportThread>;
  readonly submit: (envelope: Envelope, text: Buffer, onId: (id: string) => void) => Promise<string>;
  /** Stops the relay. @param timeout milliseconds that deliveries in flight may take */
  readonly stop: (timeout: number) => Promise<void>;
}

export function openAdministration(parts: AdministrationParts): Promise<ControlDoor> {
  const { dataFolder, now, log, keys, store, inForce, facts, spool, scheduler, listeners, outbound } = parts;
  const { certificates, credentials, logOns, dkim, sts, alerts, captured, holds, guard, reports } = parts;
  const written = {
    spool,
    emit: log.emit,
    now,
    settings: () => ({ ...inForce.settings.general, fqdn: fqdnOf(inForce.settings) }),
  };
  const connectorTests = new ConnectorTests({
    inForce,
    logOns,
    credentials,
    certificates: () => certificates,
    sts: () => sts,
    now,
  });
  const handlers = createHandlers({
    store,
    dataFolder,
    scheduler,
    spool,
    log,
    now,
    policy: () => inForce.policy,
    route: mail => inForce.router.describe(hopOnArrival(inForce, mail)),
    describe: hop => inForce.router.describe(hop),
    expiration: hop => outbound.scheduleOf(inForce.router.describe(hop)).messageExpirationTimeout,
    idleConnections: hop => outbound.idleOf(hop),
    endpoints: () => listeners.states(),
    certificates,
    credentials,
    secretChanged: () => outbound.renew(),
    connectorTests,
    health: new HealthChecks({
      dataFolder,
      inForce,
      now,
      facts: () => facts.now(),
      oldest: () => oldestOf(spool, now()),
      certificates: () => certificates,
      connectorTests,
      statistics: log.statistics,
      logFolders: () => Object.values(log.folders),
      dkim,
      sts: () => sts,
    }),
    dkim,
    dns: () => dnsOf(inForce.settings),
    certificateAdministration: new CertificateAdministration({
      store,
      certificates,
      keys: keys,
      fqdn: () => fqdnOf(inForce.settings),
      now,
    }),
    sessionsOf: listener => listeners.sessionsOf(listener),
    inboundSessions: () => listeners.openSessions(),
    outboundSessions: () => outbound.sessions.list(),
    endInbound: (identity, cut) => listeners.endSession(identity, cut),
    endOutbound: identity => outbound.sessions.end(identity),
    statistics: log.statistics,
    report: days =>
      makeReport(
        {
          trackingFolder: log.folders.tracking,
          thread: reports,
          flush: () => log.flush(),
          facts: () => facts.now(),
          oldest: () => oldestOf(spool, now()),
          now,
        },
        days,
      ),
    submit: (envelope, text, onId) => parts.submit(envelope, text, onId),
    alerts,
    webhookSecrets: alerts.secrets,
    captured,
    badMail: new BadMailFolder({
      ...written,
      folder: join(dataFolder, 'BadMail'),
      dotHandling: () => inForce.settings.general.pickupDotHandling,
    }),
    written: instead => new WrittenMessage(written, { instead }),
    facts: () => facts.now(),
    holds,
    guard,
    // The answer must leave before the door closes.
    stop: timeout => void setTimeout(() => void parts.stop(timeout), 50),
  });
  return ControlDoor.open(
    {
      dataFolder,
      startedAt: parts.startedAt,
      handlers,
      facts: () => facts.now(),
      metrics: parts.metrics,
      metricsFacts: () => facts.forMetrics(),
      events: { subscribe: listener => log.subscribe(listener), now },
      emit: log.emit,
    },
    inForce.settings.general.controlPort,
  );
}

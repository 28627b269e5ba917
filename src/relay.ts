/**
 * The life of a relay: builds the rooms from the settings, joins them (with wiring/), starts and stops
 * them. Order of the start: data folder and its lock, settings, logs, spool (with recovery), delivery,
 * then the doors; whatever fails, what was opened is closed again.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CapturedFolder } from './bad-mail/captured-folder.ts';
import { Bounce } from './bounce/bounce.ts';
import { Metrics } from './control/metrics.ts';
import { problemsOf } from './health/problems.ts';
import { Listeners } from './listener/listeners.ts';
import { clientCertificateOf } from './listener/tls.ts';
import { type Notice, Notices } from './log/notices.ts';
import { RelayLog } from './log/relay-log.ts';
import type { Envelope, Origin } from './message/envelope.ts';
import { systemClock } from './platform/clock.ts';
import type { DataLock } from './platform/data-lock.ts';
import type { KeyStore } from './platform/key-store.ts';
import { ReverseNames } from './platform/reverse-names.ts';
import { systemKeyStore } from './platform/system-key-store.ts';
import { openSystemLog } from './platform/system-log.ts';
import { AccountRights } from './policy/account-rights.ts';
import type { LogonGuard } from './policy/logon-guard.ts';
import { PasswordChecker } from './policy/password-checker.ts';
import { envelopeToField } from './rewrite/rewriter.ts';
import { Holds } from './scheduler/holds.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { Certificates } from './settings/certificates/certificates.ts';
import { Credentials } from './settings/credentials.ts';
import { DkimKeys } from './settings/dkim-keys.ts';
import { CAPTURE_FOLDER } from './settings/folder-rules.ts';
import { fqdnOf, isLogged, postmasterOf, type Settings } from './settings/settings.ts';
import type { SettingsStore } from './settings/store.ts';
import type { SettingsWishes } from './settings/wishes.ts';
import { FastSpool, type FastSpoolOptions } from './spool/fast-spool.ts';
import { VERSION } from './version.ts';
import { openAdministration } from './wiring/administration.ts';
import { AlertDoor, type AlertDoorDependencies } from './wiring/alerts.ts';
import { openLogonGuard } from './wiring/ban-file.ts';
import { BridgeDoor } from './wiring/bridge.ts';
import { type ControlDoor, removeState } from './wiring/control-door.ts';
import { takeDataFolder, withUsableFolder } from './wiring/data-folder.ts';
import { Facts } from './wiring/facts.ts';
import { keepHouse } from './wiring/housekeeping.ts';
import { hopOnArrival, type InForce, inForceOf } from './wiring/in-force.ts';
import { LogOns } from './wiring/log-ons.ts';
import { Outbound } from './wiring/outbound.ts';
import { PickupDoor } from './wiring/pickup-door.ts';
import { reportThread } from './wiring/report.ts';
import { StartRecord } from './wiring/start-record.ts';
import { type PolicyHostOptions, PUBLIC_POLICY_HOSTS, Sts } from './wiring/sts.ts';
import { submit } from './wiring/submission.ts';

export interface RelayOptions {
  readonly dataFolder: string;
  readonly wishes: SettingsWishes;
  /** The activity log also goes to the console. */
  readonly console: boolean;
  /** Starts also while listeners can't be opened, and tries them again. */
  readonly patient?: boolean;
  /** Bytes of a segment of the spool's log, for trials that want many of them. */
  readonly segmentSize?: number;
  /** Where MTA-STS policies come from, for trials without the internet. */
  readonly policyHosts?: PolicyHostOptions;
}

const clock = systemClock;
const now = () => clock.now();
const HOUR = 3_600_000;
/** How often the log of the system is told what is new. */
const LOOK = 5000;

export class Relay {
  readonly dataFolder: string;
  readonly startedAt = now();
  readonly log: RelayLog;
  readonly #metrics: Metrics;
  readonly #reports = reportThread();
  /** Where notices go: the log of the system. */
  onNotice: (notice: Notice) => void = openSystemLog();
  readonly #alerts: AlertDoor;
  readonly #notices = new Notices(notice => {
    this.onNotice(notice);
    this.#alerts.notice(notice);
  });
  #looking: NodeJS.Timeout | null = null;
  readonly #lock: DataLock;
  readonly #record: StartRecord;
  readonly #keys: KeyStore;
  readonly #store: SettingsStore;
  readonly #inForce: InForce;
  readonly #outbound: Outbound;
  readonly #captured: CapturedFolder;
  readonly #credentials: Credentials;
  readonly #logOns: LogOns;
  readonly #dkim: DkimKeys;
  #certificates!: Certificates;
  #sts!: Sts;
  #holds!: Holds;
  #guard!: LogonGuard;
  readonly #bridge = new BridgeDoor(async () => (await import('./platform/windows.ts')).loadWindowsBridge());
  #spool!: FastSpool;
  #scheduler!: Scheduler;
  #listeners!: Listeners;
  #facts!: Facts;
  #pickup: PickupDoor | null = null;
  #control: ControlDoor | null = null;
  #stopping: Promise<void> | null = null;
  #whenStopped!: () => void;
  #housekeeping: NodeJS.Timeout | null = null;
  /** Resolves when the relay has stopped, for whatever reason. */
  readonly stopped = new Promise<void>(resolve => {
    this.#whenStopped = resolve;
  });

  private constructor(options: RelayOptions, lock: DataLock, store: SettingsStore, record: StartRecord) {
    this.dataFolder = options.dataFolder;
    this.#lock = lock;
    this.#record = record;
    this.#keys = systemKeyStore(options.dataFolder);
    this.#store = store;
    this.#inForce = inForceOf(store.current);
    this.#captured = new CapturedFolder(join(options.dataFolder, CAPTURE_FOLDER));
    this.#credentials = new Credentials(join(options.dataFolder, 'credentials'), this.#keys);
    this.#dkim = new DkimKeys({
      folder: join(options.dataFolder, 'dkim'),
      keys: this.#keys,
      store,
      now,
      tell: (level, what) => this.log.emit({ type: 'service', level, what }),
    });
    this.log = new RelayLog(
      {
        folder: join(options.dataFolder, 'logs'),
        version: VERSION,
        computerName: hostname(),
        now,
        console: options.console,
      },
      store.current.logging,
    );
    this.#metrics = new Metrics(this.log.statistics);
    this.#logOns = new LogOns({
      credentials: this.#credentials,
      certificates: () => this.#certificates,
      now,
      emit: this.log.emit,
    });
    this.log.subscribe(event => {
      this.#metrics.add(event, now());
      this.#notices.add(event);
      this.#alerts.event(event);
    });
    this.#alerts = new AlertDoor({
      dataFolder: this.dataFolder,
      keys: this.#keys,
      clock,
      settings: () => this.settings,
      emit: this.log.emit,
      submit: (...about) => this.#submit(...about),
    });
    this.#outbound = new Outbound({
      dataFolder: this.dataFolder,
      inForce: this.#inForce,
      clock,
      emit: this.log.emit,
      spool: () => this.#spool,
      logOns: this.#logOns,
      certificates: () => this.#certificates,
      dkim: this.#dkim,
      sts: () => this.#sts,
    });
  }

  /** @throws RelayProblem when it can't start; then nothing is left running. */
  static start(options: RelayOptions): Promise<Relay> {
    return withUsableFolder(options.dataFolder, async () => {
      let record!: StartRecord;
      const { lock, store } = await takeDataFolder(options.dataFolder, options.wishes, async () => {
        record = await StartRecord.begin(options.dataFolder, now());
      });
      const relay = new Relay(options, lock, store, record);
      try {
        await relay.#open(options);
        return relay;
      } catch (error) {
        await relay.stop(0);
        throw error;
      }
    });
  }

  get settings(): Settings {
    return this.#inForce.settings;
  }

  /** @param timeout milliseconds that deliveries in flight may take */
  stop(timeout: number): Promise<void> {
    this.#stopping ??= this.#close(timeout).finally(() => this.#whenStopped());
    return this.#stopping;
  }

  async #open({ segmentSize, patient, policyHosts = PUBLIC_POLICY_HOSTS }: RelayOptions): Promise<void> {
    await this.log.open();
    this.#holds = await Holds.open(join(this.dataFolder, 'suspended.json'), what =>
      this.log.emit({ type: 'service', level: 'error', what }),
    );
    this.#guard = await openLogonGuard({
      dataFolder: this.dataFolder,
      settings: () => this.#inForce.logonGuard,
      now,
      emit: this.log.emit,
    });
    await this.#credentials.open();
    await this.#dkim.open();
    this.#sts = await Sts.open({
      dataFolder: this.dataFolder,
      dns: () => this.#inForce.dns,
      hosts: policyHosts,
      now,
      emit: this.log.emit,
    });
    await this.#openSpool(segmentSize);
    await this.#alerts.open();
    this.#scheduler = this.#createScheduler();
    this.#certificates = this.#createCertificates();
    await this.#certificates.open();
    await this.#openBridge();
    this.#listeners = this.#createListeners();
    await this.#listeners.start(patient);
    this.#facts = this.#createFacts();
    this.#control = await this.#openControl();
    this.#store.subscribe((settings, before) =>
      this.#settingsChanged(settings, before).catch((error: Error) =>
        this.log.emit({ type: 'service', level: 'error', what: `Settings could not be applied: ${error.message}` }),
      ),
    );
    await this.#scheduler.start();
    this.#pickup = new PickupDoor({
      dataFolder: this.dataFolder,
      inForce: this.#inForce,
      spool: this.#spool,
      emit: this.log.emit,
      clock,
    });
    await this.#pickup.open();
    this.#housekeeping = setInterval(() => void this.#keepHouse(), HOUR).unref();
    void this.#keepHouse();
    await this.#control.writeState();
    this.log.emit({
      type: 'service',
      level: 'info',
      what: `SmtpRelay ${VERSION} has started`,
      detail: { processId: process.pid, dataFolder: this.dataFolder },
    });
    this.#notices.say(1, `SmtpRelay ${VERSION} has started as process ${process.pid}.`);
    this.#looking = setInterval(() => void this.#lookForNotices(), LOOK).unref();
    void this.#lookForNotices();
    this.#warnOfOpenRelay();
  }

  /** A state that lasts is told of once. */
  async #lookForNotices(): Promise<void> {
    const facts = await this.#facts.now().catch(() => null);
    if (!facts || this.#stopping !== null) return;
    this.#notices.look(
      problemsOf(facts).flatMap(({ event, about, text }) => (event === null ? [] : [{ id: event, about, text }])),
    );
  }

  async #close(timeout: number): Promise<void> {
    if (this.#housekeeping) clearInterval(this.#housekeeping);
    if (this.#looking) clearInterval(this.#looking);
    this.#certificates?.close();
    // Deliveries end while sessions end; the control port closes last, so that one can watch.
    await Promise.all([this.#listeners?.stop(), this.#pickup?.close(), this.#scheduler?.stop(timeout)]);
    this.#outbound.closeIdle();
    await this.#sts?.close();
    await this.#control?.close();
    if (this.#spool) await this.#alerts.close();
    await this.#spool?.close();
    this.log.emit({ type: 'service', level: 'info', what: 'SmtpRelay has stopped' });
    if (this.#looking) this.#notices.say(2, 'SmtpRelay has stopped.');
    await this.#reports.close();
    await this.log.close();
    // What is left of it only names a process that is gone.
    await removeState(this.dataFolder).catch(() => {});
    if (this.#control) await this.#record.end();
    this.#lock.release();
  }

  async #openSpool(segmentSize?: number): Promise<void> {
    const { spool, recovery } = await FastSpool.open({
      dataFolder: this.dataFolder,
      segmentSize,
      now,
      arrival: (envelope, origin) => this.#arrival(envelope, origin),
      hopOf: question => this.#inForce.router.hopOf(question),
      routes: () => this.#inForce.router.routes,
      minimumFreeSpace: () => this.settings.general.minimumFreeSpace,
      onAccepted: works => this.#scheduler.accepted(works),
      onSetAside: aside => this.log.emit({ type: 'quarantined', ...aside }),
      onProblem: what => this.log.emit({ type: 'service', level: 'error', what }),
    });
    this.#spool = spool;
    for (const what of recovery.unread) this.log.emit({ type: 'service', level: 'error', what });
    for (const aside of recovery.setAside) this.log.emit({ type: 'quarantined', ...aside });
    if (recovery.adopted.length > 0 || recovery.removed > 0) {
      this.log.emit({
        type: 'service',
        level: 'info',
        what: `Recovery: ${recovery.adopted.length} message(s) taken back into the queue, ${recovery.removed} leftover(s) removed`,
        detail: { adopted: recovery.adopted.slice(0, 100).join(' ') },
      });
    }
  }

  /** Recipients as the rules want them, for everything that comes into the spool, reports of this relay too. */
  #arrival(envelope: Envelope, origin: Origin): ReturnType<NonNullable<FastSpoolOptions['arrival']>> {
    const changed = this.#inForce.rewriter.recipients(envelope, origin);
    if (changed === null) return null;
    return { envelope: { ...envelope, recipients: changed.recipients }, header: envelopeToField(changed.redirected) };
  }

  #createScheduler(): Scheduler {
    const bounce = new Bounce({
      spool: this.#spool,
      emit: this.log.emit,
      now,
      badMailFolder: join(this.dataFolder, 'BadMail'),
      copies: () => this.settings.general,
      identity: () => ({ fqdn: fqdnOf(this.settings), postmaster: postmasterOf(this.settings) }),
    });
    return new Scheduler({
      clock,
      spool: this.#spool,
      deliver: this.#outbound.deliver,
      reporter: bounce,
      emit: this.log.emit,
      random: Math.random,
      holds: this.#holds,
      settings: () => this.settings.general,
      scheduleOf: hop => this.#outbound.scheduleOf(hop),
      logsOn: hop => this.#outbound.logsOn(hop),
      describe: hop => this.#inForce.router.describe(hop),
      limits: hop => this.#outbound.limitsOf(hop),
    });
  }

  async #openBridge(): Promise<void> {
    await this.#bridge.open(this.settings);
    if (this.#bridge.problem) this.log.emit({ type: 'service', level: 'warn', what: this.#bridge.problem });
  }

  #createCertificates(): Certificates {
    return new Certificates({
      folder: join(this.dataFolder, 'certificates'),
      keys: this.#keys,
      settings: () => this.settings,
      fqdn: () => fqdnOf(this.settings),
      now,
      onRenewed: async () => this.#listeners?.refresh(),
      tell: (level, what) => this.log.emit({ type: 'service', level, what }),
    });
  }

  #createListeners(): Listeners {
    return new Listeners({
      certificates: listener => this.#certificates.of(listener),
      clientCertificateOf: socket => clientCertificateOf(socket, this.#certificates.authorities(), now()),
      certificateMayRelay: certificate => this.#inForce.policy.entryOf(certificate) !== null,
      spool: this.#spool,
      emit: this.log.emit,
      now,
      mayRelay: question => this.#inForce.policy.decide(question),
      sizeLimitOf: mail => {
        const { router } = this.#inForce;
        return router.takesAnySize ? null : router.sizeLimitOf(hopOnArrival(this.#inForce, mail));
      },
      settings: () =>
        this.settings.listeners.map(listener => ({
          ...listener,
          fqdn: listener.fqdn ?? fqdnOf(this.settings),
          isLogged: isLogged(listener, this.settings),
        })),
      limits: () => this.settings.general,
      names: new ReverseNames(() => this.#inForce.dns, now),
      rights: new AccountRights(() => this.settings.accounts, now),
      guard: this.#guard,
      passwords: new PasswordChecker(),
      bridge: () => this.#bridge.bridge,
      postmaster: () => postmasterOf(this.settings),
      defaultDomain: () => this.settings.general.defaultDomain,
      suspended: () => this.#holds.inbound !== null,
    });
  }

  #submit(...[envelope, text, onId, connector]: Parameters<AlertDoorDependencies['submit']>): Promise<string> {
    const deps = { spool: this.#spool, emit: this.log.emit, now, settings: () => this.settings };
    return submit(deps, envelope, text, onId, connector);
  }

  #openControl(): Promise<ControlDoor> {
    return openAdministration({
      dataFolder: this.dataFolder,
      startedAt: this.startedAt,
      now,
      log: this.log,
      metrics: this.#metrics,
      keys: this.#keys,
      store: this.#store,
      inForce: this.#inForce,
      facts: this.#facts,
      spool: this.#spool,
      scheduler: this.#scheduler,
      listeners: this.#listeners,
      outbound: this.#outbound,
      certificates: this.#certificates,
      credentials: this.#credentials,
      logOns: this.#logOns,
      dkim: this.#dkim,
      sts: this.#sts,
      alerts: this.#alerts,
      captured: this.#captured,
      holds: this.#holds,
      guard: this.#guard,
      reports: this.#reports,
      submit: (envelope, text, onId) => this.#submit(envelope, text, onId, null),
      stop: timeout => this.stop(timeout),
    });
  }

  #createFacts(): Facts {
    return new Facts({
      dataFolder: this.dataFolder,
      startedAt: this.startedAt,
      now,
      controlPort: () => this.#control?.port ?? this.settings.general.controlPort,
      isStopping: () => this.#stopping !== null,
      log: this.log,
      inForce: this.#inForce,
      spool: this.#spool,
      scheduler: this.#scheduler,
      listeners: this.#listeners,
      outbound: this.#outbound,
      certificates: this.#certificates,
      bridge: this.#bridge,
      record: this.#record,
      holds: this.#holds,
      alerts: this.#alerts,
    });
  }

  async #settingsChanged(settings: Settings, before: Settings): Promise<void> {
    Object.assign(this.#inForce, inForceOf(settings, this.#inForce));
    this.#outbound.renew();
    if (settings.logging !== before.logging) this.log.configure(settings.logging);
    this.log.emit({
      type: 'settings',
      settingsVersion: this.#store.version,
      what: changedParts(settings, before).join(', '),
    });
    const { controlPort } = settings.general;
    // What fails is told and holds up nothing: a listener that is to be closed closes, whatever else is broken.
    const steps: Record<string, () => unknown> = {
      Certificates: () => this.#certificates.refresh(),
      'Credentials of connectors that are gone': () =>
        forEachGone(before.connectors, settings.connectors, name => this.#credentials.remove(name)),
      'Secrets of webhooks that are gone': () =>
        forEachGone(before.webhooks, settings.webhooks, name => this.#alerts.secrets.remove(name)),
      'DKIM keys': () => this.#dkim.refresh(settings),
      'The bridge to Windows': () => this.#openBridge(),
      Listeners: () => this.#listeners.refresh(),
      Webhooks: () => this.#alerts.settingsChanged(),
      'The control port': () => controlPort !== before.general.controlPort && this.#control?.moveTo(controlPort),
      'The Pickup folder': () => this.#pickup?.settingsChanged(settings, before),
      'The ways of waiting mail': () => routesOf(settings) !== routesOf(before) && this.#scheduler.reroute(),
    };
    for (const [what, step] of Object.entries(steps)) {
      try {
        await step();
      } catch (error) {
        const why = (error as Error).message;
        this.log.emit({ type: 'service', level: 'error', what: `${what}: the new settings do not hold yet: ${why}` });
      }
    }
    if (JSON.stringify(settings.restriction) !== JSON.stringify(before.restriction)) this.#warnOfOpenRelay();
  }

  #warnOfOpenRelay(): void {
    if (!this.#inForce.policy.openToEveryone) return;
    this.log.emit({
      type: 'service',
      level: 'warn',
      what: 'This is an open relay: everybody who can connect may send mail to anywhere. Spammers will find it. Correct it with Set-RelayRestriction -Mode OnlyListed.',
    });
  }

  #keepHouse(): Promise<void> {
    return keepHouse({
      dataFolder: this.dataFolder,
      settings: () => this.settings,
      captured: this.#captured,
      emit: this.log.emit,
      now,
    });
  }
}

type Named = readonly { readonly name: string }[];

/** What comes later under the same name must not go on with the secret of another. */
async function forEachGone(before: Named, now: Named, forget: (name: string) => Promise<void>): Promise<void> {
  const names = new Set(now.map(({ name }) => name.toLowerCase()));
  for (const { name } of before) if (!names.has(name.toLowerCase())) await forget(name);
}

const routesOf = ({ connectors, domains }: Settings): string => JSON.stringify([connectors, domains]);

function changedParts(now: Settings, before: Settings): string[] {
  return (Object.keys(now) as (keyof Settings)[]).filter(
    key => JSON.stringify(now[key]) !== JSON.stringify(before[key]),
  );
}

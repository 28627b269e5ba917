/**
 * Builds the rooms from the settings, joins them, starts and stops them. With main.ts this is the
 * only file that knows all of them. Order of the start: data folder and its lock, settings, logs,
 * spool (with recovery), delivery, then the doors; whatever fails, what was opened is closed again.
 */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { pruneBadMail } from './bounce/bad-mail.ts';
import { Bounce } from './bounce/bounce.ts';
import { RelayProblem } from './contract/problems.ts';
import { createHandlers } from './control/control.ts';
import { findProblems, type RelayFacts } from './control/methods/relay.ts';
import { metricsText } from './control/metrics.ts';
import { Rpc } from './control/rpc.ts';
import { ControlServer } from './control/server.ts';
import { controlToken } from './control/token.ts';
import { Deliverer } from './deliver/deliver.ts';
import { Intake, IntakeRefused } from './listener/intake.ts';
import { Listeners } from './listener/listeners.ts';
import { RelayLog } from './log/relay-log.ts';
import type { Envelope } from './message/envelope.ts';
import type { Reply } from './message/reply.ts';
import { PickupFolder } from './pickup/pickup-folder.ts';
import { systemClock } from './platform/clock.ts';
import { type DataLock, lockDataFolder } from './platform/data-lock.ts';
import { createDns, type Dns } from './platform/dns.ts';
import { ensurePrivateFolder, writeFileAtomic } from './platform/files.ts';
import { RelayPolicy } from './policy/relay-restriction.ts';
import type { NextHop, Targets } from './route/next-hop.ts';
import { Router } from './route/router.ts';
import { directTargets, smartHostTargets } from './route/targets.ts';
import type { Deliver } from './scheduler/attempt.ts';
import { Holds } from './scheduler/holds.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { type Connector, fqdnOf, postmasterOf, type Settings } from './settings/settings.ts';
import { defaultSettings, SettingsStore, toSettings } from './settings/store.ts';
import { type SettingsWishes, withWishes } from './settings/wishes.ts';
import { FastSpool } from './spool/fast-spool.ts';
import { HELD_IN_MEMORY } from './spool/message-file.ts';
import { VERSION } from './version.ts';

export interface RelayOptions {
  readonly dataFolder: string;
  readonly wishes: SettingsWishes;
  /** The activity log also goes to the console. */
  readonly console: boolean;
}

const clock = systemClock;
const now = () => clock.now();
const HOUR = 3_600_000;

/** What changes with the settings and is asked for at each use. */
interface InForce {
  settings: Settings;
  policy: RelayPolicy;
  router: Router;
  dns: Dns;
}

const inForceOf = (settings: Settings): InForce => ({
  settings,
  policy: new RelayPolicy(settings.restriction, settings.domains),
  router: new Router(settings.connectors),
  dns: createDns(settings.general.dnsServer),
});

/**
 * Makes a data folder with its configuration and token. An existing configuration is left alone.
 * @returns whether it was made. @throws RelayProblem.
 */
export function initialize(dataFolder: string, wishes: SettingsWishes): Promise<'created' | 'exists'> {
  return withUsableFolder(dataFolder, async () => {
    await ensurePrivateFolder(dataFolder);
    const store = await openSettings(dataFolder, wishes);
    await controlToken(dataFolder);
    return store.created ? 'created' : 'exists';
  });
}

/**
 * Makes a data folder ready for a relay that will be started without wishes: they are recorded in
 * the configuration now. @throws RelayProblem, DataFolderInUse while a relay works with it.
 */
export function configure(dataFolder: string, wishes: SettingsWishes): Promise<void> {
  return withUsableFolder(dataFolder, async () => {
    await ensurePrivateFolder(dataFolder);
    const lock = takeLock(dataFolder);
    try {
      const store = await openSettings(dataFolder, wishes);
      await store.change(current => withSafeWishes(current, wishes), now());
      await controlToken(dataFolder);
    } finally {
      lock.release();
    }
  });
}

const openSettings = (dataFolder: string, wishes: SettingsWishes): Promise<SettingsStore> =>
  SettingsStore.open(dataFolder, now(), () => withSafeWishes(defaultSettings(), wishes));

/** A command line can't be asked whether it means it. @throws RelayProblem OpenRelay. */
function withSafeWishes(settings: Settings, wishes: SettingsWishes): Settings {
  const wished = toSettings(withWishes(settings, wishes));
  const isOpen = ({ restriction, domains }: Settings) => new RelayPolicy(restriction, domains).openToEveryone;
  if (isOpen(wished) && !isOpen(settings)) {
    const networks = wishes.relayNetworks.join(', ');
    throw new RelayProblem('OpenRelay', `With ${networks} everybody could relay: this would be an open relay.`);
  }
  return wished;
}

/** @throws RelayProblem DataFolderInUse. */
function takeLock(dataFolder: string): DataLock {
  const lock = lockDataFolder(join(dataFolder, 'relay.lock'));
  if (!lock)
    throw new RelayProblem('DataFolderInUse', `Another relay works with the data folder ${dataFolder} already.`);
  return lock;
}

/** What the file system or SQLite has against the data folder becomes a problem that says where and what to do. */
async function withUsableFolder<T>(dataFolder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (
      error instanceof RelayProblem ||
      !(error instanceof Error) ||
      !/^(E[A-Z0-9]+|ERR_SQLITE_ERROR)$/.test(code ?? '')
    )
      throw error;
    throw new RelayProblem('DataFolderUnusable', `The data folder ${dataFolder} can't be used: ${error.message}.`, [], {
      cause: error,
    });
  }
}

export class Relay {
  readonly dataFolder: string;
  readonly startedAt = now();
  readonly log: RelayLog;
  readonly #lock: DataLock;
  readonly #store: SettingsStore;
  readonly #inForce: InForce;
  readonly #deliverer: Deliverer;
  #holds!: Holds;
  #spool!: FastSpool;
  #scheduler!: Scheduler;
  #listeners!: Listeners;
  #pickup: PickupFolder | null = null;
  #pickupChange: Promise<void> = Promise.resolve();
  #control: ControlServer | null = null;
  #moveControl: (port: number) => Promise<void> = async () => {};
  #stopping: Promise<void> | null = null;
  #whenStopped!: () => void;
  #housekeeping: NodeJS.Timeout | null = null;
  /** Resolves when the relay has stopped, for whatever reason. */
  readonly stopped = new Promise<void>(resolve => {
    this.#whenStopped = resolve;
  });

  private constructor(options: RelayOptions, lock: DataLock, store: SettingsStore) {
    this.dataFolder = options.dataFolder;
    this.#lock = lock;
    this.#store = store;
    this.#inForce = inForceOf(store.current);
    this.log = new RelayLog(
      {
        folder: join(options.dataFolder, 'logs'),
        version: VERSION,
        computerName: hostname(),
        now,
        console: options.console,
      },
      store.current.general,
    );
    this.#deliverer = new Deliverer({
      clock,
      sessionId: () => randomBytes(8).toString('hex'),
      onLine: (line, { remote, connector, sessionId, messageId }) => {
        if (this.settings.general.protocolLoggingLevel === 'None') return;
        const [verb, ...rest] =
          line.part === 'command' ? line.text.split(' ') : [null, line.text.replace(/\r?\n/g, ' ')];
        this.log.emit({
          type: 'protocol',
          time: now(),
          direction: 'Outbound',
          part: line.part,
          peerAddress: remote.address,
          localAddress: null,
          port: remote.port,
          heloName: null,
          verb: verb ?? null,
          argument: rest.length === 0 ? null : rest.join(' '),
          code: null,
          reply: null,
          bytesSent: line.bytes,
          bytesReceived: 0,
          elapsed: line.elapsed,
          sessionId,
          messageId,
          listener: null,
          connector,
          rule: null,
        });
      },
    });
  }

  /** @throws RelayProblem when it can't start; then nothing is left running. */
  static start(options: RelayOptions): Promise<Relay> {
    return withUsableFolder(options.dataFolder, () => Relay.#start(options));
  }

  static async #start(options: RelayOptions): Promise<Relay> {
    await ensurePrivateFolder(options.dataFolder);
    const lock = takeLock(options.dataFolder);
    let relay: Relay | null = null;
    try {
      const store = await openSettings(options.dataFolder, options.wishes);
      await store.change(current => withSafeWishes(current, options.wishes), now());
      relay = new Relay(options, lock, store);
      await relay.#open();
      return relay;
    } catch (error) {
      if (relay) await relay.stop(0);
      else lock.release();
      throw error;
    }
  }

  get settings(): Settings {
    return this.#inForce.settings;
  }

  /** @param timeout milliseconds that deliveries in flight may take */
  stop(timeout: number): Promise<void> {
    this.#stopping ??= this.#close(timeout).finally(() => this.#whenStopped());
    return this.#stopping;
  }

  async #open(): Promise<void> {
    await this.log.open();
    this.#holds = await Holds.open(join(this.dataFolder, 'suspended.json'), what =>
      this.log.emit({ type: 'service', level: 'error', what }),
    );
    await this.#openSpool();
    this.#scheduler = this.#createScheduler();
    this.#listeners = this.#createListeners();
    await this.#listeners.start();
    await this.#openControl();
    this.#store.subscribe((settings, before) =>
      this.#settingsChanged(settings, before).catch((error: Error) =>
        this.log.emit({ type: 'service', level: 'error', what: `Settings could not be applied: ${error.message}` }),
      ),
    );
    await this.#scheduler.start();
    await this.#openPickup();
    this.#housekeeping = setInterval(() => void this.#keepHouse(), HOUR).unref();
    void this.#keepHouse();
    await this.#writeState();
    this.log.emit({
      type: 'service',
      level: 'info',
      what: `SmtpRelay ${VERSION} has started`,
      detail: { processId: process.pid, dataFolder: this.dataFolder },
    });
    this.#warnOfOpenRelay();
  }

  async #close(timeout: number): Promise<void> {
    if (this.#housekeeping) clearInterval(this.#housekeeping);
    // Deliveries end while sessions end; the control port closes last, so that one can watch.
    await Promise.all([this.#listeners?.stop(), this.#closePickup(), this.#scheduler?.stop(timeout)]);
    this.#deliverer.closeIdle();
    await this.#control?.close();
    await this.#spool?.close();
    this.log.emit({ type: 'service', level: 'info', what: 'SmtpRelay has stopped' });
    await this.log.close();
    await rm(join(this.dataFolder, 'relay.state.json'), { force: true });
    this.#lock.release();
  }

  async #openSpool(): Promise<void> {
    const { spool, recovery } = await FastSpool.open({
      dataFolder: this.dataFolder,
      now,
      hopOf: (envelope, index, _origin, pinned) =>
        this.#inForce.router.hopOf(envelope.recipients[index]!.address, pinned),
      minimumFreeSpace: () => this.settings.general.minimumFreeSpace,
      onAccepted: works => this.#scheduler.accepted(works),
      onSetAside: aside => this.log.emit({ type: 'quarantined', ...aside }),
      onProblem: what => this.log.emit({ type: 'service', level: 'error', what }),
    });
    this.#spool = spool;
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
      deliver: this.#deliver,
      reporter: bounce,
      emit: this.log.emit,
      random: Math.random,
      holds: this.#holds,
      settings: () => this.settings.general,
      describe: hop => this.#inForce.router.describe(hop),
      limits: hop => this.#connectorOf(hop) ?? { maxConnections: 1, maxRecipientsPerTransaction: 100 },
    });
  }

  #connectorOf(hop: NextHop): Connector | undefined {
    return this.settings.connectors.find(connector => connector.name === hop.connector);
  }

  readonly #deliver: Deliver = async (hop, message, indexes) => {
    const connector = this.#connectorOf(hop);
    if (!connector) return { kind: 'unreachable', reply: noConnector(hop), remote: null };
    const body = await this.#spool.openBody(message);
    const { connectionTimeout, commandTimeout } = this.settings.general;
    return this.#deliverer.deliver({
      hop: hop.key,
      manners: {
        connector: connector.name,
        ehloName: connector.fqdn ?? fqdnOf(this.settings),
        tls: connector.tlsMode,
        maxMessagesPerConnection: connector.maxMessagesPerConnection,
        connectTimeout: connectionTimeout * 1000,
        commandTimeout: commandTimeout * 1000,
      },
      targets: () => this.#targetsOf(connector, hop),
      message,
      recipients: indexes.map(index => message.envelope.recipients[index]!),
      body: async () => (body.size > HELD_IN_MEMORY ? body.stream() : body.read()),
    });
  };

  #targetsOf(connector: Connector, hop: NextHop): Promise<Targets> {
    const { dns } = this.#inForce;
    if (connector.type === 'SmartHost') return smartHostTargets(dns, connector.smartHosts);
    return directTargets(dns, hop.nextHopDomain, {
      port: connector.port,
      ownName: fqdnOf(this.settings),
      random: Math.random,
    });
  }

  #createListeners(): Listeners {
    return new Listeners({
      spool: this.#spool,
      emit: this.log.emit,
      now,
      mayRelay: question => this.#inForce.policy.decide(question),
      settings: () =>
        this.settings.listeners.map(listener => ({ ...listener, fqdn: listener.fqdn ?? fqdnOf(this.settings) })),
      limits: () => this.settings.general,
      accounts: () => this.settings.accounts,
      postmaster: () => postmasterOf(this.settings),
      suspended: () => this.#holds.inbound !== null,
    });
  }

  async #openPickup(): Promise<void> {
    if (!this.settings.general.pickupEnabled) return;
    this.#pickup = new PickupFolder({
      folder: pickupFolderOf(this.settings, this.dataFolder),
      dataFolder: this.dataFolder,
      spool: this.#spool,
      emit: this.log.emit,
      clock,
      settings: () => ({ ...this.settings.general, fqdn: fqdnOf(this.settings) }),
    });
    await this.#pickup.start();
  }

  /** One change after the other: two folders at work would both be ours. */
  #reopenPickup(): Promise<void> {
    this.#pickupChange = this.#pickupChange.then(async () => {
      await this.#pickup?.stop();
      this.#pickup = null;
      if (!this.#stopping) await this.#openPickup();
    });
    return this.#pickupChange;
  }

  async #closePickup(): Promise<void> {
    await this.#pickupChange;
    await this.#pickup?.stop();
  }

  async #openControl(): Promise<void> {
    const handlers = createHandlers({
      store: this.#store,
      scheduler: this.#scheduler,
      spool: this.#spool,
      log: this.log,
      now,
      policy: () => this.#inForce.policy,
      route: recipient => this.#inForce.router.describe(this.#inForce.router.hopOf(recipient)),
      describe: hop => this.#inForce.router.describe(hop),
      idleConnections: hop => this.#deliverer.idleOf(hop),
      submit: (envelope, text, onId) => this.#submit(envelope, text, onId),
      facts: () => this.#facts(),
      holds: this.#holds,
      // The answer must leave before the door closes.
      stop: timeout => void setTimeout(() => void this.stop(timeout), 50),
    });
    const rpc = new Rpc(handlers, (method, error) =>
      this.log.emit({
        type: 'service',
        level: 'error',
        what: `${method} failed: ${error.message}`,
        detail: { stack: error.stack ?? '' },
      }),
    );
    const token = await controlToken(this.dataFolder);
    const open = (port: number) =>
      ControlServer.open({
        port,
        token,
        rpc,
        metrics: async () => metricsText(await this.#facts()),
        healthy: async () => findProblems(await this.#facts()).red.length === 0,
      });
    this.#control = await open(this.settings.general.controlPort);
    this.#moveControl = async port => {
      const before = this.#control;
      this.#control = await open(port);
      await this.#writeState();
      // The answer to whoever changed the port still has to leave through the old door.
      setTimeout(() => void before?.close(), 500).unref();
    };
  }

  /** Where cmdlets find this relay. */
  async #writeState(): Promise<void> {
    const state = {
      processId: process.pid,
      supervisorId: Number(process.env.SMTP_RELAY_SUPERVISOR) || null,
      controlPort: this.#control?.port ?? this.settings.general.controlPort,
      version: VERSION,
      startTime: new Date(this.startedAt).toISOString(),
    };
    await writeFileAtomic(join(this.dataFolder, 'relay.state.json'), `${JSON.stringify(state)}\n`);
  }

  /** An administrator's message, by the way of every other message. */
  async #submit(envelope: Envelope, text: Buffer, onId: (id: string) => void): Promise<string> {
    const origin = {
      source: 'ADMIN',
      clientIp: '127.0.0.1',
      heloName: null,
      listener: null,
      account: null,
      sessionId: null,
    } as const;
    const intake = new Intake({
      spool: this.#spool,
      envelope,
      origin,
      fqdn: fqdnOf(this.settings),
      protocol: 'LOCAL',
      maxHopCount: this.settings.general.maxHopCount,
      now,
    });
    onId(intake.id);
    try {
      await intake.write(text);
      const message = await intake.commit();
      this.log.emit({ type: 'received', message, localAddress: null });
      return message.id;
    } catch (error) {
      await intake.abort();
      if (error instanceof IntakeRefused)
        throw new RelayProblem('NotAccepted', `The message was not taken: ${error.message}.`, [], { cause: error });
      throw error;
    }
  }

  async #facts(): Promise<RelayFacts> {
    return {
      name: fqdnOf(this.settings),
      version: VERSION,
      dataPath: this.dataFolder,
      controlPort: this.#control?.port ?? this.settings.general.controlPort,
      startedAt: this.startedAt,
      stopping: this.#stopping !== null,
      endpoints: this.#listeners.states(),
      sessions: this.#listeners.sessions,
      outboundConnections: this.#deliverer.connections,
      queues: this.#scheduler.queues,
      nextHopOf: hop => this.#inForce.router.describe(hop).nextHopDomain,
      counters: this.log.counters.snapshot(),
      openToEveryone: this.#inForce.policy.openToEveryone,
      inbound: this.#holds.inbound,
      outbound: this.#holds.outbound,
      enoughSpace: await this.#spool.hasSpace(),
    };
  }

  async #settingsChanged(settings: Settings, before: Settings): Promise<void> {
    Object.assign(this.#inForce, inForceOf(settings));
    this.log.configure(settings.general);
    this.log.emit({
      type: 'settings',
      settingsVersion: this.#store.version,
      what: changedParts(settings, before).join(', '),
    });
    await this.#listeners.refresh();
    if (settings.general.controlPort !== before.general.controlPort) await this.#tryMoveControl(settings);
    if (pickupPlace(settings) !== pickupPlace(before)) await this.#reopenPickup();
    if (
      settings.connectors !== before.connectors &&
      JSON.stringify(settings.connectors) !== JSON.stringify(before.connectors)
    ) {
      this.#deliverer.closeIdle();
      await this.#scheduler.reroute();
    }
    if (settings.restriction !== before.restriction) this.#warnOfOpenRelay();
  }

  /** A port that can't be opened must not lock the administrator out: the old door stays. */
  async #tryMoveControl(settings: Settings): Promise<void> {
    await this.#moveControl(settings.general.controlPort).catch((error: Error) => {
      this.log.emit({ type: 'service', level: 'error', what: `${error.message} The control port stays as it was.` });
    });
  }

  #warnOfOpenRelay(): void {
    if (!this.#inForce.policy.openToEveryone) return;
    this.log.emit({
      type: 'service',
      level: 'warn',
      what: 'This is an open relay: everybody who can connect may send mail to anywhere. Spammers will find it. Correct it with Set-RelayRestriction -Mode OnlyListed.',
    });
  }

  async #keepHouse(): Promise<void> {
    const { badMailMaxAge, badMailMaxSize } = this.settings.general;
    await pruneBadMail(join(this.dataFolder, 'BadMail'), {
      maxAge: badMailMaxAge * 1000,
      maxSize: badMailMaxSize,
      now: now(),
    }).catch((error: Error) =>
      this.log.emit({ type: 'service', level: 'warn', what: `BadMail could not be tidied: ${error.message}` }),
    );
  }
}

const pickupFolderOf = (settings: Settings, dataFolder: string): string =>
  settings.general.pickupDirectory === null ? join(dataFolder, 'Pickup') : resolve(settings.general.pickupDirectory);

/** What a change of makes it another Pickup folder. */
const pickupPlace = ({ general }: Settings) => `${general.pickupEnabled} ${general.pickupDirectory}`;

const noConnector = (hop: NextHop): Reply => ({
  code: 451,
  enhanced: '4.4.4',
  text: `No enabled connector takes mail for ${hop.nextHopDomain}; make one with New-SmtpConnector`,
});

function changedParts(now: Settings, before: Settings): string[] {
  return (Object.keys(now) as (keyof Settings)[]).filter(
    key => JSON.stringify(now[key]) !== JSON.stringify(before[key]),
  );
}

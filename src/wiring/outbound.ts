/** Delivery as the settings want it: which connector takes a next hop, with what manners, to which servers. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Deliverer } from '../deliver/deliver.ts';
import { drop } from '../deliver/drop.ts';
import { deliverByGraph } from '../deliver/graph.ts';
import type { Emit } from '../log/events.ts';
import type { AcceptedMessage } from '../message/envelope.ts';
import type { TransactionResult } from '../message/outcome.ts';
import type { Reply } from '../message/reply.ts';
import type { Clock } from '../platform/clock.ts';
import { showTls } from '../platform/tls-facts.ts';
import { type NextHop, staysHere } from '../route/next-hop.ts';
import type { Deliver } from '../scheduler/attempt.ts';
import type { HopSchedule } from '../scheduler/hop-schedule.ts';
import type { HopLimits } from '../scheduler/scheduler.ts';
import type { Certificates } from '../settings/certificates/certificates.ts';
import type { DkimKeys } from '../settings/dkim-keys.ts';
import { CAPTURE_FOLDER, DROP_FOLDER } from '../settings/folder-rules.ts';
import { type Connector, isLogged } from '../settings/settings.ts';
import type { Spool } from '../spool/spool.ts';
import type { InForce } from './in-force.ts';
import type { LogOns } from './log-ons.ts';
import { mannersOf, serversOf } from './manners.ts';
import { OutgoingMail } from './outgoing.ts';
import type { Sts } from './sts.ts';

/** Files that are written at the same time share the disk's syncs; a message is one file, whoever gets it. */
const DROP_LIMITS = { maxConnections: 8, maxRecipientsPerTransaction: 1_000_000, maxMessagesPerMinute: null };
const NOWHERE_LIMITS = { maxConnections: 1, maxRecipientsPerTransaction: 100, maxMessagesPerMinute: null };

export interface OutboundDependencies {
  readonly dataFolder: string;
  readonly inForce: InForce;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly spool: () => Spool;
  readonly logOns: LogOns;
  readonly certificates: () => Pick<Certificates, 'materialOf'>;
  readonly dkim: DkimKeys;
  readonly sts: () => Sts;
}

export class Outbound {
  readonly #deps: OutboundDependencies;
  readonly #deliverer: Deliverer;

  constructor(deps: OutboundDependencies) {
    this.#deps = deps;
    this.#deliverer = new Deliverer({
      clock: deps.clock,
      sessionId: () => randomBytes(8).toString('hex'),
      onLine: (line, session) => this.#logLine(line, session),
      onStsTestFailure: (domain, host, why) => deps.sts().onTestFailure(domain, host, why),
    });
  }

  /** Open connections to other servers, over all hops. */
  get connections(): number {
    return this.#deliverer.connections;
  }

  /** The same, one by one. */
  get sessions(): Deliverer['sessions'] {
    return this.#deliverer.sessions;
  }

  /** Open connections that wait for the next message to this hop. */
  idleOf(hop: string): number {
    return this.#deliverer.idleOf(hop);
  }

  closeIdle(): void {
    this.#deliverer.closeIdle();
  }

  /** Settings or secrets changed: mail that begins now goes over new sessions. */
  renew(): void {
    this.#deliverer.renew();
  }

  limitsOf(hop: NextHop): HopLimits {
    if (staysHere(hop)) return DROP_LIMITS;
    return this.#connectorOf(hop) ?? NOWHERE_LIMITS;
  }

  /** Whether mail for a hop needs a log-on. */
  logsOn(hop: NextHop): boolean {
    const connector = this.#connectorOf(hop);
    return connector !== undefined && (connector.type === 'Graph' || connector.authenticationMethod !== 'None');
  }

  scheduleOf(hop: NextHop): HopSchedule {
    const { general } = this.#deps.inForce.settings;
    const own = this.#connectorOf(hop);
    return {
      retryInterval: own?.retryInterval ?? general.retryInterval,
      messageExpirationTimeout: own?.messageExpirationTimeout ?? general.messageExpirationTimeout,
      delayNotificationTimeout: own?.delayNotificationTimeout ?? general.delayNotificationTimeout,
    };
  }

  readonly deliver: Deliver = async (hop, message, indexes) => {
    const { generation } = this.#deliverer;
    const connector = this.#connectorOf(hop);
    const limit = connector?.maxMessageSize ?? null;
    if (limit !== null && message.size > limit) return tooLarge(message.size, limit, indexes);
    if (staysHere(hop)) return this.#drop(hop, message, indexes);
    if (!connector) return { kind: 'unreachable', reply: noConnector(hop), remote: null };
    if (connector.type === 'Graph') return this.#graph(connector, message, indexes);
    const manners = mannersOf(this.#deps, connector);
    if ('missing' in manners) return { kind: 'unreachable', reply: manners.missing, remote: null, logOnFailed: true };
    const outgoing = this.#outgoing(connector, message);
    return this.#deliverer.deliver({
      hop: hop.key,
      generation,
      manners,
      targets: () => serversOf(this.#deps, connector, hop.nextHopDomain),
      isShared: connector.type === 'SmartHost' && connector.smartHostSelection === 'Weighted',
      message,
      recipients: indexes.map(index => message.envelope.recipients[index]!),
      body: offers => outgoing.forServer(offers),
    });
  };

  readonly #graph = async (
    connector: Connector,
    message: Parameters<Deliver>[1],
    indexes: readonly number[],
  ): ReturnType<Deliver> => {
    const outgoing = this.#outgoing(connector, message);
    return deliverByGraph({
      endpoint: connector.graphEndpoint,
      mailbox: connector.authenticationUserName,
      token: refused => this.#deps.logOns.token(connector, refused),
      timeout: this.#deps.inForce.settings.general.commandTimeout * 1000,
      message: { ...message, envelope: { ...message.envelope, reversePath: outgoing.reversePath } },
      recipients: indexes.map(index => message.envelope.recipients[index]!),
      body: () => outgoing.whole(),
    });
  };

  #outgoing(connector: Connector, message: AcceptedMessage): OutgoingMail {
    return new OutgoingMail({
      rewriter: this.#deps.inForce.rewriter,
      dkim: this.#deps.dkim,
      now: () => this.#deps.clock.now(),
      message,
      connector: connector.name,
      open: () => this.#deps.spool().openBody(message),
    });
  }

  readonly #drop: Deliver = async (hop, message, indexes) => {
    const folder = this.#folderOf(hop);
    if (folder === null) return { kind: 'unreachable', reply: noConnector(hop), remote: null };
    const body = await this.#deps.spool().openBody(message);
    return drop({
      folder,
      // What is not ours may be a share that is away.
      mayCreate: [DROP_FOLDER, CAPTURE_FOLDER].some(name => folder === join(this.#deps.dataFolder, name)),
      message,
      recipients: indexes.map(index => message.envelope.recipients[index]!),
      body: body.stream() as NodeJS.ReadableStream & AsyncIterable<Buffer>,
    });
  };

  #folderOf(hop: NextHop): string | null {
    if (hop.deliveryType === 'CaptureDelivery') return join(this.#deps.dataFolder, CAPTURE_FOLDER);
    return this.#deps.inForce.router.dropDirectoryOf(hop);
  }

  #connectorOf(hop: NextHop): Connector | undefined {
    return this.#deps.inForce.settings.connectors.find(connector => connector.name === hop.connector);
  }

  #logLine: ConstructorParameters<typeof Deliverer>[0]['onLine'] = (
    line,
    { remote, connector, sessionId, messageId },
  ) => {
    const { settings } = this.#deps.inForce;
    const own = settings.connectors.find(({ name }) => name === connector);
    if (!isLogged(own ?? { protocolLoggingLevel: 'General' }, settings)) return;
    const { part, text } = line;
    const blank = part === 'command' ? text.indexOf(' ') : -1;
    const verb = part !== 'command' ? null : blank === -1 ? text : text.slice(0, blank);
    const lines = part === 'command' ? [] : text.split(/\r?\n/);
    const argument = part !== 'command' ? lines.join(' ') : blank === -1 ? null : text.slice(blank + 1);
    this.#deps.emit({
      type: 'protocol',
      time: this.#deps.clock.now(),
      direction: 'Outbound',
      part,
      peerAddress: remote.address,
      localAddress: null,
      port: remote.port,
      heloName: null,
      verb,
      argument,
      code: null,
      reply: null,
      ...(lines.length > 1 ? { firstLine: lines[0] } : {}),
      bytesSent: line.bytes,
      bytesReceived: 0,
      elapsed: line.elapsed,
      sessionId,
      messageId,
      listener: null,
      connector,
      rule: null,
      tls: showTls(line.tls),
    });
  };
}

/** For mail that nobody could refuse when it came in: it was given to others too, or the limit is younger. */
const tooLarge = (size: number, limit: number, indexes: readonly number[]): TransactionResult => {
  const text = `The message has ${size} bytes; its connector takes ${limit} at most`;
  const outcome = { kind: 'failed', reply: { code: 552, enhanced: '5.3.4', text }, remote: null } as const;
  return { kind: 'tried', outcomes: indexes.map(() => outcome) };
};

const noConnector = (hop: NextHop): Reply => ({
  code: 451,
  enhanced: '4.4.4',
  text: `No enabled connector takes mail for ${hop.nextHopDomain}; make one with New-SmtpConnector`,
});

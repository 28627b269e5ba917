/**
 * Hands one message over to a next hop and says what became of each recipient. Servers are tried in
 * order: the next one at once when a server can't be reached, greets with a refusal, fails at TLS, or
 * defers recipients. A session that works is kept for the next message. What the caller gets is
 * complete: an outcome per recipient, or that no server of the hop could be reached at all.
 */
import type { Readable } from 'node:stream';
import type { AcceptedMessage, Envelope, EnvelopeRecipient } from '../message/envelope.ts';
import type { Outcome, Remote, TransactionResult } from '../message/outcome.ts';
import type { Reply } from '../message/reply.ts';
import type { Clock } from '../platform/clock.ts';
import type { Target, Targets } from '../route/next-hop.ts';
import type { Offers, SessionLine } from './connection.ts';
import { daneDemand } from './dane.ts';
import { HostHealth } from './host-health.ts';
import { IdleSessions } from './idle-sessions.ts';
import { type HopManners, logOnFor, tlsModeFor } from './manners.ts';
import { OpenSessions } from './open-sessions.ts';
import { PlainTextMemory } from './plain-text-memory.ts';
import { describe, type OpenResult, Session, type SessionOptions } from './session.ts';
import { markThrottling } from './throttling.ts';
import type { TlsMode } from './tls.ts';

export interface Delivery {
  readonly hop: string;
  readonly manners: HopManners;
  readonly targets: () => Promise<Targets>;
  /** Each message goes to the server that `targets` names first, not to one that happens to be connected. */
  readonly isShared: boolean;
  /** `Deliverer.generation` when the manners were read. */
  readonly generation: number;
  readonly message: AcceptedMessage;
  readonly recipients: readonly EnvelopeRecipient[];
  /** Called for each server tried: a stream can be read only once, and what is sent depends on what the server offers. */
  readonly body: (offers: Offers) => Promise<Sendable>;
}

/** A message as this server gets it, or why it can't have it. */
export type Sendable =
  | {
      readonly envelope: Envelope;
      /** Bytes. */
      readonly size: number;
      readonly body: Buffer | NodeJS.ReadableStream;
    }
  | { readonly refused: Reply };

/** A line of an outgoing session, for the protocol log. */
export type OnLine = (
  line: SessionLine,
  about: {
    readonly remote: Remote;
    readonly connector: string;
    readonly sessionId: string;
    readonly messageId: string | null;
  },
) => void;

export interface DelivererOptions {
  readonly clock: Clock;
  readonly onLine: OnLine;
  readonly sessionId: () => string;
  /** A host did not do what an MTA-STS policy in testing mode asks for. */
  readonly onStsTestFailure: (domain: string, host: string, why: string) => void;
}

/** What is to be known of a session between two messages. */
interface Kept {
  readonly current: { id: string | null };
  readonly generation: number;
  /** Servers that would have come before its own, had they not failed. */
  insteadOf: readonly Target[];
}

interface Progress {
  readonly outcomes: (Outcome | null)[];
  /** Outcomes count: some server, or DNS, spoke of this message. */
  reached: boolean;
  /** A server refused our log-on: others would only count it as one more failure. */
  logOnFailed: boolean;
  /** Servers that gave their verdict on this message. */
  readonly heard: Remote[];
  last: { readonly reply: Reply; readonly remote: Remote | null };
}

export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #idle: IdleSessions;
  readonly #plainText: PlainTextMemory;
  readonly #health: HostHealth;
  readonly #kept = new WeakMap<Session, Kept>();
  /** Open sessions, for whoever wants to see or end them. */
  readonly sessions = new OpenSessions();
  /** Certificates of authorities by the TLSA records that mean them. */
  readonly #authorities = new Map<string, readonly string[]>();
  #generation = 0;
  #busy = 0;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#idle = new IdleSessions(options.clock);
    this.#plainText = new PlainTextMemory(options.clock);
    this.#health = new HostHealth(options.clock);
  }

  /** Open connections, busy and idle. */
  get connections(): number {
    return this.#busy + this.#idle.count;
  }

  /** Counts changes of the settings and secrets that sessions were opened with. */
  get generation(): number {
    return this.#generation;
  }

  /** Settings or secrets changed: no session that was opened before takes another message. */
  renew(): void {
    this.#generation++;
    this.#idle.closeAll();
  }

  /** Idle connections of a next hop. */
  idleOf(hop: string): number {
    return this.#idle.countOf(hop);
  }

  async deliver(delivery: Delivery): Promise<TransactionResult> {
    this.#busy++;
    try {
      const progress: Progress = {
        outcomes: delivery.recipients.map(() => null),
        reached: false,
        logOnFailed: false,
        heard: [],
        last: { reply: NOTHING_TRIED, remote: null },
      };
      const waiting = delivery.isShared
        ? null
        : this.#idle.take(delivery.hop, session => this.#isBest(delivery, session));
      const isDone = waiting && (await this.#overIdle(delivery, waiting, progress));
      if (!isDone) await this.#overTargets(delivery, progress);
      return markThrottling(finish(progress));
    } finally {
      this.#busy--;
    }
  }

  /** False once a server that should come first may work again. */
  #isBest({ manners }: Delivery, session: Session): boolean {
    return this.#kept.get(session)!.insteadOf.every(target => this.#health.isDown(manners.connector, target));
  }

  /** True when nothing is left to try. A session that had died in the meantime proves nothing. */
  async #overIdle(delivery: Delivery, session: Session, progress: Progress): Promise<boolean> {
    const { reached } = progress;
    const outcomes = [...progress.outcomes];
    // A live server answers at once; of one that does not there may be another.
    const result = await this.#send(delivery, session, progress, delivery.manners.connectTimeout);
    if (result === 'lost') return true;
    if (result === 'done') progress.heard.push(session.remote);
    else {
      progress.reached = reached;
      progress.outcomes.splice(0, outcomes.length, ...outcomes);
      // Who takes no log-on back gets a new session, which logs on.
      progress.logOnFailed = false;
    }
    return isSettled(progress);
  }

  async #overTargets(delivery: Delivery, progress: Progress): Promise<void> {
    const found = await delivery.targets();
    if (found.kind !== 'found') {
      this.#noTargets(found, progress);
      return;
    }
    const { connector } = delivery.manners;
    const order = this.#health.inOrder(connector, found.targets);
    for (const [at, target] of order.entries()) {
      if (wasHeard(progress, target)) continue;
      // Who was heard has the word; nobody waits for a server that is down, or goes around it, to hear another.
      if (progress.reached && (target.isFallback || this.#health.isDown(connector, target))) continue;
      const waiting = this.#idle.take(delivery.hop, ({ remote }) => isSame(remote, target));
      if (waiting && (await this.#overIdle(delivery, waiting, progress))) return;
      if (wasHeard(progress, target)) continue;
      const isLast = order.slice(at + 1).every(other => this.#health.isDown(connector, other));
      const session = await this.#open(delivery, target, progress, isLast);
      if (progress.logOnFailed) return;
      if (!session) continue;
      this.#kept.get(session)!.insteadOf = found.targets
        .slice(0, found.targets.indexOf(target))
        .filter(other => this.#health.hasFailed(connector, other));
      const result = await this.#send(delivery, session, progress);
      // What is lost may have arrived: another server now could double the mail.
      if (result === 'lost' || progress.logOnFailed || isSettled(progress)) return;
      if (result === 'done') progress.heard.push(session.remote);
    }
  }

  #noTargets(found: Exclude<Targets, { kind: 'found' }>, progress: Progress): void {
    if (progress.reached) return;
    progress.last = { reply: found.reply, remote: null };
    if (found.kind === 'temporary') return;
    progress.reached = true;
    progress.outcomes.forEach((outcome, index) => {
      progress.outcomes[index] = outcome ?? { kind: 'failed', reply: found.reply, remote: null };
    });
  }

  /** @param isLast no other server would be tried: this one may take its time */
  async #open(delivery: Delivery, target: Target, progress: Progress, isLast: boolean): Promise<Session | null> {
    const { manners } = delivery;
    const sessionId = this.#options.sessionId();
    const current = { id: delivery.message.id as string | null };
    const options: SessionOptions = {
      remote: target,
      ehloName: manners.ehloName,
      tls: this.#tlsFor(target, manners),
      tlsParameters: manners.tlsParameters,
      dane: null,
      logOn: logOnFor(target, manners),
      connectTimeout: manners.connectTimeout,
      commandTimeout: manners.commandTimeout,
      greetingTimeout: isLast ? manners.commandTimeout : Math.min(manners.connectTimeout, manners.commandTimeout),
      sourceAddress: manners.sourceAddress,
      forceHelo: manners.forceHelo,
      onLine: line =>
        this.#options.onLine(line, { remote: target, connector: manners.connector, sessionId, messageId: current.id }),
    };
    let opened = await this.#openWithDane(options, target);
    if (opened.kind === 'refused' && opened.tlsFailed && options.tls === 'Opportunistic') {
      opened = await openOnce({ ...options, tls: 'None' });
      if (opened.kind === 'open') this.#plainText.remember(manners.connector, target);
    }
    if (opened.kind === 'refused') {
      progress.logOnFailed = opened.logOnFailed;
      if (!opened.logOnFailed) this.#health.failed(manners.connector, target);
      const reply = opened.tlsFailed ? demanded(opened.reply, target) : opened.reply;
      if (!progress.reached || opened.logOnFailed) progress.last = { reply, remote: target };
      return null;
    }
    this.#noteTest(target, opened.session);
    this.#health.worked(manners.connector, target);
    this.#kept.set(opened.session, { current, generation: delivery.generation, insteadOf: [] });
    const since = this.#options.clock.now();
    const { connector } = manners;
    this.sessions.add(opened.session, { identity: sessionId, connector, hop: delivery.hop, current, since });
    return opened.session;
  }

  /** As the records of the host demand it, where they demand a certificate. */
  async #openWithDane(options: SessionOptions, { dane }: Target): Promise<Opened> {
    if (options.tls !== 'Dane' || dane === undefined) return openOnce(options);
    const known = this.#authorities.get(dane.owner) ?? [];
    const first = await Session.open({ ...options, dane: daneDemand(dane, known) });
    if (first.kind !== 'again') return first;
    const { authorities } = first;
    if (this.#authorities.size >= MOST_AUTHORITIES) this.#authorities.clear();
    this.#authorities.set(dane.owner, authorities);
    return openOnce({ ...options, dane: daneDemand(dane, authorities) });
  }

  #noteTest({ sts, host }: Target, session: Session): void {
    if (sts?.mode !== 'testing') return;
    const why = sts.isNamed ? session.tlsDoubt : 'the policy does not name it';
    if (why !== null) this.#options.onStsTestFailure(sts.domain, host, why);
  }

  #tlsFor(target: Target, manners: HopManners): TlsMode {
    return this.#plainText.modeFor(manners.connector, target, tlsModeFor(target, manners));
  }

  async #send(
    delivery: Delivery,
    session: Session,
    progress: Progress,
    patience: number | null = null,
  ): Promise<'done' | 'broken' | 'lost'> {
    const { current } = this.#kept.get(session)!;
    current.id = delivery.message.id;
    try {
      return await this.#handOver(delivery, session, progress, patience);
    } finally {
      current.id = null;
    }
  }

  async #handOver(
    delivery: Delivery,
    session: Session,
    progress: Progress,
    patience: number | null,
  ): Promise<'done' | 'broken' | 'lost'> {
    const indexes = delivery.recipients.flatMap((_, index) =>
      progress.outcomes[index] === null || progress.outcomes[index]?.kind === 'deferred' ? [index] : [],
    );
    progress.reached = true;
    const sendable = await delivery.body(session.offers).catch(error => {
      session.quit();
      throw error;
    });
    if ('refused' in sendable) {
      this.#keepOrClose(delivery, session);
      for (const index of indexes)
        progress.outcomes[index] = { kind: 'failed', reply: sendable.refused, remote: session.remote };
      return 'done';
    }
    const { body } = sendable;
    // A file that can't be read is our trouble, not the server's; and an error nobody hears ends the process.
    let unreadable: Error | null = null;
    if (!Buffer.isBuffer(body))
      body.on('error', error => {
        unreadable = error;
      });
    const recipients = indexes.map(index => delivery.recipients[index]!);
    const result = await session.send({ ...sendable, recipients }, patience);
    if (unreadable && result.kind === 'broken') {
      // Cut before the final dot, so the server has nothing.
      session.destroy();
      throw unreadable;
    }
    // A refusal before the first byte leaves the file open.
    if (!Buffer.isBuffer(body)) (body as Readable).destroy();
    if (result.kind === 'broken') {
      // Nobody knows what the server would make of another command.
      session.destroy();
      if (result.silent) this.#health.failed(delivery.manners.connector, session.remote);
      progress.logOnFailed = result.logOnFailed;
      progress.last = { reply: result.reply, remote: session.remote };
      const outcome = { kind: 'deferred', reply: result.reply, remote: session.remote } as const;
      // A verdict that was heard before tells more than the end of a session that gave none.
      for (const index of indexes)
        progress.outcomes[index] = result.dataStarted ? outcome : (progress.outcomes[index] ?? outcome);
      return result.dataStarted ? 'lost' : 'broken';
    }
    this.#keepOrClose(delivery, session);
    result.outcomes.forEach((outcome, at) => {
      progress.outcomes[indexes[at]!] = outcome;
    });
    return 'done';
  }

  #keepOrClose(delivery: Delivery, session: Session): void {
    const isCurrent = this.#kept.get(session)!.generation === this.#generation;
    if (isCurrent && session.usable && session.sent < delivery.manners.maxMessagesPerConnection)
      this.#idle.put(delivery.hop, session, delivery.manners.idleTimeout);
    else session.quit();
  }

  /** Ends idle sessions; busy ones end when their message is done. */
  closeIdle(): void {
    this.#idle.closeAll();
  }
}

const NOTHING_TRIED: Reply = { code: 451, enhanced: '4.4.1', text: 'No server was tried' };

/** Says who wants it so: the administrator did not. */
function demanded(reply: Reply, { sts, dane }: Target): Reply {
  if (dane) return { ...reply, text: `${reply.text} (demanded by the TLSA records of ${dane.owner})` };
  if (sts?.mode !== 'enforce') return reply;
  return { ...reply, text: `${reply.text} (demanded by the MTA-STS policy of ${sts.domain})` };
}

const MOST_AUTHORITIES = 10_000;

type Opened = Exclude<OpenResult, { readonly kind: 'again' }>;

async function openOnce(options: SessionOptions): Promise<Opened> {
  const opened = await Session.open(options);
  if (opened.kind !== 'again') return opened;
  // It showed other certificates than a moment ago.
  const text = `TLS with ${describe(options.remote)} failed: its certificates change from one connection to the next`;
  return { kind: 'refused', reply: { code: 451, enhanced: '4.7.5', text }, tlsFailed: true, logOnFailed: false };
}

const isSame = (one: Pick<Target, 'address' | 'port'>, other: Pick<Target, 'address' | 'port'>): boolean =>
  one.address === other.address && one.port === other.port;

/** More addresses of a host that gave its verdict would only say it again, and might take the message twice. */
const wasHeard = ({ heard }: Progress, target: Target): boolean =>
  heard.some(one => one.port === target.port && (one.host === target.host || one.address === target.address));

const isSettled = (progress: Progress) =>
  progress.outcomes.every(outcome => outcome !== null && outcome.kind !== 'deferred');

function finish(progress: Progress): TransactionResult {
  const isOpen = progress.outcomes.every(outcome => outcome === null || outcome.kind === 'deferred');
  if (progress.logOnFailed && isOpen) return { kind: 'unreachable', logOnFailed: true, ...progress.last };
  if (!progress.reached) return { kind: 'unreachable', ...progress.last };
  return {
    kind: 'tried',
    outcomes: progress.outcomes.map(outcome => outcome ?? { kind: 'deferred', ...progress.last }),
  };
}

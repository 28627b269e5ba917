/**
 * When: keeps a queue per next hop, starts deliveries as far as the windows allow, and waits out hops
 * that can't be reached. Only a bounded part of a queue is in memory; the rest stays in the spool until
 * there is room. It never decides where mail goes or what a reply means. What an administrator does to
 * it is in administration.ts, and what grows too old in expiry.ts.
 */
import type { Emit } from '../log/events.ts';
import type { TransactionResult } from '../message/outcome.ts';
import { formatReply } from '../message/reply.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { NextHop } from '../route/next-hop.ts';
import { BodyDamaged, type Spool, type Work } from '../spool/spool.ts';
import { Administration } from './administration.ts';
import { type AttemptDependencies, attempt, type Deliver, type Reporter } from './attempt.ts';
import { Expiry } from './expiry.ts';
import type { Holds } from './holds.ts';
import type { HopSchedule } from './hop-schedule.ts';
import type { NextHopQueue, PendingChange } from './next-hop-queue.ts';
import { type Pace, Paces } from './pace.ts';
import { Queues } from './queues.ts';
import { retryDelay } from './retry-schedule.ts';

/** What the settings say, asked for each time so that changes are live. */
export interface SchedulerSettings extends HopSchedule {
  readonly maxOutboundConnections: number;
}

export interface SchedulerDependencies {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly deliver: Deliver;
  readonly reporter: Reporter;
  readonly emit: Emit;
  readonly random: () => number;
  /** What an administrator holds back. */
  readonly holds: Holds;
  readonly settings: () => SchedulerSettings;
  /** The schedule of a next hop: its connector's, or the general one. */
  readonly scheduleOf: (hop: NextHop) => HopSchedule;
  readonly describe: (hop: string) => NextHop;
  /** Whether we log on to a hop: its mail does not grow too old by a log-on that fails. */
  readonly logsOn: (hop: NextHop) => boolean;
  readonly limits: (hop: NextHop) => HopLimits;
}

export interface HopLimits {
  readonly maxConnections: number;
  readonly maxRecipientsPerTransaction: number;
  /** Over all next hops of the connector; null for no limit. */
  readonly maxMessagesPerMinute: number | null;
}

type Unreachable = Extract<TransactionResult, { kind: 'unreachable' }>;

const IN_MEMORY = 500;
const LOW = 100;
const AFTER_OUR_OWN_FAILURE = 10_000;

export class Scheduler {
  readonly administration: Administration;
  readonly #deps: SchedulerDependencies;
  readonly #attempt: AttemptDependencies;
  readonly #queues: Queues;
  readonly #paces = new Paces();
  readonly #expiry: Expiry;
  readonly #inFlight = new Set<Promise<void>>();
  /** What is done with messages after their attempt, because an administrator said so meanwhile. */
  readonly #endings = new Set<Promise<void>>();
  #stopped = true;
  /** While the connectors change: nothing starts. */
  #paused = false;
  #rerouting: Promise<void> = Promise.resolve();
  /** A queue had work and found all connections taken. */
  #crowded = false;
  #turns = 0;
  #wake: Timer | null = null;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(deps: SchedulerDependencies) {
    this.#deps = deps;
    this.#queues = new Queues(deps);
    this.#attempt = {
      spool: deps.spool,
      deliver: deps.deliver,
      reporter: deps.reporter,
      emit: deps.emit,
      now: () => deps.clock.now(),
      pause: delay => new Promise(resolve => deps.clock.after(delay, resolve)),
      running: () => !this.#stopped,
      unreported: new Map(),
      nextAttempt: (hop, failures) => deps.clock.now() + this.#delay(hop, failures),
      sendsAnother: hop => this.#paceOf(hop)?.take(deps.clock.now()),
    };
    const shared = {
      ...deps,
      attempt: this.#attempt,
      queues: this.#queues,
      freed: (number: number) => this.#freed(number),
    };
    this.#expiry = new Expiry({ ...shared, isOpen: () => this.#isOpen });
    this.administration = new Administration({
      ...shared,
      pump: queue => this.#pump(queue),
      pumpAll: () => this.#pumpAll(),
      tell: queue => this.#tell(queue),
    });
  }

  /**
   * Reads what waits in the spool and begins. When the connectors changed since the last run, mail waits
   * until all of it has its next hop; with a long queue that outlasts the start.
   */
  async start(): Promise<void> {
    this.#stopped = false;
    this.#expiry.start();
    if (await this.#deps.spool.routesChanged()) {
      this.reroute().catch((error: Error) => {
        const what = `The next hops of waiting mail could not be decided again: ${error.message}`;
        this.#deps.emit({ type: 'service', level: 'error', what });
      });
      return;
    }
    await this.#queues.count();
    this.#pumpAll();
  }

  /** The bell: a message was accepted. */
  accepted(works: readonly Work[]): void {
    const now = this.#deps.clock.now();
    for (const work of works) {
      const queue = this.#queues.of(work.hop);
      this.#queues.arrived(queue, work.recipients.length, true);
      queue.incoming.add(now);
      const isTaken = queue.status === 'Retry' || queue.status === 'Suspended';
      if (this.#isOpen && !queue.more && !queue.loading && !isTaken && queue.ready.length < IN_MEMORY) {
        queue.ready.push(work);
        queue.held.add(work.message.number);
      } else queue.more = true;
      this.#pump(queue);
    }
  }

  get queues(): readonly NextHopQueue[] {
    return this.#queues.all;
  }

  queueOf(hop: string): NextHopQueue | undefined {
    return this.#queues.get(hop);
  }

  /** Called when the connectors changed; one change after the other. */
  reroute(): Promise<void> {
    const run = this.#rerouting.then(() => this.#rerouteNow());
    this.#rerouting = run.catch(() => {});
    return run;
  }

  async #rerouteNow(): Promise<void> {
    this.#paused = true;
    try {
      this.#queues.letGo();
      await this.#deps.spool.reroute();
      this.#queues.forgetIdle();
      await this.#queues.count();
    } finally {
      this.#paused = false;
      this.#pumpAll();
    }
  }

  get #isOpen(): boolean {
    return !this.#stopped && !this.#paused;
  }

  /** Starts nothing more and waits for what is on its way, at most `timeout` milliseconds. */
  async stop(timeout: number): Promise<void> {
    this.#stopped = true;
    this.#wake?.cancel();
    this.#expiry.stop();
    if (this.#inFlight.size === 0 && this.#endings.size === 0 && !this.#paused) return;
    await Promise.race([
      Promise.all([...this.#inFlight, this.#rerouting]).then(() => Promise.all(this.#endings)),
      new Promise<void>(resolve => this.#deps.clock.after(timeout, resolve)),
    ]);
  }

  /** A message is in nobody's hands any more; after the last one that a reroute waited for, all is counted anew. */
  #freed(number: number): void {
    if (!this.#queues.unblock(number)) return;
    void this.#queues.count().then(
      () => this.#pumpAll(),
      () => {},
    );
  }

  #pumpAll(): void {
    this.#crowded = false;
    for (const queue of this.#queues.all.toSorted((a, b) => a.turn - b.turn)) this.#pump(queue);
  }

  #pump(queue: NextHopQueue): void {
    // A queue that was dropped may still hear of a read that it began: its work is not its own any more.
    if (!this.#isOpen || this.#deps.holds.outbound || this.#queues.get(queue.hop) !== queue) return;
    const now = this.#deps.clock.now();
    const hop = this.#deps.describe(queue.hop);
    const { maxConnections } = this.#deps.limits(hop);
    const own = queue.room(now, maxConnections);
    const free = this.#deps.settings().maxOutboundConnections - this.#inFlight.size;
    const pace = this.#paceOf(hop);
    const nextAt = () => Math.max(pace?.nextAt(now) ?? now, queue.throttle.nextAt(now));
    for (let room = Math.min(own, free); room > 0 && queue.ready.length > 0; room--) {
      if (nextAt() > now) break;
      pace?.take(now);
      queue.throttle.take(now);
      this.#begin(queue, hop, queue.ready.shift()!);
    }
    const mayGoOn = own > 0 && queue.ready.length > 0 ? nextAt() : now;
    queue.throttledUntil = mayGoOn > now ? mayGoOn : null;
    if (own > free && queue.ready.length > 0) this.#crowded = true;
    if (queue.more && !queue.loading && queue.ready.length < LOW && queue.room(now, maxConnections) > 0)
      void this.#load(queue);
    this.#wakeFor(queue);
  }

  #paceOf(hop: NextHop): Pace | null {
    return hop.connector === null ? null : this.#paces.of(hop.connector, this.#deps.limits(hop).maxMessagesPerMinute);
  }

  async #load(queue: NextHopQueue): Promise<void> {
    const [{ generation }, changes] = [this.#queues, queue.changes];
    const isCurrent = () => generation === this.#queues.generation && changes === queue.changes;
    queue.loading = true;
    queue.more = false;
    try {
      const now = this.#deps.clock.now();
      const taken = new Set([...queue.held, ...this.#queues.blocked]);
      const works = await this.#deps.spool.due(queue.hop, now, IN_MEMORY, taken);
      for (const work of isCurrent() ? works : []) {
        if (queue.held.has(work.message.number)) continue;
        queue.ready.push(work);
        queue.held.add(work.message.number);
      }
      if (works.length === IN_MEMORY || !isCurrent()) queue.more = true;
      else queue.nextDue = await this.#deps.spool.nextDue(queue.hop, now);
    } catch (error) {
      queue.more = true;
      this.#dueAgain(queue, this.#deps.clock.now() + AFTER_OUR_OWN_FAILURE);
      this.#deps.emit({
        type: 'service',
        level: 'error',
        what: `The queue for ${queue.hop} could not be read: ${(error as Error).message}`,
      });
      queue.loading = false;
      this.#wakeFor(queue);
      return;
    }
    queue.loading = false;
    this.#pump(queue);
  }

  #begin(queue: NextHopQueue, hop: NextHop, work: Work): void {
    const begun = this.#deps.clock.now();
    const round = queue.started(begun);
    queue.turn = ++this.#turns;
    queue.active.add(work.message.number);
    const run = this.#run(queue, hop, work, round)
      .catch(error => this.#ourFailure(queue, work, error))
      .finally(() => {
        this.#inFlight.delete(run);
        this.#paceOf(hop)?.ended(begun, this.#deps.clock.now());
        queue.held.delete(work.message.number);
        queue.active.delete(work.message.number);
        if (this.administration.wasMoved(work.message.number)) queue.more = true;
        this.#freed(work.message.number);
        const pending = queue.pending.get(work.message.number);
        queue.pending.delete(work.message.number);
        // Takes the message in hand before the pump could.
        if (pending) this.#carryOut(work, pending);
        if (this.#crowded) this.#pumpAll();
        else this.#pump(queue);
      });
    this.#inFlight.add(run);
  }

  #carryOut(work: Work, pending: PendingChange): void {
    const ending = this.administration.carryOut(work, pending).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  async #run(queue: NextHopQueue, hop: NextHop, work: Work, round: number): Promise<void> {
    if (this.#expiry.isExpired(queue, work)) {
      await this.#expiry.expire(queue, work);
      queue.abandoned(this.#deps.clock.now());
      return;
    }
    const { maxRecipientsPerTransaction, maxMessagesPerMinute } = this.#deps.limits(hop);
    const result = await attempt(this.#attempt, hop, work, maxRecipientsPerTransaction);
    const now = this.#deps.clock.now();
    this.#queues.departed(queue, result.done, result.isLast);
    if (result.done > 0) queue.outgoing.add(now);
    if (result.kind === 'unreachable') {
      if (result.why.throttled && this.#isCrowd(queue, result.why, round)) return;
      this.#hopFailed(queue, hop, result.why);
      return;
    }
    if (result.nextDue !== null) this.#dueAgain(queue, result.nextDue);
    if (result.throttled !== null && queue.isNews(round)) {
      const inLastMinute = Math.round(queue.outgoing.perSecond(now) * 60);
      queue.throttle.tooFast(now, result.throttled, inLastMinute, maxMessagesPerMinute);
    }
    if (queue.reached(now, result.trouble, round)) this.#tell(queue);
  }

  /** One connection too many is no failure while the others stand: its message goes over one of those. */
  #isCrowd(queue: NextHopQueue, why: Unreachable, round: number): boolean {
    if (queue.inFlight < 2) return false;
    const now = this.#deps.clock.now();
    if (queue.isNews(round)) {
      queue.throttle.tooMany(now, formatReply(why.reply), queue.inFlight);
      queue.learned();
    }
    if (why.retryAfter !== undefined) return false;
    queue.abandoned(now);
    queue.more = true;
    return true;
  }

  /** The state of a queue changed for the better, or by an administrator. */
  #tell(queue: NextHopQueue): void {
    const hop = this.#deps.describe(queue.hop);
    this.#deps.emit({
      type: 'queue',
      nextHop: hop.nextHopDomain,
      connector: hop.connector ?? '',
      status: queue.status,
      reason: null,
      nextRetry: null,
    });
  }

  #hopFailed(queue: NextHopQueue, hop: NextHop, why: Unreachable): void {
    queue.putBack();
    const delay = (failures: number) => Math.max(this.#delay(hop, failures), why.retryAfter ?? 0);
    const news = queue.unreachable(this.#deps.clock.now(), formatReply(why.reply), delay, why.logOnFailed ?? false);
    if (!news) return;
    this.#deps.emit({
      type: 'queue',
      nextHop: hop.nextHopDomain,
      connector: hop.connector ?? '',
      status: 'Retry',
      reason: queue.lastError,
      nextRetry: queue.nextRetry,
    });
  }

  #dueAgain(queue: NextHopQueue, at: number): void {
    queue.nextDue = Math.min(queue.nextDue ?? at, at);
  }

  async #ourFailure(queue: NextHopQueue, work: Work, error: unknown): Promise<void> {
    const now = this.#deps.clock.now();
    queue.abandoned(now);
    const message = (error as Error).message;
    if (error instanceof BodyDamaged && (await this.#queues.putAside(work, error))) return;
    // Not the hop's fault and not the message's: our disk or a bug. The mail stays due.
    this.#deps.emit({
      type: 'service',
      level: 'error',
      what: `Message ${work.message.id} could not be processed: ${message}`,
    });
    this.#dueAgain(queue, now + AFTER_OUR_OWN_FAILURE);
  }

  #delay(hop: NextHop, failures: number): number {
    return retryDelay(this.#deps.scheduleOf(hop).retryInterval, failures, this.#deps.random());
  }

  /** One timer for all queues, set to the earliest thing to do. */
  #wakeFor(queue: NextHopQueue): void {
    if (queue.suspended) return;
    const times = [
      queue.status === 'Retry' ? queue.nextRetry : null,
      queue.status === 'Retry' ? null : queue.nextDue,
      queue.status === 'Retry' ? null : queue.throttledUntil,
    ].filter(time => time !== null);
    const at = Math.min(...times);
    if (at >= this.#wakeAt || !Number.isFinite(at)) return;
    this.#wake?.cancel();
    this.#wakeAt = at;
    this.#wake = this.#deps.clock.after(at - this.#deps.clock.now(), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      const now = this.#deps.clock.now();
      // Of queues that share a pace, the one that waited longest goes on.
      for (const other of this.#queues.all.toSorted((a, b) => a.turn - b.turn)) {
        if (other.nextDue !== null && other.nextDue <= now) {
          other.nextDue = null;
          other.more = true;
        }
        this.#pump(other);
      }
    });
  }
}

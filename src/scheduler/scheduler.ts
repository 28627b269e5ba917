/**
 * When: keeps a queue per next hop, starts deliveries as far as the windows allow, waits out hops
 * that can't be reached, and returns what has become too old. Only a bounded part of a queue is in
 * memory; the rest stays in the spool until there is room. It never decides where mail goes or what
 * a reply means.
 */
import type { Emit } from '../log/events.ts';
import { formatReply, type Reply } from '../message/reply.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { NextHop } from '../route/next-hop.ts';
import { BodyDamaged, type Spool, type Work } from '../spool/spool.ts';
import { type AttemptDependencies, attempt, type Deliver, type Reporter, settle } from './attempt.ts';
import { DelayNotices } from './delay-notices.ts';
import type { Hold, Holds } from './holds.ts';
import { NextHopQueue } from './next-hop-queue.ts';
import { retryDelay } from './retry-schedule.ts';

/** What the settings say, asked for each time so that changes are live. */
export interface SchedulerSettings {
  /** Seconds. */
  readonly retryInterval: readonly number[];
  /** Seconds. */
  readonly messageExpirationTimeout: number;
  /** Seconds; 0 for never. */
  readonly delayNotificationTimeout: number;
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
  readonly describe: (hop: string) => NextHop;
  readonly limits: (hop: NextHop) => { readonly maxConnections: number; readonly maxRecipientsPerTransaction: number };
}

const IN_MEMORY = 500;
const LOW = 100;
const EXPIRY_EVERY = 30_000;
const EMPTY_QUEUE_STAYS = 60_000;
const AFTER_OUR_OWN_FAILURE = 10_000;

export class Scheduler {
  readonly #deps: SchedulerDependencies;
  readonly #attempt: AttemptDependencies;
  readonly #delays: DelayNotices;
  readonly #queues = new Map<string, NextHopQueue>();
  /** On their way while the connectors changed: their new queue must not take them yet. */
  readonly #blocked = new Set<number>();
  /** More of them came to the queue where they are held: to be read again when they are not. */
  readonly #moved = new Set<number>();
  readonly #inFlight = new Set<Promise<void>>();
  #numbers = 0;
  /** Counts reroutes: what was being read during one belongs to nobody any more. */
  #generation = 0;
  #stopped = true;
  /** While the connectors change: nothing starts. */
  #paused = false;
  #rerouting: Promise<void> = Promise.resolve();
  /** A queue had work and found all connections taken. */
  #crowded = false;
  #turns = 0;
  /** Counts changes to messages by an administrator. */
  #changes = 0;
  #wake: Timer | null = null;
  #wakeAt = Number.POSITIVE_INFINITY;
  #expiry: Timer | null = null;

  constructor(deps: SchedulerDependencies) {
    this.#deps = deps;
    this.#attempt = {
      spool: deps.spool,
      deliver: deps.deliver,
      reporter: deps.reporter,
      emit: deps.emit,
      now: () => deps.clock.now(),
      pause: delay => new Promise(resolve => deps.clock.after(delay, resolve)),
      running: () => !this.#stopped,
      nextAttempt: failures => deps.clock.now() + this.#delay(failures),
    };
    this.#delays = new DelayNotices({
      spool: deps.spool,
      reporter: deps.reporter,
      emit: deps.emit,
      running: () => this.#isOpen,
      isBusy: work => this.#isBusy(work),
      lastError: hop => this.#queues.get(hop)?.lastError ?? null,
    });
  }

  /** Reads what waits in the spool and begins. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#readSummaries();
    this.#expireLater(1000);
    this.#pumpAll();
  }

  /** The bell: a message was accepted. */
  accepted(works: readonly Work[]): void {
    const now = this.#deps.clock.now();
    for (const work of works) {
      const queue = this.#queueOf(work.hop);
      queue.messages++;
      queue.recipients += work.recipients.length;
      queue.incoming.add(now);
      queue.lastUsed = now;
      const isTaken = queue.status === 'Retry' || queue.status === 'Suspended';
      if (this.#isOpen && !queue.more && !queue.loading && !isTaken && queue.ready.length < IN_MEMORY) {
        queue.ready.push(work);
        queue.held.add(work.message.number);
      } else queue.more = true;
      this.#pump(queue);
    }
  }

  get queues(): readonly NextHopQueue[] {
    return [...this.#queues.values()];
  }

  /** Tries queues at once, also messages that wait for a time of their own. */
  async retry(hops: readonly string[]): Promise<void> {
    const now = this.#deps.clock.now();
    for (const hop of hops) {
      await this.#deps.spool.retryNow(hop, now);
      const queue = this.#queueOf(hop);
      queue.retryNow(now);
      this.#pump(queue);
    }
  }

  /** Holds or frees all deliveries. */
  async holdOutbound(hold: Hold | null): Promise<void> {
    await this.#deps.holds.change(state => ({ ...state, outbound: hold }));
    if (hold) return;
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.values()) queue.spare(now);
    this.#pumpAll();
  }

  /** Holds queues: nothing more starts, what is on its way ends. Resolves when that outlives a restart. */
  async suspend(hops: readonly string[]): Promise<void> {
    await this.#deps.holds.change(state => ({ ...state, queues: [...new Set([...state.queues, ...hops])] }));
    for (const hop of hops) {
      const queue = this.#queueOf(hop);
      if (queue.suspended) continue;
      queue.suspend();
      this.#tell(queue);
    }
  }

  /** Lets suspended queues go on. */
  async resume(hops: readonly string[]): Promise<void> {
    const resumed = new Set(hops);
    await this.#deps.holds.change(state => ({ ...state, queues: state.queues.filter(hop => !resumed.has(hop)) }));
    for (const hop of hops) {
      const queue = this.#queueOf(hop);
      if (!queue.suspended) continue;
      queue.resume(this.#deps.clock.now());
      this.#tell(queue);
      this.#pump(queue);
    }
  }

  /**
   * Takes one message of a queue into an administrator's hands while `change` runs: nothing delivers or
   * returns it meanwhile. The work it gets is what waits now; what it gives back is tried next, before
   * all else in the queue. @returns what became of it: 'busy' while it is being delivered, 'gone' when
   * it no longer waits.
   */
  async withMessage(
    hop: string,
    number: number,
    change: (work: Work) => Promise<Work | undefined>,
  ): Promise<'done' | 'busy' | 'gone'> {
    const generation = this.#generation;
    const queue = this.#queueOf(hop);
    const at = queue.ready.findIndex(work => work.message.number === number);
    if (at === -1 && (queue.held.has(number) || this.#blocked.has(number))) return 'busy';
    if (at !== -1) queue.ready.splice(at, 1);
    queue.held.add(number);
    try {
      const [work] = await this.#deps.spool.list({ hops: [hop], number, limit: 1 });
      if (!work) return 'gone';
      const next = await change(work);
      if (next && generation === this.#generation) queue.ready.unshift(next);
      return 'done';
    } finally {
      queue.changes++;
      this.#changes++;
      if (queue.ready[0]?.message.number !== number) queue.held.delete(number);
      queue.more = true;
      this.#unblock(number);
      // Perhaps another object by now, if the connectors changed meanwhile.
      this.#pump(this.#queueOf(hop));
    }
  }

  /** Removes a message from its queue, with a report to the sender or without. Call it in `withMessage`. */
  async removeMessage(work: Work, withReport: boolean): Promise<undefined> {
    const reply = { code: 550, enhanced: '5.7.1', text: 'Removed by an administrator' };
    const outcomes = work.recipients.map(({ index }) => ({
      index,
      outcome: { kind: 'failed' as const, reply, remote: null },
    }));
    if (withReport && work.message.envelope.reversePath !== '')
      await settle(this.#attempt, this.#deps.describe(work.hop), work, outcomes);
    else {
      // Nobody to tell, or nobody is to be told.
      await this.#deps.spool.record(
        work.message,
        outcomes.map(({ index }) => ({ index, kind: 'done', status: 'Failed', reply })),
      );
      this.#deps.emit({
        type: 'dropped',
        message: work.message,
        recipients: work.recipients.map(({ index }) => work.message.envelope.recipients[index]!.address),
        reason: 'removed by an administrator',
      });
    }
    this.#recipientsLeft(this.#queueOf(work.hop), work, 0);
  }

  /** Makes one message due, and its queue too. Call it in `withMessage` and give back the result. */
  async retryMessage(work: Work): Promise<Work> {
    const now = this.#deps.clock.now();
    const recipients = work.recipients.filter(recipient => !recipient.suspended);
    await this.#deps.spool.release(
      work.message,
      recipients.map(({ index }) => index),
      now,
    );
    this.#queueOf(work.hop).retryNow(now);
    return { ...work, recipients };
  }

  /** Holds a message back. Call it in `withMessage`. */
  async suspendMessage(work: Work): Promise<undefined> {
    await this.#deps.spool.suspend(
      work.message,
      work.recipients.map(({ index }) => index),
    );
  }

  /** Gives a message to another connector until it is done. Call it in `withMessage`. */
  async moveMessage(work: Work, connector: string): Promise<undefined> {
    const { message, recipients } = work;
    const hops = await this.#deps.spool.pin(
      message,
      recipients.map(({ index }) => index),
      connector,
    );
    this.#recipientsLeft(this.#queueOf(work.hop), work, 0);
    for (const hop of new Set(hops)) {
      const queue = this.#queueOf(hop);
      queue.messages++;
      queue.recipients += hops.filter(other => other === hop).length;
      queue.lastUsed = this.#deps.clock.now();
      queue.more = true;
      if (queue.held.has(message.number)) this.#moved.add(message.number);
      this.#pump(queue);
    }
    const what = `Message ${message.id} was moved to the connector ${connector} by an administrator`;
    this.#deps.emit({ type: 'service', level: 'info', what });
  }

  /** Lets a suspended message go on. Call it in `withMessage`. */
  async resumeMessage(work: Work): Promise<undefined> {
    const now = this.#deps.clock.now();
    const indexes = work.recipients.flatMap(({ index, suspended }) => (suspended ? [index] : []));
    await this.#deps.spool.release(work.message, indexes, now);
    this.#queueOf(work.hop).spare(now);
  }

  /** Called when the connectors changed; one change after the other. */
  reroute(): Promise<void> {
    const run = this.#rerouting.then(() => this.#rerouteNow());
    this.#rerouting = run.catch(() => {});
    return run;
  }

  async #rerouteNow(): Promise<void> {
    this.#paused = true;
    this.#generation++;
    try {
      for (const queue of this.#queues.values()) {
        for (const work of queue.ready.splice(0)) queue.held.delete(work.message.number);
        for (const number of queue.held) this.#blocked.add(number);
        queue.more = true;
      }
      await this.#deps.spool.reroute();
      for (const queue of this.#queues.values()) if (queue.inFlight === 0) this.#queues.delete(queue.hop);
      await this.#readSummaries();
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
    this.#expiry?.cancel();
    if (this.#inFlight.size === 0 && !this.#paused) return;
    await Promise.race([
      Promise.all([...this.#inFlight, this.#rerouting]),
      new Promise<void>(resolve => this.#deps.clock.after(timeout, resolve)),
    ]);
  }

  #unblock(number: number): void {
    if (!this.#blocked.delete(number)) return;
    for (const queue of this.#queues.values()) queue.more = true;
    if (this.#blocked.size === 0)
      void this.#readSummaries().then(
        () => this.#pumpAll(),
        () => {},
      );
  }

  async #readSummaries(): Promise<void> {
    const summaries = await this.#deps.spool.summaries();
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.values()) {
      queue.messages = 0;
      queue.recipients = 0;
    }
    // Also an empty queue stays suspended, and must be there to be resumed.
    for (const hop of this.#deps.holds.queues) this.#queueOf(hop);
    for (const summary of summaries) {
      const queue = this.#queueOf(summary.hop);
      queue.messages = summary.messages;
      queue.recipients = summary.recipients;
      // Not cleared here: what was accepted or made due while the summaries were read must not be forgotten.
      if (summary.nextAttempt <= now) queue.more = true;
      else if (Number.isFinite(summary.nextAttempt)) queue.nextDue = summary.nextAttempt;
    }
  }

  #queueOf(hop: string): NextHopQueue {
    let queue = this.#queues.get(hop);
    if (!queue) {
      queue = new NextHopQueue(hop, ++this.#numbers, this.#deps.clock.now(), this.#deps.holds.queues.has(hop));
      this.#queues.set(hop, queue);
    }
    return queue;
  }

  #pumpAll(): void {
    this.#crowded = false;
    for (const queue of [...this.#queues.values()].sort((a, b) => a.turn - b.turn)) this.#pump(queue);
  }

  #pump(queue: NextHopQueue): void {
    // A queue that was dropped may still hear of a read that it began: its work is not its own any more.
    if (!this.#isOpen || this.#deps.holds.outbound || this.#queues.get(queue.hop) !== queue) return;
    const now = this.#deps.clock.now();
    const hop = this.#deps.describe(queue.hop);
    const { maxConnections } = this.#deps.limits(hop);
    const own = queue.room(now, maxConnections);
    const free = this.#deps.settings().maxOutboundConnections - this.#inFlight.size;
    for (let room = Math.min(own, free); room > 0 && queue.ready.length > 0; room--)
      this.#begin(queue, hop, queue.ready.shift()!);
    if (own > free && queue.ready.length > 0) this.#crowded = true;
    if (queue.more && !queue.loading && queue.ready.length < LOW && queue.room(now, maxConnections) > 0)
      void this.#load(queue);
    this.#wakeFor(queue);
  }

  async #load(queue: NextHopQueue): Promise<void> {
    const [generation, changes] = [this.#generation, queue.changes];
    const isCurrent = () => generation === this.#generation && changes === queue.changes;
    queue.loading = true;
    queue.more = false;
    try {
      const now = this.#deps.clock.now();
      const works = await this.#deps.spool.due(queue.hop, now, IN_MEMORY, new Set([...queue.held, ...this.#blocked]));
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
    queue.started(this.#deps.clock.now());
    queue.turn = ++this.#turns;
    queue.active.add(work.message.number);
    const run = this.#run(queue, hop, work)
      .catch(error => this.#ourFailure(queue, work, error))
      .finally(() => {
        this.#inFlight.delete(run);
        queue.held.delete(work.message.number);
        queue.active.delete(work.message.number);
        if (this.#moved.delete(work.message.number)) queue.more = true;
        this.#unblock(work.message.number);
        if (this.#crowded) this.#pumpAll();
        else this.#pump(queue);
      });
    this.#inFlight.add(run);
  }

  async #run(queue: NextHopQueue, hop: NextHop, work: Work): Promise<void> {
    if (this.#isExpired(queue, work)) {
      await this.#expire(queue, work);
      queue.abandoned(this.#deps.clock.now());
      return;
    }
    const result = await attempt(this.#attempt, hop, work, this.#deps.limits(hop).maxRecipientsPerTransaction);
    const now = this.#deps.clock.now();
    this.#recipientsLeft(queue, work, work.recipients.length - result.done);
    if (result.done > 0) queue.outgoing.add(now);
    if (result.kind === 'unreachable') {
      this.#hopFailed(queue, hop, result.reply);
      return;
    }
    if (result.nextDue !== null) this.#dueAgain(queue, result.nextDue);
    if (queue.reached(now, result.trouble)) this.#tell(queue);
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

  #hopFailed(queue: NextHopQueue, hop: NextHop, reply: Reply): void {
    queue.putBack();
    const news = queue.unreachable(this.#deps.clock.now(), formatReply(reply), failures => this.#delay(failures));
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

  #recipientsLeft(queue: NextHopQueue, work: Work, left: number): void {
    queue.recipients -= work.recipients.length - left;
    if (left === 0) queue.messages--;
  }

  async #ourFailure(queue: NextHopQueue, work: Work, error: unknown): Promise<void> {
    const now = this.#deps.clock.now();
    queue.abandoned(now);
    const message = (error as Error).message;
    if (error instanceof BodyDamaged && (await this.#putAside(work, error))) {
      this.#recipientsLeft(queue, work, 0);
      return;
    }
    // Not the hop's fault and not the message's: our disk or a bug. The mail stays due.
    this.#deps.emit({
      type: 'service',
      level: 'error',
      what: `Message ${work.message.id} could not be processed: ${message}`,
    });
    this.#dueAgain(queue, now + AFTER_OUR_OWN_FAILURE);
  }

  #putAside(work: Work, error: BodyDamaged): Promise<boolean> {
    return this.#deps.spool.setAside(work.message, `${error.message}. Nothing of it can be delivered.`).then(
      () => true,
      () => false,
    );
  }

  #delay(failures: number): number {
    return retryDelay(this.#deps.settings().retryInterval, failures, this.#deps.random());
  }

  #isExpired(queue: NextHopQueue, work: Work): boolean {
    const now = this.#deps.clock.now();
    return (
      now >= queue.sparedUntil && now - work.message.receivedAt >= this.#deps.settings().messageExpirationTimeout * 1000
    );
  }

  async #expire(queue: NextHopQueue, work: Work): Promise<void> {
    const hop = this.#deps.describe(queue.hop);
    const hours = Math.round((this.#deps.clock.now() - work.message.receivedAt) / 36_000) / 100;
    const outcomes = work.recipients.map(recipient => {
      const last = recipient.lastReply ?? queue.lastError;
      const text = `Given up after ${hours} hours${last === null ? '' : `; the last attempt said: ${last}`}`;
      return {
        index: recipient.index,
        outcome: { kind: 'failed' as const, reply: { code: 550, enhanced: '4.4.7', text }, remote: null },
      };
    });
    await settle(this.#attempt, hop, work, outcomes);
    this.#recipientsLeft(queue, work, 0);
  }

  #expireLater(delay = EXPIRY_EVERY): void {
    this.#expiry = this.#deps.clock.after(delay, () => {
      void this.#lookAtOld().finally(() => {
        this.#dropEmptyQueues();
        if (!this.#stopped) this.#expireLater();
      });
    });
  }

  async #lookAtOld(): Promise<void> {
    await this.#expireOld();
    const { delayNotificationTimeout, messageExpirationTimeout } = this.#deps.settings();
    // Who is told the end of the story needs no word about its middle.
    if (delayNotificationTimeout === 0 || delayNotificationTimeout >= messageExpirationTimeout) return;
    await this.#delays.send(this.#deps.clock.now(), delayNotificationTimeout * 1000, messageExpirationTimeout * 1000);
  }

  /** On its way, or between two queues. */
  #isBusy(work: Work): boolean {
    const queue = this.#queues.get(work.hop);
    // What waits in memory while its hop can't be reached is not on its way.
    const ready = queue?.ready.some(other => other.message.number === work.message.number) ?? false;
    return this.#blocked.has(work.message.number) || ((queue?.held.has(work.message.number) ?? false) && !ready);
  }

  /** Mail of hops that can't be reached gets no attempt, but it grows old all the same. */
  async #expireOld(): Promise<void> {
    try {
      const tried = new Set<number>();
      while (this.#isOpen) {
        const now = this.#deps.clock.now();
        const before = now - this.#deps.settings().messageExpirationTimeout * 1000;
        // What an administrator holds does not grow old.
        const spared = this.queues
          .filter(queue => this.#deps.holds.outbound || queue.suspended || now < queue.sparedUntil)
          .map(queue => queue.hop);
        const changes = this.#changes;
        const old = await this.#deps.spool.acceptedBefore(before, 100 + tried.size, spared);
        const free = old.filter(work => !tried.has(work.message.number) && this.#isFree(work));
        if (free.length === 0) return;
        for (const work of free) {
          // An administrator changed something since: what was read may be out of date.
          if (changes !== this.#changes) break;
          if (this.#isOpen && this.#isFree(work) && !(await this.#expireHeld(this.#queueOf(work.hop), work)))
            tried.add(work.message.number);
        }
      }
    } catch (error) {
      this.#notReturned(error);
    }
  }

  /** Nobody else is at work on it. */
  #isFree({ hop, message }: Work): boolean {
    return !this.#queues.get(hop)?.held.has(message.number) && !this.#blocked.has(message.number);
  }

  /** False when it is still there, to be tried again later: one that fails must not hold up the others. */
  async #expireHeld(queue: NextHopQueue, work: Work): Promise<boolean> {
    queue.held.add(work.message.number);
    try {
      await this.#expire(queue, work);
      return true;
    } catch (error) {
      if (error instanceof BodyDamaged && (await this.#putAside(work, error))) {
        this.#recipientsLeft(queue, work, 0);
        return true;
      }
      this.#notReturned(error);
      return false;
    } finally {
      queue.held.delete(work.message.number);
      this.#unblock(work.message.number);
    }
  }

  #notReturned(error: unknown): void {
    this.#deps.emit({
      type: 'service',
      level: 'error',
      what: `Old messages could not be returned: ${(error as Error).message}`,
    });
  }

  #dropEmptyQueues(): void {
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.values()) {
      const idle =
        !queue.suspended && queue.inFlight === 0 && !queue.loading && queue.ready.length === 0 && queue.messages <= 0;
      if (idle && now - queue.lastUsed > EMPTY_QUEUE_STAYS) this.#queues.delete(queue.hop);
    }
  }

  /** One timer for all queues, set to the earliest thing to do. */
  #wakeFor(queue: NextHopQueue): void {
    if (queue.suspended) return;
    const times = [
      queue.status === 'Retry' ? queue.nextRetry : null,
      queue.status === 'Retry' ? null : queue.nextDue,
    ].filter(time => time !== null);
    const at = Math.min(...times);
    if (at >= this.#wakeAt || !Number.isFinite(at)) return;
    this.#wake?.cancel();
    this.#wakeAt = at;
    this.#wake = this.#deps.clock.after(at - this.#deps.clock.now(), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      const now = this.#deps.clock.now();
      for (const other of this.#queues.values()) {
        if (other.nextDue !== null && other.nextDue <= now) {
          other.nextDue = null;
          other.more = true;
        }
        this.#pump(other);
      }
    });
  }
}

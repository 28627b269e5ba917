/**
 * The queues of all next hops, and in whose hands each message is: of a queue (`held`), or still on its
 * way while the connectors changed (`blocked`). What is in nobody's hands may be taken by whoever has a
 * reason: the pump, the expiry, an administrator.
 */
import type { Clock } from '../platform/clock.ts';
import type { NextHop } from '../route/next-hop.ts';
import type { BodyDamaged, HopSummary, Spool, Work } from '../spool/spool.ts';
import type { Holds } from './holds.ts';
import { NextHopQueue } from './next-hop-queue.ts';

export interface QueuesDependencies {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly holds: Holds;
  readonly describe: (hop: string) => NextHop;
  /** Whether we log on to a hop. */
  readonly logsOn: (hop: NextHop) => boolean;
}

const EMPTY_QUEUE_STAYS = 60_000;
/** Next hops; more than a message can have. */
const ALL = 1_000_000;

export class Queues {
  readonly #deps: QueuesDependencies;
  readonly #queues = new Map<string, NextHopQueue>();
  /** On their way while the connectors changed: their new queue must not take them yet. */
  readonly #blocked = new Set<number>();
  readonly #puttingAside = new Map<number, Promise<boolean>>();
  #numbers = 0;
  #generation = 0;
  #changes = 0;
  /** Counts what came to the queues and left them. */
  #movements = 0;

  constructor(deps: QueuesDependencies) {
    this.#deps = deps;
  }

  get all(): readonly NextHopQueue[] {
    return [...this.#queues.values()];
  }

  get(hop: string): NextHopQueue | undefined {
    return this.#queues.get(hop);
  }

  /** The queue of this hop; made when there is none. */
  of(hop: string): NextHopQueue {
    let queue = this.#queues.get(hop);
    if (!queue) {
      queue = new NextHopQueue(hop, ++this.#numbers, this.#deps.clock.now(), this.#deps.holds.queues.has(hop));
      // After a restart: whether the log-on works again must be known before old mail is returned.
      if (this.#deps.logsOn(this.#deps.describe(hop))) queue.spare(this.#deps.clock.now());
      this.#queues.set(hop, queue);
    }
    return queue;
  }

  get blocked(): ReadonlySet<number> {
    return this.#blocked;
  }

  /** Counts reroutes: what was being read during one belongs to nobody any more. */
  get generation(): number {
    return this.#generation;
  }

  /** Counts changes to messages by an administrator. */
  get changes(): number {
    return this.#changes;
  }

  /** An administrator changed a message of this queue: what was being read meanwhile is out of date. */
  changed(queue: NextHopQueue): void {
    queue.changes++;
    this.#changes++;
  }

  /** Nobody else is at work on it. */
  isFree({ hop, message }: Work): boolean {
    return !this.#queues.get(hop)?.held.has(message.number) && !this.#blocked.has(message.number);
  }

  /** On its way, or between two queues. */
  isBusy(work: Work): boolean {
    const queue = this.#queues.get(work.hop);
    // What waits in memory while its hop can't be reached is not on its way.
    const ready = queue?.ready.some(other => other.message.number === work.message.number) ?? false;
    return this.#blocked.has(work.message.number) || ((queue?.held.has(work.message.number) ?? false) && !ready);
  }

  /** So many recipients of a message left this queue. @param isLast none of the message is left in it */
  departed(queue: NextHopQueue, recipients: number, isLast: boolean): void {
    this.#movements++;
    queue.recipients -= recipients;
    if (isLast) queue.messages--;
  }

  /** Recipients of a message came to this queue. @param isFirst none of the message was in it before */
  arrived(queue: NextHopQueue, recipients: number, isFirst: boolean): void {
    this.#movements++;
    queue.recipients += recipients;
    if (isFirst) queue.messages++;
    queue.lastUsed = this.#deps.clock.now();
  }

  /**
   * Puts a message that is damaged on the disk aside, out of all its queues. Deliveries to several hops
   * may find the damage at the same time. @returns whether the spool could.
   */
  putAside({ message }: Work, error: BodyDamaged): Promise<boolean> {
    const { number } = message;
    const running = this.#puttingAside.get(number);
    if (running) return running;
    const run = this.#putAsideNow(message, `${error.message}. Nothing of it can be delivered.`)
      .catch(() => false)
      .finally(() => this.#puttingAside.delete(number));
    this.#puttingAside.set(number, run);
    return run;
  }

  async #putAsideNow(message: Work['message'], reason: string): Promise<true> {
    const works = await this.#deps.spool.list({ hops: null, number: message.number, limit: ALL });
    await this.#deps.spool.setAside(message, reason);
    for (const { hop, recipients } of works) this.departed(this.of(hop), recipients.length, true);
    return true;
  }

  /** @returns whether that was the last one that was on its way when the connectors changed. */
  unblock(number: number): boolean {
    if (!this.#blocked.delete(number)) return false;
    for (const queue of this.#queues.values()) queue.more = true;
    return this.#blocked.size === 0;
  }

  /** What is in memory goes back to the spool; what is on its way stays in its hands until it ends. */
  letGo(): void {
    this.#generation++;
    for (const queue of this.#queues.values()) {
      queue.putBack();
      for (const number of queue.held) this.#blocked.add(number);
    }
  }

  /** Forgets the queues that have nothing on its way. */
  forgetIdle(): void {
    for (const queue of this.#queues.values()) if (queue.inFlight === 0) this.#queues.delete(queue.hop);
  }

  /** Forgets queues that have been empty for a while. */
  dropEmpty(): void {
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.values()) {
      const idle = queue.inFlight === 0 && !queue.loading && queue.ready.length === 0 && !queue.more;
      const isEmpty = queue.messages <= 0 && queue.nextDue === null && !queue.suspended;
      if (idle && isEmpty && now - queue.lastUsed > EMPTY_QUEUE_STAYS) this.#queues.delete(queue.hop);
    }
  }

  /** Counts anew what waits in the spool. */
  async count(): Promise<void> {
    const summaries = await this.#summariesAtRest();
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.values()) {
      queue.messages = 0;
      queue.recipients = 0;
    }
    // Also an empty queue stays suspended, and must be there to be resumed.
    for (const hop of this.#deps.holds.queues) this.of(hop);
    for (const summary of summaries) {
      const queue = this.of(summary.hop);
      queue.messages = summary.messages;
      queue.recipients = summary.recipients;
      // Not cleared here: what was accepted or made due while the summaries were read must not be forgotten.
      if (summary.nextAttempt <= now) queue.more = true;
      else if (Number.isFinite(summary.nextAttempt)) queue.nextDue = summary.nextAttempt;
    }
  }

  /** What came or went while the summaries were read would be counted twice or not at all: read again, within reason. */
  async #summariesAtRest(): Promise<HopSummary[]> {
    for (let tries = 1; ; tries++) {
      const before = this.#movements;
      const summaries = await this.#deps.spool.summaries();
      if (before === this.#movements || tries === 5) return summaries;
    }
  }
}

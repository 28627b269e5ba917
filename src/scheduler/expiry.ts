/**
 * What grew too old: mail that could not be delivered in time is returned, and senders of mail that
 * waits for long are told. Mail of hops that can't be reached gets no attempt, so somebody must look;
 * what an administrator holds does not grow old.
 */
import type { Emit } from '../log/events.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { type NextHop, staysHere } from '../route/next-hop.ts';
import { BodyDamaged, type Spool, type Work } from '../spool/spool.ts';
import { AgeWalk, type Look } from './age-walk.ts';
import { type AttemptDependencies, settle } from './attempt.ts';
import { DelayNotices, delayOf } from './delay-notices.ts';
import type { Holds } from './holds.ts';
import { groupHops, type HopSchedule } from './hop-schedule.ts';
import type { NextHopQueue } from './next-hop-queue.ts';
import type { Queues } from './queues.ts';

export interface ExpiryDependencies {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly holds: Holds;
  /** The general schedule, and that of a next hop. */
  readonly settings: () => HopSchedule;
  readonly scheduleOf: (hop: NextHop) => HopSchedule;
  readonly describe: (hop: string) => NextHop;
  readonly attempt: AttemptDependencies;
  readonly queues: Queues;
  /** False while the relay stops or its connectors change. */
  readonly isOpen: () => boolean;
  /** Nobody has this message in his hands any more. */
  readonly freed: (number: number) => void;
}

const LOOK_EVERY = 30_000;
const FIRST_LOOK = 1000;

export class Expiry {
  readonly #deps: ExpiryDependencies;
  readonly #queues: Queues;
  readonly #delays: DelayNotices;
  readonly #walks = new Map<number, AgeWalk>();
  #timer: Timer | null = null;
  #stopped = true;

  constructor(deps: ExpiryDependencies) {
    this.#deps = deps;
    this.#queues = deps.queues;
    this.#delays = new DelayNotices({
      spool: deps.spool,
      reporter: deps.attempt.reporter,
      emit: deps.emit,
      running: deps.isOpen,
      isBusy: work => this.#queues.isBusy(work),
      lastError: hop => this.#lastWords(hop),
    });
  }

  start(): void {
    this.#stopped = false;
    this.#lookIn(FIRST_LOOK);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  isExpired(queue: NextHopQueue, work: Work): boolean {
    const now = this.#deps.clock.now();
    const { messageExpirationTimeout } = this.#scheduleOf(queue.hop);
    return now >= queue.sparedUntil && now - work.message.receivedAt >= messageExpirationTimeout * 1000;
  }

  #scheduleOf(hop: string): HopSchedule {
    return this.#deps.scheduleOf(this.#deps.describe(hop));
  }

  /** Returns it to its sender. Only for who has it in his hands. */
  async expire(queue: NextHopQueue, work: Work): Promise<void> {
    const hop = this.#deps.describe(queue.hop);
    const hours = Math.round((this.#deps.clock.now() - work.message.receivedAt) / 36_000) / 100;
    const outcomes = work.recipients.map(recipient => {
      const last = recipient.lastReply ?? this.#lastWords(queue.hop);
      const text = `Given up after ${hours} hours${last === null ? '' : `; the last attempt said: ${last}`}`;
      return {
        index: recipient.index,
        outcome: { kind: 'failed' as const, reply: { code: 550, enhanced: '4.4.7', text }, remote: null },
      };
    });
    const { isLast } = await settle(this.#deps.attempt, hop, work, outcomes);
    this.#queues.departed(queue, work.recipients.length, isLast);
  }

  /** What senders may hear of the last attempt; what a folder of ours said is for the administrator. */
  #lastWords(hop: string): string | null {
    if (staysHere(this.#deps.describe(hop))) return null;
    return this.#queues.get(hop)?.lastError ?? null;
  }

  #lookIn(delay: number): void {
    this.#timer = this.#deps.clock.after(delay, () => {
      void this.#look().finally(() => {
        this.#queues.dropEmpty();
        if (!this.#stopped) this.#lookIn(LOOK_EVERY);
      });
    });
  }

  async #look(): Promise<void> {
    await this.#expireOld();
    const groups = groupHops(this.#hops(), this.#deps.settings(), hop => this.#scheduleOf(hop), delayOf).filter(
      // Who is told the end of the story needs no word about its middle.
      ({ schedule: { delayNotificationTimeout, messageExpirationTimeout } }) =>
        delayNotificationTimeout > 0 && delayNotificationTimeout < messageExpirationTimeout,
    );
    await this.#delays.send(this.#deps.clock.now(), this.#about(), groups);
  }

  #hops(): string[] {
    return this.#queues.all.map(queue => queue.hop);
  }

  /** What work belongs to which group depends on this; queues that are new have no old work. */
  #about(...more: readonly unknown[]): string {
    const { generation, changes } = this.#queues;
    return JSON.stringify([generation, changes, this.#deps.settings(), ...more]);
  }

  async #expireOld(): Promise<void> {
    const now = this.#deps.clock.now();
    const spared = this.#queues.all.filter(queue => this.#isSpared(queue, now)).map(queue => queue.hop);
    const groups = groupHops(
      this.#hops(),
      this.#deps.settings(),
      hop => this.#scheduleOf(hop),
      schedule => String(schedule.messageExpirationTimeout),
      new Set(spared),
    );
    const about = this.#about(spared);
    const walks = new Map(this.#walks);
    this.#walks.clear();
    for (const { schedule, hops } of groups) {
      const timeout = schedule.messageExpirationTimeout;
      const walk = walks.get(timeout) ?? new AgeWalk(this.#deps.spool);
      this.#walks.set(timeout, walk);
      const query = { before: now - timeout * 1000, hops, untold: false };
      await walk.run(about, query, works => this.#expireAll(works)).catch((error: Error) => this.#notReturned(error));
    }
  }

  #isSpared(queue: NextHopQueue, now: number): boolean {
    return this.#deps.holds.outbound !== null || queue.suspended || now < queue.sparedUntil;
  }

  async #expireAll(works: readonly Work[]): Promise<Look> {
    const { changes } = this.#queues;
    let look: Look = 'done';
    for (const work of works) {
      if (!this.#deps.isOpen()) return 'stop';
      // An administrator changed something since: what was read may be out of date.
      if (changes !== this.#queues.changes) return 'again';
      // Of a hop that had no queue, the schedule was not known when the work was read.
      const queue = this.#queues.of(work.hop);
      const isReady = this.#queues.isFree(work) && !this.#isSpared(queue, this.#deps.clock.now());
      const isGone = isReady && this.isExpired(queue, work) && (await this.#expireHeld(queue, work));
      if (!isGone) look = 'again';
    }
    return look;
  }

  /** False when it is still there, to be tried again later: one that fails must not hold up the others. */
  async #expireHeld(queue: NextHopQueue, work: Work): Promise<boolean> {
    queue.held.add(work.message.number);
    try {
      await this.expire(queue, work);
      return true;
    } catch (error) {
      if (error instanceof BodyDamaged && (await this.#queues.putAside(work, error))) return true;
      this.#notReturned(error);
      return false;
    } finally {
      queue.held.delete(work.message.number);
      this.#deps.freed(work.message.number);
    }
  }

  #notReturned(error: unknown): void {
    this.#deps.emit({
      type: 'service',
      level: 'error',
      what: `Old messages could not be returned: ${(error as Error).message}`,
    });
  }
}

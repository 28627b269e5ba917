/**
 * What grew too old: mail that could not be delivered in time is returned, and senders of mail that
 * waits for long are told. Mail of hops that can't be reached gets no attempt, so somebody must look;
 * what an administrator holds does not grow old.
 */
import type { Emit } from '../log/events.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { NextHop } from '../route/next-hop.ts';
import { BodyDamaged, type Spool, type Work } from '../spool/spool.ts';
import { type AttemptDependencies, putAside, settle } from './attempt.ts';
import { DelayNotices } from './delay-notices.ts';
import type { Holds } from './holds.ts';
import type { NextHopQueue } from './next-hop-queue.ts';
import type { Queues } from './queues.ts';

export interface ExpirySettings {
  /** Seconds. */
  readonly messageExpirationTimeout: number;
  /** Seconds; 0 for never. */
  readonly delayNotificationTimeout: number;
}

export interface ExpiryDependencies {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly holds: Holds;
  readonly settings: () => ExpirySettings;
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
      lastError: hop => this.#queues.get(hop)?.lastError ?? null,
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
    return (
      now >= queue.sparedUntil && now - work.message.receivedAt >= this.#deps.settings().messageExpirationTimeout * 1000
    );
  }

  /** Returns it to its sender. Only for who has it in his hands. */
  async expire(queue: NextHopQueue, work: Work): Promise<void> {
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
    await settle(this.#deps.attempt, hop, work, outcomes);
    this.#queues.ended(queue, work, 0);
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
    const { delayNotificationTimeout, messageExpirationTimeout } = this.#deps.settings();
    // Who is told the end of the story needs no word about its middle.
    if (delayNotificationTimeout === 0 || delayNotificationTimeout >= messageExpirationTimeout) return;
    await this.#delays.send(this.#deps.clock.now(), delayNotificationTimeout * 1000, messageExpirationTimeout * 1000);
  }

  async #expireOld(): Promise<void> {
    try {
      const tried = new Set<number>();
      while (this.#deps.isOpen()) {
        const now = this.#deps.clock.now();
        const before = now - this.#deps.settings().messageExpirationTimeout * 1000;
        const spared = this.#queues.all
          .filter(queue => this.#deps.holds.outbound || queue.suspended || now < queue.sparedUntil)
          .map(queue => queue.hop);
        const { changes } = this.#queues;
        const old = await this.#deps.spool.acceptedBefore(before, 100 + tried.size, spared);
        const free = old.filter(work => !tried.has(work.message.number) && this.#queues.isFree(work));
        if (free.length === 0) return;
        for (const work of free) {
          // An administrator changed something since: what was read may be out of date.
          if (changes !== this.#queues.changes) break;
          if (!this.#deps.isOpen() || !this.#queues.isFree(work)) continue;
          if (!(await this.#expireHeld(this.#queues.of(work.hop), work))) tried.add(work.message.number);
        }
      }
    } catch (error) {
      this.#notReturned(error);
    }
  }

  /** False when it is still there, to be tried again later: one that fails must not hold up the others. */
  async #expireHeld(queue: NextHopQueue, work: Work): Promise<boolean> {
    queue.held.add(work.message.number);
    try {
      await this.expire(queue, work);
      return true;
    } catch (error) {
      if (error instanceof BodyDamaged && (await putAside(this.#deps.spool, work, error))) {
        this.#queues.ended(queue, work, 0);
        return true;
      }
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

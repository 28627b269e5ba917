/**
 * The queue of one next hop: what is in memory of it, what is on its way, and its state. It decides
 * nothing by itself; scheduler.ts asks it how many deliveries may run and tells it how they ended.
 *
 * States, and what moves them:
 *   Ready       nothing on its way. -> Connecting or Active when a delivery starts.
 *   Connecting  one delivery on its way, and nothing has come through since the last failure (or
 *               ever). -> Active when it comes through, Retry when the hop can't be reached.
 *   Active      deliveries on their way. -> Ready when the last one ends, Retry when the hop fails.
 *   Throttled   nothing on its way, because the connector has sent as much as it may in a minute, or the
 *               hop asked for less (throttle.ts); goes on by itself. -> Active or Connecting when the minute is over.
 *   Retry       the hop could not be reached; waits until `nextRetry`. -> Connecting when the time
 *               has come or an administrator says so.
 *   Suspended   an administrator holds the queue: nothing starts, what is on its way ends, new mail
 *               enters. It lies over the others, which go on beneath it (a delivery that ends may
 *               still find the hop out of reach). -> whichever is beneath it, by `resume`.
 */

import type { Work } from '../spool/spool.ts';
import { Rate } from './rate.ts';
import { Throttle } from './throttle.ts';

export type QueueStatus = 'Ready' | 'Connecting' | 'Active' | 'Throttled' | 'Retry' | 'Suspended';

/** What is to be done with a message that is on its way, if recipients are left when its attempt ends. */
export interface PendingChange {
  /** Indexes of the recipients meant. */
  readonly recipients: ReadonlySet<number>;
  readonly kind: 'PendingRemove' | 'PendingSuspend';
  /** For a removal: the sender is told. */
  readonly withReport: boolean;
}

const FIRST_WINDOW = 5;
/** Mail that grew too old while it was held gets so long to be delivered before it is returned. */
const SPARED_FOR = 15 * 60_000;

export class NextHopQueue {
  readonly hop: string;
  /** What people call it; counts up from 1 since the start. */
  readonly number: number;
  /** Due work in memory, oldest first. */
  readonly ready: Work[] = [];
  /** Messages in `ready` or on their way: not to be read from the spool again. */
  readonly held = new Set<number>();
  /** Messages on their way; a part of `held`. */
  readonly active = new Set<number>();
  /** What an administrator wants done with messages on their way when their attempt ends, by number. */
  readonly pending = new Map<number, PendingChange>();
  /** Counts changes an administrator made to messages: what was being read meanwhile is out of date. */
  changes = 0;
  /** The spool may have due work that is not in memory. */
  more = false;
  loading = false;
  /** When work that is waiting now becomes due; null when none waits. */
  nextDue: number | null = null;
  /** It sent as much as it may for now: when it goes on; null while it may send. */
  throttledUntil: number | null = null;
  /** When it last got a connection, counted over all queues: who waited longest is next. */
  turn = 0;
  messages = 0;
  recipients = 0;
  readonly incoming = new Rate();
  readonly outgoing = new Rate();
  /** What the hop asked to get less of. */
  readonly throttle = new Throttle();
  lastUsed: number;
  /** Nothing of this queue is returned as too old before. */
  sparedUntil = 0;
  #suspended: boolean;
  #status: QueueStatus = 'Ready';
  #inFlight = 0;
  #window = FIRST_WINDOW;
  /** Counts what made the window smaller. */
  #shrinks = 0;
  #proven = false;
  #failures = 0;
  #lastError: string | null = null;
  #logOnFailed = false;
  #lastRetry: number | null = null;
  #firstRetry: number | null = null;
  #nextRetry: number | null = null;
  /** When the schedule would have tried, had nobody asked for an attempt before. */
  #scheduledRetry: number | null = null;

  constructor(hop: string, number: number, now: number, suspended = false) {
    this.hop = hop;
    this.number = number;
    this.lastUsed = now;
    this.#suspended = suspended;
  }

  get status(): QueueStatus {
    if (this.#suspended) return 'Suspended';
    return this.#status === 'Ready' && this.throttledUntil !== null ? 'Throttled' : this.#status;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  /** An administrator holds the queue. */
  suspend(): void {
    this.#suspended = true;
    this.putBack();
  }

  /** The administrator lets it go on. */
  resume(now: number): void {
    this.#suspended = false;
    this.more = true;
    this.spare(now);
  }

  /** Gives mail that was held a chance before it is returned as too old. */
  spare(now: number): void {
    this.sparedUntil = now + SPARED_FOR;
  }

  /** What is in memory and not on its way goes back to the spool, which has it all. */
  putBack(): void {
    for (const work of this.ready.splice(0)) this.held.delete(work.message.number);
    this.more = true;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Failed attempts to reach the hop, in a row. */
  get failures(): number {
    return this.#failures;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  /** The last failure was that of our own log-on: what is to be mended is here, not there. */
  get logOnFailed(): boolean {
    return this.#logOnFailed;
  }

  get lastRetry(): number | null {
    return this.#lastRetry;
  }

  get firstRetry(): number | null {
    return this.#firstRetry;
  }

  get nextRetry(): number | null {
    return this.#nextRetry;
  }

  /** Deliveries that may start now. A hop that failed is probed by one, never by a crowd. */
  room(now: number, most: number): number {
    if (this.#suspended) return 0;
    if (this.#status === 'Retry' && (this.#nextRetry ?? 0) > now) return 0;
    const limit = this.#failures > 0 ? 1 : Math.min(this.#window, most, this.throttle.most(now));
    return Math.max(0, limit - this.#inFlight);
  }

  /** @returns what `reached` wants to know of a delivery that begins now */
  started(now: number): number {
    this.#inFlight++;
    this.lastUsed = now;
    this.#lastRetry = now;
    this.#nextRetry = null;
    this.#status = this.#proven ? 'Active' : 'Connecting';
    return this.#shrinks;
  }

  /** Whether nobody learned before, from another one, what a delivery that began so tells of the hop. */
  isNews(begun: number): boolean {
    return begun === this.#shrinks;
  }

  /** Deliveries that begin from now on tell something new. */
  learned(): void {
    this.#shrinks++;
  }

  /** A server of the hop was reached. @returns true when that ends a time of failures. */
  reached(now: number, trouble: string | null, begun = this.#shrinks): boolean {
    const recovered = this.#failures > 0;
    // The time that our own mistake cost is given back.
    if (this.#logOnFailed) this.sparedUntil = now + Math.max(SPARED_FOR, now - (this.#firstRetry ?? now));
    this.#logOnFailed = false;
    this.#proven = true;
    this.#failures = 0;
    this.#scheduledRetry = null;
    this.#firstRetry = null;
    this.#nextRetry = null;
    // Grows with what goes well, shrinks by half with what does not: once for all that were on their way together.
    if (trouble === null) this.#window = Math.min(this.#window + 1, 1000);
    else if (this.isNews(begun)) {
      this.#window = Math.max(1, Math.floor(this.#window / 2));
      this.learned();
    }
    if (trouble !== null || recovered) this.#lastError = trouble;
    // Deliveries that were on their way together can disagree; one that got through is proof.
    if (this.#status === 'Retry') this.#status = 'Active';
    this.#ended(now);
    return recovered;
  }

  /** The hop could not be reached. @returns true when this is news (others on their way may say the same). */
  unreachable(now: number, error: string, delayOf: (failures: number) => number, logOnFailed = false): boolean {
    const news = this.#status !== 'Retry';
    this.#ended(now);
    this.#lastError = error;
    this.#proven = false;
    this.#window = FIRST_WINDOW;
    if (news) {
      // An attempt that somebody asked for does not push the schedule further away.
      const asked = this.#scheduledRetry !== null && this.#scheduledRetry > now;
      if (!asked) this.#failures++;
      this.#firstRetry ??= now;
      this.#nextRetry = asked ? this.#scheduledRetry : now + delayOf(this.#failures);
      this.#scheduledRetry = null;
    }
    this.#status = 'Retry';
    this.#logOnFailed = logOnFailed;
    if (logOnFailed) this.sparedUntil = Math.max(this.sparedUntil, (this.#nextRetry ?? now) + SPARED_FOR);
    return news;
  }

  /** A delivery ended without telling anything about the hop. */
  abandoned(now: number): void {
    this.#ended(now);
  }

  /** An administrator wants an attempt now. */
  retryNow(now: number): void {
    if (this.#status === 'Retry') {
      this.#scheduledRetry ??= this.#nextRetry;
      this.#nextRetry = now;
    }
    this.more = true;
  }

  #ended(now: number): void {
    this.#inFlight--;
    this.lastUsed = now;
    if (this.#status === 'Retry') return;
    this.#status = this.#inFlight === 0 ? 'Ready' : this.#proven ? 'Active' : 'Connecting';
  }
}

/**
 * How much less a next hop gets because it asked for less: "too many connections", "too many messages".
 * The first lowers the connections to half of those that were open, the second the rate to what it took in
 * the minute before, spread evenly. Nobody says when more is welcome again, so a little more is tried step
 * by step, and the steps become longer each time that was too early. What an administrator set stays the
 * most there is. A restart forgets all of it.
 */

/** Milliseconds. */
const STEP = 60_000;
const LONGEST_STEP = 960_000;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 60_000;
/** So much more is tried with each step. */
const MORE = 1.25;
/** Of a rate that was lowered already and is still too high. */
const LESS = 0.75;
/** Without a limit of the connector a rate is free again at so many times the first one. */
const FREE_AT = 4;
const FREE_AT_LEAST = 60;

/** What holds now; milliseconds since 1970. */
export interface Lowered {
  readonly since: number;
  /** Words of the server. */
  readonly reason: string;
  /** Connections at the same time; null for no fewer than usual. */
  readonly connections: number | null;
  /** Null for no fewer than usual. */
  readonly messagesPerMinute: number | null;
  /** When more is tried. */
  readonly nextStep: number;
}

/** One of the two that can be lowered, and where it is free again. */
interface Limit {
  readonly now: number;
  readonly full: number;
}

export class Throttle {
  #since = 0;
  #reason = '';
  #connections: Limit | null = null;
  #rate: Limit | null = null;
  #step = STEP;
  #nextStep = 0;
  #pause = FIRST_PAUSE;
  #nextAt = 0;

  /** Null while the hop gets all that the settings allow. */
  lowered(now: number): Lowered | null {
    this.#recover(now);
    if (!this.#connections && !this.#rate) return null;
    return {
      since: this.#since,
      reason: this.#reason,
      connections: this.#connections?.now ?? null,
      messagesPerMinute: this.#rate?.now ?? null,
      nextStep: this.#nextStep,
    };
  }

  /** A connection was refused because there are too many. @param open how many there were */
  tooMany(now: number, reason: string, open: number): void {
    this.#hear(now, reason);
    const full = Math.max(open, this.#connections?.full ?? 0);
    const half = Math.max(1, Math.ceil(open / 2));
    this.#connections = { now: Math.min(half, this.#connections?.now ?? half), full };
    this.#nextAt = Math.max(this.#nextAt, now + 1000);
  }

  /**
   * A message was put off because there were too many.
   * @param perMinute how many it took in the last minute
   * @param most messages a minute of the connector; null for no limit
   */
  tooFast(now: number, reason: string, perMinute: number, most: number | null): void {
    this.#hear(now, reason);
    const lower = this.#rate === null ? perMinute : Math.min(perMinute, Math.floor(this.#rate.now * LESS));
    const rate = Math.max(1, most === null ? lower : Math.min(lower, most));
    const full = most ?? this.#rate?.full ?? Math.max(rate * FREE_AT, FREE_AT_LEAST);
    this.#rate = { now: rate, full };
    this.#nextAt = Math.max(this.#nextAt, now + this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** Deliveries at the same time, at most. */
  most(now: number): number {
    this.#recover(now);
    return this.#connections?.now ?? Number.POSITIVE_INFINITY;
  }

  /** When one more may begin; not after `now` when it may now. */
  nextAt(now: number): number {
    this.#recover(now);
    return Math.max(now, this.#nextAt);
  }

  /** One begins. */
  take(now: number): void {
    if (this.#rate) this.#nextAt = Math.max(now, this.#nextAt) + 60_000 / this.#rate.now;
  }

  #hear(now: number, reason: string): void {
    const isNew = this.lowered(now) === null;
    if (isNew) this.#since = now;
    this.#reason = reason;
    this.#step = isNew ? STEP : Math.min(this.#step * 2, LONGEST_STEP);
    this.#nextStep = now + this.#step;
    if (isNew) this.#pause = FIRST_PAUSE;
  }

  #recover(now: number): void {
    while ((this.#connections || this.#rate) && now >= this.#nextStep) {
      this.#connections = more(this.#connections, ({ now: few }) => few + 1);
      this.#rate = more(this.#rate, ({ now: slow }) => Math.ceil(slow * MORE));
      this.#nextStep += this.#step;
      if (!this.#rate) this.#nextAt = 0;
    }
  }
}

function more(limit: Limit | null, next: (limit: Limit) => number): Limit | null {
  if (!limit) return null;
  const value = next(limit);
  return value >= limit.full ? null : { ...limit, now: value };
}

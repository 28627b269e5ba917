/**
 * Alerts by mail, gathered: the first after a quiet time goes out within a minute together with what comes in that
 * minute, the next mail not before the interval is over, and no more than so many in any 24 hours. What waits for its
 * mail is counted when there is too much of it to be listed.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Alert } from './alert.ts';

export interface DigestSettings {
  readonly enabled: boolean;
  /** Kinds of alerts; empty for all. */
  readonly events: readonly string[];
  /** Seconds between two mails. */
  readonly interval: number;
  readonly maxPerDay: number;
}

export interface Gathered {
  readonly alerts: readonly Alert[];
  /** Alerts beyond those. */
  readonly omitted: number;
  /** No more mail today. */
  readonly isLast: boolean;
}

export interface DigestDependencies {
  readonly clock: Clock;
  readonly settings: () => DigestSettings;
  /** Puts a mail into the queue. */
  readonly send: (gathered: Gathered) => Promise<void>;
  readonly onFailure: (why: string) => void;
}

const GATHER = 60_000;
const DAY = 86_400_000;
const LISTED = 500;

export class Digest {
  readonly #deps: DigestDependencies;
  #alerts: Alert[] = [];
  #omitted = 0;
  #timer: Timer | null = null;
  /** When mails were sent, within the last day. */
  #sent: number[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(deps: DigestDependencies) {
    this.#deps = deps;
  }

  add(alert: Alert): void {
    const { enabled, events } = this.#deps.settings();
    if (!enabled || (events.length > 0 && !events.includes(alert.kind))) return;
    if (this.#alerts.length < LISTED) this.#alerts.push(alert);
    else this.#omitted++;
    this.#arm(GATHER);
  }

  /** Sends what waits, without waiting for its time: it would be lost. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#sending;
    if (this.#alerts.length > 0 && this.#mayBeSent() <= 0) await this.#send();
  }

  #arm(delay: number): void {
    if (this.#timer !== null) return;
    this.#timer = this.#deps.clock.after(delay, () => {
      this.#timer = null;
      const wait = this.#nextIn();
      if (wait > 0) this.#arm(wait);
      else this.#sending = this.#send();
    });
  }

  /** Milliseconds until the next mail may go. */
  #nextIn(): number {
    const last = this.#sent.at(-1) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#mayBeSent(), last + this.#deps.settings().interval * 1000 - this.#deps.clock.now());
  }

  /** Milliseconds until the limit of a day lets one through. */
  #mayBeSent(): number {
    const now = this.#deps.clock.now();
    this.#sent = this.#sent.filter(time => now - time < DAY && time <= now);
    const over = this.#sent.length - this.#deps.settings().maxPerDay;
    return over < 0 ? 0 : this.#sent[over]! + DAY - now;
  }

  async #send(): Promise<void> {
    const [alerts, omitted] = [this.#alerts, this.#omitted];
    this.#alerts = [];
    this.#omitted = 0;
    if (!this.#deps.settings().enabled || alerts.length === 0) return;
    this.#sent.push(this.#deps.clock.now());
    try {
      await this.#deps.send({ alerts, omitted, isLast: this.#sent.length >= this.#deps.settings().maxPerDay });
    } catch (error) {
      this.#deps.onFailure((error as Error).message);
    }
  }
}

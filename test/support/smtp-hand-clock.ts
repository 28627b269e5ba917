/**
 * A clock turned by hand. `advance` fires what has become due, in order of time; what it sets off
 * runs on its own, so a test then waits for the effect it expects.
 */
import type { Clock, Timer } from '../../src/platform/clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export class HandClock implements Clock {
  #now: number;
  #order = 0;
  readonly #alarms = new Set<Alarm>();

  constructor(start = Date.parse('2026-03-04T12:00:00.000Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(delay: number, action: () => void): Timer {
    const alarm = { at: this.#now + Math.max(0, delay), order: this.#order++, action };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.delete(alarm) };
  }

  /** When the next alarm rings; null when none is set. */
  get nextAlarm(): number | null {
    return this.#first()?.at ?? null;
  }

  /** Lets time pass; each alarm sees its own time. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (let alarm = this.#first(); alarm && alarm.at <= end; alarm = this.#first()) {
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.action();
      await new Promise(resolve => setImmediate(resolve));
    }
    this.#now = end;
  }

  #first(): Alarm | undefined {
    return [...this.#alarms].sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

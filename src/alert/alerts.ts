/**
 * Hears of everything and passes on what people are to be told of. A trouble is told of when it has lasted for a
 * while, so that nobody is woken by what heals itself; its end is told to whom its beginning was told.
 */
import type { RelayEvent } from '../log/events.ts';
import type { Notice } from '../log/notices.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { type Alert, alertOfNotice, alertsOfEvent } from './alert.ts';

export interface AlertsDependencies {
  readonly clock: Clock;
  /** Milliseconds that a trouble lasts before it is told of. */
  readonly delay: () => number;
  readonly tell: (alert: Alert) => void;
  /** Alerts of our own making: nobody is told of an alert about an alert. */
  readonly isOurs: (messageId: string) => boolean;
}

export class Alerts {
  readonly #deps: AlertsDependencies;
  readonly #pending = new Map<string, Timer>();
  readonly #told = new Set<string>();

  constructor(deps: AlertsDependencies) {
    this.#deps = deps;
  }

  notice(notice: Notice): void {
    const { clock, tell } = this.#deps;
    const alert = alertOfNotice(notice, clock.now());
    if (alert === null) return;
    if (notice.about === '') tell(alert);
    else if (notice.ends !== null) this.#end(notice.about, alert);
    else this.#begin(notice.about, alert);
  }

  event(event: RelayEvent): void {
    if (event.type !== 'attempted' && event.type !== 'report' && event.type !== 'badmail') return;
    const alerts = alertsOfEvent(event, this.#deps.clock.now());
    if (alerts.length === 0 || this.#deps.isOurs(event.message.id)) return;
    for (const alert of alerts) this.#deps.tell(alert);
  }

  close(): void {
    for (const timer of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #begin(about: string, alert: Alert): void {
    const { clock, delay, tell } = this.#deps;
    const wait = clock.after(delay(), () => {
      this.#pending.delete(about);
      this.#told.add(about);
      tell(alert);
    });
    this.#pending.set(about, wait);
  }

  #end(about: string, alert: Alert): void {
    this.#pending.get(about)?.cancel();
    this.#pending.delete(about);
    if (this.#told.delete(about)) this.#deps.tell(alert);
  }
}

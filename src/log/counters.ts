/**
 * What happened since the start, as numbers. `received` and `bytesReceived` count what others gave
 * us, not our own reports; `delivered`, `deferred` and `failed` count recipients per attempt.
 */
import type { RelayEvent } from './events.ts';

export interface CounterValues {
  readonly received: number;
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
  readonly badMail: number;
  readonly reports: number;
  readonly refused: number;
  readonly logonFailures: number;
  readonly bytesReceived: number;
}

export class Counters {
  readonly #values = {
    received: 0,
    delivered: 0,
    deferred: 0,
    failed: 0,
    badMail: 0,
    reports: 0,
    refused: 0,
    logonFailures: 0,
    bytesReceived: 0,
  };

  add(event: RelayEvent): void {
    const values = this.#values;
    switch (event.type) {
      case 'received':
        if (event.message.origin.source === 'DSN') return;
        values.received += 1;
        values.bytesReceived += event.message.size;
        return;
      case 'attempted':
        for (const { outcome } of event.results) values[outcome.kind] += 1;
        return;
      case 'report':
        values.reports += 1;
        return;
      case 'badmail':
        values.badMail += 1;
        return;
      case 'refused':
        values.refused += 1;
        return;
      case 'logon':
        if (!event.success) values.logonFailures += 1;
    }
  }

  snapshot(): CounterValues {
    return { ...this.#values };
  }
}

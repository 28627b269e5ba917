/**
 * What happened since the start, by listener and by connector, and when each connector last handed
 * something over; the totals of the relay are the sums of these. `received` and `bytesReceived` count what others
 * gave us, not our own reports.
 */
import { formatReply } from '../message/reply.ts';
import type { RelayEvent } from './events.ts';

/** What came in by one listener. */
export interface ListenerStatistic {
  readonly received: number;
  readonly bytesReceived: number;
  readonly refused: number;
  readonly logonFailures: number;
}

/** What went out by one connector. Recipients, counted at each attempt. */
export interface ConnectorStatistic {
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
  /** Milliseconds since 1970; null for not since the start. */
  readonly lastSuccess: number | null;
  readonly lastFailure: number | null;
  readonly lastError: string | null;
}

/** What happened to the relay as a whole. */
export interface StatisticTotals
  extends ListenerStatistic,
    Pick<ConnectorStatistic, 'delivered' | 'deferred' | 'failed'> {
  readonly badMail: number;
  readonly reports: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Mail that came in by no listener: files, and what administrators send. */
export const NO_LISTENER = '(none)';
/** Mail that went out by no connector: drop folders of domains. */
export const NO_CONNECTOR = '(drop)';

export const rowOfConnector = (connector: string): string => connector || NO_CONNECTOR;

export class Statistics {
  readonly listeners = new Map<string, Writable<ListenerStatistic>>();
  readonly connectors = new Map<string, Writable<ConnectorStatistic>>();
  #badMail = 0;
  #reports = 0;

  /** @param now milliseconds since 1970 */
  add(event: RelayEvent, now: number): void {
    switch (event.type) {
      case 'received': {
        if (event.message.origin.source === 'DSN') return;
        const row = this.#listener(event.message.origin.listener ?? NO_LISTENER);
        row.received++;
        row.bytesReceived += event.message.size;
        return;
      }
      case 'attempted': {
        const row = this.#connector(rowOfConnector(event.connector));
        for (const { outcome } of event.results) {
          row[outcome.kind]++;
          if (outcome.kind === 'delivered') row.lastSuccess = now;
          else failed(row, now, formatReply(outcome.reply));
        }
        return;
      }
      case 'queue':
        if (event.status === 'Retry') failed(this.#connector(rowOfConnector(event.connector)), now, event.reason);
        return;
      case 'report':
        this.#reports++;
        return;
      case 'badmail':
        this.#badMail++;
        return;
      case 'refused':
        this.#listener(event.listener).refused++;
        return;
      case 'logon':
        if (!event.success) this.#listener(event.listener).logonFailures++;
    }
  }

  totals(): StatisticTotals {
    const came = (of: (row: ListenerStatistic) => number) => sum(this.listeners.values(), of);
    const went = (of: (row: ConnectorStatistic) => number) => sum(this.connectors.values(), of);
    return {
      received: came(row => row.received),
      bytesReceived: came(row => row.bytesReceived),
      refused: came(row => row.refused),
      logonFailures: came(row => row.logonFailures),
      delivered: went(row => row.delivered),
      deferred: went(row => row.deferred),
      failed: went(row => row.failed),
      badMail: this.#badMail,
      reports: this.#reports,
    };
  }

  #listener(name: string): Writable<ListenerStatistic> {
    let row = this.listeners.get(name);
    if (!row) {
      row = { received: 0, bytesReceived: 0, refused: 0, logonFailures: 0 };
      this.listeners.set(name, row);
    }
    return row;
  }

  #connector(name: string): Writable<ConnectorStatistic> {
    let row = this.connectors.get(name);
    if (!row) {
      row = { delivered: 0, deferred: 0, failed: 0, lastSuccess: null, lastFailure: null, lastError: null };
      this.connectors.set(name, row);
    }
    return row;
  }
}

function failed(row: Writable<ConnectorStatistic>, now: number, error: string | null): void {
  row.lastFailure = now;
  row.lastError = error;
}

function sum<Row>(rows: Iterable<Row>, of: (row: Row) => number): number {
  let total = 0;
  for (const row of rows) total += of(row);
  return total;
}

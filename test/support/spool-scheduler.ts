/**
 * A scheduler in its house for tests: a real spool, a clock turned by hand, and a delivery that
 * answers what the test says (that border is the scheduler's own).
 */

import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RelayEvent } from '../../src/log/events.ts';
import { domainOf } from '../../src/message/address.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import type { TransactionResult } from '../../src/message/outcome.ts';
import type { NextHop } from '../../src/route/next-hop.ts';
import type { RecipientOutcome } from '../../src/scheduler/attempt.ts';
import { Holds } from '../../src/scheduler/holds.ts';
import type { HopSchedule } from '../../src/scheduler/hop-schedule.ts';
import { type HopLimits, Scheduler } from '../../src/scheduler/scheduler.ts';
import { FastSpool } from '../../src/spool/fast-spool.ts';
import { QueueSpool, type QueueSpoolOptions } from '../../src/spool/queue-spool.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { HandClock } from './smtp-hand-clock.ts';
import { until } from './smtp-until.ts';
import { envelopeOf, put, TEXT, temporaryFolder } from './spool-folder.ts';

export interface DeliveryCall {
  readonly hop: string;
  readonly message: AcceptedMessage;
  readonly indexes: readonly number[];
  readonly at: number;
  finish: (result: TransactionResult) => void;
}

const REMOTE = { host: 'mx.example', address: '192.0.2.25', port: 25 };

export const deliveredAll = (indexes: readonly number[], dsnHandedOver = true): TransactionResult => ({
  kind: 'tried',
  outcomes: indexes.map(() => ({
    kind: 'delivered',
    reply: { code: 250, enhanced: '2.0.0', text: 'Ok' },
    remote: REMOTE,
    dsnHandedOver,
  })),
});

export const deferredAll = (indexes: readonly number[]): TransactionResult => ({
  kind: 'tried',
  outcomes: indexes.map(() => ({
    kind: 'deferred',
    reply: { code: 450, enhanced: '4.2.1', text: 'Later' },
    remote: REMOTE,
  })),
});

export const failedAll = (indexes: readonly number[]): TransactionResult => ({
  kind: 'tried',
  outcomes: indexes.map(() => ({
    kind: 'failed',
    reply: { code: 550, enhanced: '5.1.1', text: 'No' },
    remote: REMOTE,
  })),
});

export const UNREACHABLE: TransactionResult = {
  kind: 'unreachable',
  reply: { code: 451, enhanced: '4.4.1', text: 'connection refused' },
  remote: REMOTE,
};

/** Waits until the test finishes it by hand. */
export const HELD = Symbol('held');

export type Answer = TransactionResult | typeof HELD;

export class House {
  readonly clock = new HandClock();
  readonly calls: DeliveryCall[] = [];
  readonly events: RelayEvent[] = [];
  readonly reports: { kind: 'failed' | 'relayed'; id: string; results: readonly RecipientOutcome[] }[] = [];
  settings = {
    retryInterval: [60, 300],
    messageExpirationTimeout: 172_800,
    delayNotificationTimeout: 0,
    maxOutboundConnections: 1000,
  };
  /** What next hops have of their own. */
  readonly schedules: Record<string, Partial<HopSchedule>> = {};
  limits = { maxConnections: 1000, maxRecipientsPerTransaction: 100 };
  /** What next hops have of their own. */
  readonly limitsOf: Record<string, Partial<HopLimits>> = {};
  /** Connectors of next hops; Internet has the rest. */
  readonly connectors: Record<string, string> = {};
  hopOf: (address: string) => string = domainOf;
  random: () => number = () => 0;
  answer: (call: DeliveryCall) => Answer | Promise<Answer> = ({ indexes }) => deliveredAll(indexes);
  report: (kind: 'failed' | 'relayed', message: AcceptedMessage) => Promise<void> = async () => {};
  /** Called instead of the spool's own method of this name. */
  readonly instead: { [Name in keyof Spool]?: Spool[Name] } = {};
  /** The real one. */
  spool!: Spool;
  scheduler!: Scheduler;
  folder!: string;
  lane!: 'queue' | 'fast';
  /** Message numbers as they were accepted; many at the same time come in any order. */
  readonly accepted: number[] = [];
  /** Deliveries that have begun and not ended, and the most there ever were. */
  flying = 0;
  most = 0;
  #busy = 0;
  #activity = 0;

  async open(t: TestContext, lane: 'queue' | 'fast' = 'queue'): Promise<this> {
    this.lane = lane;
    this.folder = await temporaryFolder(t);
    const options: QueueSpoolOptions = {
      dataFolder: this.folder,
      now: () => this.clock.now(),
      // A connector is its own next hop.
      hopOf: ({ recipient, pinned }) => pinned ?? this.hopOf(recipient),
      routes: () => String(this.hopOf),
      minimumFreeSpace: () => 0,
      onAccepted: works => {
        this.accepted.push(works[0]!.message.number);
        this.scheduler.accepted(works);
      },
      onSetAside: () => {},
      onProblem: sentence => this.events.push({ type: 'service', level: 'error', what: sentence }),
    };
    this.spool = (await (lane === 'queue' ? QueueSpool : FastSpool).open(options)).spool;
    this.scheduler = new Scheduler({
      clock: this.clock,
      spool: this.#watched(),
      deliver: (hop, message, indexes) => this.#deliver(hop, message, indexes),
      reporter: {
        failed: (message, results) => this.#reported('failed', message, results),
        relayed: (message, results) => this.#reported('relayed', message, results),
        delivered: async () => {},
        delayed: async () => {},
      },
      emit: event => this.events.push(event),
      random: () => this.random(),
      holds: await Holds.open(join(this.folder, 'suspended.json'), () => {}),
      settings: () => this.settings,
      logsOn: () => false,
      scheduleOf: hop => ({ ...this.settings, ...this.schedules[hop.key] }),
      describe: (hop): NextHop => ({
        key: hop,
        connector: this.connectors[hop] ?? 'Internet',
        deliveryType: 'DnsConnectorDelivery',
        nextHopDomain: hop,
      }),
      limits: hop => ({ maxMessagesPerMinute: null, ...this.limits, ...this.limitsOf[hop.key] }),
    });
    t.after(async () => {
      const stopping = this.scheduler.stop(0);
      await this.clock.advance(0);
      await stopping;
      await this.spool.close();
    });
    return this;
  }

  /** The spool as the scheduler sees it: what it does is counted, and can be replaced. */
  #watched(): Spool {
    return new Proxy(this.spool, {
      get: (spool, name: keyof Spool) => {
        const method = spool[name] as (...all: unknown[]) => unknown;
        if (typeof method !== 'function') return method;
        return (...all: unknown[]) => {
          const other = this.instead[name] as ((...all: unknown[]) => unknown) | undefined;
          const result = other ? other(...all) : method.apply(spool, all);
          if (!(result instanceof Promise)) return result;
          this.#busy++;
          return result.finally(() => {
            this.#busy--;
            this.#activity++;
          });
        };
      },
    });
  }

  async #deliver(hop: NextHop, message: AcceptedMessage, indexes: readonly number[]): Promise<TransactionResult> {
    this.#activity++;
    this.flying++;
    this.most = Math.max(this.most, this.flying);
    try {
      return await new Promise<TransactionResult>((resolve, reject) => {
        const call: DeliveryCall = { hop: hop.key, message, indexes, at: this.clock.now(), finish: resolve };
        this.calls.push(call);
        void (async () => this.answer(call))().then(answer => {
          if (answer !== HELD) resolve(answer);
        }, reject);
      });
    } finally {
      this.flying--;
      this.#activity++;
    }
  }

  async #reported(kind: 'failed' | 'relayed', message: AcceptedMessage, results: readonly RecipientOutcome[]) {
    this.#activity++;
    await this.report(kind, message);
    this.reports.push({ kind, id: message.id, results });
  }

  /** Resolves when nothing happens any more without time or the test moving on. */
  async quiet(): Promise<void> {
    for (let calm = 0, before = -1; calm < 4; ) {
      await this.spool.summaries();
      await turn();
      calm = this.#busy === 0 && this.#activity === before ? calm + 1 : 0;
      before = this.#activity;
    }
  }

  /** Lets time pass, and everything happen that comes of it, each thing at its own time. */
  async pass(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds * 1000;
    await this.quiet();
    for (let next = this.clock.nextAlarm; next !== null && next <= end; next = this.clock.nextAlarm) {
      await this.clock.advance(Math.max(0, next - this.clock.now()));
      await this.quiet();
    }
    await this.clock.advance(end - this.clock.now());
    await this.quiet();
  }

  put(...recipients: Parameters<typeof envelopeOf>[0] & object): Promise<AcceptedMessage> {
    return put(this.spool, TEXT, envelopeOf(recipients.length > 0 ? recipients : undefined));
  }

  /** Messages that came in one after the other. */
  async putMany(count: number, recipient = 'anna@example.net'): Promise<AcceptedMessage[]> {
    return Promise.all(Array.from({ length: count }, () => this.put(recipient)));
  }

  queue(hop = 'example.net') {
    return this.scheduler.queues.find(queue => queue.hop === hop);
  }

  async waiting(): Promise<number> {
    return (await this.spool.list({ hops: null, number: null, limit: 10_000 })).length;
  }

  untilCalls(count: number): Promise<void> {
    return until(() => this.calls.length >= count, `${count} deliveries`);
  }

  /** Seconds since the first delivery, of each. */
  times(): number[] {
    return this.calls.map(call => Math.round((call.at - this.calls[0]!.at) / 1000));
  }
}

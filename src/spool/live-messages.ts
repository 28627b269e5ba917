/**
 * The messages that only the segment log holds, with what of them is still to be done. Indexed by
 * number and by next hop. Bodies stay in memory within a bound; beyond it they are read back from
 * the log, oldest first to be dropped.
 */
import type { AcceptedMessage } from '../message/envelope.ts';
import { hopsOf } from './rows.ts';
import type { RecordPlace } from './segment-log.ts';
import type { AgeQuery, HopOf, HopSummary, ListQuery, Work } from './spool.ts';

export interface LiveMessage {
  readonly message: AcceptedMessage;
  readonly crc: number;
  readonly place: RecordPlace;
  /** Null when it is to be read from the log. */
  body: readonly Buffer[] | null;
  hops: readonly string[];
  /** Indexes of recipients without a final result. */
  readonly waiting: Set<number>;
  /** On its way to the queue. */
  moving: Promise<void> | null;
}

const BODY_BYTES = 64 * 1024 * 1024;

export class LiveMessages {
  readonly #hopOf: HopOf;
  readonly #byNumber = new Map<number, LiveMessage>();
  readonly #byHop = new Map<string, Map<number, LiveMessage>>();
  #bodyBytes = 0;

  constructor(hopOf: HopOf) {
    this.#hopOf = hopOf;
  }

  get count(): number {
    return this.#byNumber.size;
  }

  get(number: number): LiveMessage | undefined {
    return this.#byNumber.get(number);
  }

  add(message: AcceptedMessage, crc: number, place: RecordPlace, body: readonly Buffer[]): LiveMessage {
    const keeps = this.#bodyBytes + message.size <= BODY_BYTES;
    const live: LiveMessage = {
      message,
      crc,
      place,
      body: keeps ? body : null,
      hops: hopsOf(message, this.#hopOf),
      waiting: new Set(message.envelope.recipients.keys()),
      moving: null,
    };
    if (keeps) this.#bodyBytes += message.size;
    this.#byNumber.set(message.number, live);
    this.#index(live);
    return live;
  }

  delete(live: LiveMessage): void {
    if (!this.#byNumber.delete(live.message.number)) return;
    if (live.body) this.#bodyBytes -= live.message.size;
    live.body = null;
    this.#unindex(live);
  }

  /** Drops the oldest bodies while there are too many bytes of them. */
  boundMemory(): void {
    for (const live of this.#byNumber.values()) {
      if (this.#bodyBytes <= BODY_BYTES / 2) return;
      if (!live.body || live.moving) continue;
      this.#bodyBytes -= live.message.size;
      live.body = null;
    }
  }

  /** One piece of work per next hop. */
  workOf(live: LiveMessage, hop?: string): Work[] {
    const hops = hop === undefined ? [...new Set(live.hops)] : [hop];
    return hops.flatMap(name => {
      const recipients = [...live.waiting].filter(index => live.hops[index] === name);
      if (recipients.length === 0) return [];
      const about = { attempts: 0, nextAttempt: live.message.receivedAt, lastReply: null };
      return [{ message: live.message, hop: name, recipients: recipients.map(index => ({ index, ...about })) }];
    });
  }

  /** Waiting work of a next hop, oldest first. */
  ofHop(hop: string, limit: number, wanted: (number: number) => boolean): Work[] {
    const works: Work[] = [];
    for (const live of this.#byHop.get(hop)?.values() ?? []) {
      if (works.length >= limit) break;
      if (wanted(live.message.number)) works.push(...this.workOf(live, hop));
    }
    return works;
  }

  /** Oldest first. */
  acceptedBefore(before: number, limit: number): LiveMessage[] {
    const found: LiveMessage[] = [];
    for (const live of this.#byNumber.values()) {
      if (live.message.receivedAt > before || found.length >= limit) break;
      found.push(live);
    }
    return found;
  }

  /** Waiting work of a time and of some next hops, oldest first. */
  aged({ after, before, hops }: AgeQuery): Work[] {
    const isWanted =
      'only' in hops ? (hop: string) => hops.only.includes(hop) : (hop: string) => !hops.except.includes(hop);
    return this.acceptedBefore(before, Number.POSITIVE_INFINITY)
      .filter(({ message }) => message.receivedAt > (after?.receivedAt ?? -1))
      .flatMap(live => this.workOf(live))
      .filter(work => isWanted(work.hop));
  }

  list({ hops, number, after = 0, limit }: ListQuery): Work[] {
    const works: Work[] = [];
    let messages = 0;
    for (const live of number === null ? this.#byNumber.values() : this.#one(number)) {
      if (live.message.number <= after) continue;
      const wanted = this.workOf(live).filter(work => hops === null || hops.includes(work.hop));
      if (wanted.length === 0) continue;
      works.push(...wanted);
      if (++messages >= limit) break;
    }
    return works;
  }

  #one(number: number): LiveMessage[] {
    const live = this.#byNumber.get(number);
    return live ? [live] : [];
  }

  /** Counts these messages in. */
  addTo(summaries: readonly HopSummary[]): HopSummary[] {
    const all = new Map(summaries.map(summary => [summary.hop, summary]));
    for (const live of this.#byNumber.values()) {
      for (const work of this.workOf(live)) {
        const before = all.get(work.hop) ?? {
          hop: work.hop,
          messages: 0,
          recipients: 0,
          nextAttempt: live.message.receivedAt,
        };
        all.set(work.hop, {
          hop: work.hop,
          messages: before.messages + 1,
          recipients: before.recipients + work.recipients.length,
          nextAttempt: Math.min(before.nextAttempt, live.message.receivedAt),
        });
      }
    }
    return [...all.values()];
  }

  reroute(): void {
    this.#byHop.clear();
    for (const live of this.#byNumber.values()) {
      live.hops = hopsOf(live.message, this.#hopOf);
      this.#index(live);
    }
  }

  #index(live: LiveMessage): void {
    for (const hop of new Set(live.hops)) {
      const messages = this.#byHop.get(hop);
      if (messages) messages.set(live.message.number, live);
      else this.#byHop.set(hop, new Map([[live.message.number, live]]));
    }
  }

  #unindex(live: LiveMessage): void {
    for (const hop of new Set(live.hops)) {
      const messages = this.#byHop.get(hop);
      messages?.delete(live.message.number);
      if (messages?.size === 0) this.#byHop.delete(hop);
    }
  }
}

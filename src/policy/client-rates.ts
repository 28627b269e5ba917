import { sourceOf } from './session-limits.ts';

/**
 * What one client address may do in a minute: connect, begin messages, name recipients, send bytes.
 * The minute of an address begins with the first thing it does; what is over the limit is told how
 * long that minute still lasts. Bytes are known when a message is in, so they keep out the next one.
 */

/** Per minute and client address; 0 is no limit. */
export interface RateLimits {
  readonly connectionRateLimit: number;
  readonly messageRateLimit: number;
  readonly recipientRateLimit: number;
  readonly byteRateLimit: number;
}

export type Counted = 'connections' | 'messages' | 'recipients' | 'bytes';

/** Null lets it happen. */
export type RateAnswer = { readonly rule: string; readonly seconds: number } | null;

const MINUTE = 60_000;
const LIMIT = {
  connections: 'connectionRateLimit',
  messages: 'messageRateLimit',
  recipients: 'recipientRateLimit',
  bytes: 'byteRateLimit',
} as const;
const RULE = {
  connections: 'ConnectionRateLimit',
  messages: 'MessageRateLimit',
  recipients: 'RecipientRateLimit',
  bytes: 'ByteRateLimit',
} as const;

interface Minute {
  readonly end: number;
  readonly counts: Record<Counted, number>;
}

export class ClientRates {
  readonly #limits: () => RateLimits;
  readonly #now: () => number;
  /** In the order in which their minutes began. */
  readonly #minutes = new Map<string, Minute>();

  /** @param now milliseconds */
  constructor(limits: () => RateLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Client addresses that are remembered. */
  get size(): number {
    return this.#minutes.size;
  }

  /** Counts one more, or says what is against it; then nothing is counted. */
  tryOne(what: Exclude<Counted, 'bytes'>, address: string): RateAnswer {
    const answer = this.#over(what, address);
    if (answer === null) this.#add(what, address, 1);
    return answer;
  }

  /** May this address send one more message, for the bytes it sent so far? */
  mayBegin(address: string): RateAnswer {
    return this.#over('bytes', address);
  }

  addBytes(address: string, bytes: number): void {
    this.#add('bytes', address, bytes);
  }

  #over(what: Counted, address: string): RateAnswer {
    const limit = this.#limits()[LIMIT[what]];
    if (limit === 0) return null;
    const minute = this.#current(sourceOf(address));
    if (!minute || minute.counts[what] < limit) return null;
    return { rule: RULE[what], seconds: Math.max(1, Math.ceil((minute.end - this.#now()) / 1000)) };
  }

  #add(what: Counted, address: string, count: number): void {
    if (this.#limits()[LIMIT[what]] === 0) return;
    const key = sourceOf(address);
    let minute = this.#current(key);
    if (!minute) {
      minute = { end: this.#now() + MINUTE, counts: { connections: 0, messages: 0, recipients: 0, bytes: 0 } };
      this.#minutes.set(key, minute);
    }
    minute.counts[what] += count;
  }

  #current(key: string): Minute | undefined {
    this.#forget();
    return this.#minutes.get(key);
  }

  /** Those whose minute is over; the map must not grow with every address that ever called. */
  #forget(): void {
    const now = this.#now();
    for (const [key, { end }] of this.#minutes) {
      if (end > now) return;
      this.#minutes.delete(key);
    }
  }
}

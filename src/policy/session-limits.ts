import { formatIp, parseIp } from '../message/network.ts';

/**
 * Counts the sessions that are open, in total and for each source address, and says whether one more
 * may enter. The limits are asked for at each entry, so that new settings hold at once; sessions that
 * are in stay in. Each entered session must leave exactly once; leaving without having entered throws.
 */

export interface SessionLimits {
  readonly maxInboundConnection: number;
  readonly maxInboundConnectionPerSource: number;
}

export type Entry = { readonly entered: true } | { readonly entered: false; readonly rule: string };

export class SessionCounter {
  readonly #limits: () => SessionLimits;
  readonly #sources = new Map<string, number>();
  #count = 0;

  constructor(limits: () => SessionLimits) {
    this.#limits = limits;
  }

  /** Sessions that are in. */
  get count(): number {
    return this.#count;
  }

  /** Counts the session in, or names the limit that keeps it out. */
  tryEnter(address: string): Entry {
    const { maxInboundConnection, maxInboundConnectionPerSource } = this.#limits();
    const source = sourceOf(address);
    const open = this.#sources.get(source) ?? 0;
    if (this.#count >= maxInboundConnection) return { entered: false, rule: 'MaxInboundConnection' };
    if (open >= maxInboundConnectionPerSource) return { entered: false, rule: 'MaxInboundConnectionPerSource' };
    this.#sources.set(source, open + 1);
    this.#count++;
    return { entered: true };
  }

  /** Counts a session out that was let in. */
  leave(address: string): void {
    const source = sourceOf(address);
    const open = this.#sources.get(source);
    if (open === undefined) throw new Error(`no session from ${address} is in`);
    // Forgotten at zero: the map must not grow with every address that ever called.
    if (open === 1) this.#sources.delete(source);
    else this.#sources.set(source, open - 1);
    this.#count--;
  }
}

/** One spelling for one address: `::ffff:10.0.0.1` and `10.0.0.1` are the same source. */
export function sourceOf(address: string): string {
  const ip = parseIp(address);
  return ip === null ? address : formatIp(ip);
}

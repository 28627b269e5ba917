/**
 * Against guessing of passwords: a failed log-on is answered later the more of them came from the same
 * source, and a source with too many is banned for a time. A source is an IPv4 address, or the /64 that
 * one customer has in IPv6. This computer is never banned, nor are the listed addresses (load balancers,
 * gateways): many users stand behind one of those, so only failures of the same session count there.
 * A success forgets nothing: who has one password of ours could go on guessing others.
 */
import { formatIp, parseIp } from '../message/ip.ts';
import { NetworkList } from '../message/network.ts';

export interface LogonGuardSettings {
  /** Failed log-ons within the window that ban a source; 0 bans nobody. */
  readonly maxLogonFailures: number;
  /** Seconds. */
  readonly logonFailureWindow: number;
  /** Seconds. */
  readonly banDuration: number;
  /** Addresses that are never banned. */
  readonly banExemptIPRanges: readonly string[];
}

export interface Ban {
  /** An IPv4 address, or an IPv6 network of 64 bits. */
  readonly source: string;
  /** Failed log-ons that led to it. */
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

export interface LogonGuardDependencies {
  readonly settings: () => LogonGuardSettings;
  readonly now: () => number;
  /** Those of the time before. */
  readonly bans: readonly Ban[];
  /** Makes a change of the bans durable. */
  readonly save: (bans: readonly Ban[]) => Promise<void>;
  readonly onBanned: (ban: Ban) => void;
}

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 15_000;
/** What an attacker with a whole network can make us remember. */
const SOURCES_AT_MOST = 50_000;
/** Times kept where nobody is banned: enough for the longest delay. */
const TIMES_AT_LEAST = 8;
const HALF = (1n << 64n) - 1n;

/** What counts as one source; the text itself when it is no address. */
export function networkOf(address: string): string {
  const ip = parseIp(address.endsWith('/64') ? address.slice(0, -'/64'.length) : address);
  if (ip === null) return address;
  return ip.family === 4 ? formatIp(ip) : `${formatIp({ family: 6, value: ip.value & ~HALF })}/64`;
}

export function isLoopback(address: string): boolean {
  const ip = parseIp(address);
  if (!ip) return false;
  return ip.family === 4 ? ip.value >> 24n === 127n : ip.value === 1n;
}

export class LogonGuard {
  readonly #deps: LogonGuardDependencies;
  /** Times of failures by source, the source that failed last at the end. */
  readonly #failures = new Map<string, number[]>();
  readonly #sessions = new WeakMap<object, number>();
  readonly #bans: Map<string, Ban>;
  #exempt: { readonly ranges: readonly string[]; readonly list: NetworkList } | null = null;

  constructor(deps: LogonGuardDependencies) {
    this.#deps = deps;
    this.#bans = new Map(deps.bans.map(ban => [ban.source, ban]));
  }

  /** Bans in force, the oldest first. */
  get bans(): readonly Ban[] {
    const now = this.#deps.now();
    for (const ban of this.#bans.values()) if (ban.until <= now) this.#bans.delete(ban.source);
    return [...this.#bans.values()];
  }

  /** An address that was put on the list meanwhile is free at once. */
  isBanned(address: string): boolean {
    const ban = this.#bans.get(networkOf(address));
    return ban !== undefined && ban.until > this.#deps.now() && !this.#isExempt(address);
  }

  /** Whether failures of this source are remembered. */
  isSuspicious(address: string): boolean {
    return this.#recent(networkOf(address)).length > 0;
  }

  /**
   * Counts a failed log-on.
   * @param session the same object for the same session
   * @returns milliseconds after which it is answered
   */
  failed(address: string, session: object): number {
    const inSession = (this.#sessions.get(session) ?? 0) + 1;
    this.#sessions.set(session, inSession);
    if (this.#isExempt(address)) return delayOf(inSession);
    return delayOf(Math.max(inSession, this.#count(networkOf(address))));
  }

  /** Ends the ban of an address or network. @returns whether there was one; the change is on the disk then. */
  async lift(address: string): Promise<boolean> {
    const source = networkOf(address);
    this.#failures.delete(source);
    if (!this.bans.some(ban => ban.source === source)) return false;
    this.#bans.delete(source);
    await this.#deps.save(this.bans);
    return true;
  }

  #count(source: string): number {
    const { maxLogonFailures, banDuration } = this.#deps.settings();
    const now = this.#deps.now();
    const times = [...this.#recent(source), now].slice(-Math.max(maxLogonFailures, TIMES_AT_LEAST));
    this.#failures.delete(source);
    this.#failures.set(source, times);
    forgetOldest(this.#failures);
    if (maxLogonFailures > 0 && times.length >= maxLogonFailures && !this.#bans.has(source))
      this.#ban({ source, failures: times.length, since: now, until: now + banDuration * 1000 });
    return times.length;
  }

  #ban(ban: Ban): void {
    this.#failures.delete(ban.source);
    this.#bans.set(ban.source, ban);
    forgetOldest(this.#bans);
    this.#deps.onBanned(ban);
    // In force already; whoever waits for the disk is told of trouble there by the one who saves.
    void this.#deps.save(this.bans).catch(() => {});
  }

  #recent(source: string): readonly number[] {
    const since = this.#deps.now() - this.#deps.settings().logonFailureWindow * 1000;
    return (this.#failures.get(source) ?? []).filter(time => time > since);
  }

  #isExempt(address: string): boolean {
    if (isLoopback(address)) return true;
    const ranges = this.#deps.settings().banExemptIPRanges;
    if (this.#exempt?.ranges !== ranges) this.#exempt = { ranges, list: new NetworkList(ranges) };
    return this.#exempt.list.match(address) !== null;
  }
}

/** 1, 2, 4, 8 and then 15 seconds. */
function delayOf(failures: number): number {
  return Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY);
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size > SOURCES_AT_MOST) map.delete(map.keys().next().value!);
}

/**
 * What the relay's own accounts may do beside logging on: from which addresses, as which senders and how
 * many messages an hour. Settings are asked for each time, so a change holds at once, for sessions that
 * are logged on too. The messages of the last hour are counted in memory; a restart forgets them.
 */
import { NetworkList } from '../message/network.ts';
import { isAllowed } from './address-patterns.ts';

export interface AccountSettings {
  readonly name: string;
  readonly enabled: boolean;
  readonly verifier: string;
  /** Addresses, wildcards allowed; empty for any. */
  readonly sendAs: readonly string[];
  /** The same for whom it may send to. */
  readonly allowedRecipients: readonly string[];
  /** Empty for any. */
  readonly remoteIPRanges: readonly string[];
  /** Null for no limit. */
  readonly maxMessagesPerHour: number | null;
}

const BUCKET = 60_000;
const BUCKETS = 60;

export class AccountRights {
  readonly #accounts: () => readonly AccountSettings[];
  readonly #now: () => number;
  // Settings are frozen, and another version of them has other objects.
  readonly #networks = new WeakMap<AccountSettings, NetworkList>();
  readonly #sent = new Map<string, HourCount>();

  constructor(accounts: () => readonly AccountSettings[], now: () => number) {
    this.#accounts = accounts;
    this.#now = now;
  }

  get none(): boolean {
    return this.#accounts().length === 0;
  }

  /** Names are compared without case. */
  find(name: string): AccountSettings | null {
    const wanted = name.toLowerCase();
    return this.#accounts().find(account => account.name.toLowerCase() === wanted) ?? null;
  }

  mayComeFrom(account: AccountSettings, address: string): boolean {
    if (account.remoteIPRanges.length === 0) return true;
    let list = this.#networks.get(account);
    if (!list) {
      list = new NetworkList(account.remoteIPRanges);
      this.#networks.set(account, list);
    }
    return list.match(address) !== null;
  }

  maySendAs(account: AccountSettings, address: string): boolean {
    return isAllowed(account.sendAs, address);
  }

  maySendTo(account: AccountSettings, address: string): boolean {
    return isAllowed(account.allowedRecipients, address);
  }

  /** Whether one more message is within the limit; counts nothing. */
  hasRoom({ name, maxMessagesPerHour }: AccountSettings): boolean {
    if (maxMessagesPerHour === null) return true;
    return (this.#sent.get(name.toLowerCase())?.total(this.#now()) ?? 0) < maxMessagesPerHour;
  }

  /** Counts a message that begins. @returns how to take it back when nothing came of it; null when it is one too many. */
  take(account: AccountSettings): (() => void) | null {
    if (account.maxMessagesPerHour === null) return () => {};
    if (!this.hasRoom(account)) return null;
    const key = account.name.toLowerCase();
    let count = this.#sent.get(key);
    if (!count) {
      count = new HourCount();
      this.#sent.set(key, count);
    }
    return count.add(this.#now());
  }
}

/** Messages of the last hour, by minute. */
class HourCount {
  readonly #counts = new Map<number, number>();

  add(now: number): () => void {
    const minute = Math.floor(now / BUCKET);
    this.#counts.set(minute, (this.#counts.get(minute) ?? 0) + 1);
    return () => {
      const count = this.#counts.get(minute);
      if (count !== undefined) this.#counts.set(minute, count - 1);
    };
  }

  total(now: number): number {
    const oldest = Math.floor(now / BUCKET) - BUCKETS;
    let total = 0;
    for (const [minute, count] of this.#counts) {
      if (minute <= oldest) this.#counts.delete(minute);
      else total += count;
    }
    return total;
  }
}

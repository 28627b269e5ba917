/**
 * The policies of domains as they hold now (RFC 8461 5): announced by DNS, fetched when the announcement has a new
 * id, and kept for as long as they say. A policy that is kept holds even when DNS or the policy host say nothing any
 * more: who can take those away must not be able to take the protection away. Long before its end it is fetched again,
 * and no mail waits for that.
 */
import type { Dns } from '../platform/dns.ts';
import { policyIdOf, type StsPolicy } from './policy.ts';

export interface KeptPolicy {
  readonly domain: string;
  readonly id: string;
  readonly policy: StsPolicy;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
  /** When mail asked for it last, to the day; not there in older files. */
  readonly usedAt?: number;
}

export interface StsPoliciesDependencies {
  readonly dns: () => Pick<Dns, 'texts'>;
  /** @throws Error with a sentence */
  readonly fetch: (domain: string) => Promise<StsPolicy>;
  readonly now: () => number;
  readonly kept: readonly KeptPolicy[];
  /** Something else is kept now. */
  readonly save: (kept: readonly KeptPolicy[]) => void;
  /** A policy that is announced could not be had. */
  readonly onTrouble: (domain: string, why: string, isKept: boolean) => void;
}

const MOST = 10_000;
/** A policy host that failed is left alone for so long (RFC 8461 3.3). */
const AGAIN_AFTER = 300_000;
const DAY = 86_400_000;
/** One that is in use is fetched again so often, or after half of its time where that is shorter (RFC 8461 3.3). */
const RENEWED_AFTER = DAY;
/** One that no mail asked for in so long is left to its end. */
const USED_WITHIN = 30 * DAY;

export class StsPolicies {
  readonly #deps: StsPoliciesDependencies;
  readonly #kept: Map<string, KeptPolicy>;
  /** By domain and id: until when it is left alone. */
  readonly #failed = new Map<string, number>();
  readonly #asking = new Map<string, Promise<StsPolicy | null>>();
  readonly #fetching = new Map<string, Promise<void>>();
  #isRenewing = false;

  constructor(deps: StsPoliciesDependencies) {
    this.#deps = deps;
    this.#kept = new Map(deps.kept.map(kept => [kept.domain, kept]));
  }

  /** The policy that mail to a domain must follow; null for none. @param domain ASCII, lower case */
  of(domain: string): Promise<StsPolicy | null> {
    const asking = this.#asking.get(domain) ?? this.#find(domain).finally(() => this.#asking.delete(domain));
    this.#asking.set(domain, asking);
    return asking;
  }

  async #find(domain: string): Promise<StsPolicy | null> {
    const announced = await this.#deps.dns().texts(`_mta-sts.${domain}`);
    const id = announced.kind === 'found' ? policyIdOf(announced.records) : null;
    const kept = this.#good(domain);
    if (kept) this.#noteUse(kept);
    if (id !== null && kept?.id !== id) await this.#fetchOnce(domain, id, kept);
    else if (id !== null && kept && this.#isOld(kept)) void this.#fetchOnce(domain, id, kept);
    const policy = this.#good(domain)?.policy ?? null;
    return policy?.mode === 'none' ? null : policy;
  }

  /** Fetches those that are in use and get old, one after the other; never rejects. To be called now and then. */
  async renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    await this.#renewAll().finally(() => {
      this.#isRenewing = false;
    });
  }

  async #renewAll(): Promise<void> {
    const inUse = [...this.#kept.values()].filter(
      kept => this.#isOld(kept) && this.#deps.now() - (kept.usedAt ?? kept.fetchedAt) < USED_WITHIN,
    );
    for (const kept of inUse) {
      const announced = await this.#deps.dns().texts(`_mta-sts.${kept.domain}`);
      // Who announces none any more is left to the end of what is kept.
      const id = announced.kind === 'found' ? policyIdOf(announced.records) : null;
      if (id !== null || announced.kind === 'temporary') await this.#fetchOnce(kept.domain, id ?? kept.id, kept);
    }
  }

  #isOld({ fetchedAt, policy }: KeptPolicy): boolean {
    return this.#deps.now() - fetchedAt >= Math.min(RENEWED_AFTER, policy.maxAge * 500);
  }

  /** Not worth a write of its own: it is saved with the next policy. */
  #noteUse(kept: KeptPolicy): void {
    const now = this.#deps.now();
    if (now - (kept.usedAt ?? 0) > DAY) this.#kept.set(kept.domain, { ...kept, usedAt: now });
  }

  #fetchOnce(domain: string, id: string, kept: KeptPolicy | null): Promise<void> {
    const fetching =
      this.#fetching.get(domain) ?? this.#fetch(domain, id, kept).finally(() => this.#fetching.delete(domain));
    this.#fetching.set(domain, fetching);
    return fetching;
  }

  /** What is kept and has not ended. */
  #good(domain: string): KeptPolicy | null {
    const kept = this.#kept.get(domain);
    return kept && this.#deps.now() < kept.fetchedAt + kept.policy.maxAge * 1000 ? kept : null;
  }

  async #fetch(domain: string, id: string, kept: KeptPolicy | null): Promise<void> {
    const attempt = `${domain} ${id}`;
    const now = this.#deps.now();
    if ((this.#failed.get(attempt) ?? 0) > now) return;
    try {
      const policy = await this.#deps.fetch(domain);
      this.#failed.delete(attempt);
      this.#kept.delete(domain);
      this.#kept.set(domain, { domain, id, policy, fetchedAt: now, usedAt: kept?.usedAt ?? now });
      if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
      this.#deps.save([...this.#kept.values()]);
    } catch (error) {
      if (this.#failed.size >= MOST) this.#failed.clear();
      this.#failed.set(attempt, now + AGAIN_AFTER);
      this.#deps.onTrouble(domain, (error as Error).message, kept !== null);
    }
  }
}

/**
 * The policies of domains as they hold now (RFC 8461 5): announced by DNS, fetched when the announcement has a new
 * id, and kept for as long as they say. A policy that is kept holds even when DNS or the policy host say nothing any
 * more: who can take those away must not be able to take the protection away.
 */
import type { Dns } from '../platform/dns.ts';
import { policyIdOf, type StsPolicy } from './policy.ts';

export interface KeptPolicy {
  readonly domain: string;
  readonly id: string;
  readonly policy: StsPolicy;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
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
/** One that is in use is fetched again so often, long before it ends. */
const RENEWED_AFTER = 86_400_000;

export class StsPolicies {
  readonly #deps: StsPoliciesDependencies;
  readonly #kept: Map<string, KeptPolicy>;
  /** By domain and id: until when it is left alone. */
  readonly #failed = new Map<string, number>();
  readonly #asking = new Map<string, Promise<StsPolicy | null>>();

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
    const isFresh = kept?.id === id && kept !== null && this.#deps.now() - kept.fetchedAt < RENEWED_AFTER;
    if (id !== null && !isFresh) await this.#fetch(domain, id, kept);
    const policy = this.#good(domain)?.policy ?? null;
    return policy?.mode === 'none' ? null : policy;
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
      this.#kept.set(domain, { domain, id, policy, fetchedAt: now });
      if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
      this.#deps.save([...this.#kept.values()]);
    } catch (error) {
      if (this.#failed.size >= MOST) this.#failed.clear();
      this.#failed.set(attempt, now + AGAIN_AFTER);
      this.#deps.onTrouble(domain, (error as Error).message, kept !== null);
    }
  }
}

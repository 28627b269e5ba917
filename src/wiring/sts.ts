/** MTA-STS for the relay: policies kept in `mta-sts.json` of the data folder, and what is told of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit } from '../log/events.ts';
import type { Dns } from '../platform/dns.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { fetchPolicy } from '../sts/fetch-policy.ts';
import { type PublishedPolicy, publishedPolicy } from '../sts/published-policy.ts';
import { type KeptPolicy, StsPolicies } from '../sts/sts-policies.ts';

/** Milliseconds; RFC 8461 3.3 advises a minute, but mail waits meanwhile. */
const FETCH_TIMEOUT = 20_000;
/** How often policies that get old are looked for. */
const RENEWED_EACH = 600_000;
const TOLD_AGAIN_AFTER = 3_600_000;
const MOST_TOLD = 10_000;

/** Where policies come from; trials have a server of their own. */
export interface PolicyHostOptions {
  readonly port: number;
  /** PEM. */
  readonly authorities: string | null;
}

export const PUBLIC_POLICY_HOSTS: PolicyHostOptions = { port: 443, authorities: null };

export interface StsDependencies {
  readonly dataFolder: string;
  readonly dns: () => Dns;
  readonly hosts: PolicyHostOptions;
  readonly now: () => number;
  readonly emit: Emit;
}

export class Sts {
  readonly policies: StsPolicies;
  readonly #deps: StsDependencies;
  readonly #path: string;
  readonly #toldAt = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();
  readonly #renewing: NodeJS.Timeout;
  readonly #ending = new AbortController();

  private constructor(deps: StsDependencies, path: string, kept: readonly KeptPolicy[]) {
    this.#deps = deps;
    this.#path = path;
    this.policies = new StsPolicies({
      dns: deps.dns,
      fetch: domain =>
        fetchPolicy(domain, { dns: deps.dns(), timeout: FETCH_TIMEOUT, signal: this.#ending.signal, ...deps.hosts }),
      now: deps.now,
      kept,
      save: all => this.#save(all),
      onTrouble: (domain, why, isKept) =>
        this.#tell(
          `The MTA-STS policy of ${domain} could not be renewed, so ${isKept ? 'the one before holds' : 'its mail goes as if it had none'}: ${why}`,
        ),
    });
    this.#renewing = setInterval(() => void this.policies.renew(), RENEWED_EACH).unref();
  }

  static async open(deps: StsDependencies): Promise<Sts> {
    const path = join(deps.dataFolder, 'mta-sts.json');
    try {
      return new Sts(deps, path, readKept(await readFile(path, 'utf8')));
    } catch (error) {
      // They are on the net too: a file that can't be read costs nothing but the memory of them.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        deps.emit({
          type: 'service',
          level: 'warn',
          what: `${path} can't be read (${(error as Error).message}); MTA-STS policies are fetched anew`,
        });
      return new Sts(deps, path, []);
    }
  }

  /** What a domain publishes now. @param timeout milliseconds @param domain ASCII */
  published(domain: string, dns: Dns, timeout: number): Promise<PublishedPolicy> {
    return publishedPolicy(domain, { ...this.#deps.hosts, dns, timeout });
  }

  /** A host did not do what a policy in testing mode asks for; the mail went there all the same. */
  onTestFailure(domain: string, host: string, why: string): void {
    this.#tell(`${host} does not follow the MTA-STS policy of ${domain}, which is in testing mode: ${why}`);
  }

  /** Resolves when the file has what is known. */
  close(): Promise<void> {
    clearInterval(this.#renewing);
    this.#ending.abort();
    return this.#writing;
  }

  #save(kept: readonly KeptPolicy[]): void {
    if (this.#ending.signal.aborted) return;
    this.#writing = this.#writing
      .then(() => writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, policies: kept }, null, 2)}\n`))
      .catch((error: Error) => this.#tell(`MTA-STS policies can't be kept for the next start: ${error.message}`));
  }

  /** The same thing once an hour. */
  #tell(what: string): void {
    if (this.#ending.signal.aborted) return;
    const now = this.#deps.now();
    if (now < (this.#toldAt.get(what) ?? Number.NEGATIVE_INFINITY) + TOLD_AGAIN_AFTER) return;
    if (this.#toldAt.size >= MOST_TOLD) this.#toldAt.clear();
    this.#toldAt.set(what, now);
    this.#deps.emit({ type: 'service', level: 'warn', what });
  }
}

function readKept(text: string): KeptPolicy[] {
  const { version, policies } = JSON.parse(text) as { version: unknown; policies: unknown };
  if (version !== 1 || !Array.isArray(policies)) throw new Error('it is no list of policies of version 1');
  const isWhole = ({ domain, id, policy, fetchedAt, usedAt }: KeptPolicy) =>
    typeof domain === 'string' &&
    typeof id === 'string' &&
    typeof fetchedAt === 'number' &&
    ['enforce', 'testing', 'none'].includes(policy?.mode) &&
    ['number', 'undefined'].includes(typeof usedAt) &&
    typeof policy.maxAge === 'number' &&
    Array.isArray(policy.mx) &&
    policy.mx.every(host => typeof host === 'string');
  if (!policies.every(isWhole)) throw new Error('a policy in it is incomplete');
  return policies;
}

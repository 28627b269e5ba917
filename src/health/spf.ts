/**
 * SPF (RFC 7208): whether the record of a domain lets an address send. Macros are not expanded; a record that
 * needs them is told of as such. Only A and AAAA, MX, TXT and PTR look-ups are made, ten at most.
 */
import { NetworkList } from '../message/network.ts';
import type { Dns } from '../platform/dns.ts';

export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'permerror' | 'temperror';

export interface SpfAnswer {
  readonly result: SpfResult;
  /** The record; null when there is none. */
  readonly record: string | null;
  /** The term that decided, or what is wrong. */
  readonly reason: string;
}

const RESULTS: Record<string, SpfResult> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' };
const MOST_LOOKUPS = 10;

class SpfError extends Error {
  readonly result: 'permerror' | 'temperror';

  constructor(result: 'permerror' | 'temperror', why: string) {
    super(why);
    this.result = result;
  }
}

export async function checkSpf(dns: Dns, ipAddress: string, domain: string): Promise<SpfAnswer> {
  const evaluation = new Evaluation(dns, ipAddress);
  try {
    return await evaluation.check(domain);
  } catch (error) {
    if (error instanceof SpfError) return { result: error.result, record: evaluation.first, reason: error.message };
    throw error;
  }
}

class Evaluation {
  first: string | null = null;
  readonly #dns: Dns;
  readonly #ip: string;
  #lookups = 0;

  constructor(dns: Dns, ip: string) {
    this.#dns = dns;
    this.#ip = ip;
  }

  async check(domain: string): Promise<SpfAnswer> {
    const record = await this.#recordOf(domain);
    this.first ??= record;
    if (record === null) return { result: 'none', record, reason: `${domain} has no SPF record` };
    const terms = record
      .split(/ +/)
      .slice(1)
      .filter(term => term !== '');
    for (const term of terms) {
      const [, sign = '', mechanism = '', rest = ''] = /^([+\-~?]?)([a-z0-9]+)(.*)$/i.exec(term) ?? [];
      if (/^[a-z]\w*=/i.test(term)) continue;
      if (await this.#matches(mechanism.toLowerCase(), rest, domain))
        return { result: RESULTS[sign || '+']!, record, reason: `${domain}: ${term}` };
    }
    const redirect = terms.find(term => /^redirect=/i.test(term));
    if (redirect) {
      this.#count();
      const answer = await this.check(this.#plain(redirect.slice('redirect='.length)));
      if (answer.result === 'none') throw new SpfError('permerror', `${redirect} leads to no SPF record`);
      return answer;
    }
    return { result: 'neutral', record, reason: `${domain}: no term matches` };
  }

  async #recordOf(domain: string): Promise<string | null> {
    const answer = await this.#dns.texts(domain);
    if (answer.kind === 'temporary') throw new SpfError('temperror', answer.reason);
    const found = answer.kind === 'found' ? answer.records.filter(text => /^v=spf1( |$)/i.test(text)) : [];
    if (found.length > 1) throw new SpfError('permerror', `${domain} has ${found.length} SPF records; only one counts`);
    return found[0] ?? null;
  }

  async #matches(mechanism: string, rest: string, domain: string): Promise<boolean> {
    const [, name, four, six] = /^(?::([^/]+))?(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(rest) ?? [];
    const target = this.#plain(name ?? domain);
    switch (mechanism) {
      case 'all':
        return true;
      case 'ip4':
      case 'ip6':
        return this.#inNetwork(rest.slice(1));
      case 'a':
        this.#count();
        return this.#isOne(await this.#addresses(target), four, six);
      case 'mx': {
        this.#count();
        const answer = await this.#dns.mx(target);
        if (answer.kind === 'temporary') throw new SpfError('temperror', answer.reason);
        for (const { exchange } of answer.kind === 'found' ? answer.records.slice(0, MOST_LOOKUPS) : [])
          if (this.#isOne(await this.#addresses(exchange), four, six)) return true;
        return false;
      }
      case 'include': {
        this.#count();
        const { result } = await this.check(target);
        if (result === 'none') throw new SpfError('permerror', `include:${target} leads to no SPF record`);
        return result === 'pass';
      }
      case 'exists':
        this.#count();
        return (await this.#addresses(target)).length > 0;
      case 'ptr':
        // RFC 7208 5.5: do not use.
        this.#count();
        return false;
      default:
        throw new SpfError('permerror', `"${mechanism}" in the record of ${domain} is unknown`);
    }
  }

  async #addresses(host: string): Promise<readonly string[]> {
    const answer = await this.#dns.addresses(host);
    if (answer.kind === 'temporary') throw new SpfError('temperror', answer.reason);
    return answer.kind === 'found' ? answer.records : [];
  }

  #inNetwork(network: string): boolean {
    try {
      return new NetworkList([network]).match(this.#ip) !== null;
    } catch {
      throw new SpfError('permerror', `"${network}" is no network`);
    }
  }

  #isOne(addresses: readonly string[], four = '32', six = '128'): boolean {
    const networks = addresses.map(address => `${address}/${address.includes(':') ? six : four}`);
    return new NetworkList(networks).match(this.#ip) !== null;
  }

  #plain(name: string): string {
    if (name.includes('%')) throw new SpfError('permerror', `the macro in ${name} is not looked at by this test`);
    return name;
  }

  #count(): void {
    if (++this.#lookups > MOST_LOOKUPS)
      throw new SpfError(
        'permerror',
        `the record needs more than ${MOST_LOOKUPS} DNS look-ups, so receivers ignore it`,
      );
  }
}

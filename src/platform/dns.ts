/**
 * DNS as the route needs it: every answer is a value. "None" means the name or the record does not
 * exist; everything that may be different in a minute (time-out, refused, SERVFAIL) is "temporary",
 * because trouble with DNS must never bounce mail. Answers are kept as long as DNS lets them live;
 * trouble is not kept. Questions that are asked at the same time are asked once.
 */
import { getServers, lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Packet, QuestionType } from './dns-exchange.ts';
import { DnsServers } from './dns-servers.ts';

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[] }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'temporary'; readonly reason: string };

export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

export interface Dns {
  mx(domain: string): Promise<DnsAnswer<MxRecord>>;
  /** IPv4 and IPv6 addresses of a host, in the order to try. */
  addresses(host: string): Promise<DnsAnswer<string>>;
  /** TXT records, the strings of each joined. */
  texts(name: string): Promise<DnsAnswer<string>>;
}

const REMEMBERED = 10_000;
/** Seconds that an answer is kept at most, whatever its owner says. */
const LONGEST = 86_400;
/** Of what does not exist (RFC 2308 5 advises 1 to 3 hours at most; a record just made is wanted sooner). */
const LONGEST_NOTHING = 300;
/** A chain of aliases that is longer leads nowhere. */
const MOST_ALIASES = 16;

interface Kept {
  readonly answer: DnsAnswer<unknown>;
  readonly until: number;
}

/**
 * @param servers address or address:port; empty for the system's servers, then host names are
 * looked up the way every program of the computer does it (hosts file included).
 */
export function createDns(servers: readonly string[], now: () => number = Date.now): Dns {
  const resolver = new StubResolver(new DnsServers(() => (servers.length > 0 ? servers : getServers()), now), now);

  const query = async (host: string): Promise<DnsAnswer<string>> => {
    const answers = await Promise.all([resolver.ask<string>(host, 'A'), resolver.ask<string>(host, 'AAAA')]);
    const found = answers.filter(answer => answer.kind === 'found');
    if (found.length > 0) return { kind: 'found', records: found.flatMap(answer => answer.records) };
    // One family may fail while the other truly has nothing: then nothing is certain.
    return answers.find(answer => answer.kind === 'temporary') ?? answers[0];
  };

  const system = async (host: string): Promise<DnsAnswer<string>> => {
    try {
      const entries = await lookup(host, { all: true, order: 'verbatim' });
      return { kind: 'found', records: entries.map(entry => entry.address) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const what = `the address of ${host}`;
      return code === 'ENOTFOUND' || code === 'ENODATA'
        ? { kind: 'none', reason: `${what} does not exist in DNS` }
        : { kind: 'temporary', reason: `DNS look-up of ${what} failed (${code})` };
    }
  };

  return {
    mx: domain => resolver.ask<MxRecord>(domain, 'MX'),
    addresses: servers.length > 0 ? query : system,
    texts: name => resolver.ask<string>(name, 'TXT'),
  };
}

const WHAT: Record<QuestionType, string> = {
  A: 'the address of',
  AAAA: 'the address of',
  MX: 'the MX record of',
  TXT: 'the TXT record of',
};

class StubResolver {
  readonly #servers: DnsServers;
  readonly #now: () => number;
  /** In the order of their age. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<DnsAnswer<unknown>>>();

  constructor(servers: DnsServers, now: () => number) {
    this.#servers = servers;
    this.#now = now;
  }

  ask<T>(text: string, type: QuestionType): Promise<DnsAnswer<T>> {
    const name = asciiName(text);
    if (name === null)
      return Promise.resolve({ kind: 'none', reason: `${WHAT[type]} ${text} does not exist in DNS: it is no name` });
    const key = `${type} ${name}`;
    const kept = this.#kept.get(key);
    if (kept && kept.until > this.#now()) return Promise.resolve(kept.answer as DnsAnswer<T>);
    const asking = this.#asking.get(key) ?? this.#begin(key, name, type);
    return asking as Promise<DnsAnswer<T>>;
  }

  #begin(key: string, name: string, type: QuestionType): Promise<DnsAnswer<unknown>> {
    const asking = this.#look(key, name, type).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #look(key: string, name: string, type: QuestionType): Promise<DnsAnswer<unknown>> {
    const what = `${WHAT[type]} ${name}`;
    try {
      const packet = await this.#servers.ask({ name, type });
      const { records, seconds } = recordsOf(packet, name, type);
      const answer: DnsAnswer<unknown> =
        records.length > 0 ? { kind: 'found', records } : { kind: 'none', reason: `${what} does not exist in DNS` };
      if (seconds > 0) this.#keep(key, answer, seconds);
      return answer;
    } catch (error) {
      return { kind: 'temporary', reason: `DNS look-up of ${what} failed (${(error as Error).message})` };
    }
  }

  #keep(key: string, answer: DnsAnswer<unknown>, seconds: number): void {
    this.#kept.delete(key);
    this.#kept.set(key, { answer, until: this.#now() + seconds * 1000 });
    if (this.#kept.size > REMEMBERED) this.#kept.delete(this.#kept.keys().next().value!);
  }
}

/** As DNS has it; null for what can be no name. */
function asciiName(text: string): string | null {
  const bare = text.replace(/\.$/, '').toLowerCase();
  // Underscores, as in _mta-sts, are nothing for domainToASCII; and a number is not to become an address.
  const name = /^[\x21-\x7e]+$/.test(bare) ? bare : domainToASCII(bare);
  const labels = name.split('.');
  const isName = name !== '' && name.length <= 253 && labels.every(label => label.length >= 1 && label.length <= 63);
  return isName && isIP(name) === 0 ? name : null;
}

interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly data: unknown;
}

/** What an answer has for the name, over its aliases, and how many seconds it is good for. */
function recordsOf(packet: Packet, name: string, type: QuestionType): { records: unknown[]; seconds: number } {
  let owner = name;
  let seconds = LONGEST;
  const answers = (packet.answers ?? []) as readonly DnsRecord[];
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases++) {
    const own = answers.filter(answer => isSame(answer.name, owner));
    const found = own.filter(answer => answer.type === type);
    if (found.length > 0) {
      const lives = found.map(answer => ttlOf(answer));
      return { records: found.map(answer => readData(type, answer.data)), seconds: Math.min(seconds, ...lives) };
    }
    const alias = own.find(answer => answer.type === 'CNAME');
    if (!alias) break;
    owner = alias.data as string;
    seconds = Math.min(seconds, ttlOf(alias));
  }
  return { records: [], seconds: Math.min(seconds, nothingFor(packet)) };
}

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const ttlOf = ({ ttl }: DnsRecord) => ttl ?? 0;

/** RFC 2308: the SOA record says how long there will be nothing. */
function nothingFor(packet: Packet): number {
  const soa = (packet.authorities as readonly DnsRecord[] | undefined)?.find(({ type }) => type === 'SOA');
  return soa ? Math.min(ttlOf(soa), (soa.data as { minimum?: number }).minimum ?? 0, LONGEST_NOTHING) : 0;
}

function readData(type: QuestionType, data: unknown): unknown {
  if (type === 'MX') {
    const { exchange, preference } = data as { exchange: string; preference: number };
    return { exchange: exchange === '.' ? '' : exchange, priority: preference } satisfies MxRecord;
  }
  if (type === 'TXT') return Buffer.concat((data as Buffer[]).map(part => Buffer.from(part))).toString('utf8');
  return data;
}

/**
 * DNS as the route needs it: every answer is a value. "None" means the name or the record does not
 * exist; everything that may be different in a minute (time-out, refused, SERVFAIL) is "temporary",
 * because trouble with DNS must never bounce mail. Answers are kept as long as DNS lets them live;
 * trouble is not kept. Questions that are asked at the same time are asked once. Where the servers are trusted
 * to verify DNSSEC an answer also says whether they did.
 */
import { getServers, lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Packet, QuestionType } from './dns-exchange.ts';
import { DnsServers } from './dns-servers.ts';
import { HostsFile } from './hosts-file.ts';

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly proof?: Proof }
  | { readonly kind: 'none'; readonly reason: string; readonly proof?: Proof }
  | { readonly kind: 'temporary'; readonly reason: string };

/** The answer was verified by DNSSEC. Only servers that the administrator trusts in this can say so. */
export interface Proof {
  /** Where the aliases of the name lead to; the name itself where it has none. In lower case. */
  readonly name: string;
}

/** RFC 6698 2.1. */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly data: Buffer;
}

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
  /** Names of an address. @param zone such as 7.2.0.192.in-addr.arpa */
  pointers(zone: string): Promise<DnsAnswer<string>>;
  /** What DNS alone says of a name that a stranger chose, in one family of addresses. */
  records(host: string, family: 4 | 6): Promise<DnsAnswer<string>>;
  tlsa(name: string): Promise<DnsAnswer<TlsaRecord>>;
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
 * @param servers address or address:port; empty for the system's servers, then the hosts file comes before DNS, and a
 * name that DNS does not know is looked up the way every program of the computer does it. That alone would not do: it
 * takes a server that fails for "does not exist", and a slow one holds up a thread that also writes files.
 * @param validates the servers verify DNSSEC, and are believed when they say so
 */
export function createDns(servers: readonly string[], now: () => number = Date.now, validates = false): Dns {
  const asked = new DnsServers(() => (servers.length > 0 ? servers : getServers()), now);
  const resolver = new StubResolver(asked, now, validates);
  const hostsFile = new HostsFile();

  const query = async (host: string): Promise<DnsAnswer<string>> => {
    const answers = await Promise.all([resolver.ask<string>(host, 'A'), resolver.ask<string>(host, 'AAAA')]);
    const found = answers.filter(answer => answer.kind === 'found');
    if (found.length > 0)
      return { kind: 'found', records: found.flatMap(answer => answer.records), ...proofOf(answers, found[0]!.proof) };
    // One family may fail while the other truly has nothing: then nothing is certain.
    return answers.find(answer => answer.kind === 'temporary') ?? answers[0];
  };

  const system = async (host: string): Promise<DnsAnswer<string>> => {
    const written = await hostsFile.addressesOf(host);
    if (written.length > 0) return { kind: 'found', records: written };
    const answer = await query(host);
    // Without a dot it may be a neighbour, whom other ways than DNS can find.
    if (answer.kind === 'found' || (answer.kind === 'temporary' && host.includes('.'))) return answer;
    const entries = await lookup(host, { all: true, order: 'verbatim' }).catch(() => []);
    return entries.length === 0 ? answer : { kind: 'found', records: entries.map(({ address }) => address) };
  };

  return {
    mx: domain => resolver.ask<MxRecord>(domain, 'MX'),
    addresses: servers.length > 0 ? query : system,
    texts: name => resolver.ask<string>(name, 'TXT'),
    pointers: zone => resolver.ask<string>(zone, 'PTR'),
    records: (host, family) => resolver.ask<string>(host, family === 4 ? 'A' : 'AAAA'),
    tlsa: name => resolver.ask<TlsaRecord>(name, 'TLSA'),
  };
}

/** Nothing is proven as long as one part is not; a family that can't be had now says nothing about the other. */
function proofOf(answers: readonly DnsAnswer<string>[], proof: Proof | undefined): { readonly proof?: Proof } {
  const isWhole = answers.every(answer => answer.kind === 'temporary' || answer.proof !== undefined);
  return proof && isWhole ? { proof } : {};
}

const WHAT: Record<QuestionType, string> = {
  A: 'the address of',
  AAAA: 'the address of',
  MX: 'the MX record of',
  PTR: 'the PTR record of',
  TLSA: 'the TLSA record of',
  TXT: 'the TXT record of',
};

class StubResolver {
  readonly #servers: DnsServers;
  readonly #now: () => number;
  readonly #validates: boolean;
  /** In the order of their age. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<DnsAnswer<unknown>>>();

  constructor(servers: DnsServers, now: () => number, validates: boolean) {
    this.#servers = servers;
    this.#now = now;
    this.#validates = validates;
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
      const packet = await this.#servers.ask({ name, type, wantsProof: this.#validates });
      const { records, seconds, owner } = recordsOf(packet, name, type);
      const proof = this.#validates && packet.flag_ad ? { proof: { name: owner.toLowerCase() } } : {};
      const answer: DnsAnswer<unknown> =
        records.length > 0
          ? { kind: 'found', records, ...proof }
          : { kind: 'none', reason: `${what} does not exist in DNS`, ...proof };
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
function recordsOf(
  packet: Packet,
  name: string,
  type: QuestionType,
): { records: unknown[]; seconds: number; owner: string } {
  let owner = name;
  let seconds = LONGEST;
  const answers = (packet.answers ?? []) as readonly DnsRecord[];
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases++) {
    const own = answers.filter(answer => isSame(answer.name, owner));
    const found = own.filter(answer => answer.type === type);
    if (found.length > 0) {
      const lives = found.map(answer => ttlOf(answer));
      const records = found.map(answer => readData(type, answer.data));
      return { records, seconds: Math.min(seconds, ...lives), owner };
    }
    const alias = own.find(answer => answer.type === 'CNAME');
    if (!alias) break;
    owner = alias.data as string;
    seconds = Math.min(seconds, ttlOf(alias));
  }
  return { records: [], seconds: Math.min(seconds, nothingFor(packet)), owner };
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
  if (type === 'TLSA') {
    const { usage, selector, matchingType, certificate } = data as Omit<TlsaRecord, 'data'> & { certificate: Buffer };
    return { usage, selector, matchingType, data: Buffer.from(certificate) } satisfies TlsaRecord;
  }
  if (type === 'TXT') return Buffer.concat((data as Buffer[]).map(part => Buffer.from(part))).toString('utf8');
  return data;
}

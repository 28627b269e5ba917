/**
 * Names of clients by their addresses (PTR), good only when the name leads back to the address: whoever owns
 * an address may give it any name. Asked in the background, remembered, a bounded number at a time, so that
 * DNS never keeps a client waiting that nobody asks to have a name.
 */
import { isIPv6 } from 'node:net';
import { formatIp, parseIp } from '../message/ip.ts';
import type { Dns } from './dns.ts';

export type ClientName =
  | { readonly kind: 'verified'; readonly name: string }
  /** It has a name, which does not lead back. */
  | { readonly kind: 'unverified'; readonly name: string }
  | { readonly kind: 'none' }
  /** DNS gave no answer: it may be different in a minute. */
  | { readonly kind: 'unknown' };

/** A question about one client. */
export interface NameQuestion {
  /** Null as long as DNS has not answered. */
  readonly answer: ClientName | null;
  /** @param patience milliseconds; when they are over the answer is unknown. */
  wait(patience: number): Promise<ClientName>;
}

const REMEMBERED = 10_000;
const ASKED_AT_ONCE = 50;
/** How long an answer is good, in milliseconds. */
const GOOD_FOR = { verified: 3_600_000, unverified: 600_000, none: 600_000, unknown: 60_000 };
/** Names of one address that are looked at; some have hundreds. */
const NAMES_AT_MOST = 5;
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/;

interface Entry {
  answer: ClientName | null;
  readonly asked: Promise<ClientName>;
  goodUntil: number;
}

/** Never the hosts file: what it says is of this computer's own names. */
type NamingDns = Pick<Dns, 'pointers' | 'records'>;

const UNKNOWN: ClientName = { kind: 'unknown' };
const GIVEN_UP: NameQuestion = { answer: UNKNOWN, wait: async () => UNKNOWN };

export class ReverseNames {
  readonly #dns: () => NamingDns;
  readonly #now: () => number;
  /** In the order of their age. */
  readonly #entries = new Map<string, Entry>();
  #asking = 0;

  constructor(dns: () => NamingDns, now: () => number) {
    this.#dns = dns;
    this.#now = now;
  }

  /** Begins to ask where nothing is known, and returns at once. */
  ask(address: string): NameQuestion {
    const known = this.#entries.get(address);
    if (known && (known.answer === null || known.goodUntil > this.#now())) return questionOf(known);
    if (this.#asking >= ASKED_AT_ONCE) return GIVEN_UP;
    this.#asking++;
    const entry: Entry = { answer: null, asked: this.#lookUp(address), goodUntil: 0 };
    void entry.asked.then(answer => {
      this.#asking--;
      entry.answer = answer;
      entry.goodUntil = this.#now() + GOOD_FOR[answer.kind];
    });
    this.#entries.delete(address);
    this.#entries.set(address, entry);
    if (this.#entries.size > REMEMBERED) this.#entries.delete(this.#entries.keys().next().value!);
    return questionOf(entry);
  }

  async #lookUp(address: string): Promise<ClientName> {
    const dns = this.#dns();
    const answer = await dns.pointers(reverseZone(address));
    if (answer.kind === 'temporary') return UNKNOWN;
    const names = answer.kind === 'found' ? answer.records.filter(name => NAME.test(name)) : [];
    return names.length === 0 ? { kind: 'none' } : leadsBack(dns, names.slice(0, NAMES_AT_MOST), address);
  }
}

async function leadsBack(dns: NamingDns, names: readonly string[], address: string): Promise<ClientName> {
  const wanted = canonical(address);
  let isCertain = true;
  for (const name of names) {
    const answer = await dns.records(name, isIPv6(address) ? 6 : 4);
    if (answer.kind === 'found' && answer.records.some(found => canonical(found) === wanted))
      return { kind: 'verified', name };
    isCertain &&= answer.kind !== 'temporary';
  }
  return isCertain ? { kind: 'unverified', name: names[0]! } : UNKNOWN;
}

/** IPv6 has many spellings of one address. */
const canonical = (address: string) => formatIp(parseIp(address)!);

/** @example 7.2.0.192.in-addr.arpa */
function reverseZone(address: string): string {
  const { family, value } = parseIp(address)!;
  if (family === 4) return `${formatIp({ family, value }).split('.').reverse().join('.')}.in-addr.arpa`;
  return `${[...value.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa`;
}

const questionOf = (entry: Entry): NameQuestion => ({
  get answer() {
    return entry.answer;
  },
  wait(patience) {
    if (entry.answer !== null) return Promise.resolve(entry.answer);
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(UNKNOWN), patience);
      void entry.asked.then(answer => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  },
});

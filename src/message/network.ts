import { formatIp, type Ip, ipv4Value, ipv6Value, parseIp } from './ip.ts';

/**
 * Networks as an administrator writes them: an address, a CIDR network, an address with a dotted
 * mask (as IIS keeps them), or a range from-to; and a list of them that finds the narrowest match in
 * a few steps, also among ten thousand overlapping entries. Networks of one family never match the
 * other; only what is written as IPv4-mapped (`::ffff:10.0.0.0/104`) is IPv4. A zone id is refused
 * in an entry, because the entry would match on every interface and so say more than was written.
 */

export { formatIp, type Ip, parseIp } from './ip.ts';

export interface Network {
  readonly text: string;
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

type Parsed = Network | { readonly error: string };

const BITS = { 4: 32, 6: 128 } as const;

/** Reads one entry; `text` of the result is canonical, `error` one sentence that names the entry. */
export function parseNetwork(text: string): Parsed {
  const entry = text.trim();
  const no = (why: string): Parsed => ({ error: `'${text}' ${why}` });
  if (entry.includes('%')) return no('carries a zone id, which an entry cannot be limited to; leave it out.');
  const slash = /^([^/,-]+)\/([^/,-]+)$/.exec(entry);
  if (slash) return parseMasked(slash[1]!, slash[2]!, false, no);
  const comma = /^([^/,-]+),([^/,-]+)$/.exec(entry);
  if (comma) return parseMasked(comma[1]!.trim(), comma[2]!.trim(), true, no);
  const range = /^([^/,-]+)-([^/,-]+)$/.exec(entry);
  if (range) return parseRange(range[1]!.trim(), range[2]!.trim(), no);
  const ip = parseIp(entry);
  if (!ip) return no('is not an IP address, a network such as 10.0.0.0/8 or a range such as 10.0.0.1-10.0.0.9.');
  return { text: formatIp(ip), family: ip.family, first: ip.value, last: ip.value };
}

function parseMasked(address: string, mask: string, comma: boolean, no: (why: string) => Parsed): Parsed {
  const ip = parseIp(address);
  if (!ip) return no('does not begin with a valid IP address.');
  const dotted = ipv4Value(mask);
  if (dotted !== null) {
    if (address.includes(':')) return no('has a dotted mask, which only an IPv4 address can have.');
    const length = maskLength(dotted);
    return length === null ? no('has a mask whose one-bits are not contiguous.') : cidr(ip, length);
  }
  if (comma) return no('has no valid subnet mask after the comma.');
  // The prefix counts the bits of the address as written, so a mapped one has 96 more than IPv4.
  const written = address.includes(':') ? 128 : 32;
  const length = /^(?:0|[1-9]\d{0,2})$/.test(mask) ? Number(mask) : Number.NaN;
  if (!(length <= written)) return no(`has no valid prefix length, which must be 0 to ${written}.`);
  if (ip.family === 4 && written === 128) {
    return length >= 96 ? cidr(ip, length - 96) : cidr({ family: 6, value: ipv6Value(address)! }, length);
  }
  return cidr(ip, length);
}

function parseRange(from: string, to: string, no: (why: string) => Parsed): Parsed {
  const [low, high] = [parseIp(from), parseIp(to)];
  if (!low || !high) return no('is not a range of two valid IP addresses.');
  if (low.family !== high.family) return no('is a range from one IP family to the other.');
  if (low.value > high.value) return no('is a range whose first address is above its last.');
  const text = low.value === high.value ? formatIp(low) : `${formatIp(low)}-${formatIp(high)}`;
  return { text, family: low.family, first: low.value, last: high.value };
}

function cidr(ip: Ip, length: number): Network {
  const host = BigInt(BITS[ip.family] - length);
  const first = (ip.value >> host) << host;
  const address = formatIp({ family: ip.family, value: first });
  const text = host === 0n ? address : `${address}/${length}`;
  return { text, family: ip.family, first, last: first + (1n << host) - 1n };
}

function maskLength(mask: bigint): number | null {
  const bits = mask.toString(2).padStart(32, '0');
  const length = bits.indexOf('0') === -1 ? 32 : bits.indexOf('0');
  return bits.includes('1', length) ? null : length;
}

interface Claim {
  readonly entry: string;
  readonly first: bigint;
  readonly last: bigint;
}

/** A fixed list of networks. The constructor throws a TypeError on a bad entry: validate before. */
export class NetworkList {
  readonly size: number;
  readonly #index: { readonly 4: SegmentIndex; readonly 6: SegmentIndex };

  constructor(entries: readonly string[]) {
    const claims: { 4: Claim[]; 6: Claim[] } = { 4: [], 6: [] };
    for (const entry of entries) {
      const network = parseNetwork(entry);
      if ('error' in network) throw new TypeError(network.error);
      claims[network.family].push({ entry, first: network.first, last: network.last });
    }
    this.#index = { 4: new SegmentIndex(claims[4]), 6: new SegmentIndex(claims[6]) };
    this.size = entries.length;
  }

  /** The narrowest entry that holds the address, as given; null also when it is no address. */
  match(address: string): string | null {
    const ip = parseIp(address);
    return ip ? this.#index[ip.family].find(ip.value) : null;
  }
}

/**
 * Overlapping claims cut into disjoint segments, each owned by its narrowest claim. Ranges may
 * overlap without one holding the other, so a tree of prefixes would not do.
 */
class SegmentIndex {
  readonly #starts: readonly bigint[];
  readonly #owners: readonly (string | null)[];

  constructor(claims: readonly Claim[]) {
    this.#starts = sorted(new Set(claims.flatMap(claim => [claim.first, claim.last + 1n])));
    this.#owners = ownersOf(claims, this.#starts);
  }

  find(value: bigint): string | null {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low - 1] ?? null;
  }
}

/**
 * Narrowest claim first, each takes the segments nobody has yet. `next` leads over taken segments
 * (with path halving), so that wide claims do not walk them again.
 */
function ownersOf(claims: readonly Claim[], starts: readonly bigint[]): (string | null)[] {
  const position = new Map(starts.map((start, i) => [start, i]));
  const owners = new Array<string | null>(starts.length).fill(null);
  const next = Array.from({ length: starts.length + 1 }, (_, i) => i);
  const free = (from: number): number => {
    let at = from;
    while (next[at] !== at) {
      next[at] = next[next[at]!]!;
      at = next[at]!;
    }
    return at;
  };
  const bySize = [...claims].sort((a, b) => compare(a.last - a.first, b.last - b.first));
  for (const claim of bySize) {
    const end = position.get(claim.last + 1n)!;
    for (let at = free(position.get(claim.first)!); at < end; at = free(at)) {
      owners[at] = claim.entry;
      next[at] = at + 1;
    }
  }
  return owners;
}

/**
 * Whether a list lets in the whole Internet in effect, in one entry or in pieces: more than half of
 * IPv4, or all of the global unicast space of IPv6 (2000::/3, RFC 4291 2.4). Bad entries cover nothing.
 */
export function coversEveryone(entries: readonly string[]): boolean {
  const networks = entries.map(parseNetwork).flatMap(network => ('error' in network ? [] : [network]));
  const merged = (family: 4 | 6) => merge(networks.filter(network => network.family === family));
  const addresses = merged(4).reduce((sum, part) => sum + part.last - part.first + 1n, 0n);
  const firstGlobal = 1n << 125n;
  return (
    addresses > 1n << 31n || merged(6).some(part => part.first <= firstGlobal && part.last >= 2n * firstGlobal - 1n)
  );
}

function merge(networks: readonly Network[]): { first: bigint; last: bigint }[] {
  const parts: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of [...networks].sort((a, b) => compare(a.first, b.first))) {
    const open = parts.at(-1);
    if (!open || first > open.last + 1n) parts.push({ first, last });
    else if (last > open.last) open.last = last;
  }
  return parts;
}

function sorted(values: Iterable<bigint>): bigint[] {
  return [...values].sort(compare);
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

import { isIPv6 } from 'node:net';

/**
 * IP addresses as numbers, so that networks can compare them. Strict on purpose: a text that two
 * programs could read as two different addresses (`010.0.0.1`, `10.1`) is no address here.
 * IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is the IPv4 address: a dual-stack socket reports IPv4 clients
 * so, and a list of IPv4 networks must know them. A zone id (`fe80::1%eth0`) is read over.
 */

export interface Ip {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** The bits before the IPv4 part of an IPv4-mapped address (RFC 4291 2.5.5.2). */
const MAPPED_PREFIX = 0xffffn;

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Reads an IPv4 or IPv6 address; null for anything else. */
export function parseIp(text: string): Ip | null {
  const value = ipv4Value(text);
  if (value !== null) return { family: 4, value };
  const wide = ipv6Value(text);
  if (wide === null) return null;
  if (wide >> 32n === MAPPED_PREFIX) return { family: 4, value: wide & 0xffff_ffffn };
  return { family: 6, value: wide };
}

/** Writes an address; IPv6 in the form of RFC 5952. */
export function formatIp(ip: Ip): string {
  return ip.family === 4 ? formatIpv4(ip.value) : formatIpv6(ip.value);
}

/** The 32 bits of a dotted quad, or null. */
export function ipv4Value(text: string): bigint | null {
  if (!IPV4.test(text)) return null;
  return BigInt(text.split('.').reduce((value, part) => value * 256 + Number(part), 0));
}

/** The 128 bits of an IPv6 text, mapped or not, or null. */
export function ipv6Value(text: string): bigint | null {
  if (!isIPv6(text)) return null;
  // node:net has checked the form; from here on it is arithmetic.
  const bare = text.split('%', 1)[0]!;
  const gap = bare.indexOf('::');
  if (gap === -1) return joinGroups(groupsOf(bare));
  const before = groupsOf(bare.slice(0, gap));
  const after = groupsOf(bare.slice(gap + 2));
  const zeros = new Array<bigint>(8 - before.length - after.length).fill(0n);
  return joinGroups([...before, ...zeros, ...after]);
}

function groupsOf(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap(part => {
    const quad = part.includes('.') ? ipv4Value(part)! : null;
    return quad === null ? [BigInt(`0x${part}`)] : [quad >> 16n, quad & 0xffffn];
  });
}

function joinGroups(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map(shift => ((value >> shift) & 0xffn).toString()).join('.');
}

function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  const run = longestZeroRun(groups);
  const hex = groups.map(group => group.toString(16));
  // RFC 5952 4.2.2: one group of zeros alone is not shortened.
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

/** The first of the longest runs (RFC 5952 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

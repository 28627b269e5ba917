/**
 * The servers of a next hop. Direct: MX hosts by preference, equal ones in random order, all their
 * addresses (RFC 5321 5.1); a domain without MX is its own mail host; a null MX takes no mail
 * (RFC 7505). Smart hosts: as listed. What DNS can't say now is temporary; only "does not exist" and
 * a null MX are permanent, and a smart host's name never is, because that is our own setting.
 */
import { isIP } from 'node:net';
import type { Reply } from '../message/reply.ts';
import type { Dns, DnsAnswer, MxRecord } from '../platform/dns.ts';
import type { Target, Targets } from './next-hop.ts';

/** What the route asks. */
export type MailDns = Pick<Dns, 'mx' | 'addresses'>;

/** Mail hosts that are tried in one attempt. */
const MOST_HOSTS = 5;
/** A list that is longer is somebody's joke. */
const MOST_LOOKED_UP = 100;

const reply = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text });
const temporary = (enhanced: string, text: string): Targets => ({
  kind: 'temporary',
  reply: reply(451, enhanced, text),
});
const permanent = (enhanced: string, text: string): Targets => ({
  kind: 'permanent',
  reply: reply(550, enhanced, text),
});

export async function smartHostTargets(
  dns: MailDns,
  hosts: readonly { readonly host: string; readonly port: number }[],
): Promise<Targets> {
  // All at once: a name that DNS is slow about must not hold up the others.
  const answers = await Promise.all(hosts.map(({ host }) => addressesOf(dns, host)));
  const found = answers.flatMap((answer, at): Target[] => {
    const { host, port } = hosts[at]!;
    return answer.kind === 'found' ? answer.records.map(address => ({ host, address, port })) : [];
  });
  const reasons = answers.flatMap(answer => (answer.kind === 'found' ? [] : [answer.reason]));
  return found.length > 0
    ? { kind: 'found', targets: found }
    : temporary('4.4.4', `No smart host can be found: ${reasons.join('; ')}`);
}

/** The hosts in an order of chance in which each comes first as often as its weight says. @param random from 0 up to 1 */
export function byWeight<T extends { readonly weight: number }>(hosts: readonly T[], random: () => number): T[] {
  const left = [...hosts];
  const ordered: T[] = [];
  while (left.length > 0) {
    let at = random() * left.reduce((sum, { weight }) => sum + weight, 0);
    const index = left.findIndex(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    ordered.push(...left.splice(Math.max(index, 0), 1));
  }
  return ordered;
}

/**
 * MX hosts first, then the smart hosts for what can't be reached. What DNS says for good (no such domain, a
 * null MX) is a permanent refusal and stays one; while DNS does not know, the smart hosts are asked.
 */
export async function directThenSmartHostTargets(
  dns: MailDns,
  domain: string,
  options: DirectOptions,
  hosts: readonly { readonly host: string; readonly port: number }[],
): Promise<Targets> {
  const direct = await directTargets(dns, domain, options);
  if (direct.kind === 'permanent') return direct;
  const named = asFallbacks(await smartHostTargets(dns, hosts));
  if (named.kind !== 'found') return direct;
  return { kind: 'found', targets: direct.kind === 'found' ? [...direct.targets, ...named.targets] : named.targets };
}

/** Smart hosts as those that come behind mail hosts. */
export const asFallbacks = (found: Targets): Targets =>
  found.kind === 'found'
    ? { kind: 'found', targets: found.targets.map(target => ({ ...target, isFallback: true })) }
    : found;

export interface DirectOptions {
  readonly port: number;
  /** Our own name: mail for which we are the best MX would loop. */
  readonly ownName: string;
  readonly random: () => number;
}

export async function directTargets(dns: MailDns, domain: string, options: DirectOptions): Promise<Targets> {
  const literal = addressOfLiteral(domain);
  if (literal !== null) return { kind: 'found', targets: [{ host: literal, address: literal, port: options.port }] };
  const mx = await dns.mx(domain);
  if (mx.kind === 'temporary') return temporary('4.4.3', mx.reason);
  if (mx.kind === 'none' || mx.records.length === 0) return implicitMx(dns, domain, options);
  if (isNullMx(mx.records)) return permanent('5.1.10', `The domain ${domain} accepts no mail (null MX)`);
  const hosts = usableHosts(mx.records, options);
  if (hosts.length === 0) return permanent('5.4.6', `The mail hosts of ${domain} lead back to this relay`);
  return resolveHosts(dns, domain, hosts.slice(0, MOST_LOOKED_UP), options.port);
}

async function implicitMx(dns: MailDns, domain: string, options: DirectOptions): Promise<Targets> {
  const answer = await dns.addresses(domain);
  if (answer.kind === 'found')
    return { kind: 'found', targets: answer.records.map(address => ({ host: domain, address, port: options.port })) };
  return answer.kind === 'temporary'
    ? temporary('4.4.3', answer.reason)
    : permanent('5.1.2', `The domain ${domain} has no mail host: ${answer.reason}`);
}

/** Some at a time, until some have addresses: what has none is no host to try, and must not hide those that have. */
async function resolveHosts(dns: MailDns, domain: string, hosts: readonly string[], port: number): Promise<Targets> {
  let uncertain: string | null = null;
  for (let at = 0; at < hosts.length; at += MOST_HOSTS) {
    const some = hosts.slice(at, at + MOST_HOSTS);
    const answers = await Promise.all(some.map(host => addressesOf(dns, host)));
    const targets = answers.flatMap((answer, index) =>
      answer.kind === 'found' ? answer.records.map(address => ({ host: some[index]!, address, port })) : [],
    );
    if (targets.length > 0) return { kind: 'found', targets };
    for (const answer of answers) if (answer.kind === 'temporary') uncertain ??= answer.reason;
  }
  if (uncertain !== null) return temporary('4.4.3', uncertain);
  const named = hosts.length > MOST_HOSTS ? [...hosts.slice(0, MOST_HOSTS), '...'] : hosts;
  return permanent('5.4.4', `None of the mail hosts of ${domain} has an address: ${named.join(', ')}`);
}

const isNullMx = (records: readonly MxRecord[]) =>
  records.length === 1 && (records[0]!.exchange === '' || records[0]!.exchange === '.');

/** By preference, shuffled among equals; from our own place in the list on, nobody (RFC 5321 5.1). */
function usableHosts(records: readonly MxRecord[], { ownName, random }: DirectOptions): string[] {
  const clean = records
    .map(record => ({ ...record, exchange: record.exchange.replace(/\.$/, '').toLowerCase() }))
    .filter(record => record.exchange !== '');
  const own = clean.filter(record => record.exchange === ownName.toLowerCase()).map(record => record.priority);
  const limit = Math.min(Number.POSITIVE_INFINITY, ...own);
  return clean
    .filter(record => record.priority < limit)
    .map(record => ({ record, order: random() }))
    .sort((a, b) => a.record.priority - b.record.priority || a.order - b.order)
    .map(({ record }) => record.exchange);
}

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 4.1.3). */
function addressOfLiteral(domain: string): string | null {
  const inner = /^\[(?:ipv6:)?(.+)\]$/i.exec(domain)?.[1];
  return inner !== undefined && isIP(inner) !== 0 ? inner : null;
}

async function addressesOf(dns: MailDns, host: string): Promise<DnsAnswer<string>> {
  const bare = host.replace(/^\[(.+)\]$/, '$1');
  return isIP(bare) !== 0 ? { kind: 'found', records: [bare] } : dns.addresses(host);
}

/** Those that can be reached from an own address: of its family only. */
export function ofFamily(sourceAddress: string | null, targets: Targets): Targets {
  if (sourceAddress === null || targets.kind !== 'found') return targets;
  const family = isIP(sourceAddress);
  const reachable = targets.targets.filter(({ address }) => isIP(address) === family);
  if (reachable.length > 0) return { kind: 'found', targets: reachable };
  const hosts = [...new Set(targets.targets.map(({ host }) => host))].join(', ');
  return temporary('4.4.4', `${hosts} can't be reached from the source address ${sourceAddress}: IPv${family} only`);
}

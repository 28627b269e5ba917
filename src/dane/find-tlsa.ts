/**
 * What DNS says of the certificates of mail hosts (RFC 7672 2). Only what DNSSEC proves from the domain to the TLSA
 * records counts; without it a host is one like any other. A host whose TLSA records can't be had now gets no mail
 * now: who can suppress them must not be able to take the protection away.
 */
import type { Dns, DnsAnswer, TlsaRecord } from '../platform/dns.ts';
import type { Target, Targets } from '../route/next-hop.ts';
import { usableRecords } from './tlsa.ts';

type Asked = Pick<Dns, 'mx' | 'addresses'>;

/** @param find the mail hosts of the domain, by the DNS that it is given */
export async function daneTargets(
  dns: Asked & Pick<Dns, 'tlsa'>,
  domain: string,
  find: (dns: Asked) => Promise<Targets>,
): Promise<Targets> {
  let isProven = false;
  /** By host: where its proven name leads to. */
  const names = new Map<string, string>();
  const found = await find({
    mx: async name => {
      const answer = await dns.mx(name);
      isProven = answer.kind !== 'temporary' && answer.proof !== undefined;
      return answer;
    },
    addresses: async host => {
      const answer = await dns.addresses(host);
      if (answer.kind === 'found' && answer.proof) names.set(host, answer.proof.name);
      return answer;
    },
  });
  if (found.kind !== 'found' || !isProven) return found;
  return demanding(found.targets, async ({ host, port }) => {
    const name = names.get(host);
    return name === undefined ? null : demandOf(dns, { domain, host, name, port });
  });
}

/** Puts what is demanded of its certificate to each host; one for which that can't be said now is left out. */
async function demanding(
  targets: readonly Target[],
  ask: (target: Target) => Promise<Demand | string | null>,
): Promise<Targets> {
  const byHost = new Map(targets.map(target => [target.host, target]));
  const answers = await Promise.all([...byHost].map(async ([host, target]) => [host, await ask(target)] as const));
  const demands = new Map(answers);
  const usable = targets.flatMap((target): Target[] => {
    const demand = demands.get(target.host) ?? null;
    if (typeof demand === 'string') return [];
    return [demand === null ? target : { ...target, dane: demand }];
  });
  if (usable.length > 0) return { kind: 'found', targets: usable };
  const reasons = answers.flatMap(([, answer]) => (typeof answer === 'string' ? [answer] : []));
  const text = `${reasons.join('; ')}: without an answer nobody knows which certificate is the right one`;
  return { kind: 'temporary', reply: { code: 451, enhanced: '4.4.3', text } };
}

type Demand = NonNullable<Target['dane']>;

interface Place {
  readonly domain: string;
  readonly host: string;
  readonly name: string;
  readonly port: number;
}

/** Null where nothing is demanded; a sentence where DNS does not say. The end of aliases first (RFC 7672 2.2.2). */
async function demandOf(dns: Pick<Dns, 'tlsa'>, { domain, host, name, port }: Place): Promise<Demand | string | null> {
  for (const base of new Set([name, host.toLowerCase()])) {
    const owner = `_${port}._tcp.${base}`;
    const answer = await dns.tlsa(owner);
    if (answer.kind === 'temporary') return answer.reason;
    const records = provenRecords(answer);
    if (records.length > 0) return { owner, records: usableRecords(records), names: [base, domain.toLowerCase()] };
  }
  return null;
}

const provenRecords = (answer: DnsAnswer<TlsaRecord>): readonly TlsaRecord[] =>
  answer.kind === 'found' && answer.proof ? answer.records : [];

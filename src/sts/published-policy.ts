/** What a domain publishes about MTA-STS at the moment, for who looks whether it is right; nothing is kept. */
import type { Dns } from '../platform/dns.ts';
import { fetchPolicy, type PolicyHosts } from './fetch-policy.ts';
import { policyIdOf, type StsPolicy } from './policy.ts';

export type PublishedPolicy =
  | { readonly kind: 'found'; readonly policy: StsPolicy }
  /** None is announced. */
  | { readonly kind: 'none' }
  /** DNS gave no answer. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** It is announced, and senders can't have it. */
  | { readonly kind: 'broken'; readonly reason: string };

/** @param domain ASCII */
export async function publishedPolicy(
  domain: string,
  hosts: PolicyHosts & { readonly dns: Pick<Dns, 'texts'> },
): Promise<PublishedPolicy> {
  const name = `_mta-sts.${domain}`;
  const answer = await hosts.dns.texts(name);
  if (answer.kind === 'temporary') return { kind: 'unknown', reason: answer.reason };
  const records = answer.kind === 'found' ? answer.records : [];
  if (!records.some(text => /^v=STSv1\b/i.test(text))) return { kind: 'none' };
  if (policyIdOf(records) === null)
    return {
      kind: 'broken',
      reason: `The TXT record ${name} is none as senders want it (v=STSv1; id=...), or there is more than one`,
    };
  try {
    return { kind: 'found', policy: await fetchPolicy(domain, hosts) };
  } catch (error) {
    return { kind: 'broken', reason: (error as Error).message };
  }
}

/** Mail hosts as a policy leaves them: those it does not name are left out when it is enforced, and noted in testing. */
import type { Targets } from '../route/next-hop.ts';
import { isNamed, type StsPolicy } from './policy.ts';

export function followPolicy(found: Targets, domain: string, policy: StsPolicy): Targets {
  const { mode } = policy;
  if (found.kind !== 'found' || mode === 'none') return found;
  const marked = found.targets.map(target => ({
    ...target,
    sts: { domain, mode, isNamed: isNamed(policy, target.host) },
  }));
  const targets = mode === 'enforce' ? marked.filter(({ sts }) => sts.isNamed) : marked;
  if (targets.length > 0) return { kind: 'found', targets };
  const hosts = [...new Set(found.targets.map(({ host }) => host))].join(', ');
  const text = `The MTA-STS policy of ${domain} names none of its mail hosts (${hosts}), so that they may be forged`;
  return { kind: 'temporary', reply: { code: 451, enhanced: '4.7.5', text } };
}

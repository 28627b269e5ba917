/** What changes with the settings and is asked for at each use. */
import { createDns, type Dns } from '../platform/dns.ts';
import type { LogonGuardSettings } from '../policy/logon-guard.ts';
import { RelayPolicy } from '../policy/relay-restriction.ts';
import { Rewriter } from '../rewrite/rewriter.ts';
import { type Mail, Router } from '../route/router.ts';
import type { Settings } from '../settings/settings.ts';

export interface InForce {
  settings: Settings;
  policy: RelayPolicy;
  logonGuard: LogonGuardSettings;
  router: Router;
  rewriter: Rewriter;
  dns: Dns;
}

/**
 * The next hop of mail that has not come in yet: the rules that change recipients as it arrives are applied first.
 * Without them a way would be judged that the mail never takes.
 */
export function hopOnArrival({ rewriter, router }: InForce, mail: Omit<Mail, 'pinned'>): string {
  const recipient = { address: mail.recipient, notify: [], orcpt: null };
  const changed = rewriter.recipients({ recipients: [recipient], reversePath: mail.reversePath }, mail.origin);
  return router.hopOf({ ...mail, recipient: changed?.recipients[0]?.address ?? mail.recipient, pinned: null });
}

/** @param before what was in force until now; what DNS said stays known where its servers stay the same */
export const inForceOf = (settings: Settings, before?: InForce): InForce => ({
  settings,
  policy: new RelayPolicy(settings.restriction, settings.domains),
  logonGuard: logonGuardOf(settings),
  router: new Router(settings.connectors, settings.domains),
  rewriter: new Rewriter(settings.rewriteRules, settings.general.defaultDomain),
  dns: before && asksTheSame(before.settings, settings) ? before.dns : dnsOf(settings),
});

/** One that remembers nothing yet. */
export const dnsOf = ({ general }: Settings): Dns => createDns(general.dnsServer, Date.now, general.dnsServerValidates);

const asksTheSame = ({ general: one }: Settings, { general: other }: Settings): boolean =>
  one.dnsServerValidates === other.dnsServerValidates && one.dnsServer.join() === other.dnsServer.join();

/** Load balancers that speak for clients behind them are never banned themselves. */
function logonGuardOf({ general, listeners }: Settings): LogonGuardSettings {
  const balancers = listeners.flatMap(({ proxyProtocolFrom }) => proxyProtocolFrom);
  return { ...general, banExemptIPRanges: [...general.banExemptIPRanges, ...balancers] };
}

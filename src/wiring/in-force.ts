/** What changes with the settings and is asked for at each use. */
import { createDns, type Dns } from '../platform/dns.ts';
import type { LogonGuardSettings } from '../policy/logon-guard.ts';
import { RelayPolicy } from '../policy/relay-restriction.ts';
import { Rewriter } from '../rewrite/rewriter.ts';
import { Router } from '../route/router.ts';
import type { Settings } from '../settings/settings.ts';

export interface InForce {
  settings: Settings;
  policy: RelayPolicy;
  logonGuard: LogonGuardSettings;
  router: Router;
  rewriter: Rewriter;
  dns: Dns;
}

export const inForceOf = (settings: Settings): InForce => ({
  settings,
  policy: new RelayPolicy(settings.restriction, settings.domains),
  logonGuard: logonGuardOf(settings),
  router: new Router(settings.connectors, settings.domains),
  rewriter: new Rewriter(settings.rewriteRules, settings.general.defaultDomain),
  dns: createDns(settings.general.dnsServer),
});

/** Load balancers that speak for clients behind them are never banned themselves. */
function logonGuardOf({ general, listeners }: Settings): LogonGuardSettings {
  const balancers = listeners.flatMap(({ proxyProtocolFrom }) => proxyProtocolFrom);
  return { ...general, banExemptIPRanges: [...general.banExemptIPRanges, ...balancers] };
}

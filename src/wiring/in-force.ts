/** What changes with the settings and is asked for at each use. */
import { createDns, type Dns } from '../platform/dns.ts';
import { RelayPolicy } from '../policy/relay-restriction.ts';
import { Router } from '../route/router.ts';
import type { Settings } from '../settings/settings.ts';

export interface InForce {
  settings: Settings;
  policy: RelayPolicy;
  router: Router;
  dns: Dns;
}

export const inForceOf = (settings: Settings): InForce => ({
  settings,
  policy: new RelayPolicy(settings.restriction, settings.domains),
  router: new Router(settings.connectors, settings.domains),
  dns: createDns(settings.general.dnsServer),
});

/** What several virtual servers make together: the settings have one list, one set of domains and one way out. */
import { AddressSet } from '../address-set.ts';
import { MOST_ENTRIES } from './access.ts';
import type { DomainRight } from './domains.ts';
import type { Entries, Verdict } from './entry.ts';
import type { OldDoor } from './merge.ts';
import type { PlannedConnector } from './routes.ts';
import type { ServerView } from './server-view.ts';

/** The narrowest of all virtual servers: the settings have one list for all listeners. */
export function commonRestriction(views: readonly ServerView[], olds: readonly OldDoor[]) {
  const common = olds.reduce((all, { clients }) => all.and(clients), AddressSet.everybody);
  const allowAuthenticated = olds.every(({ authenticated }) => authenticated);
  const entries = common.entries();
  for (const [index, view] of views.entries()) {
    const { clients, authenticated } = olds[index]!;
    const lost = clients.without(common);
    if (!lost.isEmpty)
      view.tell('RelayIpList', {
        outcome: 'Refused',
        mapsTo: 'restriction.entries',
        newValue: entries.join(', ') || '(nobody)',
        reason: `${lost.entries().join(', ')} may relay through this virtual server only, and the list here holds for all listeners.`,
        action: `Add-RelayRestriction -IPAddress ${lost.entries().slice(0, 5).join(', ')}, where they may relay through all of them; or import one virtual server.`,
      });
    if (entries.length > MOST_ENTRIES)
      view.tell('RelayIpList', {
        outcome: 'Refused',
        mapsTo: 'restriction.entries',
        reason: `Only the first ${MOST_ENTRIES} of ${entries.length} entries were taken.`,
        action: 'Put the others together in larger networks, and Add-RelayRestriction.',
      });
    if (authenticated && !allowAuthenticated)
      view.tell('RelayForAuth', {
        outcome: 'Refused',
        mapsTo: 'restriction.allowAuthenticated',
        newValue: false,
        reason: 'Not all virtual servers let clients relay that logged on.',
        action: 'Set-RelayRestriction -AllowAuthenticated $true, where they may through all of them.',
      });
  }
  return {
    mode: 'OnlyListed',
    entries: entries.slice(0, MOST_ENTRIES).map(entry => ({ entry, comment: 'from IIS' })),
    allowAuthenticated,
    clientCertificates: [],
  };
}

/** A right that only some virtual servers give would be given by all listeners. */
export function commonRights(
  views: readonly ServerView[],
  rights: readonly ReadonlyMap<string, DomainRight>[],
  entries: Entries,
): Map<string, DomainRight> {
  const all = new Map<string, DomainRight>();
  for (const [index, own] of rights.entries())
    for (const [name, right] of own) {
      if (rights.every(other => other.get(name) === right)) all.set(name, right);
      else
        tellOfDomain(views[index]!, name, entries, {
          outcome: 'Refused',
          mapsTo: `domains[${name}]`,
          newValue: '(nobody)',
          reason: 'Only this virtual server takes mail of everybody for the domain, and here all listeners would.',
          action: `New-SmtpDomain -Name ${name} ${right === 'Drop' ? '-DropDirectory Default' : '-AllowRelay $true'}, where that is wanted.`,
        });
    }
  return all;
}

/** Adds to the entry of a domain's key; the default domain has none. */
function tellOfDomain(view: ServerView, name: string, entries: Entries, verdict: Verdict): void {
  const domain = view.domainNamed(name);
  if (domain) view.tellDomain(domain, 'RouteAction', verdict);
  else if (view.text('DefaultDomain')?.toLowerCase() === name) view.tell('DefaultDomain', verdict);
  else
    entries.tell(
      {
        virtualServer: view.number,
        location: `${view.location}/Domain/${name}`,
        setting: 'RouteAction',
        value: null,
        origin: 'Domain',
      },
      verdict,
    );
}

/** Two routes for one domain: the first one counts. */
export function uniqueRoutes(
  views: readonly ServerView[],
  routes: readonly (readonly PlannedConnector[])[],
  entries: Entries,
): PlannedConnector[] {
  const seen = new Set<string>();
  return routes.flatMap((own, index) =>
    own.filter(route => {
      const [space] = route.addressSpaces as [string];
      if (!seen.has(space)) return seen.add(space);
      tellOfDomain(views[index]!, space, entries, {
        outcome: 'NotSupported',
        mapsTo: `connectors[${route.name}]`,
        newValue: '(none)',
        reason: 'Another virtual server has a route for the domain, which is taken for both.',
        action: 'Compare the routes.',
      });
      return false;
    }),
  );
}

const OF_THE_RELAY = [
  'SmartHost',
  'SmartHostType',
  'RouteAction',
  'RouteUserName',
  'RoutePassword',
  'RemoteSmtpPort',
  'SmtpRemoteProgressiveRetry',
  'SmtpRemoteNDRExpireMinutes',
  'SmtpRemoteDelayExpireMinutes',
  'HopCount',
  'MaxOutConnections',
  'MaxOutConnectionsPerDomain',
  'RemoteTimeout',
  'PickupDirectory',
  'DropDirectory',
  'SendNdrTo',
  'ShouldPickupMail',
  'SmtpDotStuffPickupDirFiles',
  'AlwaysUseSsl',
  'SmtpSSLRequireTrustedCA',
  'SmtpSSLCertHostnameValidation',
  'RemoteRetryInterval',
  'DefaultDomain',
  'DoMasquerade',
  'MasqueradeDomain',
  'LogFilePeriod',
  'LogFileLocaltimeRollover',
  'LogFileTruncateSize',
];

/** One value holds for the relay; where the other servers have another one, that is said. */
export function tellOthers(first: ServerView, others: readonly ServerView[], merge: boolean): void {
  for (const view of others)
    for (const name of OF_THE_RELAY) {
      const [own, leading] = [view.find(name), first.find(name)];
      if (own === null || own.origin !== 'Server') continue;
      if (merge) view.tell(name, { outcome: 'Ignored', mapsTo: 'general' });
      else if (JSON.stringify(own.value) === JSON.stringify(leading?.value))
        view.tell(name, {
          outcome: name.endsWith('Directory') ? 'CarriedWithChange' : 'Carried',
          reason: name.endsWith('Directory')
            ? `Virtual server ${first.number} has the same folder; the mail of both is one here.`
            : `As virtual server ${first.number} has it.`,
        });
      else
        view.tell(name, {
          outcome: 'NotSupported',
          reason: `One value holds for the whole relay: that of virtual server ${first.number}.`,
          action:
            'See whether this server needs its own; a connector for single domains can be had with New-SmtpConnector.',
        });
    }
}

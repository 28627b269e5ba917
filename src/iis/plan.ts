/**
 * From an IIS SMTP configuration to settings: one change, planned as a whole, with an entry for every value
 * of the old server. Nothing is applied here. Settings of the whole relay (retry times, smart host, folders)
 * come from the first virtual server; who may relay is what all of them agree about.
 */
import { AddressSet } from './address-set.ts';
import { authenticatedMayRelay, MOST_ENTRIES, relayClients } from './plan/access.ts';
import { connectingClients } from './plan/connections.ts';
import { planDelivery } from './plan/delivery.ts';
import { type DomainRight, planDomains } from './plan/domains.ts';
import { Entries, type PlanEntry, type Verdict } from './plan/entry.ts';
import { planDrop, planPickup } from './plan/folders.ts';
import { tellLeftOver } from './plan/left-over.ts';
import { hostNameOf, nameOfListener, type PlannedDoor, planListener } from './plan/listener.ts';
import { planMasquerade } from './plan/masquerade.ts';
import { type OldDoor, widerThan } from './plan/merge.ts';
import type { PlanOptions } from './plan/plan-options.ts';
import type { NeededSecret, PlannedConnector } from './plan/routes.ts';
import { ServerView } from './plan/server-view.ts';
import { type IisSource, placeOf, SERVER_PLACE, SourceError } from './source.ts';

export type { PlanEntry } from './plan/entry.ts';
export type { PlanOptions } from './plan/plan-options.ts';
export type { NeededSecret } from './plan/routes.ts';

export interface Plan {
  readonly virtualServers: readonly { readonly number: number; readonly listener: string }[];
  readonly entries: readonly PlanEntry[];
  /** About the file as a whole. */
  readonly notes: readonly string[];
  /** The whole settings after the import, not yet validated. */
  readonly settings: unknown;
  readonly secrets: readonly NeededSecret[];
}

/** @throws SourceError when a virtual server is asked for that is not there. */
export function planOf(source: IisSource, options: PlanOptions): Plan {
  const { current, merge } = options;
  const entries = new Entries(merge);
  const views = numbersOf(source, options.virtualServers).map(number => new ServerView(source, number, entries));
  const [first] = views as [ServerView];
  // A secret that is kept under a name must never go to another server.
  const kept = current.connectors.filter(
    ({ type, authenticationMethod }) => merge || type === 'Graph' || authenticationMethod !== 'None',
  );
  const taken = new Set(kept.map(({ name }) => name.toLowerCase()));
  const clients = views.map(view => relayClients(view, options.openTo));
  const authenticated = views.map(authenticatedMayRelay);
  const delivery = planDelivery(first, taken);
  const domains = views.map(view => planDomains(view, taken, delivery.common));
  const olds = views.map((_, index) => ({
    clients: clients[index]!,
    authenticated: authenticated[index]!,
    rights: domains[index]!.rights,
  }));
  const doors = planDoors(views, olds, options);
  const fqdn = merge ? null : hostNameOf(first, 'FullyQualifiedDomainName', 'general.fqdn');
  const drop = planDrop(first, options);
  const pickup = planPickup(first, options);
  const routes = uniqueRoutes(
    views,
    domains.map(({ connectors }) => connectors),
    entries,
  );
  const masquerade = planMasquerade(
    first,
    [...domains[0]!.rights].flatMap(([name, right]) => (right === 'Drop' ? name : [])),
  );
  const restriction = merge ? current.restriction : commonRestriction(views, olds);
  const rights = commonRights(
    views,
    domains.map(domain => domain.rights),
    entries,
  );
  tellOthers(first, views.slice(1), merge);
  tellLeftOver(source, views, entries);
  const replaced = new Set(masquerade.map(({ name }) => String(name).toLowerCase()));
  const connectors = [...routes, ...(merge ? [] : delivery.connectors)];
  return {
    virtualServers: views.map((view, index) => ({ number: view.number, listener: doors.names[index]! })),
    entries: entries.all,
    notes: source.notes,
    settings: {
      ...current,
      listeners: [...(merge ? current.listeners : []), ...doors.doors.flatMap(({ listeners }) => listeners)],
      certificates: [
        ...current.certificates,
        ...doors.doors.flatMap(({ certificates }) => certificates).filter(uniqueByName()),
      ],
      restriction,
      connectors: merge ? [...current.connectors, ...connectors] : connectors,
      ...(merge
        ? {}
        : {
            general: {
              ...current.general,
              ...delivery.general,
              ...pickup,
              ...(fqdn === null ? {} : { fqdn }),
            },
            logging: { ...current.logging, ...loggingOf(doors.doors) },
            domains: [...rights].map(([name, right]) => ({
              name,
              allowRelay: right === 'Relay',
              dropDirectory: right === 'Drop' ? drop : null,
            })),
            rewriteRules: [
              ...current.rewriteRules.filter(({ name }) => !replaced.has(name.toLowerCase())),
              ...masquerade,
            ],
          }),
    },
    secrets: [...(merge ? [] : delivery.secrets), ...domains.flatMap(({ secrets }) => secrets)].filter(
      ({ connector }) => connectors.some(({ name }) => name === connector),
    ),
  };
}

function numbersOf(source: IisSource, wanted: readonly number[] | null): number[] {
  const there = [...source.keys.keys()]
    .flatMap(place => SERVER_PLACE.exec(place)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const missing = wanted?.filter(number => !there.includes(number)) ?? [];
  if (missing.length > 0)
    throw new SourceError(`There is no virtual server ${missing.join(', ')} in it; it has ${there.join(', ')}.`);
  if (there.length > 1000) throw new SourceError('It has more than 1000 virtual servers.');
  return wanted === null ? there : there.filter(number => wanted.includes(number));
}

function planDoors(views: readonly ServerView[], olds: readonly OldDoor[], options: PlanOptions) {
  const { current, merge } = options;
  const taken = new Set(merge ? current.listeners.map(({ name }) => name.toLowerCase()) : []);
  const bindings: { address: string; port: number }[] = [{ address: '127.0.0.1', port: current.general.controlPort }];
  if (merge)
    bindings.push(...current.listeners.filter(({ enabled }) => enabled).flatMap(listener => listener.bindings));
  const names: string[] = [];
  const doors: PlannedDoor[] = [];
  for (const [index, view] of views.entries()) {
    const name = nameOfListener(view, taken);
    taken.add(name.toLowerCase());
    const wider = merge ? widerThan(olds[index]!, current) : null;
    const ranges = connectingClients(view, name);
    const door = planListener(view, name, ranges, bindings, wider, { ...options, takenNames: taken });
    for (const listener of door.listeners) {
      taken.add(listener.name.toLowerCase());
      if (listener.enabled) bindings.push(...listener.bindings);
    }
    names.push(name);
    doors.push(door);
  }
  return { names, doors };
}

/** The narrowest of all virtual servers: the settings have one list for all listeners. */
function commonRestriction(views: readonly ServerView[], olds: readonly OldDoor[]) {
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
function commonRights(
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
  const domain = view.domains().find(({ key }) => placeOf(key.location).endsWith(`/domain/${name}`));
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
function uniqueRoutes(
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
];

/** One value holds for the relay; where the other servers have another one, that is said. */
function tellOthers(first: ServerView, others: readonly ServerView[], merge: boolean): void {
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

const loggingOf = (doors: readonly PlannedDoor[]): Record<string, unknown> =>
  doors.some(({ listeners }) => listeners.some(({ protocolLoggingLevel }) => protocolLoggingLevel === 'General'))
    ? { protocolLoggingLevel: 'Verbose' }
    : {};

function uniqueByName(): (item: { readonly name: string }) => boolean {
  const seen = new Set<string>();
  return ({ name }) => !seen.has(name) && seen.add(name) !== undefined;
}

/**
 * From an IIS SMTP configuration to settings: one change, planned as a whole, with an entry for every value
 * of the old server. Nothing is applied here. Settings of the whole relay (retry times, smart host, folders)
 * come from the first virtual server; who may relay is what all of them agree about.
 */
import { AddressSet } from './address-set.ts';
import { authenticatedMayRelay, connectingClients, relayClients } from './plan/access.ts';
import { type NeededSecret, type PlannedConnector, planDelivery } from './plan/delivery.ts';
import { type DomainRight, planDomains } from './plan/domains.ts';
import type { PlanEntry } from './plan/entry.ts';
import { planDrop, planPickup } from './plan/folders.ts';
import { tellLeftOver } from './plan/left-over.ts';
import { hostNameOf, nameOfListener, type PlannedDoor, planListener } from './plan/listener.ts';
import type { PlanOptions } from './plan/plan-options.ts';
import { ServerView } from './plan/server-view.ts';
import { type IisSource, SERVER_PLACE, SourceError } from './source.ts';

export type { NeededSecret } from './plan/delivery.ts';
export type { PlanEntry } from './plan/entry.ts';
export type { PlanOptions } from './plan/plan-options.ts';

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
  const entries: PlanEntry[] = [];
  const views = numbersOf(source, options.virtualServers).map(number => new ServerView(source, number, entries));
  const { current, merge } = options;
  const doors = planDoors(views, options);
  const who = planRestriction(views, options);
  // A secret that is kept under a name must never go to another server.
  const kept = current.connectors.filter(
    ({ type, authenticationMethod }) => merge || type === 'Graph' || authenticationMethod !== 'None',
  );
  const taken = new Set(kept.map(({ name }) => name.toLowerCase()));
  const [first] = views as [ServerView];
  const delivery = planDelivery(first, taken);
  const fqdn = merge ? null : hostNameOf(first, 'FullyQualifiedDomainName', 'general.fqdn');
  const domains = views.map(view => planDomains(view, taken));
  const routes = uniqueRoutes(
    domains.flatMap(({ connectors }) => connectors),
    entries,
  );
  const drop = planDrop(first, options);
  const rights = commonRights(
    views,
    domains.map(domain => domain.rights),
    merge,
    entries,
  );
  const pickup = planPickup(first, options);
  tellOthers(first, views.slice(1));
  tellLeftOver(source, views, entries);
  const connectors = [...routes, ...(merge ? [] : delivery.connectors)];
  return {
    virtualServers: views.map((view, index) => ({ number: view.number, listener: doors.names[index]! })),
    entries: merge ? entries.map(asMerged) : entries,
    notes: source.notes,
    settings: {
      ...current,
      general: merge
        ? current.general
        : {
            ...current.general,
            ...delivery.general,
            ...pickup,
            ...(fqdn === null ? {} : { fqdn }),
            ...loggingOf(doors.doors),
          },
      listeners: [...(merge ? current.listeners : []), ...doors.doors.flatMap(({ listeners }) => listeners)],
      certificates: [
        ...current.certificates,
        ...doors.doors.flatMap(({ certificates }) => certificates).filter(uniqueByName()),
      ],
      restriction: merge ? current.restriction : who,
      domains: merge
        ? current.domains
        : [...rights].map(([name, right]) => ({
            name,
            allowRelay: right === 'Relay',
            dropDirectory: right === 'Drop' ? drop : null,
          })),
      connectors: merge ? [...current.connectors, ...connectors] : connectors,
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

function planDoors(views: readonly ServerView[], options: PlanOptions) {
  const { current, merge } = options;
  const taken = new Set(merge ? current.listeners.map(({ name }) => name.toLowerCase()) : []);
  const bindings: { address: string; port: number }[] = [{ address: '127.0.0.1', port: current.general.controlPort }];
  if (merge)
    bindings.push(...current.listeners.filter(({ enabled }) => enabled).flatMap(listener => listener.bindings));
  const names: string[] = [];
  const doors: PlannedDoor[] = [];
  for (const view of views) {
    const name = nameOfListener(view, taken);
    taken.add(name.toLowerCase());
    const door = planListener(view, name, connectingClients(view, name), bindings, { ...options, takenNames: taken });
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
function planRestriction(views: readonly ServerView[], options: PlanOptions) {
  const lists = views.map(view => relayClients(view, options.openTo));
  const authenticated = views.map(authenticatedMayRelay);
  const common = lists.reduce((all, list) => all.and(list), AddressSet.everybody);
  for (const [index, view] of views.entries()) {
    const lost = lists[index]!.without(common);
    if (!lost.isEmpty)
      view.tell('RelayIpList', {
        outcome: 'Refused',
        mapsTo: 'restriction.entries',
        newValue: `without ${lost.entries().join(', ')}`,
        reason: 'They may relay through this virtual server only, and the list here holds for all listeners.',
        action: `Add-RelayRestriction -IPAddress ${lost.entries().slice(0, 5).join(', ')}, where they may relay through all of them; or import one virtual server.`,
      });
    if (authenticated[index] && !authenticated.every(Boolean))
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
    entries: common
      .entries()
      .slice(0, 10_000)
      .map(entry => ({ entry, comment: 'from IIS' })),
    allowAuthenticated: authenticated.every(Boolean),
    clientCertificates: [],
  };
}

/** A right that only some virtual servers give would be given by all listeners. */
function commonRights(
  views: readonly ServerView[],
  rights: readonly ReadonlyMap<string, DomainRight>[],
  merge: boolean,
  entries: PlanEntry[],
): Map<string, DomainRight> {
  const all = new Map<string, DomainRight>();
  for (const [index, own] of rights.entries())
    for (const [name, right] of own) {
      const agreed = !merge && rights.every(other => other.get(name) === right);
      if (agreed) all.set(name, right);
      else
        entries.push({
          virtualServer: views[index]!.number,
          location: `${views[index]!.location}/Domain/${name}`,
          setting: 'RouteAction',
          value: null,
          origin: 'Domain',
          mapsTo: `domains[${name}]`,
          newValue: null,
          outcome: 'Refused',
          reason: merge
            ? 'With -Merge nobody gets to send to a domain who could not before.'
            : 'Only this virtual server takes mail of everybody for the domain, and here all listeners would.',
          action: `New-SmtpDomain -Name ${name} ${right === 'Drop' ? '-DropDirectory Default' : '-AllowRelay $true'}, where that is wanted.`,
        });
    }
  return all;
}

/** Two routes for one domain: the first one counts. */
function uniqueRoutes(routes: readonly PlannedConnector[], entries: PlanEntry[]): PlannedConnector[] {
  const seen = new Set<string>();
  return routes.filter(route => {
    const [space] = route.addressSpaces as [string];
    if (!seen.has(space)) {
      seen.add(space);
      return true;
    }
    entries.push({
      virtualServer: null,
      location: space,
      setting: 'RouteActionString',
      value: null,
      origin: 'Domain',
      mapsTo: `connectors[${route.name}]`,
      newValue: null,
      outcome: 'NotSupported',
      reason: 'Another virtual server has a route for the domain, which is taken for both.',
      action: 'Compare the routes.',
    });
    return false;
  });
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
];

/** One value holds for the relay; where the other servers have another one, that is said. */
function tellOthers(first: ServerView, others: readonly ServerView[]): void {
  for (const view of others)
    for (const name of OF_THE_RELAY) {
      const [own, leading] = [view.find(name), first.find(name)];
      if (own === null || own.origin !== 'Server') continue;
      if (JSON.stringify(own.value) === JSON.stringify(leading?.value))
        view.tell(name, { outcome: 'Carried', reason: `As virtual server ${first.number} has it.` });
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

/** With -Merge only listeners, certificates and routes of domains are taken. */
function asMerged(entry: PlanEntry): PlanEntry {
  const target = entry.mapsTo ?? '';
  const kept =
    target === '' ||
    target.startsWith('listeners') ||
    target.startsWith('connectors[Domain ') ||
    entry.outcome === 'Refused';
  return kept
    ? entry
    : {
        ...entry,
        outcome: 'Refused',
        newValue: null,
        reason: 'With -Merge the settings of this relay stay; only listeners and routes of domains are added.',
        action: entry.action,
      };
}

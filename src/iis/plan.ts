/**
 * From an IIS SMTP configuration to settings: one change, planned as a whole, with an entry for every value
 * of the old server. Nothing is applied here. Settings of the whole relay (retry times, smart host, folders)
 * come from the first virtual server; who may relay is what all of them agree about.
 */
import { authenticatedMayRelay, relayClients } from './plan/access.ts';
import { commonRestriction, commonRights, tellOthers, uniqueRoutes } from './plan/common.ts';
import { connectingClients } from './plan/connections.ts';
import { planDelivery } from './plan/delivery.ts';
import { planDomains } from './plan/domains.ts';
import { Entries, type PlanEntry } from './plan/entry.ts';
import { planDrop, planPickup } from './plan/folders.ts';
import { tellLeftOver } from './plan/left-over.ts';
import { hostNameOf, nameOfListener, type PlannedDoor, planListener } from './plan/listener.ts';
import { planLogging } from './plan/logging.ts';
import { planMasquerade } from './plan/masquerade.ts';
import { type OldDoor, widerThan } from './plan/merge.ts';
import type { PlanOptions } from './plan/plan-options.ts';
import type { NeededSecret } from './plan/routes.ts';
import { ServerView } from './plan/server-view.ts';
import { type IisSource, SERVER_PLACE, SourceError } from './source.ts';

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
  // The file in use may have half of what the folder may hold.
  const logging = planLogging(first, Math.floor(current.logging.protocolLogMaxDirectorySize / 2));
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
            logging: { ...current.logging, ...logging, ...loggingOf(doors.doors) },
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

const loggingOf = (doors: readonly PlannedDoor[]): Record<string, unknown> =>
  doors.some(({ listeners }) => listeners.some(({ protocolLoggingLevel }) => protocolLoggingLevel === 'General'))
    ? { protocolLoggingLevel: 'Verbose' }
    : {};

function uniqueByName(): (item: { readonly name: string }) => boolean {
  const seen = new Set<string>();
  return ({ name }) => !seen.has(name) && seen.add(name) !== undefined;
}

/** Where mail goes: the smart host or the MX hosts, and remote domains with a way of their own. */
import { isIP } from 'node:net';
import { isHostName } from '../../message/host-name.ts';
import { ROUTE, readSmartHosts } from '../values.ts';
import type { Verdict } from './entry.ts';
import { freeName, tellEmpty } from './listener.ts';
import { securityOf } from './route-security.ts';
import { type DomainView, domainText, type ServerView } from './server-view.ts';

export interface PlannedConnector {
  readonly name: string;
  readonly type: 'SmartHost' | 'Direct' | 'DirectThenSmartHost';
  readonly enabled?: boolean;
  readonly addressSpaces: readonly string[];
  readonly [setting: string]: unknown;
}

/** A connector that logs on with a password that nobody can read out of the file. */
export interface NeededSecret {
  readonly connector: string;
  readonly userName: string;
}

/** What a connector takes. */
const MOST_HOSTS = 16;

const isHost = (text: string): boolean => isHostName(text) || isIP(text) !== 0;

export interface Route {
  readonly connector: PlannedConnector;
  readonly secrets: readonly NeededSecret[];
}

const ROUTES = ['Direct', 'DirectThenSmartHost', 'SmartHost'] as const;

/** The way of all mail without a better one. @param taken names of connectors in lower case */
export function planDefaultRoute(view: ServerView, taken: Set<string>, common: Record<string, unknown>): Route {
  const wanted = typeOf(view);
  const hosts = readSmartHosts(view.find('SmartHost')?.value);
  const usable = hosts.filter(({ host }) => isHost(host)).slice(0, MOST_HOSTS);
  const asked = ROUTES[wanted] ?? 'SmartHost';
  const lacksHost = asked === 'SmartHost' && usable.length === 0;
  const type = usable.length === 0 ? 'Direct' : asked;
  const port = portOf(view, 'connectors');
  const name = take(type === 'Direct' ? 'Internet' : 'SmartHost', taken);
  const at = `connectors[${name}]`;
  tellType(view, at, wanted, type, lacksHost, name);
  tellSmartHost(view, at, wanted, hosts.length, usable);
  const action = view.numberOf('RouteAction', 0, ROUTE);
  // What can't be read may have asked for encryption.
  const bits = action.sure || !view.find('RouteAction') ? action.value : action.value | ROUTE.SSL;
  const security = securityOf(view, null, bits, at, name, type !== 'Direct');
  return {
    connector: {
      name,
      type,
      ...(lacksHost ? { enabled: false } : {}),
      addressSpaces: ['*'],
      ...(type === 'Direct' ? {} : { smartHosts: usable.map(({ host }) => ({ host, port })) }),
      ...(type === 'SmartHost' ? {} : { port }),
      ...common,
      ...security.settings,
    },
    secrets: security.secrets,
  };
}

/** SmartHostType; where it can't be read, mail goes to nobody but the smart host. */
function typeOf(view: ServerView): number {
  const { value, sure } = view.numberOf('SmartHostType', 0);
  return sure || !view.find('SmartHostType') ? value : 2;
}

function tellType(
  view: ServerView,
  at: string,
  wanted: number,
  type: PlannedConnector['type'],
  lacksHost: boolean,
  name: string,
): void {
  const known = wanted < ROUTES.length;
  view.tell('SmartHostType', {
    outcome:
      lacksHost || !known
        ? 'Refused'
        : wanted === 1 && type === 'Direct'
          ? 'CarriedWithChange'
          : view.find('SmartHostType')
            ? 'Carried'
            : 'Defaulted',
    mapsTo: `${at}.type`,
    newValue: lacksHost ? `${type}, off` : type,
    ...(lacksHost
      ? {
          reason:
            'All mail has to go to a smart host, and there is none that can be used; mail waits until there is a way.',
          action: `Set-SmtpConnector -Identity '${name}' -Type SmartHost -SmartHost ... -Enabled $true; or only -Enabled $true, if mail may go to the MX hosts.`,
        }
      : !known
        ? {
            reason: `Only 0, 1 and 2 are known; all mail goes to the smart host.`,
            action: 'Look at Get-SmtpConnector.',
          }
        : wanted === 1 && type === 'Direct'
          ? { reason: 'There is no smart host for what cannot be sent directly.' }
          : {}),
  });
}

function tellSmartHost(
  view: ServerView,
  at: string,
  type: number,
  given: number,
  usable: readonly { readonly host: string; readonly literal: boolean; readonly bracketed: boolean }[],
): void {
  if (given === 0) {
    tellEmpty(view, 'SmartHost');
    return;
  }
  if (type === 0) {
    view.tell('SmartHost', { outcome: 'Ignored', reason: 'SmartHostType 0 does not use it.' });
    return;
  }
  const reasons = [
    ...(usable.length < given ? ['What is no host name or address, and more than 16, was left out'] : []),
    ...(usable.length > 1 ? ['Several hosts are tried in order'] : []),
    ...(usable.some(({ literal, bracketed }) => literal && !bracketed)
      ? ['An address without brackets is taken as an address']
      : []),
  ];
  view.tell('SmartHost', {
    outcome: usable.length < given ? 'Refused' : reasons.length > 0 ? 'CarriedWithChange' : 'Carried',
    mapsTo: `${at}.smartHosts`,
    newValue: usable.map(({ host }) => host).join(', '),
    ...(reasons.length > 0 ? { reason: `${reasons.join('; ')}.` } : {}),
    ...(given > 1 || usable.length < given ? { action: 'Look at Get-SmtpConnector.' } : {}),
  });
}

/** The port of next hops, which also routes of domains have. */
function portOf(view: ServerView, at: string): number {
  const { value, origin } = view.numberOf('RemoteSmtpPort', 25);
  const port = value >= 1 && value <= 65_535 ? value : 25;
  view.tell('RemoteSmtpPort', {
    outcome: port !== value ? 'Refused' : origin === 'SchemaDefault' ? 'Defaulted' : 'Carried',
    mapsTo: `${at}.port`,
    newValue: port,
    ...(port === value
      ? {}
      : { reason: 'It is no port; 25 is taken.', action: 'Set-SmtpConnector, with the right port.' }),
  });
  return port;
}

/** A remote domain with a way of its own; null when its mail goes like all other. Tells what the domain says of it. */
export function planDomainRoute(view: ServerView, domain: DomainView, bits: number, taken: Set<string>): Route | null {
  const text = domainText(domain, 'RouteActionString');
  const tell = (verdict: Verdict) => view.tellDomain(domain, 'RouteActionString', verdict);
  const toHost = text !== null || (bits & ROUTE.SMARTHOST) !== 0;
  const given = readSmartHosts(text);
  const hosts = given.filter(({ host }) => isHost(host)).slice(0, MOST_HOSTS);
  if (toHost && hosts.length === 0) {
    tell({
      outcome: 'Refused',
      reason: 'There is no host that can be used; mail for the domain goes the way of all other mail.',
      action: `New-SmtpConnector -Type SmartHost -AddressSpace ${domain.name} -SmartHost ...`,
    });
    return null;
  }
  if (!toHost && domain.key.properties.has('routeactionstring')) tell({ outcome: 'Ignored', reason: 'It is empty.' });
  // Without a host of its own it goes to its MX hosts, which needs a connector only where they are spoken to otherwise.
  if (!toHost && (bits & (ROUTE.SSL | ROUTE.USE_HELO)) === 0) return null;
  const name = take(`Domain ${domain.name}`, taken);
  const at = `connectors[${name}]`;
  if (toHost)
    tell({
      outcome: hosts.length < given.length ? 'Refused' : 'Carried',
      mapsTo: `${at}.smartHosts`,
      newValue: hosts.map(({ host }) => host).join(', '),
      ...(hosts.length < given.length
        ? {
            reason: 'What is no host name or address, and more than 16, was left out.',
            action: 'Look at Get-SmtpConnector.',
          }
        : {}),
    });
  const port = portOf(view, 'connectors[Domain *]');
  const security = securityOf(view, domain, bits, at, name, toHost);
  return {
    connector: {
      name,
      type: toHost ? 'SmartHost' : 'Direct',
      addressSpaces: [domain.name],
      ...(toHost ? { smartHosts: hosts.map(({ host }) => ({ host, port })) } : { port }),
      ...security.settings,
    },
    secrets: security.secrets,
  };
}

function take(wanted: string, taken: Set<string>): string {
  const name = freeName(wanted, taken);
  taken.add(name.toLowerCase());
  return name;
}

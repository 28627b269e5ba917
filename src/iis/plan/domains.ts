/**
 * Domains of a virtual server: local ones, whose mail goes to the Drop folder; remote ones with a route;
 * and remote ones that anybody may send to.
 */
import { parseAddressSpace } from '../../message/address-space.ts';
import { bitsOf, ROUTE, readNumber, ValueError } from '../values.ts';
import { type NeededSecret, type PlannedConnector, planDomainRoute } from './delivery.ts';
import type { DomainView, ServerView } from './server-view.ts';

/** What a domain has a right to on one virtual server. */
export type DomainRight = 'Drop' | 'Relay';

export interface PlannedDomains {
  readonly rights: ReadonlyMap<string, DomainRight>;
  readonly connectors: readonly PlannedConnector[];
  readonly secrets: readonly NeededSecret[];
}

const LOCAL = ROUTE.DROP | ROUTE.ALIAS | ROUTE.DELIVER | ROUTE.DEFAULT;
const ETRN = ROUTE.ETRN_CMD | ROUTE.CSIDE_ETRN | ROUTE.CSIDE_TURN;
const PER_DOMAIN_RELAY = ROUTE.IP_RELAY | ROUTE.AUTH_RELAY;

/** @param taken names of connectors in lower case */
export function planDomains(view: ServerView, taken: Set<string>): PlannedDomains {
  const rights = new Map<string, DomainRight>();
  const connectors: PlannedConnector[] = [];
  const secrets: NeededSecret[] = [];
  for (const domain of view.domains()) {
    const tell = (property: string, value: unknown, verdict: Parameters<ServerView['tell']>[1]) =>
      view.tellOf(property, value, 'Domain', domain.key.location, verdict);
    const space = parseAddressSpace(domain.name);
    if (space === null || domain.name === '*') {
      tell('RouteAction', domain.key.properties.get('routeaction')?.value ?? null, {
        outcome: 'Refused',
        reason: `'${domain.name}' is no domain that can be named here.`,
        action: 'New-SmtpConnector or New-SmtpDomain, where it is needed.',
      });
      continue;
    }
    const bits = bitsOfDomain(view, domain);
    if (bits === null) continue;
    const right = rightOf(view, domain, bits);
    if (right !== null) rights.set(space.text, right);
    const route = (bits & LOCAL) === 0 ? planDomainRoute(view, { ...domain, name: space.text }, bits, taken) : null;
    if (route) {
      connectors.push(route.connector);
      secrets.push(...route.secrets);
    }
    tellRest(view, domain);
  }
  planDefaultDomain(view, rights, connectors);
  return { rights, connectors, secrets };
}

function bitsOfDomain(view: ServerView, domain: DomainView): number | null {
  const value = domain.key.properties.get('routeaction')?.value ?? 0;
  try {
    return readNumber(value, ROUTE);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    view.tellOf('RouteAction', value, 'Domain', domain.key.location, {
      outcome: 'Refused',
      reason: `${error.message}; the domain was left out.`,
      action: 'New-SmtpConnector or New-SmtpDomain, where it is needed.',
    });
    return null;
  }
}

function rightOf(view: ServerView, domain: DomainView, bits: number): DomainRight | null {
  const tell = (verdict: Parameters<ServerView['tell']>[1]) =>
    view.tellOf('RouteAction', domain.key.properties.get('routeaction')?.value ?? 0, 'Domain', domain.key.location, {
      ...verdict,
      mapsTo: `domains[${domain.name}]`,
    });
  const names = bitsOf(bits, ROUTE).join(', ') || 'no bit is set';
  const left = bits & (ETRN | PER_DOMAIN_RELAY | ROUTE.USE_HELO);
  const also = left === 0 ? '' : ` Not carried: ${bitsOf(left, ROUTE).join(', ')}.`;
  const person =
    left === 0
      ? {}
      : { action: 'ETRN, TURN, relay rights of single domains and HELO are not done here; arrange for it otherwise.' };
  if ((bits & ROUTE.DELIVER) !== 0) {
    tell({
      outcome: 'NotSupported',
      reason: `Mailboxes (${names}) are not done here; the domain was left out.${also}`,
      action: `New-SmtpConnector -AddressSpace ${domain.name} to the server that has the mailboxes, and New-SmtpDomain -AllowRelay $true.`,
    });
    return null;
  }
  if ((bits & LOCAL) !== 0) {
    tell({
      outcome: left === 0 ? 'Carried' : 'CarriedWithChange',
      newValue: 'dropDirectory',
      reason: `Local domain (${names}): its mail goes to the Drop folder.${also}`,
      ...person,
    });
    return 'Drop';
  }
  if ((bits & ROUTE.DOMAIN_RELAY) !== 0) {
    tell({
      outcome: 'CarriedWithChange',
      newValue: 'allowRelay',
      reason: `Anybody may send to this domain (${names}).${also}`,
      ...person,
    });
    return 'Relay';
  }
  tell({ outcome: left === 0 ? 'Carried' : 'NotSupported', reason: `Remote domain (${names}).${also}`, ...person });
  return null;
}

/** IIS takes mail for its default domain without a key for it. */
function planDefaultDomain(
  view: ServerView,
  rights: Map<string, DomainRight>,
  connectors: readonly PlannedConnector[],
): void {
  const text = view.text('DefaultDomain');
  if (text === null) return;
  const space = parseAddressSpace(text);
  if (space === null || text.includes('*') || text.startsWith('[')) {
    view.tell('DefaultDomain', { outcome: 'Refused', reason: 'It is no domain.' });
    return;
  }
  const routed = connectors.some(({ addressSpaces }) => addressSpaces.includes(space.text));
  if (routed || rights.has(space.text) || view.domains().some(({ name }) => name.toLowerCase() === space.text)) {
    view.tell('DefaultDomain', { outcome: 'Ignored', reason: 'The domain has a key of its own.' });
    return;
  }
  rights.set(space.text, 'Drop');
  view.tell('DefaultDomain', {
    outcome: 'CarriedWithChange',
    mapsTo: `domains[${space.text}]`,
    newValue: 'dropDirectory',
    reason: 'Mail for it goes to the Drop folder. It is not added to addresses without a domain.',
  });
}

const READ = new Set([
  'routeaction',
  'routeactionstring',
  'routeusername',
  'routepassword',
  'keytype',
  'name',
  'location',
]);

function tellRest(view: ServerView, domain: DomainView): void {
  for (const [name, property] of domain.key.properties) {
    if (READ.has(name)) continue;
    const list = name === 'relayiplist';
    view.tellOf(
      property.name,
      property.value,
      'Domain',
      domain.key.location,
      list
        ? {
            outcome: 'NotSupported',
            reason: 'Relay rights for one domain only are not done here; the list lets nobody in.',
            action: 'Add-RelayRestriction for those who need it, or New-SmtpDomain -AllowRelay $true.',
          }
        : { outcome: 'UnknownProperty' },
    );
  }
}

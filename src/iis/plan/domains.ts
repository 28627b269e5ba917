/**
 * Domains of a virtual server: local ones, whose mail goes to the Drop folder; remote ones with a route;
 * and remote ones that anybody may send to.
 */
import { parseAddressSpace } from '../../message/address-space.ts';
import { bitsOf, ROUTE, readNumber, ValueError } from '../values.ts';
import type { Verdict } from './entry.ts';
import { verdictOf } from './left-over.ts';
import { tellEmpty } from './listener.ts';
import { type NeededSecret, type PlannedConnector, planDomainRoute } from './routes.ts';
import type { DomainView, ServerView } from './server-view.ts';

/** What a domain has a right to on one virtual server. */
export type DomainRight = 'Drop' | 'Relay';

export interface PlannedDomains {
  readonly rights: ReadonlyMap<string, DomainRight>;
  readonly connectors: readonly PlannedConnector[];
  readonly secrets: readonly NeededSecret[];
}

const LOCAL = ROUTE.DROP | ROUTE.ALIAS | ROUTE.DELIVER | ROUTE.DEFAULT;
const ETRN = ROUTE.ETRN_CMD | ROUTE.CSIDE_ETRN | ROUTE.CSIDE_TURN | ROUTE.DISABLE_ETRN;
const PER_DOMAIN_RELAY = ROUTE.IP_RELAY | ROUTE.AUTH_RELAY;
const EXTENSIONS =
  ROUTE.CHUNKING | ROUTE.DISABLE_CHUNK | ROUTE.DISABLE_BMIME | ROUTE.DISABLE_DSN | ROUTE.DISABLE_PIPELINE;
/** Properties that say who may relay to a domain, and that mean nobody knows what together with its bits. */
const RELAY_LISTS = ['relayiplist', 'relayforauth'];

/** @param taken names of connectors in lower case @param common limits of every connector */
export function planDomains(
  view: ServerView,
  taken: Set<string>,
  common: Readonly<Record<string, unknown>>,
): PlannedDomains {
  const rights = new Map<string, DomainRight>();
  const connectors: PlannedConnector[] = [];
  const secrets: NeededSecret[] = [];
  const domains = view.domains();
  for (const domain of domains) {
    const isOne = domain.name !== '*' && parseAddressSpace(domain.name) !== null;
    const bits = isOne
      ? bitsOfDomain(view, domain)
      : refused(view, domain, `'${domain.name}' is no domain that can be named here`);
    if (bits !== null) {
      const right = rightOf(view, domain, bits);
      if (right !== null) rights.set(domain.name, right);
      const route = (bits & LOCAL) === 0 ? planDomainRoute(view, domain, bits, taken) : null;
      if (route) {
        connectors.push({ ...common, ...route.connector });
        secrets.push(...route.secrets);
      }
    }
    tellRest(view, domain);
  }
  planDefaultDomain(view, rights, connectors);
  refuseTooWide(view, domains, rights);
  return { rights, connectors, secrets };
}

function refused(view: ServerView, domain: DomainView, why: string): null {
  view.tellDomain(domain, 'RouteAction', {
    outcome: 'Refused',
    reason: `${why}; the domain was left out.`,
    action: 'New-SmtpConnector or New-SmtpDomain, where it is needed.',
  });
  return null;
}

function bitsOfDomain(view: ServerView, domain: DomainView): number | null {
  const property = domain.key.properties.get('routeaction');
  if (property && property.doubt !== null) return refused(view, domain, `It is not sure: ${property.doubt}`);
  try {
    return readNumber(property?.value ?? 0, ROUTE);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return refused(view, domain, error.message);
  }
}

function rightOf(view: ServerView, domain: DomainView, bits: number): DomainRight | null {
  const tell = (verdict: Verdict) =>
    view.tellDomain(domain, 'RouteAction', { ...verdict, mapsTo: `domains[${domain.name}]` });
  const names = bitsOf(bits, ROUTE).join(', ') || 'no bit is set';
  const left = bits & (ETRN | PER_DOMAIN_RELAY | EXTENSIONS);
  const also = left === 0 ? '' : ` Not carried: ${bitsOf(left, ROUTE).join(', ')}.`;
  const person =
    (bits & (ETRN | PER_DOMAIN_RELAY)) === 0
      ? {}
      : { action: 'ETRN, TURN and relay rights of single domains are not done here; arrange for it otherwise.' };
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
  if ((bits & ROUTE.DOMAIN_RELAY) !== 0) return relayRight(domain, bits, names, also, tell);
  tell({ outcome: left === 0 ? 'Carried' : 'NotSupported', reason: `Remote domain (${names}).${also}`, ...person });
  return null;
}

/** "Allow incoming mail to be relayed to this domain", unless something else says to whom. */
function relayRight(
  domain: DomainView,
  bits: number,
  names: string,
  also: string,
  tell: (verdict: Verdict) => void,
): DomainRight | null {
  const lists = RELAY_LISTS.filter(name => domain.key.properties.get(name)?.stored);
  if ((bits & PER_DOMAIN_RELAY) === 0 && lists.length === 0) {
    tell({
      outcome: 'CarriedWithChange',
      newValue: 'allowRelay',
      reason: `Anybody may send to this domain (${names}).${also}`,
    });
    return 'Relay';
  }
  tell({
    outcome: 'Refused',
    reason: `Who may send to this domain is said in several ways (${[names, ...lists].join(', ')}), and nobody knows what they mean together; strangers may not.`,
    action: `New-SmtpDomain -Name ${domain.name} -AllowRelay $true, if really anybody may send to it; else Add-RelayRestriction.`,
  });
  return null;
}

/** The domain that IIS takes mail for without a key for it. */
function planDefaultDomain(
  view: ServerView,
  rights: Map<string, DomainRight>,
  connectors: readonly PlannedConnector[],
): void {
  const text = view.text('DefaultDomain');
  if (text === null) {
    tellEmpty(view, 'DefaultDomain');
    return;
  }
  const space = parseAddressSpace(text);
  if (space === null || text.includes('*') || text.startsWith('[')) {
    view.tell('DefaultDomain', {
      outcome: 'Refused',
      reason: 'It is no domain.',
      action: 'Set-SmtpRelayConfiguration -DefaultDomain and New-SmtpDomain, where they are needed.',
    });
    return;
  }
  const routed = connectors.some(({ addressSpaces }) => addressSpaces.includes(space.text));
  const isKey = view.domainNamed(space.text) !== undefined;
  if (routed || isKey || view.find('DefaultDomain')?.doubt) {
    view.tell('DefaultDomain', {
      outcome: 'Ignored',
      reason:
        isKey || routed
          ? 'The domain has a key of its own, which says what becomes of its mail.'
          : 'No mail is taken for it.',
    });
    return;
  }
  rights.set(space.text, 'Drop');
  view.tell('DefaultDomain', {
    outcome: 'CarriedWithChange',
    mapsTo: `domains[${space.text}]`,
    newValue: 'dropDirectory',
    reason: 'Mail for it goes to the Drop folder.',
  });
}

/** `*.example.com` would also open the domains below it that have no such right; there is no way to say so here. */
function refuseTooWide(view: ServerView, domains: readonly DomainView[], rights: Map<string, DomainRight>): void {
  const below = new Map<string, string>();
  for (const { name } of domains) {
    if (rights.has(name)) continue;
    const labels = name.split('.').slice(0, MOST_LABELS);
    for (let at = 1; at < labels.length; at++) below.set(`*.${labels.slice(at).join('.')}`, name);
  }
  for (const domain of domains) {
    const { name } = domain;
    const closed = below.get(name);
    if (closed === undefined || !rights.delete(name)) continue;
    view.tellDomain(domain, 'RouteAction', {
      outcome: 'Refused',
      mapsTo: `domains[${name}]`,
      newValue: '(nobody)',
      reason: `It would also open ${closed}, which has a key of its own without that right.`,
      action: `New-SmtpDomain for each domain below ${name} that anybody may send to.`,
    });
  }
}

/** A domain has no more. */
const MOST_LABELS = 128;

const READ = new Set(['routeaction', 'routeactionstring', 'routeusername', 'routepassword']);

/** What else a domain says, and what was not asked for of its route. */
function tellRest(view: ServerView, domain: DomainView): void {
  for (const [name, { name: setting, value, stored }] of domain.key.properties) {
    if (view.saysOf(domain, setting)) continue;
    if (!stored) view.tellDomain(domain, setting, { outcome: 'Ignored', reason: 'It is that of the virtual server.' });
    else if (RELAY_LISTS.includes(name))
      view.tellDomain(domain, setting, {
        outcome: 'NotSupported',
        reason: 'Relay rights for one domain only are not done here; the list lets nobody in.',
        action: 'Add-RelayRestriction for those who need it, or New-SmtpDomain -AllowRelay $true.',
      });
    else
      view.tellDomain(
        domain,
        setting,
        READ.has(name)
          ? { outcome: 'Ignored', reason: 'The domain has no route that it could be for.' }
          : verdictOf(setting, value),
      );
  }
}

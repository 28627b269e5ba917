/**
 * Where to: a domain with a drop folder stays here; for all others it picks the connector of each
 * recipient by address space (the most specific wins, then the lower cost, then the order of the list)
 * and names the next hop. Pure; made anew from each new set of settings. A domain that no connector takes is not refused: it waits in a queue of its own that
 * says so, until a connector is made or the mail expires.
 */
import { AcceptedDomains, type DomainSettings } from '../message/accepted-domains.ts';
import { domainOf } from '../message/address.ts';
import { type AddressSpace, parseAddressSpace } from '../message/address-space.ts';
import type { NextHop } from './next-hop.ts';

export interface ConnectorRoute {
  readonly name: string;
  readonly enabled: boolean;
  readonly type: 'SmartHost' | 'Direct' | 'Graph';
  readonly addressSpaces: readonly string[];
  readonly cost: number;
  readonly smartHosts: readonly { readonly host: string; readonly port: number }[];
}

interface Candidate {
  readonly space: AddressSpace;
  readonly connector: ConnectorRoute;
}

// Neither connector names nor domains can hold it.
const SEPARATOR = '|';
/** Before the name of a domain with a drop folder: no connector has an empty name. */
const DROP = `${SEPARATOR}${SEPARATOR}`;

export class Router {
  /** All that `hopOf` depends on: while it is the same, every recipient keeps its next hop. */
  readonly routes: string;
  readonly #candidates: readonly Candidate[];
  readonly #byName: ReadonlyMap<string, ConnectorRoute>;
  readonly #accepted: AcceptedDomains;
  /** Folders by the name of their domain in lower case. */
  readonly #drops: ReadonlyMap<string, string>;
  readonly #known = new Map<string, string>();

  constructor(connectors: readonly ConnectorRoute[], domains: readonly DomainSettings[] = []) {
    this.routes = JSON.stringify([
      connectors.map(({ name, enabled, type, addressSpaces, cost }) => ({ name, enabled, type, addressSpaces, cost })),
      domains.map(({ name, allowRelay, dropDirectory }) => ({ name, allowRelay, isDropped: dropDirectory !== null })),
    ]);
    this.#accepted = new AcceptedDomains(domains);
    this.#drops = new Map(
      domains.flatMap(({ name, dropDirectory }) =>
        dropDirectory === null ? [] : [[name.toLowerCase(), dropDirectory]],
      ),
    );
    this.#byName = new Map(connectors.map(connector => [connector.name, connector]));
    this.#candidates = connectors
      .filter(connector => connector.enabled)
      .flatMap(connector => connector.addressSpaces.map(text => ({ space: parseAddressSpace(text)!, connector })))
      .sort((a, b) => b.space.specificity - a.space.specificity || a.connector.cost - b.connector.cost);
  }

  /** Key of the next hop for a recipient; `pinned` names a connector that takes it whatever its address spaces. */
  hopOf(recipient: string, pinned?: string | null): string {
    const domain = domainOf(recipient);
    const chosen = pinned ? this.#byName.get(pinned) : undefined;
    if (chosen) return keyFor(chosen, domain);
    let key = this.#known.get(domain);
    if (key === undefined) {
      key = this.#decide(domain);
      // Strangers may send to any number of domains; remembering is only for speed.
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.set(domain, key);
    }
    return key;
  }

  #decide(domain: string): string {
    const accepted = this.#accepted.find(domain);
    if (accepted !== null && accepted.dropDirectory !== null) return `${DROP}${accepted.name.toLowerCase()}`;
    const found = this.#candidates.find(candidate => candidate.space.matches(domain));
    if (!found) return `${SEPARATOR}${domain}`;
    return keyFor(found.connector, domain);
  }

  /** The folder of a next hop that has one. */
  dropDirectoryOf({ key }: NextHop): string | null {
    return key.startsWith(DROP) ? (this.#drops.get(key.slice(DROP.length)) ?? null) : null;
  }

  /** What a key stands for today; a connector that is gone makes it Undefined. */
  describe(key: string): NextHop {
    if (key.startsWith(DROP)) {
      const name = key.slice(DROP.length);
      const deliveryType = this.#drops.has(name) ? 'DropDelivery' : 'Undefined';
      return { key, connector: null, deliveryType, nextHopDomain: name };
    }
    const at = key.indexOf(SEPARATOR);
    const domain = key.slice(at + 1);
    const connector = this.#byName.get(key.slice(0, at));
    if (!connector?.enabled)
      return { key, connector: null, deliveryType: 'Undefined', nextHopDomain: domain || key.slice(0, at) };
    if (connector.type === 'Direct')
      return { key, connector: connector.name, deliveryType: 'DnsConnectorDelivery', nextHopDomain: domain };
    if (connector.type === 'Graph')
      return { key, connector: connector.name, deliveryType: 'GraphDelivery', nextHopDomain: 'Microsoft Graph' };
    const nextHopDomain = connector.smartHosts.map(showHost).join(',');
    return { key, connector: connector.name, deliveryType: 'SmartHostConnectorDelivery', nextHopDomain };
  }
}

const keyFor = (connector: ConnectorRoute, domain: string) =>
  connector.type === 'Direct' ? `${connector.name}${SEPARATOR}${domain}` : `${connector.name}${SEPARATOR}`;

function showHost({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 25 ? name : `${name}:${port}`;
}

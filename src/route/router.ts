/**
 * Where to: a domain with a drop folder stays here; for all others it picks the connector of each
 * recipient among those whose conditions hold: the most specific address space wins, then the lower cost,
 * then who has more conditions, then the order of the list. Pure; made anew from each new set of settings.
 * A domain that no connector takes is not refused: it waits in a queue of its own that says so, until a
 * connector is made or the mail expires.
 */
import { AcceptedDomains, type DomainSettings } from '../message/accepted-domains.ts';
import { domainOf } from '../message/address.ts';
import { type AddressSpace, parseAddressSpace } from '../message/address-space.ts';
import type { Origin } from '../message/envelope.ts';
import { type ConditionCheck, type Conditions, checkOf, type MailFacts } from './conditions.ts';
import type { NextHop } from './next-hop.ts';

export interface ConnectorRoute extends Conditions {
  readonly name: string;
  readonly enabled: boolean;
  readonly type: 'SmartHost' | 'Direct' | 'DirectThenSmartHost' | 'Graph' | 'Drop' | 'Capture';
  readonly addressSpaces: readonly string[];
  readonly cost: number;
  readonly smartHosts: readonly { readonly host: string; readonly port: number }[];
  /** For type Drop. */
  readonly dropDirectory: string | null;
  /** Bytes; null for no limit. */
  readonly maxMessageSize: number | null;
}

/** What the next hop of a recipient depends on. */
export interface Mail extends MailFacts {
  readonly origin: MailFacts['origin'] & Pick<Origin, 'connector'>;
  readonly recipient: string;
  /** A connector that takes it whatever its address spaces and conditions. */
  readonly pinned: string | null;
}

interface Candidate {
  readonly space: AddressSpace;
  readonly connector: ConnectorRoute;
  readonly check: ConditionCheck;
}

// Neither connector names nor domains can hold it.
const SEPARATOR = '|';
/** Before the name of a domain with a drop folder: no connector has an empty name. */
const DROP = `${SEPARATOR}${SEPARATOR}`;

export class Router {
  /** All that `hopOf` depends on: while it is the same, every recipient keeps its next hop. */
  readonly routes: string;
  readonly #candidates: readonly Candidate[];
  /** Checks that can tell mail to the same domain apart. */
  readonly #checks: readonly ConditionCheck[];
  readonly #byName: ReadonlyMap<string, ConnectorRoute>;
  readonly #accepted: AcceptedDomains;
  /** Folders by the name of their domain in lower case. */
  readonly #drops: ReadonlyMap<string, string>;
  readonly #known = new Map<string, string>();
  readonly #takesAnySize: boolean;

  constructor(connectors: readonly ConnectorRoute[], domains: readonly DomainSettings[] = []) {
    this.routes = JSON.stringify([
      connectors.map(decisiveParts),
      domains.map(({ name, allowRelay, dropDirectory }) => ({ name, allowRelay, isDropped: dropDirectory !== null })),
    ]);
    this.#accepted = new AcceptedDomains(domains);
    this.#drops = new Map(
      domains.flatMap(({ name, dropDirectory }) =>
        dropDirectory === null ? [] : [[name.toLowerCase(), dropDirectory]],
      ),
    );
    this.#takesAnySize = connectors.every(({ maxMessageSize }) => maxMessageSize === null);
    this.#byName = new Map(connectors.map(connector => [connector.name, connector]));
    const usable = connectors
      .filter(connector => connector.enabled)
      .map(connector => ({ connector, check: checkOf(connector) }));
    this.#checks = usable.map(({ check }) => check).filter(({ count }) => count > 0);
    this.#candidates = usable
      .flatMap(one => one.connector.addressSpaces.map(text => ({ ...one, space: parseAddressSpace(text)! })))
      .sort(
        (a, b) =>
          b.space.specificity - a.space.specificity ||
          a.connector.cost - b.connector.cost ||
          b.check.count - a.check.count,
      );
  }

  /** Key of the next hop for a recipient of this mail. */
  hopOf(mail: Mail): string {
    const domain = domainOf(mail.recipient);
    const wanted = mail.pinned ?? mail.origin.connector;
    const chosen = wanted === undefined ? undefined : this.#byName.get(wanted);
    if (chosen) return keyFor(chosen, domain);
    // Whatever the mail is: with the same domain and the same conditions met it goes the same way.
    const met = this.#checks.map(({ hold }) => (hold(mail) ? '1' : '0')).join('');
    const question = `${met}${SEPARATOR}${domain}`;
    let key = this.#known.get(question);
    if (key === undefined) {
      key = this.#decide(mail, domain);
      // Strangers may send to any number of domains; remembering is only for speed.
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.set(question, key);
    }
    return key;
  }

  #decide(mail: Mail, domain: string): string {
    const accepted = this.#accepted.find(domain);
    if (accepted !== null && accepted.dropDirectory !== null) return `${DROP}${accepted.name.toLowerCase()}`;
    const found = this.#candidates.find(({ space, check }) => space.matches(domain) && check.hold(mail));
    if (!found) return `${SEPARATOR}${domain}`;
    return keyFor(found.connector, domain);
  }

  /** Whether no connector limits the size of messages. */
  get takesAnySize(): boolean {
    return this.#takesAnySize;
  }

  /** The largest message that a next hop takes, in bytes; null when it has no limit. */
  sizeLimitOf(key: string): number | null {
    return this.#connectorOf(key)?.maxMessageSize ?? null;
  }

  /** The folder of a next hop that has one. */
  dropDirectoryOf({ key }: NextHop): string | null {
    if (key.startsWith(DROP)) return this.#drops.get(key.slice(DROP.length)) ?? null;
    const connector = this.#connectorOf(key);
    return connector?.type === 'Drop' ? connector.dropDirectory : null;
  }

  #connectorOf(key: string): ConnectorRoute | null {
    const connector = this.#byName.get(key.slice(0, key.indexOf(SEPARATOR)));
    return connector?.enabled ? connector : null;
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
    const connector = this.#connectorOf(key);
    if (!connector)
      return { key, connector: null, deliveryType: 'Undefined', nextHopDomain: domain || key.slice(0, at) };
    return { key, connector: connector.name, ...wayOf(connector, domain) };
  }
}

/** In a queue of its own for each domain. */
const isByDomain = ({ type }: ConnectorRoute): boolean => type === 'Direct' || type === 'DirectThenSmartHost';

const keyFor = (connector: ConnectorRoute, domain: string) =>
  `${connector.name}${SEPARATOR}${isByDomain(connector) ? domain : ''}`;

/** What of a connector decides which mail it takes, and in which queue. */
const decisiveParts = (connector: ConnectorRoute) => {
  const { name, enabled, type, addressSpaces, cost } = connector;
  const { senders, senderDomains, remoteIPRanges, listeners, accounts } = connector;
  return { name, enabled, type, addressSpaces, cost, senders, senderDomains, remoteIPRanges, listeners, accounts };
};

function wayOf(connector: ConnectorRoute, domain: string): Pick<NextHop, 'deliveryType' | 'nextHopDomain'> {
  switch (connector.type) {
    case 'Direct':
    case 'DirectThenSmartHost':
      return { deliveryType: 'DnsConnectorDelivery', nextHopDomain: domain };
    case 'Graph':
      return { deliveryType: 'GraphDelivery', nextHopDomain: 'Microsoft Graph' };
    case 'Drop':
      return { deliveryType: 'DropDelivery', nextHopDomain: connector.dropDirectory ?? connector.name };
    case 'Capture':
      return { deliveryType: 'CaptureDelivery', nextHopDomain: connector.name };
    case 'SmartHost': {
      const nextHopDomain = connector.smartHosts.map(showHost).join(',');
      return { deliveryType: 'SmartHostConnectorDelivery', nextHopDomain };
    }
  }
}

function showHost({ host, port }: { readonly host: string; readonly port: number }): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === 25 ? name : `${name}:${port}`;
}

import { AcceptedDomains, type DomainSettings } from '../message/accepted-domains.ts';
import { domainOf, hasRoutedLocalPart } from '../message/address.ts';
import { coversEveryone, NetworkList, parseIp } from '../message/network.ts';

/**
 * Who may relay. Asked once a recipient; answers with the rule that decided, so that the log and a
 * test of the settings can explain it. The order: login, certificate of the client, list of addresses,
 * domains anybody may send to. Nothing here opens by accident: a bad client address is on no list and,
 * where the list only excludes, is refused; an address form that a next hop could route onward does not
 * profit from an accepted domain; a domain entry of `*` does not either.
 */

export interface RestrictionSettings {
  readonly mode: 'OnlyListed' | 'AllExceptListed';
  readonly entries: readonly { readonly entry: string }[];
  readonly allowAuthenticated: boolean;
  /** Thumbprints, or CN=name. */
  readonly clientCertificates?: readonly { readonly certificate: string }[];
}

/** What a client showed in the TLS handshake. */
export interface ShownCertificate {
  /** Upper case hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
  /** Common name of a certificate that comes from an authority we trust; else null. */
  readonly trustedName: string | null;
}

export interface RelayQuestion {
  readonly ipAddress: string;
  /** Account of a client that logged in, else null. */
  readonly account: string | null;
  /** Certificate that the client showed, else null. */
  readonly certificate?: ShownCertificate | null;
  /** Null asks for any recipient, which leaves the accepted domains out. */
  readonly recipient: string | null;
  readonly sender: string | null;
}

export interface RelayAnswer {
  readonly allowed: boolean;
  /** Stable and short, such as `OnlyListed:10.0.0.0/8` or `AcceptedDomain:contoso.com`. */
  readonly rule: string;
  /** One sentence for an administrator. */
  readonly reason: string;
}

/** The relay restriction of one version of the settings; throws a TypeError on a bad entry. */
export class RelayPolicy {
  /** The list lets in the Internet: an administrator should be told. */
  readonly openToEveryone: boolean;
  readonly #restriction: RestrictionSettings;
  readonly #list: NetworkList;
  readonly #accepted: AcceptedDomains;

  constructor(restriction: RestrictionSettings, domains: readonly DomainSettings[]) {
    const entries = restriction.entries.map(({ entry }) => entry);
    this.#restriction = restriction;
    this.#list = new NetworkList(entries);
    this.openToEveryone = restriction.mode === 'AllExceptListed' || coversEveryone(entries);
    this.#accepted = new AcceptedDomains(domains);
  }

  /** May this client send to this recipient? */
  decide(question: RelayQuestion): RelayAnswer {
    const { account } = question;
    if (account !== null && account !== '' && this.#restriction.allowAuthenticated) {
      return allow('Authenticated', `The client logged in as ${account}, and clients that logged in may relay.`);
    }
    const certificate = question.certificate ? this.entryOf(question.certificate) : null;
    if (certificate !== null) {
      return allow(
        `ClientCertificate:${certificate}`,
        `The client showed the certificate ${certificate}, which may relay.`,
      );
    }
    const byList = this.#decideByList(question.ipAddress);
    if (byList.allowed || question.recipient === null) return byList;
    return this.#decideByDomain(question.recipient) ?? byList;
  }

  /** The entry that lets the holder of a certificate relay; null for none. */
  entryOf({ sha1, sha256, trustedName }: ShownCertificate): string | null {
    const name = trustedName === null ? null : `CN=${trustedName}`.toLowerCase();
    const found = this.#restriction.clientCertificates?.find(
      ({ certificate }) =>
        certificate.toUpperCase() === sha1 ||
        certificate.toUpperCase() === sha256 ||
        certificate.toLowerCase() === name,
    );
    return found?.certificate ?? null;
  }

  #decideByList(ipAddress: string): RelayAnswer {
    const { mode } = this.#restriction;
    const entry = this.#list.match(ipAddress);
    if (mode === 'OnlyListed') {
      return entry === null
        ? refuse('OnlyListed:none', `Only listed addresses may relay, and no entry includes ${ipAddress}.`)
        : allow(`OnlyListed:${entry}`, `Listed addresses may relay, and the entry ${entry} includes ${ipAddress}.`);
    }
    if (parseIp(ipAddress) === null) {
      return refuse(
        'BadAddress',
        `The client address '${ipAddress}' is not an IP address, so the list cannot clear it.`,
      );
    }
    return entry === null
      ? allow('AllExceptListed:none', `All but listed addresses may relay, and no entry includes ${ipAddress}.`)
      : refuse(
          `AllExceptListed:${entry}`,
          `Listed addresses may not relay, and the entry ${entry} includes ${ipAddress}.`,
        );
  }

  /** Null when the domains have nothing to say. */
  #decideByDomain(recipient: string): RelayAnswer | null {
    const accepted = this.#accepted.find(domainOf(recipient));
    if (!accepted) return null;
    if (hasRoutedLocalPart(recipient.slice(0, recipient.lastIndexOf('@')))) {
      return refuse(
        'RoutedLocalPart',
        `Anybody may send to ${accepted.name}, but ${recipient} could be taken as a route to another domain.`,
      );
    }
    return allow(`AcceptedDomain:${accepted.name}`, `Anybody may send to the accepted domain ${accepted.name}.`);
  }
}

function allow(rule: string, reason: string): RelayAnswer {
  return { allowed: true, rule, reason };
}

function refuse(rule: string, reason: string): RelayAnswer {
  return { allowed: false, rule, reason };
}

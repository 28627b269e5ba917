/** The world around the relay: DNS, the name of our address, the port outward, and what receivers believe. */
import { networkInterfaces } from 'node:os';
import { type Check, check, type Finding, failed, passed, skipped } from '../health/check.ts';
import { checkDeliverability, type SigningKey } from '../health/deliverability.ts';
import { checkOutboundPort } from '../health/outbound-port-check.ts';
import { judgeName, type ReverseDnsFinding } from '../health/reverse-dns-check.ts';
import { domainOf } from '../message/address.ts';
import { NetworkList } from '../message/network.ts';
import type { Dns } from '../platform/dns.ts';
import { ReverseNames } from '../platform/reverse-names.ts';
import type { DkimKeys } from '../settings/dkim-keys.ts';
import { type Connector, dkimName, fqdnOf } from '../settings/settings.ts';
import { dnsOf, type InForce } from './in-force.ts';
import type { Sts } from './sts.ts';

export interface OutsideChecksDependencies {
  readonly inForce: InForce;
  readonly now: () => number;
  readonly dkim: DkimKeys;
  readonly sts: () => Sts;
}

/** Milliseconds. */
const NAME_PATIENCE = 5000;
const POLICY_PATIENCE = 10_000;
/** A domain whose answers every resolver that validates can prove, also that there is nothing. */
const SIGNED = 'org';

/** Not reached from the Internet (RFC 1918, 3927, 4193, 4291, 6598). */
const PRIVATE = new NetworkList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]);

/** Looks once: what was entered into DNS a moment ago must count, so nothing that is known already is asked. */
export class OutsideChecks {
  readonly #deps: OutsideChecksDependencies;
  readonly #dns: Dns;
  #addresses: Promise<string[]> | null = null;

  constructor(deps: OutsideChecksDependencies) {
    this.#deps = deps;
    this.#dns = dnsOf(deps.inForce.settings);
  }

  async dns(): Promise<Check> {
    const { settings } = this.#deps.inForce;
    const servers = settings.general.dnsServer.join(', ') || 'the servers of the system';
    const begin = performance.now();
    const answer = await this.#dns.mx(fqdnOf(settings));
    const took = Math.round(performance.now() - begin);
    if (answer.kind === 'temporary')
      return check(
        'Dns',
        null,
        failed(
          `DNS does not work (${servers}): ${answer.reason}.`,
          'See whether the DNS servers of this computer answer on port 53, or name others: Set-SmtpRelayConfiguration -DnsServer.',
        ),
      );
    if (settings.general.dnsServerValidates && !(await this.#proves()))
      return check(
        'Dns',
        null,
        failed(
          `DNS answers in ${took} ms (${servers}), but proves nothing, not even of ${SIGNED}: DANE protects no mail.`,
          'Turn on DNSSEC validation of these servers (Unbound: auto-trust-anchor-file), or Set-SmtpRelayConfiguration -DnsServerValidates $false.',
        ),
      );
    return check('Dns', null, passed(`DNS answers in ${took} ms (${servers}).`));
  }

  /** Whether the servers that are trusted with it verify DNSSEC. */
  async #proves(): Promise<boolean> {
    const answer = await this.#dns.texts(SIGNED);
    return answer.kind !== 'temporary' && answer.proof !== undefined;
  }

  /** The name of an address. @param ehloName what it should be; null for any */
  async nameOf(ipAddress: string, ehloName: string | null): Promise<ReverseDnsFinding> {
    const names = new ReverseNames(() => this.#dns, this.#deps.now);
    return judgeName(ipAddress, await names.ask(ipAddress).wait(NAME_PATIENCE), ehloName);
  }

  async reverseDns(): Promise<Check[]> {
    const { settings } = this.#deps.inForce;
    const none = (finding: Finding) => [check('ReverseDns', null, finding)];
    if (!settings.connectors.some(isDirect))
      return none(skipped('Smart hosts send on; only their addresses are looked at.'));
    const addresses = await this.#publicAddresses();
    if (addresses.length === 0)
      return none(
        skipped(
          `The public address of this relay is not known: it has none itself, and ${fqdnOf(settings)} has none in DNS.`,
          'Test-SmtpReverseDns -IPAddress with the address that the Internet sees.',
        ),
      );
    return Promise.all(
      addresses.map(async address => check('ReverseDns', address, await this.nameOf(address, fqdnOf(settings)))),
    );
  }

  /** @param domain to whose mail host the port is tried */
  async outboundPort(domain: string): Promise<Check[]> {
    const ports = [...new Set(this.#deps.inForce.settings.connectors.filter(isDirect).map(({ port }) => port))];
    if (ports.length === 0) return [check('OutboundPort', null, skipped('No connector sends directly to mail hosts.'))];
    const found = await this.#mailHostOf(domain);
    if (found === null)
      return [
        check('OutboundPort', domain, skipped(`No mail host of ${domain} was found in DNS.`, 'See the check Dns.')),
      ];
    const { host, address } = found;
    return Promise.all(
      ports.map(async port => check('OutboundPort', `${host}:${port}`, await checkOutboundPort(host, address, port))),
    );
  }

  async deliverability(sender: string): Promise<Check[]> {
    const { dkim, sts } = this.#deps;
    const keys = dkim.keysFor(domainOf(sender)!).map(
      (key): SigningKey => ({
        ...key,
        name: dkimName(key),
        domain: key.domain.toLowerCase(),
        error: dkim.errorOf(key),
      }),
    );
    return checkDeliverability({
      dns: this.#dns,
      sender,
      addresses: await this.#publicAddresses(),
      keys,
      policyOf: domain => sts().published(domain, this.#dns, POLICY_PATIENCE),
    });
  }

  async #mailHostOf(domain: string): Promise<{ readonly host: string; readonly address: string } | null> {
    const answer = await this.#dns.mx(domain);
    if (answer.kind !== 'found') return null;
    const host = [...answer.records].sort((a, b) => a.priority - b.priority)[0]?.exchange;
    const found = host ? await this.#dns.addresses(host) : null;
    if (!host || found?.kind !== 'found') return null;
    return { host, address: found.records.find(one => !one.includes(':')) ?? found.records[0]! };
  }

  #publicAddresses(): Promise<string[]> {
    this.#addresses ??= this.#findAddresses();
    return this.#addresses;
  }

  /** What the Internet sees: source addresses of connectors, addresses of this computer, or those of our name. */
  async #findAddresses(): Promise<string[]> {
    const { settings } = this.#deps.inForce;
    const direct = settings.connectors.filter(isDirect);
    if (direct.length === 0) return [];
    const isPublic = (address: string) => PRIVATE.match(address) === null;
    const sources = direct.flatMap(({ sourceAddress }) => sourceAddress ?? []).filter(isPublic);
    if (sources.length > 0) return [...new Set(sources)];
    const own = Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .flatMap(({ address, internal, scopeid }) => (internal || scopeid || !isPublic(address) ? [] : [address]));
    if (own.length > 0) return own;
    const answer = await this.#dns.addresses(fqdnOf(settings));
    return answer.kind === 'found' ? answer.records.filter(isPublic) : [];
  }
}

const isDirect = ({ enabled, type }: Connector) => enabled && (type === 'Direct' || type === 'DirectThenSmartHost');

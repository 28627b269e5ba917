/** The name of an address by DNS, as receivers of mail look at it: there, leading back, and the one we say in EHLO. */
import type { ClientName } from '../platform/reverse-names.ts';
import { type Finding, failed, passed, warning } from './check.ts';

export interface ReverseDnsFinding extends Finding {
  /** The name that DNS gives; null for none. */
  readonly hostName: string | null;
}

/** @param ehloName what the server of this address calls itself; null when that is of no interest */
export function judgeName(ipAddress: string, name: ClientName, ehloName: string | null): ReverseDnsFinding {
  switch (name.kind) {
    case 'unknown':
      return {
        hostName: null,
        ...warning(`DNS gave no answer about ${ipAddress}.`, 'See whether DNS works: Resolve-DnsName, or -DnsServer.'),
      };
    case 'none':
      return {
        hostName: null,
        ...failed(
          `${ipAddress} has no name in DNS (no PTR record). Many mail servers refuse mail from it.`,
          'Have the owner of the address (your provider or host) enter a PTR record with the name of the relay.',
        ),
      };
    case 'unverified':
      return {
        hostName: name.name,
        ...failed(
          `${ipAddress} is called ${name.name}, but that name does not lead back to the address.`,
          `Enter an A or AAAA record for ${name.name} with ${ipAddress}, or have the PTR record corrected.`,
        ),
      };
    case 'verified':
      if (ehloName !== null && ehloName.toLowerCase() !== name.name.toLowerCase())
        return {
          hostName: name.name,
          ...warning(
            `${ipAddress} is called ${name.name}, but the relay greets as ${ehloName}. Some mail servers mistrust that.`,
            `Set-SmtpRelayConfiguration -Fqdn ${name.name}, or have the PTR record changed to ${ehloName}.`,
          ),
        };
      return { hostName: name.name, ...passed(`${ipAddress} is called ${name.name}, and the name leads back to it.`) };
  }
}

import type { Reply } from '../message/reply.ts';
import type { TlsaRecord } from '../platform/dns.ts';

/**
 * A next hop: what one queue is for. Its key is what the spool stores with a recipient, so it must
 * say everything: the connector, and the domain (Direct, DirectThenSmartHost) or nothing more; or the
 * domain whose mail goes into a drop folder.
 */
export interface NextHop {
  readonly key: string;
  /** Name; null when no connector takes the domain, or none is needed. */
  readonly connector: string | null;
  readonly deliveryType:
    | 'SmartHostConnectorDelivery'
    | 'DnsConnectorDelivery'
    | 'GraphDelivery'
    | 'DropDelivery'
    | 'CaptureDelivery'
    | 'Undefined';
  /** What people see: the domain, or the smart hosts. */
  readonly nextHopDomain: string;
}

/** Mail ends in files of this computer; nothing goes to another server. */
export const staysHere = ({ deliveryType }: NextHop): boolean =>
  deliveryType === 'DropDelivery' || deliveryType === 'CaptureDelivery';

/** One server to try. */
export interface Target {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Only for what no server before it could be reached for: the smart host behind the MX hosts. */
  readonly isFallback?: true;
  /** What TLSA records say of its certificate (RFC 7672). Records that nobody here can use only demand encryption. */
  readonly dane?: {
    /** Whose records they are: `_25._tcp.mail.example.com` */
    readonly owner: string;
    readonly records: readonly TlsaRecord[];
    /** Any of these the certificate may carry where its issuer is told; the first is asked for (SNI). */
    readonly names: readonly string[];
  };
  /** What the MTA-STS policy of the domain (RFC 8461) wants of this host. */
  readonly sts?: { readonly domain: string; readonly mode: 'enforce' | 'testing'; readonly isNamed: boolean };
}

/** Where a next hop's servers are, in the order to try them; never an empty list. */
export type Targets =
  | { readonly kind: 'found'; readonly targets: readonly Target[] }
  /** Worth another try later, or for good; decided here, where DNS was heard. */
  | { readonly kind: 'temporary' | 'permanent'; readonly reply: Reply };

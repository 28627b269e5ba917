import type { Reply } from '../message/reply.ts';

/**
 * A next hop: what one queue is for. Its key is what the spool stores with a recipient, so it must
 * say everything: the connector, and the domain (Direct) or nothing more (SmartHost).
 */
export interface NextHop {
  readonly key: string;
  /** Name; null when no connector takes the domain. */
  readonly connector: string | null;
  readonly deliveryType: 'SmartHostConnectorDelivery' | 'DnsConnectorDelivery' | 'Undefined';
  /** What people see: the domain, or the smart hosts. */
  readonly nextHopDomain: string;
}

/** One server to try. */
export interface Target {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Where a next hop's servers are, in the order to try them; never an empty list. */
export type Targets =
  | { readonly kind: 'found'; readonly targets: readonly Target[] }
  /** Worth another try later, or for good; decided here, where DNS was heard. */
  | { readonly kind: 'temporary' | 'permanent'; readonly reply: Reply };

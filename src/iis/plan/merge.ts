/**
 * A listener that is added is a door onto what this relay lets through already: its list, its log-ons, its
 * certificates of clients, its domains. The old server let in no more than its own.
 */
import type { Settings } from '../../settings/settings.ts';
import { AddressSet } from '../address-set.ts';
import type { DomainRight } from './domains.ts';

/** What a virtual server let through. */
export interface OldDoor {
  readonly clients: AddressSet;
  readonly authenticated: boolean;
  readonly rights: ReadonlyMap<string, DomainRight>;
}

/** Why a listener would let more through than its virtual server did; null when it would not. */
export function widerThan(
  { clients, authenticated, rights }: OldDoor,
  { restriction, domains }: Settings,
): string | null {
  if (restriction.mode !== 'OnlyListed') return 'Here everybody may relay who is not listed.';
  // Old bindings are IPv4, so what the list has of IPv6 can't come in there.
  const more = AddressSet.of(restriction.entries.map(({ entry }) => entry)).without(clients);
  if (!more.isEmpty)
    return `Clients may relay here that could not through this virtual server: ${more.entries().slice(0, 5).join(', ')}.`;
  if (restriction.allowAuthenticated && !authenticated)
    return 'Clients that logged on may relay here, and could not through this virtual server.';
  if (restriction.clientCertificates.length > 0) return 'Clients may relay here by their certificates.';
  const open = domains.find(
    ({ name, allowRelay, dropDirectory }) => (allowRelay || dropDirectory !== null) && !rights.has(name.toLowerCase()),
  );
  return open === undefined
    ? null
    : `Everybody may send to ${open.name} here, and could not through this virtual server.`;
}

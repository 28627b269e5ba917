/**
 * TLS towards a next hop: which versions are spoken, whose name the certificate must carry, and what we
 * show of ourselves. None of it decides whether mail may go in clear text: that is the mode's.
 */
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type SecureVersion } from 'node:tls';
import type { Remote } from '../message/outcome.ts';
import { type DaneDemand, daneOptions } from './dane.ts';

/**
 * None: clear text. Opportunistic: encrypts where the server can. Required: encrypts or waits. Verify: and
 * the certificate comes from a known authority and carries the name. Dane: and it is the one that DNS tells.
 */
export type TlsMode = 'None' | 'Opportunistic' | 'Required' | 'Verify' | 'Dane';

export interface TlsParameters {
  readonly minimumVersion: '1.0' | '1.1' | '1.2' | '1.3';
  /** The name the certificate must carry; null for the host's. Matters with Verify. */
  readonly domain: string | null;
  /** Our own certificate with its chain, PEM; null shows none. */
  readonly certificate: { readonly key: string; readonly certificates: string } | null;
}

const VERSIONS: Record<TlsParameters['minimumVersion'], SecureVersion> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** Options of tls.connect, without the socket. */
export function tlsOptionsFor(
  remote: Remote,
  mode: TlsMode,
  parameters: TlsParameters,
  dane: DaneDemand | null = null,
): ConnectionOptions {
  const { minimumVersion, domain, certificate } = parameters;
  const isOld = minimumVersion === '1.0' || minimumVersion === '1.1';
  return {
    minVersion: VERSIONS[minimumVersion],
    // OpenSSL 3 speaks TLS before 1.2 only at security level 0, for its signatures with SHA-1.
    ...(isOld ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
    rejectUnauthorized: mode === 'Verify',
    servername: isIP(remote.host) === 0 ? remote.host : (domain ?? undefined),
    // SNI stays the host's name: it says which of its certificates we want.
    ...(domain === null ? {} : { checkServerIdentity: (_, shown) => checkServerIdentity(domain, shown) }),
    ...(certificate === null ? {} : { key: certificate.key, cert: certificate.certificates }),
    ...(dane === null ? {} : daneOptions(dane)),
  };
}

/**
 * TLS of a listener: what is spoken, with which certificate, and what a client's certificate says.
 * The default profile has only what gives forward secrecy and authenticated encryption; what old
 * devices need beside it is the profile Legacy. Renegotiation is off in both: nobody needs it in SMTP.
 */
import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls';

/** A certificate with its key, ready to be used. */
export interface TlsMaterial {
  /** PEM. */
  readonly key: string;
  /** PEM: the certificate and then its chain. */
  readonly certificates: string;
  /** The DNS names it is valid for, in lower case; a name may begin with `*.`. */
  readonly dnsNames: readonly string[];
}

export interface TlsSettings {
  readonly tlsMode: 'Off' | 'Optional' | 'Required' | 'Implicit';
  readonly minimumTlsVersion: '1.0' | '1.1' | '1.2' | '1.3';
  readonly cipherProfile: 'Default' | 'Legacy';
  readonly clientCertificate: 'None' | 'Request' | 'Require';
}

/** What a client showed; whether it may relay is not decided here. */
export interface ClientCertificate {
  /** Upper case hexadecimal, without colons. */
  readonly sha1: string;
  readonly sha256: string;
  /** Common name; null where there is none, or the certificate comes from nobody we trust. */
  readonly trustedName: string | null;
}

export interface NamedContext {
  readonly dnsNames: readonly string[];
  readonly context: SecureContext;
}

const VERSIONS: Record<TlsSettings['minimumTlsVersion'], SecureVersion> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const STRONG = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].flatMap(cipher => [
  `ECDHE-ECDSA-${cipher}`,
  `ECDHE-RSA-${cipher}`,
]);
const DEFAULT_CIPHERS = [...TLS13, ...STRONG].join(':');
// Security level 0 lets OpenSSL 3 speak TLS before 1.2 at all, for its signatures with SHA-1.
const LEGACY_CIPHERS = [...TLS13, ...STRONG, 'HIGH', '!aNULL', '!eNULL', '!PSK', '!SRP', '@SECLEVEL=0'].join(':');

/** @throws what OpenSSL has against key or certificate. */
export function contextOf(material: TlsMaterial, settings: TlsSettings): NamedContext {
  const context = createSecureContext({
    key: material.key,
    cert: material.certificates,
    minVersion: VERSIONS[settings.minimumTlsVersion],
    ciphers: settings.cipherProfile === 'Legacy' ? LEGACY_CIPHERS : DEFAULT_CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
    sessionIdContext: 'smtp-relay',
  });
  return { dnsNames: material.dnsNames, context };
}

/** The context for the name a client asked for (SNI): that name, else a wildcard, else the first. */
export function contextFor(contexts: readonly NamedContext[], name: string): SecureContext | undefined {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const wildcard = `*${wanted.slice(wanted.indexOf('.'))}`;
  const has = (text: string) => contexts.find(({ dnsNames }) => dnsNames.includes(text));
  return (has(wanted) ?? (wanted.includes('.') ? has(wildcard) : undefined) ?? contexts[0])?.context;
}

/**
 * What a client showed in the handshake; null for none.
 * @param authorities certificates of authorities that count beside the public ones
 */
export function clientCertificateOf(
  socket: TLSSocket,
  authorities: readonly X509Certificate[],
  now: number,
): ClientCertificate | null {
  const { raw } = socket.getPeerCertificate();
  if (!raw) return null;
  const certificate = new X509Certificate(raw);
  const isTrusted =
    socket.authorized ||
    authorities.some(authority => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
  const isValid = certificate.validFromDate.getTime() <= now && now < certificate.validToDate.getTime();
  const name = /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? null;
  return {
    sha1: certificate.fingerprint.replaceAll(':', ''),
    sha256: certificate.fingerprint256.replaceAll(':', ''),
    trustedName: isTrusted && isValid ? name : null,
  };
}

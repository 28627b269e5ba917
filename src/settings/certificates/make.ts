/**
 * Makes certificates: self-signed ones, a small authority of our own, and those it signs. SHA-256;
 * EC P-256 unless RSA is asked for (for devices that know nothing else).
 */
import { isIP } from 'node:net';
import { type Found, readFiles } from './read.ts';

export interface Wanted {
  readonly commonName: string;
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  readonly keyAlgorithm: 'EC' | 'RSA';
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** It may sign others, and serves nothing else. */
  readonly isAuthority: boolean;
}

export interface Signer {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export async function makeCertificate(wanted: Wanted, signer: Signer | null): Promise<Found> {
  // Half a second to load, and needed once a year.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: wanted.commonName }], {
    algorithm: 'sha256',
    notBeforeDate: new Date(wanted.notBefore),
    notAfterDate: new Date(wanted.notAfter),
    ...(wanted.keyAlgorithm === 'EC' ? { keyType: 'ec', curve: 'P-256' } : { keyType: 'rsa', keySize: 2048 }),
    extensions: wanted.isAuthority ? authorityExtensions() : serverExtensions(wanted.names),
    ...(signer ? { ca: signer } : {}),
  });
  return readFiles([Buffer.from(made.cert), Buffer.from(made.private)], null);
}

const authorityExtensions = () => [
  { name: 'basicConstraints' as const, cA: true, pathLenConstraint: 0, critical: true },
  { name: 'keyUsage' as const, keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
];

const serverExtensions = (names: readonly string[]) => [
  { name: 'basicConstraints' as const, cA: false, critical: true },
  { name: 'keyUsage' as const, digitalSignature: true, keyEncipherment: true, critical: true },
  { name: 'extKeyUsage' as const, serverAuth: true, clientAuth: true },
  {
    name: 'subjectAltName' as const,
    altNames: names.map(value => (isIP(value) === 0 ? { type: 2 as const, value } : { type: 7 as const, ip: value })),
  },
];

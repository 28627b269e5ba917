/**
 * TLSA records for mail (RFC 6698, 7671, 7672): which of them can be used, and whether a certificate is the one they
 * mean. Usages PKIX-TA and PKIX-EE can't: servers of mail have no list of authorities in common (RFC 7672 3.1.3). Pure.
 */
import { createHash, type X509Certificate } from 'node:crypto';
import type { TlsaRecord } from '../platform/dns.ts';

export const DANE_TA = 2;
export const DANE_EE = 3;

const DIGESTS: Readonly<Record<number, { readonly name: string; readonly length: number }>> = {
  1: { name: 'sha256', length: 32 },
  2: { name: 'sha512', length: 64 },
};

/** Those that say something to us; of digests for the same thing only the stronger (RFC 7671 9). */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  const known = records.filter(isUsable);
  const isStronger = (one: TlsaRecord, other: TlsaRecord) =>
    one.usage === other.usage && one.selector === other.selector && one.matchingType === 2 && other.matchingType === 1;
  return known.filter(record => !known.some(other => isStronger(other, record)));
}

function isUsable({ usage, selector, matchingType, data }: TlsaRecord): boolean {
  if ((usage !== DANE_TA && usage !== DANE_EE) || selector > 1) return false;
  return matchingType === 0 ? data.length > 0 : DIGESTS[matchingType]?.length === data.length;
}

export function isMeant({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const whole = selector === 0 ? certificate.raw : publicKeyOf(certificate);
  if (whole === null) return false;
  const digest = DIGESTS[matchingType];
  return (digest ? createHash(digest.name).update(whole).digest() : whole).equals(data);
}

/** SubjectPublicKeyInfo; null for a key that this OpenSSL does not know. */
function publicKeyOf(certificate: X509Certificate): Buffer | null {
  try {
    return certificate.publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return null;
  }
}

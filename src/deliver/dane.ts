/**
 * A handshake with a server whose certificate is told by TLSA records (RFC 7671, 7672). DANE-EE means the certificate
 * of the server itself: nothing else of it counts, not even its name and its end. DANE-TA means one that stands above
 * it: names, time and signatures are then OpenSSL's to judge. But OpenSSL must know that authority before the handshake,
 * and it comes with the handshake; so the first one with a server may only tell it, and is done again.
 */
import { X509Certificate } from 'node:crypto';
import { type ConnectionOptions, checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { DANE_EE, DANE_TA, isMeant } from '../dane/tlsa.ts';
import type { Target } from '../route/next-hop.ts';

export interface DaneDemand extends NonNullable<Target['dane']> {
  /** Authorities that records of usage DANE-TA mean, as far as they were seen; PEM. */
  readonly authorities: readonly string[];
}

export type DaneVerdict =
  | { readonly kind: 'good'; readonly by: 'DANE-EE' | 'DANE-TA' }
  | { readonly kind: 'bad'; readonly why: string }
  /** Nothing is decided: the handshake is to be done again with these authorities. */
  | { readonly kind: 'again'; readonly authorities: readonly string[] };

/**
 * What is demanded now. Of the authorities that were seen before only those count that the records still mean; one
 * that stands whole in a record need not be shown by the server (RFC 7671 5.2.2).
 */
export function daneDemand(dane: NonNullable<Target['dane']>, seen: readonly string[]): DaneDemand {
  const records = dane.records.filter(({ usage }) => usage === DANE_TA);
  const known = seen.filter(pem => records.some(record => isMeant(record, new X509Certificate(pem))));
  const told = records.flatMap(({ selector, matchingType, data }) =>
    selector === 0 && matchingType === 0 ? (pemOf(data) ?? []) : [],
  );
  return { ...dane, authorities: [...new Set([...told, ...known])] };
}

function pemOf(data: Buffer): string | null {
  try {
    return new X509Certificate(data).toString();
  } catch {
    return null;
  }
}

/** Options of tls.connect that go with a demand; the handshake itself then never fails for the certificate. */
export function daneOptions({ names, authorities }: DaneDemand): ConnectionOptions {
  return {
    rejectUnauthorized: false,
    servername: names[0]!,
    ca: [...authorities],
    allowPartialTrustChain: true,
    checkServerIdentity: (_, shown) => {
      const [first, ...others] = names.map(name => checkServerIdentity(name, shown));
      return others.includes(undefined) ? undefined : first;
    },
  };
}

export function judgeByDane(socket: TLSSocket, { records, authorities }: DaneDemand): DaneVerdict {
  const [own, ...above] = chainOf(socket);
  if (!own) return { kind: 'bad', why: 'the server shows no certificate' };
  if (records.some(record => record.usage === DANE_EE && isMeant(record, own))) return { kind: 'good', by: 'DANE-EE' };
  // Only these authorities were given to OpenSSL, so its word is about them.
  if (authorities.length > 0 && socket.authorized) return { kind: 'good', by: 'DANE-TA' };
  const meant = above.filter(one => records.some(record => record.usage === DANE_TA && isMeant(record, one)));
  const fresh = meant.map(String).filter(pem => !authorities.includes(pem));
  if (fresh.length > 0) return { kind: 'again', authorities: meant.map(String) };
  if (meant.length > 0)
    return {
      kind: 'bad',
      why: `its certificate is of an authority that its TLSA records mean, but ${doubtOf(socket)}`,
    };
  return { kind: 'bad', why: 'its certificate is none that its TLSA records mean' };
}

const DOUBTS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
  CERT_HAS_EXPIRED: 'it or one above it has expired',
  CERT_NOT_YET_VALID: 'it or one above it is not valid yet',
};

function doubtOf({ authorizationError }: TLSSocket): string {
  // A code, whatever the types say.
  const code = String(authorizationError);
  return DOUBTS[code] ?? `it is not good (${code})`;
}

/** More above each other are nobody's. */
const LONGEST_CHAIN = 20;

/**
 * The certificate of the server, and what it sent beside, as far as each signed the one before. Not by
 * getPeerX509Certificate, which takes the chain away from whoever asks next.
 */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (at?.raw && chain.length < LONGEST_CHAIN) {
    chain.push(new X509Certificate(at.raw));
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return chain;
}

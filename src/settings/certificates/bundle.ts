/**
 * A certificate with its key and chain, put together from what was found in files and judged: what
 * clients would not accept is refused, what may surprise is said. Pure.
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { type Found, refused } from './read.ts';

export interface Bundle {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  /** What is sent beside the certificate: its issuer first, the root left out. */
  readonly chain: readonly X509Certificate[];
  /** The root, when it came along. */
  readonly root: X509Certificate | null;
}

const DAY = 86_400_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

let roots: readonly X509Certificate[] | null = null;
const publicRoots = () => (roots ??= rootCertificates.map(pem => new X509Certificate(pem)));

const isSelfIssued = (certificate: X509Certificate) =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);

const issued = (by: X509Certificate, certificate: X509Certificate) => {
  try {
    return certificate.checkIssued(by) && certificate.verify(by.publicKey);
  } catch {
    return false;
  }
};

/** @throws RelayProblem CertificateRefused */
export function assemble({ keys, certificates }: Found): Bundle {
  if (certificates.length === 0) throw refused('data', 'There is no certificate in the file');
  if (keys.length === 0)
    throw refused('data', 'There is no private key in the file; give the file with the key too, or a PFX file with it');
  for (const key of keys) {
    const certificate = certificates.find(candidate => candidate.checkPrivateKey(key));
    if (certificate) return { key, certificate, ...chainOf(certificate, certificates) };
  }
  const [{ subject }] = certificates as [X509Certificate];
  throw refused('data', `The private key does not belong to the certificate ${oneLine(subject)}`);
}

/** In the order TLS wants, whatever order the file had; what does not belong to it is left out. */
function chainOf(certificate: X509Certificate, others: readonly X509Certificate[]): Pick<Bundle, 'chain' | 'root'> {
  const chain: X509Certificate[] = [];
  let last = certificate;
  while (!isSelfIssued(last) && chain.length < 10) {
    const current = last;
    const issuer = others.find(other => other !== current && !chain.includes(other) && issued(other, current));
    if (!issuer) break;
    if (isSelfIssued(issuer)) return { chain, root: issuer };
    chain.push(issuer);
    last = issuer;
  }
  return { chain, root: null };
}

/**
 * Whether clients can follow the chain to its end.
 * @param authorities our own, which our clients were told to trust
 */
function isComplete({ certificate, chain, root }: Bundle, authorities: readonly X509Certificate[]): boolean {
  const last = chain.at(-1) ?? certificate;
  return root !== null || isSelfIssued(last) || [...authorities, ...publicRoots()].some(each => issued(each, last));
}

/** What is wrong with it for good: nobody should be given such a certificate. @throws RelayProblem CertificateRefused */
export function refuseUnusable({ certificate, chain, key }: Bundle, now: number): void {
  const name = oneLine(certificate.subject);
  if (certificate.validToDate.getTime() <= now)
    throw refused('data', `The certificate ${name} has expired on ${dateOf(certificate.validToDate)}; get a new one`);
  for (const each of [certificate, ...chain]) refuseWeak(each);
  if (!['rsa', 'rsa-pss', 'ec'].includes(key.asymmetricKeyType ?? ''))
    throw refused('data', `Keys of type ${key.asymmetricKeyType} are not understood by mail clients; use EC or RSA`);
  const usages = certificate.keyUsage as readonly string[] | undefined;
  if (usages && usages.length > 0 && !usages.includes(SERVER_AUTH))
    throw refused(
      'data',
      `The certificate ${name} is not for servers: its extended key usage has no server authentication`,
    );
}

function refuseWeak(certificate: X509Certificate): void {
  const name = oneLine(certificate.subject);
  const signature = certificate.signatureAlgorithm ?? '';
  if (/sha1|md5|md2/i.test(signature))
    throw refused(
      'data',
      `The certificate ${name} is signed with ${signature}, which clients no longer trust; get one with SHA-256`,
    );
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  const { modulusLength, namedCurve } = asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < 2048)
    throw refused(
      'data',
      `The certificate ${name} has an RSA key of ${modulusLength} bits, which is too weak; at least 2048 are needed`,
    );
  if (asymmetricKeyType === 'ec' && !CURVES.has(namedCurve ?? ''))
    throw refused('data', `The certificate ${name} has a key on the curve ${namedCurve}; use P-256, P-384 or P-521`);
}

/** What an administrator should know although it works. */
export function warningsOf(bundle: Bundle, authorities: readonly X509Certificate[], now: number): string[] {
  const { certificate } = bundle;
  const warnings: string[] = [];
  const left = certificate.validToDate.getTime() - now;
  if (left <= 0) warnings.push(`It has expired on ${dateOf(certificate.validToDate)}.`);
  else if (left < 30 * DAY) warnings.push(`It expires on ${dateOf(certificate.validToDate)}.`);
  if (certificate.validFromDate.getTime() > now)
    warnings.push(`It is not valid before ${dateOf(certificate.validFromDate)}.`);
  if (!isComplete(bundle, authorities))
    warnings.push(
      `The chain is incomplete: clients must know ${oneLine(certificate.issuer)} by themselves. Import the certificate together with those of its issuers.`,
    );
  if (dnsNamesOf(certificate).length === 0 && !certificate.ca)
    warnings.push('It has no DNS name (subject alternative name), so clients that check names refuse it.');
  return warnings;
}

/** Lower case; empty when it has none. */
export function dnsNamesOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,]+)/g)].map(([, name]) => name!.toLowerCase());
}

/** DNS names and IP addresses, as they stand there. */
export function namesOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? '').matchAll(/(?:^|, )(?:DNS|IP Address):([^,]+)/g)].map(([, name]) => name!);
}

/** `CN=relay.example.com, O=Contoso` */
export const oneLine = (name: string): string => name.split('\n').join(', ');

const dateOf = (date: Date) => date.toISOString().slice(0, 10);

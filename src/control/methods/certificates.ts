/** Certificates: what they are, who uses them, and how they come and go. Keys come in and never leave. */
import type { X509Certificate } from 'node:crypto';
import type { CertificateAdministration } from '../../settings/certificates/administration.ts';
import { type Bundle, namesOf, oneLine } from '../../settings/certificates/bundle.ts';
import { type Certificates, daysLeft, type InForce } from '../../settings/certificates/certificates.ts';
import { certificatesPem } from '../../settings/certificates/pem.ts';
import type { Settings } from '../../settings/settings.ts';
import type { PartOf, Result } from '../handlers.ts';
import { findNamed } from '../named-list.ts';

export interface CertificateMethodsDependencies {
  readonly store: { readonly current: Settings };
  readonly now: () => number;
  readonly certificates: Certificates;
  readonly certificateAdministration: CertificateAdministration;
}

type Shown = Result<'certificate.list'>[number];

export function certificateMethods({
  store,
  now,
  certificates,
  certificateAdministration: administration,
}: CertificateMethodsDependencies): PartOf<'certificate'> {
  const show = (entry: InForce): Shown => {
    const settings = store.current.certificates.find(({ name }) => name === entry.name);
    return {
      ...factsOf(entry.bundle, now()),
      name: entry.name,
      source: entry.source,
      usedBy: [...certificates.usersOf(entry.name), ...certificates.connectorsOf(entry.name)],
      warnings: entry.bundle ? certificates.warningsOf(entry.bundle) : [],
      error: entry.problem,
      file: settings?.file ?? null,
      keyFile: settings?.keyFile ?? null,
      find: settings?.find ?? null,
      comment: entry.comment,
    };
  };
  const shown = (name: string) => show(findNamed(certificates.all(), 'certificate', name));

  return {
    'certificate.list': () => certificates.all().map(show),
    'certificate.create': async params => {
      await administration.create(params);
      return shown(params.name);
    },
    'certificate.import': async params => {
      await administration.import(params);
      return shown(params.name);
    },
    'certificate.set': async ({ name, comment, listeners }) => {
      await administration.set(name, comment, listeners ?? []);
      return shown(name);
    },
    'certificate.remove': async ({ name, force }) => {
      await administration.remove(name, force ?? false);
      return { removed: 1 };
    },
  };
}

type Facts = Omit<Shown, 'name' | 'source' | 'usedBy' | 'warnings' | 'error' | 'file' | 'keyFile' | 'find' | 'comment'>;

const NOTHING: Facts = {
  status: 'Failed',
  subject: null,
  issuer: null,
  dnsNames: [],
  notBefore: null,
  notAfter: null,
  daysLeft: null,
  thumbprint: null,
  thumbprint256: null,
  serialNumber: null,
  keyAlgorithm: null,
  isAuthority: false,
  isSelfSigned: false,
  chain: [],
  pem: null,
};

function factsOf(bundle: Bundle | null, now: number): Facts {
  if (!bundle) return NOTHING;
  const { certificate, chain } = bundle;
  return {
    status: statusOf(certificate, now),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    dnsNames: namesOf(certificate),
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    daysLeft: daysLeft(certificate, now),
    thumbprint: certificate.fingerprint.replaceAll(':', ''),
    thumbprint256: certificate.fingerprint256.replaceAll(':', ''),
    serialNumber: certificate.serialNumber,
    keyAlgorithm: keyAlgorithmOf(certificate),
    isAuthority: certificate.ca,
    isSelfSigned: certificate.subject === certificate.issuer,
    chain: chain.map(({ subject }) => oneLine(subject)),
    pem: certificatesPem(bundle),
  };
}

function statusOf(certificate: X509Certificate, now: number): Facts['status'] {
  if (certificate.validFromDate.getTime() > now) return 'NotYetValid';
  const days = daysLeft(certificate, now);
  return days < 0 ? 'Expired' : days < 30 ? 'Expiring' : 'Valid';
}

const CURVES: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function keyAlgorithmOf({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return `RSA ${modulusLength}`;
  return namedCurve === undefined ? String(publicKey.asymmetricKeyType) : `EC ${CURVES[namedCurve] ?? namedCurve}`;
}

/**
 * Rules about listeners and their certificates that a schema cannot say. The first of them: what only
 * old devices need (TLS before 1.2, old ciphers, sloppy syntax) is never open to everybody.
 */
import type { ProblemDetail } from '../contract/problems.ts';
import { coversEveryone } from '../message/network.ts';
import type { Certificate, Listener, Settings } from './settings.ts';

/** The certificate that the relay makes by itself for listeners that name none. */
export const SELF_SIGNED = 'SelfSigned';

type Check<T> = (item: T, path: string, settings: Settings) => ProblemDetail[];

const problem = (path: string, value: unknown, message: string): ProblemDetail[] => [{ path, value, message }];

/** The names of a listener's certificates, the automatic one where it has none. */
export const certificatesOf = (listener: Listener): readonly string[] =>
  listener.tlsMode === 'Off' ? [] : listener.certificates.length > 0 ? listener.certificates : [SELF_SIGNED];

const legacyForListedOnly: Check<Listener> = (listener, path) => {
  const { remoteIPRanges } = listener;
  if (remoteIPRanges.length > 0 && !coversEveryone(remoteIPRanges)) return [];
  const why = 'is for old devices only: name them in remoteIPRanges, and not the whole Internet';
  return [
    ...(listener.minimumTlsVersion < '1.2'
      ? problem(`${path}.minimumTlsVersion`, listener.minimumTlsVersion, why)
      : []),
    ...(listener.cipherProfile === 'Legacy' ? problem(`${path}.cipherProfile`, listener.cipherProfile, why) : []),
    ...(listener.legacyClients ? problem(`${path}.legacyClients`, true, why) : []),
  ];
};

const oldTlsNeedsOldCiphers: Check<Listener> = ({ minimumTlsVersion, cipherProfile }, path) =>
  minimumTlsVersion < '1.2' && cipherProfile === 'Default'
    ? problem(
        `${path}.minimumTlsVersion`,
        minimumTlsVersion,
        'needs cipherProfile Legacy: no other cipher goes with it',
      )
    : [];

const clientCertificateNeedsTls: Check<Listener> = ({ clientCertificate, tlsMode }, path) => {
  const at = `${path}.clientCertificate`;
  if (clientCertificate !== 'None' && tlsMode === 'Off')
    return problem(at, clientCertificate, 'needs TLS; set tlsMode to Required or Implicit');
  if (clientCertificate === 'Require' && tlsMode === 'Optional')
    return problem(
      at,
      clientCertificate,
      'would not hold for clients without TLS; set tlsMode to Required or Implicit',
    );
  return [];
};

const someWayToLogIn: Check<Listener> = (listener, path) =>
  listener.requireAuthentication && listener.authenticationMethods.length === 0 && listener.clientCertificate === 'None'
    ? problem(
        `${path}.requireAuthentication`,
        true,
        'leaves no way in: name authenticationMethods or ask for a clientCertificate',
      )
    : [];

const certificatesThatExist: Check<Listener> = ({ certificates }, path, settings) => {
  const known = new Set(
    [SELF_SIGNED, ...settings.certificates.map(({ name }) => name)].map(name => name.toLowerCase()),
  );
  return certificates.flatMap((name, index) =>
    known.has(name.toLowerCase())
      ? []
      : problem(
          `${path}.certificates[${index}]`,
          name,
          'is no certificate of this relay; add it with Import-SmtpCertificate or New-SmtpCertificate first',
        ),
  );
};

const knownSource: Check<Certificate> = ({ name, source, file, find }, path) => {
  if (name.toLowerCase() === SELF_SIGNED.toLowerCase())
    return problem(`${path}.name`, name, 'is the name of the certificate that the relay makes by itself');
  if (source === 'File' && file === null) return problem(`${path}.file`, file, 'is needed with source File');
  if (source === 'WindowsStore' && find === null)
    return problem(`${path}.find`, find, 'is needed with source WindowsStore: a thumbprint or a subject');
  return [];
};

const LISTENER_CHECKS = [
  legacyForListedOnly,
  oldTlsNeedsOldCiphers,
  clientCertificateNeedsTls,
  someWayToLogIn,
  certificatesThatExist,
];

export const LISTENER_RULES: readonly ((settings: Settings) => ProblemDetail[])[] = [
  settings =>
    settings.listeners.flatMap((listener, index) =>
      LISTENER_CHECKS.flatMap(check => check(listener, `listeners[${index}]`, settings)),
    ),
  settings =>
    settings.certificates.flatMap((certificate, index) => knownSource(certificate, `certificates[${index}]`, settings)),
];

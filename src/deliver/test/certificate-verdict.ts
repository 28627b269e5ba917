/** What is to be thought of a server's certificate: its chain, its name, its time. */
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Verdict } from './step.ts';

const DAY = 86_400_000;

const ACTIONS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'It is self-signed. Have a certificate of a public authority installed there.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'Its root is none that this computer trusts: a private authority, or inspection of TLS on the way.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The server does not send the certificates of its issuers; have them installed there.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'Its issuer is unknown here: a private authority, or a chain that is not sent whole.',
  UNABLE_TO_GET_ISSUER_CERT: 'The server does not send the certificates of all its issuers; have them installed there.',
};

/** @param strict only a good certificate lets mail go there */
export function judgeCertificate(socket: TLSSocket, host: string, strict: boolean): Verdict {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { status: 'Failed', detail: 'No certificate was shown.' };
  const end = certificate.validToDate;
  const subject = certificate.subject?.split('\n').join(', ') ?? '';
  const names = certificate.subjectAltName ?? '';
  const seen = `${subject}${names === '' ? '' : ` (${names.slice(0, 300)})`}, valid to ${end.toISOString().slice(0, 10)}`;
  const wrong: { readonly what: string; readonly action: string }[] = [];
  if (end.getTime() < Date.now()) wrong.push({ what: 'it has expired', action: 'Have it renewed there.' });
  if (certificate.validFromDate.getTime() > Date.now())
    wrong.push({ what: 'it is not valid yet', action: 'Look at the clock of this computer.' });
  const fits = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (fits === undefined) wrong.push({ what: `it is not for ${host}`, action: 'Use one of its names as smart host.' });
  const chain = socket.authorizationError as unknown as string | null | undefined;
  if (chain && !['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID'].includes(String(chain)))
    wrong.push({
      what: `its chain is not trusted (${chain})`,
      action: ACTIONS[String(chain)] ?? 'Have it mended there.',
    });
  if (wrong.length > 0) {
    const consequence = strict ? 'so no mail goes there' : 'which this connector does not check';
    const otherwise = strict ? ' Or set -TlsMode Required, which encrypts without checking.' : '';
    return {
      status: strict ? 'Failed' : 'Warning',
      detail: `${seen}: ${wrong.map(({ what }) => what).join(', and ')}, ${consequence}.`,
      action: `${wrong.map(({ action }) => action).join(' ')}${otherwise}`,
    };
  }
  const days = Math.floor((end.getTime() - Date.now()) / DAY);
  return { status: 'Passed', detail: `${seen} (${days} days), for ${host}, of a trusted authority.` };
}

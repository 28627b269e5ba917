/** What a listener asks of a session before it begins a message: TLS, a log-on, and an end at some time. */
import { isLoopback } from '../policy/logon-guard.ts';
import type { RelaySession } from './connection.ts';
import type { ClientCertificate, TlsSettings } from './tls.ts';

export interface GateSettings extends Pick<TlsSettings, 'tlsMode'> {
  readonly requireAuthentication: boolean;
  readonly maxMessagesPerConnection: number | null;
  readonly reverseDns: 'None' | 'Log' | 'Require';
}

export interface Refused {
  readonly rule: string;
  readonly code: number;
  readonly text: string;
}

/** Null lets the message begin. */
export function refusesToBegin(
  settings: GateSettings,
  session: RelaySession,
  certificateMayRelay: (certificate: ClientCertificate) => boolean,
): Refused | null {
  // RFC 3207 4: the reply to everything but NOOP, EHLO, STARTTLS and QUIT.
  if (settings.tlsMode === 'Required' && !session.secure)
    return { rule: 'TlsRequired', code: 530, text: '5.7.0 Must issue a STARTTLS command first' };
  const { clientCertificate, messages } = session.notes;
  const isKnown = Boolean(session.user) || (clientCertificate !== null && certificateMayRelay(clientCertificate));
  if (settings.requireAuthentication && !isKnown)
    return { rule: 'AuthenticationRequired', code: 530, text: '5.7.0 Authentication required' };
  const most = settings.maxMessagesPerConnection;
  if (most !== null && messages >= most)
    return {
      rule: 'MaxMessagesPerConnection',
      code: 421,
      text: '4.7.0 Enough messages for one session, connect again',
    };
  return null;
}

/** How long a client without a name yet is kept waiting, in milliseconds; its next session finds the answer. */
const PATIENCE = 5000;

/** Of an anonymous client of a listener that asks for names (RFC 7372 3.3). Null lets the message begin. */
export async function refusesNameless(settings: GateSettings, session: RelaySession): Promise<Refused | null> {
  const { clientName, clientCertificate } = session.notes;
  if (settings.reverseDns !== 'Require' || clientName === null) return null;
  if (session.user || clientCertificate !== null || isLoopback(session.remoteAddress)) return null;
  const { kind } = await clientName.wait(PATIENCE);
  if (kind === 'verified') return null;
  const rule = `ReverseDns:${kind}`;
  if (kind === 'unknown')
    return { rule, code: 451, text: '4.7.25 The name of your address could not be looked up, try again later' };
  const why = kind === 'none' ? 'has no name in DNS' : 'has a name in DNS that does not lead back to it';
  return { rule, code: 550, text: `5.7.25 Your address ${why}` };
}

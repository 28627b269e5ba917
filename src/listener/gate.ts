/** What a listener asks of a session before it begins a message: TLS, a log-on, and an end at some time. */
import type { RelaySession } from './connection.ts';
import type { ClientCertificate, TlsSettings } from './tls.ts';

export interface GateSettings extends Pick<TlsSettings, 'tlsMode'> {
  readonly requireAuthentication: boolean;
  readonly maxMessagesPerConnection: number | null;
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

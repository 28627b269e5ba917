/** What was agreed in a TLS handshake, in words for logs and trace headers. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  /** IANA's name. */
  readonly cipher: string;
  /** Who vouched for the certificate, where more was asked than that there is one: `DANE-EE` */
  readonly verifiedBy?: string;
}

const known = new WeakMap<Socket, TlsFacts>();

/** Null for a connection in clear text, and before the handshake is done. Stays known when the socket has closed. */
export function tlsFactsOf(socket: unknown): TlsFacts | null {
  if (!(socket instanceof TLSSocket)) return null;
  const before = known.get(socket);
  if (before) return before;
  const version = socket.getProtocol();
  const cipher = socket.getCipher() as ReturnType<TLSSocket['getCipher']> | undefined;
  if (version === null || version === 'unknown' || !cipher) return null;
  const facts = { version, cipher: cipher.standardName };
  known.set(socket, facts);
  return facts;
}

/** From now on the facts of a connection say who vouched for its certificate. */
export function noteVerification(socket: TLSSocket, verifiedBy: string): void {
  const facts = tlsFactsOf(socket);
  if (facts) known.set(socket, { ...facts, verifiedBy });
}

/** `TLSv1.3 TLS_AES_256_GCM_SHA384`, `TLSv1.3 TLS_AES_256_GCM_SHA384 DANE-EE` */
export const showTls = (facts: TlsFacts | null): string | null =>
  facts && [facts.version, facts.cipher, ...(facts.verifiedBy === undefined ? [] : [facts.verifiedBy])].join(' ');

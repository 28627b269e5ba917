/** An open session of a client, as an administrator sees it. */
import type { TLSSocket } from 'node:tls';
import { userOf } from './account-gate.ts';
import type { RelayConnection, RelaySession } from './connection.ts';

export interface OpenSession {
  readonly identity: string;
  readonly listener: string;
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly heloName: string | null;
  readonly account: string | null;
  /** TLS version and cipher; null in clear text. */
  readonly tls: string | null;
  /** Receiving: a message comes in. Working: a command is being answered. Idle: the client is silent. */
  readonly state: 'Receiving' | 'Working' | 'Idle';
  readonly sender: string | null;
  readonly recipients: number;
  /** Messages taken so far. */
  readonly messages: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly lastActive: number;
}

export function describeSession(connection: RelayConnection, listener: string): OpenSession {
  const { notes, session, secure } = connection;
  const { envelope, hostNameAppearsAs } = session;
  return {
    identity: connection.id,
    listener,
    peerAddress: connection.remoteAddress,
    peerPort: connection.remotePort,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    heloName: hostNameAppearsAs || null,
    account: userOf(session as RelaySession)?.account ?? null,
    tls: secure ? describeTls(connection._socket as TLSSocket) : null,
    state: connection._dataStream ? 'Receiving' : connection._handlerPending ? 'Working' : 'Idle',
    sender: envelope?.mailFrom ? envelope.mailFrom.address || '<>' : null,
    recipients: envelope?.rcptTo?.length ?? 0,
    messages: notes.messages,
    since: connection.since,
    lastActive: connection.lastActive,
  };
}

function describeTls(socket: TLSSocket): string {
  const cipher = socket.getCipher?.();
  return [socket.getProtocol?.(), cipher?.standardName ?? cipher?.name].filter(Boolean).join(' ') || 'TLS';
}

/** Reads the PROXY header in front of a session that a load balancer opened, and leaves the rest for the session. */
import type { Socket } from 'node:net';
import { parseProxyHeader } from './proxy-header.ts';

export type ProxiedClient = { readonly address: string; readonly port: number } | null;

export type HeaderOutcome =
  | { readonly kind: 'client'; readonly client: ProxiedClient }
  /** No header but something else. */
  | { readonly kind: 'bad'; readonly why: string }
  /** The connection ended before. */
  | { readonly kind: 'gone' };

/** Calls back once. Whoever waits sets the time limit on the socket. */
export function readProxyHeader(socket: Socket, done: (outcome: HeaderOutcome) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (outcome: HeaderOutcome) => {
    socket.off('readable', read).off('error', gone).off('end', gone).off('close', gone);
    done(outcome);
  };
  const gone = () => {
    socket.on('error', () => {});
    finish({ kind: 'gone' });
  };
  const read = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) bytes = Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header.kind === 'more') return;
    if (header.kind === 'bad') {
      finish(header);
      return;
    }
    if (bytes.length > header.length) socket.unshift(bytes.subarray(header.length));
    finish({ kind: 'client', client: header.client });
  };
  socket.on('readable', read).on('error', gone).on('end', gone).on('close', gone);
}

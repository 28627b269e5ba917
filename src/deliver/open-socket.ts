/**
 * Opens a TCP connection to one address, within a time of its own: a server may take minutes for its
 * greeting (RFC 5321 4.5.3.2.1), but a host that is not there must not hold up the queue that long.
 */
import { connect, type Socket } from 'node:net';

/** @param sourceAddress own address to come from; null leaves it to the system. @throws Error with the system's code; ETIMEDOUT when the time is over. */
export function openSocket(
  address: string,
  port: number,
  timeout: number,
  sourceAddress: string | null = null,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      ...(sourceAddress === null ? {} : { localAddress: sourceAddress }),
      noDelay: true,
      keepAlive: true,
    });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(Object.assign(new Error('connection timed out'), { code: 'ETIMEDOUT' })),
      timeout,
    );
    socket.once('error', error => {
      clearTimeout(timer);
      fail(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

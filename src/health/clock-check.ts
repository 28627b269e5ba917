/** Compares the clock with a time server (SNTP, RFC 4330). A wrong clock breaks tokens, certificates and Date lines. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { type Finding, failed, passed, skipped, warning } from './check.ts';

/** Seconds from 1900, where NTP begins, to 1970. */
const EPOCH = 2_208_988_800;
const PATIENCE = 3000;
/** Seconds. Microsoft refuses tokens of a clock that is five minutes wrong. */
const DOUBTFUL = 30;
const WRONG = 240;

/** The addresses of a host. @throws Error */
export type FindHost = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const bySystem: FindHost = host => lookup(host, { all: true });

/** @param server host, host:port or [IPv6]:port (123 when left out) */
export async function checkClock(server: string, now: () => number, find: FindHost = bySystem): Promise<Finding> {
  let offset: number;
  try {
    offset = await askServer(server, now, find);
  } catch (error) {
    return skipped(
      `The time server ${server} gave no answer (${(error as Error).message}), so the clock was compared with nothing.`,
      'Name a time server that this computer can reach with -TimeServer, such as a domain controller.',
    );
  }
  const seconds = Math.abs(offset / 1000);
  const detail = `The clock is ${seconds.toFixed(1)} s ${offset >= 0 ? 'behind' : 'ahead of'} ${server}.`;
  const action = 'Set the clock by a time server (Windows: w32tm /resync; Linux: timedatectl set-ntp true).';
  if (seconds > WRONG) return failed(`${detail} Tokens and certificates are refused with such a clock.`, action);
  return seconds > DOUBTFUL ? warning(detail, action) : passed(detail);
}

/** @returns milliseconds by which the server is ahead of this computer */
async function askServer(server: string, now: () => number, find: FindHost): Promise<number> {
  const [, inBrackets, name, port = '123'] = isIPv6(server)
    ? [server, server]
    : (/^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? []);
  const host = inBrackets ?? name;
  if (host === undefined || Number(port) < 1 || Number(port) > 65535)
    throw new Error('write host, host:port or [IPv6]:port');
  // A look-up has no end of its own: DNS that is broken takes longer than anybody wants to wait.
  const patience = AbortSignal.timeout(PATIENCE);
  const late = new Promise<never>((_, reject) =>
    patience.addEventListener('abort', () => reject(new Error('no answer within 3 seconds'))),
  );
  const asked = find(host).then(found => askFirst(found, Number(port), now, patience));
  return Promise.race([asked, late]);
}

/** Of each family one address: this computer may have no way to one of them. */
async function askFirst(
  found: Awaited<ReturnType<FindHost>>,
  port: number,
  now: () => number,
  patience: AbortSignal,
): Promise<number> {
  const addresses = [4, 6].flatMap(wanted => found.find(({ family }) => family === wanted)?.address ?? []);
  try {
    return await Promise.any(addresses.map(address => askTime(address, port, now, patience)));
  } catch (error) {
    throw (error as AggregateError).errors[0] ?? new Error('it has no address');
  }
}

function askTime(address: string, port: number, now: () => number, patience: AbortSignal): Promise<number> {
  const request = Buffer.alloc(48);
  // No warning, version 4, client.
  request[0] = 0x23;
  // Closes the socket once, however it ends: to close one that is closed throws.
  const over = new AbortController();
  const asked = new Promise<number>((resolve, reject) => {
    const signal = AbortSignal.any([patience, over.signal]);
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', signal });
    const begin = now();
    socket.on('error', reject);
    socket.on('message', answer => {
      if (answer.length < 48 || (answer[0]! & 7) !== 4) return;
      const heard = now();
      const theirs = (answer.readUInt32BE(40) - EPOCH) * 1000 + (answer.readUInt32BE(44) / 2 ** 32) * 1000;
      resolve(theirs - (begin + heard) / 2);
    });
    socket.send(request, port, address);
  });
  return asked.finally(() => over.abort());
}

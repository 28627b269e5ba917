/** Compares the clock with a time server (SNTP, RFC 4330). A wrong clock breaks tokens, certificates and Date lines. */
import { createSocket } from 'node:dgram';
import { type Finding, failed, passed, skipped, warning } from './check.ts';

/** Seconds from 1900, where NTP begins, to 1970. */
const EPOCH = 2_208_988_800;
const PATIENCE = 3000;
/** Seconds. Microsoft refuses tokens of a clock that is five minutes wrong. */
const DOUBTFUL = 30;
const WRONG = 240;

/** @param server host, or host:port (123 when left out) */
export async function checkClock(server: string, now: () => number): Promise<Finding> {
  let offset: number;
  try {
    offset = await askTime(server, now);
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
function askTime(server: string, now: () => number): Promise<number> {
  const [, host = server, port = '123'] = /^(.*?)(?::(\d+))?$/.exec(server) ?? [];
  const request = Buffer.alloc(48);
  // No warning, version 4, client.
  request[0] = 0x23;
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const begin = now();
    const end = (act: () => void) => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(() => end(() => reject(new Error('no answer within 3 seconds'))), PATIENCE);
    socket.on('error', error => end(() => reject(error)));
    socket.on('message', answer => {
      if (answer.length < 48 || (answer[0]! & 7) !== 4) return;
      const heard = now();
      const theirs = (answer.readUInt32BE(40) - EPOCH) * 1000 + (answer.readUInt32BE(44) / 2 ** 32) * 1000;
      end(() => resolve(theirs - (begin + heard) / 2));
    });
    socket.send(request, Number(port), host, error => error && end(() => reject(error)));
  });
}

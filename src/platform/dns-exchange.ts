/**
 * One question to one DNS server (RFC 1035, RFC 6891): by UDP from a port of its own, and by TCP when the answer did
 * not fit. What is no answer to this question is not heard, so that a stranger has to guess port and number both. A
 * server that does not know EDNS is asked without it.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { AUTHENTIC_DATA, type DecodedPacket, DNSSEC_OK, decode, encode, RECURSION_DESIRED } from 'dns-packet';

export type QuestionType = 'A' | 'AAAA' | 'MX' | 'PTR' | 'TLSA' | 'TXT';

export interface Question {
  /** ASCII, without the final dot. */
  readonly name: string;
  readonly type: QuestionType;
  /** Also whether DNSSEC proves the answer (RFC 4035 3.2.1, RFC 6840 5.7). */
  readonly wantsProof: boolean;
}

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** The code is there, only the types do not tell. */
export type Packet = DecodedPacket & { readonly rcode: string; readonly flag_ad: boolean };

/** Fits every path without fragments (DNS flag day 2020). */
const UDP_AT_MOST = 1232;
const DNS_PORT = 53;
/** What servers say that know no EDNS (RFC 6891 7). */
const WITHOUT_EDNS = new Set(['FORMERR', 'NOTIMP']);

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353` */
export function parseServer(text: string): ServerAddress {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text);
  if (bracketed) return { host: bracketed[1]!, port: Number(bracketed[2] ?? DNS_PORT) };
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text);
  return plain ? { host: plain[1]!, port: Number(plain[2] ?? DNS_PORT) } : { host: text, port: DNS_PORT };
}

/**
 * @param timeout milliseconds, for UDP and then again for TCP
 * @throws Error that says why there is no answer
 */
export async function exchange(server: ServerAddress, question: Question, timeout: number): Promise<Packet> {
  const answer = await ask(server, question, timeout, true);
  return WITHOUT_EDNS.has(answer.rcode) ? ask(server, question, timeout, false) : answer;
}

async function ask(
  server: ServerAddress,
  { name, type, wantsProof }: Question,
  timeout: number,
  edns: boolean,
): Promise<Packet> {
  const id = randomInt(0x10000);
  const extended = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_AT_MOST,
    flags: wantsProof ? DNSSEC_OK : 0,
    options: [],
  };
  const query = encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED | (wantsProof ? AUTHENTIC_DATA : 0),
    questions: [{ name, type, class: 'IN' }],
    additionals: edns ? [extended as never] : [],
  });
  const isAnswer = (packet: Packet) => {
    const [asked] = packet.questions ?? [];
    if (packet.id !== id || packet.type !== 'response') return false;
    // Who can't read a question does not repeat it.
    if (asked === undefined) return edns && WITHOUT_EDNS.has(packet.rcode);
    return asked.type === type && asked.name.toLowerCase() === name.toLowerCase();
  };
  const answer = await overUdp(server, query, isAnswer, timeout);
  return answer ?? overTcp(server, query, isAnswer, timeout);
}

/** Nothing came in time. */
export const SILENCE = 'no answer';

const silent = () => new Error(SILENCE);

/** Null for an answer that did not fit; it may be cut anywhere. */
function overUdp(
  { host, port }: ServerAddress,
  query: Buffer,
  isAnswer: (packet: Packet) => boolean,
  timeout: number,
): Promise<Packet | null> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host.replace(/%.*$/, '')) ? 'udp6' : 'udp4');
    const done = (end: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      end();
    };
    const timer = setTimeout(() => done(() => reject(silent())), timeout);
    socket.on('error', error => done(() => reject(error)));
    socket.on('message', bytes => {
      if (isCut(bytes, query)) return done(() => resolve(null));
      const packet = readPacket(bytes);
      if (packet && isAnswer(packet)) done(() => resolve(packet));
    });
    // Connected, a socket hears only this server, and hears that nobody listens there. Not as a callback, which would
    // also be called without a connection (no route), and a socket that is not connected can't send.
    socket.once('connect', () => socket.send(query, error => error && done(() => reject(error))));
    socket.connect(port, host);
  });
}

function overTcp(
  { host, port }: ServerAddress,
  query: Buffer,
  isAnswer: (packet: Packet) => boolean,
  timeout: number,
): Promise<Packet> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let heard = Buffer.alloc(0);
    const done = (end: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const timer = setTimeout(() => done(() => reject(silent())), timeout);
    socket.on('error', error => done(() => reject(error)));
    socket.on('end', () => done(() => reject(new Error('the connection ended without an answer'))));
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE()) return;
      const packet = readPacket(heard.subarray(2, 2 + heard.readUInt16BE()));
      done(() => (packet && isAnswer(packet) ? resolve(packet) : reject(new Error('an answer that makes no sense'))));
    });
  });
}

const TRUNCATED = 0x8200;

const isCut = (bytes: Buffer, query: Buffer) =>
  bytes.length >= 12 &&
  bytes.readUInt16BE() === query.readUInt16BE() &&
  (bytes.readUInt16BE(2) & TRUNCATED) === TRUNCATED;

function readPacket(bytes: Buffer): Packet | null {
  try {
    return decode(bytes) as Packet;
  } catch {
    return null;
  }
}

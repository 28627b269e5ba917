/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a load balancer says
 * in front of a session about the client behind it. Strict: a text that could be read in two ways, or
 * an address that is none, is no header, because the client's rights come from it. Pure.
 */
import { isIPv6 } from 'node:net';
import { formatIp, ipv4Value, parseIp } from '../message/ip.ts';

export type ProxyHeader =
  /** The header is not all there yet. */
  | { readonly kind: 'more' }
  | { readonly kind: 'bad'; readonly why: string }
  | {
      readonly kind: 'header';
      /** Octets of the header; the session begins after them. */
      readonly length: number;
      /** Null where the balancer speaks for itself (a health check) or doesn't know. */
      readonly client: { readonly address: string; readonly port: number } | null;
    };

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const WORD = Buffer.from('PROXY ');
/** Octets of a version 1 header with its CRLF. */
const LINE_AT_MOST = 107;
/** Octets after the fixed part of a version 2 header: addresses and what balancers add. */
const REST_AT_MOST = 4096;
const FIXED = 16;

const more: ProxyHeader = { kind: 'more' };
const bad = (why: string): ProxyHeader => ({ kind: 'bad', why });

/** Reads the beginning of a connection. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsAs(bytes, SIGNATURE)) return bytes.length < FIXED ? more : parseBinary(bytes);
  if (beginsAs(bytes, WORD)) return parseLine(bytes);
  return bad('it does not begin with a PROXY header');
}

/** Also when it is shorter. */
const beginsAs = (bytes: Buffer, start: Buffer) =>
  bytes.subarray(0, start.length).equals(start.subarray(0, bytes.length));

function parseLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, LINE_AT_MOST).indexOf('\r\n');
  if (end === -1) return bytes.length < LINE_AT_MOST ? more : bad('the PROXY line has no end');
  const line = bytes.toString('latin1', 0, end);
  const length = end + 2;
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'header', length, client: null };
  const found = /^PROXY (TCP4|TCP6) (\S+) (\S+) (\d+) (\d+)$/.exec(line);
  if (!found) return bad('the PROXY line is not of the form PROXY TCP4 client server port port');
  const [, family, source, destination, sourcePort, destinationPort] = found;
  const [client, server] = [addressOf(family!, source!), addressOf(family!, destination!)];
  const ports = [portOf(sourcePort!), portOf(destinationPort!)];
  if (client === null || server === null) return bad(`the PROXY line has an address that is not ${family}`);
  if (ports[0] === null || ports[1] === null) return bad('the PROXY line has a port that is none');
  return { kind: 'header', length, client: { address: client, port: ports[0]! } };
}

function addressOf(family: string, text: string): string | null {
  const isRight = family === 'TCP4' ? ipv4Value(text) !== null : isIPv6(text) && !text.includes('%');
  return isRight ? formatIp(parseIp(text)!) : null;
}

function portOf(text: string): number | null {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

const LOCAL = 0x20;
const PROXY = 0x21;
/** Address family and transport: its octets, and those of one address. */
const FAMILIES = new Map([
  [0x11, { octets: 12, address: 4 }],
  [0x21, { octets: 36, address: 16 }],
]);
/** What says nothing of an address we could use: unspecified, and Unix sockets. */
const WITHOUT_ADDRESS = new Set([0x00, 0x31]);

function parseBinary(bytes: Buffer): ProxyHeader {
  const [command, family, rest] = [bytes[12]!, bytes[13]!, bytes.readUInt16BE(14)];
  if (command !== LOCAL && command !== PROXY) return bad('the PROXY header has an unknown version or command');
  if (rest > REST_AT_MOST) return bad(`the PROXY header has ${rest} octets`);
  const known = FAMILIES.get(family);
  if (command === PROXY && !known && !WITHOUT_ADDRESS.has(family)) return bad('the PROXY header is not about TCP');
  if (command === PROXY && known && rest < known.octets) return bad('the PROXY header is too short for its addresses');
  const length = FIXED + rest;
  if (bytes.length < length) return more;
  if (command === LOCAL || !known) return { kind: 'header', length, client: null };
  const address = bytes.subarray(FIXED, FIXED + known.address);
  const port = bytes.readUInt16BE(FIXED + 2 * known.address);
  return { kind: 'header', length, client: { address: textOf(address), port } };
}

/** IPv4-mapped addresses are the IPv4 address, as everywhere here. */
function textOf(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16));
  return formatIp(parseIp(groups.join(':'))!);
}

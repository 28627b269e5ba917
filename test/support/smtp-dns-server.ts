/**
 * A DNS server for tests: answers over UDP on a free port of loopback what it was told to, and
 * writes down what it was asked. A name that it does not know does not exist.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { TestContext } from 'node:test';

export interface Zone {
  readonly mx?: readonly (readonly [priority: number, exchange: string])[];
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly ptr?: readonly string[];
  readonly txt?: readonly string[];
  readonly tlsa?: readonly Tlsa[];
  /** The name it is an alias of, whose records come with the answer. */
  readonly cname?: string;
  /** Says to who asks for it that DNSSEC proves the answer. */
  readonly proven?: boolean;
  /** Knows no EDNS, and says so in this way. */
  readonly refusesEdns?: 'FORMERR' | 'NOTIMP';
  /** Seconds; 0 if not given. */
  readonly ttl?: number;
  /** Before the answer come others: with another number, another question, and rubbish. */
  readonly forged?: boolean;
  /** Instead of any answer, for all types or for one. */
  readonly fails?: Failure;
  readonly failsFor?: { readonly [Type in 'MX' | 'A' | 'AAAA' | 'PTR' | 'TXT' | 'TLSA']?: Failure };
}

export type Tlsa = readonly [usage: number, selector: number, matchingType: number, data: Buffer];

export type Failure = 'SERVFAIL' | 'REFUSED' | 'silence';

const TYPES = { 1: 'A', 12: 'PTR', 15: 'MX', 16: 'TXT', 28: 'AAAA', 52: 'TLSA' } as const;
const CODES = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const AUTHENTIC = 0x0020;

export interface DnsServer {
  /** For `createDns`. */
  readonly address: string;
  readonly asked: string[];
  readonly zones: Map<string, Zone>;
}

export async function dnsServer(t: TestContext, zones: Readonly<Record<string, Zone>>): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server = { address: '', asked: [] as string[], zones: new Map(Object.entries(zones)) };
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    const question = readQuestion(query);
    server.asked.push(`${question.type} ${question.name}`);
    for (const bytes of server.zones.get(question.name)?.forged ? forgeries(query, question) : [])
      socket.send(bytes, from.port, from.address);
    const zone = server.zones.get(question.name);
    const target = zone?.cname === undefined ? undefined : server.zones.get(zone.cname);
    const answer = answerTo(query, question, zone, target);
    if (answer) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => void socket.close());
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

/** Answers as somebody sends them who guesses. */
function forgeries(query: Buffer, question: Question): Buffer[] {
  const lie = answerTo(query, question, { mx: [[1, 'evil.example']], ttl: 3600 })!;
  const [otherNumber, otherName] = [Buffer.from(lie), Buffer.from(lie)];
  otherNumber.writeUInt16BE(lie.readUInt16BE() ^ 1);
  otherName[13] = otherName[13]! ^ 1;
  return [otherNumber, otherName, lie.subarray(0, 14), Buffer.from('rubbish'), Buffer.alloc(0)];
}

interface Question {
  readonly name: string;
  readonly type: 'MX' | 'A' | 'AAAA' | 'PTR' | 'TXT' | 'TLSA' | 'other';
  /** Offset after the question. */
  readonly end: number;
}

function readQuestion(query: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at++]!; length > 0; length = query[at++]!) {
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  const type = TYPES[query.readUInt16BE(at) as keyof typeof TYPES] ?? 'other';
  return { name: labels.join('.').toLowerCase(), type, end: at + 4 };
}

function answerTo(query: Buffer, question: Question, zone: Zone | undefined, target?: Zone): Buffer | null {
  if (zone?.refusesEdns && query.readUInt16BE(10) > 0) {
    // Without the question, as servers answer that did not understand it.
    const refusal = Buffer.alloc(12);
    refusal.writeUInt16BE(query.readUInt16BE());
    refusal.writeUInt16BE(0x8180 | CODES[zone.refusesEdns], 2);
    return refusal;
  }
  const failure = zone?.fails ?? (question.type === 'other' ? undefined : zone?.failsFor?.[question.type]);
  if (failure === 'silence') return null;
  const records = failure ? [] : answersOf(question.type, zone ?? {}, target);
  const head = Buffer.from(query.subarray(0, question.end));
  const code = failure ? CODES[failure] : zone ? 0 : CODES.NXDOMAIN;
  const isProven = zone?.proven && (query.readUInt16BE(2) & AUTHENTIC) !== 0;
  head.writeUInt16BE(0x8180 | code | (isProven ? AUTHENTIC : 0), 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

function answersOf(type: Question['type'], zone: Zone, target?: Zone): Buffer[] {
  if (zone.cname === undefined) return recordsOf(type, zone);
  const ttl = zone.ttl ?? 0;
  return [recordOf(5, nameOf(zone.cname), ttl), ...(target ? recordsOf(type, target, nameOf(zone.cname)) : [])];
}

/** @param owner the name of the question, if not given */
function recordsOf(type: Question['type'], zone: Zone, owner?: Buffer): Buffer[] {
  const record = (code: number, data: Buffer) => recordOf(code, data, zone.ttl ?? 0, owner);
  if (type === 'TLSA')
    return (zone.tlsa ?? []).map(([usage, selector, matching, data]) =>
      record(52, Buffer.concat([Buffer.from([usage, selector, matching]), data])),
    );
  if (type === 'TXT') return (zone.txt ?? []).map(text => record(16, stringsOf(text)));
  if (type === 'MX')
    return (zone.mx ?? []).map(([priority, exchange]) => record(15, Buffer.concat([u16(priority), nameOf(exchange)])));
  if (type === 'A') return (zone.a ?? []).map(address => record(1, Buffer.from(address.split('.').map(Number))));
  if (type === 'PTR') return (zone.ptr ?? []).map(name => record(12, nameOf(name)));
  if (type === 'AAAA') return (zone.aaaa ?? []).map(address => record(28, bytesOf6(address)));
  return [];
}

/** A string of DNS holds 255 octets. */
const stringsOf = (text: string) =>
  Buffer.concat((text.match(/.{1,255}/g) ?? ['']).flatMap(part => [Buffer.from([part.length]), Buffer.from(part)]));

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);

/** A pointer to the question, whose name it is. */
const ASKED = Buffer.from([0xc0, 0x0c]);

const recordOf = (type: number, data: Buffer, ttl: number, owner: Buffer = ASKED) =>
  Buffer.concat([owner, u16(type), u16(1), u16(ttl >> 16), u16(ttl & 0xffff), u16(data.length), data]);

const nameOf = (name: string) =>
  Buffer.concat([
    ...name
      .split('.')
      .filter(label => label !== '')
      .map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);

function bytesOf6(address: string): Buffer {
  if (isIPv4(address)) throw new Error(`${address} is no IPv6 address`);
  const [head, tail] = address.split('::').map(half => half.split(':').filter(group => group !== ''));
  const groups = tail ? [...head!, ...new Array<string>(8 - head!.length - tail.length).fill('0'), ...tail] : head!;
  return Buffer.concat(groups.map(group => u16(Number.parseInt(group, 16))));
}

/**
 * Makes SMTP sessions out of a seed: mostly in the right order, so that they come far, with words that
 * are wrong in ways that matter (line ends, dots, NUL, quotes, routes, parameters, length), and now and
 * then a byte changed anywhere. An input is one command or one piece of a message.
 */
import type { Random } from '../crash/random.ts';

export interface FuzzSession {
  readonly inputs: readonly Buffer[];
  /** Octets after which the client vanishes; null when it stays to the end. */
  readonly vanishesAfter: number | null;
}

const LINE_ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\n\r', ''];
const VERBS = [
  'MAIL FROM:',
  'RCPT TO:',
  'DATA',
  'RSET',
  'NOOP',
  'QUIT',
  'VRFY',
  'EXPN',
  'HELP',
  'EHLO',
  'HELO',
  'TURN',
];
const STRANGE = [
  'BDAT 5 LAST',
  'STARTTLS',
  'XCLIENT ADDR=127.0.0.1',
  'XFORWARD NAME=x',
  'ETRN @x',
  'WIZ',
  'GET / HTTP/1.1',
];
const NAMES = [
  'client.example',
  '[127.0.0.1]',
  'x',
  '',
  'a b',
  '\x00',
  '\xc3\xbc.example',
  '-',
  '[IPv6:::1]',
  'a'.repeat(300),
];
const LOCAL_PARTS = [
  'user',
  'a.b',
  '"a b"',
  '"a@b"',
  'user%other.example',
  'other.example!user',
  '""',
  '"',
  '.',
  'a..b',
  '\xc3\xa4',
];
const DOMAINS = [
  'open.example',
  'OPEN.EXAMPLE',
  'open.example',
  'other.example',
  'open.example.',
  '[127.0.0.1]',
  '\xce\xbfpen.example',
  '',
];
const ROUTES = ['', '', '', '', '', '@a.example:', '@a.example,@b.example:', '@:', '@open.example:@'];
const MAIL_PARAMETERS = [
  'SIZE=100',
  'SIZE=99999999999',
  'BODY=8BITMIME',
  'BODY=7BIT',
  'SMTPUTF8',
  'RET=HDRS',
  'ENVID=a+2Bb',
  'ENVID=+0D+0A',
  'AUTH=<>',
  'X=1',
  '=',
  'SIZE=',
];
const RCPT_PARAMETERS = [
  'NOTIFY=NEVER',
  'NOTIFY=SUCCESS,DELAY',
  'NOTIFY=',
  'ORCPT=rfc822;a+40b',
  'ORCPT=x',
  'ORCPT=rfc822;+0A',
  'Y',
];
const AUTH = [
  'AUTH',
  'AUTH PLAIN',
  'AUTH LOGIN',
  'AUTH PLAIN =',
  'AUTH LOGIN !!',
  'AUTH CRAM-MD5',
  'AUTH \x00',
  '*',
  'AUTH PLAIN AGEA\x00',
];
const TEXT = [
  'Subject: x\r\n',
  '\r\n',
  'a',
  '.',
  '..',
  '.\r\n',
  '..\r\n',
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r\n.\r',
  '\r\n..\r\n',
  '\r',
  '\n',
  '\x00',
  '\xff',
  'Received: x\r\n',
  ': \r\n',
  ' folded\r\n',
  'MAIL FROM:<e@v.il>\r\n',
  'QUIT\r\n',
  '\x1a',
];
const BYTES = [0, 9, 10, 13, 32, 46, 58, 60, 62, 64, 92, 34, 127, 128, 255];

export function makeSession(random: Random): FuzzSession {
  const inputs: Buffer[] = [];
  const add = (text: string) => inputs.push(mutated(random, Buffer.from(text, 'latin1')));
  if (random.chance(0.95))
    add(command(random, random.chance(0.8) ? 'EHLO client.example' : `HELO ${random.pick(NAMES)}`));
  const transactions = random.between(0, 4);
  for (let i = 0; i < transactions; i++) transaction(random, add);
  for (let noise = random.between(0, 3); noise > 0; noise--) add(command(random, noiseOf(random)));
  const octets = inputs.reduce((sum, input) => sum + input.length, 0);
  return { inputs, vanishesAfter: random.chance(0.1) ? random.between(0, octets) : null };
}

function transaction(random: Random, add: (text: string) => void): void {
  if (random.chance(0.1)) add(command(random, noiseOf(random)));
  if (random.chance(0.95)) add(command(random, `MAIL FROM:<${sender(random)}>${parameters(random, MAIL_PARAMETERS)}`));
  const recipients = random.chance(0.02) ? 30 : random.between(0, 3);
  for (let i = 0; i < recipients; i++)
    add(command(random, `RCPT TO:<${address(random)}>${parameters(random, RCPT_PARAMETERS)}`));
  if (random.chance(0.05)) add(command(random, noiseOf(random)));
  if (random.chance(0.9)) add(command(random, 'DATA'));
  for (let pieces = random.between(0, 6); pieces > 0; pieces--) add(piece(random));
  if (random.chance(0.9)) add('\r\n.\r\n');
}

const sender = (random: Random) => (random.chance(0.2) ? '' : address(random));

function address(random: Random): string {
  if (random.chance(0.75)) return `u${random.between(1, 9)}@open.example`;
  return `${random.pick(ROUTES)}${random.pick(LOCAL_PARTS)}@${random.pick(DOMAINS)}`;
}

function parameters(random: Random, from: readonly string[]): string {
  let text = '';
  while (random.chance(0.25)) text += ` ${random.pick(from)}`;
  return text;
}

function noiseOf(random: Random): string {
  const kind = random.next();
  if (kind < 0.02) return random.pick(AUTH);
  if (kind < 0.3) return random.pick(STRANGE);
  if (kind < 0.35) return 'x'.repeat(random.pick([500, 2047, 2048, 2049, 16_384, 16_385, 20_000]));
  return `${random.pick(VERBS)}${random.chance(0.5) ? ` ${random.pick(NAMES)}` : ''}`;
}

const command = (random: Random, text: string) =>
  `${random.chance(0.02) ? text.toLowerCase() : text}${random.chance(0.95) ? '\r\n' : random.pick(LINE_ENDS)}`;

function piece(random: Random): string {
  if (random.chance(0.02)) return random.pick(TEXT).repeat(random.between(100, 5000));
  let text = '';
  for (let i = random.between(1, 8); i > 0; i--) text += random.pick(TEXT);
  return text;
}

function mutated(random: Random, bytes: Buffer): Buffer {
  if (!random.chance(0.02) || bytes.length === 0) return bytes;
  const at = random.between(0, bytes.length - 1);
  const byte = Buffer.of(random.pick(BYTES));
  switch (random.between(0, 3)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at + 1)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes]);
  }
}

/** Cuts bytes into packets: whole, a few, or one for each byte. */
export function packets(random: Random, bytes: Buffer): Buffer[] {
  const kind = random.next();
  if (kind < 0.3 || bytes.length < 2) return [bytes];
  if (kind < 0.33 && bytes.length < 400) return [...bytes].map(byte => Buffer.of(byte));
  const cuts = Array.from({ length: random.between(1, 8) }, () => random.between(1, bytes.length - 1));
  const at = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((to, i) => bytes.subarray(at[i], to));
}

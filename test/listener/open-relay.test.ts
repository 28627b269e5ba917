/**
 * Attempts of a stranger to have mail relayed to somebody else, over every kind of listener. Each one
 * is carried through blindly to a message and its end, whatever the relay answers. None may come out
 * at the next hop, which is real and stays empty.
 */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { freePort, TestRelay } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

const PASSWORD = 'correct horse battery';
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const plain = (user: string, password: string, authzid = '') => base64(`${authzid}\0${user}\0${password}`);

const OUR_IP =
  Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .find(entry => entry.family === 'IPv4' && !entry.internal)?.address ?? '192.0.2.1';

const MESSAGE = 'Subject: relayed\r\n\r\nThis must not arrive.\r\n.\r\n';

/** In place of a line: begins TLS. */
const START_TLS = '(STARTTLS)';

/** What is said after the greeting, instead of EHLO, MAIL and RCPT. */
interface Attempt {
  readonly title: string;
  readonly lines: readonly (string | Buffer)[];
}

const mail = 'MAIL FROM:<stranger@evil.example>';
const to = (recipient: string, parameters = '') => `RCPT TO:<${recipient}>${parameters}`;
const VICTIM = 'victim@other.example';

/** Recipients that a next hop, or a careless reading, could take to `other.example`. */
const RECIPIENTS = [
  VICTIM,
  'VICTIM@OTHER.EXAMPLE',
  // The percent hack, bang paths and routes, through a domain that anybody may send to.
  'victim%other.example@open.example',
  'victim%other.example@relay.test',
  'victim%other.example@[127.0.0.1]',
  'victim%other.example%third.example@open.example',
  'victim%other.example@OPEN.EXAMPLE',
  'other.example!victim@open.example',
  'open.example!other.example!victim',
  'relay.test!other.example!victim@open.example',
  'victim%other.example',
  'other.example!victim',
  '"victim@other.example"@open.example',
  '"victim%other.example"@open.example',
  '"other.example!victim"@open.example',
  '"victim\\@other.example"@open.example',
  '"victim@other.example"',
  '"victim"@other.example',
  'victim@other.example@open.example',
  'victim@open.example@other.example',
  '@open.example:victim@other.example',
  '@open.example,@relay.test:victim@other.example',
  '@relay.test:victim@other.example',
  '@open.example:victim%other.example@open.example',
  '@other.example:"victim@other.example"@open.example',
  '@open.example:@relay.test:victim@other.example',
  // Names that end, begin or look like ours.
  'victim@open.example.other.example',
  'victim@notopen.example',
  'victim@sub.open.example',
  'victim@open.example.',
  'victim@other.example.',
  'victim@.open.example',
  'victim@open..example',
  'victim@open.example\x00.other.example',
  'victim@open.example\t',
  'victim@other.example\x00@open.example',
  'victim@\u03bfpen.example',
  'victim@xn--pen-jbd.example',
  'v\u0456ctim@other.example',
  'victim@localhost',
  'victim@relay.test',
  'victim@relay',
  'victim@[127.0.0.1]',
  `victim@[${OUR_IP}]`,
  `victim@${OUR_IP}`,
  'victim@[IPv6:::1]',
  'victim@[IPv6:::ffff:127.0.0.1]',
  'victim@2130706433',
  'victim@[2130706433]',
  'victim@127.1',
  // Two addresses in one, and addresses with commands in them.
  'user@open.example,victim@other.example',
  'user@open.example;victim@other.example',
  'user@open.example> <victim@other.example',
  'user@open.example>,<victim@other.example',
  'victim@other.example(user@open.example)',
  '(user@open.example)victim@other.example',
  'user@open.example <victim@other.example>',
  'victim@other.example\rRCPT TO:<user@open.example>',
  `v${'i'.repeat(300)}m@open.example`,
  '|/usr/bin/touch /tmp/relayed@other.example',
];

const ehlo = 'EHLO evil.example';

const ATTEMPTS: readonly Attempt[] = [
  ...RECIPIENTS.map(recipient => ({ title: recipient.slice(0, 60), lines: [ehlo, mail, to(recipient)] })),
  ...[
    '<>',
    '<boss@open.example>',
    '<postmaster@relay.test>',
    '<postmaster>',
    '<victim@other.example>',
    '<x@[127.0.0.1]>',
  ].map(sender => ({ title: `as ${sender}`, lines: [ehlo, `MAIL FROM:${sender}`, to(VICTIM)] })),
  ...['localhost', '127.0.0.1', '[127.0.0.1]', 'relay.test', 'open.example', `[${OUR_IP}]`, 'scanner'].flatMap(name => [
    { title: `EHLO ${name}`, lines: [`EHLO ${name}`, mail, to(VICTIM)] },
    { title: `HELO ${name}`, lines: [`HELO ${name}`, mail, to(VICTIM)] },
  ]),
  { title: 'without HELO', lines: [mail, to(VICTIM)] },
  { title: 'RCPT before MAIL', lines: [ehlo, to(VICTIM), mail] },
  { title: 'DATA without RCPT', lines: [ehlo, mail] },
  { title: 'MAIL twice', lines: [ehlo, mail, 'MAIL FROM:<boss@open.example>', to(VICTIM)] },
  { title: 'EHLO in the middle', lines: [ehlo, mail, 'EHLO localhost', to(VICTIM)] },
  { title: 'RSET in the middle', lines: [ehlo, mail, 'RSET', to(VICTIM)] },
  { title: 'asked again and again', lines: [ehlo, mail, ...Array<string>(10).fill(to(VICTIM))] },
  { title: 'with parameters of RFC 3461', lines: [ehlo, `${mail} RET=FULL ENVID=1`, to(VICTIM, ' NOTIFY=NEVER')] },
  { title: 'ORCPT of ours', lines: [ehlo, mail, to(VICTIM, ' ORCPT=rfc822;user@open.example')] },
  { title: 'AUTH= in MAIL', lines: [ehlo, `${mail} AUTH=scanner@relay.test`, to(VICTIM)] },
  { title: 'AUTH=<> in MAIL', lines: [ehlo, `${mail} AUTH=<>`, to(VICTIM)] },
  { title: 'SMTPUTF8', lines: [ehlo, `${mail} SMTPUTF8`, to('v\u0456ctim@other.example')] },
  { title: 'a look-alike with SMTPUTF8', lines: [ehlo, `${mail} SMTPUTF8`, to('victim@\u03bfpen.example')] },
  { title: 'XCLIENT', lines: [ehlo, 'XCLIENT ADDR=127.0.0.1 NAME=localhost', ehlo, mail, to(VICTIM)] },
  { title: 'XCLIENT LOGIN', lines: [ehlo, 'XCLIENT LOGIN=scanner', ehlo, mail, to(VICTIM)] },
  { title: 'XFORWARD', lines: [ehlo, 'XFORWARD ADDR=127.0.0.1 HELO=localhost', mail, to(VICTIM)] },
  { title: 'PROXY v1', lines: [`PROXY TCP4 127.0.0.1 127.0.0.1 1000 25`, ehlo, mail, to(VICTIM)] },
  {
    title: 'PROXY v2',
    lines: [Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f000001100000190d0a', 'hex'), ehlo, mail, to(VICTIM)],
  },
  { title: 'wizards', lines: [ehlo, 'WIZ secret', 'SHELL', 'DEBUG', mail, to(VICTIM)] },
  { title: 'TURN and ETRN', lines: [ehlo, 'TURN', 'ETRN other.example', mail, to(VICTIM)] },
  { title: 'SOML', lines: [ehlo, 'SOML FROM:<stranger@evil.example>', to(VICTIM)] },
  { title: 'in one packet', lines: [`${ehlo}\r\n${mail}\r\n${to(VICTIM)}\r\nDATA\r\n${MESSAGE}NOOP`] },
  { title: 'behind a bare LF', lines: [`${ehlo}\n${mail}\n${to(VICTIM)}\n`] },
  { title: 'behind a bare CR', lines: [ehlo, `NOOP\r${mail}\r${to(VICTIM)}\r`] },
  { title: 'behind a line that is too long', lines: [ehlo, `${'x'.repeat(20_000)}`, mail, to(VICTIM)] },
];

const LOGONS: readonly Attempt[] = [
  ['a wrong password', [`AUTH PLAIN ${plain('scanner', 'wrong')}`]],
  ['no password', [`AUTH PLAIN ${plain('scanner', '')}`]],
  ['no account', [`AUTH PLAIN ${plain('', '')}`]],
  ['an unknown account', [`AUTH PLAIN ${plain('nobody', PASSWORD)}`]],
  ['a disabled account', [`AUTH PLAIN ${plain('retired', PASSWORD)}`]],
  ['another authorization identity', [`AUTH PLAIN ${plain('nobody', 'wrong', 'scanner')}`]],
  ['a wrong password in LOGIN', ['AUTH LOGIN', base64('scanner'), base64('wrong')]],
  ['half a LOGIN', ['AUTH LOGIN', base64('scanner'), mail]],
  ['a cancelled logon', ['AUTH PLAIN', '*']],
  ['a logon that is no base64', ['AUTH PLAIN !!!!', 'AUTH LOGIN ????']],
  ['an unknown mechanism', ['AUTH NTLM', 'AUTH XOAUTH2 dXNlcj1zY2FubmVy', 'AUTH ANONYMOUS', 'AUTH XCLIENT scanner']],
  ['a name with a quote', [`AUTH PLAIN ${plain("scanner' --", PASSWORD)}`]],
].map(([title, lines]) => ({
  title: `after ${title as string}`,
  lines: [ehlo, ...(lines as string[]), 'RSET', mail, to(VICTIM)],
}));

/** For a session that can begin TLS: what was gained in the clear must be lost. */
const UPGRADES: readonly Attempt[] = [
  ['a log-on in the clear', [ehlo, `AUTH PLAIN ${plain('scanner', PASSWORD)}`]],
  ['a sender and a recipient in the clear', [ehlo, mail, to('user@open.example')]],
  ['a cancelled log-on in the clear', [ehlo, 'AUTH LOGIN', base64('scanner'), '*']],
].map(([title, lines]) => ({
  title: `${title as string}, then STARTTLS`,
  lines: [...(lines as string[]), START_TLS, ehlo, mail, to(VICTIM)],
}));

/** What devices say that a listener for them puts right. */
const LEGACY: readonly Attempt[] = [
  { title: 'bare addresses', lines: ['HELO', 'MAIL FROM: stranger@evil.example', `RCPT TO: ${VICTIM}`] },
  { title: 'no colon', lines: ['EHLO', 'MAIL FROM <stranger@evil.example>', `RCPT TO <${VICTIM}>`] },
  { title: 'blanks in brackets', lines: ['HELO x', 'MAIL FROM:< >', `RCPT TO:< ${VICTIM} >`] },
  { title: 'two bare addresses', lines: ['HELO x', 'MAIL FROM:<>', `RCPT TO: user@open.example ${VICTIM}`] },
  { title: 'a bare percent hack', lines: ['HELO x', 'MAIL FROM:<>', 'RCPT TO: victim%other.example@open.example'] },
  { title: 'a bare route', lines: ['HELO x', 'MAIL FROM:<>', `RCPT TO: @open.example:${VICTIM}`] },
  { title: 'a bare quote', lines: ['HELO x', 'MAIL FROM:<>', `RCPT TO: "${VICTIM}"@open.example`] },
];

interface Kind {
  readonly title: string;
  readonly attempts: readonly Attempt[];
  readonly settings: object;
  /** What begins a session. */
  readonly begin: 'clear' | 'STARTTLS' | 'TLS' | 'PROXY';
  /** How a client with rights gets them; null where nobody can have them. */
  readonly rights: 'address' | 'log-on' | null;
}

const EVERYTHING = [...ATTEMPTS, ...LOGONS];
const remoteIPRanges = ['127.0.0.0/8'];

const KINDS: readonly Kind[] = [
  { title: 'no TLS', settings: { tlsMode: 'Off' }, begin: 'clear', rights: 'address', attempts: EVERYTHING },
  {
    title: 'STARTTLS offered and not used',
    settings: {},
    begin: 'clear',
    rights: 'address',
    attempts: [...EVERYTHING, ...UPGRADES],
  },
  { title: 'STARTTLS used', settings: {}, begin: 'STARTTLS', rights: 'address', attempts: EVERYTHING },
  {
    title: 'STARTTLS required and not used',
    settings: { tlsMode: 'Required' },
    begin: 'clear',
    rights: null,
    attempts: EVERYTHING,
  },
  { title: 'implicit TLS', settings: { tlsMode: 'Implicit' }, begin: 'TLS', rights: 'address', attempts: EVERYTHING },
  {
    title: 'submission over STARTTLS, which asks for a log-on',
    settings: { tlsMode: 'Required', requireAuthentication: true },
    begin: 'STARTTLS',
    rights: 'log-on',
    attempts: EVERYTHING,
  },
  {
    title: 'submission over implicit TLS, which asks for a log-on',
    settings: { tlsMode: 'Implicit', requireAuthentication: true },
    begin: 'TLS',
    rights: 'log-on',
    attempts: EVERYTHING,
  },
  {
    title: 'a listener for old devices',
    settings: { legacyClients: true, remoteIPRanges },
    begin: 'clear',
    rights: 'address',
    // A blank at the end is read over there, and then it is a recipient of the open domain.
    attempts: [...EVERYTHING.filter(({ title }) => title !== 'victim@open.example\t'), ...LEGACY],
  },
  {
    title: 'a load balancer',
    settings: { proxyProtocolFrom: ['127.0.0.0/8'], tlsMode: 'Off' },
    begin: 'PROXY',
    rights: 'address',
    attempts: EVERYTHING,
  },
];

let relay: TestRelay;
const ports = new Map<Kind, number>();
before(async () => {
  for (const kind of KINDS) ports.set(kind, await freePort());
  relay = await TestRelay.start({
    restriction: { entries: [{ entry: '127.0.0.1' }] },
    domains: [{ name: 'open.example', allowRelay: true }],
    listeners: KINDS.map((kind, i) => ({
      name: `Kind${i}`,
      bindings: [{ address: '127.0.0.1', port: ports.get(kind) }],
      maxInboundConnectionPerSource: 1000,
      ...kind.settings,
    })),
  });
  await relay.control.call('account.create', { name: 'scanner', password: PASSWORD });
  await relay.control.call('account.create', { name: 'retired', password: PASSWORD, enabled: false });
});
after(() => relay.stop());

/** Greeted, and with its rights where it is to have them; EHLO is left to the attempt. */
async function open(kind: Kind, mayRelay: boolean): Promise<SmtpClient> {
  // The stranger is not on the list, but on loopback: AUTH is offered to it.
  const client = await SmtpClient.open(ports.get(kind)!, {
    localAddress: mayRelay && kind.rights === 'address' ? '127.0.0.1' : '127.0.0.9',
    tls: kind.begin === 'TLS' ? {} : undefined,
  });
  if (kind.begin === 'PROXY') client.send(`PROXY TCP4 ${mayRelay ? '127.0.0.1' : '127.0.0.9'} 10.0.0.1 4000 25\r\n`);
  await client.expect(220);
  if (kind.begin === 'STARTTLS') {
    await client.say(ehlo, 250);
    await client.startTls();
  }
  if (mayRelay && kind.rights === 'log-on') {
    await client.say(ehlo, 250);
    await client.say(`AUTH PLAIN ${plain('scanner', PASSWORD)}`, 235);
  }
  return client;
}

/** Says everything to the end, a message too. @returns whether anything was promised */
async function carryOut(client: SmtpClient, lines: readonly (string | Buffer)[]): Promise<boolean> {
  for (const line of [...lines, 'DATA']) {
    if (line === START_TLS) {
      await client.startTls();
      continue;
    }
    client.send(Buffer.concat([Buffer.from(line), Buffer.from('\r\n')]));
    await client.reply();
  }
  client.send(MESSAGE);
  client.send('NOOP\r\nQUIT\r\n');
  await client.closed();
  return /250 2\.6\.0|Queued/.test(client.transcript);
}

/** Titles of the attempts that were promised delivery. */
async function succeeded(kind: Kind, mayRelay: boolean): Promise<string[]> {
  const promised: string[] = [];
  const queue = mayRelay ? kind.attempts.filter(attempt => !LOGONS.includes(attempt)) : [...kind.attempts];
  const worker = async () => {
    for (let attempt = queue.pop(); attempt; attempt = queue.pop())
      if (await carryOut(await open(kind, mayRelay), attempt.lines)) promised.push(attempt.title);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return promised;
}

let tried = 0;
for (const kind of KINDS)
  describe(`through ${kind.title}`, () => {
    it('nothing is relayed for a stranger', async () => {
      const titles = kind.attempts.map(({ title }) => title);
      assert.ok(titles.length >= 60);
      assert.equal(new Set(titles).size, titles.length);
      assert.deepEqual(await succeeded(kind, false), []);
      await relay.empty();
      assert.deepEqual(
        relay.sink.messages.flatMap(({ recipients }) => recipients),
        [],
      );
      tried += titles.length;
    });

    // Where nobody can have rights there is nothing to compare with.
    if (kind.rights === null) return;
    it('while the same words from a client with rights bring mail, so the attempts are carried out', async () => {
      const promised = await succeeded(kind, true);
      for (const title of [VICTIM, 'MAIL twice', 'asked again and again']) assert.ok(promised.includes(title), title);
      assert.ok(promised.length >= 50, promised.join('\n'));
      await relay.empty();
      assert.ok(relay.sink.messages.length >= promised.length);
      relay.sink.messages.length = 0;
    });
  });

it('the attempts are counted', t => {
  t.diagnostic(`${tried} attempts through ${KINDS.length} kinds of listeners, none relayed`);
  assert.ok(tried > 1000);
});

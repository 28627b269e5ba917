/** Names of clients by their addresses: what is asked, what is believed, and who is kept waiting for it. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext, test } from 'node:test';
import { createDns } from '../../src/platform/dns.ts';
import { type ClientName, ReverseNames } from '../../src/platform/reverse-names.ts';
import { TestRelay } from '../support/relay-harness.ts';
import { type DnsServer, dnsServer, type Zone } from '../support/smtp-dns-server.ts';

const ZONES: Readonly<Record<string, Zone>> = {
  '7.2.0.192.in-addr.arpa': { ptr: ['scanner.example.net'] },
  'scanner.example.net': { a: ['192.0.2.7'] },
  // Whoever owns an address may call it anything.
  '8.2.0.192.in-addr.arpa': { ptr: ['mail.bank.example'] },
  'mail.bank.example': { a: ['203.0.113.1'] },
  '9.2.0.192.in-addr.arpa': { ptr: ['gone.example', 'second.example'] },
  'second.example': { a: ['192.0.2.1', '192.0.2.9'] },
  '10.2.0.192.in-addr.arpa': { fails: 'SERVFAIL' },
  '11.2.0.192.in-addr.arpa': { ptr: ['half.example'] },
  'half.example': { fails: 'SERVFAIL' },
  '12.2.0.192.in-addr.arpa': { fails: 'silence' },
  '13.2.0.192.in-addr.arpa': { ptr: ['a b(c)\r\n.example'] },
  '7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa': { ptr: ['six.example'] },
  'six.example': { aaaa: ['2001:db8::7'] },
};

const namesBy = (server: string) => {
  const dns = createDns([server]);
  return () => dns;
};

test('a name counts when it leads back, and only DNS that says no is a no', async t => {
  const { address } = await dnsServer(t, ZONES);
  const names = new ReverseNames(namesBy(address), Date.now);
  const expected: [string, ClientName][] = [
    ['192.0.2.7', { kind: 'verified', name: 'scanner.example.net' }],
    ['192.0.2.8', { kind: 'unverified', name: 'mail.bank.example' }],
    ['192.0.2.9', { kind: 'verified', name: 'second.example' }],
    ['192.0.2.10', { kind: 'unknown' }],
    ['192.0.2.11', { kind: 'unknown' }],
    ['192.0.2.13', { kind: 'none' }],
    ['192.0.2.14', { kind: 'none' }],
    ['2001:db8:0:0::7', { kind: 'verified', name: 'six.example' }],
  ];
  for (const [client, answer] of expected) assert.deepEqual(await names.ask(client).wait(10_000), answer, client);
});

test('an answer is remembered for as long as it is good, and a question asked once', async t => {
  const server = await dnsServer(t, ZONES);
  let now = 0;
  const names = new ReverseNames(namesBy(server.address), () => now);
  const first = names.ask('192.0.2.7');
  assert.equal(first.answer, null);
  assert.deepEqual(await Promise.all([first.wait(5000), names.ask('192.0.2.7').wait(5000)]), [
    first.answer,
    first.answer,
  ]);
  now = 3_599_000;
  assert.equal(names.ask('192.0.2.7').answer?.kind, 'verified');
  assert.equal(server.asked.length, 2);
  now = 3_601_000;
  assert.equal(names.ask('192.0.2.7').answer, null);
  await names.ask('192.0.2.10').wait(5000);
  now += 61_000;
  server.zones.set('10.2.0.192.in-addr.arpa', { ptr: ['late.example'] });
  server.zones.set('late.example', { a: ['192.0.2.10'] });
  assert.equal((await names.ask('192.0.2.10').wait(5000)).kind, 'verified');
});

test('silence costs a bounded wait, and not more than fifty questions are open', async t => {
  const server = await dnsServer(t, ZONES);
  const names = new ReverseNames(namesBy(server.address), Date.now);
  const silent = names.ask('192.0.2.12');
  assert.deepEqual(await silent.wait(20), { kind: 'unknown' });
  assert.equal(silent.answer, null);
  for (let n = 0; n < 49; n++) {
    server.zones.set(`${n}.100.51.198.in-addr.arpa`, { fails: 'silence' });
    assert.equal(names.ask(`198.51.100.${n}`).answer, null);
  }
  assert.deepEqual(names.ask('192.0.2.7').answer, { kind: 'unknown' });
});

/** Clients come with the address that a load balancer says. */
async function start(t: TestContext, reverseDns: string): Promise<{ relay: TestRelay; dns: DnsServer }> {
  const dns = await dnsServer(t, ZONES);
  const relay = await TestRelay.start({
    general: { dnsServer: [dns.address] },
    listener: { reverseDns, proxyProtocolFrom: ['127.0.0.20'] },
    restriction: { entries: [{ entry: '192.0.2.0/24' }, { entry: '127.0.0.1' }] },
    accounts: [],
  });
  t.after(() => relay.stop());
  return { relay, dns };
}

async function from(relay: TestRelay, address: string) {
  const client = await relay.connect({ localAddress: '127.0.0.20' });
  client.send(`PROXY TCP4 ${address} 10.0.0.1 40000 25\r\n`);
  await client.expect(220);
  await client.say('EHLO client.example', 250);
  return client;
}

describe('a listener that asks for names', () => {
  it('puts those that lead back into the trace header and the tracking log, and greets without waiting', async t => {
    const { relay, dns } = await start(t, 'Log');
    const client = await from(relay, '192.0.2.7');
    const id = await client.mail('Subject: x\r\n\r\nx\r\n');
    assert.deepEqual(dns.asked, ['PTR 7.2.0.192.in-addr.arpa', 'A scanner.example.net']);
    const text = await relay.sent(id);
    assert.ok(text.startsWith('Received: from client.example (scanner.example.net [192.0.2.7])\r\n'), text);
    assert.match((await relay.logs()).tracking, /,192\.0\.2\.7,scanner\.example\.net,/);
    for (const address of ['192.0.2.8', '192.0.2.12']) {
      const other = await (await from(relay, address)).mail('Subject: x\r\n\r\nx\r\n');
      assert.ok((await relay.sent(other)).startsWith(`Received: from client.example ([${address}])\r\n`));
    }
  });

  it('refuses clients without one when it must, and only then', async t => {
    const { relay } = await start(t, 'Require');
    await (await from(relay, '192.0.2.7')).mail('Subject: x\r\n\r\nx\r\n');
    for (const [address, code, text, rule] of [
      ['192.0.2.14', 550, '5.7.25 Your address has no name in DNS', 'ReverseDns:none'],
      [
        '192.0.2.8',
        550,
        '5.7.25 Your address has a name in DNS that does not lead back to it',
        'ReverseDns:unverified',
      ],
      [
        '192.0.2.10',
        451,
        '4.7.25 The name of your address could not be looked up, try again later',
        'ReverseDns:unknown',
      ],
    ] as const) {
      const client = await from(relay, address);
      assert.equal((await client.say('MAIL FROM:<a@b.example>', code)).text, `${code} ${text}`);
      const [line] = await relay.control.call('log.read', { clientIP: address, code });
      assert.equal(line!.rule, rule);
      // Nothing of the refused transaction is left.
      await client.say('RCPT TO:<c@d.example>', 503);
    }
    // This computer is never asked.
    await (await relay.client()).mail('Subject: x\r\n\r\nx\r\n');
  });
});

/** The health of a real relay, its troubles made for real, with a DNS server and a time server of the tests. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Control } from '../../src/contract/control.generated.ts';
import { checkClock } from '../../src/health/clock-check.ts';
import { checkSpf } from '../../src/health/spf.ts';
import { createDns } from '../../src/platform/dns.ts';
import { freePort, smartHost, TestRelay, type TestSettings, until } from '../support/relay-harness.ts';
import { dnsServer, type Zone } from '../support/smtp-dns-server.ts';

type Check = Control['health.test']['result'][number];

/** Answers as a time server that is so many seconds ahead. */
async function timeServer(t: TestContext, ahead: number, address = '127.0.0.1'): Promise<string> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (request, from) => {
    assert.equal(request.length, 48);
    const answer = Buffer.alloc(48);
    answer[0] = 0x24;
    const seconds = Date.now() / 1000 + ahead + 2_208_988_800;
    answer.writeUInt32BE(Math.floor(seconds), 40);
    answer.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 44);
    socket.send(answer, from.port, from.address);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  t.after(() => void socket.close());
  return `${address.includes(':') ? `[${address}]` : address}:${socket.address().port}`;
}

async function relayWith(t: TestContext, settings: TestSettings): Promise<TestRelay> {
  const relay = await TestRelay.start(settings);
  t.after(() => relay.stop());
  return relay;
}

const of = (checks: readonly Check[], name: Check['name']): Check => {
  const found = checks.find(check => check.name === name);
  assert.ok(found, `${name} is missing in ${JSON.stringify(checks)}`);
  return found;
};

test('a relay that is well passes, and an attempt to relay from an unlisted address is really made', async t => {
  const dns = await dnsServer(t, { 'relay.test': { a: ['192.0.2.1'] } });
  const relay = await relayWith(t, {
    general: { dnsServer: [dns.address] },
    restriction: { mode: 'OnlyListed', entries: [{ entry: '127.0.0.1' }] },
  });
  const client = await relay.client();
  await relay.sink.messageOf(await client.mail('Subject: x\r\n\r\nx\r\n'));
  const checks = await relay.control.call('health.test', { timeServer: await timeServer(t, 0.2) });
  assert.deepEqual(
    checks.filter(({ status }) => status === 'Warning' || status === 'Failed'),
    [],
  );
  assert.match(of(checks, 'Service').detail, /^Version 0\.1\.0 runs since 20/);
  assert.match(of(checks, 'Listener').detail, /220 relay\.test/);
  assert.match(of(checks, 'OpenRelay').detail, /^An attempt to relay from 127\.83\.77\.84, .* got: 550 5\.7\.1/);
  assert.match(of(checks, 'Connector').detail, /Connect, Greeting, Ehlo.*It last delivered 20/);
  assert.match(of(checks, 'Clock').detail, /^The clock is 0\.[0-4] s behind/);
  assert.match(of(checks, 'ControlToken').detail, /Only the account/);
  assert.equal(of(checks, 'OutboundPort').status, 'Skipped');
  assert.match((await relay.logs()).protocol, /127\.83\.77\.84 .*RCPT/);
});

test('what is wrong is named with what to do', async t => {
  const dns = await dnsServer(t, { 'relay.test': { fails: 'SERVFAIL' } });
  const relay = await relayWith(t, {
    general: { dnsServer: [dns.address], minimumFreeSpace: 1_000_000_000_000 },
    restriction: { mode: 'AllExceptListed', entries: [] },
    connectors: [
      smartHost(1),
      {
        name: 'Secret',
        type: 'SmartHost',
        addressSpaces: ['secret.example'],
        smartHosts: [{ host: '127.0.0.1', port: 1 }],
        authenticationMethod: 'LOGIN',
        authenticationUserName: 'u',
      },
    ],
  });
  await chmod(join(relay.folder, 'control.token'), 0o644);
  const checks = await relay.control.call('health.test', { timeServer: await timeServer(t, -600) });
  const expected: [Check['name'], RegExp, RegExp][] = [
    ['Service', /open relay/, /sentence/],
    ['OpenRelay', /By the rules anybody may relay/, /Set-RelayRestriction/],
    ['Dns', /DNS does not work \(127\.0\.0\.1:\d+\): .*relay\.test/, /-DnsServer/],
    ['Connector', /Connect .*127\.0\.0\.1.*:1: Connection refused/i, /./],
    ['Disk', /refused with 452/, /Free space/],
    ['Clock', /^The clock is (599|600)\.\d s ahead of/, /w32tm/],
    ['ControlToken', /mode 644/, /chmod 600/],
  ];
  for (const [name, detail, action] of expected) {
    const check = of(checks, name);
    assert.equal(check.status, 'Failed', JSON.stringify(check));
    assert.match(check.detail, detail);
    assert.match(check.action ?? '', action);
  }
  const secret = checks.find(({ target }) => target === 'Secret')!;
  assert.match(secret.detail, /No secret is kept/);
  assert.match(secret.action!, /Set-SmtpConnectorCredential/);
});

test('servers that are trusted to verify DNSSEC must do it', async t => {
  const dns = await dnsServer(t, { 'relay.test': { a: ['127.0.0.1'] }, org: {} });
  const relay = await relayWith(t, { general: { dnsServer: [dns.address], dnsServerValidates: true } });
  const tested = async () => of(await relay.control.call('health.test', { timeServer: await timeServer(t, 0) }), 'Dns');
  const bad = await tested();
  assert.equal(bad.status, 'Failed');
  assert.match(bad.detail, /proves nothing, not even of org: DANE protects no mail/);
  dns.zones.set('org', { proven: true });
  assert.equal((await tested()).status, 'Passed');
});

test('mail that waits for long, a listener that lost its port, and a time server that is silent', async t => {
  const relay = await relayWith(t, { connectors: [smartHost(1)] });
  const client = await relay.client();
  await client.mail('Subject: x\r\n\r\nx\r\n');
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => void taken.close());
  const { port } = taken.address() as { port: number };
  await relay.control.call('listener.create', { name: 'Second', bindings: [{ address: '127.0.0.1', port }] });
  await until('it was tried', async () => (await relay.control.call('queue.list')).some(({ lastError }) => lastError));
  const checks = await relay.control.call('health.test', { timeServer: `127.0.0.1:${await freePort()}` });
  assert.equal(of(checks, 'Queue').status, 'Passed');
  assert.match(
    of(checks, 'Queue').detail,
    /^1 message\(s\) wait, the oldest for [\d.]+ seconds\. 1 for 127\.0\.0\.1:1: /,
  );
  assert.match(of(checks, 'Service').detail, /Listener Second does not listen/);
  assert.equal(of(checks, 'Clock').status, 'Skipped');
});

const ZONES: Readonly<Record<string, Zone>> = {
  'relay.test': { a: ['198.51.100.7'] },
  '7.100.51.198.in-addr.arpa': { ptr: ['other.test'] },
  'other.test': { a: ['198.51.100.7'] },
  'good.test': { txt: ['v=spf1 include:_spf.good.test -all'] },
  '_spf.good.test': { txt: ['v=spf1 ip4:198.51.100.0/24 ~all'] },
  '_dmarc.good.test': { txt: ['v=DMARC1; p=reject; rua=mailto:x@good.test'] },
  'bad.test': { txt: ['v=spf1 ip4:192.0.2.0/24 mx a:relay.test/33 -all'] },
  'strict.test': { txt: ['v=spf1 ip4:192.0.2.1 -all'] },
  '_dmarc.strict.test': { txt: ['v=DMARC1; p=quarantine'] },
  'probe.test': { mx: [[10, 'mx.probe.test']] },
  'mx.probe.test': { a: ['127.0.0.1'] },
};

test('direct delivery: port outward, reverse DNS and deliverability', async t => {
  const dns = await dnsServer(t, ZONES);
  const mail = createServer(socket => socket.end('220 mx.probe.test ESMTP\r\n')).listen(0, '127.0.0.1');
  await once(mail, 'listening');
  t.after(() => void mail.close());
  const { port } = mail.address() as { port: number };
  const relay = await relayWith(t, {
    general: { dnsServer: [dns.address] },
    connectors: [{ name: 'Direct', type: 'Direct', port, sourceAddress: '198.51.100.7' }],
  });
  const ask = async (sender: string) =>
    relay.control.call('health.test', {
      timeServer: await timeServer(t, 0),
      probeDomain: 'probe.test',
      deliverability: true,
      sender,
    });
  const good = await ask('a@good.test');
  assert.deepEqual(
    [of(good, 'OutboundPort').status, of(good, 'OutboundPort').target],
    ['Passed', `mx.probe.test:${port}`],
  );
  assert.equal(of(good, 'ReverseDns').status, 'Warning');
  assert.match(of(good, 'ReverseDns').action!, /Set-SmtpRelayConfiguration -Fqdn other\.test/);
  assert.deepEqual([of(good, 'Spf').status, of(good, 'Dmarc').status], ['Passed', 'Passed']);
  assert.match(of(good, 'Dmarc').detail, /policy .* is reject/);
  const strict = await ask('a@strict.test');
  assert.deepEqual([of(strict, 'Spf').status, of(strict, 'Dmarc').status], ['Failed', 'Failed']);
  assert.match(of(strict, 'Spf').action!, /ip4:198\.51\.100\.7/);
  const none = await ask('a@nowhere.test');
  assert.match(of(none, 'Spf').action!, /v=spf1 ip4:198\.51\.100\.7 -all/);
  assert.equal(of(none, 'Dmarc').status, 'Warning');
  mail.close();
  assert.match(of(await ask('a@good.test'), 'OutboundPort').action!, /firewall/);
  assert.equal((await relay.control.fails('health.test', { deliverability: true })).id, 'InvalidParameter');
});

test('reversedns.test says what mail servers see', async t => {
  const dns = await dnsServer(t, ZONES);
  const relay = await relayWith(t, { general: { dnsServer: [dns.address] } });
  const ask = (ipAddress: string, hostName?: string) => relay.control.call('reversedns.test', { ipAddress, hostName });
  assert.deepEqual(await ask('198.51.100.7', 'OTHER.test'), {
    ipAddress: '198.51.100.7',
    hostName: 'other.test',
    status: 'Passed',
    detail: '198.51.100.7 is called other.test, and the name leads back to it.',
    action: null,
  });
  assert.equal((await ask('198.51.100.7', 'relay.test')).status, 'Warning');
  assert.equal((await ask('198.51.100.8')).status, 'Failed');
  assert.deepEqual((await relay.control.fails('reversedns.test', { ipAddress: 'x' })).paths, ['ipAddress']);
});

test('SPF of RFC 7208: the order of terms, include, redirect, masks, limits and mistakes', async t => {
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, at): [string, Zone] => [`i${at}.test`, { txt: [`v=spf1 include:i${at + 1}.test`] }]),
  );
  const { address } = await dnsServer(t, {
    ...many,
    'order.test': { txt: ['other', 'v=spf1 ?ip4:192.0.2.1 ip4:192.0.2.0/24 -all'] },
    'redirect.test': { txt: ['v=spf1 redirect=order.test'] },
    'a.test': { a: ['203.0.113.9'], txt: ['v=spf1 a/28 ~all'] },
    'mx.test': { mx: [[1, 'a.test']], txt: ['v=spf1 mx -all'] },
    'six.test': { txt: ['v=spf1 ip6:2001:db8::/32 -all'] },
    'two.test': { txt: ['v=spf1 -all', 'v=spf1 +all'] },
    'macro.test': { txt: ['v=spf1 exists:%{i}.x.test -all'] },
    'broken.test': { txt: ['v=spf1 ip4:999.1.1.1 -all'] },
    'open.test': { txt: ['v=spf1 mechanism -all'] },
    'neutral.test': { txt: ['v=spf1'] },
    'fails.test': { fails: 'SERVFAIL' },
  });
  const dns = createDns([address]);
  const table: [string, string, string][] = [
    ['192.0.2.1', 'order.test', 'neutral'],
    ['192.0.2.2', 'order.test', 'pass'],
    ['198.51.100.1', 'order.test', 'fail'],
    ['192.0.2.2', 'redirect.test', 'pass'],
    ['203.0.113.1', 'a.test', 'pass'],
    ['203.0.113.99', 'a.test', 'softfail'],
    ['203.0.113.9', 'mx.test', 'pass'],
    ['203.0.113.8', 'mx.test', 'fail'],
    ['2001:db8::1', 'six.test', 'pass'],
    ['192.0.2.1', 'six.test', 'fail'],
    ['192.0.2.1', 'two.test', 'permerror'],
    ['192.0.2.1', 'macro.test', 'permerror'],
    ['192.0.2.1', 'broken.test', 'permerror'],
    ['192.0.2.1', 'open.test', 'permerror'],
    ['192.0.2.1', 'neutral.test', 'neutral'],
    ['192.0.2.1', 'none.test', 'none'],
    ['192.0.2.1', 'fails.test', 'temperror'],
    ['192.0.2.1', 'i0.test', 'permerror'],
  ];
  for (const [ip, domain, result] of table)
    assert.equal((await checkSpf(dns, ip, domain)).result, result, `${domain} for ${ip}`);
});

test('the clock: a server of either family, and a look-up that fails after the patience is over', async t => {
  assert.match((await checkClock(await timeServer(t, 0, '::1'), Date.now)).detail, /^The clock is 0\.[0-4] s/);
  const byName = `localhost:${(await timeServer(t, 100)).split(':')[1]}`;
  // Of both families, and at the other one nobody answers.
  const both = async () => [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];
  assert.match((await checkClock(byName, Date.now, both)).detail, /^The clock is (99|100)\.\d s behind localhost/);
  const asked: string[] = [];
  const none = async (host: string) => {
    asked.push(host);
    return [];
  };
  assert.equal((await checkClock('2001:db8::1', Date.now, none)).status, 'Skipped');
  assert.equal((await checkClock('time.test', Date.now, none)).status, 'Skipped');
  assert.deepEqual(asked, ['2001:db8::1', 'time.test']);
  assert.match((await checkClock('a:b:c', Date.now, none)).detail, /write host/);
  // As DNS that is broken does it. What comes late must hurt nobody: it would end the process.
  const late = () => new Promise<never>((_, reject) => setTimeout(() => reject(new Error('EAI_AGAIN')), 3500));
  assert.match((await checkClock('time.test', Date.now, late)).detail, /no answer within 3 seconds/);
  await new Promise(resolve => setTimeout(resolve, 1000));
});

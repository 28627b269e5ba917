import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDns, type DnsAnswer } from '../../src/platform/dns.ts';
import { HostsFile } from '../../src/platform/hosts-file.ts';
import { toSettings } from '../../src/settings/store.ts';
import { inForceOf } from '../../src/wiring/in-force.ts';
import { dnsServer, type Failure } from '../support/smtp-dns-server.ts';

const reasonOf = (answer: DnsAnswer<unknown>) => (answer.kind === 'found' ? '' : answer.reason);

test('asks the given server and gives back MX records with their preference', async t => {
  const server = await dnsServer(t, {
    'example.net': {
      mx: [
        [20, 'backup.example.net'],
        [10, 'Mail.example.net'],
      ],
    },
  });
  const answer = await createDns([server.address]).mx('example.net');
  assert.equal(answer.kind, 'found');
  assert.deepEqual(
    answer.kind === 'found' &&
      [...answer.records].sort((a, b) => a.priority - b.priority).map(({ exchange, priority }) => [priority, exchange]),
    [
      [10, 'Mail.example.net'],
      [20, 'backup.example.net'],
    ],
  );
  assert.deepEqual(server.asked, ['MX example.net']);
});

test('gives IPv4 before IPv6 addresses, or those of the one family there is', async t => {
  const server = await dnsServer(t, {
    'both.example': { a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8::1'] },
    'six.example': { aaaa: ['2001:db8::6'] },
  });
  const dns = createDns([server.address]);
  assert.deepEqual(await dns.addresses('both.example'), {
    kind: 'found',
    records: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
  });
  assert.deepEqual(await dns.addresses('six.example'), { kind: 'found', records: ['2001:db8::6'] });
});

test('a null MX is a found record, not a failure', async t => {
  const server = await dnsServer(t, { 'null.example': { mx: [[0, '.']] } });
  const answer = await createDns([server.address]).mx('null.example');
  assert.deepEqual(answer.kind === 'found' && answer.records.map(record => record.exchange), ['']);
});

test('a name that does not exist, and one without such a record, are none', async t => {
  const server = await dnsServer(t, { 'bare.example': {} });
  const dns = createDns([server.address]);
  for (const name of ['gone.example', 'bare.example']) {
    assert.equal((await dns.mx(name)).kind, 'none');
    const addresses = await dns.addresses(name);
    assert.equal(addresses.kind, 'none');
    assert.match(reasonOf(addresses), new RegExp(`${name} does not exist in DNS`));
  }
});

for (const failure of ['SERVFAIL', 'REFUSED'] satisfies Failure[]) {
  test(`${failure} is temporary, for MX and for addresses`, async t => {
    const server = await dnsServer(t, { 'broken.example': { fails: failure } });
    const dns = createDns([server.address]);
    assert.equal((await dns.mx('broken.example')).kind, 'temporary');
    assert.equal((await dns.addresses('broken.example')).kind, 'temporary');
  });
}

test('one family that fails makes "nothing" uncertain, but takes nothing from the other', async t => {
  const server = await dnsServer(t, {
    'half.example': { failsFor: { AAAA: 'SERVFAIL' } },
    'enough.example': { a: ['192.0.2.1'], failsFor: { AAAA: 'SERVFAIL' } },
  });
  const dns = createDns([server.address]);
  assert.equal((await dns.addresses('half.example')).kind, 'temporary');
  assert.deepEqual(await dns.addresses('enough.example'), { kind: 'found', records: ['192.0.2.1'] });
});

test('a server that is not there is temporary', async () => {
  assert.equal((await createDns(['127.0.0.1:1']).mx('example.net')).kind, 'temporary');
});

test('a server to which there is no way is temporary, and the next one is asked', async t => {
  // connect(2) refuses to connect to everybody.
  const unreachable = '255.255.255.255';
  const answer = await createDns([unreachable]).mx('example.net');
  assert.equal(answer.kind, 'temporary');
  assert.match(reasonOf(answer), /255\.255\.255\.255: E[A-Z]+/);
  const good = await dnsServer(t, { 'example.net': { mx: [[10, 'mail.example.net']] } });
  assert.equal((await createDns([unreachable, good.address]).mx('example.net')).kind, 'found');
});

test('a second server is asked when the first one is silent, and a silent one then comes last', async t => {
  const zone = { mx: [[10, 'mail.example.net']] } as const;
  const [silent, good] = [
    await dnsServer(t, { 'example.net': { fails: 'silence' }, 'example.org': { fails: 'silence' } }),
    await dnsServer(t, { 'example.net': zone, 'example.org': zone }),
  ];
  const dns = createDns([silent.address, good.address]);
  assert.equal((await dns.mx('example.net')).kind, 'found');
  assert.deepEqual(silent.asked, ['MX example.net']);
  const began = performance.now();
  assert.equal((await dns.mx('example.org')).kind, 'found');
  assert.deepEqual(silent.asked, ['MX example.net'], 'it was asked again');
  assert.ok(performance.now() - began < 1900, 'the second question waited for the silent server');
});

for (const failure of ['SERVFAIL', 'REFUSED'] satisfies Failure[]) {
  test(`a second server is asked when the first one says ${failure}`, async t => {
    const failing = await dnsServer(t, { 'example.net': { fails: failure } });
    const good = await dnsServer(t, { 'example.net': { mx: [[10, 'mail.example.net']], a: ['192.0.2.1'] } });
    const dns = createDns([failing.address, good.address]);
    assert.equal((await dns.mx('example.net')).kind, 'found');
    assert.deepEqual(await dns.addresses('example.net'), { kind: 'found', records: ['192.0.2.1'] });
  });
}

test('a name that does not exist is not asked for at the second server', async t => {
  const [first, second] = [await dnsServer(t, {}), await dnsServer(t, {})];
  assert.equal((await createDns([first.address, second.address]).mx('gone.example')).kind, 'none');
  assert.deepEqual(second.asked, []);
});

test('when all servers fail, each is named with what it did', async t => {
  const failing = await dnsServer(t, { 'example.net': { fails: 'SERVFAIL' } });
  const answer = await createDns([failing.address, '127.0.0.1:1']).mx('example.net');
  assert.equal(answer.kind, 'temporary');
  assert.match(reasonOf(answer), new RegExp(`${failing.address}: SERVFAIL, 127\\.0\\.0\\.1:1: ECONNREFUSED`));
});

test('when the only server is silent, the answer is temporary after seconds, not half a minute', async t => {
  const silent = await dnsServer(t, { 'example.net': { fails: 'silence' } });
  const began = performance.now();
  const answer = await createDns([silent.address]).mx('example.net');
  assert.equal(answer.kind, 'temporary');
  assert.match(reasonOf(answer), /no answer/);
  assert.equal(silent.asked.length, 2);
  assert.ok(performance.now() - began < 20_000);
});

test('an answer is kept as long as its TTL says, and asked for once by all who ask at a time', async t => {
  const zone = { mx: [[10, 'mail.example.net']], a: ['192.0.2.1'], ttl: 60 } as const;
  const server = await dnsServer(t, { 'example.net': zone });
  let now = 1_000_000;
  const dns = createDns([server.address], () => now);
  await Promise.all([dns.mx('example.net'), dns.mx('EXAMPLE.net.'), dns.mx('example.net')]);
  now += 59_000;
  assert.equal((await dns.mx('example.net')).kind, 'found');
  assert.deepEqual(server.asked, ['MX example.net']);
  now += 2000;
  assert.equal((await dns.mx('example.net')).kind, 'found');
  assert.deepEqual(server.asked, ['MX example.net', 'MX example.net']);
});

test('trouble is not kept', async t => {
  const server = await dnsServer(t, { 'example.net': { fails: 'SERVFAIL' } });
  const dns = createDns([server.address]);
  assert.equal((await dns.mx('example.net')).kind, 'temporary');
  server.zones.set('example.net', { mx: [[10, 'mail.example.net']], ttl: 60 });
  assert.equal((await dns.mx('example.net')).kind, 'found');
});

test('what answers no question of ours is not heard', async t => {
  const server = await dnsServer(t, { 'example.net': { mx: [[10, 'mail.example.net']], forged: true } });
  const answer = await createDns([server.address]).mx('example.net');
  assert.deepEqual(answer.kind === 'found' && answer.records, [{ exchange: 'mail.example.net', priority: 10 }]);
});

test('a name that DNS can not even ask for is answered, not thrown', async t => {
  const server = await dnsServer(t, {});
  const dns = createDns([server.address]);
  for (const name of ['', 'a..b', `${'x'.repeat(70)}.example`, 'ä.example', ' ']) {
    assert.notEqual((await dns.mx(name)).kind, 'found', JSON.stringify(name));
    assert.notEqual((await dns.addresses(name)).kind, 'found', JSON.stringify(name));
  }
});

for (const refusesEdns of ['FORMERR', 'NOTIMP'] as const)
  test(`a server that says ${refusesEdns} to EDNS is asked without it`, async t => {
    const server = await dnsServer(t, { 'old.example': { mx: [[10, 'mail.old.example']], refusesEdns } });
    const answer = await createDns([server.address]).mx('old.example');
    assert.deepEqual(answer, { kind: 'found', records: [{ exchange: 'mail.old.example', priority: 10 }] });
    assert.equal(server.asked.length, 2);
  });

test('proof is asked for and believed only where the servers are trusted with it', async t => {
  const server = await dnsServer(t, {
    'signed.example': { a: ['192.0.2.1'], proven: true },
    'alias.example': { cname: 'signed.example', proven: true },
    'unsigned.example': { a: ['192.0.2.1'] },
    'half.example': { aaaa: ['2001:db8::1'], failsFor: { A: 'SERVFAIL' }, proven: true },
    '_25._tcp.signed.example': { tlsa: [[3, 1, 1, Buffer.alloc(32, 7)]], proven: true },
  });
  const dns = createDns([server.address], Date.now, true);
  const proofOf = async (host: string) => {
    const answer = await dns.addresses(host);
    return answer.kind === 'found' ? (answer.proof?.name ?? null) : answer.kind;
  };
  assert.equal(await proofOf('Signed.example'), 'signed.example');
  assert.equal(await proofOf('alias.example'), 'signed.example');
  assert.equal(await proofOf('unsigned.example'), null);
  assert.equal(await proofOf('half.example'), 'half.example');
  assert.deepEqual(await dns.tlsa('_25._tcp.signed.example'), {
    kind: 'found',
    records: [{ usage: 3, selector: 1, matchingType: 1, data: Buffer.alloc(32, 7) }],
    proof: { name: '_25._tcp.signed.example' },
  });
  assert.equal(
    ((await createDns([server.address]).addresses('signed.example')) as { proof?: unknown }).proof,
    undefined,
  );
});

test('without servers of its own, host names are looked up as the computer does it', async () => {
  const answer = await createDns([]).addresses('localhost');
  assert.ok(answer.kind === 'found' && answer.records.some(address => address === '127.0.0.1' || address === '::1'));
});

test('the hosts file comes before DNS, and a name that it has not got is asked for there', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-hosts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'hosts');
  await writeFile(
    path,
    '# 192.0.2.9 no.example\n192.0.2.1\tMail.Example mail # ours\n::1 mail.example\n300.1.1.1 bad\n',
  );
  const file = new HostsFile(path);
  assert.deepEqual(await file.addressesOf('mail.example'), ['192.0.2.1', '::1']);
  assert.deepEqual(await file.addressesOf('MAIL.'), ['192.0.2.1']);
  for (const name of ['no.example', 'bad', 'ours']) assert.deepEqual(await file.addressesOf(name), []);
  await writeFile(path, '192.0.2.2 mail.example\n');
  await utimes(path, 1, 1);
  assert.deepEqual(await file.addressesOf('mail.example'), ['192.0.2.2']);
  assert.deepEqual(await new HostsFile(join(folder, 'none')).addressesOf('mail.example'), []);
});

test('what DNS said stays known over changes of settings that are of something else', async () => {
  const of = (general: object) => toSettings({ version: 1, general });
  const first = inForceOf(of({ dnsServer: ['127.0.0.1'] }));
  const second = inForceOf(of({ dnsServer: ['127.0.0.1'], maxHopCount: 20 }), first);
  assert.equal(second.dns, first.dns);
  assert.notEqual(inForceOf(of({ dnsServer: ['127.0.0.2'] }), second).dns, first.dns);
  assert.notEqual(inForceOf(of({ dnsServer: ['127.0.0.1'], dnsServerValidates: true }), second).dns, first.dns);
});

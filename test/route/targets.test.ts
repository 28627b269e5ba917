import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDns } from '../../src/platform/dns.ts';
import type { Targets } from '../../src/route/next-hop.ts';
import { type DirectOptions, directTargets, type MailDns, smartHostTargets } from '../../src/route/targets.ts';
import { dnsServer } from '../support/smtp-dns-server.ts';

const OPTIONS: DirectOptions = { port: 25, ownName: 'relay.example.com', random: () => 0 };

const hostsOf = (targets: Targets) =>
  targets.kind === 'found' ? targets.targets.map(target => `${target.host} ${target.address}:${target.port}`) : targets;
const verdictOf = (targets: Targets) =>
  targets.kind === 'found' ? ['found'] : [targets.kind, targets.reply.code, targets.reply.enhanced];

const NEVER: MailDns = {
  mx: () => assert.fail('DNS was asked for an MX record'),
  addresses: () => assert.fail('DNS was asked for an address'),
};

test('mail hosts come in the order of their preference, with all their addresses', async t => {
  const server = await dnsServer(t, {
    'example.net': {
      mx: [
        [30, 'c.example.net'],
        [10, 'A.example.net'],
        [20, 'b.example.net'],
      ],
    },
    'a.example.net': { a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8::1'] },
    'b.example.net': { a: ['192.0.2.3'] },
    'c.example.net': { a: ['192.0.2.4'] },
  });
  assert.deepEqual(
    hostsOf(await directTargets(createDns([server.address]), 'example.net', { ...OPTIONS, port: 2525 })),
    [
      'a.example.net 192.0.2.1:2525',
      'a.example.net 192.0.2.2:2525',
      'a.example.net 2001:db8::1:2525',
      'b.example.net 192.0.2.3:2525',
      'c.example.net 192.0.2.4:2525',
    ],
  );
});

test('mail hosts of equal preference are shuffled, and no other', async () => {
  const dns: MailDns = {
    mx: async () => ({
      kind: 'found',
      records: [
        { exchange: 'first.example', priority: 1 },
        ...['a', 'b', 'c'].map(name => ({ exchange: `${name}.example`, priority: 10 })),
        { exchange: 'last.example', priority: 20 },
      ],
    }),
    addresses: async host => ({ kind: 'found', records: [host] }),
  };
  const orderWith = async (numbers: number[]) => {
    const targets = await directTargets(dns, 'example.net', { ...OPTIONS, random: () => numbers.shift()! });
    return targets.kind === 'found' ? targets.targets.map(target => target.host.split('.')[0]).join(' ') : '';
  };
  assert.equal(await orderWith([0.9, 0.1, 0.2, 0.3, 0]), 'first a b c last');
  assert.equal(await orderWith([0.9, 0.3, 0.2, 0.1, 0]), 'first c b a last');
  assert.equal(await orderWith([0.9, 0.5, 0.1, 0.3, 0]), 'first b c a last');
});

test('a null MX takes no mail, for good', async t => {
  const server = await dnsServer(t, { 'null.example': { mx: [[0, '.']] } });
  assert.deepEqual(verdictOf(await directTargets(createDns([server.address]), 'null.example', OPTIONS)), [
    'permanent',
    550,
    '5.1.10',
  ]);
});

test('a domain without MX is its own mail host', async t => {
  const server = await dnsServer(t, { 'plain.example': { a: ['192.0.2.9'] } });
  assert.deepEqual(hostsOf(await directTargets(createDns([server.address]), 'plain.example', OPTIONS)), [
    'plain.example 192.0.2.9:25',
  ]);
});

test('a domain that does not exist is permanent, and so is one without any address', async t => {
  const server = await dnsServer(t, { 'bare.example': {} });
  const dns = createDns([server.address]);
  for (const domain of ['gone.example', 'bare.example'])
    assert.deepEqual(verdictOf(await directTargets(dns, domain, OPTIONS)), ['permanent', 550, '5.1.2']);
});

test('DNS that fails is temporary, at the MX and at the address of the domain', async t => {
  const server = await dnsServer(t, {
    'broken.example': { fails: 'SERVFAIL' },
    'address.example': { failsFor: { A: 'REFUSED' } },
  });
  const dns = createDns([server.address]);
  for (const domain of ['broken.example', 'address.example'])
    assert.deepEqual(verdictOf(await directTargets(dns, domain, OPTIONS)), ['temporary', 451, '4.4.3'], domain);
});

test('a mail host that can not be looked up now leaves the others, and alone it is temporary', async t => {
  const server = await dnsServer(t, {
    'some.example': {
      mx: [
        [10, 'broken.example'],
        [20, 'good.example'],
      ],
    },
    'none.example': {
      mx: [
        [10, 'gone.example'],
        [20, 'broken.example'],
      ],
    },
    'broken.example': { fails: 'SERVFAIL' },
    'good.example': { a: ['192.0.2.1'] },
  });
  const dns = createDns([server.address]);
  assert.deepEqual(hostsOf(await directTargets(dns, 'some.example', OPTIONS)), ['good.example 192.0.2.1:25']);
  assert.deepEqual(verdictOf(await directTargets(dns, 'none.example', OPTIONS)), ['temporary', 451, '4.4.3']);
});

test('mail hosts that have no address at all are permanent', async t => {
  const server = await dnsServer(t, {
    'example.net': {
      mx: [
        [10, 'gone.example'],
        [20, 'bare.example'],
      ],
    },
    'bare.example': {},
  });
  assert.deepEqual(verdictOf(await directTargets(createDns([server.address]), 'example.net', OPTIONS)), [
    'permanent',
    550,
    '5.4.4',
  ]);
});

test('only mail hosts better than ourselves are used; when there is none, the mail would loop', async t => {
  const mx = [
    [10, 'better.example'],
    [20, 'RELAY.example.com'],
    [20, 'equal.example'],
    [30, 'worse.example'],
  ] as const;
  const server = await dnsServer(t, {
    'backup.example': { mx },
    'ours.example': { mx: mx.slice(1) },
    'better.example': { a: ['192.0.2.1'] },
    'equal.example': { a: ['192.0.2.2'] },
    'worse.example': { a: ['192.0.2.3'] },
  });
  const dns = createDns([server.address]);
  assert.deepEqual(hostsOf(await directTargets(dns, 'backup.example', OPTIONS)), ['better.example 192.0.2.1:25']);
  assert.deepEqual(verdictOf(await directTargets(dns, 'ours.example', OPTIONS)), ['permanent', 550, '5.4.6']);
});

test('a domain with a crowd of mail hosts has only the best five looked up', async t => {
  const server = await dnsServer(t, {
    'crowd.example': { mx: Array.from({ length: 20 }, (_, at) => [at, `m${at}.example`] as const) },
    ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`m${at}.example`, { a: [`192.0.2.${at}`] }])),
  });
  const targets = await directTargets(createDns([server.address]), 'crowd.example', OPTIONS);
  assert.equal(targets.kind === 'found' && targets.targets.length, 5);
});

test('a null MX among real ones is passed over', async t => {
  const server = await dnsServer(t, {
    'odd.example': {
      mx: [
        [0, '.'],
        [10, 'm.example'],
      ],
    },
    'm.example': { a: ['192.0.2.1'] },
  });
  assert.deepEqual(hostsOf(await directTargets(createDns([server.address]), 'odd.example', OPTIONS)), [
    'm.example 192.0.2.1:25',
  ]);
});

test('an address literal is connected to without DNS', async () => {
  assert.deepEqual(hostsOf(await directTargets(NEVER, '[192.0.2.1]', OPTIONS)), ['192.0.2.1 192.0.2.1:25']);
  assert.deepEqual(hostsOf(await directTargets(NEVER, '[ipv6:2001:db8::1]', OPTIONS)), ['2001:db8::1 2001:db8::1:25']);
});

test('smart hosts are tried as listed, each with its port, and addresses without DNS', async t => {
  const server = await dnsServer(t, { 'hub.example': { a: ['192.0.2.1', '192.0.2.2'] } });
  const targets = await smartHostTargets(createDns([server.address]), [
    { host: '198.51.100.7', port: 2525 },
    { host: 'hub.example', port: 587 },
    { host: '[2001:db8::7]', port: 25 },
  ]);
  assert.deepEqual(hostsOf(targets), [
    '198.51.100.7 198.51.100.7:2525',
    'hub.example 192.0.2.1:587',
    'hub.example 192.0.2.2:587',
    '[2001:db8::7] 2001:db8::7:25',
  ]);
});

test('the name of a smart host is our own setting, so it is never permanent', async t => {
  const server = await dnsServer(t, { 'broken.example': { fails: 'SERVFAIL' }, 'good.example': { a: ['192.0.2.1'] } });
  const dns = createDns([server.address]);
  const gone = { host: 'gone.example', port: 25 };
  assert.deepEqual(verdictOf(await smartHostTargets(dns, [gone])), ['temporary', 451, '4.4.4']);
  assert.deepEqual(verdictOf(await smartHostTargets(dns, [gone, { host: 'broken.example', port: 25 }])), [
    'temporary',
    451,
    '4.4.4',
  ]);
  assert.deepEqual(verdictOf(await smartHostTargets(dns, [])), ['temporary', 451, '4.4.4']);
  assert.deepEqual(hostsOf(await smartHostTargets(dns, [gone, { host: 'good.example', port: 25 }])), [
    'good.example 192.0.2.1:25',
  ]);
});

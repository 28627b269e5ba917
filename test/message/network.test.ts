import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  coversEveryone,
  formatIp,
  type Ip,
  type Network,
  NetworkList,
  parseNetwork,
} from '../../src/message/network.ts';

function network(text: string): Network {
  const result = parseNetwork(text);
  if ('error' in result) assert.fail(result.error);
  return result;
}

const v4 = fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value): Ip => ({ family: 4, value }));
const v6 = fc
  .oneof(
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    fc
      .array(fc.constantFrom(0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 })
      .map(g => g.reduce((v: bigint, x) => (v << 16n) | x, 0n)),
  )
  .filter(value => value >> 32n !== 0xffffn)
  .map((value): Ip => ({ family: 6, value }));
const ip = fc.oneof(v4, v6);

describe('parseNetwork', () => {
  const good: [string, string][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['  10.0.0.1 ', '10.0.0.1'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['10.0.0.0/255.0.0.0', '10.0.0.0/8'],
    ['10.1.2.3, 255.255.0.0', '10.1.0.0/16'],
    ['10.1.2.3 ,255.255.255.255', '10.1.2.3'],
    ['10.1.2.3/0.0.0.0', '0.0.0.0/0'],
    ['10.0.0.1-10.0.0.9', '10.0.0.1-10.0.0.9'],
    ['10.0.0.1 - 10.0.0.9', '10.0.0.1-10.0.0.9'],
    ['10.0.0.7-10.0.0.7', '10.0.0.7'],
    ['2001:DB8::1/32', '2001:db8::/32'],
    ['::1/128', '::1'],
    ['::/0', '::/0'],
    ['2001:db8::1-2001:db8::ff', '2001:db8::1-2001:db8::ff'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:a01:203/128', '10.1.2.3'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:10.1.2.3/95', '::fffe:0:0/95'],
    ['::ffff:10.0.0.1-::ffff:10.0.0.9', '10.0.0.1-10.0.0.9'],
    ['::ffff:10.0.0.1-10.0.0.9', '10.0.0.1-10.0.0.9'],
  ];
  for (const [text, canonical] of good) {
    it(`reads '${text}' as ${canonical}`, () => assert.equal(network(text).text, canonical));
  }

  const bad: [string, RegExp][] = [
    ['', /is not an IP address/],
    ['contoso.com', /is not an IP address/],
    ['10.0.0.0/33', /prefix length, which must be 0 to 32/],
    ['2001:db8::/129', /0 to 128/],
    ['::ffff:10.0.0.0/129', /0 to 128/],
    ['10.0.0.0/-1', /is not an IP address/],
    ['10.0.0.0/08', /prefix length/],
    ['10.0.0.0/8.0', /prefix length/],
    ['10.0.0.0/', /is not an IP address/],
    ['/8', /is not an IP address/],
    ['10.0.0/8', /does not begin with/],
    ['010.0.0.0/8', /does not begin with/],
    ['10.0.0.0/255.0.255.0', /not contiguous/],
    ['10.0.0.0/0.0.0.255', /not contiguous/],
    ['10.0.0.0, 8', /no valid subnet mask/],
    ['10.0.0.0,255.0.0.0,1', /is not an IP address/],
    ['2001:db8::/255.0.0.0', /only an IPv4 address/],
    ['::ffff:10.0.0.0/255.0.0.0', /only an IPv4 address/],
    ['10.0.0.9-10.0.0.1', /above its last/],
    ['10.0.0.1-::1', /from one IP family to the other/],
    ['::-::ffff:10.0.0.1', /from one IP family to the other/],
    ['10.0.0.1-9', /two valid IP addresses/],
    ['10.0.0.0/8-10.0.0.9', /is not an IP address/],
    ['1.1.1.1-2.2.2.2-3.3.3.3', /is not an IP address/],
    ['fe80::1%eth0', /zone id/],
    ['fe80::%eth0/10', /zone id/],
  ];
  for (const [text, why] of bad) {
    it(`refuses '${text}' and names it`, () => {
      const result = parseNetwork(text);
      assert.ok('error' in result);
      assert.match(result.error, why);
      assert.ok(result.error.includes(`'${text}'`));
      assert.match(result.error, /^[^\n]+\.$/);
    });
  }

  it('keeps an IPv6 network that merely includes the mapped range in IPv6', () => {
    assert.equal(network('::/0').family, 6);
    assert.equal(network('::ffff:0:0/95').family, 6);
    assert.equal(new NetworkList(['::/0']).match('10.0.0.1'), null);
    assert.equal(new NetworkList(['::/0']).match('::ffff:10.0.0.1'), null);
    assert.equal(new NetworkList(['::/0']).match('2001:db8::1'), '::/0');
  });

  it('gives a canonical text that reads back to the same network', () => {
    const text = fc.oneof(
      ip.map(formatIp),
      fc.tuple(v4, fc.nat(32)).map(([a, n]) => `${formatIp(a)}/${n}`),
      fc.tuple(v6, fc.nat(128)).map(([a, n]) => `${formatIp(a)}/${n}`),
      fc.tuple(v4, fc.integer({ min: 96, max: 128 })).map(([a, n]) => `::ffff:${formatIp(a)}/${n}`),
      fc.tuple(v4, v4).map(([a, b]) => (a.value < b.value ? [a, b] : [b, a]).map(formatIp).join(' - ')),
    );
    fc.assert(fc.property(text, t => assert.deepEqual(network(network(t).text), network(t))));
  });

  it('never throws, and is fast on long nonsense', () => {
    fc.assert(fc.property(fc.string(), t => void parseNetwork(t)));
    for (const c of [' ', '-', '/', ',', '1', '.', ':']) parseNetwork(c.repeat(1_000_000));
  });
});

describe('NetworkList', () => {
  it('names the narrowest of overlapping entries, as it was given', () => {
    const list = new NetworkList([
      '10.9.9.9/8',
      '0.0.0.0/0',
      '10.1.0.0, 255.255.0.0',
      ' 10.1.1.5 ',
      '10.1.1.0-10.1.2.9',
    ]);
    assert.equal(list.size, 5);
    assert.equal(list.match('10.1.1.5'), ' 10.1.1.5 ');
    assert.equal(list.match('10.1.1.6'), '10.1.1.0-10.1.2.9');
    assert.equal(list.match('10.1.2.10'), '10.1.0.0, 255.255.0.0');
    assert.equal(list.match('10.2.0.0'), '10.9.9.9/8');
    assert.equal(list.match('11.0.0.0'), '0.0.0.0/0');
  });

  it('handles ranges that overlap without one holding the other', () => {
    const list = new NetworkList(['10.0.0.0-10.0.0.20', '10.0.0.15-10.0.0.25']);
    assert.equal(list.match('10.0.0.14'), '10.0.0.0-10.0.0.20');
    assert.equal(list.match('10.0.0.15'), '10.0.0.15-10.0.0.25');
    assert.equal(list.match('10.0.0.25'), '10.0.0.15-10.0.0.25');
    assert.equal(list.match('10.0.0.26'), null);
  });

  it('prefers the first of two equal entries', () => {
    assert.equal(new NetworkList(['10.0.0.0/255.0.0.0', '10.0.0.0/8']).match('10.1.1.1'), '10.0.0.0/255.0.0.0');
  });

  it('matches the ends of both families and nothing beyond', () => {
    const list = new NetworkList(['255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::', '0.0.0.0']);
    for (const end of ['255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::', '0.0.0.0']) {
      assert.equal(list.match(end), end);
    }
    assert.equal(list.match('::1'), null);
    assert.equal(list.match('0.0.0.1'), null);
  });

  it('knows a mapped client and a client with a zone id', () => {
    const list = new NetworkList(['10.0.0.0/8', 'fe80::/10']);
    assert.equal(list.match('::ffff:10.0.0.1'), '10.0.0.0/8');
    assert.equal(list.match('fe80::1%eth0'), 'fe80::/10');
  });

  it('matches nothing when empty, and no text that is not an address', () => {
    assert.equal(new NetworkList([]).match('10.0.0.1'), null);
    const all = new NetworkList(['0.0.0.0/0', '::/0']);
    for (const text of ['', 'localhost', '10.1', '10.0.0.1/32', 'unknown']) assert.equal(all.match(text), null);
  });

  it('throws a TypeError that names a bad entry', () => {
    assert.throws(() => new NetworkList(['10.0.0.1', '10.0.0.0/99']), {
      name: 'TypeError',
      message: /10\.0\.0\.0\/99/,
    });
  });

  it('answers as a walk over all entries does', () => {
    // A small space, so that entries overlap and touch.
    const low = fc.integer({ min: 0, max: 40 });
    const entry = fc.oneof(
      fc.tuple(low, low).map(([a, b]) => `10.0.0.${Math.min(a, b)}-10.0.0.${Math.max(a, b)}`),
      fc.tuple(low, fc.integer({ min: 26, max: 32 })).map(([a, n]) => `10.0.0.${a}/${n}`),
    );
    const property = fc.property(fc.array(entry, { maxLength: 15 }), entries => {
      const list = new NetworkList(entries);
      for (let i = 0n; i < 70n; i++) {
        const value = 0x0a00_0000n + i;
        const hits = entries.filter(e => network(e).first <= value && value <= network(e).last);
        const width = (e: string) => network(e).last - network(e).first;
        const best = hits.toSorted((a, b) => Number(width(a) - width(b)))[0] ?? null;
        assert.equal(list.match(formatIp({ family: 4, value })), best);
      }
    });
    fc.assert(property);
  });

  it('builds and asks a list of 10,000 entries in little time', () => {
    const entries = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/${8 + (i % 25)}`);
    const started = performance.now();
    const list = new NetworkList(entries);
    for (let i = 0; i < 10_000; i++) list.match(`10.${i % 40}.${i & 255}.7`);
    assert.ok(performance.now() - started < 2000);
  });
});

describe('coversEveryone', () => {
  const everyone = [
    ['0.0.0.0/0'],
    ['::/0'],
    ['::ffff:0:0/96'],
    ['0.0.0.0/1', '128.0.0.0/1'],
    ['0.0.0.0-255.255.255.255'],
    ['128.0.0.0-255.255.255.255', '1.1.1.1'],
    ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2'],
    ['2000::/3'],
    ['2000::/4', '3000::/4'],
    ['1000::-8000::'],
    ['10.0.0.0/8', '0.0.0.0/0.0.0.0'],
  ];
  for (const entries of everyone) {
    it(`is true of ${entries.join(' and ')}`, () => assert.equal(coversEveryone(entries), true));
  }
  const some = [
    [],
    ['127.0.0.0/8', '::1'],
    ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'],
    ['0.0.0.0/1'],
    ['0.0.0.0/1', '0.0.0.0/1', '10.0.0.0/8'],
    ['2000::/4'],
    ['nonsense'],
  ];
  for (const entries of some) {
    it(`is false of ${entries.join(' and ') || 'no entries'}`, () => assert.equal(coversEveryone(entries), false));
  }
});

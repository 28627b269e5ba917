import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIp, type Ip, parseIp } from '../../src/message/ip.ts';

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

describe('parseIp', () => {
  const good: [string, string][] = [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1'],
    ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::10.0.0.1', '::a00:1'],
    ['::ffff:0:10.0.0.1', '::ffff:0:a00:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['fe80::1%12', 'fe80::1'],
  ];
  for (const [text, canonical] of good) {
    it(`reads ${text} as ${canonical}`, () => {
      const parsed = parseIp(text);
      assert.ok(parsed);
      assert.equal(formatIp(parsed), canonical);
    });
  }

  const bad =
    '|1|10.1|1.2.3|1.2.3.4.5|1.2.3.4.|.1.2.3.4|01.2.3.4|1.2.3.04|256.1.1.1|1.2.3.4 | 1.2.3.4|0x7f.0.0.1|2130706433|1.2.3.4%eth0|' +
    '1.2.3.4\n|::ffff:01.2.3.4|::ffff:1.2.3|fe80::1%|:|:::|1::2::3|12345::|g::|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|[::1]|::1/128|localhost|١.٢.٣.٤';
  for (const text of bad.split('|')) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseIp(text), null));
  }

  it('reads back what formatIp wrote', () => {
    fc.assert(fc.property(ip, value => assert.deepEqual(parseIp(formatIp(value)), value)));
  });

  it('agrees with node:net about what an address is', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f:.]{0,20}$/),
      fc.string(),
    );
    fc.assert(
      fc.property(text, t => assert.equal(parseIp(t) !== null, isIPv4(t) || isIPv6(t))),
      { numRuns: 1000 },
    );
  });

  it('writes IPv6 as the URL parser does', () => {
    fc.assert(
      fc.property(v6, value => assert.equal(new URL(`http://[${formatIp(value)}]/`).hostname, `[${formatIp(value)}]`)),
    );
  });
});

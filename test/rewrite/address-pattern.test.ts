import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wildcardMatcher } from '../../src/message/wildcard.ts';
import { addressChange, captureMatcher } from '../../src/rewrite/address-pattern.ts';

describe('an address that fits a pattern', () => {
  const cases: [pattern: string, newAddress: string, address: string, becomes: string | null][] = [
    ['*', 'scan@contoso.com', 'anybody@printer.local', 'scan@contoso.com'],
    ['*', '*@contoso.com', 'root@web1.corp.example', 'root@contoso.com'],
    ['*@old.example', '*@new.example', 'Jo.Doe@OLD.example', 'Jo.Doe@new.example'],
    ['*@*.corp.example', '*@contoso.com', 'root@a.b.corp.example', 'root@contoso.com'],
    ['*@*.corp.example', '*@*.contoso.com', 'root@a.b.corp.example', 'root@a.b.contoso.com'],
    ['*@*.corp.example', '*@contoso.com', 'root@corp.example', null],
    ['svc-*@corp.example', 'service.*@contoso.com', 'svc-backup@corp.example', 'service.backup@contoso.com'],
    ['a?@b.example', 'x@y.example', 'a1@b.example', 'x@y.example'],
    ['a?@b.example', 'x@y.example', 'a@b.example', null],
    ['.*+@b.example', 'x@y.example', 'aaaa@b.example', null],
    ['*@b.example', '*.old@c.example', '"a b"@b.example', null],
    ['*@b.example', '*@c.example', '"a@b"@b.example', '"a@b"@c.example'],
    ['*@b.example', '*@c.example', 'jürgen@b.example', 'jürgen@c.example'],
  ];
  for (const [pattern, newAddress, address, becomes] of cases) {
    it(`${pattern} to ${newAddress} makes of ${address} ${becomes ?? 'nothing else'}`, () => {
      assert.equal(addressChange(pattern, newAddress)(address), becomes);
    });
  }
});

describe('patterns', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '@', '.', '*', '?'), maxLength: 24 });

  it('fit exactly what wildcards fit, and what was caught makes the text again', () => {
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const caught = captureMatcher(pattern)(value);
        assert.equal(caught !== null, wildcardMatcher(pattern)(value));
        if (caught === null || pattern.includes('?')) return;
        const pieces = pattern.split('*');
        assert.equal(caught.length, pieces.length - 1);
        const again = pieces.map((piece, at) => (at === 0 ? piece : caught[at - 1] + piece)).join('');
        assert.equal(again.toLowerCase(), value.toLowerCase());
      }),
      { seed: 6, numRuns: 5000 },
    );
  });

  it('cost no more than their length times that of the text', () => {
    const pattern = `${'*a'.repeat(160)}b`;
    const begin = process.cpuUsage();
    assert.equal(captureMatcher(pattern)('a'.repeat(320)), null);
    assert.ok(process.cpuUsage(begin).user < 500_000);
  });
});

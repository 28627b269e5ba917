import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wildcardMatcher } from '../../src/message/wildcard.ts';

/** The meaning, said by recursion. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1));
}

describe('wildcardMatcher', () => {
  const table: [string, string, boolean][] = [
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything\r\nat all', true],
    ['?', '', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['?*', 'a', true],
    ['Contoso.COM', 'contoso.com', true],
    ['contoso', 'contoso.com', false],
    ['*@contoso.com', 'a@CONTOSO.com', true],
    ['*@contoso.com', 'a@contoso.com.org', false],
    ['*.com*', 'a.computer', true],
    ['a*b*c', 'aXbXbYc', true],
    ['a*b*c', 'aXcXb', false],
    ['*ab', 'aab', true],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['[ab]', '[AB]', true],
    ['a\\*', 'a\\xyz', true],
    ['a\\*', 'a*', false],
    ['a+$^(|)', 'A+$^(|)', true],
    ['`*', '`x', true],
    ['ÄRGER*', 'ärgerlich', true],
    ['?stanbul', 'İstanbul', true],
  ];
  for (const [pattern, text, expected] of table) {
    it(`says ${expected} to ${JSON.stringify(text)} for '${pattern}'`, () => {
      assert.equal(wildcardMatcher(pattern)(text), expected);
    });
  }

  it('agrees with the naive meaning', () => {
    const unit = fc.constantFrom('a', 'b', '*', '?');
    const property = fc.property(
      fc.string({ unit, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
      (pattern, text) => assert.equal(wildcardMatcher(pattern)(text), naive(pattern, text)),
    );
    fc.assert(property, { numRuns: 5000 });
  });

  it('takes everything but * and ? literally', () => {
    const plain = fc.string({ unit: 'binary' }).filter(text => !/[*?]/.test(text));
    const property = fc.property(plain, plain, (a, b) => {
      assert.equal(wildcardMatcher(a)(a), true);
      assert.equal(wildcardMatcher(`${a}*`)(a + b), true);
      assert.equal(wildcardMatcher(`*${b}`)(a + b), true);
      assert.equal(
        wildcardMatcher(a)(b),
        Array.from(a, c => c.toLowerCase()).join() === Array.from(b, c => c.toLowerCase()).join(),
      );
    });
    fc.assert(property);
  });

  it('does not blow up on a pattern made to', () => {
    const started = performance.now();
    assert.equal(wildcardMatcher(`${'*a'.repeat(500)}*b`)('a'.repeat(20_000)), false);
    assert.ok(performance.now() - started < 2000);
  });
});

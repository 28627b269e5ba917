import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeXtext, encodeXtext } from '../../src/message/xtext.ts';

describe('xtext', () => {
  const table: [string, string][] = [
    ['', ''],
    ['a@x.org', 'a@x.org'],
    ['a+b=c d', 'a+2Bb+3Dc+20d'],
    ['~!', '~!'],
    ['é', '+C3+A9'],
    ['a\tb', 'a+09b'],
  ];
  for (const [plain, encoded] of table) {
    it(`is '${encoded}' for '${plain}' and back`, () => {
      assert.equal(encodeXtext(plain), encoded);
      assert.equal(decodeXtext(encoded), plain);
    });
  }

  it('tolerates lower-case hex digits', () => assert.equal(decodeXtext('+2b+c3+a9'), '+é'));

  for (const text of ['+', '+2', '+GG', 'a b', 'a=b', 'é', 'a\r\n', '+ 2', '++2B']) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(decodeXtext(text), null));
  }

  it('refuses control characters behind the escape', () => {
    for (const text of ['a+0D+0Ab', '+00', '+7F', '+0A', '+C2+85']) assert.equal(decodeXtext(text), null);
  });

  it('refuses octets that are not UTF-8', () => {
    for (const text of ['+FF', '+C3', '+ED+A0+80', '+C0+AF']) assert.equal(decodeXtext(text), null);
  });

  it('gives back every text without control characters, through printable ASCII only', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), text => {
      const encoded = encodeXtext(text);
      assert.match(encoded, /^[!-<>-~]*$/);
      assert.equal(decodeXtext(encoded), /[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(text) ? null : text);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('+', '2', 'B', 'c', '=', ' ', 'é', '3') }),
        t => void decodeXtext(t),
      ),
    );
  });
});

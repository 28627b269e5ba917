/** Addresses as they stand in header fields and envelope lines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseMailbox } from '../../src/message/address.ts';
import { parseAddressList, parseEnvelopeValue } from '../../src/message/address-list.ts';

const LISTS: [string, string[] | string][] = [
  ['', []],
  ['a@x.test', ['a@x.test']],
  ['a@x.test,b@y.test', ['a@x.test', 'b@y.test']],
  ['a@x.test; b@y.test;', ['a@x.test', 'b@y.test']],
  ['"A, B" <a@x.test>, C D <c@x.test>', ['a@x.test', 'c@x.test']],
  ['"say \\"hi, you\\"" <a@x.test>', ['a@x.test']],
  ['a@x.test (my, friend (best)), (nobody) b@x.test', ['a@x.test', 'b@x.test']],
  ['Team: a@x.test, B <b@x.test>;, c@x.test', ['a@x.test', 'b@x.test', 'c@x.test']],
  ['undisclosed-recipients:;', []],
  ['<@old.test,@older.test:a@x.test>', ['a@x.test']],
  ['a @ x . test', ['a@x.test']],
  ['"a b"@x.test', ['"a b"@x.test']],
  ['"a@b,c" <"q;uoted"@x.test>', ['"q;uoted"@x.test']],
  ['a@[192.0.2.1], b@[IPv6:2001:db8::1]', ['a@[192.0.2.1]', 'b@[ipv6:2001:db8::1]']],
  ['=?utf-8?Q?M=C3=BCller?= <m@x.test>', ['m@x.test']],
  ['boss', 'boss'],
  ['a@x.test, <>', '<>'],
  ['a@x.test b@x.test', 'a@x.test b@x.test'],
  ['Doe, John <j@x.test>', 'Doe'],
  ['postmaster', 'postmaster'],
];

describe('a list', () => {
  for (const [text, expected] of LISTS) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(
        parseAddressList(text),
        typeof expected === 'string' ? { wrong: expected } : { addresses: expected },
      );
    });
  }
});

const VALUES: [string, { address: string; parameters: string } | null][] = [
  ['a@x.test', { address: 'a@x.test', parameters: '' }],
  [' <a@x.test> ', { address: 'a@x.test', parameters: '' }],
  ['<>', { address: '', parameters: '' }],
  ['"Name, Other" <a@x.test>', { address: 'a@x.test', parameters: '' }],
  ['"<b@x.test>" <a@x.test>', { address: 'a@x.test', parameters: '' }],
  ['a@x.test NOTIFY=NEVER', { address: 'a@x.test', parameters: 'NOTIFY=NEVER' }],
  [
    '<a@x.test> ORCPT=rfc822;a@x.test NOTIFY=SUCCESS,DELAY',
    { address: 'a@x.test', parameters: 'ORCPT=rfc822;a@x.test NOTIFY=SUCCESS,DELAY' },
  ],
  ['"a b"@x.test', { address: '"a b"@x.test', parameters: '' }],
  ['<"a>b"@x.test>', { address: '"a>b"@x.test', parameters: '' }],
  ['', null],
  ['a', null],
  ['<a@x.test', null],
  ['<a@x.test>, <b@x.test>', null],
  ['a@x.test, b@x.test', null],
  ['"unfinished <a@x.test>', null],
];

describe('an envelope line', () => {
  for (const [text, expected] of VALUES)
    it(JSON.stringify(text), () => assert.deepEqual(parseEnvelopeValue(text), expected));
});

const atom = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}$/);
const quoted = fc.stringMatching(/^[ !#-[\]-~]{1,12}$/).map(text => `"${text}"`);
const address = fc
  .tuple(fc.oneof(atom, quoted), fc.constantFrom('x.test', 'a-b.example'))
  .map(parts => parts.join('@'));
const name = fc.string({ maxLength: 20 }).map(text => `"${text.replace(/["\\]/g, '\\$&')}"`);
const written = fc
  .tuple(address, fc.constantFrom('bare', 'angle', 'named', 'comment'), name)
  .map(([one, how, title]) => {
    const text = { bare: one, angle: `<${one}>`, named: `${title} <${one}>`, comment: `${one} (x, \\) <y@z>)` }[how];
    return { address: one, text };
  });

describe('whatever is written', () => {
  it('is found again in a list', () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 6 }), fc.constantFrom(',', ', ', ' ;\r\n\t'), (people, separator) => {
        assert.deepEqual(parseAddressList(people.map(({ text }) => text).join(separator)), {
          addresses: people.map(one => one.address),
        });
      }),
    );
  });

  it('gives addresses only, or says what is none', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a@.<>"(),;: \\[\]]{0,40}$/));
    fc.assert(
      fc.property(text, value => {
        const list = parseAddressList(value);
        if ('addresses' in list) for (const one of list.addresses) assert.equal(parseMailbox(one)?.address, one);
        else assert.ok(!/[\r\n]/.test(list.wrong));
        const line = parseEnvelopeValue(value);
        if (line?.address) assert.equal(parseMailbox(line.address)?.address, line.address);
      }),
      { numRuns: 1000 },
    );
  });

  it('costs no more than its length', () => {
    const started = performance.now();
    for (const piece of ['(', '"', '<', ' ', '.', '@', '\\', ',', 'a:', '"a"', '[']) {
      const text = piece.repeat(60_000 / piece.length);
      parseAddressList(text);
      parseAddressList(`a${text}@`);
      parseEnvelopeValue(text);
      parseEnvelopeValue(`<a@x.test>${text}`);
    }
    assert.ok(performance.now() - started < 5000);
  });
});

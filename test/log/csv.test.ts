import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromCsv, joinList, splitList, toCsv } from '../../src/log/csv.ts';

test('gives back every record, on one line, with control characters as blanks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 }), values => {
      const line = toCsv(values);
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      assert.deepEqual(
        fromCsv(line),
        values.map(value => value.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')),
      );
    }),
  );
});

test('never breaks on a line that is not CSV', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'a",') }), line => void fromCsv(line)));
  assert.equal(fromCsv('a,"b'), null);
  assert.equal(fromCsv('a,"b"c'), null);
});

test('writes as RFC 4180 has it', () => {
  assert.equal(toCsv(['a', 'b,c', 'say "x"', null, 7, '#x']), 'a,"b,c","say ""x""",,7,"#x"');
});

test('takes a list of addresses apart again, quoted local parts too', () => {
  const atom = fc.string({ unit: fc.constantFrom(...'abc.+-'), minLength: 1 });
  const quoted = fc.string({ unit: fc.constantFrom(...'a ;"\\,') }).map(text => `"${text.replace(/["\\]/g, '\\$&')}"`);
  const address = fc.tuple(fc.oneof(atom, quoted), atom).map(([local, domain]) => `${local}@${domain}`);
  fc.assert(fc.property(fc.array(address), addresses => assert.deepEqual(splitList(joinList(addresses)), addresses)));
  assert.deepEqual(splitList('a"b;c'), ['a"b', 'c']);
});

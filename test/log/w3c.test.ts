import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromW3c, toW3c, VALUE_LIMIT } from '../../src/log/w3c.ts';
import { W3cRecords } from '../../src/log/w3c-records.ts';

test('never lets a value hold a blank, a control character or a line end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), value => {
      const written = toW3c(value);
      return !/[\x00-\x1f\x7f-\x9f\s]/.test(written) && written.length >= 1 && written.length <= VALUE_LIMIT;
    }),
  );
});

test('gives back what has no plus, no control character and only plain blanks', () => {
  const text = fc
    .string({ unit: fc.constantFrom(...'ab <>@:;,."=-ü€😀 ') })
    .filter(value => value !== '' && value !== '-' && !/<[^<>"@]*@[^<>"@]*>/.test(value));
  fc.assert(fc.property(text, value => assert.equal(fromW3c(toW3c(value)), value)));
});

test('keeps the plus of a tagged address', () => {
  assert.equal(fromW3c(toW3c('TO: <app+tag@example.com> NOTIFY=NEVER')), 'TO: <app+tag@example.com> NOTIFY=NEVER');
});

test('does not cut a character in two', () => {
  const value = `${'a'.repeat(VALUE_LIMIT - 1)}😀`;
  assert.equal(toW3c(value), 'a'.repeat(VALUE_LIMIT - 1));
});

test('follows the latest #Fields, and takes a missing date from #Date over midnight', () => {
  const records = new W3cRecords('20200101');
  const read = (line: string) => {
    const record = records.read(line);
    return (
      record && { time: new Date(record.time).toISOString(), ip: record.get('c-ip'), status: record.get('sc-status') }
    );
  };
  assert.equal(read('12:00:00 192.0.2.1 250'), null);
  assert.equal(read('#Date: 2024-03-04 23:59:00'), null);
  assert.equal(read('#Fields: time c-ip sc-status '), null);
  assert.deepEqual(read('23:59:59 192.0.2.1 250'), {
    time: '2024-03-04T23:59:59.000Z',
    ip: '192.0.2.1',
    status: '250',
  });
  assert.deepEqual(read('23:59:58 192.0.2.1 250')?.time, '2024-03-04T23:59:58.000Z');
  assert.deepEqual(read('00:00:01 192.0.2.1 250')?.time, '2024-03-05T00:00:01.000Z');
  assert.equal(read('#Fields: sc-status date c-ip time'), null);
  assert.deepEqual(read('550 2024-03-06 192.0.2.2 01:00:00'), {
    time: '2024-03-06T01:00:00.000Z',
    ip: '192.0.2.2',
    status: '550',
  });
});

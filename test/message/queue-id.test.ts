import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { numberOfQueueId, QueueIdSource } from '../../src/message/queue-id.ts';

describe('QueueIdSource', () => {
  it('makes the number of milliseconds and a counter', () => {
    const source = new QueueIdSource(() => 1_700_000_000_000.9);
    assert.equal(source.next().number, 1_700_000_000_000_000);
    assert.equal(source.next().number, 1_700_000_000_000_001);
  });

  it('goes on ascending when the clock goes back and catches up with it later', () => {
    let now = 2000;
    const source = new QueueIdSource(() => now);
    assert.equal(source.next().number, 2_000_000);
    now = 10;
    assert.equal(source.next().number, 2_000_001);
    now = 2001;
    assert.equal(source.next().number, 2_001_000);
  });

  it('runs over into the next millisecond after a thousand', () => {
    const source = new QueueIdSource(() => 5);
    const numbers = Array.from({ length: 2500 }, () => source.next().number);
    assert.equal(numbers.at(-1), 7499);
  });

  it('begins above the number it was given', () => {
    assert.equal(new QueueIdSource(() => 1, 9_000_000).next().number, 9_000_001);
  });

  it('throws rather than give a number beyond 2^53', () => {
    assert.throws(() => new QueueIdSource(() => 1, Number.MAX_SAFE_INTEGER).next(), RangeError);
    assert.throws(() => new QueueIdSource(() => Number.NaN).next(), RangeError);
  });

  it('ascends strictly in number and in text, whatever the clock does', () => {
    const property = fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 50 }), fc.nat(4000), (clock, last) => {
      const source = new QueueIdSource(() => clock.shift() ?? 0, last);
      let before = { number: last, id: '' };
      for (let i = clock.length; i > 0; i--) {
        const next = source.next();
        assert.ok(next.number > before.number && next.id > before.id);
        before = next;
      }
    });
    fc.assert(property);
  });
});

describe('numberOfQueueId', () => {
  it('reads back every id, in either case', () => {
    const property = fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 }), number => {
      const { id } = new QueueIdSource(() => 0, number).next();
      assert.match(id, /^[0-9A-HJKMNP-TV-Z]{11}$/);
      assert.equal(numberOfQueueId(id), number + 1);
      assert.equal(numberOfQueueId(id.toLowerCase()), number + 1);
    });
    fc.assert(property);
  });

  for (const text of [
    '',
    '1',
    '0000000000',
    '000000000000',
    '0000000000I',
    '0000000000U',
    '-0000000001',
    'ZZZZZZZZZZZ',
    '80000000000',
  ]) {
    it(`refuses '${text}'`, () => assert.equal(numberOfQueueId(text), null));
  }

  it('refuses letters that only become ours in upper case, and what is no id', () => {
    assert.equal(numberOfQueueId('ßßßßßßßßßßß'), null);
    assert.equal(numberOfQueueId('ſſſſſſſſſſſ'), null);
    assert.equal(numberOfQueueId('../00000000'), null);
    assert.equal(numberOfQueueId('00000000001\n'), null);
  });
});

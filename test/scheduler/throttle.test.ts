/** What a next hop asked to get less of: lowered at once, tried again step by step, and never above what was set. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NextHopQueue } from '../../src/scheduler/next-hop-queue.ts';
import { Throttle } from '../../src/scheduler/throttle.ts';

const MINUTE = 60_000;
const SLOWER = '432 4.3.2 submission rate';
const FEWER = '432 4.3.2 Concurrent connections limit exceeded';

/** Begins as many as it may, looking every tenth of a second. */
function beginnings(throttle: Throttle, from: number, to: number): number[] {
  const begun: number[] = [];
  for (let now = from; now < to; now += 100)
    while (throttle.nextAt(now) <= now) {
      throttle.take(now);
      begun.push(now);
      if (begun.length > 100_000 || throttle.lowered(now) === null) return begun;
    }
  return begun;
}

test('a rate that was too high becomes that of the minute before, evenly, after a pause', () => {
  const throttle = new Throttle();
  assert.equal(throttle.lowered(0), null);
  throttle.tooFast(0, SLOWER, 30, null);
  assert.deepEqual(throttle.lowered(0), {
    since: 0,
    reason: SLOWER,
    connections: null,
    messagesPerMinute: 30,
    nextStep: MINUTE,
  });
  const begun = beginnings(throttle, 0, MINUTE - 1);
  assert.equal(begun[0], 5000);
  assert.ok(begun.length >= 26 && begun.length <= 28, `${begun.length}`);
  assert.ok(begun.every((time, at) => at === 0 || time - begun[at - 1]! >= 1900));
});

test('it recovers step by step up to what the connector may, and is forgotten then', () => {
  const throttle = new Throttle();
  throttle.tooFast(0, SLOWER, 10, 30);
  const rates: (number | null)[] = [];
  for (let minute = 0; minute < 8; minute++) rates.push(throttle.lowered(minute * MINUTE)?.messagesPerMinute ?? null);
  assert.deepEqual(rates, [10, 13, 17, 22, 28, null, null, null]);
  assert.equal(throttle.nextAt(8 * MINUTE), 8 * MINUTE);
  throttle.tooFast(9 * MINUTE, SLOWER, 20, 30);
  assert.deepEqual(
    [throttle.lowered(9 * MINUTE)?.messagesPerMinute, throttle.lowered(9 * MINUTE)?.nextStep],
    [20, 10 * MINUTE],
  );
});

test('a step that came too early makes the next ones longer and the rate lower', () => {
  const throttle = new Throttle();
  throttle.tooFast(0, SLOWER, 40, null);
  throttle.tooFast(MINUTE / 2, SLOWER, 40, null);
  assert.deepEqual(
    [throttle.lowered(MINUTE / 2)!.messagesPerMinute, throttle.lowered(MINUTE / 2)!.nextStep],
    [30, MINUTE / 2 + 2 * MINUTE],
  );
  assert.equal(throttle.nextAt(MINUTE / 2), MINUTE / 2 + 10_000);
});

test('connections are halved when there are too many, and come back one by one', () => {
  const throttle = new Throttle();
  throttle.tooMany(0, FEWER, 5);
  assert.deepEqual([throttle.most(0), throttle.lowered(0)?.messagesPerMinute], [3, null]);
  assert.equal(throttle.most(MINUTE), 4);
  throttle.tooMany(MINUTE, FEWER, 4);
  assert.equal(throttle.most(2 * MINUTE), 2);
  assert.equal(throttle.most(3 * MINUTE), 3);
  assert.equal(throttle.most(5 * MINUTE), 4);
  assert.equal(throttle.most(7 * MINUTE), Number.POSITIVE_INFINITY);
  assert.equal(throttle.lowered(7 * MINUTE), null);
});

test('whatever is heard: something always goes, never more than the connector may, and all recovers', () => {
  const heard = fc.array(
    fc.record({
      after: fc.nat(200_000),
      kind: fc.constantFrom('fast', 'many'),
      count: fc.integer({ min: 0, max: 2000 }),
    }),
  );
  fc.assert(
    fc.property(heard, fc.option(fc.integer({ min: 1, max: 1000 })), (all, most) => {
      const throttle = new Throttle();
      let now = 0;
      for (const { after, kind, count } of all) {
        now += after;
        if (kind === 'fast') throttle.tooFast(now, SLOWER, count, most);
        else throttle.tooMany(now, FEWER, Math.max(2, count));
        const { connections, messagesPerMinute } = throttle.lowered(now)!;
        assert.ok((connections ?? 1) >= 1 && (messagesPerMinute ?? 1) >= 1);
        assert.ok(messagesPerMinute === null || messagesPerMinute <= (most ?? Number.POSITIVE_INFINITY));
        assert.ok(throttle.nextAt(now) - now <= 200_000, `${throttle.nextAt(now) - now}`);
      }
      // Connections come back one at a time, and the longest step has 16 minutes.
      assert.equal(throttle.lowered(now + 2100 * 16 * MINUTE), null);
      assert.equal(throttle.most(now + 2100 * 16 * MINUTE), Number.POSITIVE_INFINITY);
    }),
  );
});

test('what deliveries that were on their way together have to say of a hop counts once', () => {
  const queue = new NextHopQueue('hop', 1, 0);
  for (let at = 0; at < 15; at++) queue.reached(0, null, queue.started(0));
  const together = Array.from({ length: 8 }, () => queue.started(0));
  assert.deepEqual(
    together.map(begun => queue.isNews(begun)),
    Array(8).fill(true),
  );
  for (const begun of together) queue.reached(0, '451 4.7.1 Greylisted', begun);
  assert.equal(queue.room(0, 1000), 10);
  queue.reached(0, '451 4.7.1 Greylisted', queue.started(0));
  assert.equal(queue.room(0, 1000), 5);
});

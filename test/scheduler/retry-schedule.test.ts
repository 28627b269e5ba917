import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { retryDelay } from '../../src/scheduler/retry-schedule.ts';

test('takes the waits of the list one after the other and repeats the last', () => {
  const list = [60, 300, 900];
  assert.deepEqual(
    [1, 2, 3, 4, 100].map(failures => retryDelay(list, failures, 0)),
    [60_000, 300_000, 900_000, 900_000, 900_000],
  );
  assert.equal(retryDelay(list, 0, 0), 60_000);
});

test('a little chance spreads what was deferred together, never before its time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 604_800 }), { minLength: 1, maxLength: 32 }),
      fc.integer({ min: 0, max: 100 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (list, failures, chance) => {
        const [least, delay] = [retryDelay(list, failures, 0), retryDelay(list, failures, chance)];
        assert.ok(delay >= least && delay <= least * 1.05 + 1);
        assert.ok(Number.isInteger(delay));
      },
    ),
  );
  assert.equal(retryDelay([100], 1, 0.5), 102_500);
});

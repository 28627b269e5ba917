import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NextHopQueue } from '../../src/scheduler/next-hop-queue.ts';

const delayOf = (failures: number) => failures * 1000;
const fresh = () => new NextHopQueue('hop', 1, 0);

function startAll(queue: NextHopQueue, most = 1000): number {
  let started = 0;
  while (queue.room(0, most) > 0) {
    queue.started(0);
    started++;
  }
  return started;
}

test('begins with a few deliveries at once, and with one more for each that comes through', () => {
  const queue = fresh();
  assert.equal(startAll(queue), 5);
  assert.equal(queue.status, 'Connecting');
  for (let at = 0; at < 5; at++) queue.reached(0, null);
  assert.equal(queue.status, 'Ready');
  assert.equal(startAll(queue), 10);
  assert.equal(queue.status, 'Active');
});

test('never more than the limit of the connector', () => {
  const queue = fresh();
  assert.equal(startAll(queue, 3), 3);
});

test('trouble halves the window, down to one', () => {
  const queue = fresh();
  for (let round = 0; round < 5; round++) {
    queue.started(0);
    queue.reached(0, '450 4.2.1 Later');
  }
  assert.equal(startAll(queue), 1);
  assert.equal(queue.lastError, '450 4.2.1 Later');
});

test('a hop that can not be reached waits, and is probed by one delivery alone', () => {
  const queue = fresh();
  queue.started(0);
  assert.equal(queue.unreachable(100, 'refused', delayOf), true);
  assert.deepEqual(
    [queue.status, queue.nextRetry, queue.failures, queue.lastError, queue.firstRetry],
    ['Retry', 1100, 1, 'refused', 100],
  );
  assert.equal(queue.room(1099, 1000), 0);
  assert.equal(queue.room(1100, 1000), 1);
  queue.started(1100);
  assert.equal(queue.status, 'Connecting');
  assert.equal(queue.room(1100, 1000), 0);
  queue.unreachable(1200, 'refused', delayOf);
  assert.deepEqual([queue.nextRetry, queue.failures, queue.firstRetry], [3200, 2, 100]);
  queue.started(3200);
  assert.equal(queue.reached(3300, null), true);
  assert.deepEqual([queue.status, queue.failures, queue.nextRetry, queue.lastError], ['Ready', 0, null, null]);
});

test('deliveries that fail together are one failure', () => {
  const queue = fresh();
  assert.equal(startAll(queue), 5);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(at => queue.unreachable(at, 'refused', delayOf)),
    [true, false, false, false, false],
  );
  assert.deepEqual([queue.failures, queue.nextRetry, queue.inFlight], [1, 1001, 0]);
});

test('one that came through proves the others wrong', () => {
  const queue = fresh();
  queue.started(0);
  queue.started(0);
  queue.unreachable(1, 'refused', delayOf);
  assert.equal(queue.reached(2, null), true);
  assert.equal(queue.status, 'Ready');
});

test('an attempt that somebody asked for neither counts nor moves the schedule', () => {
  const queue = fresh();
  queue.started(0);
  queue.unreachable(0, 'refused', () => 60_000);
  queue.retryNow(10_000);
  assert.equal(queue.room(10_000, 1000), 1);
  queue.started(10_000);
  queue.unreachable(10_500, 'still refused', () => 60_000);
  assert.deepEqual([queue.nextRetry, queue.failures, queue.lastError], [60_000, 1, 'still refused']);
  queue.started(60_000);
  queue.unreachable(60_500, 'refused', failures => failures * 100_000);
  assert.deepEqual([queue.nextRetry, queue.failures], [260_500, 2]);
});

test('a delivery that tells nothing of the hop changes nothing but its count', () => {
  const queue = fresh();
  queue.started(0);
  queue.abandoned(5);
  assert.deepEqual([queue.status, queue.inFlight, queue.failures, queue.lastUsed], ['Ready', 0, 0, 5]);
});

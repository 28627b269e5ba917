import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHUNK_SIZE, LineQueue } from '../../src/log/line-queue.ts';

const line = 'x'.repeat(999);

function filled(lines: number, day = '20260304'): LineQueue<string> {
  const queue = new LineQueue<string>();
  for (let number = 0; number < lines; number += 1) queue.add(day, line, number);
  return queue;
}

// A busy event loop gives one append a turn; at 64 KiB each the log would fall behind and drop lines.
test('gives many chunks for one append, up to the limit', () => {
  const queue = filled(2000);
  const chunk = queue.take(1024 * 1024)!;
  assert.ok(chunk.bytes > 900_000 && chunk.bytes <= 1024 * 1024, String(chunk.bytes));
  assert.equal(chunk.text.length, chunk.bytes);
  assert.equal(chunk.lines, chunk.bytes / 1000);
  assert.equal(queue.bytes, 2_000_000 - chunk.bytes);
});

test('gives one chunk when the limit allows less, and nothing when it is empty', () => {
  const queue = filled(200);
  assert.ok(queue.take(-1)!.bytes <= CHUNK_SIZE);
  while (!queue.isEmpty) queue.take();
  assert.equal(queue.take(), undefined);
  assert.equal(queue.bytes, 0);
});

test('never joins lines of two places, and knows the time of the first line', () => {
  const queue = filled(10);
  queue.add('20260305', line, 77);
  const [first, second] = [queue.take(1e9)!, queue.take(1e9)!];
  assert.deepEqual([first.lines, first.time, second.place, second.time], [10, 0, '20260305', 77]);
});

test('forgets the oldest beyond a limit and counts them until that was confessed', () => {
  const queue = filled(1000);
  queue.dropOver(500_000);
  assert.ok(queue.bytes <= 500_000 && queue.bytes > 500_000 - CHUNK_SIZE);
  const { dropped } = queue;
  assert.equal(dropped * 1000 + queue.bytes, 1_000_000);
  queue.confessed(dropped);
  assert.equal(queue.dropped, 0);
});

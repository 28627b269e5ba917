import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SegmentLog } from '../../src/spool/segment-log.ts';
import { until } from '../support/smtp-until.ts';
import { filesIn, temporaryFolder } from '../support/spool-folder.ts';

async function endOf(path: string): Promise<string> {
  const handle = await open(path);
  const { size } = await handle.stat();
  const { buffer } = await handle.read({ buffer: Buffer.alloc(200), position: size - 200 });
  await handle.close();
  return buffer.toString('latin1');
}

test('what became of a message is written also when its time comes during a long write', async t => {
  const folder = await temporaryFolder(t);
  const log = await SegmentLog.open({ folder, now: Date.now, segmentSize: 2 ** 30 });
  // More than a disk takes in the 50 ms that a note waits for company.
  const writing = log.accept({ message: 'large' }, Array(12).fill(Buffer.alloc(16 * 1024 * 1024)));
  log.note('done', { number: 4711 });
  await writing;
  const path = join(folder, (await filesIn(folder))[0]!);
  // Nothing else comes that it could ride along with.
  await until(async () => (await endOf(path)).includes('4711'), 'the note is on the disk');
  await log.close();
});

test('segments turn over at their size, and go when their messages are done', async t => {
  const folder = await temporaryFolder(t);
  const log = await SegmentLog.open({ folder, now: Date.now, segmentSize: 1000 });
  const places = [];
  for (let number = 1; number <= 6; number++) places.push(await log.accept({ number }, [Buffer.alloc(400)]));
  assert.deepEqual(await filesIn(folder), ['00000001.seg', '00000002.seg']);
  await log.accept({ number: 7 }, [Buffer.alloc(400)]);
  for (const { segment } of places) log.release(segment);
  await until(async () => (await filesIn(folder)).length === 1, 'full segments are gone');
  await log.close();
});

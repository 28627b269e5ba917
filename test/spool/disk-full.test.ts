import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Reply } from '../../src/message/reply.ts';
import { SpoolFull } from '../../src/spool/spool.ts';
import { until } from '../support/smtp-until.ts';
import { envelopeOf, filesIn, ORIGIN, openSpool, put, TEXT, temporaryFolder } from '../support/spool-folder.ts';

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mountWorks();
const skip = canMount ? false : 'needs the right to mount a small disk';
const OK: Reply = { code: 250, enhanced: null, text: 'Ok' };

function mountWorks(): boolean {
  const found = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']);
  return found.status === 0;
}

/** A data folder on a disk of two megabytes; `fill` takes all of what is left. */
async function smallDisk(t: TestContext) {
  const folder = await temporaryFolder(t);
  const disk = `${folder}-disk`;
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  const opened = await openSpool(disk);
  t.after(() => opened.spool.close());
  const ballast = join(disk, 'ballast');
  const fill = async (leave = 0) => {
    let left = 2_097_152;
    for (let size = left; size >= 4096; ) {
      await writeFile(ballast, Buffer.alloc(size)).then(
        () => {
          left = size;
          size = 0;
        },
        () => {
          size -= 4096;
        },
      );
    }
    await writeFile(ballast, Buffer.alloc(Math.max(0, left - leave)));
  };
  return { ...opened, disk, fill, empty: () => rm(ballast) };
}

test('a full disk refuses a small message, leaves nothing of it, and works again when there is room', {
  skip,
}, async t => {
  const { spool, queue, accepted, fill, empty } = await smallDisk(t);
  await put(spool);
  const files = await filesIn(queue);
  await fill();
  await assert.rejects(put(spool, randomBytes(50_000)), SpoolFull);
  assert.deepEqual(await filesIn(queue), files);
  assert.equal((await spool.summaries())[0]!.messages, 1);
  await empty();
  await put(spool, randomBytes(50_000));
  assert.equal(accepted.length, 2);
  assert.equal((await filesIn(queue)).length, 2);
});

test('a disk that becomes full while a large message comes in refuses it as full', { skip }, async t => {
  const { spool, queue } = await smallDisk(t);
  const reception = spool.receive(envelopeOf(), ORIGIN);
  await assert.rejects(async () => {
    for (let at = 0; at < 50; at++) await reception.write(randomBytes(100_000));
  }, SpoolFull);
  await reception.abort();
  assert.deepEqual(await filesIn(queue), []);
  await put(spool, TEXT);
});

test('a disk with room for the files but not for the rows refuses, and keeps files and rows in agreement', {
  skip,
}, async t => {
  const { spool, queue, folder, fill, empty } = await smallDisk(t);
  await fill(120_000);
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, at) =>
      put(spool, TEXT, envelopeOf(Array.from({ length: 20 }, (_, r) => `r${at}-${r}@example.net`))),
    ),
  );
  const taken = results.flatMap(result => (result.status === 'fulfilled' ? [result.value.id] : []));
  for (const result of results)
    if (result.status === 'rejected') assert.ok(result.reason instanceof SpoolFull, String(result.reason));
  assert.ok(taken.length < 60, 'the disk was not full');
  assert.deepEqual(await filesIn(queue), taken.map(id => `${id}.eml`).sort());
  const listed = await spool.list({ hops: null, number: null, limit: 100 });
  assert.deepEqual(listed.map(work => work.message.id).sort(), [...taken].sort());
  await empty();
  await put(spool);
  await spool.close();
  const after = await openSpool(folder);
  t.after(() => after.spool.close());
  assert.deepEqual([after.recovery.adopted, after.recovery.setAside], [[], []]);
});

test('what is done can be recorded or is refused without harm on a full disk, and goes on when there is room', {
  skip,
}, async t => {
  const { spool, queue, fill, empty } = await smallDisk(t);
  const messages = [];
  for (let at = 0; at < 5; at++) messages.push(await put(spool));
  await fill();
  const done = [{ index: 0, kind: 'done', status: 'Delivered', reply: OK }] as const;
  await Promise.allSettled(messages.map(message => spool.record(message, done)));
  await empty();
  for (const message of messages) await spool.record(message, done);
  await until(async () => (await filesIn(queue)).length === 0, 'an empty queue');
  assert.deepEqual(await spool.summaries(), []);
});

test('a Queue folder that can not be written refuses mail, leaves nothing, and works again when it can', {
  skip,
}, async t => {
  const { spool, queue } = await smallDisk(t);
  await put(spool);
  const files = await filesIn(queue);
  execFileSync('mount', ['--bind', queue, queue]);
  t.after(() => spawnSync('umount', ['--lazy', queue]));
  execFileSync('mount', ['-o', 'remount,ro,bind', queue]);
  await assert.rejects(put(spool), (error: NodeJS.ErrnoException) => error.code === 'EROFS');
  const large = spool.receive(envelopeOf(), ORIGIN);
  await assert.rejects(large.write(randomBytes(300_000)), (error: NodeJS.ErrnoException) => error.code === 'EROFS');
  await large.abort();
  execFileSync('umount', [queue]);
  assert.deepEqual(await filesIn(queue), files);
  await put(spool);
  assert.equal((await spool.summaries())[0]!.messages, 2);
});

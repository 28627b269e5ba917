import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { domainOf } from '../../src/message/address.ts';
import type { Reply } from '../../src/message/reply.ts';
import { FastSpool } from '../../src/spool/fast-spool.ts';
import { SegmentLog } from '../../src/spool/segment-log.ts';
import { BodyDamaged } from '../../src/spool/spool.ts';
import { failFiles } from '../support/file-faults.ts';
import { until } from '../support/relay-waiting.ts';
import { filesIn, put, temporaryFolder } from '../support/spool-folder.ts';

const SEGMENT = '\\d+\\.seg$';
const OK: Reply = { code: 250, enhanced: null, text: 'Ok' };
const DONE = [{ index: 0, kind: 'done', status: 'Delivered', reply: OK }] as const;

async function openFast(t: TestContext) {
  // Before the folder goes.
  t.after(async () => {
    failFiles();
    await spool.close();
  });
  const folder = await temporaryFolder(t);
  const { spool } = await FastSpool.open({
    dataFolder: folder,
    now: () => 1_000_000,
    hopOf: ({ recipient }) => domainOf(recipient),
    routes: () => '',
    minimumFreeSpace: () => 0,
    onAccepted: () => {},
    onSetAside: () => {},
    onProblem: () => {},
  });
  return { folder, spool };
}

test('a segment that can not be removed keeps those after it, and goes with them when it can', async t => {
  const folder = join(await temporaryFolder(t), 'log-segments');
  const log = await SegmentLog.open({ folder, now: Date.now });
  t.after(async () => {
    failFiles();
    await log.close();
  });
  const accept = () => log.accept({ number: 1 }, [Buffer.from('text')]);
  const { segment: first } = await accept();
  // A write that fails ends a segment, so the next is another one.
  failFiles({ call: 'writev', path: SEGMENT, code: 'EIO', times: 1 });
  await assert.rejects(accept(), /EIO/);
  const { segment: second } = await accept();
  failFiles(
    { call: 'writev', path: SEGMENT, code: 'EIO', times: 1 },
    { call: 'rm', path: SEGMENT, code: 'EIO', times: 1 },
  );
  log.release(first);
  await assert.rejects(accept(), /EIO/);
  log.release(second);
  const { segment: third } = await accept();
  await until('both are gone', async () => (await filesIn(folder)).join() === third.path.slice(folder.length + 1));
  log.release(third);
});

test('the log can be closed while the disk is full', { timeout: 20_000 }, async t => {
  const { spool, folder } = await openFast(t);
  const messages = [await put(spool), await put(spool)];
  failFiles({ call: 'writev|write|open', path: SEGMENT, code: 'ENOSPC' });
  await spool.record(messages[0]!, DONE);
  await spool.close();
  assert.equal((await filesIn(join(folder, 'log-segments'))).length, 1);
});

test('a body that only the log holds: read errors and short reads are no damage, a wrong checksum is', async t => {
  const { spool, folder } = await openFast(t);
  const text = Buffer.alloc(250_000, 'Some text of a message.\r\n');
  const first = await put(spool, text);
  // More than the spool keeps in memory; the oldest are dropped when it looks after that.
  for (let at = 0; at < 280; at++) await put(spool, text);
  failFiles({ call: 'read', path: SEGMENT, code: 'EIO' });
  const code = () =>
    spool.openBody(first).then(
      () => null,
      (error: NodeJS.ErrnoException) => error.code,
    );
  assert.equal(await until('the body is read from the log', code), 'EIO');
  assert.match(spool.trouble.reading ?? '', /EIO/);
  failFiles({ call: 'read', path: SEGMENT, bytes: 1000, times: 7 });
  assert.deepEqual(await (await spool.openBody(first)).read(), text);
  failFiles();
  const [name] = await filesIn(join(folder, 'log-segments'));
  const path = join(folder, 'log-segments', name!);
  const bytes = await readFile(path);
  bytes[100_000] = 0;
  await writeFile(path, bytes);
  await assert.rejects(spool.openBody(first), BodyDamaged);
  const aside = await spool.setAside(first, 'It is damaged.');
  const kept = await readFile(aside!);
  assert.match(kept.toString('latin1', 0, 200), /^x-sender: <app@example\.com>\r\nx-receiver: /);
  assert.ok(kept.length > text.length);
});

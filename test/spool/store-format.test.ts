/** queue.db of an older relay: brought up to date with all its mail, and never the other way round. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { RouteQuestion } from '../../src/spool/spool.ts';
import { Store } from '../../src/spool/store.ts';
import { envelopeOf, filesIn, openSpool, put, TEXT, temporaryFolder } from '../support/spool-folder.ts';

/** The tables as format 1 had them. */
const FORMAT_1 = `
CREATE TABLE message (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL, reversePath TEXT NOT NULL, options TEXT NOT NULL, origin TEXT NOT NULL,
  receivedAt INTEGER NOT NULL, size INTEGER NOT NULL, offset INTEGER NOT NULL, crc INTEGER NOT NULL,
  subject TEXT, internetMessageId TEXT, waiting INTEGER NOT NULL
) STRICT;
CREATE TABLE recipient (
  message INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL, notify TEXT NOT NULL, orcpt TEXT,
  hop TEXT NOT NULL, status INTEGER NOT NULL, attempts INTEGER NOT NULL, nextAttempt INTEGER NOT NULL, lastReply TEXT,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient (hop, nextAttempt, message) WHERE status = 0;
CREATE INDEX message_age ON message (receivedAt);
PRAGMA user_version = 1;
`;

test('a queue.db of format 1 keeps its mail and gets what format 2 has', async t => {
  const folder = await temporaryFolder(t);
  const before = await openSpool(folder);
  const message = await put(before.spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  await before.spool.close();
  const path = join(folder, 'queue.db');
  const current = new DatabaseSync(path);
  const [row] = current.prepare('SELECT * FROM message').all() as Record<string, never>[];
  const recipients = current.prepare('SELECT * FROM recipient').all() as Record<string, never>[];
  current.exec('DROP TABLE message; DROP TABLE recipient;');
  current.exec(FORMAT_1);
  current.prepare(`INSERT INTO message VALUES (${'?,'.repeat(11)}?)`).run(...Object.values(row!));
  for (const { pinned, delayReported, ...old } of recipients)
    current.prepare(`INSERT INTO recipient VALUES (${'?,'.repeat(9)}?)`).run(...Object.values(old as object));
  current.close();

  const { spool, recovery } = await openSpool(folder);
  assert.deepEqual([recovery.adopted, recovery.setAside], [[], []]);
  const [work] = await spool.due('example.net', Date.now(), 10, new Set());
  assert.deepEqual([work!.message, work!.recipients.length], [message, 2]);
  await spool.suspend(message, [0]);
  await spool.pin(message, [1], 'Other');
  await spool.close();
  const database = new DatabaseSync(path, { readOnly: true });
  assert.equal((database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version, 3);
  assert.deepEqual(
    (database.prepare('SELECT status, pinned FROM recipient').all() as object[]).map(r => ({ ...r })),
    [
      { status: 3, pinned: null },
      { status: 0, pinned: 'Other' },
    ],
  );
  database.close();
});

test('a queue.db of a newer relay is refused and left alone', async t => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'queue.db');
  await writeFile(path, '');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => new Store(path), /newer relay \(format 99, this one knows 3\)/);
  await assert.rejects(openSpool(folder), /newer relay/);
  assert.ok((await filesIn(folder)).includes('queue.db'));
});

test('a suspended recipient is listed and counted, never due, never too old, and survives a restart', async t => {
  const folder = await temporaryFolder(t);
  const first = await openSpool(folder, { now: () => 1000 });
  const held = await put(first.spool, TEXT, envelopeOf(['a@example.net', 'b@example.net', 'c@other.example']));
  const other = await put(first.spool);
  await first.spool.suspend(held, [0, 1]);
  await first.spool.close();
  const { spool, queue } = await openSpool(folder, { now: () => 2000 });
  const numbers = (works: readonly { message: { number: number }; hop: string }[]) =>
    works.map(work => [work.message.number, work.hop]);
  assert.deepEqual(numbers(await spool.due('example.net', 5000, 10, new Set())), [[other.number, 'example.net']]);
  const aged = async (except: string[]) =>
    numbers((await spool.aged({ after: null, before: 5000, hops: { except }, untold: false, limit: 10 })).works);
  assert.deepEqual(await aged([]), [
    [held.number, 'other.example'],
    [other.number, 'example.net'],
  ]);
  assert.deepEqual(await aged(['example.net']), [[held.number, 'other.example']]);
  const [work] = await spool.list({ hops: ['example.net'], number: held.number, limit: 10 });
  assert.deepEqual(
    work!.recipients.map(recipient => recipient.suspended),
    [true, true],
  );
  const summary = (await spool.summaries()).find(({ hop }) => hop === 'example.net')!;
  assert.deepEqual([summary.messages, summary.recipients, summary.nextAttempt], [2, 3, 1000]);
  // The one that is not held is delivered: the file must stay for the others.
  await spool.record(held, [
    { index: 2, kind: 'done', status: 'Delivered', reply: { code: 250, enhanced: null, text: '' } },
  ]);
  assert.equal((await filesIn(queue)).length, 2);
  await spool.release(held, [0, 1], 5000);
  assert.equal((await spool.due('example.net', 5000, 10, new Set())).length, 2);
});

test('what only suspended recipients wait for has no next attempt', async t => {
  const { spool } = await openSpool(await temporaryFolder(t), { now: () => 1000 });
  await spool.suspend(await put(spool), [0]);
  const [summary] = await spool.summaries();
  assert.deepEqual([summary!.messages, summary!.nextAttempt], [1, Number.POSITIVE_INFINITY]);
  assert.equal(await spool.nextDue('example.net', 0), null);
});

test('a pinned recipient stays with its connector over reroutes and restarts', async t => {
  const hopOf = ({ pinned }: RouteQuestion) => pinned ?? 'normal';
  const folder = await temporaryFolder(t);
  const first = await openSpool(folder, { hopOf });
  const message = await put(first.spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  await first.spool.pin(message, [1], 'Special');
  await first.spool.reroute();
  await first.spool.close();
  const { spool } = await openSpool(folder, { hopOf });
  assert.deepEqual(
    (await spool.list({ hops: null, number: null, limit: 10 })).map(work => [work.hop, work.recipients[0]!.index]),
    [
      ['normal', 0],
      ['Special', 1],
    ],
  );
});

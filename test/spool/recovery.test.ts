import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import { writeEnvelopeLines } from '../../src/spool/envelope-lines.ts';
import { envelopeOf, filesIn, openSpool, put, recipient, TEXT, temporaryFolder } from '../support/spool-folder.ts';

const NO_ONE = new Set<number>();
const LINES = writeEnvelopeLines(envelopeOf());

/** A spool with some messages, closed again. */
async function filled(t: TestContext, count = 3) {
  const opened = await openSpool(await temporaryFolder(t));
  const messages: AcceptedMessage[] = [];
  for (let at = 0; at < count; at++) messages.push(await put(opened.spool));
  await opened.spool.close();
  return { ...opened, messages, database: join(opened.folder, 'queue.db') };
}

const idsOf = async (opened: Awaited<ReturnType<typeof openSpool>>) =>
  (await opened.spool.list({ hops: null, number: null, limit: 1000 })).map(work => work.message.id);

test('an empty folder is a start without any news', async t => {
  const { recovery, folder } = await openSpool(await temporaryFolder(t));
  assert.deepEqual([recovery.adopted, recovery.removed, recovery.setAside], [[], 0, []]);
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'Queue'))).mode & 0o777, 0o700);
});

test('the temporary file of a message that was never acknowledged is removed', async t => {
  const { folder, queue, messages } = await filled(t, 1);
  await writeFile(join(queue, '00000000001.tmp'), Buffer.concat([LINES, TEXT]));
  const after = await openSpool(folder);
  assert.equal(after.recovery.removed, 1);
  assert.deepEqual(await filesIn(queue), [`${messages[0]!.id}.eml`]);
});

test('a whole file without a row is taken into the queue under its own id', async t => {
  const { folder, queue, messages } = await filled(t, 1);
  const text = Buffer.from(
    'Received: from x\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <7@x>\r\n\r\n\xff\xfe\r\n',
    'latin1',
  );
  const envelope = envelopeOf(
    [recipient('anna@example.net', { notify: ['SUCCESS'], orcpt: 'rfc822;x@y' }), 'b@other.example'],
    {
      envid: 'E 1',
      ret: 'HDRS',
      eightBitMime: true,
    },
  );
  await writeFile(join(queue, '01ARYZ6S41T.eml'), Buffer.concat([writeEnvelopeLines(envelope), text]));
  const after = await openSpool(folder);
  assert.deepEqual(after.recovery.adopted, ['01ARYZ6S41T']);
  assert.deepEqual((await idsOf(after)).sort(), ['01ARYZ6S41T', '01ARYZ6S41T', messages[0]!.id].sort());
  const [work] = await after.spool.due('other.example', Date.now() + 1000, 10, NO_ONE);
  assert.deepEqual(work!.message.envelope, envelope);
  assert.deepEqual([work!.message.subject, work!.message.internetMessageId], ['Grüße', '<7@x>']);
  assert.ok(text.equals(await (await after.spool.openBody(work!.message)).read()));
});

test('a file with any other name is taken in under a new id', async t => {
  const { folder, queue } = await filled(t, 0);
  await writeFile(join(queue, 'letter from anna.eml'), Buffer.concat([LINES, TEXT]));
  const after = await openSpool(folder);
  const [id] = after.recovery.adopted;
  assert.match(id!, /^[0-9A-Z]{11}$/);
  assert.deepEqual(await filesIn(queue), [`${id}.eml`]);
  const [work] = await after.spool.due('example.net', Date.now() + 1000, 10, NO_ONE);
  assert.ok(TEXT.equals(await (await after.spool.openBody(work!.message)).read()));
});

test('a name in lower case is found again', async t => {
  const { folder, queue } = await filled(t, 0);
  await writeFile(join(queue, '01aryz6s41t.EML'), Buffer.concat([LINES, TEXT]));
  const after = await openSpool(folder);
  const [work] = await after.spool.due('example.net', Date.now() + 1000, 10, NO_ONE);
  assert.ok(TEXT.equals(await (await after.spool.openBody(work!.message)).read()));
  await after.spool.close();
  const again = await openSpool(folder);
  assert.deepEqual([again.recovery.adopted, again.recovery.setAside], [[], []]);
});

test('a copy of a message that is in the queue becomes a message of its own', async t => {
  const { folder, queue, messages } = await filled(t, 1);
  const name = messages[0]!.id.toLowerCase();
  await copyFile(join(queue, `${messages[0]!.id}.eml`), join(queue, `${name}.EML`));
  const after = await openSpool(folder);
  assert.equal(after.recovery.adopted.length, 1);
  assert.equal((await idsOf(after)).length, 2);
  for (const { message } of await after.spool.list({ hops: null, number: null, limit: 10 }))
    assert.ok(TEXT.equals(await (await after.spool.openBody(message)).read()));
});

test('new ids are above those of adopted files', async t => {
  const { folder, queue } = await filled(t, 0);
  await writeFile(join(queue, '3ZZZZZZZZZ0.eml'), Buffer.concat([LINES, TEXT]));
  const after = await openSpool(folder);
  const [adopted] = await after.spool.due('example.net', Date.now() + 1000, 10, NO_ONE);
  const next = await put(after.spool);
  assert.ok(next.number > adopted!.message.number);
});

test('a message for very many recipients is taken in for all of them', async t => {
  const { folder, queue } = await filled(t, 0);
  const recipients = Array.from({ length: 12_000 }, (_, at) =>
    recipient(`somebody-with-a-long-name-${at}@example.net`, {
      notify: ['SUCCESS', 'FAILURE'],
      orcpt: `rfc822;${at}@x.example`,
    }),
  );
  const lines = writeEnvelopeLines(envelopeOf(recipients));
  assert.ok(lines.length > 1_000_000);
  await writeFile(join(queue, '01ARYZ6S41T.eml'), Buffer.concat([lines, TEXT]));
  const after = await openSpool(folder);
  const [work] = await after.spool.due('example.net', Date.now() + 1000, 10, NO_ONE);
  assert.deepEqual(work!.message.envelope.recipients, recipients);
  assert.equal(work!.message.subject, 'Report');
  assert.ok(TEXT.equals(await (await after.spool.openBody(work!.message)).read()));
});

test('a row whose file is gone is put aside with what is known of it', async t => {
  const { folder, queue, badMail, messages } = await filled(t);
  const lost = messages[1]!;
  await rm(join(queue, `${lost.id}.eml`));
  const after = await openSpool(folder);
  assert.deepEqual(await idsOf(after), [messages[0]!.id, messages[2]!.id]);
  assert.deepEqual(
    after.recovery.setAside.map(aside => aside.what),
    [`message ${lost.id}`],
  );
  assert.deepEqual(await filesIn(badMail), [`${lost.id}.BDR`]);
  const reason = await readFile(join(badMail, `${lost.id}.BDR`), 'utf8');
  for (const part of ['missing', 'From: app@example.com', 'To: anna@example.net', 'Subject: Report'])
    assert.ok(reason.includes(part), part);
  await after.spool.close();
  assert.deepEqual((await openSpool(folder)).recovery.setAside, []);
});

test('a file that is no message is moved to BadMail with a reason, and the others are not affected', async t => {
  const { folder, queue, badMail, messages } = await filled(t);
  const garbage = {
    'empty.eml': Buffer.alloc(0),
    'noise.eml': randomBytes(5000),
    'plain.eml': TEXT,
    'nobody.eml': Buffer.from('x-sender: <a@example.com>\r\n\r\nText\r\n'),
  };
  for (const [name, bytes] of Object.entries(garbage)) await writeFile(join(queue, name), bytes);
  const after = await openSpool(folder);
  assert.deepEqual(
    await idsOf(after),
    messages.map(message => message.id),
  );
  assert.equal(after.recovery.setAside.length, 4);
  for (const name of Object.keys(garbage)) {
    const base = name.slice(0, -4);
    assert.ok(garbage[name as keyof typeof garbage].equals(await readFile(join(badMail, `${base}.BAD`))), name);
    assert.match(await readFile(join(badMail, `${base}.BDR`), 'utf8'), /x-sender/);
  }
  assert.equal((await filesIn(queue)).length, 3);
});

test('a message that was done when the relay ended does not come back', async t => {
  const { folder, queue, messages, database } = await filled(t);
  const kept = await readFile(join(queue, `${messages[0]!.id}.eml`));
  const before = new DatabaseSync(database);
  before.exec(`DELETE FROM recipient WHERE message = ${messages[0]!.number}`);
  before.exec(`UPDATE message SET waiting = 0 WHERE number = ${messages[0]!.number}`);
  before.close();
  assert.ok(kept.length > 0);
  const after = await openSpool(folder);
  assert.equal(after.recovery.removed, 1);
  assert.deepEqual(await idsOf(after), [messages[1]!.id, messages[2]!.id]);
  assert.equal((await filesIn(queue)).length, 2);
});

const DAMAGES: Record<string, (path: string) => Promise<void>> = {
  'overwritten in the middle': async path => {
    const handle = await open(path, 'r+');
    const { size } = await handle.stat();
    for (let at = 4096; at + 2000 < size; at += 4096) await handle.write(randomBytes(2000), 0, 2000, at);
    await handle.close();
  },
  'overwritten at the beginning': async path => {
    const handle = await open(path, 'r+');
    await handle.write(randomBytes(200), 0, 200, 0);
    await handle.close();
  },
  'cut in half': async path => truncate(path, Math.floor((await stat(path)).size / 2)),
  'cut to a piece of its header': path => truncate(path, 50),
  empty: path => truncate(path, 0),
  missing: path => rm(path),
  'something else': path => writeFile(path, randomBytes(30_000)),
  "another program's database": async path => {
    await rm(path);
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE customers (name TEXT); PRAGMA user_version = 1');
    other.close();
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  test(`with a queue.db that is ${what} the queue is rebuilt from its files`, async t => {
    const opened = await openSpool(await temporaryFolder(t));
    const envelope = envelopeOf(
      [
        recipient('anna@example.net', { notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;a=b@example.net' }),
        'b@example.net',
      ],
      { envid: 'Order +7', ret: 'HDRS', eightBitMime: true, smtpUtf8: true },
    );
    const messages = await Promise.all(Array.from({ length: 40 }, () => put(opened.spool, TEXT, envelope)));
    await opened.spool.close();
    await damage(join(opened.folder, 'queue.db'));

    const after = await openSpool(opened.folder);
    assert.deepEqual((await idsOf(after)).sort(), messages.map(message => message.id).sort());
    for (const { message } of await after.spool.list({ hops: null, number: null, limit: 100 })) {
      const was = messages.find(other => other.id === message.id)!;
      assert.deepEqual(message.envelope, envelope);
      assert.equal(message.number, was.number);
      assert.ok(Math.abs(message.receivedAt - was.receivedAt) < 5000);
      assert.ok(TEXT.equals(await (await after.spool.openBody(message)).read()));
    }
    if (what === 'missing' || what === 'empty') return;
    assert.deepEqual(
      after.recovery.setAside.map(aside => aside.what),
      ['queue.db'],
    );
    assert.ok((await filesIn(after.badMail)).some(name => /^queue-\d+\.db$/.test(name)));
    await put(after.spool);
  });
}

test('a queue.db of a newer relay is not touched: the start fails and says why', async t => {
  const { folder, database } = await filled(t);
  const newer = new DatabaseSync(database);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  await copyFile(database, `${database}.copy`);
  await assert.rejects(openSpool(folder), /newer relay/);
  assert.ok((await readFile(database)).equals(await readFile(`${database}.copy`)));
});

test('the write-ahead log of a killed relay is taken over', async t => {
  const opened = await openSpool(await temporaryFolder(t));
  const message = await put(opened.spool);
  // What a kill leaves behind: database and log as they are now, without the farewell of close.
  const copy = await temporaryFolder(t);
  const first = await openSpool(copy);
  await first.spool.close();
  await rm(join(copy, 'queue.db'));
  for (const name of ['queue.db', 'queue.db-wal']) await copyFile(join(opened.folder, name), join(copy, name));
  await copyFile(join(opened.queue, `${message.id}.eml`), join(copy, 'Queue', `${message.id}.eml`));
  const after = await openSpool(copy);
  assert.deepEqual(await idsOf(after), [message.id]);
  assert.deepEqual(after.recovery.adopted, []);
});

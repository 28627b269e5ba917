import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import type { Reply } from '../../src/message/reply.ts';
import { HELD_IN_MEMORY } from '../../src/spool/message-file.ts';
import { type AgeQuery, BodyDamaged, SpoolFull } from '../../src/spool/spool.ts';
import { until } from '../support/smtp-until.ts';
import {
  envelopeOf,
  filesIn,
  ORIGIN,
  openSpool,
  put,
  recipient,
  streamed,
  TEXT,
  temporaryFolder,
} from '../support/spool-folder.ts';

const OK: Reply = { code: 250, enhanced: '2.0.0', text: 'Ok' };
const LATER: Reply = { code: 450, enhanced: '4.2.1', text: 'Later' };
const NO_ONE = new Set<number>();
const FACTS = { subject: null, internetMessageId: null };

const fresh = async (t: TestContext, changes: Parameters<typeof openSpool>[1] = {}) =>
  openSpool(await temporaryFolder(t), changes);

const BODIES: Record<string, Buffer> = {
  'a small message': TEXT,
  'a message without a byte': Buffer.alloc(0),
  'a message with every byte value': Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
  'a message just held in memory': randomBytes(HELD_IN_MEMORY - 300),
  'a message just streamed to the disk': randomBytes(HELD_IN_MEMORY + 1),
  'a message of many pieces': randomBytes(3_000_001),
};

for (const [what, body] of Object.entries(BODIES)) {
  test(`${what} comes back byte for byte, also after a restart`, async t => {
    const before = await fresh(t);
    const message = await put(before.spool, body, envelopeOf(), 70_001);
    assert.equal(message.size, body.length);
    const opened = await before.spool.openBody(message);
    assert.equal(opened.size, body.length);
    assert.ok(body.equals(await opened.read()));
    assert.ok(body.equals(await streamed(opened.stream())));
    await before.spool.close();
    const after = await openSpool(before.folder);
    assert.deepEqual([after.recovery.adopted, after.recovery.removed, after.recovery.setAside], [[], 0, []]);
    const [work] = await after.spool.due('example.net', Date.now(), 10, NO_ONE);
    assert.deepEqual(work!.message, message);
    assert.ok(body.equals(await (await after.spool.openBody(work!.message)).read()));
  });
}

test('a committed message rings the bell once for each of its next hops', async t => {
  const { spool, accepted } = await fresh(t);
  const message = await put(spool, TEXT, envelopeOf(['a@one.example', 'b@two.example', 'c@one.example']));
  assert.deepEqual(
    accepted.map(work => [work.message, work.hop, work.recipients.map(one => one.index)]),
    [
      [message, 'one.example', [0, 2]],
      [message, 'two.example', [1]],
    ],
  );
});

test('everything of the envelope and the origin is kept', async t => {
  const { spool } = await fresh(t);
  const envelope = envelopeOf(
    [
      recipient('müller@example.net', { notify: ['SUCCESS', 'DELAY'], orcpt: 'utf-8;müller@example.net' }),
      '"a<b> c"@example.net',
    ],
    { ret: 'FULL', envid: 'Größe = 7', eightBitMime: true, smtpUtf8: true, reversePath: '"odd > one"@example.com' },
  );
  const message = await put(spool, TEXT, envelope);
  const [listed] = await spool.list({ hops: null, number: message.number, limit: 1 });
  assert.deepEqual(listed!.message, message);
  assert.deepEqual(listed!.message.envelope, envelope);
  assert.deepEqual(listed!.message.origin, ORIGIN);
});

test('the file in the Queue folder is the envelope lines and the message, and private', async t => {
  const { spool, queue } = await fresh(t);
  const message = await put(spool);
  const path = join(queue, `${message.id}.eml`);
  assert.equal(
    await readFile(path, 'latin1'),
    `x-sender: <app@example.com>\r\nx-receiver: <anna@example.net>\r\n${TEXT.toString('latin1')}`,
  );
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('an aborted reception leaves neither file nor row, small or large', async t => {
  const { spool, queue, accepted } = await fresh(t);
  for (const size of [10, HELD_IN_MEMORY * 2]) {
    const reception = spool.receive(envelopeOf(), ORIGIN);
    await reception.write(randomBytes(size));
    await reception.abort();
    await reception.abort();
    await assert.rejects(reception.commit(FACTS), /over/);
  }
  assert.deepEqual(await filesIn(queue), []);
  assert.deepEqual(await spool.summaries(), []);
  assert.deepEqual(accepted, []);
});

test('an abort that comes after the commit takes nothing back', async t => {
  const { spool } = await fresh(t);
  const reception = spool.receive(envelopeOf(), ORIGIN);
  await reception.write(TEXT);
  const committing = reception.commit(FACTS);
  await reception.abort();
  const message = await committing;
  await reception.abort();
  assert.ok(TEXT.equals(await (await spool.openBody(message)).read()));
});

test('a commit under way when the spool closes is whole or not at all', async t => {
  for (let round = 0; round < 4; round++) {
    const { spool, folder } = await fresh(t);
    const commits = Array.from({ length: 5 }, () => put(spool));
    await new Promise(resolve => setTimeout(resolve, round * 2));
    await spool.close();
    const committed = (await Promise.allSettled(commits)).flatMap(one =>
      one.status === 'fulfilled' ? [one.value.id] : [],
    );
    const after = await openSpool(folder);
    assert.deepEqual(after.recovery.setAside, []);
    const kept = await after.spool.list({ hops: null, number: null, limit: 10 });
    for (const id of committed)
      assert.ok(
        kept.some(work => work.message.id === id),
        `${id} was lost in round ${round}`,
      );
    for (const work of kept) await after.spool.openBody(work.message);
    await after.spool.close();
  }
});

test('receptions that are open when the spool closes leave nothing', async t => {
  const { spool, queue } = await fresh(t);
  const reception = spool.receive(envelopeOf(), ORIGIN);
  await reception.write(randomBytes(HELD_IN_MEMORY * 2));
  assert.equal((await filesIn(queue)).length, 1);
  await spool.close();
  assert.deepEqual(await filesIn(queue), []);
});

test('a hundred commits at the same time are all kept, each with its own text and number', async t => {
  const { spool, queue } = await fresh(t);
  const texts = Array.from({ length: 100 }, (_, at) =>
    Buffer.from(`Subject: ${at}\r\n\r\n${'x'.repeat(at * 100)}\r\n`),
  );
  const messages = await Promise.all(texts.map(text => put(spool, text)));
  assert.equal(new Set(messages.map(message => message.id)).size, 100);
  assert.equal((await filesIn(queue)).length, 100);
  for (const [at, message] of messages.entries()) {
    assert.ok(texts[at]!.equals(await (await spool.openBody(message)).read()), `message ${at}`);
  }
  const due = await spool.due('example.net', Date.now(), 1000, NO_ONE);
  assert.deepEqual(
    due.map(work => work.message.number),
    messages.map(message => message.number).sort((a, b) => a - b),
  );
});

test('a body with a flipped byte or without its end is found to be damaged, small or large', async t => {
  const { spool, queue } = await fresh(t);
  for (const size of [1000, HELD_IN_MEMORY * 2]) {
    const flipped = await put(spool, randomBytes(size));
    const bytes = await readFile(join(queue, `${flipped.id}.eml`));
    bytes[bytes.length - 10]! ^= 1;
    await writeFile(join(queue, `${flipped.id}.eml`), bytes);
    await assert.rejects(spool.openBody(flipped), BodyDamaged);

    const short = await put(spool, randomBytes(size));
    await truncate(join(queue, `${short.id}.eml`), size - 1);
    await assert.rejects(spool.openBody(short), BodyDamaged);
  }
  const missing = await put(spool);
  await rm(join(queue, `${missing.id}.eml`));
  await assert.rejects(spool.openBody(missing), BodyDamaged);
});

test('a message put aside is in BadMail with its reason and no longer in the queue', async t => {
  const { spool, queue, badMail, setAside } = await fresh(t);
  const message = await put(spool);
  const path = await spool.setAside(message, 'It is damaged.');
  assert.equal(path, join(badMail, `${message.id}.BAD`));
  assert.deepEqual(await filesIn(badMail), [`${message.id}.BAD`, `${message.id}.BDR`]);
  assert.equal(await readFile(join(badMail, `${message.id}.BDR`), 'utf8'), 'It is damaged.\r\n');
  assert.deepEqual(await filesIn(queue), []);
  assert.deepEqual(await spool.summaries(), []);
  assert.deepEqual(setAside, [{ what: `message ${message.id}`, reason: 'It is damaged.', movedTo: path }]);
});

test('partial results are kept, and the message disappears with the last one', async t => {
  const { spool, queue } = await fresh(t, { now: () => 1000 });
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net', 'c@other.example']));
  await spool.record(message, [
    { index: 0, kind: 'done', status: 'Delivered', reply: OK },
    { index: 1, kind: 'waiting', reply: LATER, nextAttempt: 5000 },
  ]);
  const works = await spool.list({ hops: null, number: null, limit: 10 });
  assert.deepEqual(
    works.map(work => [work.hop, work.recipients]),
    [
      ['example.net', [{ index: 1, attempts: 1, nextAttempt: 5000, lastReply: '450 4.2.1 Later' }]],
      ['other.example', [{ index: 2, attempts: 0, nextAttempt: 1000, lastReply: null }]],
    ],
  );
  await spool.record(message, [{ index: 2, kind: 'done', status: 'Failed', reply: OK }]);
  assert.deepEqual(await filesIn(queue), [`${message.id}.eml`]);
  await spool.record(message, [{ index: 1, kind: 'done', status: 'Delivered', reply: OK }]);
  assert.deepEqual(await filesIn(queue), []);
  assert.deepEqual(await spool.list({ hops: null, number: null, limit: 10 }), []);
  // A result that comes twice, as after a failed answer, does no harm.
  await spool.record(message, [{ index: 1, kind: 'done', status: 'Delivered', reply: OK }]);
});

test('partial results survive a restart', async t => {
  const before = await fresh(t);
  const message = await put(before.spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  await before.spool.record(message, [{ index: 0, kind: 'done', status: 'Delivered', reply: OK }]);
  await before.spool.close();
  const { spool } = await openSpool(before.folder);
  const [work] = await spool.due('example.net', Date.now(), 10, NO_ONE);
  assert.deepEqual(
    work!.recipients.map(one => one.index),
    [1],
  );
  assert.equal(work!.message.envelope.recipients.length, 2);
});

test('due gives the oldest first, no more than asked for, none of the excepted, and only what is due', async t => {
  let time = 1000;
  const { spool } = await fresh(t, { now: () => time });
  const messages: AcceptedMessage[] = [];
  for (; time < 1006; time++) messages.push(await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net'])));
  const numbers = async (now: number, limit: number, except: readonly number[] = []) =>
    (await spool.due('example.net', now, limit, new Set(except.map(at => messages[at]!.number)))).map(work =>
      messages.findIndex(message => message.number === work.message.number),
    );
  assert.deepEqual(await numbers(2000, 10), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(await numbers(2000, 2), [0, 1]);
  assert.deepEqual(await numbers(2000, 2, [0, 2]), [1, 3]);
  assert.deepEqual(await numbers(1002, 10), [0, 1, 2]);
  assert.deepEqual(await spool.due('nowhere.example', 2000, 10, NO_ONE), []);

  await spool.record(messages[0]!, [{ index: 0, kind: 'waiting', reply: LATER, nextAttempt: 3000 }]);
  const [first] = await spool.due('example.net', 2000, 1, NO_ONE);
  assert.deepEqual(
    first!.recipients.map(one => one.index),
    [1],
  );
  await spool.record(messages[0]!, [{ index: 1, kind: 'waiting', reply: LATER, nextAttempt: 3500 }]);
  assert.deepEqual(await numbers(2000, 10), [1, 2, 3, 4, 5]);
  assert.deepEqual(await numbers(4000, 10), [1, 2, 3, 4, 5, 0]);
});

test('the next due time is the earliest after the given one', async t => {
  const { spool } = await fresh(t, { now: () => 1000 });
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  assert.equal(await spool.nextDue('example.net', 1000), null);
  assert.equal(await spool.nextDue('example.net', 999), 1000);
  await spool.record(message, [
    { index: 0, kind: 'waiting', reply: LATER, nextAttempt: 7000 },
    { index: 1, kind: 'waiting', reply: LATER, nextAttempt: 5000 },
  ]);
  assert.equal(await spool.nextDue('example.net', 1000), 5000);
  assert.equal(await spool.nextDue('example.net', 5000), 7000);
  assert.equal(await spool.nextDue('nowhere.example', 0), null);
});

test('an administrator makes a whole next hop due, and no other', async t => {
  const { spool } = await fresh(t, { now: () => 1000 });
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@other.example']));
  await spool.record(message, [
    { index: 0, kind: 'waiting', reply: LATER, nextAttempt: 90_000 },
    { index: 1, kind: 'waiting', reply: LATER, nextAttempt: 90_000 },
  ]);
  await spool.retryNow('example.net', 2000);
  assert.equal((await spool.due('example.net', 2000, 10, NO_ONE)).length, 1);
  assert.equal((await spool.due('other.example', 2000, 10, NO_ONE)).length, 0);
});

test('summaries count messages and recipients by next hop', async t => {
  const { spool } = await fresh(t, { now: () => 1000 });
  await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net', 'c@other.example']));
  await put(spool);
  assert.deepEqual(
    (await spool.summaries()).map(summary => ({ ...summary })),
    [
      { hop: 'example.net', messages: 2, recipients: 3, nextAttempt: 1000 },
      { hop: 'other.example', messages: 1, recipients: 1, nextAttempt: 1000 },
    ],
  );
});

test('old messages are found by the time they were accepted, whatever they wait for', async t => {
  let time = 1000;
  const { spool } = await fresh(t, { now: () => time });
  const old = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@other.example']));
  await spool.record(old, [{ index: 0, kind: 'waiting', reply: LATER, nextAttempt: 1_000_000 }]);
  time = 5000;
  await put(spool);
  const aged = async (query: Partial<AgeQuery>) => {
    const all = { after: null, before: 5000, hops: { except: [] }, untold: false, limit: 10 };
    const { works, next } = await spool.aged({ ...all, ...query });
    return { works: works.map(work => [work.message.number, work.hop]), next };
  };
  const [one, other] = [
    [old.number, 'example.net'],
    [old.number, 'other.example'],
  ];
  assert.deepEqual(await aged({ before: 4000 }), { works: [one, other], next: null });
  assert.equal((await aged({})).works.length, 3);
  assert.deepEqual((await aged({ hops: { only: ['other.example'] } })).works, [other]);
  assert.deepEqual((await aged({ hops: { except: ['example.net'] } })).works, [other]);
  // A page ends after so many messages, also where none of them is wanted.
  const first = await aged({ hops: { only: ['nowhere.example'] }, limit: 1 });
  assert.deepEqual(first, { works: [], next: { receivedAt: 1000, number: old.number } });
  const second = await aged({ after: first.next, limit: 1 });
  assert.deepEqual(
    second.works.map(([, hop]) => hop),
    ['example.net'],
  );
  assert.deepEqual(await aged({ after: second.next, limit: 1 }), { works: [], next: null });
});

test('of delayed mail only what nobody was told of is found, and only with a sender', async t => {
  const { spool } = await fresh(t, { now: () => 1000 });
  const told = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  await put(spool, TEXT, envelopeOf(['a@example.net'], { reversePath: '' }));
  await spool.markDelayed(told, [0]);
  const query = { after: null, before: 5000, hops: { except: [] }, untold: true, limit: 10 };
  const { works } = await spool.aged(query);
  assert.deepEqual(
    works.map(({ message, recipients }) => [message.number, recipients.map(({ index }) => index)]),
    [[told.number, [1]]],
  );
});

test('rerouting moves waiting recipients to the next hop that the settings name now', async t => {
  let hop = (address: string) => `old ${address.split('@')[1]}`;
  const { spool } = await fresh(t, { hopOf: ({ recipient }) => hop(recipient) });
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@other.example']));
  for (let at = 0; at < 30; at++) await put(spool);
  await spool.record(message, [{ index: 1, kind: 'waiting', reply: LATER, nextAttempt: 7000 }]);
  hop = () => 'new';
  await spool.reroute();
  const [summary, ...others] = await spool.summaries();
  assert.deepEqual(others, []);
  assert.deepEqual({ ...summary }, { hop: 'new', messages: 31, recipients: 32, nextAttempt: 7000 });
  const works = await spool.list({ hops: ['new'], number: message.number, limit: 10 });
  assert.deepEqual(
    works.map(work => work.recipients.map(one => [one.index, one.attempts, one.lastReply])),
    [
      [
        [0, 0, null],
        [1, 1, '450 4.2.1 Later'],
      ],
    ],
  );
});

test('a message that is being stored while the connectors change goes to its new hop', async t => {
  let hop = 'old';
  let change = () => {};
  const { spool, accepted } = await openSpool(await temporaryFolder(t), {
    hopOf: () => {
      const given = hop;
      change();
      return given;
    },
  });
  // Right after the hop of the row was decided, and before the row is there.
  change = () => {
    change = () => {};
    hop = 'new';
    void spool.reroute();
  };
  await put(spool);
  assert.deepEqual(
    accepted.map(work => work.hop),
    ['new'],
  );
  assert.deepEqual(
    (await spool.summaries()).map(summary => summary.hop),
    ['new'],
  );
});

test('what is set aside never replaces what lies in BadMail', async t => {
  const { spool, badMail } = await fresh(t);
  const message = await put(spool);
  await writeFile(join(badMail, `${message.id}.BAD`), 'older');
  await writeFile(join(badMail, `${message.id}-2.BDR`), 'older too');
  assert.equal(await spool.setAside(message, 'Damaged.'), join(badMail, `${message.id}-3.BAD`));
  assert.equal(await readFile(join(badMail, `${message.id}.BAD`), 'utf8'), 'older');
  assert.match(await readFile(join(badMail, `${message.id}-3.BDR`), 'utf8'), /^Damaged/);
});

test('a restart knows whether the connectors changed, until all next hops are decided again', async t => {
  const before = await fresh(t);
  assert.equal(await before.spool.routesChanged(), false);
  await put(before.spool);
  await before.spool.close();
  const same = await openSpool(before.folder);
  assert.equal(await same.spool.routesChanged(), false);
  await same.spool.close();
  const { spool } = await openSpool(before.folder, { hopOf: () => 'elsewhere', routes: () => 'elsewhere' });
  assert.equal(await spool.routesChanged(), true);
  await spool.reroute();
  assert.equal(await spool.routesChanged(), false);
  assert.deepEqual(
    (await spool.summaries()).map(summary => summary.hop),
    ['elsewhere'],
  );
});

test('below the minimum of free space mail is refused, and taken again above it', async t => {
  let minimum = Number.MAX_SAFE_INTEGER;
  const { spool, queue } = await fresh(t, { minimumFreeSpace: () => minimum });
  assert.equal(await spool.hasSpace(), false);
  await assert.rejects(put(spool), SpoolFull);
  await assert.rejects(put(spool, randomBytes(HELD_IN_MEMORY * 2)), SpoolFull);
  assert.deepEqual(await filesIn(queue), []);
  assert.deepEqual(await spool.summaries(), []);
  minimum = 0;
  assert.equal(await spool.hasSpace(), true);
  await put(spool);
});

test('a Queue folder that is gone refuses mail and leaves no row', async t => {
  const { spool, queue } = await fresh(t);
  await rename(queue, `${queue}.away`);
  await assert.rejects(put(spool), (error: NodeJS.ErrnoException) => error.code === 'ENOENT');
  assert.deepEqual(await spool.summaries(), []);
  await rename(`${queue}.away`, queue);
  await put(spool);
  assert.equal((await spool.summaries()).length, 1);
});

test('a Queue folder that can not be written refuses mail', {
  skip: process.getuid?.() === 0 || process.platform === 'win32',
}, async t => {
  const { spool, queue } = await fresh(t);
  await chmod(queue, 0o500);
  await assert.rejects(put(spool), (error: NodeJS.ErrnoException) => error.code === 'EACCES');
  await chmod(queue, 0o700);
  await put(spool);
});

test('a row that can not be read is put aside, and the rest goes on', async t => {
  const { spool, folder, badMail, setAside } = await fresh(t);
  const bad = await put(spool);
  const good = await put(spool);
  const database = new DatabaseSync(join(folder, 'queue.db'));
  database.exec(`UPDATE message SET options = 'no JSON' WHERE number = ${bad.number}`);
  database.close();
  const works = await spool.due('example.net', Date.now(), 10, NO_ONE);
  assert.deepEqual(
    works.map(work => work.message.number),
    [good.number],
  );
  await until(() => setAside.length === 1, 'the row put aside');
  assert.deepEqual(await filesIn(badMail), [`${bad.id}.BAD`, `${bad.id}.BDR`]);
});

test('a row that can not be read and can not be put aside ends nothing', async t => {
  const { spool, folder, badMail } = await fresh(t);
  const bad = await put(spool);
  const good = await put(spool);
  const database = new DatabaseSync(join(folder, 'queue.db'));
  database.exec(`UPDATE message SET options = 'no JSON' WHERE number = ${bad.number}`);
  database.close();
  await rm(badMail, { recursive: true });
  await writeFile(badMail, 'not a folder');
  for (let round = 0; round < 3; round++) {
    const works = await spool.due('example.net', Date.now(), 10, NO_ONE);
    assert.deepEqual(
      works.map(work => work.message.number),
      [good.number],
    );
  }
  await rm(badMail);
  await mkdir(badMail);
});

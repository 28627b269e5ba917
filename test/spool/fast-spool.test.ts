import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { domainOf } from '../../src/message/address.ts';
import type { Reply } from '../../src/message/reply.ts';
import { FastSpool } from '../../src/spool/fast-spool.ts';
import type { RecoveryReport } from '../../src/spool/recovery.ts';
import type { RecipientChange, Work } from '../../src/spool/spool.ts';
import { until } from '../support/smtp-until.ts';
import { envelopeOf, filesIn, put, TEXT } from '../support/spool-folder.ts';

const OK: Reply = { code: 250, enhanced: '2.0.0', text: 'taken' };
const LATER: Reply = { code: 451, enhanced: '4.3.0', text: 'later' };

const delivered = (index: number): RecipientChange => ({ index, kind: 'done', status: 'Delivered', reply: OK });
const deferred = (index: number, nextAttempt: number): RecipientChange => ({
  index,
  kind: 'waiting',
  reply: LATER,
  nextAttempt,
});

interface Fast {
  readonly folder: string;
  readonly spool: FastSpool;
  readonly recovery: RecoveryReport;
  readonly accepted: Work[];
  readonly problems: string[];
  /** Moves the clock on; milliseconds. */
  readonly later: (time: number) => void;
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-fast-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

async function openFast(t: TestContext, folder: string, hopOf = domainOf): Promise<Fast> {
  const accepted: Work[] = [];
  const problems: string[] = [];
  let ahead = 0;
  const { spool, recovery } = await FastSpool.open({
    dataFolder: folder,
    now: () => Date.now() + ahead,
    hopOf: ({ recipient }) => hopOf(recipient),
    routes: () => hopOf('x@example.net'),
    minimumFreeSpace: () => 0,
    onAccepted: works => accepted.push(...works),
    onSetAside: ({ reason }) => problems.push(reason),
    onProblem: sentence => problems.push(sentence),
  });
  t.after(() => spool.close());
  const later = (time: number) => {
    ahead += time;
  };
  return { folder, spool, recovery, accepted, problems, later };
}

/** What a restart would find if the power went now: the files as they are. */
async function crashed(t: TestContext, from: Fast): Promise<Fast> {
  const folder = await temporary(t);
  await cp(from.folder, folder, { recursive: true });
  return openFast(t, folder);
}

const queueOf = (fast: Fast) => filesIn(join(fast.folder, 'Queue'));
const segmentsOf = (fast: Fast) => filesIn(join(fast.folder, 'log-segments'));

/** Notes about deliveries are written a moment later. */
const noted = async (fast: Fast, text: string) =>
  until(async () => {
    const parts = await Promise.all(
      (await segmentsOf(fast)).map(name => readFile(join(fast.folder, 'log-segments', name), 'latin1')),
    );
    return parts.join('').includes(text);
  }, `the note ${text}`);

test('a message that is delivered at once never becomes a file of the queue', async t => {
  const fast = await openFast(t, await temporary(t));
  const message = await put(fast.spool);
  assert.deepEqual(await queueOf(fast), []);
  assert.equal(fast.accepted.length, 1);
  assert.deepEqual(await (await fast.spool.openBody(message)).read(), TEXT);
  await fast.spool.record(message, [delivered(0)]);
  assert.deepEqual(await fast.spool.summaries(), []);
  assert.deepEqual(await queueOf(fast), []);
});

test('an accepted message survives a crash at once, and is in the queue afterwards', async t => {
  const fast = await openFast(t, await temporary(t));
  const message = await put(fast.spool);
  const after = await crashed(t, fast);
  assert.deepEqual(after.recovery.adopted, [message.id]);
  assert.deepEqual(await queueOf(after), [`${message.id}.eml`]);
  assert.deepEqual(await segmentsOf(after), []);
  const [work] = await after.spool.due('example.net', Date.now(), 10, new Set());
  assert.deepEqual(await (await after.spool.openBody(work!.message)).read(), TEXT);
  assert.deepEqual(work!.message.envelope, message.envelope);
});

test('numbers go on above those of the log when the clock went back', async t => {
  const fast = await openFast(t, await temporary(t));
  fast.later(3_600_000);
  const before = await put(fast.spool);
  const after = await crashed(t, fast);
  assert.ok((await put(after.spool)).number > before.number);
});

test('a delivered message does not come back after a crash once its note is written', async t => {
  const fast = await openFast(t, await temporary(t));
  const [gone, stays] = [await put(fast.spool), await put(fast.spool)];
  await fast.spool.record(gone, [delivered(0)]);
  await noted(fast, `{"number":${gone.number}}`);
  const after = await crashed(t, fast);
  assert.deepEqual(after.recovery.adopted, [stays.id]);
});

test('recipients that are done are not tried again after a crash', async t => {
  const fast = await openFast(t, await temporary(t));
  const message = await put(fast.spool, TEXT, envelopeOf(['a@one.example', 'b@two.example', 'c@one.example']));
  await fast.spool.record(message, [delivered(0), delivered(2)]);
  await noted(fast, `{"number":${message.number},"done":[0,2]}`);
  const after = await crashed(t, fast);
  const works = await after.spool.list({ hops: null, number: null, limit: 10 });
  assert.deepEqual(
    works.map(work => [work.hop, work.recipients.map(recipient => recipient.index)]),
    [['two.example', [1]]],
  );
  const text = await readFile(join(after.folder, 'Queue', `${message.id}.eml`), 'utf8');
  assert.match(text, /^x-sender: <app@example.com>\r\nx-receiver: <b@two.example>\r\nSubject/);
});

test('a deferred message moves to the queue with its reply and its next attempt', async t => {
  const fast = await openFast(t, await temporary(t));
  const message = await put(fast.spool, TEXT, envelopeOf(['a@one.example', 'b@one.example']));
  const next = Date.now() + 60_000;
  await fast.spool.record(message, [delivered(0), deferred(1, next)]);
  assert.deepEqual(await queueOf(fast), [`${message.id}.eml`]);
  const [work] = await fast.spool.list({ hops: null, number: message.number, limit: 1 });
  assert.deepEqual(work!.recipients, [{ index: 1, attempts: 1, nextAttempt: next, lastReply: '451 4.3.0 later' }]);
  assert.deepEqual(await fast.spool.due('one.example', Date.now(), 10, new Set()), []);
  // A crash now finds it in both places, and keeps it once.
  const after = await crashed(t, fast);
  assert.equal((await after.spool.list({ hops: null, number: null, limit: 10 })).length, 1);
  await fast.spool.record(message, [delivered(1)]);
  assert.deepEqual(await queueOf(fast), []);
});

test('what nobody delivers moves to the queue after some seconds', async t => {
  const fast = await openFast(t, await temporary(t));
  const messages = await Promise.all(Array.from({ length: 40 }, () => put(fast.spool)));
  fast.later(11_000);
  await until(
    async () => (await queueOf(fast)).filter(name => name.endsWith('.eml')).length === 40,
    'the move',
    10_000,
  );
  const works = await fast.spool.due('example.net', Date.now() + 11_000, 100, new Set());
  assert.deepEqual(works.map(work => work.message.id).sort(), messages.map(message => message.id).sort());
  for (const work of works) assert.deepEqual(await (await fast.spool.openBody(work.message)).read(), TEXT);
  // The objects handed out before the move still lead to the message.
  assert.deepEqual(await (await fast.spool.openBody(messages[0]!)).read(), TEXT);
  await fast.spool.record(messages[0]!, [delivered(0)]);
  assert.equal((await fast.spool.summaries())[0]!.messages, 39);
});

test('a message larger than 256 KiB goes straight to a file, with the id it had from the start', async t => {
  const fast = await openFast(t, await temporary(t));
  const text = Buffer.concat([TEXT, Buffer.alloc(400 * 1024, 'x\r\n')]);
  const message = await put(fast.spool, text, envelopeOf(), 50_000);
  assert.deepEqual(await queueOf(fast), [`${message.id}.eml`]);
  assert.deepEqual(await segmentsOf(fast), []);
  assert.deepEqual(await (await fast.spool.openBody(message)).read(), text);
});

test('an aborted message leaves nothing, small or large', async t => {
  const fast = await openFast(t, await temporary(t));
  for (const size of [100, 400 * 1024]) {
    const reception = fast.spool.receive(envelopeOf(), {
      source: 'SMTP',
      clientIp: null,
      heloName: null,
      listener: null,
      account: null,
      sessionId: null,
    });
    await reception.write(Buffer.alloc(size, 'y'));
    await reception.abort();
  }
  assert.deepEqual(await queueOf(fast), []);
  const after = await crashed(t, fast);
  assert.deepEqual(await after.spool.summaries(), []);
});

test('work that the scheduler let go of is handed out again, but not what it holds', async t => {
  const fast = await openFast(t, await temporary(t));
  const [first, second] = [await put(fast.spool), await put(fast.spool)];
  const works = await fast.spool.due('example.net', Date.now(), 10, new Set([first.number]));
  assert.deepEqual(
    works.map(work => work.message.number),
    [second.number],
  );
  assert.deepEqual(await fast.spool.due('other.example', Date.now(), 10, new Set()), []);
});

test('a torn end is cut, and a damaged record is set aside while the rest is kept', async t => {
  const fast = await openFast(t, await temporary(t));
  const messages = [await put(fast.spool), await put(fast.spool), await put(fast.spool)];
  const folder = await temporary(t);
  await cp(fast.folder, folder, { recursive: true });
  const [name] = await filesIn(join(folder, 'log-segments'));
  const path = join(folder, 'log-segments', name!);
  const bytes = await readFile(path);
  const second = bytes.indexOf(messages[1]!.id);
  bytes[second] = bytes[second]! ^ 0x20;
  await writeFile(path, bytes.subarray(0, bytes.length - 3));
  const after = await openFast(t, folder);
  assert.deepEqual(after.recovery.adopted, [messages[0]!.id]);
  assert.equal(after.recovery.setAside.length, 1);
  assert.match(after.recovery.setAside[0]!.reason, /checksum at offset \d+ is wrong/);
  const badMail = await filesIn(join(folder, 'BadMail'));
  assert.equal(badMail.filter(file => file.endsWith('.BAD')).length, 1);
  assert.ok((await readFile(join(folder, 'BadMail', badMail.find(file => file.endsWith('.BAD'))!))).includes('Hello'));
});

test('changed routes hold for messages of the log too', async t => {
  let suffix = '';
  const fast = await openFast(t, await temporary(t), address => domainOf(address) + suffix);
  await put(fast.spool);
  suffix = '/new';
  await fast.spool.reroute();
  assert.deepEqual(
    (await fast.spool.summaries()).map(summary => summary.hop),
    ['example.net/new'],
  );
  assert.equal((await fast.spool.due('example.net/new', Date.now(), 10, new Set())).length, 1);
});

test('many messages at the same time are all there after a crash', async t => {
  const fast = await openFast(t, await temporary(t));
  const messages = await Promise.all(
    Array.from({ length: 500 }, (_, n) => put(fast.spool, Buffer.from(`Subject: ${n}\r\n\r\n${'x'.repeat(n)}\r\n`))),
  );
  assert.equal(new Set(messages.map(message => message.id)).size, 500);
  const after = await crashed(t, fast);
  assert.deepEqual([...after.recovery.adopted].sort(), messages.map(message => message.id).sort());
});

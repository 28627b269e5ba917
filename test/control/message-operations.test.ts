/** What an administrator does with waiting messages, against a real relay and a real next hop. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { smartHost, TestRelay, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';

const LATER = { code: 450, text: '4.2.1 Later' };

interface Scene {
  readonly relay: TestRelay;
  readonly sink: Sink;
  /** Puts a message in that waits, tried once. */
  readonly waiting: (subject: string, recipients?: readonly string[], sender?: string) => Promise<string>;
}

async function scene(t: TestContext): Promise<Scene> {
  const sink = await Sink.start();
  sink.refuse = () => LATER;
  const relay = await TestRelay.start({ connectors: [smartHost(sink.port)] });
  t.after(async () => {
    await relay.stop();
    await sink.stop();
  });
  const waiting = async (
    subject: string,
    recipients: readonly string[] = ['someone@example.com'],
    sender = 'me@local.example',
  ) => {
    const client = await relay.client();
    const id = await client.mail(`Subject: ${subject}\r\n\r\nx\r\n`, [...recipients], sender);
    await until('it waits', async () => {
      const [message] = await relay.control.call('message.list', { identity: id });
      return message!.status === 'Retry' && message!.retryCount === 1;
    });
    return id;
  };
  return { relay, sink, waiting };
}

/** Asks again until it is so: a delivery that is under way while everything is made due is not made due. */
async function triedUntil(relay: TestRelay, what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
  await until(what, async () => {
    await relay.control.call('queue.retry', { identity: '*' });
    return probe();
  });
}
const isEmpty = (relay: TestRelay) => async () => (await relay.control.call('relay.get')).queued === 0;

const subjects = (sink: Sink) => sink.messages.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(bytes.toString())![1]);

test('a suspended message is not tried, also after a restart, and goes out when resumed', async t => {
  const { relay, sink, waiting } = await scene(t);
  const held = await waiting('held');
  await waiting('free');
  const { messages } = await relay.control.call('message.suspend', { identity: held });
  const [shown] = messages;
  assert.deepEqual([shown!.status, shown!.recipients[0]!.status], ['Suspended', 'Suspended']);
  sink.refuse = () => null;
  await relay.control.call('queue.retry', { identity: '*' });
  await sink.has(1);
  await relay.restart();
  await relay.control.call('queue.retry', { identity: '*' });
  await new Promise(resolve => setTimeout(resolve, 200));
  assert.deepEqual(subjects(sink), ['free']);
  assert.equal((await relay.control.call('message.list'))[0]!.status, 'Suspended');
  assert.equal((await relay.control.call('relay.get')).queued, 1);
  await relay.control.call('message.resume', { identity: held });
  await sink.has(2);
  await until('nothing waits', async () => (await relay.control.call('relay.get')).queued === 0);
});

test('a message that only the log holds is suspended and removed like any other', async t => {
  const { relay, sink } = await scene(t);
  const seed = await (await relay.client()).mail('Subject: seed\r\n\r\nx\r\n');
  await until('a queue', async () => (await relay.control.call('message.list', { identity: seed }))[0]?.retryCount);
  // In a suspended queue nothing is tried, so what comes stays in the log.
  await relay.control.call('queue.suspend', { identity: '*' });
  const client = await relay.client();
  const [one, two] = [await client.mail('Subject: one\r\n\r\nx\r\n'), await client.mail('Subject: two\r\n\r\nx\r\n')];
  assert.deepEqual(await relay.queueFiles(), [`${seed}.eml`]);
  assert.equal((await relay.control.call('message.suspend', { identity: one })).messages[0]!.status, 'Suspended');
  assert.deepEqual(await relay.queueFiles(), [`${seed}.eml`, `${one}.eml`].sort());
  assert.equal((await relay.control.call('message.remove', { identity: two, withNDR: false })).done, 1);
  await relay.restart();
  sink.refuse = () => null;
  await relay.control.call('queue.resume', { identity: '*' });
  await relay.control.call('queue.retry', { identity: '*' });
  await sink.has(1);
  await relay.control.call('message.resume', { identity: one! });
  await sink.has(2);
  assert.deepEqual(subjects(sink), ['seed', 'one']);
});

test('a removed message is gone and its sender is told, or not, as asked', async t => {
  const { relay, sink, waiting } = await scene(t);
  const told = await waiting('told', ['a@example.com', 'b@example.com']);
  const silent = await waiting('silent');
  assert.equal((await relay.control.call('message.remove', { identity: told })).done, 1);
  assert.equal((await relay.control.call('message.remove', { identity: silent, withNDR: false })).done, 1);
  sink.refuse = () => null;
  await triedUntil(relay, 'nothing waits', isEmpty(relay));
  const [report] = await sink.has(1);
  assert.deepEqual(report!.recipients, ['me@local.example']);
  const text = report!.bytes.toString();
  assert.match(text, /^Subject: Undeliverable: told\r$/m);
  assert.match(text, /550 5\.7\.1 Removed by an administrator/);
  assert.equal(text.match(/^Status: 5\.7\.1\r$/gm)!.length, 2);
  await new Promise(resolve => setTimeout(resolve, 100));
  assert.equal(sink.messages.length, 1);
  assert.deepEqual(await relay.queueFiles(), []);
  const events = async (internalMessageId: string) =>
    (await relay.control.call('tracking.read', { internalMessageId })).map(entry => entry.eventId);
  assert.deepEqual((await events(told)).slice(-1), ['FAIL']);
  assert.deepEqual((await events(silent)).slice(-1), ['DROP']);
});

test('a removed report makes neither a report nor bad mail', async t => {
  const { relay, waiting } = await scene(t);
  const id = await waiting('a report', ['a@example.com'], '');
  await relay.control.call('message.remove', { identity: id });
  const state = await relay.control.call('relay.get');
  assert.deepEqual([state.queued, state.badMail], [0, 0]);
});

/** A message whose delivery waits for a word: it is tried at RCPT, and then refused or taken. */
async function underWay({ relay, sink }: Scene, subject = 'under way', recipients?: string[]) {
  let letGo!: () => void;
  const slow = new Promise<void>(resolve => {
    letGo = resolve;
  });
  sink.delay = () => slow;
  const id = await (await relay.client()).mail(`Subject: ${subject}\r\n\r\nx\r\n`, recipients);
  const status = async () => (await relay.control.call('message.list', { identity: id }))[0]?.status;
  await until('it is on its way', async () => (await status()) === 'Active');
  return { id, letGo, status };
}

const gone = (relay: TestRelay, identity: string) =>
  until('it is gone', () => relay.control.fails('message.list', { identity }).catch(() => null));

test('what is being delivered is not tried or moved under the delivery; the others are', async t => {
  const all = await scene(t);
  const { relay, sink, waiting } = all;
  const waits = await waiting('waits');
  sink.refuse = () => null;
  const { id, letGo } = await underWay(all);
  for (const method of ['message.retry', 'message.resume'])
    assert.equal((await relay.control.fails(method, { identity: id })).id, 'Busy', method);
  const move = await relay.control.fails('message.move', { identity: id, connector: 'Next' });
  assert.deepEqual([move.id, move.error.data.problems[0]!.value], ['Busy', id]);
  const moved = await relay.control.call('message.move', { identity: '*', connector: 'Next' });
  assert.deepEqual([moved.done, moved.busy], [1, 1]);
  await relay.control.call('message.remove', { identity: waits, withNDR: false });
  letGo();
  await sink.has(1);
  await until('nothing waits', isEmpty(relay));
  assert.deepEqual(subjects(sink), ['under way']);
});

test('what is being delivered is removed when its attempt ends, if it is left then', async t => {
  const all = await scene(t);
  const { relay, sink } = all;
  const { id, letGo, status } = await underWay(all, 'deferred');
  const removed = await relay.control.call('message.remove', { identity: id });
  assert.deepEqual([removed.done, removed.pending], [0, 1]);
  assert.deepEqual([removed.messages[0]!.status, await status()], ['PendingRemove', 'PendingRemove']);
  sink.refuse = recipient => (recipient === 'someone@example.com' ? LATER : null);
  letGo();
  await gone(relay, id);
  // The sender is told, as of any removal.
  const [report] = await sink.has(1);
  assert.match(report!.bytes.toString(), /550 5\.7\.1 Removed by an administrator/);
  await until('nothing waits', isEmpty(relay));
  assert.deepEqual(await relay.control.call('queue.list'), []);
});

test('what is being delivered and gets through is delivered, whatever was to be done with it', async t => {
  const all = await scene(t);
  const { relay, sink } = all;
  sink.refuse = () => null;
  const { id, letGo } = await underWay(all);
  await relay.control.call('message.remove', { identity: id });
  letGo();
  await sink.has(1);
  await until('nothing waits', isEmpty(relay));
  assert.deepEqual(subjects(sink), ['under way']);
});

test('what is being delivered is suspended when its attempt ends, unless it is resumed before', async t => {
  const all = await scene(t);
  const { relay } = all;
  const { id, letGo, status } = await underWay(all);
  await relay.control.call('message.suspend', { identity: id });
  assert.equal(await status(), 'PendingSuspend');
  await relay.control.call('message.resume', { identity: id });
  assert.equal(await status(), 'Active');
  await relay.control.call('message.suspend', { identity: id });
  letGo();
  await until('it is suspended', async () => (await status()) === 'Suspended');
  await relay.restart();
  assert.equal(await status(), 'Suspended');
});

test('what is to be removed after its attempt is removed too when its next hop changed meanwhile', async t => {
  const all = await scene(t);
  const { relay } = all;
  const { id, letGo } = await underWay(all);
  await relay.control.call('message.remove', { identity: id, withNDR: false });
  await relay.control.call('connector.create', {
    ...smartHost(1),
    name: 'Other',
    addressSpaces: ['example.com'],
  } as never);
  letGo();
  await gone(relay, id);
  // Counted a moment after it is gone from the disk.
  await until('nothing is counted', async () => (await relay.control.call('relay.get')).queued === 0);
});

test('one message is tried at once, alone and before the others', async t => {
  const { relay, sink, waiting } = await scene(t);
  const [first, second] = [await waiting('first'), await waiting('second')];
  sink.refuse = () => null;
  await relay.control.call('message.retry', { identity: second });
  await sink.has(1);
  assert.deepEqual(subjects(sink), ['second']);
  await relay.control.call('message.suspend', { identity: first });
  const suspended = await relay.control.fails('message.retry', { identity: first });
  assert.match(suspended.message, /suspended; use Resume-SmtpMessage/);
  // With a pattern it is passed over.
  assert.equal((await relay.control.call('message.retry', { identity: '*' })).messages.length, 1);
  assert.equal(sink.messages.length, 1);
  await relay.control.call('message.resume', { identity: '*' });
  await sink.has(2);
});

test('many messages are removed at once, and nothing of them is left', async t => {
  const { relay, sink } = await scene(t);
  const client = await relay.client();
  await client.mail('Subject: seed\r\n\r\nx\r\n');
  await until('a queue', async () => (await relay.control.call('message.list'))[0]?.retryCount);
  await relay.control.call('queue.suspend', { identity: '*' });
  for (let at = 0; at < 200; at++) await client.mail(`Subject: ${at}\r\n\r\nx\r\n`);
  const all = { identity: '*', withNDR: false, show: false };
  const first = await relay.control.call('message.remove', { ...all, limit: 90, count: true });
  assert.deepEqual([first.done, first.matched, first.messages], [90, 201, []]);
  const second = await relay.control.call('message.remove', { ...all, limit: 90, after: first.next! });
  assert.deepEqual([second.done, second.matched], [90, null]);
  const last = await relay.control.call('message.remove', { ...all, limit: 90, after: second.next! });
  assert.deepEqual([last.done, last.next], [21, null]);
  await relay.control.call('queue.resume', { identity: '*' });
  assert.deepEqual(await relay.control.call('message.list'), []);
  assert.deepEqual(await relay.control.call('queue.list'), []);
  assert.deepEqual(await relay.queueFiles(), []);
  assert.equal(sink.messages.length, 0);
});

test('what does not wait can not be changed', async t => {
  const { relay } = await scene(t);
  for (const method of ['message.remove', 'message.suspend', 'message.resume', 'message.retry']) {
    assert.equal((await relay.control.fails(method, { identity: '00000000001' })).id, 'NotFound');
    assert.equal((await relay.control.fails(method, { identity: 'nonsense' })).id, 'InvalidParameter');
    assert.equal((await relay.control.fails(method, {})).id, 'InvalidParameter');
    await relay.control.call(method as 'message.suspend', { identity: '*' });
  }
});

test('a moved message stays with its connector over a restart and a reroute, and goes out there', async t => {
  const { relay, sink, waiting } = await scene(t);
  const other = await Sink.start();
  t.after(() => other.stop());
  other.refuse = () => LATER;
  const address = { smartHosts: [{ host: '127.0.0.1', port: other.port }], addressSpaces: ['nobody.example'] };
  await relay.control.call('connector.create', { ...smartHost(0), name: 'Other', ...address } as never);
  const id = await waiting('moved', ['a@example.com', 'b@example.com']);
  const stays = await waiting('stays');
  const { messages } = await relay.control.call('message.move', { identity: id, connector: 'OTHER' });
  const [moved] = messages;
  assert.equal(moved!.nextHopDomain, `127.0.0.1:${other.port}`);
  const [redirect, ...more] = await relay.control.call('tracking.read', { eventId: 'REDIRECT' });
  assert.deepEqual(more, []);
  assert.deepEqual(
    [redirect!.internalMessageId, redirect!.source, redirect!.connectorId, redirect!.recipients],
    [id, 'ADMIN', 'Other', ['a@example.com', 'b@example.com']],
  );
  const where = async () => (await relay.control.call('message.list', { identity: id }))[0]!.nextHopDomain;
  await relay.restart();
  assert.equal(await where(), `127.0.0.1:${other.port}`);
  await relay.control.call('connector.set', { name: 'Other', comment: 'changed' });
  assert.equal(await where(), `127.0.0.1:${other.port}`);
  other.refuse = () => null;
  await triedUntil(relay, 'it arrives', () => other.messages.length === 1);
  assert.deepEqual(other.messages[0]!.recipients, ['a@example.com', 'b@example.com']);
  assert.equal((await relay.control.call('message.list'))[0]!.internalMessageId, stays);
  await until('it could be moved', () =>
    relay.control.call('message.move', { identity: stays, connector: 'Other' }).catch(() => null),
  );
  await relay.control.call('connector.remove', { name: 'Other' });
  sink.refuse = () => null;
  await triedUntil(relay, 'nothing waits', isEmpty(relay));
  assert.equal((await relay.control.fails('message.move', { identity: '*', connector: 'Other' })).id, 'NotFound');
});

test('a large message is exported in pieces and comes back byte for byte', async t => {
  const { relay, sink } = await scene(t);
  await (await relay.client()).mail('Subject: seed\r\n\r\nx\r\n');
  await until('a queue', async () => (await relay.control.call('message.list'))[0]?.retryCount);
  await relay.control.call('queue.suspend', { identity: '*' });
  const line = `${'0123456789'.repeat(7)}\r\n`;
  const text = `x-sender: me@local.example\nx-receiver: <a@example.com>\nSubject: large\r\n\r\n${line.repeat(140_000)}`;
  const { internalMessageId } = await relay.control.call('message.import', {
    content: Buffer.from(text).toString('base64'),
  });
  const id = internalMessageId!;
  const pieces: Buffer[] = [];
  for (let offset = 0; ; ) {
    const { content, size } = await relay.control.call('message.export', { identity: id, offset });
    pieces.push(Buffer.from(content, 'base64'));
    offset += pieces.at(-1)!.length;
    if (offset >= size) break;
  }
  assert.ok(pieces.length > 2);
  assert.ok(Buffer.concat(pieces).equals(Buffer.from(await relay.storedFile(id))));
  assert.equal((await relay.control.call('message.export', { identity: id, offset: 1e12 })).content, '');
  assert.equal(sink.messages.length, 0);
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('what is put in needs a sender, recipients and base64', async t => {
  const { relay } = await scene(t);
  const fails = async (params: object) => {
    const error = await relay.control.fails('message.import', params);
    return [error.id, ...error.paths];
  };
  const recipients = ['a@example.com'];
  assert.deepEqual(await fails({ content: base64('Subject: x\n\nx') }), ['NotAccepted', 'sender']);
  assert.deepEqual(await fails({ content: base64('Subject: x\n\nx'), sender: 'a@b.example' }), [
    'NotAccepted',
    'recipients',
  ]);
  assert.deepEqual(await fails({ content: base64('x-receiver: <a@b.example>\n\nx') }), ['NotAccepted', 'sender']);
  assert.deepEqual(await fails({ content: base64('x-sender: <a@b.example>\n\nx') }), ['NotAccepted', 'recipients']);
  assert.deepEqual(await fails({ content: base64('x-sender: <a@b.example>\nx-sender: <>\n'), recipients }), [
    'NotAccepted',
    'content',
  ]);
  assert.deepEqual(await fails({ content: base64('x-sender: nobody\n'), recipients }), ['NotAccepted', 'content']);
  assert.deepEqual(await fails({ content: base64('x'), sender: '', recipients: ['not an address'] }), [
    'InvalidParameter',
    'recipients[0]',
  ]);
  assert.deepEqual(await fails({ content: 'no base64!', sender: '', recipients }), ['InvalidParameter', 'content']);
  assert.deepEqual(await fails({ content: '', sender: '', recipients }), ['NotAccepted', 'content']);
  const loop = `${'Received: from a by b\r\n'.repeat(200)}\r\nx`;
  const error = await relay.control.fails('message.import', { content: base64(loop), sender: '', recipients });
  assert.equal(error.id, 'NotAccepted');
  const { fromAddress } = await relay.control.call('message.import', { content: base64('Hi'), sender: '', recipients });
  assert.equal(fromAddress, '<>');
});

test('what is put in without envelope lines goes to whom its header names, and tells of no blind copies', async t => {
  const { relay, sink } = await scene(t);
  sink.refuse = () => null;
  const text = 'From: Jo <jo@local.example>\nTo: a@example.com\nBcc: b@example.com\nSubject: header\n\n..x\n';
  const sent = await relay.control.call('message.import', { content: base64(text) });
  assert.deepEqual([sent.fromAddress, sent.recipients], ['jo@local.example', ['a@example.com', 'b@example.com']]);
  const [message] = await sink.has(1);
  assert.doesNotMatch(message!.bytes.toString(), /bcc/i);
  assert.match(message!.bytes.toString(), /^\.\.x\r$/m);
});

test('a message comes in pieces, and is in the queue with the last one and not before', async t => {
  const { relay } = await scene(t);
  await relay.control.call('queue.suspend', { identity: '*' });
  const line = `${'0123456789'.repeat(7)}\r\n`;
  const bytes = Buffer.from(
    `x-sender: me@local.example\r\nx-receiver: a@example.com\r\nSubject: p\r\n\r\n${line.repeat(9000)}`,
  );
  const piece = (from: number, to: number) => bytes.subarray(from, to).toString('base64');
  const first = await relay.control.call('message.import', { content: piece(0, 2), more: true });
  assert.deepEqual([first.internalMessageId, first.fromAddress, first.size], [null, null, 2]);
  const transfer = first.transfer!;
  const second = { content: piece(2, 400_000), transfer, offset: 2, more: true };
  for (const offset of [0, 1, 3])
    assert.deepEqual((await relay.control.fails('message.import', { ...second, offset })).paths, ['offset']);
  const known = await relay.control.call('message.import', second);
  assert.deepEqual([known.fromAddress, known.recipients], ['me@local.example', ['a@example.com']]);
  assert.deepEqual(await relay.control.call('message.list'), []);
  const last = { content: piece(400_000, bytes.length), transfer, offset: 400_000 };
  const done = await relay.control.call('message.import', last);
  assert.deepEqual([done.transfer, done.subject], [null, 'p']);
  const [waiting] = await relay.control.call('message.list');
  assert.deepEqual([waiting!.internalMessageId, waiting!.size], [done.internalMessageId, done.size]);
  assert.equal((await relay.control.fails('message.import', last)).id, 'NotFound');
});

test('what is too large is refused before it is in the queue, and its transfer is over', async t => {
  const relay = await TestRelay.start({ general: { maxMessageSize: 65_536 } });
  t.after(() => relay.stop());
  const envelope = { sender: '', recipients: ['a@example.com'] };
  const large = base64(`Subject: x\r\n\r\n${'x'.repeat(70_000)}`);
  const error = await relay.control.fails('message.import', { content: large, ...envelope });
  assert.equal(error.id, 'NotAccepted');
  assert.match(error.message, /65536 are allowed/);
  const { transfer, size } = await relay.control.call('message.import', {
    content: base64(`Subject: x\r\n\r\n${'x'.repeat(60_000)}`),
    more: true,
    ...envelope,
  });
  const next = { content: large, transfer, offset: size };
  assert.equal((await relay.control.fails('message.import', next)).id, 'NotAccepted');
  assert.equal((await relay.control.fails('message.import', next)).id, 'NotFound');
  assert.deepEqual(await relay.queueFiles(), []);
  for (let count = 0; count < 16; count++)
    await relay.control.call('message.import', { content: base64('Subject'), more: true, ...envelope });
  const crowd = await relay.control.fails('message.import', { content: base64('Subject'), more: true, ...envelope });
  assert.equal(crowd.id, 'Busy');
});

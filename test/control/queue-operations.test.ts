/** Holding queues: over HTTP, against a real relay and a real next hop, restarts included. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Holds } from '../../src/scheduler/holds.ts';
import { removeFolder, smartHost, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';

async function pair(t: TestContext, general: object = {}): Promise<{ relay: TestRelay; sink: Sink }> {
  const sink = await Sink.start();
  const relay = await TestRelay.start({ connectors: [smartHost(sink.port)], general });
  t.after(async () => {
    await relay.stop();
    await sink.stop();
  });
  return { relay, sink };
}

const oneQueue = async (relay: TestRelay) => (await relay.control.call('queue.list'))[0]!;

/** A queue exists once mail went through it. */
async function withQueue(t: TestContext, general: object = {}) {
  const { relay, sink } = await pair(t, general);
  sink.refuse = () => ({ code: 450, text: '4.2.1 Later' });
  const client = await relay.client();
  await client.mail('Subject: first\r\n\r\nx\r\n');
  await until('it was tried', async () => (await relay.control.call('message.list'))[0]?.retryCount === 1);
  sink.refuse = () => null;
  return { relay, sink, client };
}

test('a suspended queue starts nothing, still takes mail, survives a restart, and goes on when resumed', async t => {
  const { relay, sink, client } = await withQueue(t);
  const [suspended] = await relay.control.call('queue.suspend', { identity: '*' });
  assert.deepEqual([suspended!.status, suspended!.messageCount], ['Suspended', 1]);
  await client.mail('Subject: second\r\n\r\nx\r\n');
  await relay.control.call('queue.retry', { identity: '*' });
  const holds = async () => {
    await new Promise(resolve => setTimeout(resolve, 200));
    const queue = await oneQueue(relay);
    assert.deepEqual([queue.status, queue.messageCount, sink.messages.length], ['Suspended', 2, 0]);
    assert.match((await relay.control.call('relay.get')).warnings.join(), /is suspended, with 2 message\(s\)/);
  };
  await holds();
  await relay.restart();
  await holds();
  const [resumed] = await relay.control.call('queue.resume', { identity: (await oneQueue(relay)).nextHopDomain });
  assert.notEqual(resumed!.status, 'Suspended');
  await relay.control.call('queue.retry', { identity: '*' });
  await sink.has(2);
  await relay.restart();
  assert.deepEqual(await relay.control.call('queue.list'), []);
  assert.deepEqual(JSON.parse(await readFile(join(relay.folder, 'suspended.json'), 'utf8')).queues, []);
});

test('an empty suspended queue stays and takes what comes later', async t => {
  const { relay, sink, client } = await withQueue(t);
  await relay.control.call('queue.retry', { identity: '*' });
  await sink.has(1);
  // The queue itself is still known for a while, but not shown: nothing waits.
  sink.refuse = () => ({ code: 450, text: '4.2.1 Later' });
  await client.mail('Subject: x\r\n\r\nx\r\n');
  await until('there is a queue', async () => (await relay.control.call('queue.list')).length === 1);
  await relay.control.call('queue.suspend', { identity: '127.0.0.1*' });
  const before = sink.messages.length;
  await relay.restart();
  sink.refuse = () => null;
  const again = await relay.client();
  await again.mail('Subject: y\r\n\r\nx\r\n');
  await new Promise(resolve => setTimeout(resolve, 200));
  assert.equal(sink.messages.length, before);
  await relay.control.call('queue.resume', { identity: '*' });
  await relay.control.call('queue.retry', { identity: '*' });
  await sink.has(before + 2);
});

test('a queue that is not there cannot be suspended; a wildcard may find none', async t => {
  const { relay } = await pair(t);
  for (const method of ['queue.suspend', 'queue.resume'] as const) {
    assert.equal((await relay.control.fails(method, { identity: 'nowhere.example' })).id, 'NotFound');
    assert.deepEqual(await relay.control.call(method, { identity: 'nowhere*' }), []);
    assert.equal((await relay.control.fails(method, {})).id, 'InvalidParameter');
  }
});

test('changing the connectors frees what waited in memory behind a delivery on its way', async t => {
  const { relay, sink } = await pair(t);
  // The first delivery hangs in RCPT until it is let go; the others wait behind it in memory.
  let letGo: (() => void) | undefined;
  await relay.control.call('connector.set', { name: 'Next', maxConnections: 1 });
  const client = await relay.client();
  const slow = new Promise<void>(resolve => {
    letGo = resolve;
  });
  sink.delay = () => slow;
  for (let at = 0; at < 4; at++) await client.mail(`Subject: ${at}\r\n\r\nx\r\n`);
  await until('one is on its way', async () => (await oneQueue(relay)).activeConnections > 0);
  await relay.control.call('connector.set', { name: 'Next', comment: 'changed' });
  letGo!();
  await sink.has(4);
});

test('suspended.json that can not be read is set aside and told of', async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const path = join(folder, 'suspended.json');
  for (const text of [
    '',
    '{',
    '{"version":2,"queues":[]}',
    '{"version":1,"queues":[1]}',
    '{"version":1,"queues":[],"inbound":{}}',
  ]) {
    await writeFile(path, text);
    const problems: string[] = [];
    const holds = await Holds.open(path, what => problems.push(what));
    assert.deepEqual([holds.queues.size, holds.inbound, holds.outbound, problems.length], [0, null, null, 1], text);
    assert.equal(await readFile(`${path}.bad`, 'utf8'), text);
  }
});

test('holds that are changed at the same time do not lose each other', async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const path = join(folder, 'suspended.json');
  const holds = await Holds.open(path, () => assert.fail());
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => holds.change(state => ({ ...state, queues: [...state.queues, `q${at}`] }))),
  );
  assert.equal((await Holds.open(path, () => assert.fail())).queues.size, 20);
});

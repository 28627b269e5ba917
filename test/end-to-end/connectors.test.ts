/** Connectors by their conditions, types and size limits, over real sockets. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEAD_PORT, smartHost, TestRelay, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';
import type { SmtpClient } from '../support/relay-smtp.ts';

/** Says a line and gives the reply. */
async function hear(client: SmtpClient, line: string): Promise<string> {
  return (await client.say(line)).text;
}

const text = (size: number) =>
  `Subject: size\r\n\r\n${'x'
    .repeat(60)
    .concat('\r\n')
    .repeat(Math.ceil(size / 62))}`;

test('a message too large for its connector is refused at RCPT when announced, at the end when not, and returned when only some take it', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  const { port } = relay.sink;
  await relay.control.call('connector.create', {
    ...smartHost(port, { name: 'Small', addressSpaces: ['small.example'], maxMessageSize: 2000 }),
  } as never);
  const client = await relay.client();
  assert.match(await hear(client, 'MAIL FROM:<a@example.com> SIZE=5000'), /^250/);
  assert.match(
    await hear(client, 'RCPT TO:<x@small.example>'),
    /^552 5\.3\.4 Message too large for this recipient; 2000 bytes are allowed/,
  );
  assert.match(await hear(client, 'RCPT TO:<x@large.example>'), /^250/);
  assert.match(await hear(client, 'RSET'), /^250/);
  // It says nothing before, and only its own size decides.
  assert.match(await hear(client, 'MAIL FROM:<a@example.com>'), /^250/);
  assert.match(await hear(client, 'RCPT TO:<x@small.example>'), /^250/);
  assert.match(await hear(client, 'DATA'), /^354/);
  assert.match(await hear(client, `${text(5000)}.`), /^552 5\.3\.4/);
  assert.match(await hear(client, 'MAIL FROM:<a@example.com>'), /^250/);
  assert.match(await hear(client, 'RCPT TO:<x@small.example>'), /^250/);
  assert.match(await hear(client, 'DATA'), /^354/);
  assert.match(await hear(client, `${text(500)}.`), /^250/);
  await relay.sink.has(1);
  // One of two takes it: the other's sender is told.
  assert.match(await hear(client, 'MAIL FROM:<a@example.com>'), /^250/);
  assert.match(await hear(client, 'RCPT TO:<x@small.example>'), /^250/);
  assert.match(await hear(client, 'RCPT TO:<x@large.example>'), /^250/);
  assert.match(await hear(client, 'DATA'), /^354/);
  assert.match(await hear(client, `${text(5000)}.`), /^250/);
  const messages = await relay.sink.has(3);
  assert.deepEqual(
    messages.slice(1).map(({ recipients }) => recipients[0]),
    messages[1]!.recipients[0] === 'x@large.example'
      ? ['x@large.example', 'a@example.com']
      : ['a@example.com', 'x@large.example'],
  );
  const report = messages.slice(1).find(({ sender }) => sender === '')!;
  assert.match(report.bytes.toString('latin1'), /Status: 5\.3\.4/);
  assert.match((await relay.logs()).tracking, /small\.example/);
});

test('recipients of one message are split over connectors, and what the client was still counts when they change', async t => {
  const other = await Sink.start();
  t.after(() => other.stop());
  const relay = await TestRelay.start({
    connectors: [
      smartHost(DEAD_PORT, { name: 'Rest' }),
      smartHost(other.port, { name: 'Special', addressSpaces: ['special.example'] }),
      { name: 'Printers', type: 'Drop', dropDirectory: '/nonexistent/folder', senders: ['printer@*'] },
    ],
  });
  t.after(() => relay.stop());
  const client = await relay.client();
  const send = async (sender: string, ...recipients: string[]) => {
    assert.match(await hear(client, `MAIL FROM:<${sender}>`), /^250/);
    for (const recipient of recipients) assert.match(await hear(client, `RCPT TO:<${recipient}>`), /^250/);
    assert.match(await hear(client, 'DATA'), /^354/);
    assert.match(await hear(client, `${text(10)}.`), /^250/);
  };
  await send('app@a.example', 'x@special.example', 'y@elsewhere.example', 'z@elsewhere.example');
  assert.deepEqual((await other.has(1))[0]!.recipients, ['x@special.example']);
  await send('printer@a.example', 'y@elsewhere.example');
  const queues = await until('three queues', async () => {
    const all = await relay.control.call('queue.list');
    return all.filter(({ messageCount }) => messageCount === 1).length === 2 && all;
  });
  const counts = queues.map(({ nextHopConnector, recipientCount }) => [nextHopConnector, recipientCount]);
  assert.deepEqual(counts.filter(([, count]) => count !== 0).sort(), [
    ['Printers', 1],
    ['Rest', 2],
  ]);
  // What waits is asked again: who sent it, over which listener, from where.
  await relay.restart();
  await relay.control.call('connector.create', {
    ...smartHost(relay.sink.port, {
      name: 'Late',
      remoteIPRanges: ['127.0.0.0/8'],
      listeners: ['Default'],
      senders: ['app@*'],
    }),
  } as never);
  const [late] = await relay.sink.has(1);
  assert.deepEqual(late!.recipients.toSorted(), ['y@elsewhere.example', 'z@elsewhere.example']);
  await until('one waits', async () => (await relay.control.call('message.list')).length === 1);
});

test('a connector of type Drop writes files; Capture keeps mail, shows it and sends nothing', async t => {
  const relay = await TestRelay.start({ connectors: [smartHost(DEAD_PORT)] });
  t.after(() => relay.stop());
  await relay.control.call('connector.create', {
    name: 'Keep',
    type: 'Drop',
    dropDirectory: 'Default',
    addressSpaces: ['drop.example'],
  });
  await relay.control.call('connector.create', {
    name: 'Test',
    type: 'Capture',
    addressSpaces: ['*'],
    cost: 1,
    senders: ['*@test.example'],
  });
  const client = await relay.client();
  for (const recipient of ['x@drop.example', 'x@anywhere.example']) {
    assert.match(await hear(client, 'MAIL FROM:<a@test.example>'), /^250/);
    assert.match(await hear(client, `RCPT TO:<${recipient}>`), /^250/);
    assert.match(await hear(client, 'DATA'), /^354/);
    assert.match(await hear(client, `${text(10)}.`), /^250/);
  }
  for (const [folder, recipient] of [
    ['Drop', 'x@drop.example'],
    ['Captured', 'x@anywhere.example'],
  ] as const) {
    const path = join(relay.folder, folder);
    const [file] = await until(`a file in ${folder}`, async () => {
      const all = (await readdir(path).catch(() => [])).filter(name => name.endsWith('.eml'));
      return all.length === 1 && all;
    });
    assert.match(await readFile(join(path, file!), 'utf8'), new RegExp(`x-receiver: ${recipient}\r\n`));
  }
  await relay.empty();
  assert.equal(relay.sink.messages.length, 0);
  const [shown, ...more] = await relay.control.call('captured.list');
  assert.deepEqual(
    [shown!.fromAddress, shown!.recipients, shown!.subject, more],
    ['a@test.example', ['x@anywhere.example'], 'size', []],
  );
  assert.deepEqual(await relay.control.call('captured.list', { identity: shown!.identity }), [shown]);
  assert.equal((await relay.control.fails('captured.list', { identity: 'nobody' })).id, 'NotFound');
  assert.equal((await relay.control.fails('captured.clear', {})).id, 'InvalidParameter');
  assert.deepEqual(await relay.control.call('captured.clear', { identity: '*', olderThan: 3600 }), { removed: 0 });
  assert.deepEqual(await relay.control.call('captured.clear', { identity: shown!.identity }), { removed: 1 });
  assert.deepEqual(await relay.control.call('captured.list'), []);
});

test('a part of the settings that can not be put into force holds up no other part, and is named', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  await relay.control.call('connector.create', {
    ...smartHost(DEAD_PORT, { name: 'Dead', addressSpaces: ['dead.example'] }),
  } as never);
  // No file: it can't be removed as one.
  await mkdir(join(relay.folder, 'credentials', 'dead.credential', 'in-the-way'), { recursive: true });
  const client = await relay.client();
  await client.say('MAIL FROM:<a@example.com>', 250);
  await client.say('RCPT TO:<x@dead.example>', 250);
  await client.say('DATA', 354);
  await client.say(`${text(10)}.`, 250);
  await until('it waits', async () => (await relay.control.call('message.list', {}))[0]?.lastError);
  await relay.control.call('connector.remove', { name: 'Dead' });
  const [message] = await relay.sink.has(1);
  assert.deepEqual(message!.recipients, ['x@dead.example']);
  assert.match(
    (await relay.logs()).activity,
    /Credentials of connectors that are gone: the new settings do not hold yet/,
  );
});

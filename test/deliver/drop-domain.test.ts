/** Mail for domains that stay here: from the client to the file, through a whole relay. */
import assert from 'node:assert/strict';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  smartHost,
  TestRelay,
  type TestSettings,
  temporaryFolder,
  until,
  writeSettings,
} from '../support/relay-harness.ts';
import { RelayProgram } from '../support/relay-process.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

const STRANGER = { localAddress: '127.0.0.77' };
const NOBODY_RELAYS = { restriction: { entries: [] } };

async function scene(t: TestContext, settings: TestSettings = {}) {
  const folder = await temporaryFolder();
  const domains = [{ name: 'local.example', dropDirectory: folder }];
  const relay = await TestRelay.start({ domains, ...settings });
  t.after(async () => {
    await relay.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return { relay, folder };
}

const filesIn = async (folder: string) =>
  (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.eml')).sort();

async function theFile(folder: string): Promise<{ name: string; text: string }> {
  const [name] = await until('a file', async () => {
    const names = await filesIn(folder);
    return names.length > 0 && names;
  });
  return { name: name!, text: await readFile(join(folder, name!), 'utf8') };
}

test('a stranger may send to the domain and to no other, and the mail is in the folder with its own recipients', async t => {
  const { relay, folder } = await scene(t, NOBODY_RELAYS);
  const client = await relay.client(STRANGER);
  await client.say('MAIL FROM:<outside@far.example>', 250);
  await client.say('RCPT TO:<a@local.example>', 250);
  for (const refused of ['x@other.example', 'x%other.example@local.example', 'x@sub.local.example'])
    await client.say(`RCPT TO:<${refused}>`, 550);
  await client.say('RCPT TO:<b@LOCAL.example>', 250);
  await client.say('DATA', 354);
  client.send('Subject: dropped\r\n\r\n..dot\r\n.\r\n');
  await client.expect(250);
  const { name, text } = await theFile(folder);
  assert.match(
    text,
    /^x-sender: outside@far\.example\r\nx-receiver: a@local\.example\r\nx-receiver: b@local\.example\r\nReturn-Path: <outside@far\.example>\r\nReceived: from [\s\S]+\r\nSubject: dropped\r\n\r\n\.dot\r\n$/,
  );
  await relay.empty();
  const [entry] = await relay.control.call('tracking.read', { eventId: 'DELIVER' });
  assert.deepEqual(
    [entry!.source, entry!.sourceContext, entry!.recipients.length, entry!.connectorId],
    ['GATEWAY', join(folder, name), 2, null],
  );
  assert.equal(relay.sink.messages.length, 0);
});

test('a message for both kinds of domains goes both ways, each with its recipients', async t => {
  const { relay, folder } = await scene(t);
  const id = await (await relay.client()).mail('Subject: both\r\n\r\nx\r\n', ['a@local.example', 'b@example.com']);
  assert.deepEqual((await relay.sink.messageOf(id)).recipients, ['b@example.com']);
  assert.deepEqual((await theFile(folder)).text.match(/(?<=x-receiver: ).*(?=\r)/g), ['a@local.example']);
  await relay.empty();
});

test('while the folder is missing the queue says why, and goes on when it is there', async t => {
  const { relay, folder } = await scene(t);
  const away = `${folder}.away`;
  await rename(folder, away);
  await (await relay.client()).mail('Subject: waits\r\n\r\nx\r\n', ['a@local.example'], '');
  const queue = await until('the queue waits', async () => {
    const [first] = await relay.control.call('queue.list');
    return first?.status === 'Retry' && first;
  });
  assert.deepEqual(
    [queue.deliveryType, queue.nextHopDomain, queue.nextHopConnector],
    ['DropDelivery', 'local.example', ''],
  );
  assert.equal(
    queue.lastError,
    `451 4.3.5 The drop folder ${folder} does not exist; make it, or name another one with Set-SmtpDomain -DropDirectory`,
  );
  await relay.restart();
  await rename(away, folder);
  await relay.control.call('queue.retry', { identity: '*' });
  assert.match((await theFile(folder)).text, /^x-sender: <>\r\n/);
  await relay.empty();
  // Routed again: what waits for the folder leaves through the connector when the domain has none any more.
  await rename(folder, away);
  const id = await (await relay.client()).mail('Subject: leaves\r\n\r\nx\r\n', ['a@local.example']);
  await until('it waits', async () => (await relay.control.call('queue.list'))[0]?.status === 'Retry');
  await relay.control.call('domain.set', { name: 'local.example', dropDirectory: null });
  await relay.sink.messageOf(id);
  await relay.empty();
  await rename(away, folder);
});

test('who gives up on a folder tells senders nothing of the paths of this server', async t => {
  const general = { retryInterval: [1], messageExpirationTimeout: 5 };
  const { relay, folder } = await scene(t, { general });
  await rm(folder, { recursive: true });
  await (await relay.client()).mail('Subject: returned\r\n\r\nx\r\n', ['a@local.example'], 'me@example.com');
  const report = await until('the report', () => relay.sink.messages[0], 60_000);
  assert.match(report.bytes.toString(), /Diagnostic-Code: x-smtprelay; 550 4\.4\.7 Given up after [\d.]+ hours\r\n/);
  assert.ok(!report.bytes.toString().includes(folder));
});

test('a sender who asks hears that the delivery was final', async t => {
  const { relay, folder } = await scene(t);
  const client = await relay.client();
  await client.say('MAIL FROM:<me@example.com> RET=HDRS ENVID=E9', 250);
  await client.say('RCPT TO:<a@local.example> NOTIFY=SUCCESS', 250);
  await client.say('RCPT TO:<b@local.example>', 250);
  await client.say('DATA', 354);
  client.send('Subject: sure?\r\n\r\nx\r\n.\r\n');
  await client.expect(250);
  const report = (await until('the report', () => relay.sink.messages[0])).bytes.toString();
  assert.match(report, /^Subject: Delivered: sure\?\r$/m);
  assert.match(report, /^Original-Envelope-Id: E9\r$/m);
  assert.match(report, /^Final-Recipient: rfc822; a@local\.example\r\nAction: delivered\r\nStatus: 2\.0\.0\r$/m);
  assert.ok(!report.includes('b@local.example') && !report.includes(folder));
});

test('Default is the folder Drop in the data folder, and a file moved from there to Pickup is sent again', async t => {
  const { relay } = await scene(t);
  const drop = join(relay.folder, 'Drop');
  const made = await relay.control.call('domain.create', { name: 'mine.example', dropDirectory: 'Default' });
  assert.deepEqual(made, { name: 'mine.example', allowRelay: false, dropDirectory: drop });
  await (await relay.client()).mail(
    'Subject: again\r\n\r\ntext\r\n',
    ['a@mine.example', 'b@mine.example'],
    'me@x.example',
  );
  const { name } = await theFile(drop);
  // Now it is to leave: IIS's way of a replay.
  await relay.control.call('domain.remove', { name: 'mine.example' });
  await rename(join(drop, name), join(relay.folder, 'Pickup', name));
  const sent = await until('it is sent', () => relay.sink.messages[0], 30_000);
  assert.deepEqual([sent.sender, sent.recipients], ['me@x.example', ['a@mine.example', 'b@mine.example']]);
  const text = sent.bytes.toString();
  assert.match(text, /\r\nSubject: again\r\n/);
  assert.doesNotMatch(text, /^(x-sender|x-receiver|return-path):/im);
});

test('folders that are not allowed are refused by the name of the parameter, and nothing is changed', async t => {
  const { relay, folder } = await scene(t);
  for (const bad of [
    join(relay.folder, 'Queue'),
    join(relay.folder, 'Pickup'),
    relay.folder,
    'Drop',
    'relative/path',
  ]) {
    const error = await relay.control.fails('domain.set', { name: 'local.example', dropDirectory: bad });
    assert.deepEqual([error.id, error.paths], ['InvalidParameter', ['dropDirectory']], bad);
  }
  const star = await relay.control.fails('domain.create', { name: '*', dropDirectory: folder });
  assert.deepEqual(star.paths, ['name']);
  assert.equal((await relay.control.call('settings.set', { pickupDirectory: join(folder, 'p') })).pickupEnabled, true);
  const pickup = await relay.control.fails('settings.set', { pickupDirectory: folder });
  assert.deepEqual(pickup.paths, ['domains[0].dropDirectory']);
  assert.equal((await relay.control.call('domain.list'))[0]!.dropDirectory, folder);
});

test('a message of 150 MB goes through without being held in memory', async t => {
  const { relay, folder } = await scene(t, { general: { maxMessageSize: 200 * 1024 * 1024 } });
  const client = await relay.client();
  await client.begin(['a@local.example']);
  const line = Buffer.from(`${'0123456789'.repeat(7)}ABCDEFGH\r\n`.repeat(13_108));
  await client.sendAll('Subject: large\r\n\r\n');
  for (let sent = 0; sent < 150 * 1024 * 1024; sent += line.length) await client.sendAll(line);
  client.send('.\r\n');
  await client.expect(250);
  let most = 0;
  const before = process.memoryUsage().rss;
  const name = await until(
    'the file',
    async () => {
      most = Math.max(most, process.memoryUsage().rss);
      return (await filesIn(folder))[0];
    },
    60_000,
  );
  const handle = await open(join(folder, name), 'r');
  const { size } = await handle.stat();
  await handle.close();
  assert.ok(size > 150 * 1024 * 1024, `${size} bytes`);
  assert.ok(most - before < 60 * 1024 * 1024, `${Math.round((most - before) / 1024 / 1024)} MB more`);
  await relay.empty();
});

test('killed in the middle of dropping, every message is in the folder afterwards, and whole', async t => {
  const [folder, drop] = [await temporaryFolder(), await temporaryFolder()];
  t.after(async () => {
    for (const gone of [folder, drop]) await rm(gone, { recursive: true, force: true });
  });
  const { port } = await writeSettings(folder, {
    domains: [{ name: 'local.example', dropDirectory: drop }],
    connectors: [smartHost(1)],
  });
  const accepted = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const program = RelayProgram.spawn(['--data', folder]);
    t.after(() => program.kill());
    await program.serves(folder);
    const client = await SmtpClient.ready(port);
    const already = accepted.size;
    const kill = until('some files', async () => (await filesIn(drop)).length > already + 20, 30_000).then(() =>
      program.kill(),
    );
    try {
      for (let at = 0; at < 1000; at++) {
        const subject = `round ${round} message ${at}`;
        await client.mail(`Subject: ${subject}\r\n\r\n${'text '.repeat(1000)}end\r\n`, ['a@local.example']);
        accepted.add(subject);
      }
    } catch {
      // The relay is dead.
    }
    await kill;
    await rm(join(folder, 'relay.state.json'), { force: true });
  }
  const program = RelayProgram.spawn(['--data', folder]);
  t.after(() => program.kill());
  await program.serves(folder);
  await until(
    'all messages',
    async () => {
      const found = new Set<string>();
      for (const name of await filesIn(drop)) {
        const text = await readFile(join(drop, name), 'utf8');
        assert.match(text, /^x-sender: [\s\S]+text end\r\n$/);
        found.add(/^Subject: (.*)\r$/m.exec(text)![1]!);
      }
      return [...accepted].every(subject => found.has(subject));
    },
    60_000,
  );
  assert.ok(accepted.size >= 50, `${accepted.size} messages`);
});

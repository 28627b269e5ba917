/** Webhooks and alert mail of a whole relay, with a real receiver. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Webhooks } from '../../src/alert/webhooks.ts';
import { freePort, removeFolder, smartHost, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';
import { HandClock } from '../support/smtp-hand-clock.ts';

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly data: {
    relay: string;
    alerts: { kind: string; text: string; message: { id: string } | null }[];
    omitted: number;
  };
  readonly type: string;
}

/** Answers as it is told to; keeps what it took and what it refused. */
async function receiver(t: TestContext) {
  const state = { status: 200, calls: [] as Call[], refused: [] as Call[], url: '' };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', chunk => (body += chunk));
    request.on('end', () => {
      const call = { headers: request.headers, body, ...(JSON.parse(body) as Pick<Call, 'data' | 'type'>) };
      (state.status === 200 ? state.calls : state.refused).push(call);
      if (state.status === 0) return;
      response
        .writeHead(state.status, state.status === 302 ? { Location: 'http://127.0.0.1:1/' } : {})
        .end('x'.repeat(100_000));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as { port: number }).port}/hook`;
  return state;
}

async function relayWith(t: TestContext, ...settings: Parameters<typeof TestRelay.start>): Promise<TestRelay> {
  const relay = await TestRelay.start(...settings);
  t.after(() => relay.stop());
  return relay;
}

async function mail(relay: TestRelay, ...recipients: string[]): Promise<void> {
  const client = await relay.client();
  await client.mail('Subject: secret subject\r\n\r\nsecret body\r\n', recipients, 'me@corp.example');
  await client.quit();
}

test('failed mail is told to a webhook, signed; a receiver that is away gets it after a restart', async t => {
  const there = await receiver(t);
  const relay = await relayWith(t, {});
  relay.sink.refuse = () => ({ code: 550, text: '5.1.1 User unknown' });
  const made = await relay.control.call('webhook.create', { name: 'Ops', url: there.url, events: ['MessageFailed'] });
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  await mail(relay, 'nobody@there.example');
  const call = await until('the call comes', () => there.calls[0]);
  assert.equal(call.type, 'smtprelay.alert');
  assert.match(call.data.alerts[0]!.text, /nobody@there\.example was not delivered: 550 5\.1\.1 User unknown/);
  assert.ok(!call.body.includes('secret'));
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = call.headers;
  const key = Buffer.from(made.secret.slice(6), 'base64');
  assert.equal(signature, `v1,${createHmac('sha256', key).update(`${id}.${time}.${call.body}`).digest('base64')}`);
  assert.ok(Math.abs(Number(time) * 1000 - Date.now()) < 60_000);

  there.status = 503;
  await mail(relay, 'second@there.example');
  const state = await until('it has failed', async () => {
    const [hook] = await relay.control.call('webhook.list');
    return hook!.lastError ? hook : null;
  });
  assert.equal(state.waiting, 1);
  assert.match(state.lastError!, /HTTP 503/);
  const { health, warnings } = await relay.control.call('relay.get');
  assert.equal(health, 'Yellow');
  assert.match(warnings.join(), /Webhook Ops does not take alerts \(1 wait\)/);
  const [file] = await readdir(join(relay.folder, 'webhooks'));
  assert.ok(file?.endsWith('.json'));
  there.status = 200;
  await relay.restart();
  await until('it comes after the restart', () => there.calls[1]);
  assert.equal(there.calls[1]!.headers['webhook-id'], there.refused[0]!.headers['webhook-id']);
  await until('nothing waits', async () => (await readdir(join(relay.folder, 'webhooks'))).length === 0);
  for (const name of [
    'settings.json',
    ...(await readdir(join(relay.folder, 'history'))).map(one => join('history', one)),
  ])
    assert.ok(!(await readFile(join(relay.folder, name), 'utf8')).includes(made.secret), name);
  assert.ok(!JSON.stringify(await relay.logs()).includes(made.secret));

  assert.deepEqual(await relay.control.call('webhook.remove', { name: 'ops' }), { removed: 1 });
  assert.deepEqual(await readdir(join(relay.folder, 'webhook-secrets')), []);
});

test('webhooks are tested, changed and refused with the path of what is wrong', async t => {
  const there = await receiver(t);
  const relay = await relayWith(t, {});
  for (const url of ['http://example.com/', 'https://user:secret@example.com/', 'file:///etc/passwd', 'x'])
    assert.deepEqual((await relay.control.fails('webhook.create', { name: 'Bad', url })).paths, ['url'], url);
  const given = { name: 'Ops', url: there.url, secret: 'a text of my own' };
  assert.equal((await relay.control.call('webhook.create', given)).secret, given.secret);
  assert.equal(
    (await relay.control.fails('webhook.create', { ...given, name: 'OPS', secret: 'what another one says' })).id,
    'AlreadyExists',
  );
  const well = await relay.control.call('webhook.test', { name: 'ops' });
  assert.deepEqual([well.ok, well.httpStatus, there.calls[0]!.type], [true, 200, 'smtprelay.test']);
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = there.calls[0]!.headers;
  const signed = createHmac('sha256', given.secret).update(`${id}.${time}.${there.calls[0]!.body}`).digest('base64');
  assert.equal(signature, `v1,${signed}`);
  there.status = 302;
  const moved = await relay.control.call('webhook.test', { name: 'Ops' });
  assert.deepEqual([moved.ok, moved.httpStatus], [false, 302]);
  assert.match(moved.detail, /sends us elsewhere/);
  await relay.control.call('webhook.set', { name: 'Ops', url: `http://127.0.0.1:${await freePort()}/` });
  const dead = await relay.control.call('webhook.test', { name: 'Ops' });
  assert.deepEqual([dead.ok, dead.httpStatus], [false, null]);
  assert.match(dead.detail, /ECONNREFUSED/);
  assert.equal((await relay.control.fails('webhook.test', { name: 'Op' })).id, 'NotFound');
  assert.equal('secret' in (await relay.control.call('webhook.list'))[0]!, false);
});

test('calls wait in order, are tried more and more seldom, and are given up after a day', async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const there = await receiver(t);
  const clock = new HandClock();
  const told: string[] = [];
  const hook = { name: 'Ops', enabled: true, url: there.url, events: [] };
  const make = () =>
    new Webhooks({
      folder,
      clock,
      settings: () => [hook],
      relay: () => ({ name: 'relay.test', version: '1' }),
      secretOf: async () => 'a secret of sixteen',
      tell: (_, what) => void told.push(what),
    });
  const alert = (text: string) => ({
    kind: 'Queue' as const,
    level: 'warn' as const,
    time: clock.now(),
    event: 4006,
    isOver: false,
    text,
    action: null,
    message: null,
  });
  let hooks = make();
  await hooks.open();
  there.status = 500;
  hooks.add(alert('one'));
  await clock.advance(1000);
  await until('it was tried', () => there.refused.length === 1);
  await until('the next attempt is planned', () => hooks.stateOf('ops').lastError !== null && clock.nextAlarm);
  assert.equal(clock.nextAlarm! - clock.now(), 10_000);
  hooks.add(alert('two'));
  await clock.advance(1000);
  await until('both wait', () => hooks.stateOf('Ops').waiting === 2);
  for (const [at, delay] of [60_000, 300_000, 900_000, 3_600_000, 3_600_000].entries()) {
    await clock.advance(clock.nextAlarm! - clock.now());
    await until('it was tried again', () => there.refused.length === at + 2 && clock.nextAlarm);
    assert.equal(clock.nextAlarm! - clock.now(), delay);
  }
  assert.equal(new Set(there.refused.map(({ body }) => body)).size, 1);
  // What was not written yet survives a stop.
  hooks.add(alert('three'));
  await hooks.close();
  hooks = make();
  there.status = 200;
  await hooks.open();
  await until('all came', () => there.calls.length === 3);
  assert.deepEqual(
    there.calls.map(({ data }) => data.alerts[0]!.text),
    ['one', 'two', 'three'],
  );
  there.status = 500;
  hooks.add(alert('four'));
  await clock.advance(1000);
  await until('it has failed', () => hooks.stateOf('Ops').lastError !== null && clock.nextAlarm);
  there.status = 200;
  await clock.advance(86_400_001);
  await until('it was given up', () => told.some(what => what.startsWith('An alert for webhook Ops was given up')));
  await until('it is gone', async () => (await readdir(folder)).length === 0);
  assert.equal(there.calls.length, 3);
  await hooks.close();
});

test('a receiver that says nothing holds up no stop, and gets its call after the start', async t => {
  const there = await receiver(t);
  there.status = 0;
  const relay = await relayWith(t, {});
  relay.sink.refuse = () => ({ code: 550, text: '5.1.1 User unknown' });
  await relay.control.call('webhook.create', { name: 'Ops', url: there.url });
  await mail(relay, 'nobody@there.example');
  await until('it was called', () => there.refused[0]);
  const begin = performance.now();
  there.status = 200;
  await relay.restart();
  await until('it was called again', () => there.calls[0]);
  assert.equal(there.calls[0]!.headers['webhook-id'], there.refused[0]!.headers['webhook-id']);
  // A call that is waited for takes 15 seconds.
  assert.ok(performance.now() - begin < 14_000);
});

test('alert mail goes through a connector of its own, and what becomes of it is no alert', async t => {
  const other = await Sink.start();
  t.after(() => other.stop());
  const relay = await relayWith(t, { general: { alertDelay: 0 } });
  assert.deepEqual((await relay.control.fails('alertmail.set', { enabled: true })).paths, ['recipients']);
  assert.deepEqual((await relay.control.fails('alertmail.set', { connector: 'None' })).paths, ['connector']);
  assert.equal((await relay.control.fails('alertmail.test')).id, 'InvalidParameter');
  await relay.control.call(
    'connector.create',
    smartHost(other.port, { name: 'Backup', addressSpaces: ['unused.example'] }) as never,
  );
  const set = await relay.control.call('alertmail.set', {
    enabled: true,
    recipients: ['ops@corp.example'],
    connector: 'backup',
  });
  assert.equal(set.interval, 900);
  const { messageId } = await relay.control.call('alertmail.test');
  const tested = await until('the test came', () => other.messages[0]);
  assert.deepEqual([tested.id, tested.recipients], [messageId, ['ops@corp.example']]);
  assert.equal(relay.sink.messages.length, 0);
  assert.match((await relay.control.fails('connector.remove', { name: 'Backup' })).message, /alertMail\.connector/);
  // Sent at the stop, because the minute is not over; delivered by the next start.
  relay.sink.refuse = to => (to.startsWith('nobody') ? { code: 550, text: '5.1.1 User unknown' } : null);
  await mail(relay, 'nobody@there.example');
  await until('it has failed', async () => (await relay.logs()).tracking.includes('User unknown'));
  await relay.restart();
  const told = await until('the alert came', () => other.messages[1]);
  const text = told.bytes.toString();
  assert.match(text, /Subject: \[SmtpRelay [^\]]+\] mail not delivered\r\n/);
  assert.match(
    text,
    /Mail that was not delivered:\r\n\r\n- .* UTC {2}Message \w{11} to nobody@there\.example was not delivered: 550/,
  );
  assert.ok(!text.includes('secret'));
  other.refuse = () => ({ code: 550, text: '5.7.1 Not you' });
  await relay.control.call('alertmail.test');
  await until('it has failed', async () => (await relay.logs()).tracking.includes('Not you'));
  const before = other.messages.length;
  await relay.restart();
  await relay.empty();
  assert.equal(other.messages.length, before);
});

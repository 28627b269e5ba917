/** Open sessions in both directions, what is said in them live, statistics and the metrics, of a real relay. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RpcError, TestRelay, until } from '../support/relay-harness.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PASSWORD = 'Tr4ce-me-not!';

let relay: TestRelay;

before(async () => {
  relay = await TestRelay.start();
  await relay.control.call('account.create', { name: 'scanner', password: PASSWORD });
});
after(() => relay.stop());

/** Reads server-sent events into a list. */
async function listen(
  path: string,
): Promise<{ events: { event: string; data: Record<string, unknown> }[]; request: ClientRequest }> {
  const events: { event: string; data: Record<string, unknown> }[] = [];
  const sent = request({
    host: '127.0.0.1',
    port: relay.control.port,
    path,
    agent: false,
    headers: { Authorization: `Bearer ${relay.control.token}` },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', resolve);
    sent.end();
  });
  assert.equal(response.statusCode, 200);
  assert.match(response.headers['content-type']!, /^text\/event-stream/);
  let rest = '';
  response.on('error', () => {});
  response.on('data', chunk => {
    rest += chunk;
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const [event, data] = block.split('\n');
      if (event?.startsWith('event: ') && data) events.push({ event: event.slice(7), data: JSON.parse(data.slice(6)) });
    }
  });
  return { events, request: sent };
}

describe('open sessions', () => {
  it('of clients are shown, and end with 421 or at once', async () => {
    const [polite, rude] = [await relay.client(), await relay.client()];
    await polite.say('MAIL FROM:<a@example.com>');
    const sessions = await relay.control.call('session.list', { direction: 'Inbound' });
    assert.equal(sessions.length, 2);
    const first = sessions.find(({ sender }) => sender === 'a@example.com')!;
    assert.deepEqual(
      [first.name, first.ipAddress, first.state, first.tls, first.messages],
      ['Default', '127.0.0.1', 'Idle', null, 0],
    );
    assert.ok(first.hostName);
    const [same] = await relay.control.call('session.list', { identity: first.identity });
    assert.equal(same!.startTime, first.startTime);
    assert.deepEqual(await relay.control.call('session.stop', { identity: first.identity }), { removed: 1 });
    await until('the session is over', async () => (await relay.control.call('session.list')).length === 1);
    assert.match((await polite.reply())!.text, /^421 4\.3\.2 .*administrator/);
    const other = sessions.find(({ identity }) => identity !== first.identity)!;
    await relay.control.call('session.stop', { identity: other.identity, force: true });
    await until('nobody is left', async () => (await relay.control.call('session.list')).length === 0);
    assert.equal(await rude.reply(), null);
    const error = await relay.control.fails('session.stop', { identity: first.identity });
    assert.ok(error instanceof RpcError);
    assert.equal(error.id, 'NotFound');
    assert.deepEqual(await relay.control.call('session.list', { identity: 'nobody*' }), []);
  });

  it('with next hops are shown with their message, and one that is cut is tried again', async () => {
    let release = () => {};
    relay.sink.delay = () => new Promise(resolve => (release = resolve));
    const client = await relay.client();
    const id = await client.mail('Subject: On its way\r\n\r\nx\r\n');
    const session = await until('it is being sent', async () =>
      (await relay.control.call('session.list', { direction: 'Outbound' })).find(({ state }) => state === 'Sending'),
    );
    assert.deepEqual([session.name, session.messageId, session.port], ['Next', id, relay.sink.port]);
    relay.sink.delay = async () => {};
    await relay.control.call('session.stop', { identity: session.identity });
    release();
    await until('it waits', async () =>
      (await relay.control.call('message.list')).some(({ status }) => status === 'Retry'),
    );
    await relay.control.call('queue.retry', { identity: '*' });
    await relay.sink.messageOf(id);
    const idle = await until('a session waits for more', async () =>
      (await relay.control.call('session.list', { direction: 'Outbound' })).find(({ state }) => state === 'Idle'),
    );
    await relay.control.call('session.stop', { identity: idle.identity });
    assert.deepEqual(await relay.control.call('session.list', { direction: 'Outbound' }), []);
    await relay.quiet();
  });
});

describe('GET /events', () => {
  it('tells what is said in both directions, with passwords masked, and filters', async () => {
    const all = await listen('/events');
    const inbound = await listen('/events?direction=Inbound&ipAddress=127.0.0.*');
    const nobody = await listen('/events?session=none');
    const client = await relay.client();
    await client.say(`AUTH PLAIN ${Buffer.from(`\0scanner\0${PASSWORD}`).toString('base64')}`);
    const id = await client.mail('Subject: Traced\r\n\r\nx\r\n');
    await relay.sink.messageOf(id);
    await until('the end was told', () => all.events.some(({ data }) => data.argument === '250 2.0.0 taken'));
    const text = JSON.stringify(all.events);
    assert.match(text, /"verb":"AUTH"/);
    assert.match(text, /logged on from 127\.0\.0\.1/);
    assert.ok(!text.includes(PASSWORD) && !text.includes(Buffer.from(PASSWORD).toString('base64').slice(3, -4)));
    assert.ok(!text.includes(Buffer.from(`\0scanner\0${PASSWORD}`).toString('base64')));
    assert.ok(all.events.some(({ data }) => data.direction === 'Outbound' && data.connector === 'Next'));
    assert.ok(inbound.events.length > 3);
    assert.ok(inbound.events.every(({ data }) => data.direction === 'Inbound'));
    assert.deepEqual(nobody.events, []);
    for (const { request: sent } of [all, inbound, nobody]) sent.destroy();
    await relay.quiet();
  });

  it('needs the token, and takes a bounded number of readers', async () => {
    const answer = await relay.control.get('/events', { Authorization: 'Bearer wrong' });
    assert.equal(answer.status, 401);
    const readers = [];
    for (let number = 0; number < 20; number++) readers.push(await listen('/events'));
    assert.equal((await relay.control.get('/events')).status, 503);
    for (const reader of readers) reader.request.destroy();
    await until('there is room again', async () => {
      const reader = await listen('/events').catch(() => null);
      reader?.request.destroy();
      return reader !== null;
    });
  });
});

describe('statistic.list', () => {
  it('counts by listener and connector', async () => {
    relay.sink.refuse = recipient => (recipient.startsWith('no') ? { code: 550, text: '5.1.1 nobody' } : null);
    const client = await relay.client();
    await client.mail('Subject: x\r\n\r\nx\r\n', ['yes@example.org', 'nobody@example.org']);
    const rows = await until('both have a verdict', async () => {
      const found = await relay.control.call('statistic.list');
      return found.some(({ scope, failed }) => scope === 'Connector' && failed > 0) ? found : null;
    });
    assert.deepEqual(
      rows.map(({ scope, name }) => [scope, name]),
      [
        ['Relay', 'relay.test'],
        ['Listener', 'Default'],
        ['Connector', 'Next'],
      ],
    );
    const [whole, listener, connector] = rows;
    assert.equal(whole!.received, listener!.received);
    assert.equal(whole!.delivered, connector!.delivered);
    assert.ok(connector!.lastSuccess! <= connector!.lastFailure! || connector!.lastSuccess !== null);
    assert.match(connector!.lastError!, /^550 5\.1\.1 nobody/);
    relay.sink.refuse = () => null;
  });
});

describe('GET /metrics', () => {
  it('has the names of docs/monitoring.md and no others, and promtool finds nothing wrong', async t => {
    const answer = await relay.control.get('/metrics');
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
    const names = [...answer.text.matchAll(/^# TYPE (\S+) /gm)].map(match => match[1]!).sort();
    const documented = [
      ...new Set(
        [...readFileSync(join(root, 'docs', 'monitoring.md'), 'utf8').matchAll(/^\| `(smtprelay_\w+)`/gm)].map(
          match => match[1]!,
        ),
      ),
    ].sort();
    assert.deepEqual(names, documented);
    assert.match(answer.text, /^smtprelay_messages_received_total\{listener="Default"\} \d+$/m);
    assert.match(answer.text, /^smtprelay_recipients_failed_total\{connector="Next"\} 1$/m);
    assert.match(answer.text, /^smtprelay_delivery_latency_seconds_count\{connector="Next"\} \d+$/m);
    if (!existsSync('/usr/bin/promtool')) return t.skip('promtool is not installed (Debian package prometheus)');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: answer.text, encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    assert.equal(checked.stdout + checked.stderr, '');
  });

  it('has the names that the alert rules and the dashboard use; promtool takes the rules and what they find', t => {
    const monitoring = join(root, 'docs', 'monitoring');
    const known = new Set(
      [...readFileSync(join(root, 'docs', 'monitoring.md'), 'utf8').matchAll(/^\| `(smtprelay_\w+)`/gm)].map(
        match => match[1]!,
      ),
    );
    const dashboard = readFileSync(join(monitoring, 'grafana-dashboard.json'), 'utf8');
    const { panels } = JSON.parse(dashboard) as { panels: { title: string; targets?: object[] }[] };
    assert.ok(panels.length >= 8);
    const rules = readFileSync(join(monitoring, 'alerts.yml'), 'utf8');
    const used = [...`${dashboard}${rules}`.matchAll(/smtprelay_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    );
    assert.ok(used.length > 15);
    for (const name of used) assert.ok(known.has(name), `${name} is used and not documented`);
    if (!existsSync('/usr/bin/promtool')) return t.skip('promtool is not installed (Debian package prometheus)');
    const checked = spawnSync('promtool', ['check', 'rules', join(monitoring, 'alerts.yml')], { encoding: 'utf8' });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
    const tried = spawnSync('promtool', ['test', 'rules', join(root, 'test', 'control', 'alerts.test.yml')], {
      encoding: 'utf8',
    });
    assert.equal(tried.status, 0, tried.stdout + tried.stderr);
  });
});

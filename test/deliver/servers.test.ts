import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Target } from '../../src/route/next-hop.ts';
import { Courier, inShort, kinds, targetOf } from '../support/smtp-delivery.ts';
import { DROP, type Say, SILENCE, scriptServer } from '../support/smtp-script-server.ts';

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const onConnect = (greeting: Say) => ({ on: (command: string) => (command === 'connect' ? greeting : undefined) });

test('a server that refuses the connection is passed over for the next', async t => {
  const good = await scriptServer(t);
  const result = await new Courier(t).send([targetOf({ port: await closedPort() }), targetOf(good)]);
  assert.equal(kinds(result), 'delivered');
});

test('when no server can be reached the hop is unreachable, with the reason of the last', async t => {
  const [first, second] = [await closedPort(), await closedPort()];
  const result = await new Courier(t).send([targetOf({ port: first }), targetOf({ port: second })]);
  assert.ok(result.kind === 'unreachable' && result.remote?.port === second);
  assert.match(String(inShort(result)), /^unreachable 451 4\.4\.1 .*connection refused/);
});

for (const [what, greeting] of [
  ['for now', '421 4.3.2 Too busy'],
  ['with 450', '450 4.3.2 Too busy'],
  ['for good', '554 5.7.1 Blocked'],
] as const) {
  test(`a greeting that refuses ${what} leads to the next server, and alone is unreachable in the server's words`, async t => {
    const bad = await scriptServer(t, onConnect(greeting));
    const good = await scriptServer(t);
    assert.equal(kinds(await new Courier(t).send([bad, good])), 'delivered');
    assert.equal(inShort(await new Courier(t).send([bad])), `unreachable ${greeting}`);
  });
}

test('a server that cuts the connection instead of greeting is passed over', async t => {
  const bad = await scriptServer(t, onConnect(DROP));
  const good = await scriptServer(t);
  assert.equal(kinds(await new Courier(t).send([bad, good])), 'delivered');
  assert.match(String(inShort(await new Courier(t).send([bad]))), /^unreachable 451 4\.4\./);
});

test('a server that never greets is given up after the time of a command', async t => {
  const bad = await scriptServer(t, onConnect(SILENCE));
  const result = await new Courier(t).send([bad], { manners: { commandTimeout: 100 } });
  assert.match(String(inShort(result)), /^unreachable 451 4\.4\.1/);
});

test('a greeting that is no SMTP is unreachable, never a verdict', async t => {
  const bad = await scriptServer(t, onConnect('SSH-2.0-OpenSSH_9.9'));
  assert.equal(kinds(await new Courier(t).send([bad])), 'unreachable');
});

test('EHLO and HELO refused lead to the next server', async t => {
  const bad = await scriptServer(t, { on: command => (/^(EHLO|HELO)/.test(command) ? '550 5.7.1 No' : undefined) });
  const good = await scriptServer(t);
  assert.equal(kinds(await new Courier(t).send([bad, good])), 'delivered');
});

test('recipients deferred by one server are tried on the next, those with a verdict are not', async t => {
  const first = await scriptServer(t, {
    on: command =>
      command.startsWith('RCPT TO:<b')
        ? '450 4.2.1 Greylisted'
        : command.startsWith('RCPT TO:<c')
          ? '550 5.1.1 No'
          : undefined,
  });
  const second = await scriptServer(t);
  const result = await new Courier(t).send([first, second], {
    recipients: ['a@x.example', 'b@x.example', 'c@x.example'],
  });
  assert.equal(kinds(result), 'delivered delivered failed');
  assert.deepEqual(
    second.messages.map(message => message.recipients),
    [['RCPT TO:<b@x.example>']],
  );
});

test('a deferral stays when the next server can not be reached', async t => {
  const first = await scriptServer(t, {
    on: command => (command.startsWith('RCPT') ? '450 4.2.1 Greylisted' : undefined),
  });
  const result = await new Courier(t).send([targetOf(first), targetOf({ port: await closedPort() })]);
  assert.deepEqual(inShort(result), ['deferred 450 4.2.1 Greylisted']);
});

/** All addresses of loopback. */
const EVERYWHERE = { host: '0.0.0.0', port: 0 };

test('another address of a host that gave its verdict is not asked again', async t => {
  const script = { on: (command: string) => (command.startsWith('RCPT') ? '450 4.2.1 Greylisted' : undefined) };
  const server = await scriptServer(t, script, EVERYWHERE);
  const twice: Target[] = [targetOf(server, 'mx.example'), { ...targetOf(server, 'mx.example'), address: '127.0.0.2' }];
  await new Courier(t).send(twice);
  assert.equal(server.sessions.length, 1);
});

test('what one server took stays taken when the session that waits at the next is dead and no new one can be had', async t => {
  let answers: 'all' | 'some' | 'none' = 'all';
  const first = await scriptServer(t, {
    on: command => (answers !== 'all' && command.startsWith('RCPT TO:<b') ? '450 4.2.1 Greylisted' : undefined),
  });
  const second = await scriptServer(t, {
    on: command =>
      answers === 'none' && command.startsWith('MAIL')
        ? '421 4.3.2 Going down'
        : answers === 'none' && command === 'connect'
          ? '421 4.3.2 Down'
          : undefined,
  });
  const courier = new Courier(t);
  const targets = [targetOf(first, 'a.example'), targetOf(second, 'b.example')];
  // A session waits at each.
  for (const to of [targets, targets.toReversed()]) await courier.send(to, { isShared: true });
  answers = 'none';
  const result = await courier.send(targets, { isShared: true, recipients: ['a@x.example', 'b@x.example'] });
  assert.deepEqual(inShort(result), [
    `delivered 250 2.0.0 Ok: queued as ${first.messages.length}`,
    'deferred 450 4.2.1 Greylisted',
  ]);
});

test('another address of a host that gave its verdict over a waiting session is not asked again', async t => {
  let greylists = false;
  const script = {
    on: (command: string) => (greylists && command.startsWith('RCPT') ? '450 4.2.1 Greylisted' : undefined),
  };
  const server = await scriptServer(t, script, EVERYWHERE);
  const twice: Target[] = [targetOf(server, 'mx.example'), { ...targetOf(server, 'mx.example'), address: '127.0.0.2' }];
  const courier = new Courier(t);
  await courier.send(twice);
  greylists = true;
  assert.deepEqual(inShort(await courier.send(twice)), ['deferred 450 4.2.1 Greylisted']);
  assert.equal(server.commands.filter(command => command.startsWith('RCPT')).length, 2);
});

test('a route that is temporarily unknown is unreachable, and a permanent one fails everybody', async t => {
  const reply = { code: 451, enhanced: '4.4.3', text: 'DNS' };
  assert.equal(inShort(await new Courier(t).send({ kind: 'temporary', reply })), 'unreachable 451 4.4.3 DNS');
  const gone = { code: 550, enhanced: '5.1.2', text: 'No such domain' };
  const result = await new Courier(t).send(
    { kind: 'permanent', reply: gone },
    { recipients: ['a@x.example', 'b@x.example'] },
  );
  assert.deepEqual(inShort(result), ['failed 550 5.1.2 No such domain', 'failed 550 5.1.2 No such domain']);
  assert.ok(result.kind === 'tried' && result.outcomes.every(outcome => outcome.remote === null));
});

test('the protocol lines are told in the order of the wire, replies whole', async t => {
  const server = await scriptServer(t, {
    extensions: ['PIPELINING', 'DSN'],
    on: command => (command === '.' ? '250-2.0.0 Thank\r\n250-2.0.0 you\r\n250 2.0.0 Größe' : undefined),
  });
  const courier = new Courier(t);
  await courier.send([server], { recipients: ['a@x.example', 'b@x.example'] });
  courier.deliverer.closeIdle();
  assert.deepEqual(
    courier.conversation().map(line => line.replaceAll('\r', '')),
    [
      'S: 220 test.example ESMTP',
      'C: EHLO relay.example.com',
      'S: 250-test.example\n250-PIPELINING\n250 DSN',
      'C: MAIL FROM:<app@example.com>',
      'C: RCPT TO:<a@x.example>',
      'C: RCPT TO:<b@x.example>',
      'C: DATA',
      'S: 250 2.1.0 Ok',
      'S: 250 2.1.5 Ok',
      'S: 250 2.1.5 Ok',
      'S: 354 End data with <CR><LF>.<CR><LF>',
      'S: 250-2.0.0 Thank\n250-2.0.0 you\n250 2.0.0 Größe',
      'C: QUIT',
    ],
  );
  assert.deepEqual([...new Set(courier.lines.map(line => line.messageId))], ['M1', null]);
});

test('a reply that comes in single bytes is told once and whole', async t => {
  const listener = createServer(socket => {
    socket.on('error', () => {});
    const drip = async (text: string) => {
      for (const letter of Buffer.from(text)) {
        socket.write(Buffer.from([letter]));
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    void drip('220-slow\r\n220 server\r\n');
    socket.on('data', (chunk: Buffer) => {
      const command = chunk.toString();
      void drip(
        command.startsWith('EHLO')
          ? '250-slow\r\n250 SIZE\r\n'
          : command.startsWith('DATA')
            ? '354 go\r\n'
            : '250 ok\r\n',
      );
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => void listener.close());
  const courier = new Courier(t);
  assert.equal(kinds(await courier.send([targetOf(listener.address() as { port: number })])), 'delivered');
  assert.deepEqual(
    courier.lines.filter(line => line.part === 'response').map(line => line.text.replaceAll('\r', '')),
    ['220-slow\n220 server', '250-slow\n250 SIZE', '250 ok', '250 ok', '354 go', '250 ok'],
  );
  courier.deliverer.closeIdle();
});

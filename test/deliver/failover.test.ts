/** Several servers: which one a message goes to, what is remembered of those that fail, and the way back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HostHealth } from '../../src/deliver/host-health.ts';
import type { Target } from '../../src/route/next-hop.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { Courier, inShort, kinds, targetOf } from '../support/smtp-delivery.ts';
import { HandClock } from '../support/smtp-hand-clock.ts';
import { DROP, type ScriptServer, SILENCE, scriptServer } from '../support/smtp-script-server.ts';
import { until } from '../support/smtp-until.ts';

const BUSY = { on: (command: string) => (command === 'connect' ? '421 4.3.2 Busy' : undefined) };
const GOOD = {};
const certificate = selfSigned() ?? undefined;
const needsCertificate = certificate ? false : 'needs openssl';

const target = (port: number): Target => ({ host: 'mx.example', address: '192.0.2.1', port });
const counts = (servers: readonly ScriptServer[]) => servers.map(server => server.messages.length);

test('a server that failed comes last, is tried again by one when its time has come, and first again when it works', async () => {
  const clock = new HandClock();
  const health = new HostHealth(clock);
  const [a, b, c] = [target(1), target(2), target(3)];
  const ports = () => health.inOrder('Hub', [a, b, c]).map(({ port }) => port);
  assert.deepEqual(ports(), [1, 2, 3]);
  health.failed('Hub', a);
  assert.deepEqual(ports(), [2, 3, 1]);
  assert.deepEqual(
    health.inOrder('Other', [a, b, c]).map(({ port }) => port),
    [1, 2, 3],
  );
  await clock.advance(30_000);
  assert.deepEqual(ports(), [1, 2, 3]);
  // The others don't wait for what that one finds out.
  assert.deepEqual(ports(), [2, 3, 1]);
  health.failed('Hub', a);
  await clock.advance(59_000);
  assert.deepEqual(ports(), [2, 3, 1]);
  await clock.advance(1000);
  assert.deepEqual(ports(), [1, 2, 3]);
  health.worked('Hub', a);
  assert.deepEqual(ports(), [1, 2, 3]);
});

test('never are two that failed tried before one that works, and nobody is left out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ fails: fc.subarray([0, 1, 2, 3]), works: fc.subarray([0, 1, 2, 3]), after: fc.nat(400_000) }),
      ),
      async steps => {
        const clock = new HandClock();
        const health = new HostHealth(clock);
        const all = [target(1), target(2), target(3), target(4)];
        for (const { fails, works, after } of steps) {
          for (const at of fails) health.failed('Hub', all[at]!);
          for (const at of works) health.worked('Hub', all[at]!);
          await clock.advance(after);
          const failed = new Set(all.filter(one => health.hasFailed('Hub', one)));
          const order = health.inOrder('Hub', all);
          assert.deepEqual(new Set(order), new Set(all));
          assert.equal(order.length, all.length);
          const firstGood = order.findIndex(one => !failed.has(one));
          if (firstGood !== -1) assert.ok(firstGood <= 1, `${firstGood}`);
          const good = order.filter(one => !failed.has(one));
          assert.deepEqual(
            good,
            all.filter(one => !failed.has(one)),
          );
        }
      },
    ),
  );
});

for (const [what, script] of [
  ['greets with 4yz', BUSY],
  ['cuts the connection', { on: (command: string) => (command === 'connect' ? DROP : undefined) }],
  ['fails at TLS', 'tls'],
] as const) {
  test(`a server that ${what} is asked once, then left alone, then comes back`, {
    skip: script === 'tls' && needsCertificate,
  }, async t => {
    const clock = new HandClock();
    const courier = new Courier(t, clock);
    const bad = script === 'tls' ? { certificate, handshake: 'cut' as const } : script;
    const good = script === 'tls' ? { certificate } : GOOD;
    const [first, second] = [await scriptServer(t, bad), await scriptServer(t, good)];
    const manners = script === 'tls' ? { tls: 'Required' as const } : {};
    for (let at = 0; at < 5; at++) assert.equal(kinds(await courier.send([first, second], { manners })), 'delivered');
    assert.deepEqual(counts([first, second]), [0, 5]);
    assert.equal(first.sessions.length, 1);
    first.script = good;
    await clock.advance(29_000);
    await courier.send([first, second], { manners });
    assert.equal(first.messages.length, 0);
    await clock.advance(2000);
    for (let at = 0; at < 3; at++) await courier.send([first, second], { manners });
    assert.deepEqual(counts([first, second]), [3, 6]);
  });
}

test('a session that waits at the second server is no reason to stay there when the first is to be tried again', async t => {
  const clock = new HandClock();
  const courier = new Courier(t, clock);
  const [first, second] = [await scriptServer(t, BUSY), await scriptServer(t)];
  const manners = { idleTimeout: 600_000 };
  for (let at = 0; at < 3; at++) await courier.send([first, second], { manners });
  assert.equal(second.sessions.length, 1);
  await clock.advance(31_000);
  // Still busy: one message finds out, and goes over the session that waits.
  for (let at = 0; at < 3; at++) await courier.send([first, second], { manners });
  assert.deepEqual([first.sessions.length, second.sessions.length, second.messages.length], [2, 1, 6]);
  first.script = GOOD;
  await clock.advance(61_000);
  for (let at = 0; at < 3; at++) await courier.send([first, second], { manners });
  assert.deepEqual(counts([first, second]), [3, 6]);
});

test('a server that accepts and says nothing holds a message no longer than a connection may take', async t => {
  const courier = new Courier(t);
  const [first, second] = [await scriptServer(t), await scriptServer(t)];
  const manners = { connectTimeout: 400, commandTimeout: 20_000 };
  const timed = async () => {
    const begun = performance.now();
    assert.equal(kinds(await courier.send([first, second], { manners })), 'delivered');
    return performance.now() - begun;
  };
  await timed();
  // Over the session that waits; then the next ones, which know of it.
  first.script = { on: () => SILENCE };
  const over = [await timed(), await timed()];
  assert.deepEqual(counts([first, second]), [1, 2]);
  // From the greeting on, in a new session.
  const other = new Courier(t);
  const begun = performance.now();
  assert.equal(kinds(await other.send([first, second], { manners })), 'delivered');
  const opened = performance.now() - begun;
  // Far from the times of a command; a busy machine has its reserve.
  for (const time of [...over, opened]) assert.ok(time < 8000, `${time}`);
  assert.ok(opened >= 390, `${opened}`);
});

test('where there is no other server, one that is slow has the time of a command', async t => {
  const slow = await scriptServer(t, {
    on: (command, session) => {
      if (command !== 'connect' && !command.startsWith('MAIL')) return undefined;
      const answer = command === 'connect' ? '220 test.example' : '250 2.1.0 Ok';
      if (command !== 'connect') session.mail = command;
      setTimeout(() => session.socket.write(`${answer}\r\n`), 500);
      return SILENCE;
    },
    extensions: [],
  });
  const courier = new Courier(t);
  const manners = { connectTimeout: 200, commandTimeout: 20_000 };
  for (let at = 0; at < 2; at++) assert.equal(kinds(await courier.send([slow], { manners })), 'delivered');
});

test('where every server fails, each is tried every time, and the reason is that of the last', async t => {
  const courier = new Courier(t, new HandClock());
  const servers = [await scriptServer(t, BUSY), await scriptServer(t, BUSY)];
  for (let at = 0; at < 3; at++) assert.equal(inShort(await courier.send(servers)), 'unreachable 421 4.3.2 Busy');
  assert.deepEqual(
    servers.map(server => server.sessions.length),
    [3, 3],
  );
});

test('a deferral is not taken to a server that is known to be down', async t => {
  const courier = new Courier(t, new HandClock());
  const [first, second] = [await scriptServer(t), await scriptServer(t, BUSY)];
  first.script = BUSY;
  await courier.send([first, second]);
  first.script = { on: command => (command.startsWith('RCPT') ? '450 4.2.1 Later' : undefined) };
  const { length } = second.sessions;
  assert.deepEqual(inShort(await courier.send([first, second])), ['deferred 450 4.2.1 Later']);
  assert.equal(second.sessions.length, length);
});

test('shared out, each message goes to the server named first, over the session that waits there', async t => {
  const courier = new Courier(t);
  const servers = [await scriptServer(t), await scriptServer(t)];
  for (let at = 0; at < 10; at++) await courier.send(at % 3 === 0 ? servers : servers.toReversed(), { isShared: true });
  assert.deepEqual(counts(servers), [4, 6]);
  assert.deepEqual(
    servers.map(server => server.sessions.length),
    [1, 1],
  );
});

test('a fall-back gets what can not be reached, not what is deferred or refused', async t => {
  const courier = new Courier(t, new HandClock());
  const [direct, smart] = [await scriptServer(t), await scriptServer(t)];
  const targets = [targetOf(direct), { ...targetOf(smart), isFallback: true as const }];
  const saying = (reply: string) => ({ on: (command: string) => (command.startsWith('RCPT') ? reply : undefined) });
  direct.script = saying('450 4.2.1 Greylisted');
  assert.equal(kinds(await courier.send(targets, { hop: 'a' })), 'deferred');
  direct.script = saying('550 5.1.1 Nobody');
  assert.equal(kinds(await courier.send(targets, { hop: 'b' })), 'failed');
  assert.equal(smart.sessions.length, 0);
  direct.script = BUSY;
  assert.equal(kinds(await courier.send(targets, { hop: 'c' })), 'delivered');
  // Known to be down by now.
  const { length } = direct.sessions;
  assert.equal(kinds(await courier.send(targets, { hop: 'c' })), 'delivered');
  assert.deepEqual([smart.messages.length, direct.sessions.length], [2, length]);
});

test('a waiting session is ended after the time of its connector', async t => {
  const clock = new HandClock();
  const courier = new Courier(t, clock);
  const server = await scriptServer(t);
  await courier.send([server], { manners: { idleTimeout: 2000 } });
  await clock.advance(1999);
  assert.equal(courier.deliverer.idleOf('hop'), 1);
  await clock.advance(2);
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  await until(() => server.commands.includes('QUIT'), 'QUIT');
});

test('a server that cuts waiting sessions is left before it does so the next time', async t => {
  const clock = new HandClock();
  const courier = new Courier(t, clock);
  const server = await scriptServer(t);
  const send = () => courier.send([server], { manners: { idleTimeout: 60_000 } });
  await send();
  await clock.advance(10_000);
  server.sessions[0]!.socket.end('421 4.4.2 Idle\r\n');
  await until(() => courier.deliverer.idleOf('hop') === 0, 'the session is forgotten');
  await send();
  await clock.advance(7999);
  assert.equal(courier.deliverer.idleOf('hop'), 1);
  await clock.advance(2);
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  await until(() => server.commands.includes('QUIT'), 'QUIT');
});

test('a server that goes down under waiting sessions is not taken for an impatient one', async t => {
  const clock = new HandClock();
  const courier = new Courier(t, clock);
  const server = await scriptServer(t);
  const send = () => courier.send([server], { manners: { idleTimeout: 60_000 } });
  await send();
  await clock.advance(100);
  server.sessions[0]!.socket.end('421 4.3.2 Restarting\r\n');
  await until(() => courier.deliverer.idleOf('hop') === 0, 'the session is forgotten');
  await send();
  await clock.advance(59_000);
  assert.equal(courier.deliverer.idleOf('hop'), 1);
});

test('HELO where it is asked for, and nothing that needs EHLO', async t => {
  const server = await scriptServer(t, { certificate });
  const result = await new Courier(t).send([server], { manners: { forceHelo: true } });
  assert.equal(kinds(result), 'delivered');
  assert.deepEqual(server.commands.slice(0, 3), [
    'HELO relay.example.com',
    'MAIL FROM:<app@example.com>',
    server.commands[2],
  ]);
  assert.equal(server.messages[0]!.secure, false);
});

test('connections come from the source address', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await courier.send([server], { manners: { sourceAddress: '127.0.0.9' } });
  assert.equal(server.sessions[0]!.socket.remoteAddress, '127.0.0.9');
  const away = await courier.send([server], { hop: 'other', manners: { sourceAddress: '192.0.2.77' } });
  assert.match(String(inShort(away)), /^unreachable 451 4\.4\.1 .*no local address to connect from/);
});

test('each command has its time: DATA less than MAIL, the final dot more', async t => {
  const waits = async (command: string, extensions: readonly string[] = []) => {
    const server = await scriptServer(t, {
      extensions,
      on: heard => (heard.startsWith(command) ? SILENCE : undefined),
    });
    const begun = performance.now();
    const result = await new Courier(t).send([server], { manners: { commandTimeout: 500 } });
    assert.equal(kinds(result), 'deferred');
    return performance.now() - begun;
  };
  // Only lower borders: a busy machine may be late, never early.
  const [mail, data, final] = [await waits('MAIL'), await waits('DATA'), await waits('.')];
  assert.ok(mail >= 490, `${mail}`);
  assert.ok(data >= 190, `${data}`);
  assert.ok(final >= 990, `${final}`);
  assert.ok(data < final, `${data} ${final}`);
  const together = await waits('DATA', ['PIPELINING']);
  assert.ok(together >= 490, `${together}`);
});

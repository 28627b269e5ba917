import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Courier, inShort, kinds } from '../support/smtp-delivery.ts';
import { HandClock } from '../support/smtp-hand-clock.ts';
import { SILENCE, scriptServer, WITHOUT_PIPELINING } from '../support/smtp-script-server.ts';
import { until } from '../support/smtp-until.ts';

test('one session carries one message after the other, up to its limit', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  for (let at = 0; at < 7; at++)
    assert.equal(kinds(await courier.send([server], { manners: { maxMessagesPerConnection: 3 } })), 'delivered');
  assert.equal(server.sessions.length, 3);
  assert.equal(server.messages.length, 7);
  assert.equal(server.sessions[0]!.commands.at(-1), 'QUIT');
  assert.equal(courier.deliverer.idleOf('hop'), 1);
});

test('messages at the same time have sessions of their own, which are all kept', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await Promise.all(Array.from({ length: 5 }, () => courier.send([server])));
  assert.equal(server.sessions.length, 5);
  assert.deepEqual([courier.deliverer.idleOf('hop'), courier.deliverer.connections], [5, 5]);
  await Promise.all(Array.from({ length: 5 }, () => courier.send([server])));
  assert.equal(server.sessions.length, 5);
});

test('a session is only used for its own next hop', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await courier.send([server], { hop: 'one' });
  await courier.send([server], { hop: 'two' });
  assert.equal(server.sessions.length, 2);
  assert.deepEqual(
    ['one', 'two', 'three'].map(hop => courier.deliverer.idleOf(hop)),
    [1, 1, 0],
  );
});

test('an idle session says QUIT after some seconds', async t => {
  const server = await scriptServer(t);
  const clock = new HandClock();
  const courier = new Courier(t, clock);
  await courier.send([server]);
  await clock.advance(4000);
  assert.equal(courier.deliverer.idleOf('hop'), 1);
  await clock.advance(2000);
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  await until(() => server.open() === 0, 'the end of the session');
  assert.equal(server.sessions[0]!.commands.at(-1), 'QUIT');
});

test('closing idle sessions says QUIT on all of them', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await Promise.all([courier.send([server]), courier.send([server])]);
  courier.deliverer.closeIdle();
  assert.equal(courier.deliverer.connections, 0);
  await until(() => server.open() === 0, 'the end of the sessions');
});

test('a session that was busy when the settings changed takes no message after that one', async t => {
  let finish = () => {};
  const server = await scriptServer(t, {
    on: (command, session) => {
      if (session.number > 1 || command !== '.') return undefined;
      finish = () => session.socket.write('250 2.0.0 Ok, at last\r\n');
      return SILENCE;
    },
  });
  const courier = new Courier(t);
  const busy = courier.send([server]);
  await until(() => server.commands.includes('.'), 'the end of the message');
  courier.deliverer.renew();
  finish();
  assert.deepEqual(inShort(await busy), ['delivered 250 2.0.0 Ok, at last']);
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  await until(() => server.commands.at(-1) === 'QUIT', 'the end of the session');
  await courier.send([server]);
  await courier.send([server]);
  assert.equal(server.sessions.length, 2);
});

test('a session that waits carries no message, whatever became of the last one', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  const reply = { code: 554, enhanced: '5.6.3', text: 'Can not be converted' };
  assert.deepEqual(inShort(await courier.send([server], { refused: reply })), [
    'failed 554 5.6.3 Can not be converted',
  ]);
  const [session] = courier.deliverer.sessions.list();
  assert.equal(session!.messageId, null);
  assert.ok(courier.deliverer.sessions.end(session!.identity));
  await until(() => server.commands.at(-1) === 'QUIT', 'a QUIT, not a cut');
});

test('an idle session that the server ended is replaced, and the message goes once', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await courier.send([server]);
  server.sessions[0]!.socket.write('421 4.4.2 Idle too long\r\n');
  server.sessions[0]!.socket.end();
  await until(() => server.open() === 0, 'the end of the session');
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.deepEqual([server.sessions.length, server.messages.length], [2, 2]);
});

for (const [what, extensions] of [
  ['pipelining', undefined],
  ['no pipelining', WITHOUT_PIPELINING],
] as const) {
  test(`a stale session that answers the next message with 421 is replaced at once (${what})`, async t => {
    const server = await scriptServer(t, {
      ...(extensions ? { extensions } : {}),
      on: (command, session) =>
        session.number === 1 && command.startsWith('MAIL') && session.commands.includes('.')
          ? '421 4.4.2 Idle too long'
          : undefined,
    });
    const courier = new Courier(t);
    await courier.send([server]);
    assert.equal(kinds(await courier.send([server])), 'delivered');
    assert.deepEqual([server.sessions.length, server.messages.length], [2, 2]);
  });

  test(`a stale session that dies under the next message is replaced at once (${what})`, async t => {
    const server = await scriptServer(t, {
      ...(extensions ? { extensions } : {}),
      on: (command, session) => {
        if (session.number === 1 && command.startsWith('MAIL') && session.commands.includes('.'))
          session.socket.destroy();
        return undefined;
      },
    });
    const courier = new Courier(t);
    await courier.send([server]);
    assert.equal(kinds(await courier.send([server])), 'delivered');
    assert.deepEqual([server.sessions.length, server.messages.length], [2, 2]);
  });

  for (const refused of ['MAIL', 'RCPT', 'DATA', '.']) {
    test(`after a message refused at ${refused} the session takes the next one (${what})`, async t => {
      let refuse = true;
      const server = await scriptServer(t, {
        ...(extensions ? { extensions } : {}),
        on: command =>
          refuse && (refused === '.' ? command === '.' : command.startsWith(refused))
            ? '550 5.7.1 Not this one'
            : undefined,
      });
      const courier = new Courier(t);
      assert.equal(kinds(await courier.send([server])), 'failed');
      refuse = false;
      assert.deepEqual(inShort(await courier.send([server])), [
        `delivered 250 2.0.0 Ok: queued as ${server.messages.length}`,
      ]);
      assert.equal(server.sessions.length, 1);
    });
  }
}

test('a session whose reset is refused is replaced', async t => {
  const server = await scriptServer(t, {
    on: (command, session) =>
      session.number === 1 && command.startsWith('RCPT')
        ? '550 5.1.1 No'
        : command === 'RSET'
          ? '500 5.5.2 What?'
          : undefined,
  });
  const courier = new Courier(t);
  assert.equal(kinds(await courier.send([server])), 'failed');
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.equal(server.sessions.length, 2);
});

test('a session that may have lost a message is not used again', async t => {
  const server = await scriptServer(t, {
    on: (command, session) => (session.number === 1 && command === '.' ? 'What was that?' : undefined),
  });
  const courier = new Courier(t);
  assert.equal(kinds(await courier.send([server])), 'deferred');
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.equal(server.sessions.length, 2);
});

test('when the idle session is dead and no server answers any more, the hop is unreachable', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await courier.send([server]);
  await server.close();
  await until(() => server.open() === 0, 'the end of the session');
  assert.equal(kinds(await courier.send([server])), 'unreachable');
});

test('many messages over few sessions: none lost, none doubled', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  const send = async (number: number) =>
    courier.send([server], {
      text: Buffer.from(`Subject: ${number}\r\n\r\n`),
      manners: { maxMessagesPerConnection: 7 },
    });
  for (let round = 0; round < 10; round++) {
    const results = await Promise.all(Array.from({ length: 10 }, (_, at) => send(round * 10 + at)));
    assert.ok(results.every(result => kinds(result) === 'delivered'));
  }
  const subjects = server.messages.map(message => message.text.toString().trim()).sort();
  assert.deepEqual(subjects, Array.from({ length: 100 }, (_, at) => `Subject: ${at}`).sort());
  assert.ok(server.sessions.length <= 20, `${server.sessions.length} sessions`);
});

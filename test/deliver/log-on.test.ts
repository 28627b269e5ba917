/** Logging on to the next hop: what is said on the wire, what is never said in clear, and what is not logged. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { LogOn } from '../../src/deliver/log-on.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { Courier, inShort, targetOf } from '../support/smtp-delivery.ts';
import { type Script, type ScriptSession, scriptServer } from '../support/smtp-script-server.ts';

const CERTIFICATE = selfSigned();
const SECRET = 'pass wörd of 1';

const logOn = (changes: Partial<LogOn> = {}): LogOn => ({
  method: 'Automatic',
  userName: 'me@example.com',
  allowClearText: false,
  secret: async () => SECRET,
  ...changes,
});

/** A server that checks what it is told. */
function authServer(mechanisms: string, more: Partial<Script> = {}): Script {
  const stage = new WeakMap<ScriptSession, string>();
  const challenge = '<1896.697170952@test.example>';
  const check = (good: boolean) => (good ? '235 2.7.0 Yes' : '535 5.7.8 No');
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    ...(CERTIFICATE ? { certificate: CERTIFICATE } : {}),
    extensions: ['PIPELINING', '8BITMIME', `AUTH ${mechanisms}`],
    on: (command, session) => {
      const at = stage.get(session);
      stage.delete(session);
      if (at === 'user') {
        stage.set(session, command === base64('me@example.com') ? 'pass' : 'wrong');
        return `334 ${base64('Password:')}`;
      }
      if (at === 'pass') return check(command === base64(SECRET));
      if (at === 'cram') {
        const expected = `me@example.com ${createHmac('md5', SECRET).update(challenge).digest('hex')}`;
        return check(command === base64(expected));
      }
      if (at === 'xoauth') return '535 5.7.8 Username and Password not accepted';
      if (command.startsWith('AUTH PLAIN ')) return check(command.slice(11) === base64(`\0me@example.com\0${SECRET}`));
      if (command === 'AUTH LOGIN') {
        stage.set(session, 'user');
        return `334 ${base64('Username:')}`;
      }
      if (command === 'AUTH CRAM-MD5') {
        stage.set(session, 'cram');
        return `334 ${base64(challenge)}`;
      }
      if (command.startsWith('AUTH XOAUTH2 ')) {
        const token = Buffer.from(command.slice(13), 'base64').toString();
        if (token === 'user=me@example.com\x01auth=Bearer good\x01\x01') return '235 2.7.0 Yes';
        stage.set(session, 'xoauth');
        return `334 ${base64('{"status":"401"}')}`;
      }
      return undefined;
    },
    ...more,
  };
}

const skip = CERTIFICATE ? false : 'openssl is not installed';

for (const [offered, method, expected] of [
  ['PLAIN LOGIN', 'Automatic', 'AUTH PLAIN'],
  ['LOGIN CRAM-MD5', 'Automatic', 'AUTH LOGIN'],
  ['CRAM-MD5', 'Automatic', 'AUTH CRAM-MD5'],
  ['PLAIN LOGIN CRAM-MD5', 'LOGIN', 'AUTH LOGIN'],
  ['PLAIN LOGIN CRAM-MD5', 'CRAM-MD5', 'AUTH CRAM-MD5'],
] as const)
  test(`${method} where ${offered} is offered: ${expected} under TLS, and no line shows the password`, {
    skip,
  }, async t => {
    const server = await scriptServer(t, authServer(offered));
    const courier = new Courier(t);
    const result = await courier.send([server], { manners: { logOn: logOn({ method }) } });
    assert.deepEqual(inShort(result), ['delivered 250 2.0.0 Ok: queued as 1']);
    assert.ok(server.messages[0]!.secure);
    assert.ok(server.commands.some(command => command.startsWith(expected)));
    const lines = courier.conversation().join('\n');
    for (const shown of [
      SECRET,
      Buffer.from(SECRET).toString('base64'),
      Buffer.from(`\0me@example.com\0${SECRET}`).toString('base64'),
    ])
      assert.ok(!lines.includes(shown), lines);
  });

test('XOAUTH2: a token that is refused is renewed once, in the same session', { skip }, async t => {
  const server = await scriptServer(t, authServer('XOAUTH2'));
  const courier = new Courier(t);
  const asked: (string | null)[] = [];
  const secret = async (refused: string | null) => {
    asked.push(refused);
    return refused === null ? 'taken-back' : 'good';
  };
  const result = await courier.send([server], { manners: { logOn: logOn({ method: 'XOAUTH2', secret }) } });
  assert.deepEqual(inShort(result), ['delivered 250 2.0.0 Ok: queued as 1']);
  assert.deepEqual(asked, [null, 'taken-back']);
  assert.equal(server.sessions.length, 1);
  assert.doesNotMatch(courier.conversation().join('\n'), /taken-back/);
});

test('a refused log-on is no verdict on the mail, and other servers are not asked', { skip }, async t => {
  for (const reply of [
    '535 5.7.3 Authentication unsuccessful',
    '550 5.7.30 Basic authentication is not supported',
    '454 4.7.0 Later',
  ]) {
    const refuse = (command: string) => (command.startsWith('AUTH') ? reply : undefined);
    const servers = [
      await scriptServer(t, authServer('PLAIN', { on: refuse })),
      await scriptServer(t, authServer('PLAIN', { on: refuse })),
    ];
    const result = await new Courier(t).send(servers, { manners: { logOn: logOn() } });
    assert.equal(inShort(result), `unreachable ${reply}`);
    assert.equal(result.kind === 'unreachable' && result.logOnFailed, true);
    assert.equal(servers[1]!.sessions.length, 0);
  }
});

test('a server that wants a log-on for mail is a matter of our settings', async t => {
  for (const reply of [
    '530 5.7.57 Client not authenticated to send mail',
    '530 5.7.1 Authentication required',
    '550 5.7.57 No',
  ]) {
    const server = await scriptServer(t, { on: command => (command.startsWith('MAIL') ? reply : undefined) });
    const result = await new Courier(t).send([server]);
    assert.equal(inShort(result), `unreachable ${reply}`);
    assert.equal(result.kind === 'unreachable' && result.logOnFailed, true);
  }
});

test('nothing is said in clear text where that is not allowed, or the server is not near', async t => {
  const { certificate, ...clear } = authServer('PLAIN CRAM-MD5');
  const server = await scriptServer(t, clear);
  for (const tls of ['None', 'Opportunistic'] as const) {
    const result = await new Courier(t).send([server], { manners: { tls, logOn: logOn() } });
    assert.match(String(inShort(result)), /^unreachable (502 |.*TLS)/);
  }
  assert.ok(!server.commands.some(command => command.startsWith('AUTH')), server.commands.join('\n'));
  const allowed = await new Courier(t).send([server], { manners: { logOn: logOn({ allowClearText: true }) } });
  assert.deepEqual(inShort(allowed), ['delivered 250 2.0.0 Ok: queued as 1']);
  assert.ok(server.commands.includes('AUTH CRAM-MD5'), 'the one that does not show the password');
});

test('where mail hosts come first, only the smart hosts behind them hear a log-on, and under TLS', {
  skip,
}, async t => {
  const { certificate, ...clear } = authServer('PLAIN');
  const direct = await scriptServer(t, clear);
  const smart = await scriptServer(t, authServer('PLAIN'));
  const targets = [targetOf(direct), { ...targetOf(smart), isFallback: true as const }];
  const manners = { logOn: logOn(), logsOnOnlyToFallbacks: true };
  const courier = new Courier(t);
  assert.match(String(inShort(await courier.send(targets, { manners, hop: 'a' }))), /^delivered/);
  assert.equal(direct.messages.length, 1);
  assert.ok(!direct.commands.some(command => command.startsWith('AUTH')), direct.commands.join('\n'));
  direct.script = { on: command => (command === 'connect' ? '421 4.3.2 Busy' : undefined) };
  assert.match(String(inShort(await courier.send(targets, { manners, hop: 'b' }))), /^delivered/);
  assert.ok(smart.messages[0]!.secure);
  assert.ok(smart.commands.some(command => command.startsWith('AUTH PLAIN')));
  // A log-on that fails there is still no verdict on the mail.
  smart.script = authServer('PLAIN', { on: command => (/^AUTH/.test(command) ? '535 5.7.8 No' : undefined) });
  courier.deliverer.renew();
  const result = await courier.send(targets, { manners, hop: 'c' });
  assert.equal(inShort(result), 'unreachable 535 5.7.8 No');
  assert.equal(result.kind === 'unreachable' && result.logOnFailed, true);
});

test('what the server repeats of a secret is not shown', { skip }, async t => {
  const echo = (command: string) =>
    command.startsWith('AUTH PLAIN') ? `535 5.7.8 I do not know ${command.slice(11)} ${SECRET.slice(0, 0)}` : undefined;
  const server = await scriptServer(t, authServer('PLAIN', { on: echo }));
  const courier = new Courier(t);
  const result = await courier.send([server], { manners: { logOn: logOn() } });
  assert.equal(inShort(result), 'unreachable 535 5.7.8 I do not know ***');
  assert.ok(courier.conversation().includes('S: 535 5.7.8 I do not know ***'));
});

test('without a secret nobody is asked to believe us', { skip }, async t => {
  const server = await scriptServer(t, authServer('PLAIN'));
  const secret = async () => {
    throw new Error('No password is kept for connector Internet');
  };
  const result = await new Courier(t).send([server], { manners: { logOn: logOn({ secret }) } });
  assert.equal(inShort(result), 'unreachable 454 4.7.0 No password is kept for connector Internet');
});

test('a server that does not offer the way to log on, or hangs up over it, says so', { skip }, async t => {
  const other = await scriptServer(t, authServer('LOGIN'));
  const result = await new Courier(t).send([other], { manners: { logOn: logOn({ method: 'XOAUTH2' }) } });
  assert.match(String(inShort(result)), /offers AUTH LOGIN, not XOAUTH2/);
  const none = await scriptServer(t, {
    ...(CERTIFICATE ? { certificate: CERTIFICATE } : {}),
    extensions: ['8BITMIME'],
  });
  assert.match(String(inShort(await new Courier(t).send([none], { manners: { logOn: logOn() } }))), /offers no log-on/);
  const cut = await scriptServer(
    t,
    authServer('PLAIN', {
      on: (command, session) => {
        if (command.startsWith('AUTH')) session.socket.destroy();
        return undefined;
      },
    }),
  );
  assert.match(String(inShort(await new Courier(t).send([cut], { manners: { logOn: logOn() } }))), /^unreachable 4/);
});

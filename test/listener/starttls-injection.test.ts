/**
 * STARTTLS injection (CVE-2011-0411, CVE-2021-38371 and the like) against our server: what somebody on
 * the way puts into the clear part of a session must never count in its secured part.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { TestRelay } from '../support/relay-harness.ts';

const PASSWORD = 'correct horse battery';
const plain = Buffer.from(`\0scanner\0${PASSWORD}`).toString('base64');

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({
    listener: { tlsMode: 'Optional' },
    restriction: { entries: [{ entry: '127.0.0.1' }] },
  });
  await relay.control.call('account.create', { name: 'scanner', password: PASSWORD });
});
after(() => relay.stop());

const INJECTED = 'MAIL FROM:<injected@evil.example>\r\nRCPT TO:<x@y.example>\r\n';

describe('behind STARTTLS in the clear', () => {
  const BEHIND = [
    ['commands', `STARTTLS\r\n${INJECTED}`],
    ['one command', 'STARTTLS\r\nNOOP\r\n'],
    ['half a command', 'STARTTLS\r\nMAIL FROM:<injected@evil.example>'],
    ['one byte', 'STARTTLS\r\nM'],
    ['an empty line', 'STARTTLS\r\n\r\n'],
    ['commands behind a bare LF', `STARTTLS\n${INJECTED}`],
    ['commands in lower case', `starttls\r\n${INJECTED}`],
    ['more commands than are done in a turn', `STARTTLS\r\n${'NOOP\r\n'.repeat(500)}${INJECTED}`],
    ['a message', `STARTTLS\r\n${INJECTED}DATA\r\nSubject: injected\r\n\r\nx\r\n.\r\n`],
    ['many of them in a group', `NOOP\r\nRSET\r\nSTARTTLS\r\n${INJECTED}`],
  ] as const;
  for (const [title, wire] of BEHIND)
    it(`${title}: 554 and the end, nothing of it done`, async () => {
      const client = await relay.client();
      client.send(wire);
      const answers: string[] = [];
      for (let reply = await client.reply(); reply; reply = await client.reply()) answers.push(reply.text);
      assert.deepEqual(
        answers.filter(answer => !answer.startsWith('250 2.0.0')),
        ['554 5.5.0 Wait for the reply to STARTTLS'],
      );
    });

  for (const pause of [0, 1, 20])
    it(`commands in a packet of their own, ${pause} ms later, are no TLS handshake, and the session ends`, async () => {
      const client = await relay.client();
      await client.sendAll('STARTTLS\r\n');
      if (pause > 0) await wait(pause);
      await client.sendAll(INJECTED);
      const answers: string[] = [];
      for (let reply = await client.reply(); reply; reply = await client.reply()) answers.push(reply.text);
      assert.ok(!answers.some(answer => answer.startsWith('250')), answers.join());
    });

  it('is told of in the log by its rule', async () => {
    const lines = await relay.control.call('log.read', { code: 554 });
    assert.ok(lines.length > 0 && lines.every(line => line.rule === 'UnauthorizedPipelining'));
  });
});

describe('before STARTTLS in the clear', () => {
  it('half a command does not go on under TLS', async () => {
    const client = await relay.client();
    client.send('MAIL FROM:<injected@evil.example> ');
    // It becomes part of the line, which is a bad one then.
    assert.equal((await client.say('STARTTLS')).code, 555);
  });

  it('a transaction, a name and a log-on are forgotten', async () => {
    const client = await relay.client({ localAddress: '127.0.0.9' });
    await client.say(`AUTH PLAIN ${plain}`, 235);
    await client.say('MAIL FROM:<injected@evil.example> SMTPUTF8 RET=HDRS ENVID=injected', 250);
    await client.say('RCPT TO:<x@y.example>', 250);
    await client.startTls();
    await client.say('DATA', 503);
    await client.say('MAIL FROM:<a@b.example>', 503);
    await client.say('EHLO client.example', 250);
    await client.say('RCPT TO:<x@y.example>', 503);
    await client.say('MAIL FROM:<a@b.example>', 250);
    assert.equal((await client.say('RCPT TO:<x@y.example>')).text, '550 5.7.1 Relaying denied');
    await client.say('RSET', 250);
    await client.say(`AUTH PLAIN ${plain}`, 235);
    const id = await client.mail('Subject: mine\r\n\r\nx\r\n');
    const [command] = (await relay.sink.messageOf(id)).commands;
    assert.doesNotMatch(command!, /ENVID|RET|SMTPUTF8/);
  });
});

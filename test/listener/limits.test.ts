/** Limits of sessions, silence, room on the disk, and settings that change while sessions are open. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { TestRelay, textOf, until } from '../support/relay-harness.ts';
import type { SmtpClient } from '../support/relay-smtp.ts';

describe('limits of sessions', () => {
  let relay: TestRelay;
  before(async () => {
    relay = await TestRelay.start({ listener: { maxInboundConnection: 4, maxInboundConnectionPerSource: 2 } });
  });
  afterEach(() => relay.quiet());
  after(() => relay.stop());

  it('one session more than one address may have is refused with 421, others get in', async () => {
    await relay.client();
    await relay.client();
    const refused = await relay.connect();
    assert.equal((await refused.expect(421)).text, '421 relay.test 4.7.0 Too many sessions, try again later');
    await refused.closed();
    await relay.client({ localAddress: '127.0.0.2' });
    const [line] = await relay.control.call('log.read', { code: 421 });
    assert.equal(line!.rule, 'MaxInboundConnectionPerSource');
    assert.match((await relay.logs()).activity, /by MaxInboundConnectionPerSource/);
  });

  it('one session more than there may be is refused with 421', async () => {
    for (const localAddress of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'])
      await relay.client({ localAddress });
    const refused = await relay.connect({ localAddress: '127.0.0.6' });
    await refused.expect(421);
    await refused.closed();
    const lines = await relay.control.call('log.read', { code: 421, clientIP: '127.0.0.6' });
    assert.equal(lines[0]!.rule, 'MaxInboundConnection');
  });

  it('a session that ends makes room, whichever way it ended', async () => {
    const ways: ((client: Awaited<ReturnType<TestRelay['client']>>) => Promise<void>)[] = [
      client => client.quit(),
      client => client.vanish(),
      async client => {
        client.socket.resetAndDestroy();
        await client.closed();
      },
      async client => {
        await client.begin(['a@b.example']);
        await client.vanish();
      },
    ];
    for (const end of ways) {
      const clients = [await relay.client(), await relay.client()];
      for (const client of clients) await end(client);
      await until('the sessions are over', async () => (await relay.control.call('relay.get')).sessions === 0);
    }
    await relay.client();
    await relay.client();
  });

  it('a refused session is not counted', async () => {
    await relay.client();
    await relay.client();
    for (let i = 0; i < 5; i++) await (await relay.connect()).expect(421);
    assert.equal((await relay.control.call('relay.get')).sessions, 2);
  });
});

describe('silence', () => {
  it('of the time allowed ends a session with 421, in the middle of a message as well', async () => {
    const relay = await TestRelay.start({ listener: { connectionInactivityTimeout: 5 } });
    try {
      const idle = await relay.client();
      const inData = await relay.client();
      await inData.begin(['a@b.example']);
      await inData.sendAll('Subject: half\r\n\r\nhalf a li');
      const begin = performance.now();
      for (const client of [idle, inData]) {
        assert.match((await client.expect(421)).text, /^421 4\.4\.2 /);
        await client.closed();
      }
      assert.ok(performance.now() - begin > 4000);
      await relay.quiet();
      await relay.empty();
    } finally {
      await relay.stop();
    }
  });
});

describe('a client that is never silent', () => {
  let relay: TestRelay;
  before(async () => {
    relay = await TestRelay.start({ listener: { connectionInactivityTimeout: 5, minimumDataRate: 1000 } });
  });
  after(() => relay.stop());

  /** Sends a byte now and then until the connection ends. */
  function trickle(client: SmtpClient, byte: string): void {
    const timer = setInterval(() => (client.socket.destroyed ? clearInterval(timer) : client.socket.write(byte)), 200);
    client.socket.once('close', () => clearInterval(timer));
  }

  it('but takes too long for a command or a message is sent away with 421, one that keeps the pace is not', async () => {
    const [inCommand, inData, steady] = [
      await relay.client({ localAddress: '127.0.0.41' }),
      await relay.client({ localAddress: '127.0.0.42' }),
      await relay.client(),
    ];
    for (const client of [inData, steady]) await client.begin(['a@b.example']);
    trickle(inCommand, 'N');
    trickle(inData, 'x');
    const rest = setInterval(() => steady.socket.write(`${'x'.repeat(998)}\r\n`), 200);
    assert.match((await inCommand.expect(421)).text, /^421 4\.4\.2 /);
    assert.match((await inData.expect(421)).text, /^421 4\.4\.2 .*too slowly/);
    await Promise.all([inCommand.closed(), inData.closed()]);
    clearInterval(rest);
    steady.send('\r\n.\r\n');
    await steady.expect(250);
    for (const [clientIP, rule] of [
      ['127.0.0.41', 'ConnectionInactivityTimeout'],
      ['127.0.0.42', 'MinimumDataRate'],
    ] as const)
      assert.equal((await relay.control.call('log.read', { clientIP, code: 421 }))[0]!.rule, rule);
  });
});

describe('limits of a minute', () => {
  let relay: TestRelay;
  before(async () => {
    relay = await TestRelay.start({
      general: { connectionRateLimit: 3, messageRateLimit: 2, recipientRateLimit: 4, byteRateLimit: 1000 },
    });
  });
  after(() => relay.stop());

  const WHEN = /in (\d+) seconds$/;
  const ruleOf = async (clientIP: string, code: number) =>
    (await relay.control.call('log.read', { clientIP, code }))[0]!.rule;

  it('keep a client out with 421 that connects too often, and no other', async () => {
    const localAddress = '127.0.0.51';
    for (let i = 0; i < 3; i++) await (await relay.client({ localAddress })).quit();
    const refused = await (await relay.connect({ localAddress })).expect(421);
    assert.match(refused.text, /^421 relay\.test 4\.7\.0 Too many connections/);
    assert.match(refused.text, WHEN);
    await (await relay.client({ localAddress: '127.0.0.52' })).quit();
    assert.equal(await ruleOf(localAddress, 421), 'ConnectionRateLimit');
  });

  it('put off messages, over sessions', async () => {
    const localAddress = '127.0.0.53';
    for (let i = 0; i < 2; i++) await (await relay.client({ localAddress })).mail('Subject: x\r\n\r\nx\r\n');
    const client = await relay.client({ localAddress });
    const refused = await client.say('MAIL FROM:<a@b.example> RET=HDRS', 450);
    assert.match(refused.text, /^450 4\.7\.1 Too many messages/);
    const [, seconds] = WHEN.exec(refused.text)!;
    assert.ok(Number(seconds) >= 1 && Number(seconds) <= 60);
    await client.say('RCPT TO:<a@b.example>', 503);
    assert.equal(await ruleOf(localAddress, 450), 'MessageRateLimit');
  });

  it('put off recipients, and the message goes to the others', async () => {
    const client = await relay.client({ localAddress: '127.0.0.54' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    for (let i = 0; i < 4; i++) await client.say(`RCPT TO:<r${i}@b.example>`, 250);
    assert.match((await client.say('RCPT TO:<r5@b.example>', 450)).text, /^450 4\.7\.1 Too many recipients/);
    await client.say('DATA', 354);
    client.send('Subject: x\r\n\r\nx\r\n.\r\n');
    await client.expect(250);
  });

  it('put off messages once the bytes are reached', async () => {
    const client = await relay.client({ localAddress: '127.0.0.55' });
    await client.mail(`Subject: x\r\n\r\n${'x'.repeat(990)}\r\n`);
    assert.match((await client.say('MAIL FROM:<a@b.example>', 450)).text, /^450 4\.7\.1 /);
    assert.equal(await ruleOf('127.0.0.55', 450), 'ByteRateLimit');
  });

  it('are live: without them the same clients go on', async () => {
    const none = { connectionRateLimit: 0, messageRateLimit: 0, recipientRateLimit: 0, byteRateLimit: 0 };
    await relay.control.call('settings.set', none);
    for (const localAddress of ['127.0.0.51', '127.0.0.53'])
      await (await relay.client({ localAddress })).mail('Subject: x\r\n\r\nx\r\n');
  });
});

describe('where settings are strict', () => {
  let relay: TestRelay;
  before(async () => {
    relay = await TestRelay.start({ listener: { bareLineEndings: 'Reject', unauthorizedPipelining: 'Reject' } });
  });
  after(() => relay.stop());

  for (const line of ['a\nb', 'a\rb', '\n', '.\n.', 'x\r', '\r\r'])
    it(`a message with ${JSON.stringify(line)} is refused after its end with 550 5.6.11, and the session goes on`, async () => {
      const client = await relay.client();
      await client.begin(['a@b.example']);
      client.send(`Subject: x\r\n\r\n${line}\r\n.\r\n`);
      assert.match((await client.expect(550)).text, /^550 5\.6\.11 /);
      await client.mail('Subject: x\r\n\r\nx\r\n..\r\n');
      const [refused] = await relay.control.call('log.read', { code: 550 });
      assert.equal(refused!.rule, 'BareLineEndings');
    });

  it('a client that talks before the greeting gets 554 and nothing else', async () => {
    // Now and then the greeting is out before the client's bytes are in; such a client is no early talker.
    const refused = await until('one is early', async () => {
      const client = await relay.connect({ localAddress: '127.0.0.43' });
      client.send('EHLO early\r\n');
      const reply = await client.reply();
      if (reply!.code === 220) return null;
      assert.equal(await client.reply(), null);
      return reply;
    });
    assert.equal(refused!.text, '554 relay.test 5.5.0 Wait for the greeting');
    const [line] = await relay.control.call('log.read', { clientIP: '127.0.0.43', code: 554 });
    assert.equal(line!.rule, 'EarlyTalker');
  });

  for (const [verb, before, group] of [
    ['EHLO', [], 'EHLO again\r\nMAIL FROM:<a@b.example>\r\n'],
    ['HELO', [], 'HELO again\r\nNOOP\r\n'],
    ['DATA', ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'], 'DATA\r\nSubject: x\r\n\r\nx\r\n.\r\n'],
  ] as const)
    it(`a client that does not wait for the reply to ${verb} gets 554 and nothing else`, async () => {
      const client = await relay.client();
      for (const line of before) await client.say(line, 250);
      client.send(group);
      assert.equal((await client.expect(554)).text, `554 5.5.0 Wait for the reply to ${verb}`);
      assert.equal(await client.reply(), null);
    });

  it('a client that pipelines where it may is served', async () => {
    const client = await relay.client();
    client.send('RSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n');
    for (const code of [250, 250, 250, 354]) await client.expect(code);
    client.send('Subject: x\r\n\r\nx\r\n.\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n');
    for (const code of [250, 250, 221]) await client.expect(code);
  });
});

describe('changed settings', () => {
  let relay: TestRelay;
  before(async () => {
    relay = await TestRelay.start();
  });
  after(() => relay.stop());

  it('hold for the next session, and open ones go on', async () => {
    const open = await relay.client();
    await open.say('MAIL FROM:<a@b.example>', 250);
    await relay.control.call('settings.set', { maxMessageSize: 2048, fqdn: 'other.test' });
    await open.say('RCPT TO:<c@d.example>', 250);
    await open.say('DATA', 354);
    open.send('Subject: x\r\n\r\nx\r\n.\r\n');
    await open.expect(250);
    const next = await relay.connect();
    assert.equal((await next.expect(220)).text, '220 other.test ESMTP');
    const { lines } = await next.say('EHLO client.example', 250);
    assert.ok(lines.includes('250 SIZE 2048'), lines.join('\n'));
    await next.say('MAIL FROM:<a@b.example> SIZE=2049', 552);
    const id = await next.mail('Subject: y\r\n\r\ny\r\n');
    assert.match(await relay.sent(id), /\tby other\.test \(SmtpRelay\)/);
    await open.quit();
  });

  it('of the restriction hold for the next recipient of an open session', async () => {
    const client = await relay.client({ localAddress: '127.0.0.8' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<c1@d.example>', 250);
    await relay.control.call('restriction.set', { entries: [{ entry: '127.0.0.1' }] });
    await client.say('RCPT TO:<c2@d.example>', 550);
    await relay.control.call('restriction.add', { entries: [{ entry: '127.0.0.8' }] });
    await client.say('RCPT TO:<c3@d.example>', 250);
  });

  it('of the room that must be free on the disk are answered with 452 at MAIL, and mail goes on later', async () => {
    const client = await relay.client();
    await relay.control.call('settings.set', { minimumFreeSpace: 1_099_511_627_776 });
    const refused = await until('mail is refused', async () => {
      const asking = await relay.client();
      const reply = await asking.say('MAIL FROM:<a@b.example>');
      await asking.quit();
      return reply.code === 452 ? reply : null;
    });
    assert.match(refused.text, /^452 4\.3\.1 Insufficient system storage/);
    const state = await relay.control.call('relay.get');
    assert.equal(state.health, 'Red');
    assert.match(state.warnings.join(' '), /452/);
    assert.equal((await relay.control.get('/healthz')).status, 503);
    const submitted = await relay.control.fails('message.submit', {
      sender: 'a@b.example',
      recipients: ['c@d.example'],
      subject: 'x',
      body: 'x',
    });
    assert.equal(submitted.id, 'StorageFailed');
    await relay.control.call('settings.set', { minimumFreeSpace: 0 });
    await client.mail('Subject: x\r\n\r\nx\r\n');
    assert.equal((await relay.control.get('/healthz')).status, 200);
  });

  it('with the protocol log off write no more lines', async () => {
    await relay.control.call('logging.set', { protocolLoggingLevel: 'None' });
    const client = await relay.client();
    await client.say('NOOP unseen', 250);
    await relay.control.call('logging.set', { protocolLoggingLevel: 'Verbose' });
    await client.say('NOOP seen', 250);
    const { protocol } = await relay.logs();
    assert.match(protocol, /NOOP - \+seen/);
    assert.doesNotMatch(protocol, /unseen/);
  });
});

describe('the end of the relay', () => {
  it('ends idle sessions at once with 421, and lets a message that is coming in come to its end', async () => {
    const relay = await TestRelay.start();
    try {
      const idle = await relay.client();
      const greeted = await relay.connect();
      await greeted.expect(220);
      const sending = await relay.client();
      await sending.begin(['a@b.example']);
      await sending.sendAll('Subject: last\r\n\r\n');
      const begin = performance.now();
      const stopped = relay.relay.stop(0);
      for (const client of [idle, greeted]) {
        assert.equal((await client.expect(421)).text, '421 4.3.2 The service is shutting down');
        await client.closed();
      }
      await assert.rejects(relay.connect());
      sending.send('x\r\n.\r\n');
      await sending.expect(250);
      await sending.expect(421);
      await sending.closed();
      await stopped;
      assert.ok(performance.now() - begin < 2000, `${Math.round(performance.now() - begin)} ms`);
      // Delivered before the end, or waiting for the next start.
      const kept = (await textOf(relay.folder)) + relay.sink.messages.map(({ bytes }) => bytes.toString()).join('');
      assert.match(kept, /Subject: last\r\n\r\nx\r\n/);
    } finally {
      await relay.stop();
    }
  });
});

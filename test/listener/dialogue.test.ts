/** What a client hears, command by command, over real sockets. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { isAscii } from '../../src/message/address.ts';
import { TestRelay } from '../support/relay-harness.ts';
import { LATER } from '../support/relay-sink.ts';
import { queueIdOf } from '../support/relay-smtp.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({
    general: { maxMessageSize: 100_000, maxRecipientsPerMessage: 5, maxHopCount: 30, postmaster: 'boss@relay.test' },
    listener: { bindings: [{ address: '127.0.0.1' }, { address: '::1' }], banner: 'at your service' },
    restriction: { entries: [{ entry: '127.0.0.1' }, { entry: '::1' }] },
    domains: [{ name: 'open.example', allowRelay: true }],
  });
});
after(() => relay.stop());

/** What earlier tests left in the queue is delivered. */
async function emptyNow(): Promise<void> {
  await relay.control.call('queue.retry', { identity: '*' });
  await relay.empty();
}

const WITHOUT_CODE = ['HELO', 'EHLO'];

describe('the greeting', () => {
  it('comes at once: within 60 milliseconds of connecting', async () => {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const begin = performance.now();
      const client = await relay.connect();
      const greeting = await client.expect(220);
      times.push(performance.now() - begin);
      assert.equal(greeting.text, '220 relay.test ESMTP at your service');
      await client.vanish();
    }
    const median = times.sort((a, b) => a - b)[5]!;
    assert.ok(median < 60, `${Math.round(median)} ms`);
  });

  it('is not waited for by a client that sends everything at once', async () => {
    const client = await relay.connect();
    client.send(
      'EHLO early\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: early\r\n\r\nx\r\n.\r\nQUIT\r\n',
    );
    for (const code of [220, 250, 250, 250, 354, 250, 221]) await client.expect(code);
    await client.closed();
  });
});

describe('EHLO', () => {
  it('offers what the relay can do and no more', async () => {
    const client = await relay.connect();
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.equal(lines[0], '250-relay.test Hello [127.0.0.1]');
    assert.deepEqual(
      lines.slice(1).map(line => line.slice(4)),
      ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', 'SIZE 100000'],
    );
  });

  it('offers neither STARTTLS nor AUTH, and both are unknown commands then', async () => {
    const client = await relay.client();
    assert.match((await client.say('STARTTLS')).text, /^500 5\.5\.2 /);
    assert.match((await client.say('AUTH PLAIN AGEAYg==')).text, /^500 5\.5\.2 /);
  });

  it('works over IPv6 as well, and the trace header says so', async () => {
    const client = await relay.client({ host: '::1' });
    const id = await client.mail('Subject: six\r\n\r\nx\r\n');
    assert.match(await relay.sent(id), /^Received: from client\.example \(\[IPv6:::1\]\)\r\n/);
  });

  it('begins a new transaction', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('EHLO again.example', 250);
    await client.say('RCPT TO:<c@d.example>', 503);
  });

  for (const line of ['EHLO', 'HELO', 'EHLO two names', `EHLO ${'x'.repeat(400)}`, 'HELO a\x01b'])
    it(`refuses ${JSON.stringify(line.slice(0, 20))}`, async () => {
      const client = await relay.connect();
      await client.expect(220);
      await client.say(line, 501);
      await client.say('MAIL FROM:<a@b.example>', 503);
    });
});

describe('HELO', () => {
  it('is answered with one line and makes an SMTP session, not an ESMTP one', async () => {
    const client = await relay.connect();
    await client.expect(220);
    assert.deepEqual((await client.say('HELO old.example', 250)).lines, ['250 relay.test Hello [127.0.0.1]']);
    const id = await client.mail('Subject: old\r\n\r\nx\r\n');
    assert.match(await relay.sent(id), /\tby relay\.test \(SmtpRelay\) with SMTP id /);
  });

  it('is what MAIL, RCPT, DATA need first', async () => {
    const client = await relay.connect();
    await client.expect(220);
    for (const line of ['MAIL FROM:<a@b.example>', 'RCPT TO:<a@b.example>', 'DATA'])
      assert.match((await client.say(line)).text, /^503 5\.5\.1 /);
  });
});

describe('the small commands', () => {
  it('NOOP, RSET, VRFY, HELP and QUIT answer', async () => {
    const client = await relay.client();
    assert.match((await client.say('NOOP')).text, /^250 2\.0\.0 /);
    assert.match((await client.say('noop with words')).text, /^250 2\.0\.0 /);
    assert.match((await client.say('VRFY someone')).text, /^252 2\.1\.5 /);
    assert.match((await client.say('VRFY')).text, /^501 5\.5\.4 /);
    assert.match((await client.say('HELP')).text, /^214 2\.0\.0 /);
    for (const line of ['EXPN list', 'BDAT 10 LAST', 'TURN', 'ETRN example.com', 'ATRN', 'SEND FROM:<a@b.example>'])
      assert.match((await client.say(line)).text, /^502 5\.5\.1 /);
    assert.match((await client.say('XFORWARD NAME=spike')).text, /^500 5\.5\.2 /);
    assert.match((await client.say('XCLIENT ADDR=10.0.0.1')).text, /^500 5\.5\.2 /);
    assert.match((await client.say('WIZ please')).text, /^500 5\.5\.2 /);
    assert.match((await client.say('QUIT')).text, /^221 2\.0\.0 /);
    await client.closed();
  });

  it('RSET forgets the transaction, and nothing sent after QUIT is looked at', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RSET', 250);
    await client.say('RCPT TO:<c@d.example>', 503);
    client.send('QUIT\r\nMAIL FROM:<a@b.example>\r\n');
    await client.expect(221);
    assert.equal(await client.reply(), null);
  });

  it('come in an order that makes sense', async () => {
    const client = await relay.client();
    await client.say('DATA', 503);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('MAIL FROM:<a@b.example>', 503);
    await client.say('DATA', 503);
    await client.say('RCPT TO:<c@d.example>', 250);
    await client.say('DATA', 354);
    client.send('.\r\n');
    await client.expect(250);
    await client.say('DATA', 503);
  });

  it('all answer with an enhanced status code but the greeting and HELO', async () => {
    const client = await relay.client();
    const lines = [
      ...['NOOP', 'RSET', 'VRFY x', 'HELP', 'FOO', '', ' ', 'DATA_OK', 'DATA', 'MAIL FROM:<a b@c>', 'MAIL', 'RCPT'],
      ...['MAIL FROM:<a@b.example>', 'RCPT TO:<>', 'RCPT TO:<c@open.example>', 'MAIL FROM:<x@y.example>', 'RSET'],
      ...['MAIL FROM:<a@b.example> SIZE=999999999', 'MAIL FROM:<a@b.example> BODY=BINARYMIME', 'MAIL FROM:<>', 'QUIT'],
    ];
    for (const line of lines) {
      const { text, code } = await client.say(line);
      const expected = new RegExp(`^${code} ${String(code)[0]}\\.\\d{1,3}\\.\\d{1,3} \\S`);
      assert.ok(!WITHOUT_CODE.includes(line.split(' ')[0]!));
      assert.match(text, expected, `${line}: ${text}`);
    }
  });
});

describe('relaying', () => {
  it('is denied to a client that is not listed, with 550 5.7.1 at RCPT and no word about the rule', async () => {
    const client = await relay.client({ localAddress: '127.0.0.9' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    const { text } = await client.say('RCPT TO:<c@d.example>', 550);
    assert.equal(text, '550 5.7.1 Relaying denied');
    await client.say('DATA', 503);
    const [line] = await relay.control.call('log.read', { clientIP: '127.0.0.9', code: 550 });
    assert.equal(line!.rule, 'OnlyListed:none');
    assert.equal(line!.command, 'RCPT');
    assert.equal(line!.argument, 'TO:<c@d.example>');
    assert.match((await relay.logs()).activity, /Refused 127\.0\.0\.9 at RCPT on Default by OnlyListed:none/);
  });

  it('goes on for the recipients that are allowed', async () => {
    const client = await relay.client({ localAddress: '127.0.0.9' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<c@d.example>', 550);
    await client.say('RCPT TO:<c@open.example>', 250);
    await client.say('DATA', 354);
    client.send('Subject: half\r\n\r\nx\r\n.\r\n');
    const { sender, recipients } = await relay.sink.messageOf(queueIdOf(await client.expect(250)));
    assert.deepEqual([sender, recipients], ['a@b.example', ['c@open.example']]);
  });

  for (const recipient of ['user%other.example@open.example', 'other.example!user@open.example'])
    it(`does not let a stranger use the accepted domain as a way on: ${recipient}`, async () => {
      const client = await relay.client({ localAddress: '127.0.0.9' });
      await client.say('MAIL FROM:<a@b.example>', 250);
      assert.equal((await client.say(`RCPT TO:<${recipient}>`)).text, '550 5.7.1 Relaying denied');
    });

  it('ignores a source route: the last domain counts', async () => {
    const client = await relay.client({ localAddress: '127.0.0.9' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<@open.example:c@other.example>', 550);
    await client.say('RCPT TO:<@other.example,@third.example:c@open.example>', 250);
    assert.match((await client.say('RCPT TO:<"c@other.example"@open.example>', 550)).text, /^550 5\.7\.1 /);
  });

  const outside = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .find(entry => entry.family === 'IPv4' && !entry.internal)?.address;
  it('is denied to the network by the default settings, which listen on loopback alone', {
    skip: !outside,
  }, async () => {
    await assert.rejects(relay.connect({ host: outside! }), { code: 'ECONNREFUSED' });
  });
});

describe('addresses', () => {
  const BAD = [
    ...['a', 'a@', '@b.example', 'a@b@c.example', 'a b@c.example', 'a@b..example', '.a@b.example', 'a..b@c.example'],
    ...[
      'a.@b.example',
      'a@-b.example',
      'a@b.example.',
      'a@[300.1.1.1]',
      'a@[IPv6:zz]',
      'a\x00b@c.example',
      'a@b.ex\x7fample',
    ],
    ...['a\u00a0b@c.example', 'a\u200b@c.example', `${'a'.repeat(250)}@b.example`, 'a@b_.-c.example', 'a@b,c.example'],
  ];
  for (const address of BAD)
    it(`${JSON.stringify(address.slice(0, 30))} is refused with 501 as sender and recipient`, async () => {
      const client = await relay.client();
      const utf8 = isAscii(address) ? '' : ' SMTPUTF8';
      assert.match((await client.say(`MAIL FROM:<${address}>${utf8}`)).text, /^501 5\.1\.7 /);
      await client.say(`MAIL FROM:<>${utf8}`, 250);
      assert.match((await client.say(`RCPT TO:<${address}>`)).text, /^501 5\.1\.3 /);
    });

  for (const line of [
    'MAIL FROM a@b.example',
    'MAIL FROM: a@b.example',
    'MAIL TO:<a@b.example>',
    'MAIL FROM:',
    'MAIL FROM:<a@b.example',
    'MAIL FROM:<<a@b.example>>',
  ])
    it(`${line} is refused with 501`, async () => {
      const client = await relay.client();
      await client.say(line, 501);
    });

  it('bytes that are not UTF-8 are refused instead of becoming another address', async () => {
    const client = await relay.client();
    client.send(Buffer.from('MAIL FROM:<m\xfcller@b.example>\r\n', 'latin1'));
    assert.match((await client.expect(501)).text, /^501 5\.1\.7 /);
    await client.say('MAIL FROM:<>', 250);
    client.send(Buffer.from('RCPT TO:<m\xfcller@b.example>\r\n', 'latin1'));
    assert.match((await client.expect(501)).text, /^501 5\.1\.3 /);
  });

  const GOOD: [string, string][] = [
    ['User.Name+tag@Example.COM', 'User.Name+tag@example.com'],
    ['a@b\u00fccher.example', 'a@xn--bcher-kva.example'],
    ['a@XN--BCHER-KVA.example', 'a@xn--bcher-kva.example'],
    ['a@stra\u00dfe.example', 'a@xn--strae-oqa.example'],
    ['\u7528\u6237@b.example', '\u7528\u6237@b.example'],
    ['a@[192.0.2.1]', 'a@[192.0.2.1]'],
    ['a@[IPv6:2001:db8::1]', 'a@[ipv6:2001:db8::1]'],
    ['a@file_server', 'a@file_server'],
    ['a@localhost', 'a@localhost'],
    ['"a b"@c.example', '"a b"@c.example'],
    ['"a@b"@c.example', '"a@b"@c.example'],
    ['"a\\"b"@c.example', '"a\\"b"@c.example'],
    ['@x.example,@y.example:a@z.example', 'a@z.example'],
    ["!#$%&'*+-/=?^_`{|}~@b.example", "!#$%&'*+-/=?^_`{|}~@b.example"],
    ['postmaster', 'boss@relay.test'],
    ['PostMaster', 'boss@relay.test'],
  ];
  for (const [given, kept] of GOOD)
    it(`${given} is taken and kept as ${kept}`, async () => {
      const client = await relay.client();
      const utf8 = isAscii(given) ? '' : ' SMTPUTF8';
      await client.say(`MAIL FROM:<a@b.example>${utf8}`, 250);
      await client.say(`RCPT TO:<${given}>`, 250);
      await client.say('DATA', 354);
      client.send('Subject: x\r\n\r\nx\r\n.\r\n');
      const id = queueIdOf(await client.expect(250));
      assert.deepEqual((await relay.sink.messageOf(id)).recipients, [kept]);
    });

  it('with other than ASCII characters need SMTPUTF8', async () => {
    const client = await relay.client();
    assert.match((await client.say('MAIL FROM:<m\u00fcller@b.example>')).text, /^553 5\.6\.7 /);
    await client.say('MAIL FROM:<a@b.example>', 250);
    assert.match((await client.say('RCPT TO:<c@b\u00fccher.example>')).text, /^553 5\.6\.7 /);
  });

  it('the null sender and DSN parameters are kept with the message', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<> RET=HDRS ENVID=abc+2B BODY=8BITMIME SIZE=100', 250);
    await client.say('RCPT TO:<a@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@b.example', 250);
    await client.say('RCPT TO:<c@b.example> NOTIFY=NEVER', 250);
    await client.say('DATA', 354);
    client.send('Subject: dsn\r\n\r\nx\r\n.\r\n');
    const id = queueIdOf(await client.expect(250));
    assert.deepEqual((await relay.sink.messageOf(id)).commands.slice(1), [
      'RCPT TO:<a@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@b.example',
      'RCPT TO:<c@b.example> NOTIFY=NEVER',
    ]);
    assert.match((await relay.sink.messageOf(id)).commands[0]!, /^MAIL FROM:<>(?=.* RET=HDRS)(?=.* ENVID=abc\+2B)/);
  });

  it('of a message that has to wait stand in its file', async () => {
    relay.sink.refuse = () => LATER;
    const client = await relay.client();
    await client.say('MAIL FROM:<> RET=HDRS ENVID=abc+2B BODY=8BITMIME', 250);
    await client.say('RCPT TO:<a@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@b.example', 250);
    await client.say('RCPT TO:<c@b.example> NOTIFY=NEVER', 250);
    await client.say('DATA', 354);
    client.send('Subject: dsn\r\n\r\nx\r\n.\r\n');
    const file = await relay.storedFile(queueIdOf(await client.expect(250)));
    relay.sink.refuse = () => null;
    assert.deepEqual(file.split('\r\n').slice(0, 3), [
      'x-sender: <> BODY=8BITMIME RET=HDRS ENVID=abc+2B',
      'x-receiver: <a@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@b.example',
      'x-receiver: <c@b.example> NOTIFY=NEVER',
    ]);
  });

  it('parameters of a refused MAIL are not those of the next one', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<a@b..example> RET=HDRS ENVID=old BODY=8BITMIME SMTPUTF8', 501);
    const id = await client.mail('Subject: new\r\n\r\nx\r\n');
    const [command] = (await relay.sink.messageOf(id)).commands;
    assert.doesNotMatch(command!, /RET|ENVID|SMTPUTF8/);
  });

  for (const parameters of [
    'SIZE=',
    'SIZE=abc',
    'RET=ALL',
    'RET=FULL RET=HDRS',
    'BODY=9BIT',
    'SMTPUTF8=1',
    'ENVID=a+0D+0Ab',
    'ENVID=a+zz',
    `ENVID=${'x'.repeat(101)}`,
    'SIZE=1 SIZE=1',
    'BODY=8BITMIME\x00',
    '=1',
  ])
    it(`MAIL with ${parameters} is refused with 501`, async () => {
      const client = await relay.client();
      await client.say(`MAIL FROM:<a@b.example> ${parameters}`, 501);
    });

  for (const parameters of ['REQUIRETLS', 'BY=120;R', 'FOO=bar', 'NOTIFY=NEVER', 'DATA'])
    it(`MAIL with ${parameters}, which was not offered, is refused with 555 5.5.4`, async () => {
      const client = await relay.client();
      assert.match((await client.say(`MAIL FROM:<a@b.example> ${parameters}`)).text, /^555 5\.5\.4 /);
    });

  it('parameters keep what is written in xtext, UTF-8 too', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<> ENVID=m+C3+BCller+20x', 250);
    await client.say('RCPT TO:<a@b.example> ORCPT=rfc822;a+2Bb@b.example', 250);
    await client.say('DATA', 354);
    client.send('Subject: dsn\r\n\r\nx\r\n.\r\n');
    const { commands } = await relay.sink.messageOf(queueIdOf(await client.expect(250)));
    assert.match(commands[0]!, / ENVID=m\+C3\+BCller\+20x(?: |$)/);
    assert.match(commands[1]!, / ORCPT=rfc822;a\+2Bb@b\.example$/);
  });

  for (const parameters of [
    'NOTIFY=',
    'NOTIFY=NEVER,FAILURE',
    'NOTIFY=SOMETIMES',
    'ORCPT=nothing',
    'ORCPT=rfc822;a+0D+0AX-Evil:+20yes',
    `ORCPT=rfc822;${'x'.repeat(500)}`,
  ])
    it(`RCPT with ${parameters} is refused with 501`, async () => {
      const client = await relay.client();
      await client.say('MAIL FROM:<a@b.example>', 250);
      await client.say(`RCPT TO:<a@b.example> ${parameters}`, 501);
    });
});

describe('limits of a message', () => {
  it('a SIZE above the limit is refused at MAIL with 552 5.3.4', async () => {
    const client = await relay.client();
    assert.match((await client.say('MAIL FROM:<a@b.example> SIZE=100001')).text, /^552 5\.3\.4 /);
    await client.say('MAIL FROM:<a@b.example> SIZE=100000', 250);
  });

  for (const size of [100_001, 120_000, 2_000_000])
    it(`a message of ${size} bytes is refused at its end with 552 5.3.4, leaves nothing, and the session goes on`, async () => {
      await emptyNow();
      const client = await relay.client();
      await client.begin(['a@b.example']);
      client.send(Buffer.concat([message(size), Buffer.from('.\r\n')]));
      assert.match((await client.expect(552)).text, /^552 5\.3\.4 /);
      await client.say('NOOP', 250);
      await emptyNow();
      const id = await client.mail('Subject: small\r\n\r\nx\r\n');
      assert.match(await relay.sent(id), /Subject: small/);
      await client.quit();
    });

  it('a message of exactly the limit is taken; dots added on the way do not count', async () => {
    const client = await relay.client();
    await client.begin(['a@b.example']);
    const head = 'Subject: full\r\n\r\n';
    const line = `..${'x'.repeat(60)}\r\n`;
    let text = head;
    let size = head.length;
    while (size + line.length - 1 <= 100_000) {
      text += line;
      size += line.length - 1;
    }
    const rest = 100_000 - size;
    client.send(`${text}${'y'.repeat(rest - 2)}\r\n.\r\n`);
    await client.expect(250);
  });

  it('a recipient too many is refused with 452 4.5.3, and the others get the message', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<a@b.example>', 250);
    for (let i = 1; i <= 5; i++) await client.say(`RCPT TO:<r${i}@b.example>`, 250);
    assert.match((await client.say('RCPT TO:<r6@b.example>')).text, /^452 4\.5\.3 /);
    await client.say('RCPT TO:<r1@b.example>', 250);
    await client.say('DATA', 354);
    client.send('Subject: five\r\n\r\nx\r\n.\r\n');
    const id = queueIdOf(await client.expect(250));
    assert.equal((await relay.sink.messageOf(id)).recipients.length, 5);
  });

  it('a message that has been received 30 times goes round in a loop: 554 5.4.6', async () => {
    const client = await relay.client();
    await emptyNow();
    await client.begin(['a@b.example']);
    client.send(`${'Received: from a by b\r\n'.repeat(30)}Subject: loop\r\n\r\nx\r\n.\r\n`);
    assert.match((await client.expect(554)).text, /^554 5\.4\.6 Too many hops \(30\)/);
    await emptyNow();
    await client.begin(['a@b.example']);
    client.send(`${'Received: from a by b\r\n'.repeat(29)}Subject: no loop\r\n\r\nReceived: in the body\r\n.\r\n`);
    await client.expect(250);
    assert.equal((await relay.control.call('log.read', { code: 554 }))[0]!.rule, 'MaxHopCount');
  });
});

describe('nonsense', () => {
  it('a command line without end is answered with 500 and the end of the session', async () => {
    const client = await relay.client();
    await client.sendAll(`NOOP ${'x'.repeat(70_000)}`);
    assert.match((await client.expect(500)).text, /^500 5\.5\.6 /);
    await client.closed();
  });

  for (const length of [2049, 16_384, 16_385, 60_000])
    it(`a command line of ${length} octets is answered with 500, never obeyed, and counts as an error`, async () => {
      const client = await relay.client();
      const line = 'MAIL FROM:<a@b.example>'.padEnd(length);
      for (const wire of [`${line}\r\nRCPT TO:<c@d.example>\r\n`, `${line}\nRCPT TO:<c@d.example>\r\n`]) {
        client.send(wire);
        assert.match((await client.expect(500)).text, /^500 5\.5\.6 /);
        await client.expect(503);
      }
      for (let i = 0; i < 7; i++) client.send(`${line}\r\nDATA\r\n`);
      for (let i = 0; i < 7; i++) for (const code of [500, 503]) await client.expect(code);
      client.send(`${line}\r\n${line}\r\n`);
      for (const code of [500, 500]) await client.expect(code);
      assert.match((await client.expect(421)).text, /^421 4\.7\.0 Too many errors/);
    });

  it('half a command before the end of the stream is not obeyed', async () => {
    const client = await relay.client();
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.sendAll('RCPT TO:<half@d.example>');
    client.socket.end();
    await client.closed();
    assert.doesNotMatch((await relay.logs()).protocol, /half@d\.example/);
  });

  it('control characters in a command are refused with 500 5.5.2', async () => {
    const client = await relay.client();
    for (const line of ['NOOP \x00', 'RSET\rNOOP', 'VRFY a\x1bb', 'HELP \x7f', 'DATA\x00'])
      assert.match((await client.say(line)).text, /^500 5\.5\.2 /);
    await client.say('MAIL FROM:<a@b.example>\rRCPT TO:<c@d.example>', 501);
  });

  it('a hundred commands that bring no message are enough: 421', async () => {
    const client = await relay.client({ localAddress: '127.0.0.78' });
    for (let i = 0; i < 99; i++) await client.say(i % 2 ? 'NOOP' : 'RSET', 250);
    assert.match((await client.say('NOOP')).text, /^421 4\.7\.0 /);
    await client.closed();
    const [line] = await relay.control.call('log.read', { clientIP: '127.0.0.78', code: 421 });
    assert.equal(line!.rule, 'MaxIdleCommands');
  });

  it('bytes of any kind are answered with 500, not with silence, and do not harm the next session', async () => {
    const client = await relay.client();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter(byte => byte !== 10 && byte !== 13));
    client.send(Buffer.concat([bytes, Buffer.from('\r\n')]));
    await client.expect(500);
    client.send('\x00\x00\r\n');
    await client.expect(500);
    await client.say('NOOP', 250);
    await (await relay.client()).quit();
  });

  it('control characters never reach the log as they are', async () => {
    const client = await relay.client();
    await client.say('EVIL\x1b[31m \x07bell\x00nul', 500);
    const { protocol } = await relay.logs();
    assert.doesNotMatch(protocol, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
    assert.match(protocol, /EVIL/);
  });

  it('ten unknown commands in a row end the session with 421', async () => {
    const client = await relay.client();
    for (let i = 0; i < 9; i++) await client.say('FOO', 500);
    assert.match((await client.say('FOO')).text, /^421 4\./);
    await client.closed();
  });

  it('twenty refused commands end the session with 421, and the log says by which rule', async () => {
    const client = await relay.client({ localAddress: '127.0.0.77' });
    await client.say('MAIL FROM:<a@b.example>', 250);
    for (let i = 0; i < 20; i++) await client.say(`RCPT TO:<a${i}@b.example>`, 550);
    assert.match((await client.expect(421)).text, /^421 4\.7\.0 Too many errors/);
    await client.closed();
    const [line] = await relay.control.call('log.read', { clientIP: '127.0.0.77', code: 421 });
    assert.equal(line!.rule, 'MaxProtocolErrors');
  });

  for (const line of ['GET / HTTP/1.1', 'POST /rpc HTTP/1.1', 'CONNECT /x:25 HTTP/1.0'])
    it(`a web client is sent away: ${line}`, async () => {
      const client = await relay.connect();
      await client.expect(220);
      client.send(`${line}\r\nHost: 127.0.0.1\r\n\r\nMAIL FROM:<a@b.example>\r\n`);
      assert.match((await client.expect(421)).text, /^421 4\./);
      assert.equal(await client.reply(), null);
    });

  it('commands may end with a bare LF, as some devices have it', async () => {
    const client = await relay.client();
    client.send('NOOP\nRSET\n');
    await client.expect(250);
    await client.expect(250);
  });
});

function message(size: number): Buffer {
  const head = Buffer.from('Subject: large\r\n\r\n');
  const body = Buffer.alloc(size - head.length, `${'x'.repeat(70)}\r\n`);
  body.write('\r\n', body.length - 2);
  return Buffer.concat([head, body]);
}

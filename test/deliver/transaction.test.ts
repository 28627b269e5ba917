import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Courier, inShort, kinds } from '../support/smtp-delivery.ts';
import {
  DROP,
  type Say,
  type Script,
  SILENCE,
  scriptServer,
  WITHOUT_PIPELINING,
} from '../support/smtp-script-server.ts';
import { until } from '../support/smtp-until.ts';
import { recipient, TEXT, temporaryFolder } from '../support/spool-folder.ts';

const THREE = ['a@example.net', 'b@example.net', 'c@example.net'];

/** Answers given by the beginning of a command. */
const answers =
  (table: Readonly<Record<string, Say>>): NonNullable<Script['on']> =>
  command => {
    const key = Object.keys(table).find(start => (start === '.' ? command === '.' : command.startsWith(start)));
    return key === undefined ? undefined : table[key];
  };

for (const [way, extensions] of [
  ['pipelined', undefined],
  ['one command at a time', WITHOUT_PIPELINING],
  ['with HELO only', null],
] as const) {
  const script = (table: Readonly<Record<string, Say>>): Script => ({
    ...(extensions ? { extensions } : {}),
    on: answers(extensions === null ? { EHLO: '502 5.5.1 What?', ...table } : table),
  });

  test(`${way}: a message arrives, and each recipient has the server's own words`, async t => {
    const server = await scriptServer(t, script({ '.': '250-2.0.0 Thank you\r\n250 2.0.0 queued as 7' }));
    const result = await new Courier(t).send([server], { recipients: THREE });
    assert.deepEqual(inShort(result), new Array(3).fill('delivered 250 2.0.0 Thank you queued as 7'));
    assert.equal(server.messages.length, 1);
    assert.match(server.messages[0]!.mail, /^MAIL FROM:<app@example\.com>/);
    assert.deepEqual(
      server.messages[0]!.recipients,
      THREE.map(address => `RCPT TO:<${address}>`),
    );
    assert.ok(TEXT.equals(server.messages[0]!.text));
  });

  test(`${way}: each recipient has its own verdict`, async t => {
    const server = await scriptServer(
      t,
      script({ 'RCPT TO:<b': '450 4.2.1 Busy', 'RCPT TO:<c': '550-5.1.1 No such user\r\n550 5.1.1 here' }),
    );
    const result = await new Courier(t).send([server], { recipients: THREE });
    assert.deepEqual(inShort(result), [
      'delivered 250 2.0.0 Ok: queued as 1',
      'deferred 450 4.2.1 Busy',
      'failed 550 5.1.1 No such user here',
    ]);
    assert.deepEqual(
      server.messages.map(message => message.recipients),
      [['RCPT TO:<a@example.net>']],
    );
  });

  test(`${way}: a sender refused for now defers everybody, with what was said of the sender`, async t => {
    const server = await scriptServer(t, script({ MAIL: '451 4.3.0 Not now' }));
    assert.deepEqual(
      inShort(await new Courier(t).send([server], { recipients: THREE })),
      new Array(3).fill('deferred 451 4.3.0 Not now'),
    );
    assert.equal(server.messages.length, 0);
  });

  test(`${way}: a sender refused for good fails everybody, with what was said of the sender`, async t => {
    const server = await scriptServer(t, script({ MAIL: '550 5.7.1 Not you' }));
    assert.deepEqual(
      inShort(await new Courier(t).send([server], { recipients: THREE })),
      new Array(3).fill('failed 550 5.7.1 Not you'),
    );
  });

  test(`${way}: all recipients refused, each keeps its own reply and nothing is sent`, async t => {
    const server = await scriptServer(
      t,
      script({ 'RCPT TO:<a': '550 5.1.1 No a', 'RCPT TO:<b': '452 4.5.3 Too many', 'RCPT TO:<c': '553 5.1.3 Odd' }),
    );
    assert.deepEqual(inShort(await new Courier(t).send([server], { recipients: THREE })), [
      'failed 550 5.1.1 No a',
      'deferred 452 4.5.3 Too many',
      'failed 553 5.1.3 Odd',
    ]);
    assert.equal(server.messages.length, 0);
  });

  for (const [code, kind] of [
    ['451 4.7.0', 'deferred'],
    ['554 5.7.1', 'failed'],
  ] as const) {
    test(`${way}: DATA refused with ${code} after one recipient was refused`, async t => {
      const server = await scriptServer(t, script({ 'RCPT TO:<b': '550 5.1.1 No b', DATA: `${code} No data` }));
      assert.deepEqual(inShort(await new Courier(t).send([server], { recipients: THREE })), [
        `${kind} ${code} No data`,
        'failed 550 5.1.1 No b',
        `${kind} ${code} No data`,
      ]);
    });

    test(`${way}: the message refused with ${code} at its end, after one recipient was deferred`, async t => {
      const server = await scriptServer(t, script({ 'RCPT TO:<b': '450 4.2.1 Later b', '.': `${code} No message` }));
      assert.deepEqual(inShort(await new Courier(t).send([server], { recipients: THREE })), [
        `${kind} ${code} No message`,
        'deferred 450 4.2.1 Later b',
        `${kind} ${code} No message`,
      ]);
    });
  }

  for (const stage of ['MAIL', 'RCPT TO:<b', 'DATA', '.']) {
    test(`${way}: 421 at ${stage} defers, loses nothing and ends the session`, async t => {
      const server = await scriptServer(t, script({ [stage]: '421 4.3.2 Shutting down' }));
      const courier = new Courier(t);
      const result = await courier.send([server], { recipients: THREE });
      assert.equal(kinds(result), 'deferred deferred deferred');
      assert.ok(String(inShort(result)).includes('421 4.3.2 Shutting down'));
      assert.equal(courier.deliverer.idleOf('hop'), 0);
    });
  }

  test(`${way}: a recipient refused before 421 keeps its verdict`, async t => {
    const server = await scriptServer(t, script({ 'RCPT TO:<a': '550 5.1.1 No a', 'RCPT TO:<b': '421 4.3.2 Bye' }));
    const result = await new Courier(t).send([server], { recipients: THREE });
    assert.equal(kinds(result), 'failed deferred deferred');
  });

  for (const stage of ['MAIL', 'RCPT TO:<b', 'DATA']) {
    test(`${way}: a connection cut at ${stage} goes to the next server`, async t => {
      const first = await scriptServer(t, script({ [stage]: DROP }));
      const second = await scriptServer(t);
      assert.equal(
        kinds(await new Courier(t).send([first, second], { recipients: THREE })),
        'delivered delivered delivered',
      );
      assert.equal(first.messages.length, 0);
      assert.equal(second.messages.length, 1);
    });
  }

  test(`${way}: a connection cut after the final dot is deferred and not tried on another server`, async t => {
    const first = await scriptServer(t, script({ '.': DROP }));
    const second = await scriptServer(t);
    const result = await new Courier(t).send([first, second], { recipients: THREE });
    assert.equal(kinds(result), 'deferred deferred deferred');
    assert.match(String(inShort(result)), /lost before it answered/);
    assert.equal(second.sessions.length, 0);
  });

  for (const [stage, expected] of [
    ['MAIL', 'deferred deferred deferred'],
    ['RCPT TO:<b', 'delivered deferred delivered'],
    ['DATA', 'deferred deferred deferred'],
    ['.', 'deferred deferred deferred'],
  ] as const) {
    test(`${way}: an answer to ${stage} that makes no sense is never taken for a yes or a no`, async t => {
      const server = await scriptServer(t, script({ [stage]: 'Hello, who is there?' }));
      assert.equal(kinds(await new Courier(t).send([server], { recipients: THREE })), expected);
    });
  }

  for (const stage of ['MAIL', 'RCPT TO:<b', 'DATA', '.']) {
    test(`${way}: no answer to ${stage} is given up after the time of a command`, async t => {
      const server = await scriptServer(t, script({ [stage]: SILENCE }));
      const result = await new Courier(t).send([server], { recipients: THREE, manners: { commandTimeout: 150 } });
      assert.equal(kinds(result), 'deferred deferred deferred');
      await until(() => server.open() === 0, 'the end of the session');
    });
  }
}

test('a server that cuts the connection in the middle of the message may have it: no other is tried', async t => {
  const first = await scriptServer(t, { cutsDataAfter: 100_000 });
  const second = await scriptServer(t);
  const result = await new Courier(t).send([first, second], {
    text: Buffer.from('x'.repeat(70).concat('\r\n').repeat(20_000)),
  });
  assert.equal(kinds(result), 'deferred');
  assert.equal(second.sessions.length, 0);
});

test('a message larger than the server takes is refused without being sent', async t => {
  const server = await scriptServer(t, { extensions: ['PIPELINING', 'SIZE 1000'] });
  const body = createReadStream(import.meta.filename);
  const result = await new Courier(t).send([server], {
    text: Buffer.alloc(1001),
    recipients: THREE,
    body: async () => body,
  });
  assert.equal(kinds(result), 'failed failed failed');
  assert.match(String(inShort(result)), /^failed 552 5\.3\.4 .*1001 bytes/);
  assert.ok(!server.commands.some(command => command.startsWith('MAIL')));
  await until(() => body.closed, 'the file closed');
});

test('a server that limits nothing with SIZE 0 gets any size', async t => {
  const server = await scriptServer(t, { extensions: ['SIZE 0'] });
  assert.equal(kinds(await new Courier(t).send([server])), 'delivered');
});

test('parameters are on the wire exactly as the sender gave them, for each recipient its own', async t => {
  const server = await scriptServer(t);
  await new Courier(t).send([server], {
    recipients: [
      recipient('a@example.net', { notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;a+b=c@example.net' }),
      recipient('b@example.net', { notify: ['NEVER'] }),
      recipient('c@example.net', { orcpt: 'rfc822;c@example.net' }),
      'd@example.net',
    ],
    envelope: { ret: 'HDRS', envid: 'Order 7+8=15 ü', eightBitMime: true },
  });
  assert.deepEqual(
    server.commands.filter(command => /^(MAIL|RCPT)/.test(command)),
    [
      `MAIL FROM:<app@example.com> BODY=8BITMIME SIZE=${TEXT.length} RET=HDRS ENVID=Order+207+2B8+3D15+20+C3+BC`,
      'RCPT TO:<a@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb+3Dc@example.net',
      'RCPT TO:<b@example.net> NOTIFY=NEVER',
      'RCPT TO:<c@example.net> ORCPT=rfc822;c@example.net',
      'RCPT TO:<d@example.net>',
    ],
  );
});

test('parameters the server does not know are left away', async t => {
  const server = await scriptServer(t, { extensions: [] });
  const result = await new Courier(t).send([server], {
    recipients: [recipient('a@example.net', { notify: ['SUCCESS'], orcpt: 'rfc822;a@example.net' })],
    envelope: { ret: 'FULL', envid: 'E', eightBitMime: true, smtpUtf8: true },
  });
  assert.deepEqual(
    server.commands.filter(command => /^(MAIL|RCPT)/.test(command)),
    ['MAIL FROM:<app@example.com>', 'RCPT TO:<a@example.net>'],
  );
  assert.ok(result.kind === 'tried' && result.outcomes[0]!.kind === 'delivered' && !result.outcomes[0]!.dsnHandedOver);
});

test('whether the server took over the promise of a report is told', async t => {
  const server = await scriptServer(t);
  const result = await new Courier(t).send([server]);
  assert.ok(result.kind === 'tried' && result.outcomes[0]!.kind === 'delivered' && result.outcomes[0]!.dsnHandedOver);
});

test('SMTPUTF8 is said once, whether an address needs it or only the sender declared it', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await courier.send([server], { recipients: ['müller@example.net'], envelope: { smtpUtf8: true } });
  await courier.send([server], { envelope: { smtpUtf8: true } });
  await courier.send([server]);
  const mails = server.commands
    .filter(command => command.startsWith('MAIL'))
    .map(command => command.replace(/ SIZE=\d+/, ''));
  assert.deepEqual(
    mails.map(mail => mail.split('SMTPUTF8').length - 1),
    [1, 1, 0],
  );
  assert.deepEqual(server.messages[0]!.recipients, ['RCPT TO:<müller@example.net>']);
});

test('an address beyond ASCII fails at a server that does not take it', async t => {
  const server = await scriptServer(t, { extensions: ['PIPELINING'] });
  const result = await new Courier(t).send([server], {
    recipients: ['müller@example.net'],
    envelope: { smtpUtf8: true },
  });
  assert.match(String(inShort(result)), /^failed 550 5\.6\.7 /);
  assert.ok(!server.commands.some(command => command.startsWith('MAIL')));
});

test('an address that can not be said in SMTP fails alone', async t => {
  const server = await scriptServer(t, { on: answers({ 'RCPT TO:<c': '450 4.2.1 Busy' }) });
  const result = await new Courier(t).send([server], {
    recipients: ['a@example.net', '"<b>"@example.net', 'c@example.net'],
  });
  assert.equal(kinds(result), 'delivered failed deferred');
  assert.match(String(inShort(result)), /failed 553 5\.1\.3/);
  const from = await new Courier(t).send([server], { envelope: { reversePath: '"<app>"@example.com' } });
  assert.equal(kinds(from), 'failed');
});

test('the null reverse-path is said as <>', async t => {
  const server = await scriptServer(t);
  await new Courier(t).send([server], { envelope: { reversePath: '' } });
  assert.match(server.messages[0]!.mail, /^MAIL FROM:<>/);
});

const BODIES: Record<string, Buffer> = {
  'dots at the beginning of lines': Buffer.from('.\r\n..\r\n.x\r\nx.\r\n\r\n.\r\n'),
  'nothing at all': Buffer.alloc(0),
  'no line end at its end': Buffer.from('Subject: x\r\n\r\nlast'),
  'octets above 127': Buffer.from('Subject: x\r\n\r\n\xff\x80\xe4\r\n', 'latin1'),
  'many pieces with dots at their edges': Buffer.from('.'.repeat(500).concat('\r\n').repeat(3000)),
};

for (const [what, text] of Object.entries(BODIES)) {
  test(`a message with ${what} arrives byte for byte, as a buffer and as a stream`, async t => {
    const server = await scriptServer(t);
    const courier = new Courier(t);
    assert.equal(kinds(await courier.send([server], { text })), 'delivered');
    const pieces = Array.from({ length: Math.ceil(text.length / 997) }, (_, at) =>
      text.subarray(at * 997, at * 997 + 997),
    );
    assert.equal(kinds(await courier.send([server], { text, body: async () => Readable.from(pieces) })), 'delivered');
    const expected =
      text.length > 0 && !text.toString('latin1').endsWith('\r\n') ? Buffer.concat([text, Buffer.from('\r\n')]) : text;
    for (const { text: arrived } of server.messages)
      assert.ok(expected.equals(arrived) || (text.length === 0 && arrived.toString() === '\r\n'));
    assert.equal(server.messages.length, 2);
  });
}

test('a file that can not be read to its end is not taken for the message', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  const failing = () =>
    Readable.from(
      (async function* () {
        yield randomBytes(100_000);
        throw new Error('the disk is broken');
      })(),
    );
  await assert.rejects(
    courier.send([server], { text: Buffer.alloc(200_000), body: async () => failing() }),
    /the disk is broken/,
  );
  assert.equal(courier.deliverer.idleOf('hop'), 0);
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.deepEqual(
    server.messages.map(message => message.text.equals(TEXT)),
    [true],
  );
});

test('a file that can not be opened while the session is still busy is our trouble and ends nothing', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  assert.equal(kinds(await courier.send([server])), 'delivered');
  const missing = join(await temporaryFolder(t), 'missing');
  const body = async () => {
    return createReadStream(missing);
  };
  await assert.rejects(courier.send([server], { text: Buffer.alloc(200_000), body }), /ENOENT/);
  assert.equal(kinds(await courier.send([server])), 'delivered');
});

test('a body that can not be opened is thrown, and the session is not left open', async t => {
  const server = await scriptServer(t);
  const courier = new Courier(t);
  await assert.rejects(courier.send([server], { body: () => Promise.reject(new Error('gone')) }), /gone/);
  await until(() => server.sessions.length === 1 && server.open() === 0, 'the end of the session');
  assert.equal(courier.deliverer.connections, 0);
});

test('a large message from a file goes through', async t => {
  const server = await scriptServer(t);
  const text = Buffer.from(randomBytes(1_500_000).toString('base64').replace(/.{76}/g, '$&\r\n').concat('\r\n'));
  const path = join(await temporaryFolder(t), 'body');
  await writeFile(path, text);
  assert.equal(
    kinds(await new Courier(t).send([server], { text, body: async () => createReadStream(path) })),
    'delivered',
  );
  assert.ok(text.equals(server.messages[0]!.text));
});

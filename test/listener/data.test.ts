/** What becomes of the bytes after DATA: where a message ends, what is stored, what is added. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { TestRelay, textOf, until } from '../support/relay-harness.ts';
import { queueIdOf, type SmtpClient } from '../support/relay-smtp.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start();
});
after(() => relay.stop());

const WHOLE = 'From: a@b.example\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@b.example>\r\n';

/** Sends pieces so that each arrives by itself: loopback delivers at once, the relay reads in its next turn. */
async function sendPieces(client: SmtpClient, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    await client.sendAll(piece);
    await turn();
    await turn();
  }
}

async function sentOf(client: SmtpClient, pieces: readonly Buffer[]): Promise<string> {
  await client.begin(['someone@example.com']);
  await sendPieces(client, pieces);
  return relay.sentWithoutTrace(queueIdOf(await client.expect(250)));
}

describe('the end of a message', () => {
  const NO_END = [
    '\n.\n',
    '\r\n.\n',
    '\n.\r\n',
    '\r.\r',
    '\r\n.\r',
    '\r.\r\n',
    '\n.\r',
    '\r\n.\n.\r\n',
    '\r\r\n.\n\r\n',
    '\n\r.\r\n',
  ];

  for (const variant of NO_END)
    it(`is not ${JSON.stringify(variant)}: commands after it are text`, async () => {
      const { length } = relay.sink.messages;
      const client = await relay.client();
      await client.begin(['someone@example.com']);
      const smuggled = 'MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@y.example>\r\nDATA\r\nSubject: evil\r\n\r\nboo';
      client.send(`${WHOLE}\r\nfirst${variant}${smuggled}\r\n.\r\n`);
      const id = queueIdOf(await client.expect(250));
      await client.quit();
      const text = await relay.sentWithoutTrace(id);
      await relay.empty();
      assert.equal(relay.sink.messages.length, length + 1);
      assert.equal(relay.sink.messages.at(-1)!.sender, 'sender@client.example');
      assert.ok(text.endsWith(`${smuggled}\r\n`), JSON.stringify(text));
      assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/);
    });

  it('may come in the same segment as the next transaction', async () => {
    const client = await relay.client();
    const one = (subject: string) =>
      `MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nSubject: ${subject}\r\n\r\n${subject}\r\n.\r\n`;
    client.send(`${one('one')}${one('two')}NOOP\r\n${one('three')}QUIT\r\n`);
    const ids: string[] = [];
    for (const code of [250, 250, 354, 250, 250, 250, 354, 250, 250, 250, 250, 354, 250, 221]) {
      const reply = await client.expect(code);
      if (reply.text.includes('Queued')) ids.push(queueIdOf(reply));
    }
    assert.equal(ids.length, 3);
    for (const [index, subject] of ['one', 'two', 'three'].entries())
      assert.match(await relay.sent(ids[index]!), new RegExp(`Subject: ${subject}\r\n\r\n${subject}\r\n$`));
  });
});

describe('line ends and dots', () => {
  const CASES: [string, string, string][] = [
    ['bare LF becomes CRLF', 'a\nb\n\nc\r\n', 'a\r\nb\r\n\r\nc\r\n'],
    ['bare CR becomes CRLF', 'a\rb\r\rc\r\n', 'a\r\nb\r\n\r\nc\r\n'],
    ['LF CR is two line ends', 'a\n\rb\r\n', 'a\r\n\r\nb\r\n'],
    ['a doubled dot at the start of a line is one dot', '..a\r\n...b\r\n..\r\n', '.a\r\n..b\r\n.\r\n'],
    ['a single dot at the start of a line goes as well (RFC 5321 4.5.2)', '.a\r\n.\rb\r\n', 'a\r\n\r\nb\r\n'],
    ['a doubled dot after a bare LF or CR stays', 'a\n..b\r..c\r\n', 'a\r\n..b\r\n..c\r\n'],
    ['dots elsewhere stay', 'a..\r\na.\r\n ..\r\n', 'a..\r\na.\r\n ..\r\n'],
    ['a NUL and other control characters stay', 'a\x00\x01\x7f\x1ab\r\n', 'a\x00\x01\x7f\x1ab\r\n'],
    ['bytes above 127 stay', '\xff\xfe\x80\xe4\r\n', '\xff\xfe\x80\xe4\r\n'],
    ['a line of 100,000 characters stays', `${'x'.repeat(100_000)}\r\n`, `${'x'.repeat(100_000)}\r\n`],
  ];
  for (const [title, sent, kept] of CASES)
    it(title, async () => {
      const client = await relay.client();
      await client.begin(['someone@example.com']);
      client.send(Buffer.from(`${WHOLE}\r\n${sent}.\r\n`, 'latin1'));
      const id = queueIdOf(await client.expect(250));
      assert.equal(await relay.sentWithoutTrace(id), `${WHOLE}\r\n${kept}`);
    });

  it('come out the same wherever the stream is cut in two', async () => {
    const wire = Buffer.from(`${WHOLE}\r\n..dot\r\n\r\n...\nlf\rcr\r\n.x\n.\ny\r\n..\r\n.\r\n`);
    const client = await relay.client();
    const expected = await sentOf(client, [wire]);
    for (let cut = 1; cut < wire.length; cut++)
      assert.equal(await sentOf(client, [wire.subarray(0, cut), wire.subarray(cut)]), expected, `cut at ${cut}`);
  });

  it('come out the same when every byte arrives alone', async () => {
    const wire = Buffer.from(`${WHOLE}\r\n..dot\r\n\r\n...\nlf\rcr\r\n.x\n.\ny\r\n..\r\n.\r\n`);
    const client = await relay.client();
    const expected = await sentOf(client, [wire]);
    assert.equal(
      await sentOf(
        client,
        [...wire].map(byte => Buffer.of(byte)),
      ),
      expected,
    );
  });

  it('come out the same for any text and any cuts', async () => {
    const client = await relay.client();
    const token = fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '.',
      '..',
      '\r\n.',
      '\n.',
      'a',
      'b: c',
      ' ',
      '\x00',
      'MAIL FROM:<a@b>',
    );
    const text = fc.array(token, { maxLength: 25 }).map(tokens => tokens.join(''));
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(text, cuts, fc.boolean(), async (raw, places, withHeader) => {
        const body = `${withHeader ? `${WHOLE}\r\n` : ''}${raw}`;
        // Whatever would end the message early is made harmless; the test is about cuts.
        const harmless = body.replace(/(^|\r\n)\.(?=\r\n)/g, '$1.x').replace(/(^|\r\n)\.$/, '$1.x');
        const wire = Buffer.from(`${harmless}\r\n.\r\n`);
        const at = [...new Set(places.map(place => Math.floor(place * wire.length)))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => wire.subarray(from, at[i] ?? wire.length)).filter(p => p.length > 0);
        const withoutTime = (stored: string) => stored.replace(/^(Date|Message-ID): .*\r\n/gm, '$1\r\n');
        assert.equal(withoutTime(await sentOf(client, pieces)), withoutTime(await sentOf(client, [wire])));
      }),
      { numRuns: 120 },
    );
  });

  it('any text in canonical lines that a client sends with its dots doubled is stored as it was', async () => {
    const client = await relay.client();
    const line = fc.string({ unit: fc.constantFrom('.', 'a', ':', ' ', '\t', '\x00', '-', '\xe4'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async lines => {
        const wire = lines.map(text => `${text.startsWith('.') ? '.' : ''}${text}\r\n`).join('');
        const stored = await sentOf(client, [Buffer.from(`${WHOLE}\r\n${wire}.\r\n`, 'latin1')]);
        assert.equal(stored, `${WHOLE}\r\n${lines.map(text => `${text}\r\n`).join('')}`);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what the relay adds', () => {
  it('is a Received line with the client, this relay, the id and the only recipient', async () => {
    const client = await relay.client();
    const id = await client.mail(`${WHOLE}\r\nx\r\n`);
    const [from, by, forWhom] = (await relay.sent(id)).split('\r\n');
    assert.equal(from, 'Received: from client.example ([127.0.0.1])');
    assert.equal(by, `\tby relay.test (SmtpRelay) with ESMTP id ${id}`);
    assert.match(forWhom!, /^\tfor <someone@example\.com>; \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  });

  it('does not name the recipients when there are several', async () => {
    const client = await relay.client();
    const id = await client.mail(`${WHOLE}\r\nx\r\n`, ['a@example.com', 'b@example.com']);
    assert.doesNotMatch(await relay.sent(id), /a@example|b@example/);
  });

  it('keeps header syntax out of the name that the client gave itself', async () => {
    const client = await relay.connect();
    await client.expect(220);
    await client.say('EHLO a;(b)"c"<d>\u00e4', 250);
    const id = await client.mail(`${WHOLE}\r\nx\r\n`);
    assert.match(await relay.sent(id), /^Received: from a\?\?b\?\?c\?\?d\?\? \(\[127\.0\.0\.1\]\)\r\n/);
  });

  const fields = ['Date: Mon, 1 Jan 2024 00:00:00 +0000\r\n', 'Message-ID: <1@b.example>\r\n'];
  for (const [title, header, date, messageId] of [
    ['both are there', fields.join(''), 0, 0],
    ['Date is missing', fields[1]!, 1, 0],
    ['Message-ID is missing', fields[0]!, 0, 1],
    ['both are missing', '', 1, 1],
    ['they are written in another case', 'dAtE: x\r\nMESSAGE-id:<1@b>\r\n', 0, 0],
    ['they are folded', 'Date:\r\n Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID:\r\n\t<1@b.example>\r\n', 0, 0],
    ['they stand in the body only', 'Subject: y\r\n\r\nDate: x\r\nMessage-ID: <1@b>\r\n', 1, 1],
    ['other names contain theirs', 'Resent-Date: x\r\nX-Message-ID: <1@b>\r\n', 1, 1],
  ] as const)
    it(`is Date ${date} time(s) and Message-ID ${messageId} time(s) when ${title}`, async () => {
      const client = await relay.client();
      const id = await client.mail(`${header}Subject: x\r\n\r\nx\r\n`);
      const added = (await relay.sentWithoutTrace(id)).slice(0, -`${header}Subject: x\r\n\r\nx\r\n`.length);
      const names = added
        .split('\r\n')
        .filter(line => line !== '')
        .map(line => line.split(':')[0]);
      assert.deepEqual(names, [...(date ? ['Date'] : []), ...(messageId ? ['Message-ID'] : [])]);
      if (messageId) assert.ok(added.includes(`Message-ID: <${id}@relay.test>\r\n`), added);
    });

  for (const [title, text] of [
    ['a text without header', 'Hello world,\r\nhow are you?\r\n'],
    ['a text whose first line looks like none', ' folded\r\nSubject: no\r\n'],
    ['a single line without end', 'x'],
  ])
    it(`is an empty line before ${title}, so that nothing of it becomes header`, async () => {
      const client = await relay.client();
      await client.begin(['someone@example.com']);
      client.send(`${text!}${text!.endsWith('\r\n') ? '' : '\r\n'}.\r\n`);
      const stored = await relay.sentWithoutTrace(queueIdOf(await client.expect(250)));
      const [head, body] = splitOnce(stored, '\r\n\r\n');
      assert.match(head, /^Date: [^\r\n]+\r\nMessage-ID: <[^\r\n]+>$/);
      assert.equal(body, text!.endsWith('\r\n') ? text : `${text}\r\n`);
    });

  it('stays in front of a message that begins with an empty line, and of an empty one', async () => {
    const client = await relay.client();
    for (const text of ['\r\nbody\r\n', '']) {
      const stored = await relay.sentWithoutTrace(await client.mail(text));
      const [head, body] = splitOnce(stored, '\r\n\r\n');
      assert.match(head, /^Date: [^\r\n]+\r\nMessage-ID: <[^\r\n]+>$/);
      assert.equal(body, text.replace(/^\r\n/, ''));
    }
  });

  it('is right for a header of 200 KiB as well', async () => {
    const client = await relay.client();
    const header = `${WHOLE}${`X-Long: ${'y'.repeat(200)}\r\n`.repeat(1000)}`;
    const id = await client.mail(`${header}\r\nx\r\n`);
    assert.equal(await relay.sentWithoutTrace(id), `${header}\r\nx\r\n`);
  });

  it('makes the DATA line of the protocol log name the message', async () => {
    const client = await relay.client();
    const id = await client.mail(`${WHOLE}\r\nx\r\n`);
    const [line] = await relay.control.call('log.read', { messageId: id });
    assert.equal(line!.command, 'DATA');
    assert.equal(line!.code, 250);
    assert.equal(line!.reply, `250 2.6.0 Queued as ${id}`);
  });
});

describe('a client that vanishes', () => {
  const small = Buffer.from(`X-Vanishes: yes\r\n${WHOLE}\r\n${'some text\r\n'.repeat(20)}.\r\n`);
  const large = Buffer.from(`X-Vanishes: yes\r\n${WHOLE}\r\n${`${'x'.repeat(76)}\r\n`.repeat(9000)}.\r\n`);

  async function vanishAfter(wire: Buffer, length: number, how: 'reset' | 'end'): Promise<void> {
    const client = await relay.client();
    await client.begin(['someone@example.com']);
    await client.sendAll(wire.subarray(0, length));
    await turn();
    if (how === 'reset') client.socket.resetAndDestroy();
    else client.socket.end();
    await client.closed();
  }

  /** Not in the queue, not at the next hop, and not in any file that could be recovered from. */
  async function nothingIsLeft(): Promise<void> {
    await relay.quiet();
    await relay.empty();
    assert.ok(!relay.sink.messages.some(({ bytes }) => bytes.includes('X-Vanishes')));
    for (const folder of ['log-segments', 'BadMail'])
      assert.doesNotMatch(await textOf(join(relay.folder, folder)), /X-Vanishes/);
  }

  for (const how of ['reset', 'end'] as const) {
    it(`leaves nothing of a small message, at any point of it (${how})`, async () => {
      const points = [0, 1, WHOLE.length - 1, WHOLE.length, WHOLE.length + 2, 150, small.length - 5, small.length - 4];
      for (const point of [...points, small.length - 3, small.length - 2, small.length - 1])
        await vanishAfter(small, point, how);
      await nothingIsLeft();
    });

    it(`leaves nothing of a large message, at any point of it (${how})`, async () => {
      for (const point of [1000, 65_536, 262_144, 300_000, 500_001, large.length - 1])
        await vanishAfter(large, point, how);
      await nothingIsLeft();
    });
  }

  it('leaves nothing of a message that is on the disk in part', async () => {
    const client = await relay.client();
    await client.begin(['someone@example.com']);
    await client.sendAll(large.subarray(0, 600_000));
    await until('it is being written', async () => (await relay.queueFiles()).some(name => name.endsWith('.tmp')));
    await client.vanish();
    await nothingIsLeft();
  });

  it('between the commands leaves nothing', async () => {
    for (const lines of [
      '',
      'MAIL FROM:<a@b.example>\r\n',
      'MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n',
      'MAIL FR',
    ]) {
      const client = await relay.client();
      await client.sendAll(lines);
      await client.vanish();
    }
    await nothingIsLeft();
  });

  it('right after the end of the message leaves it whole: the relay may have taken it', async () => {
    const client = await relay.client();
    await client.begin(['someone@example.com']);
    await client.sendAll('Subject: whole\r\n\r\nall of it\r\n.\r\n');
    client.socket.end();
    await client.closed();
    await until('it arrives', () =>
      relay.sink.messages.some(({ bytes }) => bytes.includes('Subject: whole\r\n\r\nall of it\r\n')),
    );
  });
});

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return [text.slice(0, index), text.slice(index + at.length)];
}

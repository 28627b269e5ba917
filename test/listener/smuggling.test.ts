/**
 * SMTP smuggling (CVE-2023-51764 and its kin): whatever one server may take for the end of a message
 * and another may not. One message in is one message out, and no CR or LF that stands alone, and no
 * dot at the start of a line that is not doubled, ever leaves the relay.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TestRelay } from '../support/relay-harness.ts';
import type { SinkMessage } from '../support/relay-sink.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({ general: { pickupEnabled: true } });
});
after(() => relay.stop());

const VARIANTS = [
  ...['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r', '\n.\r', '\r.\n', '\n\n.\n\n', '\r\r.\r\r'],
  ...['\r\n.\r\r\n', '\r\r\n.\n', '\n\r.\r\n', '\r\n\n.\n\r\n', '\r\n\x00.\r\n', '\r\n.\x00\r\n', '\r\n\x00.\x00\r\n'],
  ...['\x00\r\n\x00.\n', '\r\n. \r\n', '\r\n.\t\r\n', '\r\n..\r\n', '\r\n.\\r\n', '\x85.\x85', '\v.\v', '\f.\f'],
  ...['\r\n.\r\x00\n', '\r\x00\n.\r\n', '\u2028.\u2028', '\r\n.\x1a', '\x1a', '\r\n.=\r\n', '=0D=0A.=0D=0A'],
];

const SMUGGLED = 'MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@y.example>\r\nDATA\r\nSubject: evil\r\n\r\nboo';

function harmless({ wire }: SinkMessage): void {
  const text = wire.toString('latin1');
  assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/, 'a CR or LF stands alone');
  assert.doesNotMatch(text, /(?:^|\n)\.(?!\.)/, 'a dot is not doubled');
  assert.ok(text.endsWith('\r\n'));
}

describe('a client that smuggles', () => {
  for (const variant of VARIANTS)
    it(`with ${JSON.stringify(variant)} sends one message, wherever the packets end`, async () => {
      const body = Buffer.from(`Subject: one\r\n\r\nfirst${variant}${SMUGGLED}\r\n`, 'utf8');
      const begin = body.indexOf('first') + 5;
      const end = body.indexOf('MAIL FROM');
      const cuts = Array.from({ length: end - begin + 3 }, (_, i) => begin - 1 + i);
      const before = relay.sink.messages.length;
      const client = await relay.client();
      const whole = Buffer.concat([body, Buffer.from('.\r\n')]);
      for (const cut of [0, ...cuts]) {
        await client.begin(['someone@example.com']);
        for (const piece of [whole.subarray(0, cut), whole.subarray(cut)]) {
          if (piece.length > 0) await client.sendAll(piece);
          await turn();
        }
        await client.expect(250);
      }
      await client.begin(['someone@example.com']);
      for (let at = begin - 1; at < end + 1; at++) {
        await client.sendAll(at === begin - 1 ? whole.subarray(0, at + 1) : whole.subarray(at, at + 1));
        await turn();
      }
      await client.sendAll(whole.subarray(end + 1));
      await client.expect(250);
      await client.quit();
      await relay.empty();
      const arrived = relay.sink.messages.slice(before);
      assert.equal(arrived.length, cuts.length + 2);
      for (const message of arrived) {
        assert.deepEqual([message.sender, message.recipients], ['sender@client.example', ['someone@example.com']]);
        assert.ok(message.bytes.toString('latin1').endsWith(`${SMUGGLED}\r\n`));
        harmless(message);
      }
      relay.sink.messages.length = 0;
    });
});

describe('a message that lies there with smuggled ends', () => {
  const body = VARIANTS.map((variant, i) => `line ${i}${variant}${SMUGGLED}`).join('\r\n');

  it('in the Pickup folder leaves as one, in canonical lines', async () => {
    const text = `From: a@b.example\nTo: c@d.example\r\nSubject: pickup\n\n${body}\r\n.\r\n${body}`;
    await writeFile(join(relay.folder, 'Pickup', 'a.eml'), text);
    const [message] = await relay.sink.has(1);
    await relay.empty();
    assert.equal(relay.sink.messages.length, 1);
    assert.equal(message!.sender, 'a@b.example');
    harmless(message!);
    relay.sink.messages.length = 0;
  });

  it('in an order to the control port leaves as one, in canonical lines', async () => {
    const order = { sender: 'a@b.example', recipients: ['c@d.example'], subject: 'x', body: `${body}\r\n.\r\n${body}` };
    await relay.control.call('message.submit', order);
    const [message] = await relay.sink.has(1);
    await relay.empty();
    assert.equal(relay.sink.messages.length, 1);
    harmless(message!);
    relay.sink.messages.length = 0;
  });

  it('in the Queue folder, put there by hand, leaves as one, in canonical lines', async () => {
    const folder = join(relay.folder, 'Queue');
    await relay.quiet();
    const envelope = 'x-sender: <a@b.example>\r\nx-receiver: <c@d.example>\r\n';
    await writeFile(join(folder, '1K00000000A.eml'), `${envelope}Subject: by hand\n\n${body}\r\n.\r\n${body}\r.\r\n.`);
    await relay.restart();
    const [message] = await relay.sink.has(1);
    await relay.empty();
    assert.equal(relay.sink.messages.length, 1);
    harmless(message!);
  });
});

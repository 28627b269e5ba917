/** A stored message on its way out is opened when a server is there to get it, and once. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Rewriter } from '../../src/rewrite/rewriter.ts';
import { OutgoingMail } from '../../src/wiring/outgoing.ts';
import { envelopeOf, ORIGIN, TEXT } from '../support/spool-folder.ts';

const mail = (open: () => Promise<void>) =>
  new OutgoingMail({
    rewriter: new Rewriter([], null),
    dkim: { any: false, signersFor: () => [] },
    now: Date.now,
    connector: 'Internet',
    open: async () => {
      await open();
      return { size: TEXT.length, read: async () => TEXT, stream: () => Readable.from([TEXT]) };
    },
    message: {
      number: 1,
      id: 'M1',
      envelope: envelopeOf(),
      origin: ORIGIN,
      receivedAt: 0,
      size: TEXT.length,
      subject: null,
      internetMessageId: null,
    },
  });

test('nothing is read before a server asks, and once for all servers', async () => {
  let opened = 0;
  const outgoing = mail(async () => void opened++);
  assert.equal(outgoing.reversePath, envelopeOf().reversePath);
  assert.equal(opened, 0);
  for (const eightBitMime of [true, false]) {
    const sendable = await outgoing.forServer({ eightBitMime, smtpUtf8: true });
    assert.ok('body' in sendable && Buffer.isBuffer(sendable.body));
    if (eightBitMime) assert.deepEqual(sendable.body, TEXT);
  }
  assert.equal(opened, 1);
});

test('what can not be opened is thrown to who asks', async () => {
  const outgoing = mail(async () => {
    throw new Error('damaged');
  });
  await assert.rejects(outgoing.forServer({ eightBitMime: true, smtpUtf8: true }), /damaged/);
});

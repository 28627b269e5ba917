import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMailbox } from '../../src/message/address.ts';
import type { Envelope, Notify } from '../../src/message/envelope.ts';
import { readEnvelopeLines, writeEnvelopeLines } from '../../src/spool/envelope-lines.ts';
import { envelopeOf, recipient } from '../support/spool-folder.ts';

const BODY = Buffer.from('Received: from here\r\n\r\nHello\r\n');

/** What the engine takes for an address: printable UTF-8, quoted where the characters ask for it. */
const address = fc
  .tuple(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/),
      fc.constantFrom('müller', 'почта', '用户', 'a.b', 'user%third'),
      fc.stringMatching(/^[ !#-[\]-~]{0,20}$/).map(inner => `"${inner}"`),
      fc.constantFrom('"a\\"b"', '"a\\\\"', '"<x>"', '"a@b> NOTIFY=NEVER"'),
    ),
    fc.constantFrom('example.net', 'xn--mller-kva.example', '[192.0.2.1]', '[ipv6:2001:db8::1]'),
  )
  .map(([local, domain]) => `${local}@${domain}`)
  .filter(text => parseMailbox(text) !== null);

/** What a decoded ENVID or ORCPT can hold: text without control characters, tabs apart. */
const parameter = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .map(text => text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '\t'))
  .filter(text => text.isWellFormed());

const notify: fc.Arbitrary<Notify[]> = fc.oneof(
  fc.constant<Notify[]>([]),
  fc.constant<Notify[]>(['NEVER']),
  fc.uniqueArray(fc.constantFrom<Notify>('SUCCESS', 'FAILURE', 'DELAY'), { minLength: 1 }),
);

const PLAIN = { noNullPrototype: true } as const;

const envelope: fc.Arbitrary<Envelope> = fc.record(
  {
    reversePath: fc.oneof(fc.constant(''), address),
    recipients: fc.array(fc.record({ address, notify, orcpt: fc.option(parameter) }, PLAIN), {
      minLength: 1,
      maxLength: 8,
    }),
    ret: fc.constantFrom('FULL', 'HDRS', null),
    envid: fc.option(parameter),
    eightBitMime: fc.boolean(),
    smtpUtf8: fc.boolean(),
  },
  PLAIN,
);

test('writes what IIS wrote, with the parameters of ESMTP behind the address', () => {
  const lines = writeEnvelopeLines(
    envelopeOf(
      [
        'anna@example.net',
        recipient('bert@example.net', { notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;b=b@example.net' }),
      ],
      {
        ret: 'HDRS',
        envid: 'Order 7',
        eightBitMime: true,
        smtpUtf8: true,
      },
    ),
  );
  assert.equal(
    lines.toString(),
    'x-sender: <app@example.com> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Order+207\r\n' +
      'x-receiver: <anna@example.net>\r\n' +
      'x-receiver: <bert@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+3Db@example.net\r\n',
  );
});

test('reads back every envelope it writes, and finds where the message begins', () => {
  fc.assert(
    fc.property(envelope, written => {
      const lines = writeEnvelopeLines(written);
      assert.deepEqual(readEnvelopeLines(Buffer.concat([lines, BODY])), { envelope: written, offset: lines.length });
    }),
    { numRuns: 500 },
  );
});

test('reads lines that stand alone, without a message', () => {
  const lines = writeEnvelopeLines(envelopeOf());
  assert.deepEqual(readEnvelopeLines(lines), { envelope: envelopeOf(), offset: lines.length });
});

test('reads lines in any case and with any blanks, as people type them', () => {
  const found = readEnvelopeLines(
    Buffer.from('X-Sender:<app@example.com>\r\nX-RECEIVER:  <anna@example.net>  notify=never\r\n\r\n'),
  );
  assert.deepEqual(found?.envelope, envelopeOf([recipient('anna@example.net', { notify: ['NEVER'] })]));
});

test('reads addresses without brackets, as IIS wrote them', () => {
  const found = readEnvelopeLines(Buffer.from('x-sender: app@example.com\r\nx-receiver: anna@example.net\r\n\r\n'));
  assert.deepEqual(found?.envelope, envelopeOf(['anna@example.net']));
});

test('takes nothing for an envelope that has no sender, two senders, no receiver, or an empty one', () => {
  for (const text of [
    '',
    'Subject: x\r\n\r\n',
    'x-receiver: <anna@example.net>\r\n\r\n',
    'x-sender: <app@example.com>\r\n\r\n',
    'x-sender: <a@example.com>\r\nx-sender: <b@example.com>\r\nx-receiver: <c@example.com>\r\n',
    'x-sender: <a@example.com>\r\nx-receiver: <>\r\n',
    'x-sender: <app@example.com>\r\nx-receiver: nobody\r\n',
    'x-sender: <app@example.com>\r\nx-receiver: <a@example.com>, <b@example.com>\r\n',
  ])
    assert.equal(readEnvelopeLines(Buffer.from(text)), null, JSON.stringify(text));
});

test('never throws and never reads beyond the bytes, whatever they are', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
    fc
      .constantFrom('x-sender: <', 'x-receiver: <a@b>', '\r\n', '>', ' ENVID=+', ' ORCPT=+4', '=', '\n', '\r')
      .map(text => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => {
      const bytes = Buffer.concat(pieces);
      const found = readEnvelopeLines(bytes);
      assert.ok(found === null || (found.offset <= bytes.length && found.envelope.recipients.length > 0));
    }),
    { numRuns: 1000 },
  );
});

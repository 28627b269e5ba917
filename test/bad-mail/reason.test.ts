/** What the `.BDR` files of this relay and of IIS say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseReason } from '../../src/bad-mail/reason.ts';

test('a report that could not be returned: why, and what the next hop said', () => {
  const reason = parseReason(
    [
      'This message could not be delivered: it has no sender to whom it could be returned.',
      'Time: 2026-03-04T12:00:00.000Z',
      'Queue id: 1K11YVFB9Q0',
      'Sender: <>',
      'Subject: Undeliverable: x',
      'Recipient: a@example.com',
      '  Status: 5.1.1',
      '  Reply: 550 5.1.1 Nobody here',
      '  Server: none',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual(reason, {
    text: 'it has no sender to whom it could be returned. The last answer was: 550 5.1.1 Nobody here',
    sender: '',
    recipients: ['a@example.com'],
    subject: 'Undeliverable: x',
    queueId: '1K11YVFB9Q0',
    fromPickup: false,
  });
});

test('a Pickup file, and a lost message of the queue', () => {
  const pickup = parseReason(
    'This file from the Pickup folder could not be sent: The file is empty.\r\nFile: x.eml\r\n',
  );
  assert.deepEqual([pickup.text, pickup.fromPickup, pickup.sender], ['The file is empty.', true, null]);
  const lost = parseReason(
    'The file Queue/X.eml is missing.\r\nFrom: <>\r\nTo: a@example.com\r\nTo: b@example.com\r\n',
  );
  assert.deepEqual(
    [lost.text, lost.sender, lost.recipients],
    ['The file Queue/X.eml is missing.', '', ['a@example.com', 'b@example.com']],
  );
});

test('the sentences of IIS', () => {
  const reason = parseReason(
    [
      'Unable to deliver this message because the following error occurred: This message is a delivery status notification that cannot be delivered.',
      '',
      'The specific error code was 0xC00402CE.',
      '',
      'The message sender was <>.',
      '',
      'The message was intended for the following recipients.',
      '',
      'someone@example.com',
      '',
    ].join('\r\n'),
  );
  assert.equal(reason.text, 'This message is a delivery status notification that cannot be delivered.');
  assert.deepEqual([reason.sender, reason.recipients], ['', ['someone@example.com']]);
});

test('never throws, whatever stands there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
      const reason = parseReason(text);
      assert.ok((reason.text ?? '').length <= 1000);
    }),
  );
});

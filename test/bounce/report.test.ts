import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ReportInput, writeReport } from '../../src/bounce/report.ts';
import { decodeEncodedWords } from '../../src/message/encoded-words.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import { mailDate } from '../../src/message/mail-date.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { parseMultipart, parsePart, parseStatus } from '../support/smtp-mime.ts';
import { envelopeOf, ORIGIN, recipient, TEXT } from '../support/spool-folder.ts';

const NOW = Date.parse('2026-03-04T12:00:00.000Z');
const REMOTE = { host: 'mx.example.net', address: '192.0.2.25', port: 25 };
const HEADER = TEXT.subarray(0, TEXT.indexOf('\r\n\r\n') + 4);

const failed = (text = 'No such user', enhanced: string | null = '5.1.1'): Outcome => ({
  kind: 'failed',
  reply: { code: 550, enhanced, text },
  remote: REMOTE,
});

const inputOf = (changes: Partial<ReportInput> = {}, message: Partial<AcceptedMessage> = {}): ReportInput => ({
  kind: 'failed',
  message: {
    number: 1,
    id: '01ARYZ6S41T',
    envelope: envelopeOf(['a@example.net', recipient('b@example.net', { orcpt: 'rfc822;list@example.org' })], {
      envid: 'Order 7+8',
    }),
    origin: ORIGIN,
    receivedAt: NOW - 60_000,
    size: TEXT.length,
    subject: 'Report',
    internetMessageId: '<1@example.com>',
    ...message,
  },
  results: [{ index: 0, outcome: failed() }],
  fqdn: 'relay.example.com',
  postmaster: 'postmaster@example.com',
  now: NOW,
  id: '01ARYZ6S41V',
  boundary: 'reportB0undary',
  originalHeader: HEADER,
  originalMessage: TEXT,
  retryUntil: null,
  ...changes,
});

const asObject = (fields: ReadonlyMap<string, string> | undefined) => Object.fromEntries(fields ?? []);

test('is a multipart/report of three parts, from the postmaster to the sender, marked as automatic', () => {
  const report = parseMultipart(writeReport(inputOf()));
  const { header } = report;
  assert.match(header.get('content-type')!, /^multipart\/report; report-type=delivery-status;/);
  assert.equal(header.get('from'), '"Mail Delivery System" <postmaster@example.com>');
  assert.equal(header.get('to'), '<app@example.com>');
  assert.equal(header.get('subject'), 'Undeliverable: Report');
  assert.equal(header.get('date'), 'Wed, 04 Mar 2026 12:00:00 +0000');
  assert.equal(header.get('message-id'), '<01ARYZ6S41V.report@relay.example.com>');
  assert.equal(header.get('in-reply-to'), '<1@example.com>');
  assert.equal(header.get('auto-submitted'), 'auto-replied');
  assert.equal(header.get('mime-version'), '1.0');
  assert.deepEqual(
    report.parts.map(part => part.header.get('content-type')),
    ['text/plain; charset=utf-8', 'message/delivery-status', 'message/rfc822'],
  );
});

test('has the fields of RFC 3464, with the reply of the remote server verbatim', () => {
  const results = [
    { index: 0, outcome: failed('No such user; try "help" <here>') },
    {
      index: 1,
      outcome: { kind: 'failed', reply: { code: 550, enhanced: '4.4.7', text: 'Given up' }, remote: null } as const,
    },
  ];
  const report = parseMultipart(writeReport(inputOf({ results })));
  const [message, first, second, ...others] = parseStatus(report.parts[1]!);
  assert.deepEqual(others, []);
  assert.deepEqual(asObject(message), {
    'original-envelope-id': 'Order 7+8',
    'reporting-mta': 'dns; relay.example.com',
    'received-from-mta': 'dns; APPSRV01',
    'arrival-date': 'Wed, 04 Mar 2026 11:59:00 +0000',
  });
  assert.deepEqual(asObject(first), {
    'final-recipient': 'rfc822; a@example.net',
    action: 'failed',
    status: '5.1.1',
    'remote-mta': 'dns; mx.example.net',
    'diagnostic-code': 'smtp; 550 5.1.1 No such user; try "help" <here>',
    'last-attempt-date': 'Wed, 04 Mar 2026 12:00:00 +0000',
  });
  assert.deepEqual(asObject(second), {
    'original-recipient': 'rfc822;list@example.org',
    'final-recipient': 'rfc822; b@example.net',
    action: 'failed',
    status: '4.4.7',
    'diagnostic-code': 'x-smtprelay; 550 4.4.7 Given up',
    'last-attempt-date': 'Wed, 04 Mar 2026 12:00:00 +0000',
  });
  const human = report.parts[0]!.body.toString();
  for (const text of [
    'a@example.net',
    'mx.example.net [192.0.2.25] said:',
    '550 5.1.1 No such user',
    'relay.example.com (this relay) said:',
    'queue id 01ARYZ6S41T',
  ])
    assert.ok(human.includes(text), text);
});

test('a reply without an enhanced code gets the status of its class', () => {
  const report = parseMultipart(writeReport(inputOf({ results: [{ index: 0, outcome: failed('No', null) }] })));
  assert.equal(parseStatus(report.parts[1]!)[1]!.get('status'), '5.0.0');
});

test('returns the message byte for byte, or its header alone', () => {
  const full = parseMultipart(writeReport(inputOf()));
  assert.ok(TEXT.equals(full.parts[2]!.body));
  const short = parseMultipart(writeReport(inputOf({ originalMessage: null })));
  assert.equal(short.parts[2]!.header.get('content-type'), 'text/rfc822-headers');
  assert.ok(HEADER.equals(short.parts[2]!.body));
});

test('good news says relayed, with a status of success', () => {
  const outcome: Outcome = {
    kind: 'delivered',
    reply: { code: 250, enhanced: '2.0.0', text: 'Ok' },
    remote: REMOTE,
    dsnHandedOver: false,
  };
  const report = parseMultipart(
    writeReport(inputOf({ kind: 'relayed', results: [{ index: 0, outcome }], originalMessage: null })),
  );
  assert.equal(report.header.get('subject'), 'Relayed: Report');
  const fields = parseStatus(report.parts[1]!)[1]!;
  assert.deepEqual(
    [fields.get('action'), fields.get('status'), fields.get('diagnostic-code')],
    ['relayed', '2.0.0', 'smtp; 250 2.0.0 Ok'],
  );
});

test('an address beyond ASCII makes the parts global, in UTF-8', () => {
  const envelope = envelopeOf(['müller@example.net'], { smtpUtf8: true });
  const report = parseMultipart(writeReport(inputOf({}, { envelope })));
  assert.deepEqual(
    report.parts.map(part => part.header.get('content-type')),
    ['text/plain; charset=utf-8', 'message/global-delivery-status', 'message/global'],
  );
  assert.equal(report.parts[1]!.header.get('content-transfer-encoding'), '8bit');
  assert.equal(parseStatus(report.parts[1]!)[1]!.get('final-recipient'), 'utf-8; müller@example.net');
  const short = parseMultipart(writeReport(inputOf({ originalMessage: null }, { envelope })));
  assert.equal(short.parts[2]!.header.get('content-type'), 'message/global-headers');
});

test('a remote reply beyond ASCII is declared as such', () => {
  const report = parseMultipart(
    writeReport(inputOf({ results: [{ index: 0, outcome: failed('Größer geht nicht') }] })),
  );
  assert.equal(report.parts[1]!.header.get('content-type'), 'message/global-delivery-status');
  assert.equal(report.parts[1]!.header.get('content-transfer-encoding'), '8bit');
  assert.equal(parseStatus(report.parts[1]!)[1]!.get('diagnostic-code'), 'smtp; 550 5.1.1 Größer geht nicht');
});

test('an 8-bit message is returned as 8-bit', () => {
  const original = Buffer.from('Subject: x\r\n\r\n\xe4\r\n', 'latin1');
  const report = parseMultipart(
    writeReport(inputOf({ originalHeader: original.subarray(0, 14), originalMessage: original })),
  );
  assert.equal(report.parts[2]!.header.get('content-transfer-encoding'), '8bit');
  assert.equal(report.parts[2]!.header.get('content-type'), 'message/rfc822');
  assert.ok(original.equals(report.parts[2]!.body));
});

test('a subject in any language comes back in encoded words no longer than 75', () => {
  const subject = 'Übergrößenträger für Ärzte 🚚🚚🚚 und noch viel mehr davon, bis es lang wird';
  const bytes = writeReport(inputOf({}, { subject }));
  const head = bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n'));
  for (const word of head.match(/=\?utf-8\?B\?[^?]*\?=/g)!) assert.ok(word.length <= 75, word);
  assert.equal(decodeEncodedWords(parsePart(bytes).header.get('subject')!), `Undeliverable: ${subject}`);
});

test('what is missing is left away', () => {
  const report = parseMultipart(
    writeReport(
      inputOf(
        {},
        {
          subject: null,
          internetMessageId: null,
          origin: { ...ORIGIN, heloName: null },
          envelope: envelopeOf(['a@example.net']),
        },
      ),
    ),
  );
  assert.equal(report.header.get('subject'), 'Undeliverable: (no subject)');
  assert.equal(report.header.has('in-reply-to'), false);
  assert.deepEqual([...parseStatus(report.parts[1]!)[0]!.keys()], ['reporting-mta', 'arrival-date']);
});

test('nothing that strangers wrote can add a header, a field, a part or a line without end', () => {
  const plain = parseMultipart(writeReport(inputOf()));
  const nasty = fc
    .array(
      fc.constantFrom(
        '\r\n',
        '\r',
        '\n',
        '\0',
        '\r\n\r\n',
        'Bcc: evil@example.org',
        '\r\n--reportB0undary',
        '--',
        'ü',
        'x'.repeat(2000),
        ' ',
        'Status: 2.0.0',
        '\u2028',
      ),
    )
    .map(pieces => pieces.join(''));
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (subject, reply, helo, id) => {
      const bytes = writeReport(
        inputOf(
          { results: [{ index: 0, outcome: failed(reply) }] },
          {
            subject,
            internetMessageId: id,
            origin: { ...ORIGIN, heloName: helo },
            envelope: envelopeOf([recipient('a@example.net', { orcpt: id })], { envid: helo }),
          },
        ),
      );
      const report = parseMultipart(bytes);
      assert.deepEqual([...report.header.keys()], [...plain.header.keys()]);
      assert.equal(report.parts.length, 3);
      const groups = parseStatus(report.parts[1]!);
      assert.equal(groups.length, 2);
      assert.equal(groups[1]!.get('status'), '5.1.1');
      assert.equal(groups[1]!.get('action'), 'failed');
      for (const line of bytes.toString('latin1').split('\r\n')) {
        assert.ok(line.length <= 998, `a line of ${line.length}`);
        assert.ok(!/[\r\n\0]/.test(line));
      }
    }),
    { numRuns: 300 },
  );
});

test('dates are those of RFC 5322', () => {
  assert.equal(mailDate(Date.parse('2026-11-09T03:04:05Z')), 'Mon, 09 Nov 2026 03:04:05 +0000');
});

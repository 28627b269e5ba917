import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromCsv } from '../../src/log/csv.ts';
import { formatTracking, TRACKING_FIELDS, type TrackedEvent, trackingHeader } from '../../src/log/tracking-log.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { message, NOON } from './samples.ts';

const context = { computerName: 'RELAY01', now: NOON, logSubject: true };

/** Rows by field name, without the empty fields. */
const rows = (event: TrackedEvent, changes: Partial<typeof context> = {}) =>
  formatTracking(event, { ...context, ...changes }).map(line =>
    Object.fromEntries(
      fromCsv(line)!.flatMap((value, position) => (value === '' ? [] : [[TRACKING_FIELDS[position]!, value]])),
    ),
  );

const origin = message().origin;
const remote = { host: 'mx.example.net', address: '198.51.100.25', port: 25 };
const reply = (code: number, text: string) => ({ code, enhanced: null, text });

test('writes RECEIVE for a message from a client', () => {
  assert.deepEqual(rows({ type: 'received', message: message(), localAddress: '192.0.2.25' }), [
    {
      'date-time': '2026-03-04T12:00:00.000Z',
      'client-ip': '192.0.2.10',
      'client-hostname': 'APPSRV01',
      'server-ip': '192.0.2.25',
      'server-hostname': 'RELAY01',
      'source-context': 'session S1',
      'connector-id': 'Default',
      source: 'SMTP',
      'event-id': 'RECEIVE',
      'internal-message-id': 'Q1',
      'message-id': '<1@example.com>',
      'recipient-address': 'anna@example.net;bert@example.net;cleo@example.org',
      'total-bytes': '2884',
      'recipient-count': '3',
      'message-subject': 'Report, "weekly"',
      'sender-address': 'app@example.com',
      'return-path': 'app@example.com',
    },
  ]);
});

test('tells an administrator’s message and a report from one that came by SMTP', () => {
  const of = (source: 'ADMIN' | 'DSN') => {
    const [row] = rows({ type: 'received', message: message({ origin: { ...origin, source } }), localAddress: null });
    return [row!['event-id'], row!.source];
  };
  assert.deepEqual(of('ADMIN'), ['SUBMIT', 'ADMIN']);
  assert.deepEqual(of('DSN'), ['RECEIVE', 'DSN']);
});

test('writes one row for each group of recipients that fared alike', () => {
  const outcomes: Outcome[] = [
    { kind: 'delivered', reply: reply(250, 'ok; queued'), remote, dsnHandedOver: false },
    { kind: 'failed', reply: reply(550, 'no such user'), remote },
    { kind: 'delivered', reply: reply(250, 'ok; queued'), remote, dsnHandedOver: false },
    { kind: 'deferred', reply: reply(451, 'time-out'), remote: null },
  ];
  const envelope = {
    ...message().envelope,
    recipients: [...message().envelope.recipients, { address: 'dora@example.org', notify: [], orcpt: null }],
  };
  const results = outcomes.map((outcome, index) => ({ index, outcome, nextAttempt: null }));
  const found = rows({
    type: 'attempted',
    source: 'SMTP',
    message: message({ envelope }),
    connector: 'Internet',
    nextHop: 'example.net',
    results,
  });
  const pick = [
    'event-id',
    'recipient-address',
    'recipient-status',
    'recipient-count',
    'source-context',
    'server-ip',
    'message-latency',
  ];
  assert.deepEqual(
    found.map(row => pick.map(field => row[field])),
    [
      [
        'SEND',
        'anna@example.net;cleo@example.org',
        '250 ok, queued;250 ok, queued',
        '2',
        'mx.example.net [198.51.100.25]:25',
        '198.51.100.25',
        '1.5',
      ],
      [
        'FAIL',
        'bert@example.net',
        '550 no such user',
        '1',
        'mx.example.net [198.51.100.25]:25',
        '198.51.100.25',
        '1.5',
      ],
      ['DEFER', 'dora@example.org', '451 time-out', '1', 'example.net', undefined, '1.5'],
    ],
  );
  assert.ok(found.every(row => row['connector-id'] === 'Internet' && row['internal-message-id'] === 'Q1'));
});

test('joins a report to the message it is about', () => {
  const [row] = rows({
    type: 'report',
    message: message(),
    reportId: 'Q2',
    kind: 'failed',
    recipients: ['bert@example.net'],
  });
  const {
    'event-id': event,
    source,
    'internal-message-id': id,
    reference,
    'return-path': path,
    'recipient-status': status,
  } = row!;
  assert.deepEqual([event, source, id, reference, path, status], ['DSN', 'DSN', 'Q2', 'Q1', '<>', 'failed']);
});

test('writes BADMAIL and DROP with their reason', () => {
  const about = { message: message(), recipients: ['bert@example.net'], reason: 'nobody to tell' };
  const [bad] = rows({ type: 'badmail', ...about, file: 'Q1.eml' });
  assert.deepEqual([bad!['event-id'], bad!['source-context'], bad!.reference], ['BADMAIL', 'nobody to tell', 'Q1.eml']);
  assert.equal(rows({ type: 'dropped', ...about })[0]!['event-id'], 'DROP');
});

test('writes DELIVER with the file for a drop folder, and DEFER from the same source', () => {
  const delivered: Outcome = {
    kind: 'delivered',
    reply: reply(250, 'Delivered into the drop folder'),
    remote: null,
    dsnHandedOver: false,
    droppedAs: '/srv/drop/a.eml',
  };
  const about = {
    type: 'attempted',
    source: 'GATEWAY',
    message: message(),
    connector: '',
    nextHop: 'example.net',
  } as const;
  const deferred: Outcome = { kind: 'deferred', reply: reply(452, 'full'), remote: null };
  for (const [outcome, event, context] of [
    [delivered, 'DELIVER', '/srv/drop/a.eml'],
    [deferred, 'DEFER', 'example.net'],
  ] as const) {
    const [row] = rows({ ...about, results: [{ index: 0, outcome, nextAttempt: null }] });
    assert.deepEqual([row!['event-id'], row!.source, row!['source-context']], [event, 'GATEWAY', context]);
  }
});

test('writes REDIRECT with where it was and where it is to go', () => {
  const [row] = rows({
    type: 'redirected',
    message: message(),
    recipients: ['bert@example.net'],
    connector: 'Backup',
    from: 'example.net',
  });
  const { 'event-id': event, source, 'recipient-address': who, 'connector-id': to, 'source-context': from } = row!;
  assert.deepEqual(
    [event, source, who, to, from],
    ['REDIRECT', 'ADMIN', 'bert@example.net', 'Backup', 'from example.net'],
  );
});

test('writes the null reverse-path as <> and the subject only when that is wanted', () => {
  const event: TrackedEvent = {
    type: 'received',
    message: message({ envelope: { ...message().envelope, reversePath: '' } }),
    localAddress: null,
  };
  const [row] = rows(event, { logSubject: false });
  assert.deepEqual([row!['sender-address'], row!['return-path'], row!['message-subject']], ['<>', '<>', undefined]);
});

test('keeps a row on one line, whatever a subject holds', () => {
  const event: TrackedEvent = {
    type: 'received',
    message: message({ subject: 'a\r\n2026,"x"\u0000\u2028b' }),
    localAddress: null,
  };
  const [line] = formatTracking(event, context);
  assert.doesNotMatch(line!, /[\x00-\x1f\u2028]/);
  assert.equal(rows(event)[0]!['message-subject'], 'a  2026,"x"  b');
});

test('has a header with the log type and all fields', () => {
  const header = trackingHeader('1.2.3', NOON);
  assert.ok(header.includes('#Log-type: Message Tracking Log'));
  assert.equal(header.at(-1), `#Fields: ${TRACKING_FIELDS.join(',')}`);
});

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTracking, type TrackedEvent, trackingHeader } from '../../src/log/tracking-log.ts';
import { readTrackingLog, type TrackingQuery } from '../../src/log/tracking-reader.ts';
import { message, NOON, temporaryFolder } from './samples.ts';

const context = { computerName: 'RELAY01', now: NOON, logSubject: true };
const HOUR = 3_600_000;

async function writeLog(folder: string, lines: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'MSGTRK20260304.log'), [...trackingHeader('1', NOON), ...lines, ''].join('\n'));
}

const receive = (changes: Parameters<typeof message>[0] = {}): TrackedEvent => ({
  type: 'received',
  message: message(changes),
  localAddress: null,
});

test('gives back a delivery with all its columns', async t => {
  const folder = await temporaryFolder(t);
  const remote = { host: 'mx.example.net', address: '198.51.100.25', port: 25 };
  const outcome = {
    kind: 'delivered',
    reply: { code: 250, enhanced: '2.0.0', text: 'Ok, "queued"' },
    remote,
    dsnHandedOver: false,
  } as const;
  const results = [0, 1].map(index => ({ index, outcome, nextAttempt: null }));
  await writeLog(
    folder,
    formatTracking(
      { type: 'attempted', source: 'SMTP', message: message(), connector: 'Internet', nextHop: 'example.net', results },
      context,
    ),
  );
  assert.deepEqual(await readTrackingLog(folder, {}), [
    {
      timestamp: '2026-03-04T12:00:00.000Z',
      eventId: 'SEND',
      source: 'SMTP',
      clientIp: null,
      clientHostname: 'RELAY01',
      serverIp: '198.51.100.25',
      serverHostname: 'mx.example.net',
      sourceContext: 'mx.example.net [198.51.100.25]:25',
      connectorId: 'Internet',
      internalMessageId: 'Q1',
      messageId: '<1@example.com>',
      recipients: ['anna@example.net', 'bert@example.net'],
      recipientStatus: ['250 2.0.0 Ok, "queued"', '250 2.0.0 Ok, "queued"'],
      totalBytes: 2884,
      recipientCount: 2,
      reference: null,
      messageSubject: 'Report, "weekly"',
      sender: 'app@example.com',
      returnPath: 'app@example.com',
      messageLatency: 1.5,
    },
  ]);
});

test('gives back whatever was written', async t => {
  const root = await temporaryFolder(t);
  const text = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter(value => !/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ subject: fc.option(text), internetMessageId: fc.option(text), size: fc.nat() })),
      async values => {
        run += 1;
        const folder = join(root, String(run));
        await writeLog(
          folder,
          values.flatMap(value => formatTracking(receive(value), context)),
        );
        const found = await readTrackingLog(folder, {});
        const seen = found.map(row => ({
          subject: row.messageSubject,
          internetMessageId: row.messageId,
          size: row.totalBytes,
        }));
        assert.deepEqual(
          seen,
          values.map(value => ({ ...value })),
        );
      },
    ),
    { numRuns: 40 },
  );
});

test('filters by every parameter', async t => {
  const folder = await temporaryFolder(t);
  const envelope = { ...message().envelope, reversePath: '' };
  await writeLog(folder, [
    ...formatTracking(receive({ id: 'A', subject: 'Weekly REPORT' }), { ...context, now: NOON - HOUR }),
    ...formatTracking(receive({ id: 'B', envelope, internetMessageId: '<b@example.com>', subject: null }), context),
    ...formatTracking(
      { type: 'report', message: message({ id: 'A' }), reportId: 'C', kind: 'failed', recipients: ['zoe@example.net'] },
      { ...context, now: NOON + HOUR },
    ),
  ]);
  const found = async (query: TrackingQuery) =>
    (await readTrackingLog(folder, query)).map(row => row.internalMessageId).join('');
  assert.equal(await found({ start: '2026-03-04T12:00:00Z' }), 'BC');
  assert.equal(await found({ end: '2026-03-04T12:00:00Z' }), 'AB');
  assert.equal(await found({ start: '2026-03-06T00:00:00Z' }), '');
  assert.equal(await found({ eventId: 'DSN' }), 'C');
  assert.equal(await found({ source: 'SMTP' }), 'AB');
  assert.equal(await found({ sender: 'APP@*' }), 'AC');
  assert.equal(await found({ sender: '<>' }), 'B');
  assert.equal(await found({ recipients: ['nobody@*', 'z?e@example.net'] }), 'C');
  assert.equal(await found({ recipients: [] }), 'ABC');
  assert.equal(await found({ messageId: 'b@example.com' }), 'B');
  assert.equal(await found({ internalMessageId: 'a' }), 'A');
  assert.equal(await found({ messageSubject: 'weekly r' }), 'A');
  assert.equal(await found({ reference: 'A' }), 'C');
  assert.equal(await found({ resultSize: 2 }), 'AB');
  assert.equal(await found({ resultSize: null }), 'ABC');
});

test('follows a changed #Fields and leaves out what it cannot read', async t => {
  const folder = await temporaryFolder(t);
  const [good] = formatTracking(receive(), context);
  await writeLog(folder, [
    good!,
    'rubbish',
    '',
    `${good!.slice(0, -1)}"`,
    good!.replace('RECEIVE', 'NOTHING'),
    '#Fields: event-id,date-time,internal-message-id,source,sender-address',
    'SEND,2026-03-04T13:00:00.000Z,Q9,SMTP,x@example.com',
    'SEND,2026-03-04T13:00:00.000Z,Q9,SMTP',
  ]);
  const found = await readTrackingLog(folder, {});
  assert.deepEqual(
    found.map(row => [row.internalMessageId, row.eventId, row.sender, row.recipients.length]),
    [
      ['Q1', 'RECEIVE', 'app@example.com', 3],
      ['Q9', 'SEND', 'x@example.com', 0],
    ],
  );
});

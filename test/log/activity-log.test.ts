import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActivityLog, formatConsole } from '../../src/log/activity-log.ts';
import type { RelayEvent } from '../../src/log/events.ts';
import { LineFile } from '../../src/log/line-file.ts';
import { allLines, inbound, message, NOON, temporaryFolder } from './samples.ts';

const refused: RelayEvent = {
  type: 'refused',
  sessionId: 'S1',
  clientIp: '192.0.2.66',
  listener: 'Default',
  stage: 'RCPT',
  rule: 'relay.restriction',
  reply: '550 5.7.1 Unable to relay\r\n{"level":"error"}',
  sender: 'a@example.com',
  recipient: 'b@example.net',
};

async function written(folder: string, events: readonly RelayEvent[], maxFileSize = 1e9) {
  const options = { now: () => NOON, lostLine: String, onError: () => {} };
  const names = { prefix: 'activity', period: 'Day', localTime: false } as const;
  const file = new LineFile(options, { folder, names, header: () => [], maxAge: 1e9, maxSize: 1e9, maxFileSize });
  const log = new ActivityLog(file, () => NOON, false);
  for (const event of events) log.add(event);
  await log.close();
  await file.close();
  return (await allLines(folder)).map(line => JSON.parse(line) as Record<string, unknown>);
}

test('writes a sentence with its facts, one object a line, whatever a stranger sent', async t => {
  const [line, ...more] = await written(await temporaryFolder(t), [refused]);
  const { type, ...facts } = refused;
  assert.deepEqual(more, []);
  assert.deepEqual(line, {
    time: '2026-03-04T12:00:00.000Z',
    level: 'info',
    message: `Refused 192.0.2.66 at RCPT on Default by relay.restriction: ${facts.reply}`,
    event: 'refused',
    ...facts,
  });
});

test('gives each event its level', async t => {
  const queue = {
    type: 'queue',
    nextHop: 'example.net',
    connector: 'Internet',
    reason: 'refused',
    nextRetry: NOON,
  } as const;
  const logon = { type: 'logon', sessionId: 'S1', clientIp: '192.0.2.1', listener: 'Default', account: 'app' } as const;
  const events: RelayEvent[] = [
    { ...queue, status: 'Retry' },
    { ...queue, status: 'Active', reason: null, nextRetry: null },
    { ...logon, success: true },
    { ...logon, success: false },
    { type: 'settings', settingsVersion: 4, what: 'connector Internet changed' },
    { type: 'quarantined', what: 'Q1.eml', reason: 'unreadable', movedTo: null },
    { type: 'badmail', message: message(), recipients: ['b@example.net'], reason: 'nobody to tell', file: 'Q1.eml' },
    { type: 'service', level: 'error', what: 'Port 25 is taken', detail: { port: 25, level: 'x' } },
  ];
  const lines = await written(await temporaryFolder(t), events);
  assert.deepEqual(
    lines.map(line => line.level),
    ['warn', 'info', 'info', 'warn', 'info', 'error', 'warn', 'error'],
  );
  assert.equal(lines[0]!.message, 'Queue example.net is now Retry: refused (next try 2026-03-04T12:00:00.000Z)');
  assert.deepEqual(lines[7]!.detail, { port: 25, level: 'x' });
});

test('leaves conversations and deliveries to the other logs', async t => {
  const folder = await temporaryFolder(t);
  assert.deepEqual(
    await written(folder, [
      { type: 'protocol', ...inbound() },
      { type: 'received', message: message(), localAddress: null },
    ]),
    [],
  );
});

test('loses nothing through winston and rotations', async t => {
  const events = Array.from(
    { length: 20_000 },
    (_, settingsVersion): RelayEvent => ({ type: 'settings', settingsVersion, what: 'x' }),
  );
  const lines = await written(await temporaryFolder(t), events, 100_000);
  assert.deepEqual(
    lines.map(line => line.settingsVersion),
    events.map((_, number) => number),
  );
});

test('shows a line for people on the console, without control characters', () => {
  const line = formatConsole({ time: NOON, level: 'info', message: 'hello \u001b[31m\r\nx' });
  assert.match(line, /^\d\d:\d\d:\d\d info {3}hello \?\[31m\?\?x$/);
});

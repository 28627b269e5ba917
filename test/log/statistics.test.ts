import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONNECTOR, NO_LISTENER, Statistics } from '../../src/log/statistics.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { inbound, message, NOON } from './samples.ts';

test('counts messages received, recipients per outcome, and what went wrong', () => {
  const statistics = new Statistics();
  const kinds = ['delivered', 'delivered', 'deferred', 'failed'] as const;
  const reply = { code: 250, enhanced: null, text: 'ok' };
  const results = kinds.map((kind, index) => ({
    index,
    nextAttempt: null,
    outcome: { kind, reply, remote: null, dsnHandedOver: false } as Outcome,
  }));
  const logon = { type: 'logon', sessionId: 'S', clientIp: '::1', listener: 'L', account: 'a' } as const;
  const report = message({ origin: { ...message().origin, source: 'DSN' } });
  statistics.add({ type: 'received', message: message(), localAddress: null }, NOON);
  statistics.add({ type: 'received', message: report, localAddress: null }, NOON);
  statistics.add(
    { type: 'attempted', source: 'SMTP', message: message(), connector: 'C', nextHop: 'H', results },
    NOON,
  );
  statistics.add({ type: 'report', message: message(), reportId: 'R', kind: 'failed', recipients: [] }, NOON);
  statistics.add({ type: 'badmail', message: message(), recipients: [], reason: '', file: '' }, NOON);
  statistics.add({ ...logon, success: true }, NOON);
  statistics.add({ ...logon, success: false }, NOON);
  statistics.add(
    {
      type: 'refused',
      sessionId: 'S',
      clientIp: '::1',
      listener: 'L',
      stage: 'RCPT',
      rule: 'r',
      reply: '550',
      sender: null,
      recipient: null,
    },
    NOON,
  );
  statistics.add({ type: 'protocol', ...inbound() }, NOON);
  assert.deepEqual(statistics.totals(), {
    received: 1,
    delivered: 2,
    deferred: 1,
    failed: 1,
    badMail: 1,
    reports: 1,
    refused: 1,
    logonFailures: 1,
    bytesReceived: 2884,
  });
});

test('keeps a row for what came by no listener and went by no connector', () => {
  const statistics = new Statistics();
  const written = message({ origin: { ...message().origin, listener: null } });
  const outcome = { kind: 'delivered', reply: { code: 250, enhanced: null, text: 'ok' }, remote: null } as Outcome;
  const results = [{ index: 0, nextAttempt: null, outcome }];
  statistics.add({ type: 'received', message: written, localAddress: null }, NOON);
  statistics.add(
    { type: 'attempted', source: 'GATEWAY', message: written, connector: '', nextHop: 'H', results },
    NOON,
  );
  assert.equal(statistics.listeners.get(NO_LISTENER)?.received, 1);
  assert.deepEqual(
    [statistics.connectors.get(NO_CONNECTOR)?.delivered, statistics.connectors.get(NO_CONNECTOR)?.lastSuccess],
    [1, NOON],
  );
  assert.deepEqual([statistics.totals().received, statistics.totals().delivered], [1, 1]);
});

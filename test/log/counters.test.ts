import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../../src/log/counters.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { inbound, message } from './samples.ts';

test('counts messages received, recipients per outcome, and what went wrong', () => {
  const counters = new Counters();
  const kinds = ['delivered', 'delivered', 'deferred', 'failed'] as const;
  const reply = { code: 250, enhanced: null, text: 'ok' };
  const results = kinds.map((kind, index) => ({
    index,
    nextAttempt: null,
    outcome: { kind, reply, remote: null, dsnHandedOver: false } as Outcome,
  }));
  const logon = { type: 'logon', sessionId: 'S', clientIp: '::1', listener: 'L', account: 'a' } as const;
  const report = message({ origin: { ...message().origin, source: 'DSN' } });
  counters.add({ type: 'received', message: message(), localAddress: null });
  counters.add({ type: 'received', message: report, localAddress: null });
  counters.add({ type: 'attempted', source: 'SMTP', message: message(), connector: 'C', nextHop: 'H', results });
  counters.add({ type: 'report', message: message(), reportId: 'R', kind: 'failed', recipients: [] });
  counters.add({ type: 'badmail', message: message(), recipients: [], reason: '', file: '' });
  counters.add({ ...logon, success: true });
  counters.add({ ...logon, success: false });
  counters.add({
    type: 'refused',
    sessionId: 'S',
    clientIp: '::1',
    listener: 'L',
    stage: 'RCPT',
    rule: 'r',
    reply: '550',
    sender: null,
    recipient: null,
  });
  counters.add({ type: 'protocol', ...inbound() });
  assert.deepEqual(counters.snapshot(), {
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

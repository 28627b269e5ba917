import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runFailover } from '../../scripts/outbound/failover.ts';

const needed = existsSync('/usr/sbin/smtp-sink') ? false : 'smtp-sink (package postfix) is not installed';

test('three smart hosts that die in turn under load: nothing is lost, nothing waits longer than a connection may take', {
  skip: needed,
  timeout: 120_000,
}, async () => {
  const result = await runFailover({ messages: 400, rate: 50, timeout: 30, outages: ['dead', 'dead', 'dead'] });
  assert.equal(result.lost, 0);
  assert.equal(result.acknowledged, 400);
  // A server that dies between its last byte and its reply is the only way to come twice.
  assert.ok(result.doubled <= 3, `${result.doubled}`);
  assert.ok(result.longest <= 30_000, `${result.longest}`);
  assert.ok(result.arrived.filter(count => count > 0).length >= 2, result.arrived.join(' '));
});

test('a smart host that falls silent under load is passed over as soon as a connection may fail', {
  skip: needed,
  timeout: 120_000,
}, async () => {
  const result = await runFailover({ messages: 360, rate: 30, timeout: 1, outages: ['silent'] });
  assert.equal(result.lost, 0);
  assert.equal(result.acknowledged, 360);
  assert.ok(result.doubled <= 3, `${result.doubled}`);
  // It is silent for four seconds, in which 120 messages come: all that waited for it would be 90.
  assert.ok(result.late <= 45, `${result.late} ${result.longest}`);
  assert.ok(result.arrived[1]! > 0, result.arrived.join(' '));
});

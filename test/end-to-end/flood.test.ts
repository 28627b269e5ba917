/**
 * The promise behind every 250, with the real program, a real sink and real kills; small here, the
 * long run is scripts/flood/flood.ts.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runFlood } from '../../scripts/flood/flood.ts';

const needed = existsSync('/usr/sbin/smtp-sink') ? false : 'smtp-sink (package postfix) is not installed';

test('delivers every message exactly once while nothing goes wrong', { skip: needed, timeout: 120_000 }, async () => {
  const result = await runFlood({ messages: 500, sessions: 20, size: 4096, kills: 0, messagesPerSession: 10 });
  assert.deepEqual(result.lost, []);
  assert.equal(result.acknowledged, 500);
  assert.equal(result.arrived, 500);
  assert.equal(result.doubled, 0);
});

test('loses nothing that got a 250 when it is killed twice in the middle', {
  skip: needed,
  timeout: 180_000,
}, async () => {
  const result = await runFlood({ messages: 600, sessions: 20, size: 4096, kills: 2, messagesPerSession: 10 });
  assert.deepEqual(result.lost, []);
  assert.equal(result.acknowledged, 600);
  // At most what was on its way at the moment of a kill can come twice: 20 sessions in, 20 out.
  assert.ok(result.doubled <= result.kills * 40, `${result.doubled} doubled`);
});

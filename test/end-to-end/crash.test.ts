/**
 * The promise behind every 250 while everything is in play that can go wrong at once; small here, the
 * long run is scripts/crash/crash.ts.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { isKept, runCrashes } from '../../scripts/crash/crash.ts';

const needed = existsSync('/usr/sbin/smtp-sink') ? false : 'smtp-sink (package postfix) is not installed';

test('a relay that is killed again and again keeps its word to every recipient', {
  skip: needed,
  timeout: 180_000,
}, async t => {
  const seed = Date.now() % 1_000_000;
  const result = await runCrashes({
    seed,
    kills: 10,
    messages: 400,
    sessions: 8,
    segmentSize: 256 * 1024,
    longLives: 0,
    keep: false,
  });
  t.diagnostic(`seed ${seed}: ${result.recipients} recipients, ${result.doubled} doubled`);
  assert.ok(isKept(result), JSON.stringify(result, null, 2));
  // All kinds of endings were in it.
  assert.equal(result.kills, 10);
  assert.ok(result.delivered > 0 && result.reported > 0);
  assert.ok((result.administration['message.move'] ?? 0) > 0, 'messages were moved');
});

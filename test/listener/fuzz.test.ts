/** A small run of scripts/fuzz with a fixed seed; the long one is started by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runFuzz } from '../../scripts/fuzz/fuzz.ts';

test('sessions made of anything do no harm, and every 250 arrives', { timeout: 120_000 }, async t => {
  const result = await runFuzz({ seed: 20261125, inputs: 15_000, sessions: 30, only: null });
  t.diagnostic(`${result.inputs} inputs in ${result.sessions} sessions, ${result.accepted} messages`);
  assert.deepEqual(result.findings, []);
  // The sessions came far enough.
  assert.ok(result.accepted > 200, String(result.accepted));
  assert.ok(result.arrived >= result.accepted);
});

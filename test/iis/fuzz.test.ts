/** Damaged configurations: a seeded part of scripts/fuzz/iis.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzIis } from '../../scripts/fuzz/iis.ts';

test('damaged files and lists are read or refused, and nothing else', () => {
  const result = fuzzIis({ seed: 20261125, inputs: 5000, only: null });
  assert.deepEqual(result.findings, []);
  assert.ok(result.read > 500 && result.refused > 500, JSON.stringify(result));
});

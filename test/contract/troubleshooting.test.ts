import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { troubleshooting } from '../../scripts/generate-troubleshooting.ts';

test('docs/troubleshooting.md is made of the catalogue of replies as it is', async () => {
  const text = await readFile(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
  assert.equal(text, await troubleshooting());
  assert.ok(text.split('\n').filter(line => line.startsWith('| ')).length > 60);
});

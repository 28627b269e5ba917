/**
 * The rule over all, for thousands of configurations: a client that may relay through a listener here could
 * through the virtual server it came from, also with -Merge and also where somebody enables a listener that is off
 * without a look at it. Both sides are asked for addresses in and around every entry.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neverWider } from '../../scripts/never-wider.ts';

test('no client relays that could not before', () => {
  const { configurations, relaying, asked } = neverWider({ seed: 20261125, configurations: 2500, merge: false });
  // The rule would hold for an importer that lets nobody in.
  assert.ok(configurations >= 2500 && relaying > 1000, `${relaying} of ${asked} relay in ${configurations}`);
});

test('nor with -Merge, whatever this relay lets through already', () => {
  const { configurations, relaying, open } = neverWider({ seed: 20261125, configurations: 1500, merge: true });
  assert.ok(configurations >= 1500 && relaying > 100 && open > 20, `${relaying} relay, ${open} listeners are open`);
});

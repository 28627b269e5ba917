/** Keys that sign: written as one thing with the settings, whoever else makes one at the same time. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemKeyStore } from '../../src/platform/system-key-store.ts';
import { DkimKeys } from '../../src/settings/dkim-keys.ts';
import { SettingsStore } from '../../src/settings/store.ts';

async function open(t: TestContext) {
  const dataFolder = await mkdtemp(join(tmpdir(), 'smtp-relay-dkim-'));
  t.after(() => rm(dataFolder, { recursive: true, force: true }));
  const folder = join(dataFolder, 'dkim');
  const store = await SettingsStore.open(dataFolder, 0);
  const told: string[] = [];
  const keys = async () => {
    const opened = new DkimKeys({
      folder,
      keys: systemKeyStore(dataFolder),
      store,
      now: () => 0,
      tell: (_, what) => told.push(what),
    });
    await opened.open();
    return opened;
  };
  return { folder, store, told, keys };
}

const selectorsOf = (keys: DkimKeys) => keys.signersFor('a.example').map(({ selector }) => selector);

test('of two that make the same key at a time one is told that it exists, and the key of the other signs', async t => {
  const { keys: make, store, told } = await open(t);
  const keys = await make();
  const wish = { domain: 'a.example', selector: 's' };
  const results = await Promise.allSettled([1, 2, 3].map(() => keys.create(wish, 'Ed25519')));
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  for (const result of results)
    if (result.status === 'rejected') assert.match(String(result.reason), /There is a DKIM key .* already/);
  assert.equal(store.current.dkimKeys.length, 1);
  assert.deepEqual(selectorsOf(keys), ['s']);
  assert.deepEqual(selectorsOf(await make()), ['s'], 'the key that was kept is not that of the settings');
  assert.deepEqual(told, []);
});

test('a key that is made while it is removed is there or is not, whole', async t => {
  const { keys: make, store, folder } = await open(t);
  const keys = await make();
  const wish = { domain: 'a.example', selector: 's' };
  await keys.create(wish, 'Ed25519');
  await Promise.all([keys.remove(store.current.dkimKeys[0]!), keys.create(wish, 'Ed25519').catch(() => {})]);
  assert.deepEqual(selectorsOf(await make()), store.current.dkimKeys.length === 1 ? ['s'] : []);
  assert.equal((await readdir(folder)).length, store.current.dkimKeys.length);
});

test('a key that is damaged is told, and the others sign', async t => {
  const { keys: make, folder, told } = await open(t);
  const keys = await make();
  for (const selector of ['a', 'b', 'c']) await keys.create({ domain: 'a.example', selector }, 'Ed25519');
  const [, second] = (await readdir(folder)).sort();
  await writeFile(join(folder, second!), 'rubbish');
  assert.deepEqual(selectorsOf(await make()), ['a', 'c']);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^The DKIM key b\._domainkey\.a\.example can't be used/);
});

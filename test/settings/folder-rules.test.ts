/** Drop and Pickup folders must not be where the relay keeps its own files, however that is spelled. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RelayProblem } from '../../src/contract/problems.ts';
import { brokenFolderRules, OWN_FOLDERS } from '../../src/settings/folder-rules.ts';
import { SettingsStore, toSettings } from '../../src/settings/store.ts';
import { TestRelay } from '../support/relay-harness.ts';

async function folders(t: TestContext) {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'relay-folders-')));
  t.after(() => rm(base, { recursive: true, force: true }));
  const data = join(base, 'data');
  await mkdir(join(data, 'Queue', 'deeper'), { recursive: true });
  await mkdir(join(base, 'elsewhere'));
  return { base, data };
}

const settings = (dropDirectory: string | null, pickupDirectory: string | null = null) =>
  toSettings({ version: 1, general: { pickupDirectory }, domains: [{ name: 'local.example', dropDirectory }] });

const wrong = async (data: string, ...given: Parameters<typeof settings>) =>
  (await brokenFolderRules(settings(...given), data)).map(({ path, message }) => `${path} ${message}`);

test('folders elsewhere, Drop in the data folder, and folders that do not exist yet are fine', async t => {
  const { base, data } = await folders(t);
  for (const drop of [join(base, 'elsewhere'), join(data, 'Drop'), join(data, 'Drop', 'a'), join(base, 'x', 'y'), null])
    assert.deepEqual(await wrong(data, drop), []);
  assert.deepEqual(await wrong(data, join(base, 'elsewhere'), join(base, 'elsewhere', 'pickup')), []);
});

test("the relay's own folders are refused, by any spelling and through links", async t => {
  const { base, data } = await folders(t);
  await symlink(data, join(base, 'link'));
  await symlink(join(data, 'Queue'), join(data, 'Drop'));
  const spellings = [
    data,
    ...OWN_FOLDERS.flatMap(name => [join(data, name), join(data, name, 'deeper')]),
    `${data}/Drop/../Queue/`,
    join(base, 'link', 'Queue'),
    join(base, 'link', 'logs', 'not', 'there'),
    join(data, 'Drop'),
    ...(process.platform === 'win32' ? [join(data, 'QUEUE').toUpperCase()] : []),
  ];
  for (const drop of spellings) {
    assert.deepEqual(
      await wrong(data, drop),
      [`domains[0].dropDirectory is where the relay keeps its own files (${data}); choose a folder elsewhere`],
      drop,
    );
    assert.equal((await wrong(data, null, drop)).length, 1, drop);
  }
});

test('the Pickup folder is refused, wherever it is', async t => {
  const { base, data } = await folders(t);
  await symlink(join(base, 'elsewhere'), join(base, 'link'));
  const message = 'domains[0].dropDirectory is the Pickup folder, which would send the mail again; choose another one';
  assert.deepEqual(await wrong(data, join(data, 'Pickup')), [message]);
  assert.deepEqual(await wrong(data, join(base, 'link', 'a'), join(base, 'elsewhere')), [message]);
});

test('logs may be elsewhere or among logs, and nowhere where mail or other files of the relay are', async t => {
  const { base, data } = await folders(t);
  const with1 = (protocolLogPath: string, changes: object = {}) =>
    brokenFolderRules(toSettings({ version: 1, logging: { protocolLogPath }, ...changes }), data);
  for (const fine of [join(base, 'elsewhere'), join(data, 'logs', 'smtp'), join(data, 'other')])
    assert.deepEqual(await with1(fine), [], fine);
  const drop = { domains: [{ name: 'local.example', dropDirectory: join(base, 'elsewhere') }] };
  for (const bad of [data, join(data, 'Queue'), join(data, 'credentials', 'x'), join(data, 'Pickup')])
    assert.deepEqual(
      (await with1(bad)).map(({ path }) => path),
      ['logging.protocolLogPath'],
      bad,
    );
  const both = (await with1(join(base, 'elsewhere'), drop)).map(({ path }) => path);
  assert.deepEqual(both, ['domains[0].dropDirectory', 'logging.protocolLogPath']);
});

test('such settings are refused with path and reason when they are changed and when they are read', async t => {
  const { data } = await folders(t);
  const store = await SettingsStore.open(data, 0);
  const bad = { version: 1, domains: [{ name: 'local.example', dropDirectory: join(data, 'Queue') }] };
  await assert.rejects(
    store.change(() => bad, 0),
    (error: RelayProblem) => {
      assert.equal(error.id, 'InvalidSettings');
      assert.deepEqual(
        error.details.map(({ path, value }) => [path, value]),
        [['domains[0].dropDirectory', join(data, 'Queue')]],
      );
      return true;
    },
  );
  assert.equal(store.current.domains.length, 0);
});

test('a relay makes no folder that the rules do not know', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  const made = (await readdir(relay.folder, { withFileTypes: true })).filter(entry => entry.isDirectory());
  const known = new Set<string>([...OWN_FOLDERS, 'Pickup', 'Drop']);
  assert.deepEqual(
    made.map(({ name }) => name).filter(name => !known.has(name)),
    [],
  );
});

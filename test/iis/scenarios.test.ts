/**
 * Whole files, compared whole: what is planned, what is said about every value, and that the settings are
 * valid. `UPDATE_SCENARIOS=1` writes what is expected anew; then read the difference.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { planOf } from '../../src/iis/plan.ts';
import { readSource } from '../../src/iis/read-source.ts';
import { defaultSettings, toSettings } from '../../src/settings/store.ts';

const folder = new URL('./scenarios/', import.meta.url);
const files = globSync('*', { cwd: fileURLToPath(folder) })
  .filter(name => !name.endsWith('.expected.json'))
  .sort();

/** What differs from a new relay, which is what an administrator reads. */
function plannedBy(name: string, options: { windows: boolean; merge?: boolean; virtualServers?: number[] }) {
  const current = defaultSettings();
  const plan = planOf(readSource(readFileSync(new URL(name, folder))), {
    current,
    merge: false,
    virtualServers: null,
    openTo: [],
    dropDirectory: '/data/Drop',
    ...options,
  });
  const { general, logging, listeners, certificates, restriction, domains, connectors, rewriteRules } =
    plan.settings as Record<string, object>;
  const changed = (now: object, before: object) =>
    Object.fromEntries(
      Object.entries(now).filter(([key, value]) => value !== (before as Record<string, unknown>)[key]),
    );
  return {
    ...plan,
    settings: {
      general: changed(general!, current.general),
      logging: changed(logging!, current.logging),
      listeners,
      certificates,
      restriction,
      domains,
      connectors,
      rewriteRules,
    },
    all: plan.settings,
  };
}

test('there are at least twelve scenarios', () => assert.ok(files.length >= 12));

for (const name of files)
  test(`scenario ${name}`, () => {
    const { all, ...planned } = plannedBy(name, { windows: false });
    assert.doesNotThrow(() => toSettings(all));
    const expected = new URL(`${name}.expected.json`, folder);
    if (process.env.UPDATE_SCENARIOS) writeFileSync(expected, `${JSON.stringify(planned, null, 2)}\n`);
    assert.ok(existsSync(expected));
    assert.deepEqual(JSON.parse(JSON.stringify(planned)), JSON.parse(readFileSync(expected, 'utf8')));
  });

for (const name of files)
  test(`scenario ${name} on Windows, and merged, gives valid settings`, () => {
    for (const options of [
      { windows: true },
      { windows: false, merge: true },
      { windows: true, virtualServers: [1] },
    ]) {
      const { all } = plannedBy(name, options);
      // Paths of Windows are full paths only there.
      const portable = JSON.parse(JSON.stringify(all).replaceAll(/[A-Z]:(\\\\[^"]*)/g, '/x'));
      assert.doesNotThrow(() => toSettings(portable), `${name} ${JSON.stringify(options)}`);
    }
  });

test('a merge leaves who may relay, routes and general settings as they are', () => {
  const current = defaultSettings();
  for (const name of files) {
    const { all } = plannedBy(name, { windows: false, merge: true });
    const settings = toSettings(all);
    for (const part of ['general', 'restriction', 'domains', 'accounts'] as const)
      assert.deepEqual(settings[part], current[part], `${name} ${part}`);
    assert.deepEqual(settings.listeners[0], current.listeners[0]);
    assert.deepEqual(settings.connectors[0], current.connectors[0]);
  }
});

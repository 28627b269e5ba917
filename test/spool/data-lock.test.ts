import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type DataLock, lockDataFolder } from '../../src/platform/data-lock.ts';
import { until } from '../support/smtp-until.ts';
import { temporaryFolder } from '../support/spool-folder.ts';

const module = new URL('../../src/platform/data-lock.ts', import.meta.url).href;

const childOf = (t: TestContext, path: string) => {
  const script = `
    const { lockDataFolder } = await import(${JSON.stringify(module)});
    const lock = lockDataFolder(${JSON.stringify(path)});
    process.stdout.write(lock ? 'locked' : 'refused');
    if (lock) setInterval(() => lock, 1000);`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  return child;
};

test('a second lock of the same folder is refused until the first is released', async t => {
  const path = join(await temporaryFolder(t), 'relay.lock');
  const first = lockDataFolder(path);
  assert.ok(first);
  assert.equal(lockDataFolder(path), null);
  first.release();
  const second = lockDataFolder(path);
  assert.ok(second);
  second.release();
});

test('another process is refused while this one holds the lock', async t => {
  const path = join(await temporaryFolder(t), 'relay.lock');
  const lock = lockDataFolder(path);
  assert.ok(lock);
  const [said] = (await once(childOf(t, path).stdout!, 'data')) as [Buffer];
  assert.equal(said.toString(), 'refused');
  lock.release();
});

test('the lock goes with the process that held it, even when that is killed', async t => {
  const path = join(await temporaryFolder(t), 'relay.lock');
  const child = childOf(t, path);
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  assert.equal(said.toString(), 'locked');
  assert.equal(lockDataFolder(path), null);
  child.kill('SIGKILL');
  let lock: DataLock | null = null;
  await until(() => {
    lock = lockDataFolder(path);
    return lock !== null;
  }, 'the lock');
  lock!.release();
});

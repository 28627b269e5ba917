/** The world outside: files that are old or new and never half, one lock, time. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../../src/platform/clock.ts';
import { lockDataFolder } from '../../src/platform/data-lock.ts';
import { ensurePrivateFolder, freeSpace, syncFolder, writeFileAtomic } from '../../src/platform/files.ts';
import { removeFolder, temporaryFolder } from '../support/relay-harness.ts';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => removeFolder(folder));

describe('writeFileAtomic', () => {
  it('makes a private file, replaces it as a whole and leaves nothing beside it', async () => {
    const path = join(folder, 'file');
    await writeFileAtomic(path, 'a long first text');
    await writeFileAtomic(path, new Uint8Array([0, 1, 255]));
    assert.deepEqual([...(await readFile(path))], [0, 1, 255]);
    if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['file']);
  });

  it('leaves the old file and nothing beside it when it fails', async () => {
    await mkdir(join(folder, 'file', 'not empty'), { recursive: true });
    await assert.rejects(writeFileAtomic(join(folder, 'file'), 'x'));
    assert.deepEqual(await readdir(folder), ['file']);
    await assert.rejects(writeFileAtomic(join(folder, 'missing', 'file'), 'x'), { code: 'ENOENT' });
  });

  it('is seen by a reader as old or new, never empty or half', async () => {
    const path = join(folder, 'file');
    const texts = ['a', 'b'].map(letter => letter.repeat(50_000));
    await writeFileAtomic(path, texts[0]!);
    let writing = true;
    const reader = (async () => {
      while (writing) assert.ok(texts.includes(await readFile(path, 'utf8')));
    })();
    for (let i = 0; i < 20; i++) await writeFileAtomic(path, texts[i % 2]!);
    writing = false;
    await reader;
  });
});

describe('folders', () => {
  it('are made with those above them, for this account alone', async () => {
    const path = join(folder, 'a', 'b');
    await ensurePrivateFolder(path);
    await ensurePrivateFolder(path);
    if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o700);
    await syncFolder(path);
  });

  it('are refused where a file is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(ensurePrivateFolder(join(folder, 'file')), { code: 'EEXIST' });
    await assert.rejects(ensurePrivateFolder(join(folder, 'file', 'below')), { code: 'ENOTDIR' });
  });

  it('have free space that is a number of bytes', async () => {
    const free = await freeSpace(folder);
    assert.ok(Number.isSafeInteger(free) && free > 0);
    await assert.rejects(freeSpace(join(folder, 'missing')));
  });
});

describe('the lock of a data folder', () => {
  it('is held by one, and free again after it was released', () => {
    const path = join(folder, 'relay.lock');
    const lock = lockDataFolder(path);
    assert.ok(lock);
    assert.equal(lockDataFolder(path), null);
    assert.equal(lockDataFolder(path), null);
    lock.release();
    const again = lockDataFolder(path);
    assert.ok(again);
    again.release();
  });

  it('keeps another process out, and goes with the process that held it, however that ended', async () => {
    const path = join(folder, 'relay.lock');
    const module = fileURLToPath(new URL('../../src/platform/data-lock.ts', import.meta.url));
    const code = `import { lockDataFolder } from ${JSON.stringify(module)};
      const lock = lockDataFolder(${JSON.stringify(path)});
      process.stdout.write(lock ? 'locked' : 'busy', () => process.kill(process.pid, 'SIGKILL'));`;
    const tryLock = () =>
      promisify(execFile)(process.execPath, [
        '--disable-warning=ExperimentalWarning',
        '--input-type=module',
        '-e',
        code,
      ]).catch((error: { stdout: string }) => error);
    assert.equal((await tryLock()).stdout, 'locked');
    const lock = lockDataFolder(path);
    assert.ok(lock);
    assert.equal((await tryLock()).stdout, 'busy');
    lock.release();
    assert.equal((await tryLock()).stdout, 'locked');
  });

  it('that cannot be opened is no lock that is held', async () => {
    await mkdir(join(folder, 'relay.lock'));
    assert.throws(() => lockDataFolder(join(folder, 'relay.lock')));
  });
});

describe('the clock', () => {
  it('waits longer than a timer of Node can', t => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const month = 31 * 24 * 3_600_000;
    let rang = 0;
    systemClock.after(month, () => rang++);
    t.mock.timers.tick(0x7fffffff);
    assert.equal(rang, 0);
    t.mock.timers.tick(month - 0x7fffffff - 1);
    assert.equal(rang, 0);
    t.mock.timers.tick(1);
    assert.equal(rang, 1);
  });

  it('does not ring when it was cancelled, also in the middle of a long wait', t => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let rang = 0;
    systemClock.after(100, () => rang++).cancel();
    const long = systemClock.after(0x7fffffff + 100, () => rang++);
    t.mock.timers.tick(0x7fffffff + 50);
    long.cancel();
    t.mock.timers.tick(1000);
    assert.equal(rang, 0);
    systemClock.after(-5, () => rang++);
    t.mock.timers.tick(0);
    t.mock.timers.tick(1);
    assert.equal(rang, 1);
  });
});

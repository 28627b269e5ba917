/** What is installed before a start or a test, in a folder of its own that has the real script. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/provision.mjs', import.meta.url));
const lock = {
  name: 'nothing',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: { '': { name: 'nothing', version: '1.0.0' } },
};
let folder: string;

/** A working copy without packages. */
function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'scripts'), { recursive: true });
  cpSync(script, join(path, 'scripts', 'provision.mjs'));
  writeFileSync(join(path, 'package.json'), JSON.stringify({ name: 'nothing', version: '1.0.0' }));
  writeFileSync(join(path, 'package-lock.json'), JSON.stringify(lock));
  return path;
}

function ensure(path: string) {
  const code = `import { ensurePackages } from './scripts/provision.mjs'; console.log(ensurePackages({ development: true }));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: path, encoding: 'utf8' });
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'smtp-relay-provision-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the packages of a working copy', () => {
  it('are installed once', () => {
    const path = place('own');
    assert.equal(ensure(path).stdout, 'true\n');
    assert.equal(ensure(path).stdout, 'false\n');
  });

  it('that belong to another folder are used as they are, and never emptied', () => {
    const theirs = place('theirs');
    assert.equal(ensure(theirs).stdout, 'true\n');
    const kept = join(theirs, 'node_modules', 'kept.txt');
    writeFileSync(kept, 'theirs');
    const linked = place('linked');
    symlinkSync(join(theirs, 'node_modules'), join(linked, 'node_modules'), 'junction');
    assert.equal(ensure(linked).stdout, 'false\n');

    writeFileSync(join(linked, 'package-lock.json'), JSON.stringify({ ...lock, version: '1.0.1' }));
    const { status, stderr } = ensure(linked);
    assert.notEqual(status, 0);
    assert.match(stderr, /node_modules' is a link to '.*theirs/);
    assert.equal(readFileSync(kept, 'utf8'), 'theirs');
    assert.ok(existsSync(join(linked, 'node_modules', 'kept.txt')));
  });
});

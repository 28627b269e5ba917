/** The archive that packages are written as: read by another program, and the same bytes each time. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
// @ts-expect-error a script without types
import { readZipEntry, writeZip } from '../../scripts/package/zip.mjs';

const hasPython = spawnSync('python3', ['--version']).status === 0;
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'smtp-relay-zip-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const files = new Map([
  ['b/größe.txt', Buffer.from('text '.repeat(1000))],
  ['a.bin', Buffer.from([0, 255, 1])],
  ['empty', Buffer.alloc(0)],
]);

describe('a zip archive', () => {
  it('holds what was put in, as another program reads it', { skip: !hasPython }, () => {
    const path = join(folder, 'one.zip');
    writeZip(path, files, 1_700_000_000);
    const script = `
import zipfile, json, sys
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.date_time, z.read(i).hex()] for i in z.infolist()]))`;
    const { stdout, stderr } = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
    const found = JSON.parse(stdout || `"${stderr}"`) as [string, number[], string][];
    assert.deepEqual(
      found.map(([name]) => name),
      ['a.bin', 'b/größe.txt', 'empty'],
    );
    for (const [name, date, content] of found) {
      assert.equal(content, files.get(name)!.toString('hex'));
      assert.deepEqual(date, [2023, 11, 14, 22, 13, 20]);
    }
  });

  it('gives back each file', () => {
    const path = join(folder, 'back.zip');
    writeZip(path, files, 1_700_000_000);
    for (const [name, content] of files) assert.deepEqual(readZipEntry(path, name), content);
    assert.throws(() => readZipEntry(path, 'nothing'), /has no nothing/);
  });

  it('is the same whatever order the files come in', () => {
    const [one, two] = [join(folder, '1.zip'), join(folder, '2.zip')];
    writeZip(one, files, 1_700_000_000);
    writeZip(two, new Map([...files].reverse()), 1_700_000_000);
    assert.deepEqual(readFileSync(one), readFileSync(two));
  });
});

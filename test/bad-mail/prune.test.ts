import assert from 'node:assert/strict';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pruneBadMail } from '../../src/bad-mail/prune.ts';
import { filesIn, temporaryFolder } from '../support/spool-folder.ts';

const NOW = Date.parse('2026-03-04T12:00:00.000Z');
const NO_LIMIT = { maxAge: Number.POSITIVE_INFINITY, maxSize: Number.POSITIVE_INFINITY, now: NOW };

/** Files by name, with their size and their age in seconds. */
async function folderWith(t: TestContext, files: Record<string, readonly [size: number, age: number]>) {
  const folder = await temporaryFolder(t);
  for (const [name, [size, age]] of Object.entries(files)) {
    await writeFile(join(folder, name), Buffer.alloc(size));
    await utimes(join(folder, name), NOW / 1000 - age, NOW / 1000 - age);
  }
  return folder;
}

test('what is too old goes, and a pair goes together, by its younger half', async t => {
  const folder = await folderWith(t, {
    'a.BAD': [10, 500],
    'a.BDR': [10, 50],
    'b.BAD': [10, 500],
    'b.BDR': [10, 400],
    'c.BDR': [10, 500],
  });
  await pruneBadMail(folder, { ...NO_LIMIT, maxAge: 300_000 });
  assert.deepEqual(await filesIn(folder), ['a.BAD', 'a.BDR']);
});

test('the oldest go until the folder is small enough', async t => {
  const folder = await folderWith(t, {
    'a.BAD': [400, 30],
    'a.BDR': [100, 30],
    'b.BAD': [400, 20],
    'b.BDR': [100, 20],
    'c.BAD': [400, 10],
    'c.BDR': [100, 10],
  });
  await pruneBadMail(folder, { ...NO_LIMIT, maxSize: 1000 });
  assert.deepEqual(await filesIn(folder), ['b.BAD', 'b.BDR', 'c.BAD', 'c.BDR']);
});

test('within the limits nothing goes', async t => {
  const folder = await folderWith(t, { 'a.BAD': [10, 5], 'a.BDR': [10, 5] });
  await pruneBadMail(folder, { maxAge: 5000, maxSize: 20, now: NOW });
  assert.equal((await filesIn(folder)).length, 2);
});

test("what is not BadMail's stays", async t => {
  const folder = await folderWith(t, {
    'queue-1.db': [1000, 9999],
    'notes.txt': [1000, 9999],
    'old.bad': [10, 9999],
    'IIS.BDP': [10, 9999],
  });
  await pruneBadMail(folder, { ...NO_LIMIT, maxAge: 1000 });
  assert.deepEqual(await filesIn(folder), ['notes.txt', 'queue-1.db']);
});

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAILING_LIMIT, LineFile, type LineFileOptions, type LineFileSettings } from '../../src/log/line-file.ts';
import { listLogFiles } from '../../src/log/log-files.ts';
import { fileNameOf, keyOf } from '../../src/log/log-names.ts';
import { allLines, NOON, temporaryFolder, waitUntil } from './samples.ts';

const ROOMY = { maxAge: 1e9, maxSize: 1e12, maxFileSize: 1e9, header: () => ['#head'] };
const NAMES = { prefix: 'x', period: 'Day', localTime: false } as const;

function build(
  folder: string,
  changes: Partial<LineFileOptions> = {},
  settings: Partial<LineFileSettings> = {},
): LineFile {
  const options: LineFileOptions = {
    now: () => NOON,
    lostLine: count => `#lost ${count}`,
    onError: () => {},
    retryDelay: 20,
    checkInterval: 0,
    ...changes,
  };
  return new LineFile(options, { folder, names: NAMES, ...ROOMY, ...settings });
}

const numbered = (count: number) => Array.from({ length: count }, (_, number) => `line ${number} ${'.'.repeat(100)}`);
const withoutHead = (lines: readonly string[]) => lines.filter(line => line !== '#head');

test('names the file after the UTC day and begins it with the header', async t => {
  const folder = join(await temporaryFolder(t), 'a', 'b');
  const file = build(folder);
  file.add('one');
  file.add('zwölf');
  await file.close();
  assert.deepEqual(await readdir(folder), ['x20260304.log']);
  assert.equal(await readFile(join(folder, 'x20260304.log'), 'utf8'), '#head\none\nzwölf\n');
});

test('keeps folder and files private', { skip: process.platform === 'win32' }, async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  const file = build(folder);
  file.add('one');
  await file.close();
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, 'x20260304.log'))).mode & 0o777, 0o600);
});

test('writes without being asked to flush', async t => {
  const folder = await temporaryFolder(t);
  const file = build(folder);
  file.add('one');
  await waitUntil(async () => (await readdir(folder)).length === 1 && (await allLines(folder)).includes('one'));
  await file.close();
});

test('loses and disorders nothing with 50,000 lines across size rotations', async t => {
  const folder = await temporaryFolder(t);
  const file = build(folder, {}, { maxFileSize: 300_000 });
  const lines = numbered(50_000);
  for (const [number, line] of lines.entries()) {
    file.add(line);
    if (number % 1000 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  await file.close();
  const names = await readdir(folder);
  assert.ok(names.length > 10 && names.includes('x20260304-2.log'), names.join(' '));
  assert.deepEqual(withoutHead(await allLines(folder)), lines);
  assert.equal((await allLines(folder)).filter(line => line === '#head').length, names.length);
});

test('loses nothing when all lines come in one turn of the loop', async t => {
  const folder = await temporaryFolder(t);
  const file = build(folder, {}, { maxFileSize: 1_000_000 });
  const lines = numbered(50_000);
  for (const line of lines) file.add(line);
  await file.flush();
  assert.deepEqual(withoutHead(await allLines(folder)), lines);
  await file.close();
});

test('puts every line into the file of its own day', async t => {
  const folder = await temporaryFolder(t);
  let now = Date.parse('2026-03-04T23:59:59.999Z');
  const file = build(folder, { now: () => now });
  file.add('before');
  now += 1;
  file.add('after');
  await file.close();
  assert.equal(await readFile(join(folder, 'x20260304.log'), 'utf8'), '#head\nbefore\n');
  assert.equal(await readFile(join(folder, 'x20260305.log'), 'utf8'), '#head\nafter\n');
});

test('continues the newest file after a restart, with a new header', async t => {
  const folder = await temporaryFolder(t);
  for (const line of ['one', 'two']) {
    const file = build(folder);
    file.add(line);
    await file.close();
  }
  assert.deepEqual(await allLines(folder), ['#head', 'one', '#head', 'two']);
});

test('writes lines as they were meant when they came, whatever is changed before they are written', async t => {
  const [folder, other] = [await temporaryFolder(t), await temporaryFolder(t)];
  const file = build(folder);
  file.add('one');
  file.configure({ folder, names: NAMES, ...ROOMY, header: () => ['#other'] });
  file.add('two');
  file.configure({ folder: other, names: { ...NAMES, prefix: 'y' }, ...ROOMY });
  file.add('three');
  await file.close();
  assert.deepEqual(await allLines(folder), ['#head', 'one', '#other', 'two']);
  assert.deepEqual(await readdir(other), ['y20260304.log']);
  assert.deepEqual(await allLines(other), ['#head', 'three']);
});

test('begins a new line after one that a crash has torn', async t => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'x20260304.log'), '#head\nto');
  const file = build(folder);
  file.add('two');
  await file.close();
  assert.deepEqual(await allLines(folder), ['#head', 'to', '#head', 'two']);
});

test('keeps lines while the folder is a file, reports that once, and writes them afterwards', async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  const errors: Error[] = [];
  const file = build(folder, { onError: error => void errors.push(error) });
  file.add('one');
  await file.flush();
  await rename(folder, `${folder}.moved`);
  await writeFile(folder, 'not a folder');
  file.add('two');
  await file.flush();
  file.add('three');
  await file.flush();
  assert.equal(errors.length, 1);
  await rm(folder);
  await waitUntil(() =>
    allLines(folder).then(
      lines => lines.includes('three'),
      () => false,
    ),
  );
  assert.deepEqual(await allLines(folder), ['#head', 'two', 'three']);
  file.add('four');
  await file.close();
  assert.deepEqual(await allLines(folder), ['#head', 'two', 'three', 'four']);
  assert.equal(errors.length, 1);
});

test('goes on in a new file when its folder was removed', async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  const file = build(folder);
  file.add('one');
  await file.flush();
  await rm(folder, { recursive: true });
  file.add('two');
  await file.close();
  assert.deepEqual(await allLines(folder), ['#head', 'two']);
});

test('drops the oldest lines beyond its memory and says how many', async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  await writeFile(folder, 'not a folder');
  const file = build(folder, { retryDelay: 600_000 });
  file.add('first');
  await file.flush();
  const count = 120_000;
  for (const line of numbered(count)) file.add(line);
  await rm(folder);
  await file.close();
  const lines = await allLines(folder);
  const lost = Number(/^#lost (\d+)$/.exec(lines[1]!)?.[1]);
  const kept = lines.slice(2);
  assert.equal(lost + kept.length, count + 1);
  assert.deepEqual(kept, numbered(count).slice(-kept.length));
  const bytes = kept.join('\n').length;
  assert.ok(bytes <= FAILING_LIMIT && bytes > FAILING_LIMIT - 200_000, String(bytes));
});

test('does not throw into the caller, not even when the one who hears of errors throws', async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  await writeFile(folder, 'not a folder');
  const file = build(folder, {
    onError: () => {
      throw new Error('oops');
    },
  });
  await file.open();
  file.add('one');
  await file.flush();
  await file.prune();
  await file.close();
  file.add('too late');
});

test('hands out the disk error when the disk is full', { skip: process.platform !== 'linux' }, async t => {
  const folder = await temporaryFolder(t);
  const { symlink } = await import('node:fs/promises');
  await symlink('/dev/full', join(folder, 'x20260304.log'));
  const codes: unknown[] = [];
  const file = build(folder, { onError: error => void codes.push((error as NodeJS.ErrnoException).code) });
  file.add('one');
  await file.flush();
  assert.deepEqual(codes, ['ENOSPC']);
  await rm(join(folder, 'x20260304.log'));
  await file.close();
  assert.deepEqual(await allLines(folder), ['#head', 'one']);
});

test('removes files beyond the age at start, and only its own', async t => {
  const folder = await temporaryFolder(t);
  for (const name of [
    'x20260101.log',
    'x20260302.log',
    'x20260303.log',
    'y20260101.log',
    'x20260101.txt',
    'x2026.log',
  ]) {
    await writeFile(join(folder, name), 'old\n');
  }
  await mkdir(join(folder, 'x20260102.log'));
  const file = build(folder, {}, { maxAge: 86_400 });
  await file.open();
  await file.close();
  // The second of March ended a day and a half ago, the third half a day ago.
  assert.deepEqual((await readdir(folder)).sort(), [
    'x2026.log',
    'x20260101.txt',
    'x20260102.log',
    'x20260303.log',
    'y20260101.log',
  ]);
});

test('keeps the total size at every rotation, oldest first, never removing the file in use', async t => {
  const folder = await temporaryFolder(t);
  const file = build(folder, {}, { maxFileSize: 100_000, maxSize: 500_000 });
  await file.open();
  for (const line of numbered(20_000)) file.add(line);
  await file.flush();
  await file.prune();
  const sizes = await Promise.all(
    (await readdir(folder)).map(name => stat(join(folder, name)).then(stats => stats.size)),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= 500_000 && total > 200_000, String(total));
  file.configure({ folder, names: NAMES, ...ROOMY, maxAge: 0, maxSize: 0 });
  await file.prune();
  file.add('last');
  await file.close();
  const names = await readdir(folder);
  assert.equal(names.length, 1);
  assert.equal((await allLines(folder)).at(-1), 'last');
});

test('does not remove at start the file it is going to continue', async t => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'x20260304.log'), 'one\n');
  await writeFile(join(folder, 'x20260304-2.log'), 'two\n');
  const file = build(folder, {}, { maxSize: 0 });
  await file.open();
  assert.deepEqual(await readdir(folder), ['x20260304-2.log']);
  await file.close();
});

const by = (period: 'Hour' | 'Day' | 'Week' | 'Month' | 'Size') => ({ ...NAMES, period });

test('loses and repeats no line over 100 rotations by size, with sessions that write all the time', async t => {
  const folder = await temporaryFolder(t);
  const file = build(folder, {}, { names: by('Size'), maxFileSize: 64 * 1024 });
  await file.open();
  const lines: string[] = [];
  // Bursts as sessions make them: some lines a turn, sometimes many at once.
  for (let turn = 0; (await readdir(folder)).length < 102; turn += 1) {
    const count = turn % 50 === 0 ? 3000 : 40;
    for (let number = 0; number < count; number += 1) {
      lines.push(`line ${lines.length} ${'.'.repeat(100)}`);
      file.add(lines.at(-1)!);
    }
    if (turn % 7 === 0) await file.flush();
    else await new Promise(resolve => setImmediate(resolve));
  }
  for (let number = 0; number < 500; number += 1) {
    lines.push(`line ${lines.length} last`);
    file.add(lines.at(-1)!);
  }
  await file.close();
  const files = await listLogFiles(folder, 'x');
  assert.deepEqual(
    files.map(({ index }) => index),
    files.map((_, position) => position + 1),
  );
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
  assert.ok(texts.every(text => text.startsWith('#head\n')));
  assert.deepEqual(withoutHead(texts.flatMap(text => text.split('\n').slice(0, -1))), lines);
});

test('puts every line into the file of its own hour, day, week or month, whichever way the clock goes', async t => {
  const at = (time: string) => Date.parse(`2026-${time}:00Z`);
  const times = [
    '02-28T23:59',
    '03-01T00:00',
    '03-01T00:59',
    '03-01T01:00',
    '03-07T23:59',
    '03-08T00:00',
    '03-01T00:30',
  ];
  const expected = {
    Hour: ['x2026022823.log', 'x2026030100.log', 'x2026030101.log', 'x2026030723.log', 'x2026030800.log'],
    Day: ['x20260228.log', 'x20260301.log', 'x20260307.log', 'x20260308.log'],
    Week: ['x202602w4.log', 'x202603w1.log', 'x202603w2.log'],
    Month: ['x202602.log', 'x202603.log'],
  };
  for (const period of ['Hour', 'Day', 'Week', 'Month'] as const) {
    const folder = await temporaryFolder(t);
    const names = by(period);
    const file = build(folder, {}, { names });
    for (const time of times) file.add(time, at(time));
    await file.close();
    assert.deepEqual((await readdir(folder)).sort(), expected[period]);
    for (const time of times) {
      const text = await readFile(join(folder, fileNameOf('x', keyOf(names, at(time)), 1)), 'utf8');
      assert.equal(text.split('\n').filter(line => line === time).length, 1, `${period} ${time}`);
    }
  }
});

test('counts the age of a file from the end of its period', async t => {
  const folder = await temporaryFolder(t);
  // Noon of the fourth of March; a day after an end is noon of the third.
  const gone = ['x2026030310.log', 'x20260302.log', 'x202602w4.log', 'x202602.log'];
  const kept = ['x2026030312.log', 'x20260303.log', 'x202603w1.log', 'x202603.log', 'xtend1.log'];
  for (const name of [...gone, ...kept]) await writeFile(join(folder, name), 'old\n');
  const file = build(folder, {}, { maxAge: 86_400 });
  await file.open();
  await file.close();
  assert.deepEqual((await readdir(folder)).sort(), [...kept].sort());
});

test('goes on when old files can not be removed', { skip: process.platform !== 'linux' }, async t => {
  const folder = await temporaryFolder(t);
  // What a scanner or a backup holds open can't be removed on Windows; here, a folder in a file's place can't.
  await mkdir(join(folder, 'x20260101.log', 'held'), { recursive: true });
  await writeFile(join(folder, 'x20260102.log'), 'old\n');
  const file = build(folder, {}, { maxAge: 86_400 });
  await file.open();
  file.add('one');
  await file.close();
  assert.deepEqual((await readdir(folder)).sort(), ['x20260101.log', 'x20260304.log']);
});

test('says once that lines were lost, to whoever wants to know', async t => {
  const folder = join(await temporaryFolder(t), 'logs');
  await writeFile(folder, 'not a folder');
  const lost: number[] = [];
  const file = build(folder, { retryDelay: 600_000, onLost: count => lost.push(count) });
  file.add('first');
  await file.flush();
  for (const line of numbered(100_000)) file.add(line);
  await rm(folder);
  await file.close();
  const [, said] = await allLines(folder);
  assert.deepEqual(
    [said],
    lost.map(count => `#lost ${count}`),
  );
});

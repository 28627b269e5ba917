import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { listLogFiles, listProtocolFilesOf } from '../../src/log/log-files.ts';
import { DAY, fileNameOf, HOUR, keyOf, type LogPeriod, readFileName } from '../../src/log/log-names.ts';
import { temporaryFolder } from './samples.ts';

const at = (time: string) => Date.parse(time);
const nameOf = (prefix: string, period: LogPeriod, time: string, index = 1, localTime = false) =>
  fileNameOf(prefix, keyOf({ prefix, period, localTime }, at(time)), index);

// iis.md 8.1: exYYMMDD day, exYYMMWW week, exYYMM month, exYYMMDDHH hour, extend<N> by size.
test('names files as IIS does, with a prefix of our own and the whole year in our format', () => {
  const time = '2026-03-04T05:06:07Z';
  assert.deepEqual(
    (['Hour', 'Day', 'Week', 'Month', 'Size'] as const).map(period => nameOf('ex', period, time)),
    ['ex26030405.log', 'ex260304.log', 'ex260301.log', 'ex2603.log', 'extend1.log'],
  );
  assert.deepEqual(
    (['Hour', 'Day', 'Week', 'Month', 'Size'] as const).map(period => nameOf('u_ex', period, time)),
    ['u_ex2026030405.log', 'u_ex20260304.log', 'u_ex202603w1.log', 'u_ex202603.log', 'u_extend1.log'],
  );
  assert.equal(nameOf('u_ex', 'Day', time, 2), 'u_ex20260304-2.log');
  assert.equal(nameOf('ex', 'Size', time, 12), 'extend12.log');
});

test('begins a week on Sunday and with each month', () => {
  const weeks = ['01-01', '01-03', '01-04', '01-31', '02-01', '02-08'].map(day =>
    nameOf('ex', 'Week', `2026-${day}T12:00:00Z`),
  );
  assert.deepEqual(weeks, [
    'ex260101.log',
    'ex260101.log',
    'ex260102.log',
    'ex260105.log',
    'ex260201.log',
    'ex260202.log',
  ]);
});

test('follows the clock of this computer when told to', t => {
  const before = process.env.TZ;
  process.env.TZ = 'Asia/Kolkata';
  t.after(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
  const midnight = '2026-03-04T18:30:00Z';
  assert.equal(nameOf('ex', 'Day', midnight, 1, true), 'ex260305.log');
  assert.equal(nameOf('ex', 'Hour', '2026-03-04T18:29:59Z', 1, true), 'ex26030423.log');
  assert.equal(nameOf('ex', 'Day', midnight), 'ex260304.log');
});

test('reads what it writes: the time of a line is in the time that the name tells', () => {
  const period = fc.constantFrom<LogPeriod>('Hour', 'Day', 'Week', 'Month', 'Size');
  const time = fc.integer({ min: at('2013-01-01T00:00:00Z'), max: at('2099-12-31T23:59:59Z') });
  fc.assert(
    fc.property(
      fc.constantFrom('ex', 'u_ex', 'MSGTRK'),
      period,
      time,
      fc.integer({ min: 1, max: 2000 }),
      (prefix, of, now, n) => {
        const key = keyOf({ prefix, period: of, localTime: false }, now);
        const parts = readFileName(prefix, fileNameOf(prefix, key, n))!;
        assert.deepEqual([parts.key, parts.index], [key, n]);
        if (of === 'Size') assert.equal(parts.span, null);
        else assert.ok(parts.span!.from <= now && now < parts.span!.to);
      },
    ),
  );
});

test('takes no name for its own that IIS or somebody else gave', () => {
  // By hour and by day, in UTF-8, of the years 2024 and 2012.
  for (const name of ['u_ex24030405.log', 'u_ex240304.log', 'u_ex12123123.log', 'u_ex201301.txt', 'u_ex20261301.log'])
    assert.equal(readFileName('u_ex', name), null, name);
  for (const name of ['u_ex20260304.log', 'ex20260304-.log', 'ex261301.log', 'ex26030424.log', 'extend0.log', 'ex.log'])
    assert.equal(readFileName('ex', name), null, name);
});

test('counts files by size by their number and by their last change', async t => {
  const folder = await temporaryFolder(t);
  for (const [number, day] of [
    [2, 3],
    [10, 5],
    [9, 4],
  ] as const) {
    const path = join(folder, `u_extend${number}.log`);
    await writeFile(path, 'x\n');
    await utimes(path, at(`2026-03-0${day}T12:00:00Z`) / 1000, at(`2026-03-0${day}T12:00:00Z`) / 1000);
  }
  const files = await listLogFiles(folder, 'u_ex');
  assert.deepEqual(
    files.map(({ index }) => index),
    [2, 9, 10],
  );
  assert.deepEqual(
    files.map(({ day }) => day),
    ['20260303', '20260304', '20260305'],
  );
});

test('finds the files of a period in both formats, and not those that were over days before', async t => {
  const folder = await temporaryFolder(t);
  await mkdir(folder, { recursive: true });
  const names = [
    'u_ex20260301.log',
    'u_ex20260304.log',
    'ex260304.log',
    'ex26030412.log',
    'u_ex202603.log',
    'ex2602.log',
    'u_ex20260309.log',
  ];
  for (const name of names) await writeFile(join(folder, name), '');
  const noon = at('2026-03-04T12:00:00Z');
  const found = await listProtocolFilesOf(folder, noon, noon + HOUR);
  assert.deepEqual(found.map(({ name }) => name).sort(), [
    'ex260304.log',
    'ex26030412.log',
    'u_ex202603.log',
    'u_ex20260304.log',
  ]);
  assert.equal((await listProtocolFilesOf(folder, null, noon - 10 * DAY)).at(-1)?.name, 'ex2602.log');
});

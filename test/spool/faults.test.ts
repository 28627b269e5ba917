import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultyRelay, LARGE, SMALL } from '../support/faulty-relay.ts';
import type { FileFault } from '../support/file-faults.ts';

interface Row {
  readonly name: string;
  readonly faults: readonly FileFault[];
  readonly size: number;
  readonly reply: RegExp;
  /** What health says meanwhile. */
  readonly health?: 'Red' | 'Green' | 'Yellow';
}

const NO_SPACE = /^452 4\.3\.1 /;
const FAILED = /^451 4\.3\.0 /;
const TAKEN = /^250 2\.6\.0 /;
const SEGMENT = 'log-segments/\\d+\\.seg$';
const SEGMENTS = 'log-segments$';
const QUEUE = 'Queue$';
const TEMPORARY = 'Queue/.*\\.tmp$';

const ROWS: readonly Row[] = [
  {
    name: 'segment write, ENOSPC',
    size: SMALL,
    reply: NO_SPACE,
    faults: [
      { call: 'writev', path: SEGMENT, code: 'ENOSPC' },
      { call: 'write', path: SEGMENT, code: 'ENOSPC' },
    ],
  },
  {
    name: 'segment write, ENOSPC after a part',
    size: SMALL,
    reply: NO_SPACE,
    faults: [
      { call: 'writev', path: SEGMENT, code: 'ENOSPC', bytes: 700 },
      { call: 'open', path: SEGMENT, code: 'ENOSPC' },
    ],
  },
  {
    name: 'segment write, EIO',
    size: SMALL,
    reply: FAILED,
    faults: [{ call: 'writev', path: SEGMENT, code: 'EIO', bytes: 900, loses: true }],
  },
  {
    name: 'segment write and truncate, EIO',
    size: SMALL,
    reply: FAILED,
    faults: [
      { call: 'writev', path: SEGMENT, code: 'EIO', bytes: 900 },
      { call: 'truncate', path: SEGMENT, code: 'EIO' },
    ],
  },
  {
    name: 'segment write, short',
    size: SMALL,
    reply: TAKEN,
    health: 'Green',
    faults: [{ call: 'writev', path: SEGMENT, bytes: 37, times: 20 }],
  },
  {
    name: 'segment create, EIO',
    size: SMALL,
    reply: FAILED,
    faults: [
      { call: 'writev', path: SEGMENT, code: 'EIO' },
      { call: 'open', path: SEGMENT, code: 'EIO' },
    ],
  },
  {
    name: 'segment folder sync, EIO',
    size: SMALL,
    reply: FAILED,
    faults: [
      { call: 'writev', path: SEGMENT, code: 'EIO', times: 1 },
      { call: 'sync', path: SEGMENTS, code: 'EIO' },
    ],
  },
  {
    name: 'Queue file create, EIO',
    size: LARGE,
    reply: FAILED,
    faults: [{ call: 'open', path: TEMPORARY, code: 'EIO' }],
  },
  {
    name: 'Queue file create, ENOSPC',
    size: LARGE,
    reply: NO_SPACE,
    faults: [{ call: 'open', path: TEMPORARY, code: 'ENOSPC' }],
  },
  {
    name: 'Queue file write, ENOSPC after a part',
    size: LARGE,
    reply: NO_SPACE,
    faults: [{ call: 'writeFile', path: TEMPORARY, code: 'ENOSPC', bytes: 4096 }],
  },
  {
    name: 'Queue file write, EIO',
    size: LARGE,
    reply: FAILED,
    faults: [{ call: 'writeFile', path: TEMPORARY, code: 'EIO' }],
  },
  {
    name: 'Queue file sync, EIO',
    size: LARGE,
    reply: FAILED,
    faults: [{ call: 'datasync', path: TEMPORARY, code: 'EIO', loses: true }],
  },
  {
    name: 'Queue file rename, EIO',
    size: LARGE,
    reply: FAILED,
    faults: [{ call: 'rename', path: 'Queue/.*\\.tmp -> ', code: 'EIO' }],
  },
  {
    name: 'Queue file rename and removal, EIO',
    size: LARGE,
    reply: FAILED,
    faults: [
      { call: 'rename', path: 'Queue/.*\\.tmp -> ', code: 'EIO' },
      { call: 'rm', path: TEMPORARY, code: 'EIO' },
    ],
  },
  { name: 'Queue folder sync, EIO', size: LARGE, reply: FAILED, faults: [{ call: 'sync', path: QUEUE, code: 'EIO' }] },
];

test('a disk that fails while mail comes in', { timeout: 120_000 }, async t => {
  const relay = await FaultyRelay.start(t);
  for (const row of ROWS) {
    await t.test(row.name, async () => {
      await relay.sendMany(3, row.size);
      await relay.fail(...row.faults);
      const during = await relay.sendMany(4, row.size);
      const warnings = await relay.isHealth(row.health ?? 'Red');
      if (!row.health) assert.match(warnings.join(), /can't be written/);
      const hits = await relay.lift();
      for (const { reply } of during) assert.match(reply, row.reply);
      assert.ok(
        hits.every(count => count > 0),
        `a fault was not met: ${hits}`,
      );
      relay.isAlive();
      await relay.isHealth('Green');
      for (const { code } of await relay.sendMany(3, row.size)) assert.equal(code, 250);
      await relay.delivers();
    });
  }
  await relay.crash();
  await relay.delivers();
  await relay.isTidy();
});

const CRASHES = new Set(['segment write, EIO', 'Queue file rename and removal, EIO', 'Queue folder sync, EIO']);

test('a crash while the disk fails leaves everything that got a 250', { timeout: 120_000 }, async t => {
  const relay = await FaultyRelay.start(t);
  for (const { name, faults, size } of ROWS.filter(row => CRASHES.has(row.name))) {
    await relay.sendMany(3, size);
    await relay.fail(...faults);
    const during = Promise.allSettled(Array.from({ length: 4 }, () => relay.send(size)));
    await relay.isMet();
    await relay.crash();
    await during;
    assert.ok(
      (await relay.sendMany(2, size)).every(({ code }) => code === 250),
      name,
    );
    await relay.delivers();
  }
  await relay.isTidy();
  assert.deepEqual(await relay.files('BadMail'), []);
});

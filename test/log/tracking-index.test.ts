/** The index of the tracking log: the same answers as without it, and never a wrong one. */
import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { indexPathOf } from '../../src/log/log-files.ts';
import { buildTrackingIndex, positionsOf } from '../../src/log/tracking-index.ts';
import { TrackingIndexer } from '../../src/log/tracking-indexer.ts';
import { formatTracking, trackingHeader } from '../../src/log/tracking-log.ts';
import { readTrackingLog, type TrackingQuery } from '../../src/log/tracking-reader.ts';
import { message, NOON, temporaryFolder, waitUntil } from './samples.ts';

/** A file of `count` messages with a row each; every seventh line is broken. */
async function writeTracking(path: string, count: number, from = 0): Promise<void> {
  const lines = [...trackingHeader('1', NOON)];
  for (let number = from; number < from + count; number += 1) {
    const recipients = [`User${number % 50}@example.net`, `only${number}@example.org`];
    const received = message({
      id: `Q${number}`,
      internetMessageId: `<${number}.ä+"x"@example.com>`,
      envelope: {
        ...message().envelope,
        reversePath: number % 5 === 0 ? '' : `s${number % 11}@example.com`,
        recipients: recipients.map(address => ({ address, notify: [], orcpt: null })),
      },
    });
    const context = { computerName: 'RELAY01', now: NOON + number, logSubject: true };
    lines.push(...formatTracking({ type: 'received', message: received, localAddress: null }, context));
    if (number % 7 === 0) lines.push('"broken');
    if (number % 3 === 0)
      lines.push(
        ...formatTracking(
          { type: 'report', message: received, reportId: `R${number}`, kind: 'failed', recipients },
          context,
        ),
      );
  }
  await writeFile(path, `${lines.join('\n')}\n`);
}

const QUERIES: readonly TrackingQuery[] = [
  { messageId: '<17.ä+"x"@example.com>' },
  { messageId: '17.Ä+"X"@EXAMPLE.com' },
  { internalMessageId: 'q17' },
  { internalMessageId: 'Q17', eventId: 'DSN' },
  { internalMessageId: 'R18' },
  { reference: 'Q18' },
  { about: ['Q18', 'q20', 'R21', 'Q9999'] },
  { about: [] },
  { recipients: ['user7@example.net'] },
  { recipients: ['user7@example.net', 'ONLY3@example.org'] },
  { recipients: ['user7@example.net'], resultSize: 3 },
  { recipients: ['*7@example.net'] },
  { recipients: ['user7@example.net'], tail: 5 },
  { recipients: ['user7@example.net'], eventId: 'DSN', tail: 4 },
  { recipients: ['*7@example.net'], tail: 90 },
  { tail: 750 },
  { sender: 's3@example.com', eventId: 'RECEIVE' },
  { sender: '<>' },
  { sender: 'nobody@example.com' },
  { internalMessageId: 'Q30', start: '2026-03-04T12:00:01Z' },
];

test('gives the same answers with and without an index', async t => {
  const folder = await temporaryFolder(t);
  const paths = ['MSGTRK20260304.log', 'MSGTRK20260304-2.log'].map(name => join(folder, name));
  await writeTracking(paths[0]!, 400);
  await writeTracking(paths[1]!, 300, 400);
  const plain = await Promise.all(QUERIES.map(query => readTrackingLog(folder, query)));
  assert.ok(plain.filter(rows => rows.length > 0).length >= 11, 'most of these find something');
  for (const path of paths) await buildTrackingIndex(path);
  for (const [position, query] of QUERIES.entries())
    assert.deepEqual(await readTrackingLog(folder, query), plain[position], JSON.stringify(query));
  assert.equal((await positionsOf(paths[0]!, [{ key: 'id', value: 'Q17' }]))?.length, 1);
});

test('finds rows behind and among lines that are no lines of a log', async t => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'MSGTRK20260304.log');
  await writeTracking(path, 20);
  const tracked = await readFile(path, 'utf8');
  const rows = tracked.slice(tracked.indexOf('\n2026') + 1);
  const more = (from: string) => rows.replace(/\b([QR])(\d+)\b/g, `$1${from}$2`);
  // Longer than a block, longer than any line may be, and blocks without any line end.
  for (const [from, length] of [
    ['9', 300_000],
    ['8', 1_500_000],
    ['7', 262_144],
    ['6', 3_000_000],
  ] as const)
    await appendFile(path, `${'x'.repeat(length)}\n\n${more(from)}`);
  await appendFile(path, more('5').trimEnd());
  const queries = ['Q17', 'Q917', 'Q817', 'Q717', 'Q617', 'Q517'].map(internalMessageId => ({ internalMessageId }));
  const plain = await Promise.all(queries.map(query => readTrackingLog(folder, query)));
  assert.deepEqual(
    plain.map(found => found.length),
    [1, 1, 1, 1, 1, 1],
  );
  await buildTrackingIndex(path);
  for (const [position, query] of queries.entries()) {
    assert.equal((await positionsOf(path, [{ key: 'id', value: query.internalMessageId }]))?.length, 1);
    assert.deepEqual(await readTrackingLog(folder, query), plain[position], query.internalMessageId);
  }
});

test('finds all rows also where most have the same key', async t => {
  const path = join(await temporaryFolder(t), 'MSGTRK20260304.log');
  const context = { computerName: 'RELAY01', now: NOON, logSubject: false };
  const rows = Array.from({ length: 6000 }, (_, number) =>
    formatTracking({ type: 'received', message: message({ id: `Q${number}` }), localAddress: null }, context),
  );
  await writeFile(path, `${[...trackingHeader('1', NOON), ...rows.flat()].join('\n')}\n`);
  await buildTrackingIndex(path);
  for (const key of ['sender', 'recipient'] as const) {
    const value = key === 'sender' ? 'app@example.com' : 'bert@example.net';
    assert.equal((await positionsOf(path, [{ key, value }]))?.length, 6000);
  }
  const ids = Array.from({ length: 300 }, (_, at) => ({ key: 'id' as const, value: `Q${at * 20}` }));
  for (const id of ids) assert.equal((await positionsOf(path, [id]))?.length, 1, id.value);
  assert.equal((await positionsOf(path, ids))?.length, 300);
  assert.deepEqual(await positionsOf(path, [{ key: 'id', value: 'Q6000' }]), []);
});

test('does not trust an index that does not fit its file', async t => {
  const path = join(await temporaryFolder(t), 'MSGTRK20260304.log');
  await writeTracking(path, 20);
  await buildTrackingIndex(path);
  assert.equal((await positionsOf(path, [{ key: 'id', value: 'Q3' }]))?.length, 1);
  await appendFile(path, 'x');
  assert.equal(await positionsOf(path, [{ key: 'id', value: 'Q3' }]), null);
  await writeFile(indexPathOf(path), 'nonsense');
  assert.equal(await positionsOf(path, [{ key: 'id', value: 'Q3' }]), null);
  await rm(indexPathOf(path));
  assert.equal(await positionsOf(path, [{ key: 'id', value: 'Q3' }]), null);
});

test('makes none for a file that is too large for its positions', async t => {
  const path = join(await temporaryFolder(t), 'MSGTRK20260304.log');
  await writeTracking(path, 5);
  await truncate(path, 1024 ** 3 + 1);
  await buildTrackingIndex(path);
  assert.equal(await positionsOf(path, [{ key: 'id', value: 'Q3' }]), null);
});

test('makes none for a file whose columns change', async t => {
  const path = join(await temporaryFolder(t), 'MSGTRK20260304.log');
  await writeTracking(path, 5);
  await appendFile(path, '#Fields: date-time,event-id,internal-message-id,source\n2026-03-04T12:00:00Z,SEND,Q9,SMTP\n');
  await buildTrackingIndex(path);
  assert.equal(await positionsOf(path, [{ key: 'id', value: 'Q9' }]), null);
  assert.equal((await readTrackingLog(join(path, '..'), { internalMessageId: 'Q9' })).length, 1);
});

test('indexes what is complete, in the background, and again what was lost', async t => {
  const folder = await temporaryFolder(t);
  for (const name of ['MSGTRK20260303.log', 'MSGTRK20260304.log', 'MSGTRK20260305.log'])
    await writeTracking(join(folder, name), 50);
  const indexer = new TrackingIndexer(() => folder);
  await indexer.run();
  const indexes = async () => (await readdir(folder)).filter(name => name.endsWith('.idx')).sort();
  assert.deepEqual(await indexes(), ['MSGTRK20260303.log.idx', 'MSGTRK20260304.log.idx']);
  const before = await readFile(join(folder, 'MSGTRK20260303.log.idx'));
  await rm(join(folder, 'MSGTRK20260303.log.idx'));
  await indexer.run();
  await waitUntil(async () => (await indexes()).length === 2);
  assert.deepEqual(await readFile(join(folder, 'MSGTRK20260303.log.idx')), before);
  await indexer.close();
});

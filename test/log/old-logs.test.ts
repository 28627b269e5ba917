/** Log files of the old SMTP service, as they are found on its servers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClientReport } from '../../src/log/client-report.ts';
import { followLog } from '../../src/log/follow.ts';
import { dayOfFile } from '../../src/log/log-lines.ts';
import { LogSessions, type ProtocolSession } from '../../src/log/log-sessions.ts';
import type { ProtocolEntry } from '../../src/log/protocol-entry.ts';
import { type ProtocolQuery, ProtocolSearch } from '../../src/log/protocol-reader.ts';
import { temporaryFolder, waitUntil } from './samples.ts';

interface Vector {
  readonly id: string;
  readonly lines: readonly string[];
  readonly records: number;
  readonly checks?: readonly Record<string, string | number>[];
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, 'old-logs.json'), 'utf8')) as Vector[];

async function read(path: string, query: ProtocolQuery = {}): Promise<ProtocolEntry[]> {
  const file = { path, day: await dayOfFile(path) };
  const search = await ProtocolSearch.prepare(query, [file]);
  const entries: ProtocolEntry[] = [];
  for await (const batch of search.entriesOf(file)) entries.push(...batch);
  return entries;
}

async function vectorFile(folder: string, id: string): Promise<string> {
  const path = join(folder, 'ex240304.log');
  const { lines } = vectors.find(vector => vector.id === id)!;
  // The last line of a log that is still written has no end.
  await writeFile(path, lines.join('\r\n') + (id === 'cut-last-line' ? '\0\0\0' : '\r\n'), 'latin1');
  return path;
}

for (const vector of vectors) {
  test(`reads ${vector.id}`, async t => {
    const path = await vectorFile(await temporaryFolder(t), vector.id);
    const entries = await read(path);
    assert.equal(entries.length, vector.records);
    const before = (line: number) => vector.lines.slice(0, line).filter(text => !text.startsWith('#')).length;
    for (const check of vector.checks ?? []) {
      const entry = entries[before(Number(check.line))]!;
      if (check.verb) assert.equal(entry.command, check.verb);
      if (check.status) assert.equal(entry.code, check.status);
      if (check.sessionMs) assert.equal(entry.sessionTime, check.sessionMs);
      if (check.messageId) assert.equal(entry.messageId, check.messageId);
      if (check.replyCode) assert.equal(entry.code, check.replyCode);
      if (check.replyText) assert.equal(entry.reply, check.replyText);
      if (check.direction) assert.equal(entry.direction, 'Outbound');
    }
  });
}

test('a filter finds the same lines as reading all and looking', async t => {
  const folder = await temporaryFolder(t);
  for (const { id } of vectors) {
    const path = await vectorFile(folder, id);
    const all = await read(path);
    for (const clientIP of new Set(all.map(entry => entry.clientIP!)))
      assert.deepEqual(
        await read(path, { clientIP }),
        all.filter(entry => entry.clientIP === clientIP),
        id,
      );
  }
});

test('counts midnights in a log without dates, also over lines that are not wanted', async t => {
  const path = join(await temporaryFolder(t), 'ex240304.log');
  const lines = ['#Date: 2024-03-04 22:00:00', '#Fields: time c-ip cs-method sc-status'];
  for (let hour = 22; hour < 22 + 60; hour += 1)
    lines.push(`${String(hour % 24).padStart(2, '0')}:00:00 192.0.2.${hour % 7} EHLO 250`);
  await writeFile(path, lines.join('\r\n'));
  const times = (await read(path, { clientIP: '192.0.2.3' })).map(entry => entry.time);
  assert.deepEqual(times.slice(0, 2), ['2024-03-05T00:00:00.000Z', '2024-03-05T07:00:00.000Z']);
  assert.equal(times.at(-1), '2024-03-07T08:00:00.000Z');
});

test('reads NCSA with its offset and the IIS format in local time', async t => {
  const folder = await temporaryFolder(t);
  const ncsa = await read(await vectorFile(folder, 'ncsa'));
  assert.equal(ncsa[0]!.time, '2024-03-04T11:00:15.000Z');
  assert.equal(ncsa[0]!.argument, 'FROM:<app@example.com>');
  assert.deepEqual([ncsa[1]!.direction, ncsa[1]!.code], ['Outbound', 354]);
  assert.equal(ncsa[1]!.reply, 'END WITH "." ON A LINE');
  const path = join(folder, 'in240304.log');
  await writeFile(
    path,
    '192.0.2.10, APPSRV01, 3/4/24, 5:00:15, SMTPSVC1, RELAY01, 192.0.2.25, 16, 31, 44, 250, 0, RCPT, -, +TO:<anna, b@example.com>,\r\n' +
      'not, a, line\r\n',
  );
  const [entry, ...more] = await read(path);
  assert.deepEqual(more, []);
  assert.equal(Date.parse(entry!.time), new Date(2024, 2, 4, 5, 0, 15).getTime());
  assert.deepEqual([entry!.command, entry!.code, entry!.elapsed], ['RCPT', 250, 16]);
  assert.equal(entry!.argument, 'TO:<anna, b@example.com>');
});

test('reads UTF-8 and ANSI lines in one file', async t => {
  const path = join(await temporaryFolder(t), 'u_ex240304.log');
  const line = (name: string) => `2024-03-04 05:00:15 192.0.2.10 ${name} EHLO 250\n`;
  await writeFile(path, '#Fields: date time c-ip cs-username cs-method sc-status\n');
  await appendFile(path, line('Büro'), 'utf8');
  await appendFile(path, line('Büro'), 'latin1');
  assert.deepEqual(
    (await read(path)).map(entry => entry.heloName),
    ['Büro', 'Büro'],
  );
});

test('tells the day by the names of files', async () => {
  assert.equal(await dayOfFile('/x/u_ex20260304.log'), '20260304');
  assert.equal(await dayOfFile('/x/u_ex20260304-12.log'), '20260304');
  assert.equal(await dayOfFile('/x/u_ex240304.log'), '20240304');
  assert.equal(await dayOfFile('/x/ex24030405.log'), '20240304');
  assert.match(await dayOfFile(import.meta.filename), /^\d{8}$/);
});

test('puts lines without session ids together into conversations', async t => {
  const sessions: ProtocolSession[] = [];
  const grouped = new LogSessions(session => sessions.push(session));
  for (const entry of await read(await vectorFile(await temporaryFolder(t), 'full-21-fields'))) grouped.add(entry);
  assert.equal(sessions.length, 1, 'the one with QUIT is given at once');
  grouped.end();
  const [inbound, outbound] = sessions;
  assert.deepEqual(
    [inbound!.duration, inbound!.messages, inbound!.heloName, inbound!.lines, inbound!.refusals],
    [1015, 1, 'APPSRV01', 5, 0],
  );
  assert.deepEqual([inbound!.senders, inbound!.recipients], [['app@example.com'], ['user@example.net']]);
  assert.equal(outbound!.direction, 'Outbound');
  assert.deepEqual([outbound!.refusals, outbound!.duration, outbound!.lines], [1, 1000, 6]);
  assert.equal(outbound!.lastReply, '421 4.7.0 try again later - see https://example.net/help');
});

test('reports the clients of an old server', async t => {
  const report = new ClientReport('Client');
  for (const entry of await read(await vectorFile(await temporaryFolder(t), 'full-21-fields'))) report.addLine(entry);
  assert.deepEqual(report.summaries(), [
    {
      clientIP: '192.0.2.10',
      hostName: 'APPSRV01',
      account: null,
      messages: 1,
      recipients: 1,
      bytes: null,
      refusals: 0,
      senders: ['app@example.com'],
      recipientDomains: ['example.net'],
      tlsVersions: ['None'],
      authenticated: false,
      firstSeen: '2024-03-04T05:00:15.000Z',
      lastSeen: '2024-03-04T05:00:16.000Z',
    },
  ]);
});

test('follows a log into the next file', async t => {
  const folder = await temporaryFolder(t);
  const files = [{ path: join(folder, 'u_ex240304.log'), day: '20240304' }];
  const fields = '#Fields: date time c-ip cs-method sc-status\n';
  const line = (number: number) => `2024-03-04 05:00:15 192.0.2.${number} EHLO 250\n`;
  await writeFile(files[0]!.path, fields + line(1) + line(2) + line(3));
  const seen: string[] = [];
  const over = new AbortController();
  const following = followLog({
    search: await ProtocolSearch.prepare({}, []),
    files: async () => files,
    tail: 2,
    onEntries: entries => seen.push(...entries.map(entry => entry.clientIP!.slice(8))),
    signal: over.signal,
    interval: 10,
  });
  await waitUntil(() => seen.length === 2);
  await appendFile(files[0]!.path, line(4).slice(0, 12));
  await appendFile(files[0]!.path, line(4).slice(12));
  await waitUntil(() => seen.length === 3);
  files.push({ path: join(folder, 'u_ex240305.log'), day: '20240305' });
  await appendFile(files[0]!.path, line(5));
  await writeFile(files[1]!.path, fields + line(6));
  await waitUntil(() => seen.length === 5);
  over.abort();
  await following;
  assert.deepEqual(seen, ['2', '3', '4', '5', '6']);
});

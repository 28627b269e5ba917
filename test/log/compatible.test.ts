/** The format Compatible against what is known of the files of the IIS SMTP service, byte for byte. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ProtocolLine } from '../../src/log/events.ts';
import { formatIisLine, IIS_FIELDS, iisHeader } from '../../src/log/iis-format.ts';
import { LineFile } from '../../src/log/line-file.ts';
import { ProtocolLog, type ProtocolLogSettings, protocolFiles } from '../../src/log/protocol-log.ts';
import { readProtocolLog } from '../../src/log/protocol-reader.ts';
import { inbound, NOON, outbound, temporaryFolder } from './samples.ts';

interface Vector {
  readonly id: string;
  readonly lines: readonly string[];
}
const vectors: readonly Vector[] = JSON.parse(await readFile(new URL('./old-logs.json', import.meta.url), 'utf8'));
const full = vectors.find(({ id }) => id === 'full-21-fields')!.lines;

const START = Date.parse('2024-03-04T05:00:15Z');
const client = (seconds: number, changes: Partial<ProtocolLine>) =>
  inbound({ time: START + seconds * 1000, elapsed: 0, ...changes });
const server = (seconds: number, changes: Partial<ProtocolLine>) =>
  outbound({ time: START + seconds * 1000, elapsed: 0, code: null, reply: null, ...changes });
const command = { part: 'command' } as const;

/** The conversation of the vector, as the relay reports it. */
const CONVERSATION: readonly ProtocolLine[] = [
  client(0, { verb: 'EHLO', argument: 'APPSRV01', bytesSent: 275, bytesReceived: 13 }),
  client(0, { verb: 'MAIL', argument: 'FROM:<app@example.com>', bytesSent: 44, bytesReceived: 31 }),
  client(0, { verb: 'RCPT', argument: 'TO:<user@example.net>', bytesSent: 32, bytesReceived: 29 }),
  client(1, {
    verb: 'DATA',
    argument: null,
    messageId: 'RELAY01aBcDeFgHiJk00000001',
    internetMessageId: '<RELAY01aBcDeFgHiJk00000001@relay01.example.com>',
    bytesSent: 132,
    bytesReceived: 2413,
    elapsed: 531,
  }),
  client(1, { verb: 'QUIT', argument: null, code: 221, sessionTime: 1015, bytesSent: 68, bytesReceived: 4 }),
  server(2, { argument: '220 mx.example.net ESMTP ready', elapsed: 16 }),
  server(2, { ...command, verb: 'EHLO', argument: 'relay01.example.com', bytesSent: 26 }),
  server(2, { argument: '250-mx.example.net Hello 250 SIZE', firstLine: '250-mx.example.net Hello', elapsed: 16 }),
  server(2, { ...command, verb: 'MAIL', argument: 'FROM:<app@example.com> SIZE=2884', bytesSent: 40 }),
  server(3, { argument: '421 4.7.0 try again later - see https://example.net/help', elapsed: 31 }),
  server(3, { ...command, verb: 'QUIT', argument: null, bytesSent: 6 }),
];

test('the header and a whole conversation are those of IIS', () => {
  assert.deepEqual(
    iisHeader(IIS_FIELDS, START).map(line => line.replace(/\r$/, '')),
    full.slice(0, 4),
  );
  assert.deepEqual(
    CONVERSATION.map(line => formatIisLine(line, 'RELAY01')),
    full.slice(4),
  );
});

test('the Message-ID of a client stands as what followed DATA, and what is no command of SMTP as it came', () => {
  const data = client(0, { verb: 'DATA', argument: null, messageId: 'Q1', internetMessageId: '<1@app.example.com>' });
  assert.match(formatIisLine(data, 'RELAY01'), / DATA - \+<1@app\.example\.com> 250 /);
  const refused = client(0, { verb: 'DATA', argument: null, code: 554 });
  assert.match(formatIisLine(refused, 'RELAY01'), / DATA - - 554 /);
  const junk = vectors.find(({ id }) => id === 'junk-verbs')!.lines;
  const lines = [
    client(3585, { verb: 'get', argument: '/ HTTP/1.0', code: 500, bytesSent: 32, bytesReceived: 24 }),
    client(3585, {
      verb: 'user-agent:',
      argument: 'Mozilla/4.0 (compatible)',
      code: 500,
      bytesSent: 32,
      bytesReceived: 106,
    }),
    client(3586, { verb: 'QUIT', code: 221, sessionTime: 125, bytesSent: 32, bytesReceived: 41, elapsed: 62 }),
  ].map(line => formatIisLine({ ...line, peerAddress: '203.0.113.9', heloName: null }, 'RELAY01'));
  assert.deepEqual(lines, junk.slice(1));
});

const DEFAULTS: ProtocolLogSettings = { format: 'Compatible', fields: [], period: 'Day', localTime: false };

function open(
  folder: string,
  clock: { now: number },
  settings: ProtocolLogSettings,
  limits = { maxAge: 1e9, maxSize: 1e9 },
) {
  const options = { now: () => clock.now, lostLine: String, onError: assert.ifError };
  const files = protocolFiles(settings, '1.2.3');
  const file = new LineFile(options, { ...files, folder, maxFileSize: 1e9, ...limits });
  return { file, log: new ProtocolLog(file, 'RELAY01', settings) };
}

async function written(t: TestContext, lines: readonly ProtocolLine[], changes: Partial<ProtocolLogSettings> = {}) {
  const folder = await temporaryFolder(t);
  const clock = { now: 0 };
  const { file, log } = open(folder, clock, { ...DEFAULTS, ...changes });
  for (const line of lines) {
    clock.now = line.time;
    log.add(line);
  }
  await file.close();
  return folder;
}

test('the file is that of IIS to the byte', async t => {
  const folder = await written(t, CONVERSATION);
  assert.deepEqual(await readdir(folder), ['SmtpRelay.files', 'ex240304.log']);
  assert.equal(await readFile(join(folder, 'ex240304.log'), 'utf8'), full.map(line => `${line}\r\n`).join(''));
});

test('with the five fields that IIS has by default it is that of the vector', async t => {
  const five = vectors.find(({ id }) => id === 'default-5-fields')!.lines;
  const fields = ['sc-status', 'time', 'c-ip', 'cs-method', 'cs-uri-stem'];
  const lines = [0, 1, 2, 3, 4, 5].map(number => CONVERSATION[number]!);
  const folder = await written(t, lines, { fields });
  const text = await readFile(join(folder, 'ex240304.log'), 'utf8');
  // The vector has no blank behind its fields; IIS has files of both kinds.
  assert.deepEqual(text.split('\r\n'), [...five.slice(0, 3), `${five[3]} `, ...five.slice(4), '']);
});

test('Get-SmtpLog reads it back', async t => {
  const entries = await readProtocolLog(await written(t, CONVERSATION), {});
  assert.deepEqual(
    entries.map(({ direction, command: verb, code }) => [direction, verb, code]),
    [
      ['Inbound', 'EHLO', 250],
      ['Inbound', 'MAIL', 250],
      ['Inbound', 'RCPT', 250],
      ['Inbound', 'DATA', 250],
      ['Inbound', 'QUIT', 240],
      ['Outbound', 'Reply', 220],
      ['Outbound', 'EHLO', null],
      ['Outbound', 'Reply', 250],
      ['Outbound', 'MAIL', null],
      ['Outbound', 'Reply', 421],
      ['Outbound', 'QUIT', null],
    ],
  );
  assert.equal(entries[4]!.sessionTime, 1015);
  assert.equal(entries[3]!.messageId, '<RELAY01aBcDeFgHiJk00000001@relay01.example.com>');
  assert.equal(entries[0]!.time, '2024-03-04T05:00:15.000Z');
});

test('without dates, days and a clock that is set back are told between the lines, and are read right', async t => {
  const fields = ['time', 'c-ip', 'cs-method', 'sc-status'];
  const hours = [0, 11, 12, 36, 35.9, 20, 100, 99.5, 60];
  for (const [period, localTime] of [
    ['Month', false],
    ['Week', false],
    ['Size', false],
    ['Day', true],
    ['Day', false],
    ['Hour', false],
  ] as const) {
    const times = hours.map(hour => NOON + hour * 3_600_000);
    const folder = await written(
      t,
      times.map(time => inbound({ time })),
      { fields, period, localTime },
    );
    const read = (await readProtocolLog(folder, {})).map(({ time }) => Date.parse(time));
    const sort = (list: readonly number[]) => [...list].sort((a, b) => a - b);
    assert.deepEqual(sort(read), sort(times), `${period} ${localTime}`);
  }
});

test('retention never touches the files that IIS left in the same folder', async t => {
  const folder = await temporaryFolder(t);
  const clock = { now: NOON };
  const limits = { maxAge: 86_400, maxSize: 1e9 };
  for (const name of ['ex240304.log', 'ex260101.log', 'ex260304.log', 'nc260101.log'])
    await writeFile(join(folder, name), 'IIS\r\n');
  const { file, log } = open(folder, clock, DEFAULTS, limits);
  await file.open();
  for (let day = 0; day < 4; day += 1) {
    log.add(inbound({ time: clock.now }));
    await file.flush();
    clock.now += 86_400_000;
  }
  await file.prune();
  await file.close();
  // On the fifth day all but the last are over for more than one; that of the first began as a file of IIS.
  const names = ['ex240304.log', 'ex260101.log', 'ex260304.log', 'ex260307.log', 'nc260101.log'];
  assert.deepEqual(
    (await readdir(folder)).filter(name => name !== 'SmtpRelay.files'),
    names,
  );
  assert.match(await readFile(join(folder, 'ex260304.log'), 'utf8'), /^IIS\r\n#Software: Microsoft/);
});

test('whoever goes from one format to the other keeps one retention for both', async t => {
  const folder = await temporaryFolder(t);
  const clock = { now: NOON };
  const limits = { maxAge: 86_400, maxSize: 1e9 };
  for (const format of ['W3C', 'Compatible', 'W3C'] as const) {
    const { file, log } = open(folder, clock, { ...DEFAULTS, format }, limits);
    await file.open();
    log.add(inbound({ time: clock.now }));
    await file.close();
    clock.now += 86_400_000;
  }
  const { file } = open(folder, clock, { ...DEFAULTS, format: 'W3C' }, limits);
  await file.open();
  await file.close();
  assert.deepEqual(
    (await readdir(folder)).filter(name => name !== 'SmtpRelay.files'),
    ['u_ex20260306.log'],
  );
});

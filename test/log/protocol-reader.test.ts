import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { ProtocolLine } from '../../src/log/events.ts';
import { followLog } from '../../src/log/follow.ts';
import { listLogFiles } from '../../src/log/log-files.ts';
import { formatProtocolLine, PROTOCOL_FIELDS } from '../../src/log/protocol-log.ts';
import { type ProtocolQuery, ProtocolSearch, readProtocolLog } from '../../src/log/protocol-reader.ts';
import { inbound, NOON, outbound, temporaryFolder, waitUntil } from './samples.ts';

const FIELDS = `#Fields: ${PROTOCOL_FIELDS}`;
const HOUR = 3_600_000;

async function writeLog(folder: string, lines: readonly ProtocolLine[], name = 'u_ex20260304.log'): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, name),
    [FIELDS, ...lines.map(line => formatProtocolLine(line, 'RELAY01')), ''].join('\n'),
  );
}

test('gives back an exchange, a command and a response', async t => {
  const folder = await temporaryFolder(t);
  const command = outbound({
    part: 'command',
    verb: 'RCPT',
    argument: 'TO:<anna+x@example.net>',
    code: null,
    reply: null,
  });
  const lines = [inbound({ rule: 'relay.list', code: 550 }), command, outbound()];
  await writeLog(
    folder,
    lines.map(line => ({ ...line, tls: 'TLSv1.3 X' })),
  );
  const file = join(folder, 'u_ex20260304.log');
  const common = { time: '2026-03-04T12:00:00.000Z', elapsed: 3, sessionTime: null, tls: 'TLSv1.3 X', file };
  const out = {
    ...common,
    direction: 'Outbound',
    clientIP: '198.51.100.25',
    heloName: null,
    session: 'S2',
    messageId: 'Q1',
    listener: null,
    connector: 'Internet',
    rule: null,
  };
  assert.deepEqual(await readProtocolLog(folder, {}), [
    {
      ...common,
      direction: 'Inbound',
      clientIP: '192.0.2.10',
      heloName: 'APPSRV01',
      command: 'MAIL',
      argument: 'FROM:<app@example.com>',
      code: 550,
      reply: '2.1.0 Sender OK',
      session: 'S1',
      messageId: null,
      listener: 'Default',
      connector: null,
      rule: 'relay.list',
    },
    { ...out, command: 'RCPT', argument: 'TO:<anna+x@example.net>', code: null, reply: null },
    { ...out, command: 'Reply', argument: '250 2.1.0 Ok', code: 250, reply: '2.1.0 Ok' },
  ]);
});

test('gives back whatever was written', async t => {
  const root = await temporaryFolder(t);
  const word = fc.string({ unit: fc.constantFrom(...'abXY09.:;,="ü€'), minLength: 1, maxLength: 30 });
  const text = fc.array(word, { minLength: 1, maxLength: 5 }).map(words => words.join(' '));
  const line = fc.record({
    second: fc.nat(86_399),
    heloName: fc.option(word),
    verb: word,
    argument: fc.option(text),
    code: fc.integer({ min: 200, max: 599 }),
    reply: text,
    elapsed: fc.nat(100_000),
    sessionId: word,
    messageId: fc.option(word),
    rule: fc.option(text),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), async values => {
      run += 1;
      const folder = join(root, String(run));
      const midnight = NOON - 12 * HOUR;
      await writeLog(
        folder,
        values.map(({ second, ...rest }) => inbound({ time: midnight + second * 1000, ...rest })),
      );
      const found = (await readProtocolLog(folder, {})).map(entry => ({
        second: (Date.parse(entry.time) - midnight) / 1000,
        heloName: entry.heloName,
        verb: entry.command,
        argument: entry.argument,
        code: entry.code,
        reply: entry.reply,
        elapsed: entry.elapsed,
        sessionId: entry.session,
        messageId: entry.messageId,
        rule: entry.rule,
      }));
      assert.deepEqual(
        found,
        values.map(value => ({ ...value })),
      );
    }),
    { numRuns: 40 },
  );
});

test('filters by period, peer, code, session, message and direction', async t => {
  const folder = await temporaryFolder(t);
  await writeLog(folder, [
    inbound({ time: NOON - HOUR, sessionId: 'S0', peerAddress: '2001:db8::1' }),
    inbound({ time: NOON + 700, code: 550 }),
    outbound({ time: NOON + HOUR, messageId: 'Q7' }),
  ]);
  const found = async (query: ProtocolQuery) => (await readProtocolLog(folder, query)).map(entry => entry.session);
  assert.deepEqual(await found({ start: '2026-03-04T12:00:00.900Z' }), ['S1', 'S2']);
  assert.deepEqual(await found({ start: '2026-03-04T12:00:01Z' }), ['S2']);
  assert.deepEqual(await found({ end: '2026-03-04T13:00:00+01:00' }), ['S0', 'S1']);
  assert.deepEqual(await found({ clientIP: '2001:DB8::1' }), ['S0']);
  assert.deepEqual(await found({ code: 550 }), ['S1']);
  assert.deepEqual(await found({ code: 250, direction: 'Outbound' }), ['S2']);
  assert.deepEqual(await found({ session: 's0' }), ['S0']);
  assert.deepEqual(await found({ messageId: 'q7' }), ['S2']);
});

test('gives the whole sessions in which a sender or recipient stood', async t => {
  const folder = await temporaryFolder(t);
  const session = (sessionId: string, from: string, to: string) => [
    inbound({ sessionId, verb: 'EHLO', argument: 'APPSRV01' }),
    inbound({ sessionId, verb: 'mail', argument: `FROM:<${from}> SIZE=1` }),
    inbound({ sessionId, verb: 'RCPT', argument: `TO: <${to}>` }),
  ];
  await writeLog(folder, [
    ...session('A', 'app+tag@example.com', 'anna@example.net'),
    ...session('B', 'other@example.com', 'app+tag@example.com'),
    ...session('C', '', 'bert@example.net'),
  ]);
  const found = async (query: ProtocolQuery) =>
    (await readProtocolLog(folder, query)).map(entry => `${entry.session} ${entry.command}`);
  assert.deepEqual(await found({ sender: 'APP+tag@' }), ['A EHLO', 'A mail', 'A RCPT']);
  assert.deepEqual(await found({ sender: '<other@example.com>', recipient: 'app+tag' }), [
    'B EHLO',
    'B mail',
    'B RCPT',
  ]);
  assert.deepEqual(await found({ sender: '@example.com', recipient: 'bert' }), []);
  assert.deepEqual(await found({ sender: '<>' }), ['C EHLO', 'C mail', 'C RCPT']);
  assert.deepEqual(await found({ sender: 'SIZE' }), []);
});

test('finds a session that began before midnight, and only the lines in the period', async t => {
  const folder = await temporaryFolder(t);
  await writeLog(folder, [inbound({ time: NOON - 12 * HOUR - 5000 })], 'u_ex20260303.log');
  await writeLog(folder, [inbound({ time: NOON - 12 * HOUR + 5000, verb: 'QUIT', argument: null })]);
  const found = await readProtocolLog(folder, { sender: 'app@', start: '2026-03-04T00:00:00Z' });
  assert.deepEqual(
    found.map(entry => entry.command),
    ['QUIT'],
  );
});

test('gives the first entries or the last, in order over all files', async t => {
  const folder = await temporaryFolder(t);
  const files = ['u_ex20260303.log', 'u_ex20260304.log', 'u_ex20260304-2.log', 'u_ex20260304-10.log'];
  for (const [number, name] of files.entries()) {
    await writeLog(
      folder,
      [1, 2, 3].map(step => inbound({ elapsed: number * 3 + step, time: NOON + (number === 0 ? -24 * HOUR : 0) })),
      name,
    );
  }
  const found = async (query: ProtocolQuery) => (await readProtocolLog(folder, query)).map(entry => entry.elapsed);
  assert.deepEqual(await found({ resultSize: 4 }), [1, 2, 3, 4]);
  assert.deepEqual(await found({ tail: 4, resultSize: 2 }), [9, 10, 11, 12]);
  assert.deepEqual(await found({ tail: 1 }), [12]);
  assert.equal((await found({ resultSize: null })).length, 12);
  assert.deepEqual(await found({ start: '2026-03-04T11:00:00Z', resultSize: 1 }), [4]);
});

test('follows a changed #Fields and leaves out what it cannot read', async t => {
  const folder = await temporaryFolder(t);
  const lines = [
    FIELDS,
    formatProtocolLine(inbound(), 'RELAY01'),
    'rubbish',
    '',
    formatProtocolLine(inbound(), 'RELAY01').replace('2026-03-04', '2026-99-99'),
    `${formatProtocolLine(inbound(), 'RELAY01')} more`,
    'x'.repeat(3 * 1024 * 1024),
    '#Date: 2026-03-04 13:00:00\r',
    '#Fields: time sc-status cs-method c-ip cs-uri-query \r',
    '13:00:01 250 RCPT 192.0.2.99 +TO:<anna@example.net>\r',
    '13:00:02 250 RC',
  ];
  await writeFile(join(folder, 'u_ex20260304.log'), lines.join('\n'));
  const found = await readProtocolLog(folder, {});
  assert.deepEqual(
    found.map(entry => [entry.time, entry.clientIP, entry.command, entry.argument, entry.session]),
    [
      ['2026-03-04T12:00:00.000Z', '192.0.2.10', 'MAIL', 'FROM:<app@example.com>', 'S1'],
      ['2026-03-04T13:00:01.000Z', '192.0.2.99', 'RCPT', 'TO:<anna@example.net>', null],
    ],
  );
  assert.equal((await readProtocolLog(folder, { recipient: 'anna' })).length, 1);
});

test('finds nothing in a folder that does not exist', async t => {
  assert.deepEqual(await readProtocolLog(join(await temporaryFolder(t), 'none'), { sender: 'x' }), []);
});

test('cuts lines rightly wherever a block of the file ends', async t => {
  const folder = await temporaryFolder(t);
  const lines = Array.from({ length: 3000 }, (_, elapsed) =>
    inbound({ elapsed, argument: `FROM:<${'ü'.repeat(elapsed % 97)}€@example.com>` }),
  );
  await writeLog(folder, lines);
  const found = await readProtocolLog(folder, {});
  assert.deepEqual(
    found.map(entry => [entry.elapsed, entry.argument]),
    lines.map(line => [line.elapsed, line.argument]),
  );
});

const conversation = (sessionId: string, from: string): ProtocolLine[] => [
  inbound({ sessionId, verb: 'EHLO', argument: 'client' }),
  inbound({ sessionId, argument: `FROM:<${from}>` }),
  inbound({ sessionId, verb: 'RCPT', argument: 'TO:<b@example.net>' }),
  inbound({ sessionId, verb: 'QUIT', argument: null }),
];

test('follows whole sessions of a sender that begin after the start, and that go over into a new file', async t => {
  const folder = await temporaryFolder(t);
  const [wanted, other] = [conversation('S1', 'boss@example.com'), conversation('S2', 'x@example.com')];
  const begun = conversation('S3', 'boss@example.com');
  await writeLog(folder, [...other, ...begun.slice(0, 2)]);
  await writeLog(folder, begun.slice(2, 3), 'u_ex20260304-2.log');
  const over = new AbortController();
  const seen: string[] = [];
  const following = followLog({
    search: new ProtocolSearch({ sender: 'boss@', clientIP: '192.0.2.10' }),
    files: () => listLogFiles(folder, 'u_ex'),
    tail: 10,
    onEntries: entries => void seen.push(...entries.map(({ session, command }) => `${session} ${command}`)),
    signal: over.signal,
    interval: 10,
  });
  await waitUntil(() => seen.length === 3);
  const add = (name: string, lines: readonly ProtocolLine[]) =>
    appendFile(join(folder, name), `${lines.map(line => formatProtocolLine(line, 'RELAY01')).join('\n')}\n`);
  // Mixed, and the command that tells it comes in another batch than the lines before.
  await add('u_ex20260304-2.log', [wanted[0]!, other[0]!, begun[3]!]);
  await waitUntil(() => seen.length === 4);
  await add('u_ex20260304-2.log', [other[1]!, wanted[1]!]);
  await waitUntil(() => seen.length === 6);
  await writeLog(folder, [...wanted.slice(2), ...other.slice(2)], 'u_ex20260304-3.log');
  await waitUntil(() => seen.length === 8);
  over.abort();
  await following;
  const commands = ['EHLO', 'MAIL', 'RCPT', 'QUIT'];
  assert.deepEqual(
    seen,
    ['S3', 'S1'].flatMap(session => commands.map(command => `${session} ${command}`)),
  );
});

test('the program that reads beside the relay finds sessions that began before midnight, and shows them whole', async t => {
  const folder = await temporaryFolder(t);
  const midnight = Date.parse('2026-03-05T00:00:00Z');
  const lines = conversation('S1', 'boss@example.com').map((line, at) => ({
    ...line,
    time: midnight + (at - 2) * 1000,
  }));
  await writeLog(folder, lines.slice(0, 2));
  await writeLog(folder, lines.slice(2), 'u_ex20260305.log');
  const ask = async (kind: 'lines' | 'sessions') => {
    const program = spawn(process.execPath, [fileURLToPath(new URL('../../src/read-log.ts', import.meta.url))]);
    let heard = '';
    program.stdout.on('data', chunk => (heard += chunk));
    const query = { sender: 'boss@', start: new Date(midnight).toISOString() };
    program.stdin.write(`${JSON.stringify({ kind, folder, query })}\n`);
    await once(program, 'close');
    return heard.split('\n').flatMap(line => (line === '' ? [] : (JSON.parse(line).value ?? [])));
  };
  assert.deepEqual(
    (await ask('lines')).map(({ command }) => command),
    ['RCPT', 'QUIT'],
  );
  assert.deepEqual(
    (await ask('sessions')).map(session => session.lines),
    [4],
  );
});

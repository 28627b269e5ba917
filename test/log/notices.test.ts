/** What the log of the system is told: once when it begins, once when it ends, under the ids of IIS where it had them. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogue, type Notice, Notices } from '../../src/log/notices.ts';
import { openEventLog, openSystemLog } from '../../src/platform/system-log.ts';
import { removeFolder, smartHost, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';

test('states are told once when they begin and once when they end, whatever their text and id are meanwhile', () => {
  const told: Notice[] = [];
  const notices = new Notices(notice => void told.push(notice));
  const hop = { id: 4006, about: 'Queue x.test', text: '1 message(s) wait for x.test: 451 4.4.1 no answer' };
  const port = { id: 115, about: 'Default', text: 'Cannot listen on 0.0.0.0 port 25.' };
  notices.look([hop, port]);
  notices.look([{ ...hop, id: 4000, text: '2 message(s) wait for x.test: 451 4.4.3 DNS look-up failed' }, port]);
  notices.look([port, port]);
  notices.look([]);
  assert.deepEqual(
    told.map(({ id, level }) => [id, level]),
    [
      [4006, 'warn'],
      [115, 'error'],
      [4007, 'info'],
      [116, 'info'],
    ],
  );
  assert.match(told[2]!.text, /^It is over: .*no answer/);
});

test('ids are unique, those of IIS are there, and docs/monitoring.md has them all', () => {
  const ids = catalogue.flatMap(({ id, ends }) => (ends === null ? [id] : [id, ends]));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of [115, 429, 4000, 4006]) assert.ok(ids.includes(id));
  const docs = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
  for (const { id, what, ends, level } of catalogue)
    assert.ok(docs.includes(`| ${id} | ${level} | ${what} | ${ends ?? ''} |`), `${id} in docs`);
});

test('a relay tells of its start, a next hop that is gone, a taken port, and their ends', async t => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const relay = await TestRelay.start({ connectors: [smartHost(1)] });
  let stopped = false;
  t.after(() => (stopped ? undefined : relay.stop()));
  const told: Notice[] = [];
  relay.relay.onNotice = notice => void told.push(notice);
  const client = await relay.client();
  await client.mail('Subject: x\r\n\r\nx\r\n');
  await until('4006 is told', () => told.some(({ id }) => id === 4006));
  await relay.control.call('listener.create', { name: 'Second', bindings: [{ address: '127.0.0.1', port }] });
  await until('115 is told', () => told.some(({ id, text }) => id === 115 && text.includes(String(port))), 30_000);
  await relay.control.call('listener.remove', { name: 'Second' });
  await until('116 is told', () => told.some(({ id }) => id === 116), 30_000);
  stopped = true;
  await relay.stop();
  assert.equal(told.at(-1)!.id, 2);
});

test('the log of the system gets one line for each, with id and priority', async t => {
  if (process.platform === 'win32' || spawnSync('perl', ['-v']).error || spawnSync('logger', ['--version']).error)
    return t.skip('needs logger and perl');
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const socket = join(folder, 'log');
  const listener = spawn('perl', [
    '-MIO::Socket::UNIX',
    '-e',
    '$|=1; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; while (defined $s->recv(my $m, 65536)) { print "$m\\n" }',
    socket,
  ]);
  t.after(() => void listener.kill());
  let heard = '';
  listener.stdout.on('data', chunk => (heard += chunk));
  await until('it listens', () => existsSync(socket));
  const write = openSystemLog(socket);
  write({ id: 115, level: 'error', text: 'two\nlines' });
  await until('it came', () => heard.includes('two lines'));
  // daemon is 3, err is 3: RFC 5424 6.2.1.
  assert.match(heard, /^<27>.*smtp-relay.*: \[115\] two lines/);
  openSystemLog(join(folder, 'nothing'))({ id: 1, level: 'info', text: 'to nobody' });
});

test('on Windows the program of the service gets the id and level as words, and the text whole', async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const script = join(folder, 'writer.mjs');
  const out = join(folder, 'out');
  // Stands for SmtpRelay.exe: says what it was given.
  await writeFile(
    script,
    `import { readFileSync, renameSync, writeFileSync } from 'node:fs';
     const text = readFileSync(0, 'utf8');
     writeFileSync(${JSON.stringify(`${out}.tmp`)}, JSON.stringify([...process.argv.slice(2), text]));
     renameSync(${JSON.stringify(`${out}.tmp`)}, ${JSON.stringify(out)});`,
  );
  openEventLog([process.execPath, script])({ id: 115, level: 'error', text: 'Zwei\nZeilen: ü & "x"' });
  await until('it was written', () => existsSync(out), 30_000);
  assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), ['--event', 'error', '115', 'Zwei\nZeilen: ü & "x"']);
  openEventLog([join(folder, 'nothing')])({ id: 1, level: 'info', text: 'to nobody' });
});

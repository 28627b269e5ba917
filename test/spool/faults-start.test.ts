import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FaultyRelay, LARGE } from '../support/faulty-relay.ts';
import type { FileFault } from '../support/file-faults.ts';
import { temporaryFolder } from '../support/relay-harness.ts';
import { LATER } from '../support/relay-sink.ts';
import { SmtpClient } from '../support/relay-smtp.ts';
import { until } from '../support/relay-waiting.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const canTrace = isRoot && spawnSync('strace', ['-e', 'inject=none:error=EIO', 'true']).error === undefined;

const STARTS: readonly { readonly name: string; readonly fault: FileFault }[] = [
  { name: 'the log can not be read', fault: { call: 'readFile', path: '\\.seg$', code: 'EIO' } },
  { name: 'its message can not be moved', fault: { call: 'datasync', path: 'Queue/', code: 'EIO', loses: true } },
  { name: 'the queue is full', fault: { call: 'writeFile', path: 'Queue/', code: 'ENOSPC', bytes: 10 } },
  { name: 'the log can not be removed', fault: { call: 'rm', path: '\\.seg$', code: 'EIO' } },
  { name: 'suspended.json can not be read', fault: { call: 'readFile', path: 'suspended.json', code: 'EIO' } },
  { name: 'settings.json can not be read', fault: { call: 'readFile', path: 'settings.json', code: 'EIO' } },
  { name: 'the state file can not be written', fault: { call: 'rename', path: 'relay.state.json', code: 'ENOSPC' } },
];

test('a start on a disk that fails ends with a clear sentence, and the next one finds everything', {
  timeout: 120_000,
}, async t => {
  const relay = await FaultyRelay.start(t);
  relay.sink.refuse = () => LATER;
  await relay.control.call('relay.suspend', { outbound: true });
  await relay.sendMany(5);
  for (const { name, fault } of STARTS) {
    await relay.program.kill();
    relay.spawn([fault]);
    const { code } = await relay.program.ended;
    assert.equal(code, 1, name);
    assert.match(relay.program.stderr, /SmtpRelay: [^\n]+ (?:E[A-Z]+|can't be used)[^\n]+\.\n$/, name);
    assert.doesNotMatch(relay.program.stderr, /\n\s+at /, name);
  }
  await relay.open();
  relay.sink.refuse = () => null;
  await relay.control.call('relay.resume');
  await relay.delivers();
  await relay.isTidy();
  assert.deepEqual(await relay.files('BadMail'), []);
  assert.ok([...relay.arrived().values()].every(count => count === 1));
});

test('a file of the queue that can not be read at a start stays there and is sent after the next', async t => {
  const relay = await FaultyRelay.start(t);
  await relay.program.kill();
  const text = 'x-sender: a@example.com\r\nx-receiver: b@example.net\r\n\r\nSubject: found\r\n\r\nHello\r\n'.replace(
    '\r\n\r\n',
    '\r\n',
  );
  await writeFile(join(relay.folder, 'Queue', 'left.eml'), text);
  await relay.open([{ call: 'open', path: 'left.eml$', code: 'EIO' }]);
  assert.deepEqual(await relay.files('Queue'), ['left.eml']);
  assert.deepEqual(await relay.files('BadMail'), []);
  assert.equal((await relay.send()).code, 250);
  await relay.crash([{ call: 'read', path: 'left.eml$', bytes: 10 }]);
  await until('it is sent', () => relay.sink.messages.some(message => message.recipients.includes('b@example.net')));
  await relay.delivers();
  await relay.isTidy();
});

/** The system calls of SQLite on queue.db and its log fail until the answer is called. */
async function failDatabase(relay: FaultyRelay, call: string, code: string): Promise<() => Promise<void>> {
  const path = join(relay.folder, 'queue.db');
  const trace = spawn('strace', [
    ...['-f', '-q', '-p', String(relay.program.child.pid), '-P', path, '-P', `${path}-wal`],
    ...['-e', `trace=${call}`, '-e', `inject=${call}:error=${code}`, '-o', '/dev/null'],
  ]);
  const ended = new Promise(resolve => trace.once('exit', resolve));
  await until('strace watches every thread', () => {
    const status = readFileSync(`/proc/${relay.program.child.pid}/status`, 'utf8');
    return !/^TracerPid:\s+0$/m.test(status);
  });
  await new Promise(resolve => setTimeout(resolve, 300));
  return async () => {
    trace.kill('SIGINT');
    await ended;
  };
}

test('queue.db on a disk that fails refuses mail, and takes it when the disk works', {
  skip: canTrace ? false : 'needs root and strace',
  timeout: 120_000,
}, async t => {
  const relay = await FaultyRelay.start(t);
  await relay.sendMany(2, LARGE);
  for (const [call, code, reply] of [
    ['fdatasync,fsync', 'EIO', /^451 4\.3\.0 /],
    ['pwrite64', 'ENOSPC', /^452 4\.3\.1 /],
    ['pwrite64', 'EIO', /^451 4\.3\.0 /],
  ] as const) {
    const lift = await failDatabase(relay, call, code);
    const during = await relay.sendMany(2, LARGE);
    const health = await relay.health();
    await lift();
    for (const sent of during) assert.match(sent.reply, reply, call);
    assert.equal(health.health, 'Red', health.warnings.join());
    await relay.isHealth('Green');
    for (const sent of await relay.sendMany(2, LARGE)) assert.equal(sent.code, 250);
  }
  relay.isAlive();
  await relay.delivers();
  await relay.crash();
  await relay.delivers();
  await relay.isTidy();
});

/** A disk of so many megabytes for a data folder. */
async function smallDisk(t: TestContext, megabytes: number): Promise<string> {
  const disk = await temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  return disk;
}

/** Resolves when somebody greets; the start of a relay may take a while on a busy machine. */
async function serves(port: number): Promise<null> {
  const greets = async () => {
    const client = await SmtpClient.ready(port).catch(() => null);
    await client?.quit();
    return client !== null;
  };
  await until('it greets', greets, 30_000).catch(() => {});
  return null;
}

const mounts = isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

test('a real full disk: 452, nothing lost, and everything goes on when there is room', {
  skip: mounts ? false : 'needs the right to mount a small disk',
  timeout: 120_000,
}, async t => {
  const disk = await smallDisk(t, 24);
  const folder = join(disk, 'data');
  await mkdir(folder);
  const relay = await FaultyRelay.start(t, {}, folder);
  relay.sink.refuse = () => LATER;
  await relay.sendMany(4);
  await until('they are in the queue', async () => (await relay.files('Queue')).length === 4);
  const ballast = join(disk, 'ballast');
  const fill = () => spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'], { stdio: 'ignore' });
  fill();
  const during = [...(await relay.sendMany(30, 20_000)), ...(await relay.sendMany(3, LARGE))];
  assert.ok(during.some(({ code }) => code === 452));
  for (const { reply } of during) assert.match(reply, /^(?:250 2\.6\.0|452 4\.3\.1) /);
  await relay.isHealth('Red');
  relay.isAlive();
  // It can be stopped, and says clearly why it does not start or starts and refuses mail.
  relay.program.child.kill('SIGTERM');
  assert.equal((await relay.program.ended).code, 0, relay.program.stderr);
  fill();
  relay.spawn();
  const early = await Promise.race([relay.program.ended, serves(relay.port)]);
  if (early) {
    assert.equal(early.code, 1);
    assert.match(relay.program.stderr, /SmtpRelay: [^\n]*(?:full|ENOSPC|space)[^\n]* Free space[^\n]*\n$/);
  } else {
    assert.equal((await relay.send()).code, 452);
    await relay.program.kill();
  }
  await rm(ballast);
  await relay.open();
  relay.sink.refuse = () => null;
  for (const { code } of [...(await relay.sendMany(3)), ...(await relay.sendMany(2, LARGE))]) assert.equal(code, 250);
  await relay.isHealth('Green').catch(() => {});
  await relay.delivers();
  await relay.isTidy();
});

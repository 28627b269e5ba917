/** The program as people start it: what it prints, what it leaves behind and how it ends. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { freePort, removeFolder, temporaryFolder, textOf, until, writeSettings } from '../support/relay-harness.ts';
import { assertClear, controlOf, listenOn, RelayProgram, stateOf } from '../support/relay-process.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

let root: string;
let folder: string;
let port: number;
let controlPort: number;
let started: RelayProgram[];

beforeEach(async () => {
  root = await temporaryFolder();
  folder = join(root, 'data');
  [port, controlPort] = [await freePort(), await freePort()];
  started = [];
});
afterEach(async () => {
  for (const program of started) await program.kill();
  await removeFolder(root);
});

const options = (...more: string[]) => [
  '--data',
  folder,
  '--port',
  `${port}`,
  '--control-port',
  `${controlPort}`,
  '--smart-host',
  '127.0.0.1:1',
  ...more,
];

function start(args: readonly string[] = options(), environment: NodeJS.ProcessEnv = {}): RelayProgram {
  const program = RelayProgram.spawn(args, environment);
  started.push(program);
  return program;
}

describe('a relay in the foreground', () => {
  it('says where it listens, for whom and whereto, and what to try next, and ends with 0 on relay.stop', async () => {
    const program = start(options('--relay-network', '192.0.2.0/24'));
    await program.serves(folder);
    await until('it has said so', () => program.stdout.includes('Try next'));
    for (const part of [
      `0.0.0.0:${port}`,
      `127.0.0.1:${controlPort}`,
      '127.0.0.0/8, ::1, 192.0.2.0/24',
      '127.0.0.1:1 (SmartHost)',
      folder,
    ])
      assert.ok(program.stdout.includes(part), `${part} is missing in: ${program.stdout}`);
    await (await controlOf(folder)).call('relay.stop', { timeout: 1 });
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.equal(stateOf(folder), null);
  });

  it('ends with 0 on Ctrl+C, also with an idle session, and removes its state file', {
    skip: process.platform === 'win32',
  }, async () => {
    const program = start();
    const { processId } = await program.serves(folder);
    assert.equal(processId, program.child.pid);
    const client = await SmtpClient.ready(port);
    const begin = performance.now();
    program.child.kill('SIGINT');
    await client.expect(421);
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.ok(performance.now() - begin < 3000, `${Math.round(performance.now() - begin)} ms`);
    assert.equal(stateOf(folder), null);
    assert.match(program.stderr, /Stopping\. Press Ctrl\+C again/);
    assert.match(await textOf(join(folder, 'logs')), /SmtpRelay has stopped/);
  });

  it('starts again in less than two seconds, with the mail that waited, also after a kill', async () => {
    const first = start();
    await first.serves(folder);
    const client = await SmtpClient.ready(port);
    const id = await client.mail('Subject: keep\r\n\r\nx\r\n');
    await client.vanish();
    let last = first;
    const times: number[] = [];
    // The computer may be busy with something else: the best of three counts, and what it takes to do nothing.
    const idle = performance.now();
    await RelayProgram.run(['--version'], { NODE_COMPILE_CACHE: undefined });
    const limit = Math.max(2000, 3 * (performance.now() - idle));
    for (let i = 0; i < 3 && !times.some(time => time < limit); i++) {
      await last.kill();
      assert.notEqual(stateOf(folder), null);
      await rm(join(folder, 'relay.state.json'));
      const begin = performance.now();
      last = start(['--data', folder], { NODE_COMPILE_CACHE: undefined });
      await last.serves(folder);
      times.push(performance.now() - begin);
    }
    assert.ok(Math.min(...times) < limit, `${times.map(Math.round).join(', ')} ms`);
    const [message] = await (await controlOf(folder)).call('message.list');
    assert.equal(message!.internalMessageId, id);
  });

  it('keeps everything it writes to this account alone', { skip: process.platform === 'win32' }, async () => {
    await start().serves(folder);
    const client = await SmtpClient.ready(port);
    await client.mail('Subject: private\r\n\r\nx\r\n');
    await client.begin(['a@b.example']);
    await client.sendAll(`Subject: large\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(6000)}`);
    await until('a large message is being written', async () =>
      (await readdir(join(folder, 'Queue'))).some(name => name.endsWith('.tmp')),
    );
    await (await controlOf(folder)).call('settings.set', { maxHopCount: 9 });
    await (await controlOf(folder)).call('log.read');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries.map(entry => entry.name);
    for (const name of ['settings.json', 'control.token', 'queue.db', 'relay.lock', 'relay.state.json', '000001.json'])
      assert.ok(names.includes(name), `${name} is missing`);
    for (const entry of entries) {
      const mode = (await stat(join(entry.parentPath, entry.name))).mode & 0o777;
      assert.equal(mode.toString(8), entry.isDirectory() ? '700' : '600', entry.name);
    }
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await client.vanish();
  });

  it('warns at every start when it is an open relay', async () => {
    await writeSettings(folder, { restriction: { mode: 'AllExceptListed', entries: [] } });
    for (let i = 1; i <= 2; i++) {
      const program = start(['--data', folder]);
      await program.serves(folder);
      await until('it warns', () => program.stdout.includes('This is an open relay'));
      await until('it says for whom', () => /relays\s+for EVERYBODY but nobody/.test(program.stdout));
      assert.equal((await (await controlOf(folder)).call('relay.get')).health, 'Red');
      program.child.kill('SIGTERM');
      assert.deepEqual(await program.ended, { code: 0, signal: null });
    }
  });
});

describe('a relay that cannot start', () => {
  it('because another one has the data folder says so in one line and ends with 1; the other goes on', async () => {
    const program = start();
    const state = await program.serves(folder);
    const second = await RelayProgram.run(['--data', folder]);
    assert.equal(second.code, 1);
    assertClear(second.stderr, `Another relay works with the data folder ${folder} already.`, '--data');
    const background = await RelayProgram.run(['--data', folder, '--background']);
    assert.equal(background.code, 1);
    assertClear(background.stderr, `Another relay works with the data folder ${folder} already.`);
    assert.deepEqual(stateOf(folder), state);
    await (await controlOf(folder)).call('relay.get');
  });

  it('because a port is taken names address and port', async () => {
    const server = await listenOn(port);
    try {
      const smtp = await RelayProgram.run(options());
      assert.equal(smtp.code, 1);
      assertClear(smtp.stderr, `Cannot listen on 127.0.0.1 port ${port}: another program listens there already.`);
    } finally {
      server.close();
    }
    assert.equal(stateOf(folder), null);
    await start().serves(folder);
  });

  it('because its data folder is a file says which one and ends with 1', async () => {
    await writeFile(folder, 'in the way');
    const { code, stderr } = await RelayProgram.run(options());
    assert.equal(code, 1);
    assertClear(stderr, `The data folder ${folder} can't be used: `, '--data');
  });

  it('because of its settings names the file and what is wrong in it, and leaves it alone', async () => {
    await mkdir(folder);
    const text = '{"version":1,"general":{"maxHopCount":1}}';
    await writeFile(join(folder, 'settings.json'), text);
    const { code, stderr } = await RelayProgram.run(options());
    assert.equal(code, 1);
    assertClear(stderr, join(folder, 'settings.json'), 'general.maxHopCount must be between 3 and 100', 'history');
    assert.equal(await readFile(join(folder, 'settings.json'), 'utf8'), text);
  });

  for (const args of [
    ['--prot', '25'],
    ['--init', '--background'],
  ])
    it(`because of the options ${args.join(' ')} ends with 2 and makes nothing`, async () => {
      const { code, stderr, stdout } = await RelayProgram.run(['--data', folder, ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assertClear(stderr, '--help');
      await assert.rejects(stat(folder), { code: 'ENOENT' });
    });
});

describe('other things to do', () => {
  it('--help and --version print and end with 0', async () => {
    const help = await RelayProgram.run(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: smtp-relay/);
    const version = await RelayProgram.run(['--version']);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\S*\n$/);
  });

  it('--init makes a data folder once and never overwrites it', async () => {
    const first = await RelayProgram.run(options('--init'));
    assert.deepEqual([first.code, first.stdout, first.stderr], [0, 'created\n', '']);
    const files = ['settings.json', 'control.token'];
    const before = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')));
    assert.equal(JSON.parse(before[0]!).listeners[0].bindings[0].port, port);
    const second = await RelayProgram.run(['--data', folder, '--init', '--port', '9999']);
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, 'exists\n', '']);
    assert.deepEqual(await Promise.all(files.map(name => readFile(join(folder, name), 'utf8'))), before);
  });

  it('SMTP_RELAY_DATA names the data folder', async () => {
    const { stdout } = await RelayProgram.run(['--init'], { SMTP_RELAY_DATA: folder });
    assert.equal(stdout, 'created\n');
    await stat(join(folder, 'settings.json'));
  });
});

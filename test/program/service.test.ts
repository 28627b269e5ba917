/** The relay below a service host: the agreement of src/platform/service-host.ts, and starts that go wrong. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../../src/platform/node-options.ts';
import { READY } from '../../src/platform/service-host.ts';
import { freePort, removeFolder, temporaryFolder, textOf, until } from '../support/relay-harness.ts';
import { controlOf, listenOn, RelayProgram, stateOf } from '../support/relay-process.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

let root: string;
let folder: string;
let port: number;
let options: string[];
let started: ChildProcess[];

beforeEach(async () => {
  started = [];
  root = await temporaryFolder();
  folder = join(root, 'data');
  port = await freePort();
  const controlPort = await freePort();
  options = ['--data', folder, '--port', `${port}`, '--control-port', `${controlPort}`, '--smart-host', '127.0.0.1:1'];
});
afterEach(async () => {
  for (const child of started) child.kill('SIGKILL');
  await removeFolder(root);
});

/** As the host does it: with a pipe as standard input. */
function serve(...more: string[]) {
  const child = spawn(process.execPath, [...nodeFlags, PROGRAM, ...options, ...more], { stdio: 'pipe' });
  started.push(child);
  const said = { out: '', error: '' };
  child.stdout.on('data', chunk => (said.out += chunk));
  child.stderr.on('data', chunk => (said.error += chunk));
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  return { child, said, ended };
}

describe('a relay below a service host', () => {
  it('says in one line that it serves, and ends with 0 when its input ends, with the message in flight', async () => {
    const { child, said, ended } = serve('--service');
    await until('it serves', () => said.out.includes(READY), 60_000);
    const client = await SmtpClient.ready(port);
    await client.begin(['someone@b.example']);
    child.stdin.end();
    await client.sendAll('Subject: in flight\r\n\r\nx\r\n.\r\n');
    await client.expect(250);
    assert.equal(await ended, 0, said.error);
    assert.equal(stateOf(folder), null);
    const again = serve('--service');
    await until('it serves again', () => again.said.out.includes(READY), 60_000);
    const messages = await (await controlOf(folder)).call('message.list');
    assert.equal(messages.length, 1);
    assert.deepEqual(
      (await (await controlOf(folder)).call('relay.get')).warnings.filter(text => /unexpectedly/.test(text)),
      [],
    );
    again.child.stdin.destroy();
    assert.equal(await again.ended, 0);
  });

  it('serves although a port is taken, says so, and listens when it is free', async () => {
    const other = await listenOn(port);
    const { child, said, ended } = serve('--service');
    await until('it serves', () => said.out.includes(READY), 60_000);
    const control = await controlOf(folder);
    const before = await control.call('relay.get');
    assert.equal(before.health, 'Red');
    assert.match(before.warnings.join(' '), new RegExp(`port ${port}: .*another program listens there`));
    other.close();
    await until('it listens', async () => (await control.call('relay.get')).health !== 'Red', 60_000);
    await (await SmtpClient.ready(port)).vanish();
    const log = await textOf(join(folder, 'logs', 'activity'));
    assert.equal(log.match(/another program listens there already/g)?.length, 1, 'told once, not at each try');
    assert.match(log, new RegExp(`now listens on 127\\.0\\.0\\.1 port ${port}`));
    child.stdin.end();
    assert.equal(await ended, 0);
  });

  it('does the same without a host with --patient', async () => {
    const other = await listenOn(port);
    const program = RelayProgram.spawn([...options, '--patient']);
    started.push(program.child);
    await until('it serves', () => stateOf(folder)?.processId === program.child.pid, 60_000);
    other.close();
    await until('it listens', async () => (await (await controlOf(folder)).call('relay.get')).health !== 'Red', 60_000);
    await program.kill();
  });
});

describe('a relay that ends again and again', () => {
  it('says how often, until it has come to a clean end', async () => {
    for (let i = 0; i < 2; i++) {
      const program = RelayProgram.spawn(options);
      started.push(program.child);
      // The file of the one before is still there.
      await until('it serves', () => stateOf(folder)?.processId === program.child.pid, 60_000);
      await program.kill();
    }
    const failing = await listenOn(port);
    assert.equal((await RelayProgram.run(options)).code, 1);
    failing.close();
    const program = RelayProgram.spawn(options);
    started.push(program.child);
    await until('it serves', async () => stateOf(folder)?.processId === program.child.pid, 60_000);
    const { health, warnings } = await (await controlOf(folder)).call('relay.get');
    assert.equal(health, 'Yellow');
    assert.match(
      warnings.join(' '),
      /ended unexpectedly 3 times within the last hour; the start before this was at 20/,
    );
    await program.kill();
  });
});

/** The relay under its own supervisor, as it runs where no service manager does. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { initialize } from '../../src/wiring/data-folder.ts';
import { freePort, NO_WISHES, removeFolder, temporaryFolder, until } from '../support/relay-harness.ts';
import { assertClear, controlOf, isAlive, listenOn, RelayProgram, stateOf } from '../support/relay-process.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

let root: string;
let folder: string;
let port: number;
let controlPort: number;

beforeEach(async () => {
  root = await temporaryFolder();
  folder = join(root, 'data');
  [port, controlPort] = [await freePort(), await freePort()];
});

const options = () => [
  ...['--data', folder, '--port', `${port}`, '--control-port', `${controlPort}`],
  ...['--smart-host', '127.0.0.1:1', '--background'],
];

describe('a relay in the background', { skip: process.platform === 'win32' }, () => {
  afterEach(async () => {
    // Whatever a failed test left: the supervisor that this test started, and its relay.
    const state = stateOf(folder);
    const supervisor = Number(await readFile(join(folder, 'relay.pid'), 'utf8').catch(() => '0'));
    for (const id of [supervisor, state?.processId ?? 0]) if (id > 1 && isAlive(id)) process.kill(id, 'SIGKILL');
    await removeFolder(root);
  });

  const supervisorOf = async () => Number(await readFile(join(folder, 'relay.pid'), 'utf8'));

  it('serves when the command returns, with its options in a configuration that exists, and ends with relay.stop', async () => {
    await initialize(folder, NO_WISHES);
    const { code, stdout, stderr } = await RelayProgram.run(options());
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
    const state = stateOf(folder)!;
    const supervisor = await supervisorOf();
    assert.equal(state.supervisorId, supervisor);
    assert.notEqual(state.processId, supervisor);
    await (await SmtpClient.ready(port)).quit();

    const again = await RelayProgram.run(options());
    assert.equal(again.code, 1);
    assertClear(again.stderr, 'Another relay works with the data folder');
    assert.equal(await supervisorOf(), supervisor, 'the second start touched the file of the first');

    await (await controlOf(folder)).call('relay.stop', { timeout: 1 });
    await until('both are over', () => !isAlive(state.processId) && !isAlive(supervisor));
    assert.equal(stateOf(folder), null);
    await assert.rejects(stat(join(folder, 'relay.pid')), { code: 'ENOENT' });
  });

  it('is started again by its supervisor when it is killed, later each time, and ends with the supervisor at once', async () => {
    await RelayProgram.run(options());
    const supervisor = await supervisorOf();
    const first = stateOf(folder)!;
    process.kill(first.processId, 'SIGKILL');
    const second = await until('another one serves', () => {
      const state = stateOf(folder);
      return state && state.processId !== first.processId ? state : null;
    });
    assert.equal(second.supervisorId, supervisor);
    await (await SmtpClient.ready(port)).quit();
    const printed = () => readFile(join(folder, 'logs', 'console.log'), 'utf8');
    assert.match(await printed(), /the relay ended with a signal after \d+ s; starting it again in 2 s/);

    process.kill(second.processId, 'SIGKILL');
    await until('it waits', async () => (await printed()).includes('starting it again in 4 s'));
    const begin = performance.now();
    process.kill(supervisor, 'SIGTERM');
    await until('the supervisor is over', () => !isAlive(supervisor));
    assert.ok(performance.now() - begin < 1000);
    await assert.rejects(stat(join(folder, 'relay.pid')), { code: 'ENOENT' });
  });

  it('that cannot start is told by the command, not by a file somewhere', async () => {
    const server = await listenOn(port);
    try {
      const { code, stderr } = await RelayProgram.run(options());
      assert.equal(code, 1);
      assertClear(stderr, `Cannot listen on 127.0.0.1 port ${port}`);
    } finally {
      server.close();
    }
    await assert.rejects(stat(join(folder, 'relay.pid')), { code: 'ENOENT' });
  });
});

/** What keeps a relay from starting, in this process: what was opened is closed again. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RelayProblem } from '../../src/contract/problems.ts';
import { Relay } from '../../src/relay.ts';
import { configure, initialize } from '../../src/wiring/data-folder.ts';
import {
  ControlClient,
  freePort,
  NO_WISHES,
  removeFolder,
  temporaryFolder,
  writeSettings,
} from '../support/relay-harness.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await temporaryFolder();
  folder = join(root, 'data');
});
afterEach(() => removeFolder(root));

const start = () => Relay.start({ dataFolder: folder, wishes: NO_WISHES, console: false });

async function problemOf(run: () => Promise<unknown>): Promise<RelayProblem> {
  const error = await run().then(
    () => assert.fail('it should have failed'),
    error => error,
  );
  assert.ok(error instanceof RelayProblem, String(error));
  return error;
}

describe('a relay does not start', () => {
  for (const [title, prepare] of [
    [
      'lies below a file',
      async () => {
        await writeFile(join(root, 'file'), 'in the way');
        folder = join(root, 'file', 'below');
      },
    ],
    ['has a file where Queue should be', () => file('Queue')],
    ['has a file where BadMail should be', () => file('BadMail')],
    ['has a file where the history should be', () => file('history')],
    ['has a folder where the lock should be', () => mkdir(join(folder, 'relay.lock'), { recursive: true })],
    ['has a folder where the token should be', () => mkdir(join(folder, 'control.token', 'x'), { recursive: true })],
  ] as const)
    it(`when the data folder ${title}, and says which one it is`, async () => {
      const { port } = await writeSettings(folder);
      await prepare();
      const problem = await problemOf(start);
      assert.equal(problem.id, 'DataFolderUnusable');
      assert.ok(problem.message.startsWith(`The data folder ${folder} can't be used: `), problem.message);
      assert.match(problem.message, /[^.]\.$/);
      assert.match(problem.action, /--data/);
      await listenAndClose(port);
    });

  it('twice on one data folder, and the first goes on', async () => {
    await writeSettings(folder);
    const relay = await start();
    try {
      assert.equal((await problemOf(start)).id, 'DataFolderInUse');
      assert.equal((await problemOf(() => configure(folder, NO_WISHES))).id, 'DataFolderInUse');
      assert.equal(await initialize(folder, NO_WISHES), 'exists');
      assert.ok((await readdir(folder)).includes('relay.state.json'));
    } finally {
      await relay.stop(0);
    }
    await (await start()).stop(0);
  });

  it('on a taken port; all that was opened before is closed, so that it starts when the port is free', async () => {
    const [first, second] = [await freePort(), await freePort()];
    const bindings = [first, second].map(port => ({ address: '127.0.0.1', port }));
    const { controlPort } = await writeSettings(folder, { listeners: [{ name: 'Default', bindings }] });
    for (const port of [second, controlPort]) {
      const server = createServer();
      await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
      const problem = await problemOf(start);
      assert.equal(problem.id, 'AddressInUse');
      assert.ok(problem.message.includes(String(port)), problem.message);
      await listenAndClose(first);
      await new Promise(resolve => server.close(resolve));
    }
    await (await start()).stop(0);
  });

  it('on an address that is not of this computer', async () => {
    const port = await freePort();
    await writeSettings(folder, { listeners: [{ name: 'Default', bindings: [{ address: '203.0.113.77', port }] }] });
    const problem = await problemOf(start);
    assert.equal(problem.id, 'ListenFailed');
    assert.match(problem.message, /^Cannot listen on 203\.0\.113\.77 port \d+: .*\.$/);
  });
});

describe('a relay starts', () => {
  it('without any listener that is enabled, and says so in its state', async () => {
    const { controlPort } = await writeSettings(folder, { listener: { enabled: false } });
    const relay = await start();
    const { endpoints, health } = await (await ControlClient.of(folder, controlPort)).call('relay.get');
    assert.deepEqual([endpoints.map(({ state }) => state), health], [['Disabled'], 'Green']);
    await relay.stop(0);
    await relay.stopped;
    await relay.stop(0);
  });

  it('with wishes that were recorded by a preparation before', async () => {
    const port = await freePort();
    const controlPort = await freePort();
    assert.equal(await initialize(folder, NO_WISHES), 'created');
    await configure(folder, { ...NO_WISHES, port, controlPort, relayNetworks: ['192.0.2.0/24'] });
    const relay = await start();
    const { listeners, general, restriction } = relay.settings;
    await relay.stop(0);
    assert.deepEqual(listeners[0]!.bindings, [{ address: '0.0.0.0', port }]);
    assert.equal(general.controlPort, controlPort);
    assert.equal(restriction.entries.at(-1)!.entry, '192.0.2.0/24');
  });
});

async function file(name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), 'in the way');
}

/** Nobody holds this port any more. */
async function listenAndClose(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise(resolve => server.close(resolve));
}

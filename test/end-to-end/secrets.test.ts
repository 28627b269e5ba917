/** That the look through the files of every test relay (support/secrets.ts) would find what it looks for. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEAD_PORT, smartHost, TestRelay } from '../support/relay-harness.ts';

test('what a test has told the control port is looked for in every file when its relay stops', async t => {
  const next = smartHost(DEAD_PORT, { tlsMode: 'Required', authenticationMethod: 'PLAIN' });
  const relay = await TestRelay.start({ connectors: [next] });
  t.after(() => relay.stop().catch(() => {}));
  await relay.control.call('account.create', { name: 'printer', password: 'Vy9 rare words' });
  await relay.control.call('credential.set', { name: 'Next', userName: 'relay', password: 'Vy9-next-hop' });
  const { secrets } = relay.control;
  assert.ok((await secrets.lookThrough(relay.folder)) >= 5);
  await mkdir(join(relay.folder, 'deeper'));
  const leak = join(relay.folder, 'deeper', 'leak.log');
  const leaks = [
    relay.control.token,
    'user=printer&password=Vy9%20rare%20words',
    'AUTH LOGIN Vy9+rare+words',
    `334 ${Buffer.from('Vy9-next-hop').toString('base64')}`,
    `AUTH+PLAIN+${Buffer.from('\0printer\0Vy9 rare words').toString('base64')}`,
    `AUTH PLAIN ${Buffer.from('relay\0relay\0Vy9-next-hop').toString('base64')}`,
  ];
  for (const text of leaks) {
    await writeFile(leak, `before ${text} behind`);
    await assert.rejects(secrets.lookThrough(relay.folder), /leak\.log has a secret in it/, text);
  }
  await assert.rejects(relay.stop(), /leak\.log has a secret in it/);
});

/** Secrets of connectors: kept apart from the settings, private, forgotten with their connector, never told. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemKeyStore } from '../../src/platform/system-key-store.ts';
import { Credentials, readServiceAccount } from '../../src/settings/credentials.ts';
import { TestRelay, textOf } from '../support/relay-harness.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-credentials-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';

test('a secret survives a restart, and only this account reads it', async t => {
  const folder = await folderOf(t);
  const first = new Credentials(folder, systemKeyStore(tmpdir()));
  await first.open();
  assert.equal(await first.of('M365'), null);
  await first.keep('M365', { kind: 'ClientSecret', clientSecret: 's3cret' }, 1000);
  const second = new Credentials(folder, systemKeyStore(tmpdir()));
  await second.open();
  assert.deepEqual(await second.of('m365'), { kind: 'ClientSecret', clientSecret: 's3cret' });
  assert.deepEqual(await second.factsOf('m365'), { kind: 'ClientSecret', changed: 1000, error: null });
  if (process.platform !== 'win32')
    for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  await second.remove('M365');
  assert.equal(await second.of('M365'), null);
  assert.deepEqual(await readdir(folder), []);
});

test('a system that encrypts gets the secret, and the disk never does', async t => {
  const folder = await folderOf(t);
  const turned = async (bytes: Buffer) => Buffer.from(bytes.map(byte => byte ^ 0x5a));
  const keys = { ...systemKeyStore(tmpdir()), protect: turned, unprotect: turned };
  const credentials = new Credentials(folder, keys);
  await credentials.open();
  await credentials.keep('Next', { kind: 'Password', password: 'in the clear' }, 1);
  assert.doesNotMatch(await textOf(folder), /in the clear/);
  const again = new Credentials(folder, keys);
  assert.deepEqual(await again.of('Next'), { kind: 'Password', password: 'in the clear' });
});

test('a damaged file is told of without what is in it', async t => {
  const folder = await folderOf(t);
  const credentials = new Credentials(folder, systemKeyStore(tmpdir()));
  await credentials.open();
  await writeFile(join(folder, 'next.credential'), '{"secret": "half a pass');
  await assert.rejects(credentials.of('Next'), (error: Error) => {
    assert.match(error.message, /connector Next can't be read: it is damaged/);
    assert.doesNotMatch(error.message, /half/);
    return true;
  });
});

test('the key of a service account is taken apart, or refused with the reason', () => {
  const key = { type: 'service_account', client_email: 'a@b.iam', private_key: KEY, private_key_id: 'k1' };
  assert.deepEqual(readServiceAccount(JSON.stringify({ ...key, token_uri: 'https://oauth2.example/token' })), {
    email: 'a@b.iam',
    privateKey: KEY,
    keyId: 'k1',
    tokenEndpoint: 'https://oauth2.example/token',
  });
  for (const [text, message] of [
    ['nonsense', /not JSON/],
    ['{"type":"authorized_user"}', /service account/],
    [JSON.stringify({ ...key, token_uri: 'http://thief.example/' }), /token_uri/],
  ] as const)
    assert.throws(() => readServiceAccount(text), message);
});

test('through the control port a secret only goes in, and goes with its connector', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  const { control } = relay;
  await control.call('connector.create', {
    name: 'Out',
    smartHosts: [{ host: 'mail.example.com', port: 587 }],
    type: 'SmartHost',
    tlsMode: 'Verify',
    addressSpaces: ['out.example'],
  });
  const kept = await control.call('credential.set', { name: 'out', userName: 'me', password: 'pa55-word' });
  assert.deepEqual(
    [kept.name, kept.kind, kept.authenticationMethod, kept.userName],
    ['Out', 'Password', 'Automatic', 'me'],
  );
  assert.match(kept.changed!, /^\d{4}-/);
  const settings = await readFile(join(relay.folder, 'settings.json'), 'utf8');
  const told = JSON.stringify([
    await control.call('connector.list'),
    await control.call('credential.list'),
    await relay.logs(),
    await textOf(join(relay.folder, 'history')),
  ]);
  assert.doesNotMatch(settings + told, /pa55-word/);
  for (const [params, path] of [
    [{ name: 'Out' }, 'password'],
    [{ name: 'Out', password: 'a', clientSecret: 'b' }, 'password'],
    [{ name: 'Out', certificate: 'Nowhere' }, 'tokenCertificate'],
  ] as const)
    assert.deepEqual((await control.fails('credential.set', params)).paths, [path]);
  const refused = await control.fails('credential.set', { name: 'Out', clientSecret: '' });
  assert.doesNotMatch(JSON.stringify(refused.error), /pa55-word/);
  assert.equal((await control.fails('credential.set', { name: 'No', password: 'x' })).id, 'NotFound');
  await control.call('connector.remove', { name: 'Out' });
  assert.deepEqual(await readdir(join(relay.folder, 'credentials')), []);
});

test('a password is not sent where it could be read', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  const base = {
    type: 'SmartHost',
    smartHosts: [{ host: 'mail.example.com', port: 587 }],
    addressSpaces: ['x.example'],
  };
  for (const [connector, path] of [
    [{ ...base, tlsMode: 'None', authenticationMethod: 'PLAIN' }, 'tlsMode'],
    [{ type: 'Direct', authenticationMethod: 'PLAIN', addressSpaces: ['x.example'] }, 'authenticationMethod'],
    [{ ...base, authenticationMethod: 'XOAUTH2' }, 'authenticationUserName'],
    [{ type: 'Graph', authenticationMethod: 'PLAIN', addressSpaces: ['x.example'] }, 'authenticationMethod'],
    [{ ...base, tokenEndpoint: 'http://login.example.com/token' }, 'tokenEndpoint'],
    [{ ...base, tokenEndpoint: 'https://user:pw@login.example.com/token' }, 'tokenEndpoint'],
    [{ ...base, tokenCertificate: 'Nowhere' }, 'tokenCertificate'],
  ] as const) {
    const error = await relay.control.fails('connector.create', { name: 'Bad', ...connector });
    assert.deepEqual(error.paths, [path]);
  }
  await relay.control.call('connector.create', {
    name: 'Lan',
    ...base,
    smartHosts: [{ host: '10.0.0.1', port: 25 }],
    addressSpaces: ['x.example'],
    type: 'SmartHost',
    tlsMode: 'None',
    authenticationMethod: 'PLAIN',
    allowClearTextAuthentication: true,
  });
});

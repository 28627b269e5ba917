/** NTLM and Kerberos with real clients: curl and .NET's SmtpClient, a KDC on loopback and gss-ntlmssp. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BRIDGE_FOLDER, loadWindowsBridge } from '../../src/platform/windows.ts';
import { KERBEROS_PASSWORD, NTLM_PASSWORD, noKerberos, noNtlm, REALM, Realm } from '../support/kerberos.ts';
import { removeFolder, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';

const root = join(import.meta.dirname, '..', '..');
const missing =
  noKerberos ?? noNtlm ?? (existsSync(join(BRIDGE_FOLDER, 'EdgeJs.dll')) ? null : 'the bridge is not built');
const MESSAGE = 'From: alice@example.com\r\nTo: someone@example.com\r\nSubject: negotiated\r\n\r\nx\r\n';

describe('a listener with NTLM and GSSAPI', { skip: missing ?? false }, () => {
  let relay: TestRelay;
  let realm: Realm;
  let folder: string;

  before(async () => {
    folder = await temporaryFolder();
    realm = await Realm.start(folder);
    relay = await TestRelay.start({
      listener: { authenticationMethods: ['GSSAPI', 'NTLM', 'PLAIN', 'LOGIN'] },
      restriction: { entries: [{ entry: '192.0.2.250' }] },
    });
  });
  after(async () => {
    await relay.stop();
    realm.stop();
    await removeFolder(folder);
  });

  function run(command: string, args: readonly string[], input = ''): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: root, env: realm.environment, timeout: 60_000 });
      let output = '';
      child.stdout.on('data', chunk => (output += chunk));
      child.stderr.on('data', chunk => (output += chunk));
      child.on('error', reject);
      child.on('close', code => resolve({ code, output }));
      child.stdin.end(input);
    });
  }

  const curl = (...more: string[]) => {
    const envelope = ['--mail-from', 'alice@example.com', '--mail-rcpt', 'someone@example.com', '-T', '-'];
    return run('curl', ['-sv', `smtp://localhost:${relay.port}`, ...envelope, ...more], MESSAGE);
  };

  /** .NET's SmtpClient, which tries GSSAPI, then NTLM, then LOGIN. */
  const smtpClient = (credentials: string) =>
    run('dotnet', [
      'pwsh',
      '-NoProfile',
      '-NonInteractive',
      '-Command',
      `$ErrorActionPreference = 'Stop'; $client = [System.Net.Mail.SmtpClient]::new('localhost', ${relay.port}); ${credentials}; $client.Send('alice@example.com', 'someone@example.com', 'negotiated', 'x')`,
    ]);

  /** The account that the last message was taken from. */
  async function arrived(before: number): Promise<void> {
    await until('the message arrived', async () => relay.sink.messages.length > before);
  }
  const lastLogon = async () =>
    (await relay.logs()).activity
      .trim()
      .split('\n')
      .filter(line => /logged on|logon/i.test(line))
      .at(-1) ?? '';

  async function left(): Promise<void> {
    await until('no context is open', async () => (await loadWindowsBridge().open()) === 0);
  }

  it('offers them also without accounts of its own', async () => {
    const client = await relay.connect();
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.ok(lines.includes('250-AUTH GSSAPI NTLM PLAIN LOGIN'), lines.join('\n'));
  });

  it('knows curl by its Kerberos ticket', async () => {
    const count = relay.sink.messages.length;
    const { code, output } = await curl('--login-options', 'AUTH=GSSAPI', '-u', `alice@${REALM}:`);
    assert.equal(code, 0, output);
    await arrived(count);
    assert.match(await lastLogon(), new RegExp(`alice@${REALM}`));
    await left();
  });

  it('knows SmtpClient with default credentials by its ticket', async () => {
    const count = relay.sink.messages.length;
    const { code, output } = await smtpClient('$client.UseDefaultCredentials = $true');
    assert.equal(code, 0, output);
    await arrived(count);
    assert.match(await lastLogon(), new RegExp(`alice@${REALM}`));
    await left();
  });

  it('knows SmtpClient with name and password: SPNEGO with NTLM inside', async () => {
    const count = relay.sink.messages.length;
    const { code, output } = await smtpClient(
      `$client.Credentials = [System.Net.NetworkCredential]::new('bob', '${NTLM_PASSWORD}', 'TESTDOM')`,
    );
    assert.equal(code, 0, output);
    await arrived(count);
    assert.match(await lastLogon(), /TESTDOM\\+bob/);
    await left();
  });

  it('knows SmtpClient under AUTH NTLM alone, where it sends SPNEGO too', async () => {
    await relay.control.call('listener.set', { name: 'Default', authenticationMethods: ['NTLM'] });
    const count = relay.sink.messages.length;
    const { code, output } = await smtpClient(
      `$client.Credentials = [System.Net.NetworkCredential]::new('bob', '${NTLM_PASSWORD}', 'TESTDOM')`,
    );
    assert.equal(code, 0, output);
    await arrived(count);
    assert.match(await lastLogon(), /TESTDOM\\+bob/);
    await left();
  });

  it('refuses a wrong password with 535 (IsAuthenticated would say true)', async () => {
    const count = relay.sink.messages.length;
    const { code, output } = await smtpClient(
      `$client.Credentials = [System.Net.NetworkCredential]::new('bob', 'wrong', 'TESTDOM')`,
    );
    assert.notEqual(code, 0, output);
    assert.equal(relay.sink.messages.length, count);
    assert.match((await relay.logs()).protocol, / 535 .* NTLM:\w+ \S+$/m);
    await left();
    await relay.control.call('listener.set', {
      name: 'Default',
      authenticationMethods: ['GSSAPI', 'NTLM', 'PLAIN', 'LOGIN'],
    });
  });

  it('refuses curl under AUTH NTLM: gss-ntlmssp does not read its short type 1, and nothing stays behind', async () => {
    const { code, output } = await curl('--login-options', 'AUTH=NTLM', '-u', `TESTDOM\\bob:${NTLM_PASSWORD}`);
    // Of the libraries here; on Windows, or with a gss-ntlmssp that reads it, it is a success.
    assert.notEqual(code, 0);
    assert.match(output, /535/);
    await left();
  });

  it('disposes of what a client leaves: cancelled, vanished, broken, replaced by another command', async () => {
    const type1 = '4e544c4d5353500001000000b78208e2000000000000000000000000000000000a005d580000000f';
    const first = Buffer.from(type1, 'hex').toString('base64');
    const cancelled = await relay.client();
    await cancelled.say(`AUTH NTLM ${first}`, 334);
    assert.equal(await loadWindowsBridge().open(), 1);
    assert.match((await cancelled.say('*', 501)).text, /cancelled/);
    await left();
    await cancelled.say('AUTH NTLM', 334);
    await cancelled.say(first, 334);
    await cancelled.vanish();
    await left();
    const broken = await relay.client();
    await broken.say(`AUTH NTLM ${first}`, 334);
    await broken.say('no base64!', 501);
    await left();
    await broken.say(`AUTH NTLM ${first}`, 334);
    await broken.say(Buffer.from('NTLMSSP\0\x03\0\0\0garbage').toString('base64'), 535);
    await left();
    for (const garbage of ['hello', '\x60', '\x60\x82', 'NTLMSSP'])
      await (await relay.client()).say(`AUTH GSSAPI ${Buffer.from(garbage, 'latin1').toString('base64')}`, 535);
    await left();
  });

  it('takes lines as long as the largest tickets, and no longer ones', async () => {
    const client = await relay.client();
    await client.say('AUTH GSSAPI', 334);
    // 47,000 octets of nonsense reach the package; a line over 64 KiB does not.
    await client.say(Buffer.alloc(47_000, 'x').toString('base64'), 535);
    await client.say('AUTH GSSAPI', 334);
    client.send(`${'A'.repeat(70_000)}\r\n`);
    await client.expect(500);
    await left();
  });

  it('lets them relay only where clients that logged on may', async () => {
    await relay.control.call('restriction.set', { allowAuthenticated: false });
    const { code, output } = await curl('--login-options', 'AUTH=GSSAPI', '-u', `alice@${REALM}:`);
    assert.notEqual(code, 0);
    assert.match(output, /550 5\.7\.1/);
    await relay.control.call('restriction.set', { allowAuthenticated: true });
  });

  it('says no password and no token in any log', async () => {
    const { protocol, activity } = await relay.logs();
    for (const secret of [NTLM_PASSWORD, KERBEROS_PASSWORD, 'TlRMTVNTUAAD', 'TlRMTVNTUAAB'])
      assert.ok(!(protocol + activity).includes(secret));
  });
});

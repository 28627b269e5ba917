/**
 * The certificate store through PowerShell. It runs here with PowerShell 7 against .NET's own store of
 * the account, as far as Linux has it; DPAPI and the store of the computer only Windows has.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WindowsKeyStore } from '../../src/platform/windows-key-store.ts';
import { assemble } from '../../src/settings/certificates/bundle.ts';
import { readFiles } from '../../src/settings/certificates/read.ts';
import { removeFolder, temporaryFolder } from '../support/relay-harness.ts';
import { hasProgram, TestAuthority, type TestChain } from '../support/tls.ts';

const SHELL = ['dotnet', 'pwsh'];
const hasPowerShell = spawnSync('dotnet', ['pwsh', '-NoProfile', '-Command', '1']).status === 0;
const skip = process.platform === 'win32' || !hasPowerShell || !hasProgram('openssl');

describe('the store of certificates', { skip }, () => {
  const store = new WindowsKeyStore({ entropyFile: '/nowhere/keys.entropy', shell: SHELL, place: 'CurrentUser' });
  const name = `store-${process.pid}.example`;
  let folder: string;
  let chain: TestChain;

  const powershell = (command: string) =>
    execFileSync('dotnet', ['pwsh', '-NoProfile', '-NonInteractive', '-Command', command], { encoding: 'utf8' });

  before(async () => {
    folder = await temporaryFolder();
    const authority = new TestAuthority(folder);
    chain = authority.issue({ name });
    authority.pfx(chain, 'secret');
    const file = join(folder, 'pfx-out');
    powershell(`
      $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new('${file}', 'secret', 'Exportable, PersistKeySet')
      $store = [Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
      $store.Open('ReadWrite'); $store.Add($certificate)`);
  });
  after(async () => {
    powershell(`
      $store = [Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
      $store.Open('ReadWrite')
      $store.Certificates | Where-Object { $_.Subject -eq 'CN=${name}' } | ForEach-Object { $store.Remove($_) }`);
    await removeFolder(folder);
  });

  const subjectOf = async (find: string) => {
    const { pfx, password } = await store.export(find);
    const bundle = assemble(readFiles([pfx], password));
    assert.equal(bundle.certificate.checkPrivateKey(bundle.key), true);
    return bundle.certificate;
  };

  it('gives a certificate with its key by subject, by name and by thumbprint', async () => {
    const found = await subjectOf(`CN=${name}`);
    assert.equal(found.subject, `CN=${name}`);
    assert.equal((await subjectOf(name)).fingerprint, found.fingerprint);
    assert.equal((await subjectOf(found.fingerprint)).fingerprint, found.fingerprint);
    assert.equal((await subjectOf(found.fingerprint.replaceAll(':', '').toLowerCase())).subject, found.subject);
  });

  it('says what is missing, and takes nothing of what is looked for as a command', async () => {
    await assert.rejects(
      store.export('CN=nobody.example'),
      /no certificate CN=nobody\.example in the store CurrentUser/,
    );
    await assert.rejects(store.export("'; exit 0; '"), /no certificate '; exit 0; '/);
  });

  it('passes on what the system says to DPAPI where there is none', async () => {
    await assert.rejects(store.protect(Buffer.from('x')), /\S/);
  });
});

/** Which certificates are taken and which refused, from the files that administrators have; made by OpenSSL. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemKeyStore } from '../../src/platform/system-key-store.ts';
import { Vault } from '../../src/settings/vault.ts';
import { removeFolder, TestRelay, temporaryFolder, textOf } from '../support/relay-harness.ts';
import { hasProgram, opensslCertificate, TestAuthority } from '../support/tls.ts';

const skip = !hasProgram('openssl');
const PASSWORD = 'pfx pass wörd';
const base64 = (...files: (string | Buffer)[]) => files.map(file => Buffer.from(file).toString('base64'));

let relay: TestRelay;
let folder: string;
let authority: TestAuthority;
let count = 0;
const nextName = () => `C${++count}`;

before(async () => {
  relay = await TestRelay.start();
  folder = await temporaryFolder();
  if (!skip) authority = new TestAuthority(folder);
});
after(async () => {
  await relay.stop();
  await removeFolder(folder);
});

const take = (content: string[], more: object = {}) =>
  relay.control.call('certificate.import', { name: nextName(), content, ...more });
const refusal = (content: string[], more: object = {}) =>
  relay.control.fails('certificate.import', { name: nextName(), content, ...more });

const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''), 'base64');
const convert = (input: string | Buffer, ...args: string[]) =>
  execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });

describe('certificates that are taken', { skip }, () => {
  it('PEM with key and chain, whatever the order: the chain is sent in order, the root is not', async () => {
    const chain = authority.issue({ name: 'relay.example' });
    const taken = await take(base64(chain.root + chain.intermediate + chain.key + chain.leaf));
    assert.equal(taken.subject, 'CN=relay.example');
    assert.deepEqual(taken.chain, ['CN=Test Intermediate']);
    assert.deepEqual([taken.status, taken.warnings, taken.dnsNames], ['Valid', [], ['relay.example']]);
    assert.deepEqual(taken.pem!.match(/BEGIN CERTIFICATE/g)!.length, 2);
    assert.match(taken.keyAlgorithm!, /^EC P-256$/);
    assert.ok(taken.daysLeft === 89 || taken.daysLeft === 90);
  });

  it('PEM in several files, and certificates that have nothing to do with it left out', async () => {
    const chain = authority.issue({ name: 'relay.example' });
    const stranger = opensslCertificate('CN=stranger')!;
    const taken = await take(base64(chain.leaf, stranger.cert, chain.key, chain.intermediate));
    assert.deepEqual(taken.chain, ['CN=Test Intermediate']);
  });

  it('DER: certificate, issuer and key', async () => {
    const { leaf, intermediate, key } = authority.issue({ name: 'relay.example' });
    const taken = await take(base64(der(leaf), der(intermediate), der(key)));
    assert.equal(taken.subject, 'CN=relay.example');
  });

  for (const [title, newkey, algorithm] of [
    ['EC P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'], 'EC P-256'],
    ['EC P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1'], 'EC P-384'],
    ['RSA 2048', ['rsa:2048'], 'RSA 2048'],
  ] as const)
    for (const [kind, ...options] of [
      ['as OpenSSL 3 writes it (AES-256)'],
      ['as older Windows writes it (3DES)', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
      ['as OpenSSL 1 wrote it (RC2)', '-legacy'],
    ])
      it(`a PFX file with ${title}, ${kind}`, async () => {
        const chain = authority.issue({ name: 'relay.example', newkey });
        const pfx = authority.pfx(chain, 'secret-1', ...options);
        const taken = await take(base64(pfx), { password: 'secret-1' });
        assert.deepEqual([taken.keyAlgorithm, taken.chain], [algorithm, ['CN=Test Intermediate']]);
      });

  it('a PFX file whose password has other letters, and one without a password', async () => {
    const chain = authority.issue({ name: 'relay.example' });
    await take(base64(authority.pfx(chain, PASSWORD)), { password: PASSWORD });
    await take(base64(authority.pfx(chain, '')));
  });

  it('keys of all notations: PKCS #1, SEC 1, encrypted', async () => {
    const rsa = authority.issue({ name: 'relay.example', newkey: ['rsa:2048'] });
    await take(base64(rsa.leaf, convert(rsa.key, 'rsa', '-traditional')));
    const ec = authority.issue({ name: 'relay.example' });
    await take(base64(ec.leaf, convert(ec.key, 'ec')));
    const encrypted = convert(ec.key, 'pkcs8', '-topk8', '-passout', 'pass:secret-2');
    await take(base64(ec.leaf, encrypted), { password: 'secret-2' });
  });

  it('one without its chain, one that ends soon, one without a DNS name: with a warning', async () => {
    const { leaf, key } = authority.issue({ name: 'relay.example' });
    assert.match((await take(base64(leaf + key))).warnings.join(), /chain is incomplete.*CN=Test Intermediate/);
    const soon = authority.issue({ name: 'relay.example', days: 5 });
    const taken = await take(base64(soon.leaf + soon.key + soon.intermediate + soon.root));
    assert.equal(taken.status, 'Expiring');
    assert.match(taken.warnings.join(), /expires on/);
    const nameless = authority.issue({ name: 'relay', extensions: 'basicConstraints=CA:FALSE\n' });
    assert.match((await take(base64(nameless.leaf + nameless.key))).warnings.join(), /no DNS name/);
  });
});

describe('certificates that are refused, with what to do', { skip }, () => {
  const cases: [string, () => [string[], object?], RegExp, string][] = [
    [
      'an expired one',
      () => {
        const { leaf, key } = authority.issue({ name: 'old.example', days: -1 });
        return [base64(leaf + key)];
      },
      /CN=old\.example has expired on \d{4}-\d\d-\d\d/,
      'data',
    ],
    [
      'one with the key of another',
      () => {
        const [a, b] = [authority.issue({ name: 'a.example' }), authority.issue({ name: 'b.example' })];
        return [base64(a.leaf + b.key)];
      },
      /key does not belong to the certificate CN=a\.example/,
      'data',
    ],
    [
      'one without a key',
      () => [base64(authority.issue({ name: 'a.example' }).leaf)],
      /no private key in the file/,
      'data',
    ],
    ['a key alone', () => [base64(authority.issue({ name: 'a.example' }).key)], /no certificate in the file/, 'data'],
    [
      'a PFX file without its password',
      () => [base64(authority.pfx(authority.issue({ name: 'a.example' }), 'secret-3'))],
      /PFX file has a password; give it/,
      'password',
    ],
    [
      'a PFX file with a wrong password',
      () => [base64(authority.pfx(authority.issue({ name: 'a.example' }), 'secret-3')), { password: 'wrong' }],
      /password does not open the PFX file/,
      'password',
    ],
    [
      'an encrypted key without its password',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example' });
        return [base64(leaf, convert(key, 'pkcs8', '-topk8', '-passout', 'pass:secret-4'))];
      },
      /private key is encrypted; give its password/,
      'password',
    ],
    [
      'an encrypted key with a wrong password',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example' });
        return [base64(leaf, convert(key, 'pkcs8', '-topk8', '-passout', 'pass:secret-4')), { password: 'wrong' }];
      },
      /password does not open the private key/,
      'password',
    ],
    [
      'one that is signed with SHA-1',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example', digest: 'sha1' });
        return [base64(leaf + key)];
      },
      /signed with .*SHA1, which clients no longer trust/i,
      'data',
    ],
    [
      'one with a weak RSA key',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example', newkey: ['rsa:1024'] });
        return [base64(leaf + key)];
      },
      /RSA key of 1024 bits, which is too weak; at least 2048/,
      'data',
    ],
    [
      'one on a curve that clients do not know',
      () => {
        const { leaf, key } = authority.issue({
          name: 'a.example',
          newkey: ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
        });
        return [base64(leaf + key)];
      },
      /curve secp256k1; use P-256/,
      'data',
    ],
    [
      'one with a key that mail clients do not know',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example', newkey: ['ed25519'] });
        return [base64(leaf + key)];
      },
      /ed25519 are not understood by mail clients/,
      'data',
    ],
    [
      'one that is not for servers',
      () => {
        const { leaf, key } = authority.issue({ name: 'a.example', extensions: 'extendedKeyUsage=clientAuth\n' });
        return [base64(leaf + key)];
      },
      /not for servers/,
      'data',
    ],
    [
      'a damaged one',
      () => [base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
      /damaged/,
      'data',
    ],
    ['a text', () => [base64('hello')], /neither PEM nor DER nor PFX/, 'data'],
    ['nothing', () => [base64('')], /neither PEM nor DER nor PFX/, 'data'],
  ];
  for (const [title, make, message, path] of cases)
    it(title, async () => {
      const [content, more] = make();
      const before = await relay.control.call('certificate.list');
      const error = await refusal(content, more);
      assert.equal(error.id, 'CertificateRefused', error.message);
      assert.match(error.message, message);
      assert.deepEqual(error.paths, [path]);
      assert.deepEqual(await relay.control.call('certificate.list'), before);
    });

  it('a name that is taken, a place that is none, two places at once', async () => {
    const { leaf, key } = authority.issue({ name: 'a.example' });
    await relay.control.call('certificate.import', { name: 'Twice', content: base64(leaf + key) });
    const again = { name: 'twice', content: base64(leaf + key) };
    assert.equal((await relay.control.fails('certificate.import', again)).id, 'AlreadyExists');
    await relay.control.call('certificate.import', { ...again, replace: true });
    assert.equal((await relay.control.fails('certificate.import', { name: 'x' })).id, 'InvalidParameter');
    const both = { name: 'x', content: base64(leaf), file: join(folder, 'leaf1.crt') };
    assert.equal((await relay.control.fails('certificate.import', both)).id, 'InvalidParameter');
    const missing = await relay.control.fails('certificate.import', { name: 'x', file: join(folder, 'nothing.pem') });
    assert.match(missing.message, /can't be read by the relay/);
    if (process.platform !== 'win32') {
      const store = await relay.control.fails('certificate.import', { name: 'x', find: 'CN=relay' });
      assert.match(store.message, /only Windows has a certificate store/);
    }
    assert.equal(
      (await relay.control.fails('certificate.import', { ...again, name: 'SelfSigned' })).id,
      'InvalidParameter',
    );
  });
});

describe('certificates that the relay makes', () => {
  it('are EC with SHA-256 and the names that were asked for', async () => {
    const made = await relay.control.call('certificate.create', {
      name: 'Made',
      dnsNames: ['Relay.Example', '*.relay.example', '192.0.2.1', '2001:db8::1'],
    });
    assert.equal(made.keyAlgorithm, 'EC P-256');
    assert.equal(made.isSelfSigned, true);
    assert.deepEqual(made.dnsNames.slice(0, 3), ['relay.example', '*.relay.example', '192.0.2.1']);
    assert.equal(made.dnsNames.length, 4);
    assert.ok(made.daysLeft! >= 396);
    if (skip) return;
    const text = convert(made.pem!, 'x509', '-noout', '-text').toString();
    assert.match(text, /ecdsa-with-SHA256/);
    assert.match(text, /TLS Web Server Authentication/);
  });

  it('are RSA on demand', async () => {
    const made = await relay.control.call('certificate.create', { name: 'Rsa', keyAlgorithm: 'RSA', days: 10 });
    assert.deepEqual([made.keyAlgorithm, made.dnsNames, made.status], ['RSA 2048', ['relay.test'], 'Expiring']);
  });

  for (const keyAlgorithm of ['EC', 'RSA'] as const)
    it(`are signed by an authority of the relay, so that clients need to trust one root (${keyAlgorithm})`, {
      skip,
    }, async () => {
      const name = `Root ${keyAlgorithm}`;
      const root = await relay.control.call('certificate.create', { name, keyAlgorithm, authority: true });
      assert.deepEqual([root.isAuthority, root.subject], [true, `CN=SmtpRelay authority ${name}`]);
      const made = await relay.control.call('certificate.create', {
        name: `Signed ${keyAlgorithm}`,
        signedBy: name,
        dnsNames: ['relay.example'],
      });
      assert.deepEqual([made.issuer, made.warnings, made.isSelfSigned], [root.subject, [], false]);
      await writeFile(join(folder, 'root.pem'), root.pem!);
      const check = [
        'verify',
        '-CAfile',
        join(folder, 'root.pem'),
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'relay.example',
      ];
      assert.match(convert(made.pem!, ...check).toString(), /OK/);
    });

  it('are refused when the authority is none, or a name is none', async () => {
    const wrong = await relay.control.fails('certificate.create', { name: 'x', signedBy: 'Made' });
    assert.deepEqual([wrong.id, wrong.paths], ['InvalidParameter', ['signedBy']]);
    assert.equal((await relay.control.fails('certificate.create', { name: 'x', signedBy: 'nobody' })).id, 'NotFound');
    const other = { name: 'x', signedBy: 'Root EC', keyAlgorithm: 'RSA' };
    assert.deepEqual((await relay.control.fails('certificate.create', other)).paths, ['keyAlgorithm']);
    const name = await relay.control.fails('certificate.create', { name: 'x', dnsNames: ['a b', 'CN=x, O=y'] });
    assert.deepEqual(name.paths, ['dnsNames[0]', 'dnsNames[1]']);
  });
});

describe('names that Windows takes for devices', () => {
  it('are file names all the same', () => {
    const vault = new Vault('vault', systemKeyStore(tmpdir()), ['pem']);
    for (const [name, file] of [
      ['CON', '%63on'],
      ['nul.example.com', '%6eul.example.com'],
      ['Lpt1', '%6cpt1'],
      ['console', 'console'],
      ['com', 'com'],
    ] as const)
      assert.equal(vault.fileOf(name, 'pem'), join('vault', `${file}.pem`));
  });
});

describe('private keys', { skip }, () => {
  it('lie in files of this account alone, and in no log, no answer and no settings', async () => {
    const chain = authority.issue({ name: 'relay.example' });
    await relay.control.call('certificate.import', {
      name: 'Secret',
      content: base64(authority.pfx(chain, 'pass-of-pfx')),
      password: 'pass-of-pfx',
    });
    const file = join(relay.folder, 'certificates', 'secret.pem');
    if (process.platform !== 'win32') {
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.equal((await stat(join(relay.folder, 'certificates'))).mode & 0o777, 0o700);
    }
    const stored = await readFile(file, 'utf8');
    assert.match(stored, /BEGIN PRIVATE KEY/);
    const secret = chain.key.split('\n')[1]!;
    assert.ok(stored.includes(secret));
    await relay.logs();
    const said = JSON.stringify([
      await relay.control.call('certificate.list'),
      await relay.control.call('listener.list'),
      await relay.control.call('log.read', { resultSize: null }),
    ]);
    const { protocol, tracking, activity } = await relay.logs();
    const written = [said, protocol, tracking, activity, await readFile(join(relay.folder, 'settings.json'), 'utf8')];
    written.push(await textOf(join(relay.folder, 'history')));
    for (const text of written)
      for (const word of [secret, 'PRIVATE KEY', 'pass-of-pfx']) assert.ok(!text.includes(word));
  });

  it('go with their certificate', async () => {
    await relay.control.call('certificate.remove', { name: 'secret' });
    await assert.rejects(stat(join(relay.folder, 'certificates', 'secret.pem')), { code: 'ENOENT' });
    assert.equal((await relay.control.fails('certificate.remove', { name: 'secret' })).id, 'NotFound');
  });
});

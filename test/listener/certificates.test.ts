/** Certificates at work: renewed under open sessions, chosen by name, sent with their chain, told of before they end. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { freePort, removeFolder, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';
import { hasProgram, run, TestAuthority, type TestChain } from '../support/tls.ts';

const skip = !hasProgram('openssl');
const base64 = (...files: (string | Buffer)[]) => files.map(file => Buffer.from(file).toString('base64'));
const thumbprint = (pem: string) => new X509Certificate(pem).fingerprint256;

let relay: TestRelay;
let folder: string;
let authority: TestAuthority;
let port: number;
let implicit: number;

before(async () => {
  folder = await temporaryFolder();
  if (!skip) authority = new TestAuthority(folder);
  [port, implicit] = [await freePort(), await freePort()];
  relay = await TestRelay.start({
    listeners: [
      { name: 'Tls', bindings: [{ address: '127.0.0.1', port }] },
      { name: 'Implicit', bindings: [{ address: '127.0.0.1', port: implicit }], tlsMode: 'Implicit' },
    ],
  });
});
after(async () => {
  await relay.stop();
  await removeFolder(folder);
});

async function sealed(options: object = {}): Promise<{ client: SmtpClient; socket: TLSSocket }> {
  const client = await SmtpClient.ready(port);
  const socket = await client.startTls(options);
  await client.say('EHLO client.example', 250);
  return { client, socket };
}

async function shown(options: object = {}): Promise<string> {
  const { client, socket } = await sealed(options);
  const { fingerprint256 } = socket.getPeerCertificate();
  await client.quit();
  return fingerprint256;
}

const pem = ({ key, leaf, intermediate }: TestChain) => key + leaf + intermediate;

describe('the self-signed certificate', () => {
  it('is made at first use for the name of the relay, and stays over a restart', async () => {
    const [made, ...more] = await relay.control.call('certificate.list');
    assert.deepEqual([made!.name, made!.source, more.length], ['SelfSigned', 'Automatic', 0]);
    assert.ok(made!.dnsNames.includes('relay.test'));
    assert.deepEqual(made!.usedBy, ['Tls', 'Implicit']);
    assert.ok(made!.daysLeft! > 390);
    const first = await shown();
    await relay.restart();
    assert.equal(await shown(), first);
  });

  it('is made anew when the relay gets another name', async () => {
    const first = await shown();
    await relay.control.call('settings.set', { fqdn: 'renamed.test' });
    assert.notEqual(await shown(), first);
    assert.ok((await relay.control.call('certificate.list'))[0]!.dnsNames.includes('renamed.test'));
    await relay.control.call('settings.set', { fqdn: 'relay.test' });
  });

  it('can not be removed', async () => {
    assert.equal((await relay.control.fails('certificate.remove', { name: 'selfsigned' })).id, 'InUse');
  });
});

describe('a certificate of a listener', { skip }, () => {
  it('is sent with its chain, so that a client that knows the root trusts it', async () => {
    const chain = authority.issue({ name: 'relay.test' });
    await relay.control.call('certificate.import', { name: 'Real', content: base64(pem(chain)) });
    await relay.control.call('certificate.set', { name: 'Real', listeners: ['tls', 'Implicit'] });
    const { client, socket } = await sealed({ ca: chain.root, servername: 'relay.test', rejectUnauthorized: true });
    assert.equal(socket.authorized, true);
    const peer: DetailedPeerCertificate = socket.getPeerCertificate(true);
    assert.equal(peer.issuerCertificate.subject.CN, 'Test Intermediate');
    await client.quit();
    await writeFile(join(folder, 'trusted.pem'), chain.root);
    const checks = ['-CAfile', join(folder, 'trusted.pem'), '-verify_return_error', '-verify_hostname', 'relay.test'];
    const { code, output } = await run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${implicit}`, ...checks],
      'QUIT\r\n',
    );
    assert.equal(code, 0, output);
    assert.match(output, /Verify return code: 0 \(ok\)/);
  });

  it('that is imported again is live at once, under 50 open sessions of which none is dropped', async () => {
    const before = await shown();
    const sessions = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        index % 2 === 0 ? (await sealed()).client : SmtpClient.ready(port),
      ),
    );
    for (const client of sessions.slice(0, 10)) await client.begin(['c@d.example']);
    const renewed = authority.issue({ name: 'relay.test' });
    await relay.control.call('certificate.import', { name: 'Real', content: base64(pem(renewed)), replace: true });
    assert.notEqual(before, thumbprint(renewed.leaf));
    assert.equal(await shown(), thumbprint(renewed.leaf));
    for (const client of sessions.slice(0, 10)) {
      client.send('Subject: renewed meanwhile\r\n\r\nx\r\n.\r\n');
      await client.expect(250);
    }
    for (const client of sessions) await client.mail('Subject: goes on\r\n\r\nx\r\n');
    // A session that was opened before and begins TLS only now gets the new one too.
    const socket = await sessions[1]!.startTls();
    assert.equal(socket.getPeerCertificate().fingerprint256, thumbprint(renewed.leaf));
    await Promise.all(sessions.map(client => client.vanish()));
    assert.match((await relay.logs()).activity, /Certificate Real was renewed/);
  });

  it('in a file that others renew is live in seconds, also when the new file is half there for a moment', async () => {
    const [file, keyFile] = [join(folder, 'live.pem'), join(folder, 'live.key')];
    const put = async ({ key, leaf, intermediate }: TestChain) => {
      // As certbot does: one file after the other, so that they do not match in between.
      await writeFile(file, leaf + intermediate);
      await new Promise(resolve => setTimeout(resolve, 2500));
      await writeFile(keyFile, key);
    };
    const first = authority.issue({ name: 'relay.test' });
    await writeFile(file, first.leaf + first.intermediate);
    await writeFile(keyFile, first.key);
    await relay.control.call('certificate.import', { name: 'Watched', file, keyFile });
    await relay.control.call('certificate.set', { name: 'Watched', listeners: ['Tls'] });
    assert.equal(await shown(), thumbprint(first.leaf));
    const { client: open } = await sealed();
    const second = authority.issue({ name: 'relay.test' });
    await put(second);
    await until('the new one is shown', async () => (await shown()) === thumbprint(second.leaf));
    await open.say('NOOP', 250);
    await open.quit();
    const { activity } = await relay.logs();
    assert.match(activity, /Certificate Watched can't be read: The private key does not belong/);
    const [watched] = (await relay.control.call('certificate.list')).filter(({ name }) => name === 'Watched');
    assert.deepEqual([watched!.error, watched!.file, watched!.source], [null, file, 'File']);
  });

  it('whose file is broken stays in use as it was, and health says so', async () => {
    const file = join(folder, 'live.pem');
    const before = await shown();
    await writeFile(file, 'gone');
    await until('it is told', async () => (await relay.control.call('relay.get')).health === 'Red');
    const { warnings } = await relay.control.call('relay.get');
    assert.match(warnings.join('\n'), /Listener Tls has trouble with TLS: Certificate Watched/);
    assert.equal(await shown(), before);
    const [tested] = (await relay.control.call('listener.list')).filter(({ name }) => name === 'Tls');
    assert.equal(tested!.status, 'Failed');
    await relay.control.call('certificate.set', { name: 'Real', listeners: ['Tls'] });
    await relay.control.call('certificate.remove', { name: 'Watched', force: true });
    assert.notEqual((await relay.control.call('relay.get')).health, 'Red');
  });

  it('is chosen by the name that the client asks for', async () => {
    const [mail, wild] = [authority.issue({ name: 'mail.example' }), authority.issue({ name: '*.wild.example' })];
    await relay.control.call('certificate.import', { name: 'Mail', content: base64(pem(mail)) });
    await relay.control.call('certificate.import', { name: 'Wild', content: base64(pem(wild)) });
    await relay.control.call('listener.set', { name: 'Tls', certificates: ['Real', 'Mail', 'Wild'] });
    const real = await shown({ servername: 'unknown.example' });
    assert.equal(await shown({ servername: 'MAIL.example' }), thumbprint(mail.leaf));
    assert.equal(await shown({ servername: 'any.wild.example' }), thumbprint(wild.leaf));
    assert.equal(await shown({ servername: 'a.b.wild.example' }), real);
    assert.equal(await shown(), real);
    assert.notEqual(real, thumbprint(mail.leaf));
  });

  it('can not be removed while it is used, unless that is meant', async () => {
    const error = await relay.control.fails('certificate.remove', { name: 'wild' });
    assert.deepEqual([error.id, error.message], ['InUse', 'Certificate Wild is used by listener Tls.']);
    await relay.control.call('certificate.remove', { name: 'wild', force: true });
    const [listener] = await relay.control.call('listener.list');
    assert.deepEqual(listener!.certificates, ['Real', 'Mail']);
  });

  it('that ends soon is told of in the activity log and in health, once', async () => {
    for (const [days, threshold] of [
      [29, 'expires in 28'],
      [13, 'expires in 12'],
      [2, 'expires in 1'],
    ] as const) {
      const ending = authority.issue({ name: 'relay.test', days });
      await relay.control.call('certificate.import', { name: 'Real', content: base64(pem(ending)), replace: true });
      await until('it is told', async () => (await relay.logs()).activity.includes(threshold));
    }
    // A look every two seconds must not say it again.
    await new Promise(resolve => setTimeout(resolve, 4500));
    const { activity } = await relay.logs();
    assert.equal(activity.match(/Certificate Real expires in 1 day/g)!.length, 1);
    const { health, warnings } = await relay.control.call('relay.get');
    assert.equal(health, 'Yellow');
    assert.match(warnings.join('\n'), /Certificate Real expires in 1 day\(s\)/);
    const [real] = (await relay.control.call('certificate.list')).filter(({ name }) => name === 'Real');
    assert.equal(real!.status, 'Expiring');
  });
});

describe('listener.test', { skip }, () => {
  const steps = async (name: string) =>
    (await relay.control.call('listener.test', { name })).map(({ step, status }) => `${step} ${status}`);

  it('tells each step, and what clients would think of the certificate', async () => {
    await relay.control.call('listener.set', { name: 'Tls', certificates: [] });
    await relay.control.call('account.create', { name: 'tester', password: 'correct horse' });
    assert.deepEqual(await steps('Tls'), [
      'Connect Passed',
      'Greeting Passed',
      'Ehlo Passed',
      'StartTls Passed',
      'Certificate Warning',
      'Ehlo Passed',
      'Authentication Passed',
    ]);
    const found = await relay.control.call('listener.test', { name: 'tls' });
    const of = (step: string) => found.find(each => each.step === step)!;
    assert.match(of('StartTls').detail, /^TLSv1\.3, TLS_/);
    assert.match(of('Certificate').detail, /CN=relay\.test, valid to .*DEPTH_ZERO_SELF_SIGNED_CERT/);
    assert.match(of('Certificate').action!, /self-signed/);
    assert.match(of('Authentication').detail, /AUTH PLAIN LOGIN/);
  });

  it('is content with a certificate of our own authority, and not with a chain that is incomplete', async () => {
    await relay.control.call('certificate.create', { name: 'Root', authority: true });
    await relay.control.call('certificate.create', { name: 'Good', signedBy: 'Root' });
    await relay.control.call('certificate.set', { name: 'Good', listeners: ['Implicit'] });
    assert.deepEqual((await steps('Implicit')).slice(0, 3), [
      'Connect Passed',
      'StartTls Passed',
      'Certificate Passed',
    ]);
    const { leaf, key } = authority.issue({ name: 'relay.test' });
    await relay.control.call('certificate.import', { name: 'Chainless', content: base64(leaf + key) });
    await relay.control.call('certificate.set', { name: 'Chainless', listeners: ['Implicit'] });
    const certificate = (await relay.control.call('listener.test', { name: 'Implicit' }))[2]!;
    assert.equal(certificate.status, 'Warning');
    assert.match(certificate.action!, /chain is incomplete/);
  });

  it('knows that it has no certificate of its own to show, and that nobody could log in', async () => {
    await relay.control.call('listener.set', { name: 'Implicit', clientCertificate: 'Require' });
    const last = (await relay.control.call('listener.test', { name: 'Implicit' })).at(-1)!;
    assert.deepEqual([last.step, last.status], ['Greeting', 'Skipped']);
    assert.match(last.action!, /must show a certificate/);
    const without = { clientCertificate: 'None', requireAuthentication: true } as const;
    await relay.control.call('listener.set', { name: 'Implicit', ...without });
    await relay.control.call('account.remove', { name: 'tester' });
    assert.equal((await steps('Implicit')).at(-1), 'Authentication Warning');
  });

  it('stops where going on makes no sense, and says what to do', async () => {
    await relay.control.call('listener.set', { name: 'Implicit', remoteIPRanges: ['192.0.2.0/24'] });
    const kept = await relay.control.call('listener.test', { name: 'Implicit' });
    assert.equal(kept.at(-1)!.step, 'Greeting');
    assert.match(kept.at(-1)!.action!, /-RemoteIPRange/);
    await relay.control.call('listener.set', { name: 'Implicit', enabled: false });
    assert.deepEqual(await steps('Implicit'), ['Connect Failed']);
    const other = await freePort();
    await relay.control.call('listener.set', { name: 'Tls', bindings: [{ address: '192.0.2.9', port: other }] });
    assert.deepEqual(await steps('Tls'), ['Connect Failed']);
    assert.equal((await relay.control.fails('listener.test', { name: 'nobody' })).id, 'NotFound');
  });
});

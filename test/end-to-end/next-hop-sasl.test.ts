/** Postfix with SASL (Cyrus, sasldb) as next hop: each mechanism by a server that others wrote, and a wrong password. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { noPostfix, Postfix } from '../support/postfix.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { selfSigned } from '../support/smtp-certificate.ts';

const skip =
  noPostfix ||
  (existsSync('/usr/sbin/saslpasswd2')
    ? selfSigned()
      ? false
      : 'openssl is not installed'
    : 'sasl2-bin is not installed');

/** Takes mail only from `me` with the password `right one`, who logs on over TLS. */
async function withSasl(t: TestContext, mechanisms: string): Promise<Postfix> {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-sasl-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const database = join(folder, 'sasldb2');
  execFileSync('/usr/sbin/saslpasswd2', ['-c', '-p', '-f', database, '-u', 'postfix.example.test', 'me'], {
    input: 'right one',
  });
  chmodSync(database, 0o644);
  return Postfix.start(
    t,
    [
      'smtpd_sasl_auth_enable = yes',
      'smtpd_sasl_type = cyrus',
      'smtpd_sasl_local_domain = postfix.example.test',
      'smtpd_tls_security_level = may',
      'smtpd_tls_auth_only = yes',
      'smtpd_tls_cert_file = $etc/cert.pem',
      'smtpd_tls_key_file = $etc/key.pem',
      'smtpd_recipient_restrictions = permit_sasl_authenticated, reject',
    ],
    {
      'sasl/smtpd.conf': `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: ${mechanisms}\nsasldb_path: ${database}\n`,
      'cert.pem': selfSigned()!.cert,
      'key.pem': selfSigned()!.key,
    },
  );
}

for (const method of ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const)
  test(`Postfix takes mail of who logs on by ${method}, and waits for the right password`, { skip }, async t => {
    const postfix = await withSasl(t, method);
    const relay = await TestRelay.start({
      general: { retryInterval: [1], messageExpirationTimeout: 5 },
      connectors: [
        {
          name: 'Sasl',
          type: 'SmartHost',
          smartHosts: [{ host: 'localhost', port: postfix.port }],
          authenticationMethod: 'Automatic',
        },
      ],
    });
    t.after(() => relay.stop());
    await relay.control.call('credential.set', {
      name: 'Sasl',
      userName: 'me@postfix.example.test',
      password: 'wrong one',
    });
    const client = await relay.client();
    await client.mail('Subject: by sasl\r\n\r\nHi\r\n', ['box@example.test'], 'me@example.test');
    await client.quit();
    const [queue] = await until('the queue waits', async () => {
      const queues = await relay.control.call('queue.list');
      return queues[0]?.lastError ? queues : null;
    });
    assert.match(queue!.lastError!, /^535 5\.7\.8/);
    assert.match(queue!.lastErrorAction!, /Set-SmtpConnectorCredential/);
    await relay.control.call('credential.set', {
      name: 'Sasl',
      userName: 'me@postfix.example.test',
      password: 'right one',
    });
    assert.match(await postfix.untilDelivered('box@example.test'), /by sasl/);
    await relay.empty();
    const logs = Object.values(await relay.logs()).join('');
    assert.match(logs, new RegExp(`AUTH.${method}`));
    for (const secret of ['wrong one', 'right one'])
      for (const shown of [
        secret,
        Buffer.from(secret).toString('base64'),
        Buffer.from(`\0me@postfix.example.test\0${secret}`).toString('base64'),
      ])
        assert.ok(!logs.includes(shown));
  });

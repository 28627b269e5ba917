/** TLS of listeners as clients meet it: each mode, what is spoken, and what a client's certificate is good for. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createTransport } from 'nodemailer';
import { freePort, TestRelay } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';
import { hasProgram, opensslCertificate, run } from '../support/tls.ts';

const PASSWORD = 'correct horse battery';
const plain = Buffer.from(`\0scanner\0${PASSWORD}`).toString('base64');

let relay: TestRelay;
const ports = { Off: 0, Optional: 0, Required: 0, Implicit: 0, Mutual: 0, Asking: 0, Legacy: 0 };

before(async () => {
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  const listener = (name: keyof typeof ports, more: object) => ({
    name,
    bindings: [{ address: '127.0.0.1', port: ports[name] }],
    ...more,
  });
  relay = await TestRelay.start({
    listeners: [
      listener('Off', { tlsMode: 'Off' }),
      listener('Optional', { tlsMode: 'Optional' }),
      listener('Required', { tlsMode: 'Required', requireAuthentication: true }),
      listener('Implicit', { tlsMode: 'Implicit' }),
      listener('Mutual', { tlsMode: 'Required', clientCertificate: 'Require' }),
      listener('Asking', { tlsMode: 'Implicit', clientCertificate: 'Request', requireAuthentication: true }),
      listener('Legacy', {
        tlsMode: 'Optional',
        minimumTlsVersion: '1.0',
        cipherProfile: 'Legacy',
        legacyClients: true,
        remoteIPRanges: ['127.0.0.0/8'],
      }),
    ],
  });
  await relay.control.call('account.create', { name: 'scanner', password: PASSWORD });
});
after(() => relay.stop());

const ehlo = async (client: SmtpClient) =>
  (await client.say('EHLO client.example', 250)).lines.slice(1).map(line => line.slice(4));

async function open(name: keyof typeof ports, options = {}): Promise<SmtpClient> {
  const client = await SmtpClient.open(ports[name], options);
  await client.expect(220);
  return client;
}

describe('TLS modes', () => {
  it('Off has no STARTTLS', async () => {
    const client = await open('Off');
    assert.ok(!(await ehlo(client)).includes('STARTTLS'));
    await client.say('STARTTLS', 500);
    await client.quit();
  });

  it('Optional offers STARTTLS once, and takes mail with it and without', async () => {
    const client = await open('Optional');
    assert.ok((await ehlo(client)).includes('STARTTLS'));
    await client.mail('Subject: clear\r\n\r\nx\r\n');
    const socket = await client.startTls();
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    await client.say('MAIL FROM:<a@b.example>', 503);
    assert.ok(!(await ehlo(client)).includes('STARTTLS'));
    await client.say('STARTTLS', 503);
    const id = await client.mail('Subject: sealed\r\n\r\nx\r\n');
    assert.match(await relay.sent(id), / with ESMTPS \(TLSv1\.3 TLS_AES_\w+\) id /);
    await client.quit();
  });

  it('Required takes no mail and no password before STARTTLS, and says so', async () => {
    const client = await open('Required');
    const before = await ehlo(client);
    assert.ok(before.includes('STARTTLS') && !before.some(line => line.startsWith('AUTH')), before.join());
    assert.equal(
      (await client.say('MAIL FROM:<a@b.example>', 530)).text,
      '530 5.7.0 Must issue a STARTTLS command first',
    );
    await client.say(`AUTH PLAIN ${plain}`, 500);
    await client.say('NOOP', 250);
    await client.startTls();
    assert.ok((await ehlo(client)).includes('AUTH PLAIN LOGIN'));
    assert.equal((await client.say('MAIL FROM:<a@b.example>', 530)).text, '530 5.7.0 Authentication required');
    await client.say(`AUTH PLAIN ${plain}`, 235);
    const id = await client.mail('Subject: x\r\n\r\nx\r\n');
    assert.match(await relay.sent(id), / with ESMTPSA \(TLSv1\.3 TLS_AES_\w+\) id /);
    await client.quit();
    assert.match((await relay.logs()).activity, /by TlsRequired/);
  });

  it('Implicit begins with TLS, and what comes in clear is cut off', async () => {
    const client = await open('Implicit', { tls: {} });
    assert.ok(!(await ehlo(client)).includes('STARTTLS'));
    await client.mail('Subject: x\r\n\r\nx\r\n');
    await client.quit();
    const clear = await SmtpClient.open(ports.Implicit);
    clear.send('EHLO client.example\r\n');
    await clear.closed();
    assert.doesNotMatch(clear.transcript, /250/);
  });

  it('Implicit goes with the PROXY header of a load balancer, also in one packet with the handshake', async () => {
    const [name, port] = ['Balanced', await freePort()];
    const bindings = [{ address: '127.0.0.1', port }];
    await relay.control.call('listener.create', {
      name,
      bindings,
      tlsMode: 'Implicit',
      proxyProtocolFrom: ['127.0.0.1'],
    });
    const plain = connect(port, '127.0.0.1');
    await once(plain, 'connect');
    plain.cork();
    plain.write('PROXY TCP4 198.51.100.7 127.0.0.1 40000 465\r\n');
    const sealed = connectTls({ socket: plain, rejectUnauthorized: false });
    setTimeout(() => plain.uncork(), 50);
    await once(sealed, 'secureConnect');
    const [greeting] = await once(sealed, 'data');
    assert.match(String(greeting), /^220 /);
    sealed.write('EHLO client.example\r\n');
    const [answer] = await once(sealed, 'data');
    assert.match(String(answer), /Hello \[198\.51\.100\.7\]/);
    sealed.destroy();
    await relay.control.call('listener.remove', { name });
  });

  it('takes nothing that was sent in clear behind STARTTLS (command injection)', async () => {
    const client = await open('Optional');
    await ehlo(client);
    client.send('STARTTLS\r\nMAIL FROM:<injected@b.example>\r\nRCPT TO:<x@y.example>\r\n');
    await client.expect(554);
    await client.closed();
    const { protocol } = await relay.logs();
    assert.doesNotMatch(protocol, /injected@b\.example/);
  });
});

describe('real clients', () => {
  const message = 'Subject: from outside\r\n\r\nhello\r\n';

  it('nodemailer, with STARTTLS, log-on and implicit TLS', async () => {
    for (const [name, secure] of [
      ['Optional', false],
      ['Required', false],
      ['Implicit', true],
    ] as const) {
      const transport = createTransport({
        host: '127.0.0.1',
        port: ports[name],
        secure,
        requireTLS: true,
        auth: { user: 'scanner', pass: PASSWORD },
        tls: { rejectUnauthorized: false },
      });
      const sent = await transport.sendMail({ from: 'a@b.example', to: 'c@d.example', subject: name, text: 'x' });
      assert.match(sent.response, /^250 2\.6\.0 /);
      transport.close();
    }
  });

  it('curl, in each mode that it knows', { skip: !hasProgram('curl') }, async () => {
    for (const [url, ...more] of [
      [`smtp://127.0.0.1:${ports.Optional}`, '--ssl-reqd'],
      [`smtp://127.0.0.1:${ports.Off}`],
      [`smtp://127.0.0.1:${ports.Required}`, '--ssl-reqd', '--user', `scanner:${PASSWORD}`],
      [`smtps://127.0.0.1:${ports.Implicit}`],
    ]) {
      const args = ['-sSk', url!, ...more, '--mail-from', 'a@b.example', '--mail-rcpt', 'c@d.example', '-T', '-'];
      const { code, output } = await run('curl', args, message);
      assert.equal(code, 0, output);
    }
    const refused = await run(
      'curl',
      [
        '-sSk',
        `smtp://127.0.0.1:${ports.Off}`,
        '--ssl-reqd',
        '--mail-from',
        'a@b.example',
        '--mail-rcpt',
        'c@d.example',
        '-T',
        '-',
      ],
      message,
    );
    assert.equal(refused.code, 64, 'curl should have missed STARTTLS');
  });

  it('swaks, with STARTTLS, on connect, and a log-on', { skip: !hasProgram('swaks') }, async () => {
    const ways = [
      ['--port', String(ports.Optional), '-tls'],
      [
        '--port',
        String(ports.Required),
        '-tls',
        '--auth',
        'LOGIN',
        '--auth-user',
        'scanner',
        '--auth-password',
        PASSWORD,
      ],
      ['--port', String(ports.Implicit), '--tls-on-connect'],
    ];
    for (const way of ways) {
      const args = ['--server', '127.0.0.1', '--from', 'a@b.example', '--to', 'c@d.example', '--timeout', '60', ...way];
      const { code, output } = await run('swaks', args);
      assert.equal(code, 0, output);
      assert.match(output, /250 2\.6\.0 Queued/);
    }
  });
});

describe('what is spoken on the default profile', { skip: !hasProgram('openssl') }, () => {
  const handshake = (port: number, ...args: string[]) =>
    run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...args], 'QUIT\r\n');
  const succeeds = (output: string) => /^\s*(?:New|Reused), TLSv/m.test(output) && !/Cipher is \(NONE\)/.test(output);

  it('is TLS 1.2 and 1.3', async () => {
    for (const version of ['-tls1_2', '-tls1_3'])
      for (const way of [[ports.Implicit] as const, [ports.Optional, '-starttls', 'smtp'] as const]) {
        const { output } = await handshake(way[0], ...way.slice(1).map(String), version);
        assert.ok(succeeds(output), output);
      }
  });

  it('is nothing older', async () => {
    // SECLEVEL=0, or this client would not even try.
    for (const version of ['-tls1', '-tls1_1']) {
      const { output } = await handshake(ports.Implicit, version, '-cipher', 'ALL:@SECLEVEL=0');
      assert.ok(!succeeds(output), output);
      assert.match(output, /alert protocol version|wrong version|unsupported protocol|no protocols available/i);
    }
  });

  it('has no cipher without forward secrecy and authenticated encryption', async () => {
    const { output: list } = await run('openssl', ['ciphers', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']);
    const names = list
      .trim()
      .split(':')
      .filter(name => !name.startsWith('TLS_'));
    assert.ok(names.length > 50, list);
    const strong = names.filter(name => /^ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-|CHACHA20-)/.test(name));
    const weak = names.filter(name => !strong.includes(name));
    // All weak ones in one offer: the server would take any it has.
    const offer = `${weak.join(':')}:@SECLEVEL=0`;
    const { output } = await handshake(ports.Implicit, '-tls1_2', '-cipher', offer);
    assert.ok(!succeeds(output), output);
    assert.match(output, /handshake failure/);
    for (const name of strong.filter(cipher => cipher.includes('ECDSA'))) {
      const { output: good } = await handshake(ports.Implicit, '-tls1_2', '-cipher', name);
      assert.ok(succeeds(good), `${name}: ${good}`);
    }
  });

  it('says that it renegotiates securely, and does not renegotiate', async () => {
    const { output } = await handshake(ports.Implicit, '-tls1_2');
    assert.match(output, /Secure Renegotiation IS supported/);
    assert.match(output, /Compression: NONE/);
    const again = await renegotiate(ports.Implicit);
    assert.match(again, /no renegotiation/);
  });

  it('has old TLS and old ciphers on the legacy profile alone', async () => {
    for (const version of ['-tls1', '-tls1_1']) {
      const { output } = await handshake(ports.Legacy, '-starttls', 'smtp', version, '-cipher', 'ALL:@SECLEVEL=0');
      assert.ok(succeeds(output), output);
    }
  });
});

/** `R` on a line of its own makes s_client ask for it. */
function renegotiate(port: number): Promise<string> {
  return new Promise(resolve => {
    const child = execFile(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-msg'],
      { timeout: 15_000 },
      (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`.split('RENEGOTIATING')[1] ?? ''),
    );
    child.stdout!.on('data', chunk => {
      if (String(chunk).includes('220 ')) child.stdin!.write('R\n');
    });
    setTimeout(() => child.stdin!.end(), 5_000).unref();
  });
}

describe('client certificates', { skip: !hasProgram('openssl') }, () => {
  const own = opensslCertificate('CN=printer.test');
  const thumbprint = () => new X509Certificate(own!.cert).fingerprint256.replaceAll(':', '');

  it('are demanded where they are required', async () => {
    const without = await open('Mutual');
    await ehlo(without);
    await without.startTls();
    assert.match((await without.expect(554)).text, /client certificate is required/);
    await without.closed();
    const having = await open('Mutual');
    await ehlo(having);
    await having.startTls({ key: own!.key, cert: own!.cert });
    await ehlo(having);
    await having.mail('Subject: x\r\n\r\nx\r\n');
    await having.quit();
  });

  it('let their holder relay, when the restriction names them', async () => {
    const client = async (options: object) => {
      const found = await open('Asking', { tls: options, localAddress: '127.0.0.1' });
      await ehlo(found);
      return found;
    };
    const tls = { key: own!.key, cert: own!.cert };
    await (await client(tls)).say('MAIL FROM:<a@b.example>', 530);
    await relay.control.call('restriction.set', {
      entries: [],
      clientCertificates: [{ certificate: thumbprint(), comment: 'printer' }],
    });
    const known = await client(tls);
    await known.mail('Subject: x\r\n\r\nx\r\n');
    await (await client({})).say('MAIL FROM:<a@b.example>', 530);
    const other = opensslCertificate('CN=printer.test')!;
    await (await client({ key: other.key, cert: other.cert })).say('MAIL FROM:<a@b.example>', 530);
    // A name alone counts only when somebody we trust vouches for it.
    await relay.control.call('restriction.set', { clientCertificates: [{ certificate: 'CN=printer.test' }] });
    await (await client(tls)).say('MAIL FROM:<a@b.example>', 530);
    await relay.control.call('restriction.set', { entries: [{ entry: '127.0.0.0/8' }], clientCertificates: [] });
  });
});

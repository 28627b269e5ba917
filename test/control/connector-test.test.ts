/**
 * connector.test names the culprit: prepared faults with real sockets, TLS, DNS and tokens, each to be
 * found at its step, with what is wrong and what to do.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { Control } from '../../src/contract/control.generated.ts';
import { Probe } from '../../src/deliver/test/probe.ts';
import { assemble } from '../../src/settings/certificates/bundle.ts';
import { makeCertificate } from '../../src/settings/certificates/make.ts';
import { certificatesPem, keyPem } from '../../src/settings/certificates/pem.ts';
import { CLIENT, MAILBOX, Microsoft365 } from '../support/microsoft365.ts';
import { freePort, TestRelay, until } from '../support/relay-harness.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { dnsServer } from '../support/smtp-dns-server.ts';
import { DROP, type Script, SILENCE, scriptServer } from '../support/smtp-script-server.ts';
import { opensslCertificate } from '../support/tls.ts';

type Step = Control['connector.test']['result']['steps'][number];

const skip = selfSigned() ? false : 'openssl is not installed';
let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({ general: { connectionTimeout: 1, commandTimeout: 5 } });
});
after(() => relay.stop());

/** Runs a test to its end, as the cmdlet does. */
async function steps(params: Control['connector.test']['params']): Promise<Step[]> {
  let run = await relay.control.call('connector.test', params);
  const all = [...run.steps];
  while (!run.done) {
    run = await relay.control.call('connector.test', { test: run.test, after: all.length });
    all.push(...run.steps);
  }
  return all;
}

let connectors = 0;

interface Wish {
  readonly host?: string;
  readonly port?: number;
  readonly connector?: object;
  readonly credential?: object;
  readonly ask?: object;
}

async function tested({ host = 'localhost', port = 25, connector = {}, credential, ask = {} }: Wish): Promise<Step[]> {
  const name = `Test ${++connectors}`;
  await relay.control.call('connector.create', {
    name,
    type: 'SmartHost',
    addressSpaces: [`test${connectors}.example`],
    smartHosts: [{ host, port }],
    tlsMode: 'Opportunistic',
    ...connector,
  } as never);
  if (credential) await relay.control.call('credential.set', { name, ...credential });
  return steps({ name, ...ask });
}

/** The step that failed last, and its words. */
function culprit(
  all: readonly Step[],
  step: Step['step'],
  detail: RegExp,
  more: Partial<Record<'action' | 'reply', RegExp>> = {},
) {
  const failed = all.filter(({ status }) => status === 'Failed');
  const shown = JSON.stringify(all, null, 1);
  assert.ok(failed.length > 0, shown);
  assert.ok(
    failed.every(one => one.step === step),
    shown,
  );
  assert.match(failed[0]!.detail, detail);
  assert.match(failed[0]!.action ?? '', more.action ?? /\w/, shown);
  if (more.reply) assert.match(failed[0]!.reply ?? '', more.reply);
}

const only = (host = '127.0.0.1') => ({ host });
const server = (t: TestContext, script: Script = {}) =>
  scriptServer(t, { ...(selfSigned() ? { certificate: selfSigned()! } : {}), ...script });
const AUTH = { extensions: ['8BITMIME', 'AUTH PLAIN LOGIN'] };

test('1. the name of the smart host does not exist', async () => {
  culprit(await tested({ host: 'nowhere.invalid' }), 'Dns', /nowhere\.invalid does not exist/, { action: /DNS/ });
});

test('2. DNS does not answer with anything of use', async t => {
  const dns = await dnsServer(t, { 'mail.example.com': { fails: 'SERVFAIL' } });
  await relay.control.call('settings.set', { dnsServer: [dns.address] });
  t.after(() => relay.control.call('settings.set', { dnsServer: [] }));
  culprit(await tested({ host: 'mail.example.com' }), 'Dns', /mail\.example\.com.*failed/, { action: /DNS/ });
});

test('3. nothing listens on the port', async () => {
  culprit(await tested({ ...only(), port: await freePort() }), 'Connect', /refused/, { action: /host and port/ });
});

test('4. packets are dropped: the port is blocked', {
  skip: process.platform === 'linux' ? false : 'needs Linux',
}, async t => {
  const port = await fullListener(t);
  culprit(await tested({ ...only(), port }), 'Connect', /is the port blocked\?/, { action: /587/ });
});

test('5. the connection stands and no greeting comes', async t => {
  const { port } = await server(t, { on: command => (command === 'connect' ? SILENCE : undefined) });
  culprit(await tested({ ...only(), port }), 'Greeting', /no greeting/, { action: /465/ });
});

test('6. the connection is cut before the greeting', async t => {
  const { port } = await server(t, { on: command => (command === 'connect' ? DROP : undefined) });
  culprit(await tested({ ...only(), port }), 'Greeting', /closed|cut/, { action: /firewall/ });
});

test('7. another program answers', async t => {
  const other = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  culprit(await tested({ ...only(), port: (other.address() as { port: number }).port }), 'Greeting', /no SMTP server/);
});

test('8. the server knows our address from a blocklist', async t => {
  const { port } = await server(t, {
    on: command =>
      command === 'connect' ? '554 5.7.1 Service unavailable, Client host blocked using zen.spamhaus.org' : undefined,
  });
  culprit(await tested({ ...only(), port }), 'Greeting', /does not want/, {
    action: /ask for removal/,
    reply: /spamhaus/,
  });
});

test('9. the server does not like our name', async t => {
  const { port } = await server(t, {
    on: command => (/^(EHLO|HELO)/.test(command) ? '550 5.7.1 Helo invalid' : undefined),
  });
  culprit(await tested({ ...only(), port }), 'Ehlo', /relay\.test/, { reply: /Helo invalid/ });
});

test('10. TLS is wanted and not offered', async t => {
  const { port } = await scriptServer(t);
  culprit(
    await tested({ ...only(), port, connector: { tlsMode: 'Required' } }),
    'StartTls',
    /does not offer STARTTLS/,
    { action: /inspection/ },
  );
});

test('11. STARTTLS is offered and refused', { skip }, async t => {
  const { port } = await server(t, {
    on: command => (command === 'STARTTLS' ? '454 4.7.0 TLS not available due to local problem' : undefined),
  });
  culprit(await tested({ ...only(), port, connector: { tlsMode: 'Required' } }), 'StartTls', /refuses it/, {
    reply: /local problem/,
  });
});

test('12. the handshake breaks', { skip }, async t => {
  const { port } = await server(t, { handshake: 'garbage' });
  culprit(await tested({ ...only(), port, connector: { tlsMode: 'Required' } }), 'StartTls', /handshake failed/, {
    action: /TLS/,
  });
});

test('13. the certificate is self-signed', { skip }, async t => {
  const { port } = await server(t);
  culprit(await tested({ port, connector: { tlsMode: 'Verify' } }), 'Certificate', /DEPTH_ZERO_SELF_SIGNED_CERT/, {
    action: /self-signed.*Required/,
  });
});

test('14. the certificate is for another name', { skip }, async t => {
  const certificate = opensslCertificate('CN=other.example', '-addext', 'subjectAltName=DNS:other.example')!;
  const { port } = await server(t, { certificate });
  culprit(
    await tested({ port, connector: { tlsMode: 'Verify' } }),
    'Certificate',
    /other\.example.*not for localhost/,
    { action: /one of its names/ },
  );
});

test('15. the certificate has expired', { skip }, async t => {
  const made = await makeCertificate(
    {
      commonName: 'localhost',
      names: ['localhost'],
      keyAlgorithm: 'EC',
      notBefore: Date.now() - 20 * 86_400_000,
      notAfter: Date.now() - 86_400_000,
      isAuthority: false,
    },
    null,
  );
  const bundle = assemble(made);
  const certificate = { key: keyPem(bundle.key), cert: certificatesPem(bundle) };
  const { port } = await server(t, { certificate });
  culprit(await tested({ port, connector: { tlsMode: 'Verify' } }), 'Certificate', /has expired/, {
    action: /renewed/,
  });
});

test('16. the server speaks only old TLS', { skip }, async t => {
  const old = { ...selfSigned()!, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };
  const { port } = await server(t, { certificate: old });
  culprit(await tested({ port, connector: { tlsMode: 'Required' } }), 'StartTls', /TLSv1 at most/, {
    action: /TLS 1\.2/,
  });
});

const LOGS_ON = { tlsMode: 'Required', authenticationMethod: 'PLAIN', authenticationUserName: 'me' };

test('17. no secret was given', { skip }, async t => {
  const { port } = await server(t, AUTH);
  culprit(await tested({ port, connector: LOGS_ON }), 'Credential', /No secret/, {
    action: /Set-SmtpConnectorCredential/,
  });
});

test('18. the server offers no log-on', { skip }, async t => {
  const { port } = await server(t, { extensions: ['8BITMIME'] });
  culprit(
    await tested({ port, connector: LOGS_ON, credential: { password: 'x' } }),
    'Authentication',
    /offers no log-on/,
    { action: /587/ },
  );
});

test('19. the server offers another log-on', { skip }, async t => {
  const { port } = await server(t, { extensions: ['AUTH NTLM'] });
  culprit(
    await tested({ port, connector: LOGS_ON, credential: { password: 'x' } }),
    'Authentication',
    /offers AUTH NTLM, not PLAIN/,
  );
});

test('20. the password is wrong, and is not shown though the server repeats it', { skip }, async t => {
  const { port } = await server(t, {
    ...AUTH,
    on: command => (/^AUTH/.test(command) ? `535 5.7.8 Bad: ${command.slice(11)}` : undefined),
  });
  const all = await tested({ port, connector: LOGS_ON, credential: { password: 'open sesame' } });
  culprit(all, 'Authentication', /log-on of me by PLAIN was refused/, {
    reply: /535 5\.7\.8 Bad: \*\*\*/,
    action: /Set-SmtpConnectorCredential/,
  });
  assert.ok(!JSON.stringify(all).includes(Buffer.from('\0me\0open sesame').toString('base64')));
});

test('21. passwords are not taken any more (5.7.30)', { skip }, async t => {
  const { port } = await server(t, {
    ...AUTH,
    on: command =>
      /^AUTH/.test(command) ? '550 5.7.30 Basic authentication is not supported for Client Submission.' : undefined,
  });
  culprit(await tested({ port, connector: LOGS_ON, credential: { password: 'x' } }), 'Authentication', /refused/, {
    action: /OAuth.*Microsoft365Smtp/,
  });
});

const xoauth = (double: Microsoft365, changes: object = {}) => ({
  port: double.smtp.port,
  connector: {
    tlsMode: 'Required',
    authenticationMethod: 'XOAUTH2',
    authenticationUserName: MAILBOX,
    clientId: CLIENT,
    tokenEndpoint: double.tokenEndpoint,
    ...changes,
  },
  credential: { clientSecret: 'good-secret' },
});

test('22. the token endpoint is down', { skip }, async t => {
  const double = await Microsoft365.start(t);
  double.behaviour.down = true;
  culprit(await tested(xoauth(double)), 'Token', /can't be reached/, { action: /proxy, firewall/ });
});

test('23. the client secret is wrong', { skip }, async t => {
  const double = await Microsoft365.start(t);
  culprit(await tested({ ...xoauth(double), credential: { clientSecret: 'no' } }), 'Token', /AADSTS7000215/, {
    action: /copy its Value/,
  });
});

test('24. the clock is wrong', { skip }, async t => {
  const double = await Microsoft365.start(t);
  double.behaviour.clockSkew = 7_200_000;
  const name = `Entra${connectors}`;
  const { pem } = await relay.control.call('certificate.create', { name, keyAlgorithm: 'RSA' });
  double.upload(pem!);
  culprit(await tested({ ...xoauth(double), credential: { certificate: name } }), 'Token', /120 minutes behind/, {
    action: /clock right/,
  });
});

test('25. the application has not the permission', { skip }, async t => {
  const double = await Microsoft365.start(t);
  double.behaviour.roles = ['Mail.Read'];
  culprit(
    await tested(xoauth(double)),
    'Token',
    /not the application permission SMTP\.SendAsApp \(it has Mail\.Read\)/,
    { action: /grant admin consent/ },
  );
});

test('26. the token is for another mailbox (535 5.7.3)', { skip }, async t => {
  const double = await Microsoft365.start(t);
  const other = xoauth(double, { authenticationUserName: 'other@contoso.example' });
  culprit(await tested(other), 'Authentication', /other@contoso\.example by XOAUTH2 was refused/, {
    reply: /5\.7\.3/,
    action: /Add-MailboxPermission/,
  });
});

test('27. the server wants a log-on for mail (5.7.57)', { skip }, async t => {
  const double = await Microsoft365.start(t);
  const ask = { recipient: 'someone@example.com', sender: MAILBOX };
  culprit(
    await tested({ port: double.smtp.port, connector: { tlsMode: 'Required' }, ask }),
    'MailFrom',
    /takes no mail of printer/,
    { reply: /5\.7\.57/, action: /AuthenticationMethod/ },
  );
});

test('28. no connector of the tenant knows this relay (5.7.64)', async t => {
  const { port } = await server(t, {
    on: command => (/^RCPT/.test(command) ? '550 5.7.64 TenantAttribution; Relay Access Denied' : undefined),
  });
  culprit(
    await tested({ ...only(), port, ask: { recipient: 'someone@example.com' } }),
    'RcptTo',
    /no mail for someone@example\.com/,
    { action: /public IP address/ },
  );
});

test('29. the mailbox may not send as this sender (SendAsDenied), which only a message shows', { skip }, async t => {
  const double = await Microsoft365.start(t);
  const ask = { recipient: 'someone@example.com', sender: 'ceo@contoso.example' };
  const before = await tested({ ...xoauth(double), ask });
  assert.deepEqual(
    before.filter(({ status }) => status === 'Failed'),
    [],
  );
  assert.ok(double.smtp.commands.includes('RSET'));
  culprit(await tested({ ...xoauth(double), ask: { ...ask, send: true } }), 'Send', /refused the message/, {
    reply: /SendAsDenied/,
    action: /Send As/,
  });
});

test('a token that the server repeats is not shown', { skip }, async t => {
  const double = await Microsoft365.start(t);
  const original = double.smtp.script;
  double.smtp.script = {
    ...original,
    on: (command, session) =>
      command.startsWith('AUTH XOAUTH2 ') ? `535 5.7.3 Bad: ${command.slice(13)}` : original.on!(command, session),
  };
  const all = await tested(xoauth(double));
  culprit(all, 'Authentication', /by XOAUTH2 was refused/, { reply: /^535 5\.7\.3 Bad: \*\*\*$/ });
});

test('a token that was taken back is renewed, as delivery does it', { skip }, async t => {
  const double = await Microsoft365.start(t);
  await tested(xoauth(double));
  double.revokeTokens();
  const all = await steps({ name: `Test ${connectors}` });
  assert.equal(all.find(({ step }) => step === 'Authentication')?.status, 'Passed', JSON.stringify(all));
});

const status = (all: readonly Step[], step: Step['step']) =>
  all.filter(one => one.step === step).map(one => one.status);

test('in clear text, where that is allowed, the log-on is the one that delivery takes', async t => {
  const { port, commands } = await scriptServer(t, { extensions: ['AUTH PLAIN CRAM-MD5'] });
  const connector = {
    authenticationMethod: 'Automatic',
    authenticationUserName: 'me',
    allowClearTextAuthentication: true,
  };
  const all = await tested({ ...only(), port, connector, credential: { password: 'open sesame' } });
  assert.deepEqual(status(all, 'StartTls'), ['Warning'], JSON.stringify(all));
  assert.match(all.find(({ step }) => step === 'Authentication')!.detail, /by CRAM-MD5/);
  assert.ok(commands.every(command => !command.startsWith('AUTH PLAIN')));
});

test('a handshake that breaks where TLS is only welcome is doubtful, and the test goes on in clear text', {
  skip,
}, async t => {
  const double = await server(t, { handshake: 'cut' });
  const all = await tested({ ...only(), port: double.port, ask: { recipient: 'someone@example.com' } });
  assert.deepEqual(status(all, 'StartTls'), ['Warning'], JSON.stringify(all));
  assert.deepEqual(status(all, 'RcptTo'), ['Passed']);
  assert.equal(double.sessions.length, 2);
});

test('old TLS passes where the connector takes it, and our certificate is shown', { skip }, async t => {
  const old = { ...selfSigned()!, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };
  let shown: string | undefined;
  const { port } = await server(t, {
    certificate: { ...old, requestCert: true, rejectUnauthorized: false } as never,
    on: (_, { secure, socket }) => {
      if (secure) shown ??= (socket as TLSSocket).getPeerX509Certificate()?.subject;
      return undefined;
    },
  });
  const name = `Ours${connectors}`;
  await relay.control.call('certificate.create', { name, keyAlgorithm: 'RSA' });
  const connector = { tlsMode: 'Required', minimumTlsVersion: '1.0', tlsCertificate: name };
  const all = await tested({ port, connector });
  assert.deepEqual(status(all, 'StartTls'), ['Passed'], JSON.stringify(all));
  assert.match(shown ?? '', /relay\.test/);
});

test('a server that knows only HELO takes mail, and that is said', async t => {
  const script = { on: (command: string) => (/^EHLO/.test(command) ? '502 5.5.1 What?' : undefined) };
  const { port } = await scriptServer(t, script);
  const all = await tested({ ...only(), port, ask: { recipient: 'someone@example.com' } });
  assert.deepEqual([status(all, 'Ehlo'), status(all, 'RcptTo')], [['Warning'], ['Passed']], JSON.stringify(all));
  const asked = await tested({ ...only(), port, connector: { forceHelo: true }, ask: { recipient: 'a@example.com' } });
  assert.deepEqual([status(asked, 'Ehlo'), status(asked, 'RcptTo')], [['Passed'], ['Passed']], JSON.stringify(asked));
});

test('a conversation leaves no listener behind', async t => {
  const { port } = await scriptServer(t);
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  const cancel = new AbortController();
  const target = { host: '127.0.0.1', address: '127.0.0.1', port };
  for (let count = 0; count < 20; count++) {
    const probe = await Probe.connect(target, { connect: 5000, reply: 5000 }, cancel.signal, null);
    for (let line = 0; count === 0 && line < 20; line++) await probe.say('RSET');
    probe.end();
  }
  await until('no test is to be cut off', () => getEventListeners(cancel.signal, 'abort').length === 0);
  assert.deepEqual(warnings, []);
});

test('when nothing is wrong, every step has passed, its time and the words of the server, and the message arrives', {
  skip,
}, async t => {
  const double = await Microsoft365.start(t);
  const all = await tested({ ...xoauth(double), ask: { recipient: 'someone@example.com', send: true } });
  const names = all.filter(({ status }) => status !== 'Warning').map(({ step }) => step);
  for (const step of [
    'Settings',
    'Credential',
    'Token',
    'Dns',
    'Connect',
    'Greeting',
    'Ehlo',
    'StartTls',
    'Authentication',
    'MailFrom',
    'RcptTo',
    'Send',
  ] as const)
    assert.ok(names.includes(step), JSON.stringify(all));
  // Mail for this recipient goes another way, and that is said.
  assert.match(all.find(({ step }) => step === 'Route')!.detail, /goes through connector Next/);
  assert.match(all.find(({ step }) => step === 'Authentication')!.reply!, /^235 2\.7\.0/);
  assert.match(String(double.smtp.messages[0]!.text), /Subject: SmtpRelay test of connector/);
  assert.ok(double.smtp.commands.every(command => !command.startsWith('MAIL') || command === `MAIL FROM:<${MAILBOX}>`));
});

test('the recipient names the connector, and all addresses of a host are tried', async t => {
  const { port } = await server(t);
  await tested({ ...only(), port });
  const all = await steps({ recipient: `someone@test${connectors}.example` });
  assert.ok(all.every(({ connector }) => connector === `Test ${connectors}`));
  assert.match(all.find(({ step }) => step === 'Route')!.detail, /goes through this connector/);
  assert.equal((await relay.control.fails('connector.test', {})).id, 'InvalidParameter');
  assert.equal((await relay.control.fails('connector.test', { name: 'No' })).id, 'NotFound');
  assert.equal((await relay.control.fails('connector.test', { name: 'Next', send: true })).paths[0], 'recipient');
});

test('a test that is ended lets go of the server at once', async t => {
  const silent = await server(t, { on: command => (command === 'connect' ? SILENCE : undefined) });
  const name = `Test ${++connectors}`;
  await relay.control.call('connector.create', {
    name,
    type: 'SmartHost',
    addressSpaces: ['silent.example'],
    smartHosts: [{ host: '127.0.0.1', port: silent.port }],
  });
  const run = await relay.control.call('connector.test', { name });
  await until('it is connected', () => silent.sessions.length === 1);
  await relay.control.call('connector.test', { test: run.test, cancel: true });
  const [session] = silent.sessions;
  await until('the connection is closed', () => session!.socket.destroyed || session!.socket.readableEnded);
  assert.equal((await relay.control.fails('connector.test', { test: run.test })).id, 'NotFound');
});

/** A listener whose backlog is full and whose process sleeps: the kernel drops what else wants to connect. */
async function fullListener(t: TestContext): Promise<number> {
  const program = "const s=require('net').createServer().listen(0,'127.0.0.1',1,()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const fillers: Socket[] = [];
  t.after(() => {
    for (const socket of fillers) socket.destroy();
  });
  for (let count = 0; count < 5; count++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    fillers.push(socket);
    await Promise.race([once(socket, 'connect'), new Promise(resolve => setTimeout(resolve, 300))]);
  }
  return port;
}

/**
 * A device that only knows plain SMTP, a relay, and Microsoft 365 as it is documented (a double): mail
 * arrives, and whatever goes wrong with the log-on, nothing is returned to anybody, health says why,
 * and it goes on by itself when it is mended.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CLIENT, MAILBOX, Microsoft365 } from '../support/microsoft365.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { SILENCE } from '../support/smtp-script-server.ts';

const skip = selfSigned() ? false : 'openssl is not installed';

async function start(t: TestContext, changes: object = {}) {
  const double = await Microsoft365.start(t);
  const relay = await TestRelay.start({
    // Mail is not let grow old enough to be returned: the shortest there is, so that it would show.
    general: { retryInterval: [1], messageExpirationTimeout: 5 },
    connectors: [
      {
        name: 'M365',
        type: 'SmartHost',
        smartHosts: [{ host: 'localhost', port: double.smtp.port }],
        tlsMode: 'Required',
        authenticationMethod: 'XOAUTH2',
        authenticationUserName: MAILBOX,
        clientId: CLIENT,
        tokenEndpoint: double.tokenEndpoint,
        graphEndpoint: double.graphEndpoint,
        ...changes,
      },
    ],
  });
  t.after(() => relay.stop());
  return { double, relay };
}

let messages = 0;

/** As a printer does it: no TLS, no log-on. */
async function print(relay: TestRelay, from = MAILBOX, to = 'boss@example.com'): Promise<string> {
  const subject = `Scan ${++messages}`;
  const client = await relay.client();
  await client.mail(`From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\n\r\nPage 1\r\n`, [to], from);
  await client.quit();
  return subject;
}

const arrived = (double: Microsoft365, subject: string) =>
  until(
    `${subject} arrives`,
    () => double.smtp.messages.some(({ text }) => text.includes(`Subject: ${subject}\r\n`)),
    20_000,
  );

async function red(relay: TestRelay, pattern: RegExp): Promise<void> {
  await until(
    `health is red and says ${pattern}`,
    async () => {
      const { health, warnings } = await relay.control.call('relay.get');
      return health === 'Red' && warnings.some(warning => pattern.test(warning));
    },
    20_000,
  );
  const [queue] = await relay.control.call('queue.list');
  assert.match(queue!.lastError!, pattern);
}

/** Waits until the mail is older than mail may get, and sees that it is still there. */
async function staysBeyondItsTime(relay: TestRelay): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 6500));
  const waiting = await relay.control.call('message.list');
  assert.equal(waiting.length, 1);
  const { tracking } = await relay.logs();
  assert.doesNotMatch(tracking, /,FAIL,|,DSN,|BADMAIL/);
}

const mended = async (relay: TestRelay, double: Microsoft365, subject: string) => {
  await arrived(double, subject);
  await relay.empty();
  assert.equal((await relay.control.call('relay.get')).health, 'Green');
  const { tracking } = await relay.logs();
  assert.doesNotMatch(tracking, /,FAIL,|,DSN,/);
};

test('plain mail goes out by XOAUTH2 over TLS, with one token for all of it', { skip }, async t => {
  const { double, relay } = await start(t, { idleTimeout: 600 });
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  for (let count = 0; count < 3; count++) await arrived(double, await print(relay));
  assert.ok(double.smtp.messages.every(({ secure }) => secure));
  assert.equal(double.tokenRequests, 1);
  const logs = Object.values(await relay.logs()).join('');
  assert.match(logs, /AUTH/);
  assert.doesNotMatch(logs, /good-secret|eyJ/);
  // What logged on with a secret does not outlive it.
  assert.ok(double.smtp.open() > 0);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'better-secret' });
  await until('the sessions end', () => double.smtp.open() === 0, 20_000);
});

test('without a credential mail waits, and goes when it is given', { skip }, async t => {
  const { double, relay } = await start(t);
  const subject = await print(relay);
  await red(relay, /No client secret and no certificate is kept for connector M365.*Set-SmtpConnectorCredential/);
  await staysBeyondItsTime(relay);
  await relay.restart();
  await red(relay, /No client secret/);
  await staysBeyondItsTime(relay);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  await mended(relay, double, subject);
});

test('a secret that was taken back', { skip }, async t => {
  const { double, relay } = await start(t);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  await arrived(double, await print(relay));
  double.behaviour.secrets = ['new-secret'];
  double.revokeTokens();
  await until('the session to Microsoft ends', () => double.smtp.open() === 0, 20_000);
  const subject = await print(relay);
  await red(relay, /AADSTS7000215|5\.7\.3/);
  const { activity } = await relay.logs();
  assert.match(activity, /Connector M365 gets no token, so its mail waits: .*AADSTS7000215/);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'new-secret' });
  await mended(relay, double, subject);
});

test('tokens that end, and tokens that are taken back, are replaced unseen', { skip }, async t => {
  const { double, relay } = await start(t);
  double.behaviour.tokenLifetime = 2;
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  await arrived(double, await print(relay));
  await until('the session to Microsoft ends', () => double.smtp.open() === 0, 20_000);
  await arrived(double, await print(relay));
  assert.equal(double.tokenRequests, 2);
  double.behaviour.tokenLifetime = 3600;
  await until('the session to Microsoft ends', () => double.smtp.open() === 0, 20_000);
  await arrived(double, await print(relay));
  double.revokeTokens();
  await until('the session to Microsoft ends', () => double.smtp.open() === 0, 20_000);
  await arrived(double, await print(relay));
  await relay.empty();
  const { tracking } = await relay.logs();
  assert.doesNotMatch(tracking, /,DEFER,|,FAIL,/);
});

test('an endpoint that is down', { skip }, async t => {
  const { double, relay } = await start(t);
  double.behaviour.down = true;
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  const subject = await print(relay);
  await red(relay, /The token endpoint 127\.0\.0\.1:\d+ can't be reached/);
  double.behaviour.down = false;
  await mended(relay, double, subject);
});

test('a certificate that signs, and a clock that is wrong', { skip }, async t => {
  const { double, relay } = await start(t);
  await relay.control.call('certificate.create', { name: 'Entra', keyAlgorithm: 'RSA', dnsNames: ['relay.test'] });
  await relay.control.call('credential.set', { name: 'M365', certificate: 'Entra' });
  const first = await print(relay);
  await red(relay, /AADSTS700027.*not registered/);
  const [certificate] = (await relay.control.call('certificate.list')).filter(({ name }) => name === 'Entra');
  assert.deepEqual(certificate!.usedBy, ['M365']);
  double.upload(certificate!.pem!);
  await mended(relay, double, first);
  await until('the session to Microsoft ends', () => double.smtp.open() === 0, 20_000);
  double.behaviour.clockSkew = 3 * 3_600_000;
  double.revokeTokens();
  const second = await print(relay);
  await red(relay, /AADSTS700024.*the clock of this computer is 180 minutes behind/);
  double.behaviour.clockSkew = 0;
  await mended(relay, double, second);
  const [inUse] = [await relay.control.fails('certificate.remove', { name: 'Entra' })];
  assert.equal(inUse.id, 'InUse');
});

test('a password, where Microsoft takes none any more', { skip }, async t => {
  const { double, relay } = await start(t, { authenticationMethod: 'LOGIN' });
  await relay.control.call('credential.set', { name: 'M365', password: 'old ways' });
  const subject = await print(relay);
  await red(relay, /offers AUTH XOAUTH2, not LOGIN|5\.7\.30/);
  await relay.control.call('connector.set', { name: 'M365', authenticationMethod: 'XOAUTH2' });
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  await mended(relay, double, subject);
});

test('a sender that the mailbox may not use is returned with the words of Microsoft; others go on', {
  skip,
}, async t => {
  const { double, relay } = await start(t);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  await print(relay, 'ceo@contoso.example');
  await until('it is refused', async () => /,FAIL,/.test((await relay.logs()).tracking), 20_000);
  assert.match((await relay.logs()).tracking, /5\.2\.252 SendAsDenied/);
  await arrived(double, await print(relay));
});

test('more than Microsoft takes in a minute: the connector lowers its rate, says so, and the mail arrives', {
  skip,
}, async t => {
  const { double, relay } = await start(t, { messageExpirationTimeout: 600, maxConnections: 1 });
  double.behaviour.messagesPerMinute = 12;
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  const subjects: string[] = [];
  for (let count = 0; count < 15; count++) subjects.push(await print(relay));
  const queue = await until(
    'the rate is lowered',
    async () => (await relay.control.call('queue.list')).find(one => one.loweredMessagesPerMinute !== null),
    30_000,
  );
  // As many as went in the minute before.
  assert.equal(queue.loweredMessagesPerMinute, 12);
  assert.equal(queue.loweredConnections, null);
  assert.match(queue.loweredReason!, /^432 4\.3\.2 STOREDRV/);
  const { health, warnings } = await relay.control.call('relay.get');
  assert.equal(health, 'Yellow');
  assert.ok(
    warnings.some(warning => /gets 12 message\(s\) a minute, because it asked for less: 432/.test(warning)),
    warnings.join('\n'),
  );
  double.behaviour.messagesPerMinute = 100;
  for (const subject of subjects) await arrived(double, subject);
  await relay.empty();
  const { tracking } = await relay.logs();
  assert.doesNotMatch(tracking, /,FAIL,|,DSN,/);
  assert.equal(tracking.split('\n').filter(line => line.includes(',SEND,')).length, 15);
});

test('more connections than Microsoft takes: fewer are made, and no message waits for a retry', { skip }, async t => {
  const { double, relay } = await start(t, { messageExpirationTimeout: 600, maxConnections: 20, retryInterval: [600] });
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  const { script } = double.smtp;
  // Busy enough to be seen at it.
  double.smtp.script = {
    ...script,
    on: (command, session) => {
      const answer = script.on!(command, session);
      if (command !== '.') return answer;
      setTimeout(() => session.socket.write(`${String(answer)}\r\n`), 200);
      return SILENCE;
    },
  };
  await relay.control.call('relay.suspend', { outbound: true });
  const subjects: string[] = [];
  for (let count = 0; count < 20; count++) subjects.push(await print(relay));
  await relay.control.call('relay.resume', { outbound: true });
  const queue = await until('fewer connections are made', async () =>
    (await relay.control.call('queue.list')).find(one => one.loweredConnections !== null),
  );
  // Five begin at once, and three are taken.
  assert.ok(queue.loweredConnections! <= 3, JSON.stringify(queue));
  assert.notEqual(queue.status, 'Retry');
  assert.match(queue.loweredReason!, /^432 4\.3\.2 Concurrent connections/);
  for (const subject of subjects) await arrived(double, subject);
  await relay.empty();
});

test('Graph: mail arrives, and what is wrong is said', { skip }, async t => {
  const { double, relay } = await start(t, {
    type: 'Graph',
    smartHosts: [],
    authenticationMethod: 'None',
    messageExpirationTimeout: 600,
  });
  const waiting = await print(relay);
  await red(relay, /No client secret/);
  await relay.control.call('credential.set', { name: 'M365', clientSecret: 'good-secret' });
  const got = (subject: string) =>
    until(
      `${subject} arrives`,
      () => double.graphMessages.find(({ mime }) => mime.includes(`Subject: ${subject}\r\n`)),
      20_000,
    );
  assert.equal((await got(waiting)).user, MAILBOX);
  double.behaviour.graphStatus = { status: 429, code: 'ApplicationThrottled', retryAfter: 2 };
  const throttled = await print(relay);
  await until('the queue waits', async () => (await relay.control.call('queue.list'))[0]?.status === 'Retry', 20_000);
  double.behaviour.graphStatus = null;
  await got(throttled);
  double.behaviour.roles = [];
  double.revokeTokens();
  const denied = await print(relay);
  await red(relay, /HTTP 403 ErrorAccessDenied/);
  double.behaviour.roles = ['Mail.Send'];
  double.revokeTokens();
  await got(denied);
  await print(relay, 'ceo@contoso.example');
  await until('it is refused', async () => /ErrorSendAsDenied/.test((await relay.logs()).tracking), 20_000);
  const logs = Object.values(await relay.logs()).join('');
  assert.doesNotMatch(logs, /good-secret|eyJ/);
});

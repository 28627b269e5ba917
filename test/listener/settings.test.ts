/** What a listener's settings do to its clients, and that changing one leaves the sessions of others alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { asStrict } from '../../src/listener/legacy.ts';
import { freePort, TestRelay, until } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start();
});
after(() => relay.stop());

let count = 0;
/** A listener of its own. @returns its name and port. */
async function add(settings: object): Promise<{ name: string; port: number }> {
  const [name, port] = [`L${++count}`, await freePort()];
  await relay.control.call('listener.create', {
    name,
    bindings: [{ address: '127.0.0.1', port }],
    tlsMode: 'Off',
    ...settings,
  });
  return { name, port };
}

const extensions = async (port: number) => {
  const client = await SmtpClient.open(port);
  await client.expect(220);
  const { lines } = await client.say('EHLO client.example', 250);
  await client.quit();
  return lines.slice(1).map(line => line.slice(4));
};

describe('the settings of a listener', () => {
  it('say who may connect: its ranges without those that are denied', async () => {
    const { port } = await add({ remoteIPRanges: ['127.0.0.0/28'], deniedIPRanges: ['127.0.0.7'] });
    await (await SmtpClient.ready(port, { localAddress: '127.0.0.3' })).quit();
    for (const [localAddress, rule] of [
      ['127.0.0.7', 'DeniedIPRange:127.0.0.7'],
      ['127.0.0.99', 'RemoteIPRange:none'],
    ] as const) {
      const client = await SmtpClient.open(port, { localAddress });
      assert.equal(
        (await client.expect(554)).text,
        '554 relay.test 5.7.1 Connections from your address are not accepted',
      );
      await client.closed();
      const [line] = await relay.control.call('log.read', { clientIP: localAddress });
      assert.equal(line!.rule, rule);
    }
  });

  it('limit the messages of a session', async () => {
    const { port } = await add({ maxMessagesPerConnection: 2 });
    const client = await SmtpClient.ready(port);
    await client.mail('Subject: 1\r\n\r\n');
    await client.mail('Subject: 2\r\n\r\n');
    assert.match((await client.say('MAIL FROM:<a@b.example>', 421)).text, /4\.7\.0 Enough messages/);
    await client.closed();
  });

  it('limit size and recipients here alone', async () => {
    const { port } = await add({ maxMessageSize: 2048, maxRecipientsPerMessage: 1 });
    assert.ok((await extensions(port)).includes('SIZE 2048'));
    assert.ok((await extensions(relay.port)).includes('SIZE 37748736'));
    const client = await SmtpClient.ready(port);
    await client.say('MAIL FROM:<a@b.example> SIZE=3000', 552);
    await client.say('MAIL FROM:<a@b.example>', 250);
    await client.say('RCPT TO:<c@d.example>', 250);
    await client.say('RCPT TO:<e@d.example>', 452);
    await client.quit();
  });

  it('end a session that takes too long, after its message', async () => {
    const { name, port } = await add({});
    const client = await SmtpClient.ready(port);
    await relay.control.call('listener.set', { name, connectionTimeout: 10 });
    const late = await SmtpClient.ready(port);
    await late.begin(['c@d.example']);
    await new Promise(resolve => setTimeout(resolve, 10_500));
    late.send('Subject: late\r\n\r\nx\r\n.\r\n');
    await late.expect(250);
    assert.match((await late.expect(421)).text, /4\.4\.2 The session took too long/);
    // It was opened before there was a limit.
    await client.say('NOOP', 250);
    await client.quit();
  });

  it('leave out extensions', async () => {
    const { name, port } = await add({ disabledExtensions: ['DSN', 'SIZE', 'SMTPUTF8'] });
    assert.deepEqual(await extensions(port), ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES']);
    await relay.control.call('listener.set', { name, disabledExtensions: [] });
    assert.ok((await extensions(port)).includes('DSN'));
  });

  it('give it a name, a banner and ways to log in of its own', async () => {
    await relay.control.call('account.create', { name: 'scanner', password: 'correct horse battery' });
    const { name, port } = await add({ fqdn: 'other.test', banner: 'hello', authenticationMethods: ['LOGIN'] });
    const client = await SmtpClient.open(port);
    assert.equal((await client.expect(220)).text, '220 other.test ESMTP hello');
    await client.quit();
    assert.ok((await extensions(port)).includes('AUTH LOGIN'));
    await relay.control.call('listener.set', { name, authenticationMethods: [] });
    assert.ok(!(await extensions(port)).some(line => line.startsWith('AUTH')));
    await relay.control.call('account.remove', { name: 'scanner' });
  });

  it('keep it out of the protocol log', async () => {
    const { port } = await add({ protocolLoggingLevel: 'None' });
    const client = await SmtpClient.ready(port);
    await client.say('MAIL FROM:<silent@b.example>', 250);
    await client.quit();
    const loud = await relay.client();
    await loud.say('MAIL FROM:<loud@b.example>', 250);
    const { protocol } = await relay.logs();
    assert.match(protocol, /loud@b/);
    assert.doesNotMatch(protocol, /silent@b/);
  });

  it('let old devices in that say HELO without a name and leave the brackets out', async () => {
    const { port } = await add({ legacyClients: true, remoteIPRanges: ['127.0.0.1'] });
    const client = await SmtpClient.open(port);
    await client.expect(220);
    await client.say('HELO', 250);
    await client.say('MAIL FROM: scanner@b.example', 250);
    await client.say('RCPT TO: < someone@d.example >', 250);
    await client.say('DATA', 354);
    client.send('Subject: x\r\n\r\nx\r\n.\r\n');
    await client.expect(250);
    await client.quit();
    const strict = await relay.connect();
    await strict.expect(220);
    await strict.say('HELO', 501);
    await strict.say('HELO x', 250);
    await strict.say('MAIL FROM: scanner@b.example', 501);
  });

  for (const [said, meant] of [
    ['HELO', 'HELO [10.0.0.1]'],
    ['helo ', 'helo [10.0.0.1]'],
    ['HELO x', 'HELO x'],
    ['MAIL FROM:<a@b>', 'MAIL FROM:<a@b>'],
    ['MAIL FROM:<>', 'MAIL FROM:<>'],
    ['mail from: a@b SIZE=5', 'MAIL FROM:<a@b> SIZE=5'],
    ['MAIL FROM a@b', 'MAIL FROM:<a@b>'],
    ['RCPT TO:< a@b > NOTIFY=NEVER', 'RCPT TO:<a@b> NOTIFY=NEVER'],
    ['RCPT TO:<a@b', 'RCPT TO:<a@b'],
    ['MAIL FROM:', 'MAIL FROM:'],
    ['DATA', 'DATA'],
  ] as const)
    it(`takes "${said}" of an old device for "${meant}"`, () => assert.equal(asStrict(said, '10.0.0.1'), meant));
});

describe('refused settings of listeners', () => {
  const bindings = [{ address: '127.0.0.1', port: 26 }];
  const cases: [string, object, string, RegExp][] = [
    [
      'TLS 1.0 for everybody',
      { minimumTlsVersion: '1.0', cipherProfile: 'Legacy' },
      'minimumTlsVersion',
      /remoteIPRanges/,
    ],
    ['old ciphers for everybody', { cipherProfile: 'Legacy' }, 'cipherProfile', /old devices only/],
    ['old syntax for everybody', { legacyClients: true }, 'legacyClients', /old devices only/],
    [
      'old syntax for the whole Internet by another name',
      { legacyClients: true, remoteIPRanges: ['0.0.0.0/1', '128.0.0.0/1'] },
      'legacyClients',
      /not the whole Internet/,
    ],
    [
      'TLS 1.1 with new ciphers',
      { minimumTlsVersion: '1.1', remoteIPRanges: ['10.0.0.0/8'] },
      'minimumTlsVersion',
      /needs cipherProfile Legacy/,
    ],
    [
      'a certificate that is not there',
      { certificates: ['nowhere'] },
      'certificates[0]',
      /no certificate of this relay/,
    ],
    [
      'client certificates without TLS',
      { tlsMode: 'Off', clientCertificate: 'Request' },
      'clientCertificate',
      /needs TLS/,
    ],
    [
      'required client certificates with optional TLS',
      { clientCertificate: 'Require' },
      'clientCertificate',
      /would not hold/,
    ],
    [
      'a log-on without a way',
      { requireAuthentication: true, authenticationMethods: [] },
      'requireAuthentication',
      /no way in/,
    ],
    ['an unknown TLS mode', { tlsMode: 'Maybe' }, 'tlsMode', /must be one of Off, Optional, Required, Implicit/],
    ['SSL 3', { minimumTlsVersion: '3.0' }, 'minimumTlsVersion', /must be one of/],
    ['a range that is none', { remoteIPRanges: ['10.0.0'] }, 'remoteIPRanges[0]', /must be an IPv4/],
  ];
  for (const [title, settings, path, message] of cases)
    it(title, async () => {
      const before = await relay.control.call('listener.list');
      const error = await relay.control.fails('listener.create', { name: 'Bad', bindings, ...settings });
      assert.equal(error.id, 'InvalidParameter');
      assert.equal(error.paths[0], path);
      assert.match(error.error.data.problems[0]!.message, message);
      assert.deepEqual(await relay.control.call('listener.list'), before);
    });

  it('a name twice, a listener that is not there', async () => {
    const twice = await relay.control.fails('listener.create', { name: 'default', bindings });
    assert.equal(twice.id, 'AlreadyExists');
    assert.equal((await relay.control.fails('listener.set', { name: 'nobody', enabled: false })).id, 'NotFound');
    assert.equal((await relay.control.fails('listener.remove', { name: 'nobody' })).id, 'NotFound');
  });
});

describe('a change of one listener', () => {
  it('leaves the sessions of the others alone, in whatever state they are', async () => {
    const { name, port } = await add({});
    const others = await Promise.all(Array.from({ length: 20 }, () => relay.client()));
    await others[0]!.begin(['c@d.example']);
    const own = await SmtpClient.ready(port);
    const newPort = await freePort();
    await relay.control.call('listener.set', { name, bindings: [{ address: '127.0.0.1', port: newPort }] });
    assert.match((await own.expect(421)).text, /4\.3\.2/);
    await assert.rejects(SmtpClient.open(port));
    await (await SmtpClient.ready(newPort)).quit();
    await relay.control.call('listener.set', { name, tlsMode: 'Implicit' });
    const sealed = await SmtpClient.open(newPort, { tls: {} });
    await sealed.expect(220);
    await sealed.quit();
    await relay.control.call('listener.set', { name, enabled: false });
    await assert.rejects(SmtpClient.open(newPort));
    await relay.control.call('listener.set', { name, enabled: true });
    await relay.control.call('listener.remove', { name });
    await assert.rejects(SmtpClient.open(newPort));
    others[0]!.send('Subject: x\r\n\r\nx\r\n.\r\n');
    await others[0]!.expect(250);
    for (const client of others) await client.say('NOOP', 250);
    await relay.quiet();
  });

  it('shows sessions and what does not work', async () => {
    const { name, port } = await add({});
    const client = await SmtpClient.ready(port);
    const show = async () => (await relay.control.call('listener.list')).find(listener => listener.name === name)!;
    assert.deepEqual((({ status, error, sessions }) => ({ status, error, sessions }))(await show()), {
      status: 'Listening',
      error: null,
      sessions: 1,
    });
    await client.quit();
    await until('the session is over', async () => (await show()).sessions === 0);
    // An address that this computer does not have.
    await relay.control.call('listener.set', { name, bindings: [{ address: '192.0.2.77', port }] });
    assert.equal((await show()).status, 'Failed');
    assert.match((await show()).error!, /Cannot listen on 192\.0\.2\.77/);
    assert.equal((await relay.control.call('relay.get')).health, 'Red');
    await relay.control.call('listener.remove', { name });
    assert.notEqual((await relay.control.call('relay.get')).health, 'Red');
  });
});

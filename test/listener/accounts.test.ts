/** What an account may do beside logging on, over real sockets; and when it is over with it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestRelay } from '../support/relay-harness.ts';
import type { SmtpClient } from '../support/relay-smtp.ts';

const PASSWORD = 'correct horse battery';
const plain = (user: string, password = PASSWORD, authzid = '') =>
  `AUTH PLAIN ${Buffer.from(`${authzid}\0${user}\0${password}`).toString('base64')}`;

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({ restriction: { entries: [{ entry: '192.0.2.250' }] } });
});
after(() => relay.stop());

let serial = 0;
/** A new account, and a client that is logged on with it. */
async function loggedOn(rights: object = {}): Promise<{ name: string; client: SmtpClient }> {
  const name = `account${++serial}`;
  await relay.control.call('account.create', { name, password: PASSWORD, ...rights });
  const client = await relay.client();
  await client.say(plain(name), 235);
  return { name, client };
}
const MESSAGE = 'From: scanner@example.com\r\nSubject: x\r\n\r\nx\r\n';

describe('SendAs', () => {
  it('lets the account use its addresses in the envelope and in From, and nobody', async () => {
    const { client } = await loggedOn({ sendAs: ['scanner@example.com', '*@sub.example.com'] });
    await client.mail(MESSAGE, undefined, 'Scanner@Example.com');
    await client.mail('From: "A, B" <x@sub.example.com>\r\n\r\nx\r\n', undefined, 'y@sub.example.com');
    await client.mail(MESSAGE, undefined, '');
  });

  it('refuses another sender with 550 5.7.60 and takes the next one', async () => {
    const { client, name } = await loggedOn({ sendAs: ['scanner@example.com'] });
    const { text } = await client.say('MAIL FROM:<boss@example.com>', 550);
    assert.equal(text, '550 5.7.60 This account may not send as boss@example.com (sender)');
    await client.say('RCPT TO:<a@b.example>', 503);
    await client.mail(MESSAGE, undefined, 'scanner@example.com');
    assert.match((await relay.logs()).protocol, new RegExp(` SendAs:${name} \\S+$`, 'm'));
  });

  const FOREIGN: [string, string][] = [
    ['boss@example.com', 'From: boss@example.com\r\n\r\nx\r\n'],
    ['boss@example.com', 'From: scanner@example.com, boss@example.com\r\n\r\nx\r\n'],
    ['boss@example.com', 'From: scanner@example.com\r\nFrom: boss@example.com\r\n\r\nx\r\n'],
    ['boss@example.com', 'From: scanner@example.com,\r\n <boss@example.com>\r\n\r\nx\r\n'],
    ['boss@example.com', 'From : "scanner@example.com" <boss@example.com>\r\n\r\nx\r\n'],
    ['scanner', 'From: scanner\r\n\r\nx\r\n'],
  ];
  for (const [shown, message] of FOREIGN)
    it(`refuses ${JSON.stringify(message.split('\r\n\r\n')[0])}`, async () => {
      const { client } = await loggedOn({ sendAs: ['scanner@example.com'] });
      await client.begin(['a@b.example'], 'scanner@example.com');
      client.send(`${message}.\r\n`);
      const { text } = await client.expect(550);
      assert.equal(text, `550 5.7.60 This account may not send as ${shown} (From)`);
      await client.mail(MESSAGE, undefined, 'scanner@example.com');
    });

  it('refuses a message without From, whose author could be anybody', async () => {
    const { client } = await loggedOn({ sendAs: ['scanner@example.com'] });
    await client.begin(['a@b.example'], 'scanner@example.com');
    client.send('Subject: x\r\n\r\nFrom: scanner@example.com\r\n.\r\n');
    await client.expect(550);
  });

  it('does not concern clients that did not log on', async () => {
    await relay.control.call('restriction.add', { entries: [{ entry: '127.0.0.9' }] });
    const client = await relay.client({ localAddress: '127.0.0.9' });
    await client.mail('Subject: x\r\n\r\nx\r\n', undefined, 'anybody@example.com');
  });
});

describe('RemoteIPRanges', () => {
  it('keep the account from other addresses, with the reply to a wrong password', async () => {
    const { name } = await loggedOn({ remoteIPRanges: ['127.0.0.1'] });
    const client = await relay.client({ localAddress: '127.0.0.5' });
    assert.equal((await client.say(plain(name), 535)).text, '535 5.7.8 Authentication failed');
    assert.match((await relay.logs()).protocol, / AccountRemoteIPRanges \S+$/m);
  });
});

describe('MaxMessagesPerHour', () => {
  it('answers 450 after so many messages, over all sessions; what was refused does not count', async () => {
    const { client, name } = await loggedOn({ maxMessagesPerHour: 2, sendAs: ['scanner@example.com'] });
    await client.begin(['a@b.example'], 'scanner@example.com');
    client.send('From: boss@example.com\r\n\r\nx\r\n.\r\n');
    await client.expect(550);
    await client.mail(MESSAGE, undefined, 'scanner@example.com');
    const second = await relay.client();
    await second.say(plain(name), 235);
    // Both begin while there is room for one.
    for (const each of [client, second]) {
      await each.say('MAIL FROM:<scanner@example.com>', 250);
      await each.say('RCPT TO:<a@b.example>', 250);
    }
    await second.say('DATA', 354);
    await client.say('DATA', 354);
    second.send(`${MESSAGE}.\r\n`);
    await second.expect(250);
    client.send(`${MESSAGE}.\r\n`);
    const late = await client.expect(450);
    const { text } = await second.say('MAIL FROM:<scanner@example.com>', 450);
    for (const reply of [late.text, text])
      assert.equal(reply, '450 4.7.1 Too many messages from this account, try again later');
    await relay.control.call('account.set', { name, maxMessagesPerHour: null });
    await client.mail(MESSAGE, undefined, 'scanner@example.com');
  });
});

describe('the logged-on state', () => {
  const ENDS: [string, (name: string) => Promise<unknown>][] = [
    ['is disabled', name => relay.control.call('account.set', { name, enabled: false })],
    ['is removed', name => relay.control.call('account.remove', { name })],
    ['has another password', name => relay.control.call('account.set', { name, password: 'another password' })],
    ['may not come from there', name => relay.control.call('account.set', { name, remoteIPRanges: ['10.0.0.0/8'] })],
  ];
  for (const [title, end] of ENDS)
    it(`ends when the account ${title}, in the middle of a transaction too`, async () => {
      const { client, name } = await loggedOn();
      const other = await relay.client();
      await other.say(plain(name), 235);
      await other.say('MAIL FROM:<a@b.example>', 250);
      await other.say('RCPT TO:<a@b.example>', 250);
      await client.say('MAIL FROM:<a@b.example>', 250);
      await client.say('RCPT TO:<a@b.example>', 250);
      await end(name);
      await client.say('RCPT TO:<c@b.example>', 530);
      await client.say('RSET', 250);
      await client.say('MAIL FROM:<a@b.example>', 250);
      await client.say('RCPT TO:<a@b.example>', 550);
      await other.say('DATA', 354);
      other.send('Subject: x\r\n\r\nx\r\n.\r\n');
      await other.expect(530);
      const { lines } = await client.say('EHLO again.example', 250);
      assert.ok(
        lines.some(line => line.startsWith('250-AUTH ')),
        lines.join('\n'),
      );
    });

  it('stays when something else changes', async () => {
    const { client, name } = await loggedOn();
    await relay.control.call('account.set', { name, maxMessagesPerHour: 100 });
    await client.mail(MESSAGE);
  });
});

describe('AUTH PLAIN', () => {
  it('lets nobody act for somebody else (RFC 4616 2)', async () => {
    const { name } = await loggedOn();
    const client = await relay.client();
    await client.say(plain(name, PASSWORD, 'somebody'), 535);
    await client.say(plain(name, PASSWORD, name.toUpperCase()), 235);
  });
});

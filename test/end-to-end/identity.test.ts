/**
 * Who mail is from, all the way: rules, DKIM and conversion, as the next hop gets it. Signatures are
 * verified by OpenDKIM, which shares no code with this relay.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { removeFolder, TestRelay, type TestSettings, temporaryFolder, until } from '../support/relay-harness.ts';
import type { SinkMessage } from '../support/relay-sink.ts';

const run = promisify(execFile);
const noOpenDkim = existsSync('/usr/sbin/opendkim') ? false : 'opendkim is not installed';

const PLAIN_EHLO = '250-sink.example\r\n250 ENHANCEDSTATUSCODES';

async function start(t: TestContext, settings: TestSettings = {}): Promise<TestRelay> {
  const relay = await TestRelay.start(settings);
  t.after(() => relay.stop());
  return relay;
}

interface Letter {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly text: Buffer | string;
}

/** Hands a message in as a client and waits until the next hop has it. */
async function through(
  relay: TestRelay,
  { from = 'me@corp.example', to = ['you@there.example'], text }: Letter,
): Promise<SinkMessage> {
  const before = relay.sink.messages.length;
  const client = await relay.client();
  await client.say(`MAIL FROM:<${from}> BODY=8BITMIME`, 250);
  for (const address of to) await client.say(`RCPT TO:<${address}>`, 250);
  await client.say('DATA', 354);
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text.replace(/\r?\n/g, '\r\n'));
  await client.sendAll(Buffer.from(bytes.toString('latin1').replace(/(^|\n)\./g, '$1..'), 'latin1'));
  await client.say('.', 250);
  return until('the next hop has it', () => relay.sink.messages[before], 90_000);
}

/** What OpenDKIM says to a message, by selector; keys come from a file instead of DNS. */
async function verified(t: TestContext, relay: TestRelay, message: Buffer): Promise<Record<string, string>> {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const keys = await relay.control.call('dkim.list');
  await writeFile(join(folder, 'dns'), keys.map(key => `${key.recordName} ${key.recordValue}\n`).join(''));
  await writeFile(join(folder, 'conf'), `Mode v\nTestDNSData file:${join(folder, 'dns')}\nSyslog no\n`);
  await writeFile(join(folder, 'message'), message);
  const { stdout } = await run(
    '/usr/sbin/opendkim',
    ['-x', join(folder, 'conf'), '-t', join(folder, 'message'), '-v', '-v'],
    {
      maxBuffer: 50_000_000,
    },
  ).catch(error => error as { stdout: string });
  const results = [...stdout.matchAll(/dkim=(\w+)[^;]*?header\.s=(\w+)/g)];
  return Object.fromEntries(results.map(([, result, selector]) => [selector!, result!]));
}

const headerOf = (message: SinkMessage) => message.bytes.toString('latin1', 0, message.bytes.indexOf('\r\n\r\n'));

describe('rewriting', () => {
  it('changes envelope and From, keeps the old From as Reply-To, and leaves all else', async t => {
    const relay = await start(t);
    await relay.control.call('rewrite.create', {
      name: 'Fixed',
      type: 'Sender',
      address: '*@corp.example',
      newAddress: 'scan@contoso.com',
    });
    const text =
      'From: "Me, Myself" <me@corp.example>,\n other@else.example\nTo: you@there.example\nSubject: =?utf-8?Q?=C3=BC?=\nDate: Wed, 25 Nov 2026 09:00:00 +0000\nMessage-ID: <1@x>\n\nFrom: me@corp.example\n';
    const got = await through(relay, { text });
    assert.equal(got.sender, 'scan@contoso.com');
    const sent = await relay.sentWithoutTrace(got.id!);
    const from = '"Me, Myself" <me@corp.example>,\n other@else.example\n';
    const expected = text.replace(
      `From: ${from}`,
      `From: ${from.replace('me@corp.example', 'scan@contoso.com')}Reply-To: ${from}`,
    );
    assert.equal(sent, expected.replace(/\n/g, '\r\n'));
  });

  it('by conditions and connector; the null sender stays, and reports find who really sent it', async t => {
    const relay = await start(t);
    const rule = { type: 'Sender', newAddress: '*@contoso.com' } as const;
    await relay.control.call('rewrite.create', {
      ...rule,
      name: 'Elsewhere',
      remoteIPRanges: ['10.0.0.0/8'],
      address: '*',
      newAddress: 'wrong@contoso.com',
    });
    await relay.control.call('rewrite.create', {
      ...rule,
      name: 'Masquerade',
      address: '*@*.corp.example',
      connectors: ['Next'],
    });
    relay.sink.refuse = recipient =>
      recipient === 'nobody@there.example' ? { code: 550, text: '5.1.1 no such user' } : null;
    const first = await through(relay, {
      from: 'root@web1.corp.example',
      to: ['you@there.example', 'nobody@there.example'],
      text: 'From: root@web1.corp.example\nSubject: a\n\nx\n',
    });
    assert.equal(first.sender, 'root@contoso.com');
    assert.match(headerOf(first), /\r\nFrom: root@contoso\.com\r\n/);
    assert.doesNotMatch(headerOf(first), /Reply-To/);
    const report = await until(
      'the report arrives',
      () => relay.sink.messages.find(({ sender }) => sender === ''),
      30_000,
    );
    assert.deepEqual(report.recipients, ['root@web1.corp.example']);
  });

  it('is the same at a second attempt', async t => {
    const relay = await start(t, { general: { retryInterval: [1] } });
    await relay.control.call('rewrite.create', { name: 'Fixed', type: 'Sender', newAddress: 'scan@contoso.com' });
    await relay.control.call('rewrite.create', {
      name: 'Mark',
      type: 'Header',
      headerAction: 'Add',
      headerName: 'X-Via',
      headerValue: 'relay',
    });
    let refusals = 0;
    relay.sink.refuse = () => (refusals++ === 0 ? { code: 451, text: '4.7.1 later' } : null);
    const got = await through(relay, { text: 'From: me@corp.example\nSubject: a\n\nx\n' });
    assert.ok(refusals >= 2);
    assert.equal(got.sender, 'scan@contoso.com');
    assert.match(headerOf(got), /^X-Via: relay\r\n/);
    assert.equal(headerOf(got).match(/X-Via|Reply-To: me@corp\.example/g)?.length, 2);
  });

  it('takes inner Received lines out, and fields with a wildcard, for one connector', async t => {
    const relay = await start(t);
    const rule = { type: 'Header' as const, headerAction: 'Remove' as const, connectors: ['Next'] };
    await relay.control.call('rewrite.create', {
      ...rule,
      name: 'Trace',
      headerName: 'Received',
      headerMatch: '*10.*',
    });
    await relay.control.call('rewrite.create', { ...rule, name: 'Marks', headerName: 'X-Inner-*' });
    const got = await through(relay, {
      text: 'Received: from a (10.1.2.3)\n\tby b\nReceived: from c (192.0.2.1) by d\nX-Inner-A: 1\nX-Outer: 2\nFrom: me@corp.example\nx-inner-b: 3\n\nX-Inner-C: body\n',
    });
    const header = headerOf(got);
    assert.doesNotMatch(header, /10\.1\.2\.3|x-inner/i);
    assert.match(header, /\r\nReceived: from c \(192\.0\.2\.1\) by d\r\nX-Outer: 2\r\n/);
    assert.match(got.bytes.toString(), /\r\n\r\nX-Inner-C: body\r\n$/);
  });

  it('sends everything to one mailbox, and says whom it was for', async t => {
    const relay = await start(t);
    await relay.control.call('rewrite.create', {
      name: 'Test',
      type: 'Recipient',
      newAddress: 'test@contoso.com',
      exceptions: ['*@kept.example'],
    });
    const got = await through(relay, {
      to: ['a@x.example', 'b@y.example', 'c@kept.example'],
      text: 'From: me@corp.example\nTo: a@x.example\n\nx\n',
    });
    assert.deepEqual([...got.recipients].sort(), ['c@kept.example', 'test@contoso.com']);
    // b got a blind copy, and c is not to know.
    assert.doesNotMatch(got.bytes.toString(), /X-Envelope-To|b@y\.example/);
    const alone = await through(relay, {
      to: ['a@x.example', 'b@y.example'],
      text: 'From: me@corp.example\nTo: a@x.example\n\ny\n',
    });
    assert.deepEqual(alone.recipients, ['test@contoso.com']);
    assert.match(headerOf(alone), /^X-Envelope-To: a@x\.example, b@y\.example\r\n/);
    assert.match(headerOf(alone), /\r\nTo: a@x\.example\r?\n?/);
  });

  it('gives a domain to addresses without one', async t => {
    const relay = await start(t, { general: { defaultDomain: 'contoso.com' } });
    const got = await through(relay, {
      from: 'scanner',
      to: ['helpdesk'],
      text: 'From: "The Scanner" <scanner>\n\nx\n',
    });
    assert.deepEqual([got.sender, ...got.recipients], ['scanner@contoso.com', 'helpdesk@contoso.com']);
    assert.match(headerOf(got), /\r\nFrom: "The Scanner" <scanner@contoso\.com>/);
  });

  it('keeps the address that was judged, whatever becomes of the domain afterwards, and names it once', async t => {
    const relay = await start(t, { general: { defaultDomain: 'contoso.com' } });
    const client = await relay.client();
    await client.say('MAIL FROM:<scanner>', 250);
    await client.say('RCPT TO:<helpdesk>', 250);
    await client.say('RCPT TO:<helpdesk@contoso.com>', 250);
    await relay.control.call('settings.set', { defaultDomain: null });
    await client.say('DATA', 354);
    client.send('Subject: x\r\n\r\nx\r\n');
    await client.say('.', 250);
    const got = await until('the next hop has it', () => relay.sink.messages[0]);
    assert.deepEqual([got.sender, ...got.recipients], ['scanner@contoso.com', 'helpdesk@contoso.com']);
    await client.say('MAIL FROM:<scanner>', 501);
  });

  it('judges size and way by the recipient that mail will have', async t => {
    const relay = await start(t);
    await relay.control.call('connector.create', {
      name: 'Small',
      type: 'SmartHost',
      addressSpaces: ['small.example'],
      smartHosts: [{ host: '127.0.0.1', port: relay.sink.port }],
      tlsMode: 'None',
      maxMessageSize: 1024,
    });
    const announce = async (code: number) => {
      const client = await relay.client();
      await client.say('MAIL FROM:<me@corp.example> SIZE=5000', 250);
      await client.say('RCPT TO:<you@small.example>', code);
      await client.quit();
    };
    await announce(552);
    await relay.control.call('rewrite.create', {
      name: 'Test server',
      type: 'Recipient',
      address: '*',
      newAddress: 'all@big.example',
    });
    await announce(250);
    const { connector } = await relay.control.call('restriction.test', {
      ipAddress: '127.0.0.1',
      recipient: 'you@small.example',
    });
    assert.equal(connector, 'Next');
  });
});

describe('senders and recipients of a listener and of accounts', () => {
  it('others are refused', async t => {
    const relay = await start(t, {
      listener: { allowedSenders: ['*@corp.example'], allowedRecipients: ['*@there.example'] },
    });
    const client = await relay.client();
    await client.say('MAIL FROM:<me@else.example>', 550);
    await client.say('MAIL FROM:<me@corp.example>', 250);
    await client.say('RCPT TO:<you@elsewhere.example>', 550);
    await client.say('RCPT TO:<you@there.example>', 250);
    await client.say('DATA', 354);
    client.send('From: boss@else.example\r\n\r\nx\r\n');
    await client.say('.', 550);
    const { protocol } = await relay.logs();
    assert.match(protocol, /AllowedSenders/);
  });
});

describe('DKIM', { skip: noOpenDkim }, () => {
  const withKeys = async (t: TestContext) => {
    const relay = await start(t);
    await relay.control.call('dkim.create', { domain: 'contoso.com', selector: 'rsa' });
    await relay.control.call('dkim.create', { domain: 'contoso.com', selector: 'ed', algorithm: 'Ed25519' });
    await relay.control.call('dkim.create', { domain: 'contoso.com', selector: 'off', enabled: false });
    await relay.control.call('dkim.create', { domain: 'other.example', selector: 'other' });
    await relay.control.call('rewrite.create', {
      name: 'Masquerade',
      type: 'Sender',
      address: '*@*.corp.example',
      newAddress: '*@contoso.com',
    });
    return relay;
  };
  const HEAD =
    'From: "Ä, Me" <me@web1.corp.example>\r\nTo: you@there.example,\r\n\tthey@there.example\r\nSubject:   a  \r\n folded one\r\n';
  const bodies: Record<string, () => Buffer> = {
    'a text': () => Buffer.from('Hello  world \r\n\r\n.\r\n..dots\r\n \r\n\r\n'),
    nothing: () => Buffer.alloc(0),
    'empty lines only': () => Buffer.from('\r\n\r\n \t\r\n'),
    '8-bit content': () => Buffer.from(`${'Grüße, \u{1f600}\t \r\n'.repeat(500)}`),
    'long lines': () => Buffer.from(`${'x y  '.repeat(30_000)}\r\n${'z'.repeat(200_000)}\r\n`),
    '10 MB': () => Buffer.from(`${randomBytes(7_864_320).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`),
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`signatures over ${what} hold after rewriting`, async t => {
      const relay = await withKeys(t);
      const got = await through(relay, {
        from: 'me@web1.corp.example',
        text: Buffer.concat([Buffer.from(`${HEAD}\r\n`), body()]),
      });
      assert.match(headerOf(got), /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=contoso\.com;/);
      assert.match(headerOf(got), /\r\nFrom: ".*" <me@contoso\.com>\r\n/);
      assert.deepEqual(await verified(t, relay, got.bytes), { rsa: 'pass', ed: 'pass' });
    });
  }

  it('a signature does not hold when From, another From or the body was changed', async t => {
    const relay = await withKeys(t);
    const got = await through(relay, { from: 'me@web1.corp.example', text: `${HEAD}\r\nPay 100\r\n` });
    const text = got.bytes.toString('latin1');
    const forged = [
      text.replace('me@contoso.com', 'us@contoso.com'),
      text.replace('To: you', 'From: x@y.example\r\nTo: you'),
      text.replace('100', '900'),
    ];
    for (const message of forged)
      assert.ok(!Object.values(await verified(t, relay, Buffer.from(message, 'latin1'))).includes('pass'));
  });

  it('signatures are made of what a server without 8BITMIME gets', async t => {
    const relay = await withKeys(t);
    relay.sink.ehlo = PLAIN_EHLO;
    const text = Buffer.from(
      `${HEAD.replace('Ä', 'A')}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße  \r\n`,
    );
    const got = await through(relay, { from: 'me@web1.corp.example', text });
    assert.ok(got.bytes.every(byte => byte < 128));
    assert.match(got.bytes.toString(), /Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =20\r\n$/);
    assert.doesNotMatch(got.commands[0]!, /8BITMIME/);
    assert.deepEqual(await verified(t, relay, got.bytes), { rsa: 'pass', ed: 'pass' });
  });
});

describe('8-bit content', () => {
  it('is not touched where the next hop takes it', async t => {
    const relay = await start(t);
    const text =
      'From: me@corp.example\nDate: Wed, 25 Nov 2026 09:00:00 +0000\nMessage-ID: <1@x>\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGrüße\n';
    const got = await through(relay, { text });
    assert.match(got.commands[0]!, /BODY=8BITMIME/);
    assert.equal(Buffer.from(await relay.sentWithoutTrace(got.id!), 'latin1').toString(), text.replace(/\n/g, '\r\n'));
  });

  it('that is signed comes back with the reason where it does not', async t => {
    const relay = await start(t);
    relay.sink.ehlo = PLAIN_EHLO;
    const text =
      'From: me@corp.example\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s\n\n--s\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nGrüße\n--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n';
    const got = await through(relay, { text });
    assert.deepEqual([got.sender, ...got.recipients], ['', 'me@corp.example']);
    assert.match(got.bytes.toString(), /5\.6\.2[\s\S]*would break the signature/);
  });
});

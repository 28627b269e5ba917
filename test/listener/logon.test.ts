/** AUTH: who may, what the answers give away, and where the password must never be found. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { type HttpAnswer, TestRelay, textOf } from '../support/relay-harness.ts';
import type { SmtpClient } from '../support/relay-smtp.ts';

const PASSWORD = 'correct horse battery';
const WRONG = 'Tr0ub4dor&3-wrong';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = (user: string, password: string) => base64(`\0${user}\0${password}`);

let relay: TestRelay;
const answers: HttpAnswer[] = [];

before(async () => {
  relay = await TestRelay.start({
    listener: { bindings: [{ address: '0.0.0.0' }] },
    restriction: { entries: [{ entry: '192.0.2.250' }] },
  });
  const post = relay.control.post.bind(relay.control);
  relay.control.post = async (body, headers) => {
    const answer = await post(body, headers);
    answers.push(answer);
    return answer;
  };
  await relay.control.call('account.create', { name: 'Scanner', password: PASSWORD });
  await relay.control.call('account.create', { name: 'retired', password: PASSWORD, enabled: false });
});
after(() => relay.stop());

async function mayRelay(client: SmtpClient): Promise<boolean> {
  await client.say('MAIL FROM:<a@b.example>', 250);
  const { code } = await client.say('RCPT TO:<c@d.example>');
  await client.say('RSET', 250);
  return code === 250;
}

describe('AUTH', () => {
  it('is offered on loopback when there are accounts', async () => {
    const client = await relay.connect();
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.ok(lines.includes('250-AUTH PLAIN LOGIN'), lines.join('\n'));
  });

  const outside = Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .find(entry => entry.family === 'IPv4' && !entry.internal)?.address;
  it('is not offered to the network, where a password could be overheard, and not possible', {
    skip: !outside,
  }, async () => {
    const client = await relay.connect({ host: outside! });
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.ok(!lines.some(line => line.includes('AUTH')), lines.join('\n'));
    await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 500);
    assert.equal(await mayRelay(client), false);
  });

  const WAYS: [string, (client: SmtpClient) => Promise<void>][] = [
    [
      'PLAIN with an initial response',
      async client => void (await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 235)),
    ],
    ['plain, in lower case', async client => void (await client.say(`auth plain ${plain('Scanner', PASSWORD)}`, 235))],
    [
      'PLAIN with the name in another case',
      async client => void (await client.say(`AUTH PLAIN ${plain('SCANNER', PASSWORD)}`, 235)),
    ],
    [
      'PLAIN with the name as authorization identity too',
      async client => void (await client.say(`AUTH PLAIN ${base64(`Scanner\0Scanner\0${PASSWORD}`)}`, 235)),
    ],
    [
      'PLAIN in two steps',
      async client => {
        assert.equal((await client.say('AUTH PLAIN', 334)).text, '334 ');
        await client.say(plain('Scanner', PASSWORD), 235);
      },
    ],
    [
      'LOGIN',
      async client => {
        assert.equal((await client.say('AUTH LOGIN', 334)).text, `334 ${base64('Username:')}`);
        assert.equal((await client.say(base64('Scanner'), 334)).text, `334 ${base64('Password:')}`);
        await client.say(base64(PASSWORD), 235);
      },
    ],
    [
      'LOGIN with the name at once',
      async client => {
        await client.say(`AUTH LOGIN ${base64('Scanner')}`, 334);
        await client.say(base64(PASSWORD), 235);
      },
    ],
  ];
  for (const [title, logOn] of WAYS)
    it(`lets a stranger relay after ${title}`, async () => {
      const client = await relay.client({ localAddress: '127.0.0.5' });
      assert.equal(await mayRelay(client), false);
      await logOn(client);
      assert.equal(await mayRelay(client), true);
      await client.say('EHLO again.example', 250);
      assert.equal(await mayRelay(client), true);
      const id = await client.mail('Subject: x\r\n\r\nx\r\n');
      assert.match(await relay.sent(id), / with ESMTPA id /);
      assert.doesNotMatch(await relay.sent(id), /Scanner/i);
      await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 503);
      await client.quit();
    });

  it('answers the same, after the same time, to a wrong password, an unknown and a disabled account', async () => {
    const tries = [
      [`AUTH PLAIN ${plain('Scanner', WRONG)}`],
      [`AUTH PLAIN ${plain('nobody', WRONG)}`],
      [`AUTH PLAIN ${plain('retired', PASSWORD)}`],
      ['AUTH LOGIN', base64('Scanner'), base64(WRONG)],
      [`AUTH PLAIN ${plain('Scanner', '')}`],
      [`AUTH PLAIN ${plain('Scanner', PASSWORD.toUpperCase())}`],
      [`AUTH PLAIN ${plain('Scanner', `${PASSWORD} `)}`],
    ];
    const results = await Promise.all(
      tries.map(async lines => {
        const client = await relay.client({ localAddress: '127.0.0.5' });
        for (const line of lines.slice(0, -1)) await client.say(line, 334);
        const begin = performance.now();
        const { text } = await client.say(lines.at(-1)!);
        const time = performance.now() - begin;
        assert.equal(await mayRelay(client), false);
        return { text, time };
      }),
    );
    for (const { text, time } of results) {
      assert.equal(text, '535 5.7.8 Authentication failed');
      assert.ok(time >= 990 && time < 5000, `${Math.round(time)} ms`);
    }
    const { protocol } = await relay.logs();
    for (const rule of ['WrongPassword', 'UnknownAccount', 'DisabledAccount'])
      assert.match(protocol, new RegExp(` ${rule} \\S+$`, 'm'));
  });

  it('can be cancelled, and what is no credential is refused with 501', async () => {
    const client = await relay.client({ localAddress: '127.0.0.5' });
    for (const lines of [
      ['AUTH PLAIN', '*'],
      ['AUTH LOGIN', '*'],
      ['AUTH LOGIN', base64('Scanner'), '*'],
      ['AUTH PLAIN', '!!!'],
      ['AUTH LOGIN', ''],
    ]) {
      for (const line of lines.slice(0, -1)) await client.say(line, 334);
      assert.match((await client.say(lines.at(-1)!, 501)).text, /^501 5\.\d\.\d /);
    }
    await client.say('AUTH PLAIN a b c', 501);
    await client.say('AUTH CRAM-MD5', 504);
    await client.say('AUTH', 504);
    await client.say('NOOP', 250);
    assert.equal(await mayRelay(client), false);
  });

  it('needs EHLO before', async () => {
    const client = await relay.connect();
    await client.expect(220);
    await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 503);
  });

  it('does not help when the restriction does not let authenticated clients relay', async () => {
    await relay.control.call('restriction.set', { allowAuthenticated: false });
    const client = await relay.client({ localAddress: '127.0.0.5' });
    await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 235);
    assert.equal(await mayRelay(client), false);
    await relay.control.call('restriction.set', { allowAuthenticated: true });
    assert.equal(await mayRelay(client), true);
  });

  it('shows in account.list when an account was used last', async () => {
    const list = await relay.control.call('account.list');
    assert.equal(list.find(account => account.name === 'retired')!.lastLogon, null);
    assert.ok(Date.parse(list.find(account => account.name === 'Scanner')!.lastLogon!) > Date.now() - 60_000);
  });

  it('knows a changed password at once', async () => {
    await relay.control.call('account.create', { name: 'changing', password: 'the first one' });
    await relay.control.call('account.set', { name: 'changing', password: 'the second one' });
    const client = await relay.client({ localAddress: '127.0.0.5' });
    await client.say(`AUTH PLAIN ${plain('changing', 'the first one')}`, 535);
    await client.say(`AUTH PLAIN ${plain('changing', 'the second one')}`, 235);
  });

  it('is hidden from the logs also when the client writes it strangely', async () => {
    const client = await relay.client({ localAddress: '127.0.0.5' });
    const token = plain('Scanner', PASSWORD);
    for (const line of [` AUTH PLAIN ${token}`, `AUTH\tPLAIN\t${token}`, `AUTH ${token}`, `AUTH PLAIN${token}`])
      await client.say(line);
    // A client that goes on although the mechanism was refused.
    await client.say('AUTH NTLM', 504);
    await client.say(base64('Scanner'), 500);
    await client.say(base64(PASSWORD), 500);
    await client.say(PASSWORD, 500);
    assert.match((await relay.logs()).protocol, / AUTH /);
  });

  it('leaves no password in any file or answer: neither as it is nor as it was sent', async () => {
    await relay.quiet();
    await relay.control.call('account.list');
    await relay.control.call('log.read', { resultSize: null });
    await relay.control.fails('account.create', { name: 'Scanner', password: PASSWORD });
    await relay.control.fails('account.create', { name: 'short', password: PASSWORD.slice(0, 7) });
    await relay.logs();
    const everything = (await textOf(relay.folder)) + answers.map(answer => answer.text).join('');
    assert.ok(everything.includes('Scanner'));
    for (const password of [PASSWORD, WRONG, 'the first one', 'the second one']) {
      // Base64 shifts by what stands before; LOGIN sends it alone, PLAIN after the name.
      const forms = [
        password,
        base64(password),
        plain('Scanner', password),
        plain('nobody', password),
        plain('changing', password),
      ];
      for (const form of forms)
        for (const piece of [form, form.slice(0, 20), form.replace(/=+$/, '').slice(-12)])
          assert.ok(!everything.toLowerCase().includes(piece.toLowerCase()), `${piece} was found`);
    }
    assert.ok(!answers.some(answer => answer.text.includes('scrypt$')), 'a verifier was given away');
  });

  it('is no longer offered when the last account is gone', async () => {
    for (const { name } of await relay.control.call('account.list'))
      await relay.control.call('account.remove', { name });
    const client = await relay.connect();
    await client.expect(220);
    const { lines } = await client.say('EHLO client.example', 250);
    assert.ok(!lines.some(line => line.includes('AUTH')));
    await client.say(`AUTH PLAIN ${plain('Scanner', PASSWORD)}`, 500);
  });
});

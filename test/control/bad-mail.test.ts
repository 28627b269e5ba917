/** BadMail as an administrator sees it, against a real relay and a real folder. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestRelay, until } from '../support/relay-harness.ts';

const MESSAGE = 'Subject: bad\r\n\r\nHello\r\n';
const LINES = 'x-sender: <>\r\nx-receiver: <a@example.com>\r\n';
const REASON = 'This message could not be delivered: it has no sender to whom it could be returned.\r\n';

async function scene(t: TestContext, general: object = {}) {
  const relay = await TestRelay.start({ general });
  t.after(() => relay.stop());
  const folder = join(relay.folder, 'BadMail');
  await mkdir(folder, { recursive: true });
  /** Puts a file there, so many seconds old. */
  const put = async (name: string, text: string | Buffer, age = 10) => {
    await writeFile(join(folder, name), text);
    await utimes(join(folder, name), Date.now() / 1000 - age, Date.now() / 1000 - age);
  };
  return { relay, folder, put, files: async () => (await readdir(folder)).sort() };
}

test('what lies there is shown with its reason, newest first', async t => {
  const { relay, put, folder } = await scene(t);
  await put('old.BAD', `${LINES}${MESSAGE}`, 300);
  await put('old.BDR', `${REASON}Queue id: 1K11YVFB9Q0\r\n  Reply: 550 5.1.1 No\r\n`, 300);
  await put('pickup.BAD', 'From: jo@example.com\nTo: b@example.com\nSubject: =?utf-8?q?gr=C3=BCn?=\n\nx\n', 200);
  await put('pickup.BDR', 'This file from the Pickup folder could not be sent: too large.\r\n', 200);
  await put('lost.BDR', 'The file is missing.\r\nFrom: x@example.com\r\nTo: y@example.com\r\nSubject: lost\r\n', 100);
  await put('iis.bad', `x-sender: s@example.com\r\nx-receiver: r@example.com\r\n${MESSAGE}`, 50);
  await put('iis.bdp', 'x', 50);
  await put('queue-1.db', 'not mail');
  await symlink('/etc/passwd', join(folder, 'link.BAD'));
  const all = await relay.control.call('badmail.list');
  assert.deepEqual(
    all.map(({ identity, fromAddress, recipients, subject, reason }) => [
      identity,
      fromAddress,
      recipients.join(),
      subject,
      reason,
    ]),
    [
      ['iis', 's@example.com', 'r@example.com', 'bad', null],
      ['lost', 'x@example.com', 'y@example.com', 'lost', 'The file is missing.'],
      ['pickup', 'jo@example.com', 'b@example.com', 'grün', 'too large.'],
      [
        'old',
        '<>',
        'a@example.com',
        'bad',
        'it has no sender to whom it could be returned. The last answer was: 550 5.1.1 No',
      ],
    ],
  );
  assert.equal(all[3]!.internalMessageId, '1K11YVFB9Q0');
  assert.deepEqual([all[1]!.file, all[3]!.file], [null, join(folder, 'old.BAD')]);
  const names = async (params: object) =>
    (await relay.control.call('badmail.list', params)).map(({ identity }) => identity);
  assert.deepEqual(await names({ resultSize: 2 }), ['iis', 'lost']);
  assert.deepEqual(await names({ identity: '*o*' }), ['lost', 'old']);
  assert.deepEqual(await names({ identity: 'old' }), ['old']);
  assert.deepEqual(await names({ filter: "Reason -like '*missing*' -or Recipients -contains 'a@example.com'" }), [
    'lost',
    'old',
  ]);
  assert.deepEqual(await names({ sortOrder: ['+Identity'], resultSize: 2 }), ['iis', 'lost']);
  const bad = await relay.control.fails('badmail.list', { filter: "Colour -eq 'red'" });
  assert.match(bad.message, /position 1/);
  assert.equal((await relay.control.fails('badmail.list', { identity: 'nothing' })).id, 'NotFound');
});

test('a name leads to no other folder', async t => {
  const { relay, folder } = await scene(t);
  await writeFile(join(relay.folder, 'outside.BAD'), `${LINES}${MESSAGE}`);
  await mkdir(join(folder, 'inner.BAD'));
  for (const method of ['badmail.restart', 'badmail.export', 'badmail.list', 'badmail.clear'])
    for (const identity of ['../outside', '/etc/passwd', join(relay.folder, 'outside'), 'a\0b'])
      assert.equal((await relay.control.fails(method, { identity })).id, 'InvalidParameter', `${method} ${identity}`);
  for (const identity of ['..', 'inner', '..\\outside'])
    assert.ok(
      ['NotFound', 'InvalidParameter'].includes((await relay.control.fails('badmail.restart', { identity })).id),
    );
  assert.equal(await readFile(join(relay.folder, 'outside.BAD'), 'utf8'), `${LINES}${MESSAGE}`);
});

test('it goes into the queue again, with its envelope or another, and its files go', async t => {
  const { relay, put, files } = await scene(t);
  await put('one.BAD', `${LINES}${MESSAGE}`);
  await put('one.BDR', REASON);
  const sent = await relay.control.call('badmail.restart', { identity: 'one' });
  assert.deepEqual([sent.fromAddress, sent.recipients, sent.subject], ['<>', ['a@example.com'], 'bad']);
  assert.deepEqual(await files(), []);
  const [first] = await relay.sink.has(1);
  assert.deepEqual([first!.sender, first!.recipients], ['', ['a@example.com']]);
  assert.doesNotMatch(first!.bytes.toString(), /x-receiver/);
  await put('two.BAD', MESSAGE);
  const refused = await relay.control.fails('badmail.restart', { identity: 'two' });
  assert.equal(refused.id, 'NotAccepted');
  assert.match(refused.message, /No sender was found/);
  assert.deepEqual(await files(), ['two.BAD']);
  const recipients = ['b@example.com', 'c@example.com'];
  await relay.control.call('badmail.restart', { identity: 'two', sender: 'me@example.com', recipients });
  const [, second] = await relay.sink.has(2);
  assert.deepEqual([second!.sender, second!.recipients], ['me@example.com', recipients]);
  assert.deepEqual(await files(), []);
});

test('what can not be sent stays, and says why', async t => {
  const { relay, put, files } = await scene(t, { maxMessageSize: 65_536 });
  await put('large.BAD', `${LINES}${MESSAGE}${'x\r\n'.repeat(30_000)}`);
  await put('lost.BDR', 'gone\r\n');
  await put('wide.BAD', Buffer.from('\ufeffx-sender: <>', 'utf16le'));
  await put('empty.BAD', '');
  await put('loop.BAD', `${LINES}${'Received: from a by b\r\n'.repeat(200)}\r\nx`);
  const said = async (identity: string) => {
    const error = await relay.control.fails('badmail.restart', { identity });
    assert.equal(error.id, 'NotAccepted');
    return error.message;
  };
  assert.match(await said('large'), /65536 are allowed/);
  assert.match(await said('lost'), /Only the reason is here/);
  assert.match(await said('wide'), /UTF-16/);
  assert.match(await said('empty'), /empty/);
  assert.match(await said('loop'), /Too many hops/);
  assert.deepEqual(await files(), ['empty.BAD', 'large.BAD', 'loop.BAD', 'lost.BDR', 'wide.BAD']);
  assert.equal((await relay.control.call('relay.get')).queued, 0);
});

test('a Pickup file keeps its dots or not as Pickup would have done, other mail as it is', async t => {
  const { relay, put } = await scene(t, { pickupDotHandling: 'Auto' });
  const text = 'From: a@example.com\r\nTo: b@example.com\r\n\r\n..dots\r\n';
  await put('pickup.BAD', text);
  await put('pickup.BDR', 'This file from the Pickup folder could not be sent: too large.\r\n');
  await put('other.BAD', text);
  for (const identity of ['pickup', 'other']) await relay.control.call('badmail.restart', { identity });
  const bodies = (await relay.sink.has(2)).map(({ bytes }) => /\r\n\r\n(.*)\r\n$/.exec(bytes.toString())![1]);
  assert.deepEqual(bodies.sort(), ['..dots', '.dots']);
});

test('two administrators at once send it once', async t => {
  const { relay, put } = await scene(t);
  await put('one.BAD', `${LINES}${MESSAGE}`);
  const results = await Promise.allSettled(
    Array.from({ length: 5 }, () => relay.control.call('badmail.restart', { identity: 'one' })),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  await relay.sink.has(1);
  await relay.empty();
  assert.equal(relay.sink.messages.length, 1);
});

test('it is exported piece by piece as it lies there', async t => {
  const { relay, put } = await scene(t);
  const bytes = Buffer.from(`${LINES}${MESSAGE}${'0123456789\n'.repeat(450_000)}`);
  await put('one.BAD', bytes);
  await put('lost.BDR', 'gone');
  const pieces: Buffer[] = [];
  for (let offset = 0; ; ) {
    const { content, size, identity } = await relay.control.call('badmail.export', { identity: 'one', offset });
    assert.deepEqual([size, identity], [bytes.length, 'one']);
    pieces.push(Buffer.from(content, 'base64'));
    offset += pieces.at(-1)!.length;
    if (offset >= size) break;
  }
  assert.equal(pieces.length, 2);
  assert.ok(Buffer.concat(pieces).equals(bytes));
  assert.equal((await relay.control.fails('badmail.export', { identity: 'lost' })).id, 'NotFound');
});

test('it is cleared by name, filter and age, a bounded part at a time', async t => {
  const { relay, put, files } = await scene(t);
  for (let number = 0; number < 10; number++) {
    await put(`n${number}.BAD`, `${LINES}Subject: ${number % 2 === 0 ? 'even' : 'odd'}\r\n\r\nx`, 1000 * number + 500);
    await put(`n${number}.BDR`, REASON, 1000 * number + 500);
  }
  await put('n1.bdp', 'x');
  const clear = (params: object) => relay.control.call('badmail.clear', params);
  assert.deepEqual((await relay.control.fails('badmail.clear', {})).paths, ['identity']);
  assert.deepEqual(await clear({ identity: 'n1' }), { removed: 1, more: false });
  assert.equal((await relay.control.fails('badmail.clear', { identity: 'n1' })).id, 'NotFound');
  assert.deepEqual(await clear({ olderThan: 7000 }), { removed: 3, more: false });
  assert.deepEqual(await clear({ filter: "Subject -eq 'even'", limit: 2 }), { removed: 2, more: true });
  assert.deepEqual(await clear({ filter: "Subject -eq 'even'", limit: 2 }), { removed: 2, more: false });
  assert.deepEqual(await files(), ['n3.BAD', 'n3.BDR', 'n5.BAD', 'n5.BDR']);
  assert.deepEqual(await clear({ identity: '*' }), { removed: 2, more: false });
  assert.deepEqual(await files(), []);
});

test('a report that nobody wants comes there, and can be sent on', async t => {
  const { relay, files } = await scene(t);
  relay.sink.refuse = () => ({ code: 550, text: '5.1.1 Nobody' });
  await (await relay.client()).mail(MESSAGE, ['a@example.com'], '');
  await until('it is there', async () => (await files()).some(name => name.endsWith('.BDR')));
  const [shown] = await relay.control.call('badmail.list');
  assert.match(shown!.reason!, /550 5\.1\.1 Nobody/);
  assert.deepEqual([shown!.fromAddress, shown!.recipients], ['<>', ['a@example.com']]);
  relay.sink.refuse = () => null;
  await relay.control.call('badmail.restart', { identity: shown!.identity, recipients: ['b@example.com'] });
  const [message] = await relay.sink.has(1);
  assert.deepEqual(message!.recipients, ['b@example.com']);
});

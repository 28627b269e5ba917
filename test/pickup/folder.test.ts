/** The Pickup folder at work: what is sent, what waits, what is refused, and that nothing is sent twice. */
import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { age, POLL, startPickup, type TestPickup } from '../support/pickup.ts';
import { until } from '../support/relay-harness.ts';

const MAIL = 'x-sender: a@x.test\r\nx-receiver: b@y.test\r\nSubject: Hello\r\n\r\nbody\r\n';
const some = (count: number) => `${count} message(s) in the spool`;
const has = (pickup: TestPickup, count: number) =>
  until(some(count), async () => (await pickup.accepted()).length === count && pickup);
const isEmpty = (pickup: TestPickup) => until('the folder is empty', async () => (await pickup.names()).length === 0);
const settle = () => sleep(POLL * 8);
const denied = () => {
  throw Object.assign(new Error('no'), { code: 'EACCES' });
};

describe('a file', () => {
  it('is sent, with a trace and without its envelope lines, and is gone', async t => {
    const pickup = await startPickup(t);
    await pickup.put('any name.txt', MAIL);
    await isEmpty(pickup);
    const [message] = await pickup.accepted();
    assert.deepEqual([message?.sender, message?.recipients], ['a@x.test', ['b@y.test']]);
    assert.match(
      message!.text,
      /^Received: from pickup\r\n\tby relay\.test \(SmtpRelay\) with LOCAL id \w{11}\r\n\tfor <b@y\.test>; [^\r]+\r\nDate: [^\r]+\r\nMessage-ID: <[^\r]+>\r\nSubject: Hello\r\n\r\nbody\r\n$/,
    );
    assert.equal(message?.origin.source, 'PICKUP');
    assert.ok(pickup.events.some(event => event.type === 'received'));
  });

  it('of every kind of line end, with a mark, is sent with canonical line ends', async t => {
    const pickup = await startPickup(t);
    await pickup.put('lf', `\ufeff${MAIL.replaceAll('\r\n', '\n')}no end`);
    await has(pickup, 1);
    const [message] = await pickup.accepted();
    assert.ok(message?.text.endsWith('Subject: Hello\r\n\r\nbody\r\nno end\r\n'));
  });

  it('larger than memory chunks keeps every byte', async t => {
    const pickup = await startPickup(t);
    const body = Array.from({ length: 9000 }, (_, index) => `line ${index} ${'x'.repeat(index % 90)}\r\n`).join('');
    await pickup.put('large', `${MAIL}${body}`);
    await has(pickup, 1);
    assert.ok((await pickup.accepted())[0]?.text.endsWith(`\r\n\r\nbody\r\n${body}`));
  });

  it('that is still written is left until it is quiet', async t => {
    const pickup = await startPickup(t);
    const path = join(pickup.folder, 'slow');
    await writeFile(path, MAIL);
    for (let n = 0; n < 15; n++) {
      await sleep(POLL / 2);
      await appendFile(path, `more ${n}\r\n`);
    }
    await has(pickup, 1);
    assert.ok((await pickup.accepted())[0]?.text.endsWith('more 14\r\n'));
  });

  it('in a sub-folder, hidden, a link, or empty and young is no mail', async t => {
    const pickup = await startPickup(t);
    await mkdir(join(pickup.folder, 'sub'));
    await writeFile(join(pickup.folder, 'sub', 'a.eml'), MAIL);
    await writeFile(join(pickup.data, 'outside'), MAIL);
    await symlink(join(pickup.data, 'outside'), join(pickup.folder, 'link'));
    await pickup.put('.hidden', MAIL);
    await pickup.put('empty', '');
    await settle();
    assert.deepEqual(await pickup.names(), ['.hidden', 'empty', 'link', 'sub']);
    assert.deepEqual(await pickup.accepted(), []);
    await age(join(pickup.folder, 'empty'), 61);
    await until('the empty file is refused', () => pickup.told().length > 0);
    assert.deepEqual(pickup.told(), ['The file is empty.']);
  });

  it('comes with a hundred others, and each is sent once', async t => {
    const pickup = await startPickup(t);
    await Promise.all(Array.from({ length: 100 }, (_, n) => pickup.put(`${n}.eml`, MAIL.replace('a@x', `a${n}@x`))));
    await isEmpty(pickup);
    assert.equal(new Set((await pickup.accepted()).map(({ sender }) => sender)).size, 100);
    assert.equal((await pickup.accepted()).length, 100);
  });
});

describe('dots', () => {
  const body = '..one\r\n.\r\n..two\r\n.\r\n';
  const results = {
    AsIs: body,
    Unstuff: '.one\r\n\r\n.two\r\n',
    Auto: body,
  };
  for (const [pickupDotHandling, expected] of Object.entries(results)) {
    it(`are handled ${pickupDotHandling}`, async t => {
      const pickup = await startPickup(t, { pickupDotHandling: pickupDotHandling as keyof typeof results });
      await pickup.put('dots', MAIL.replace('body\r\n', body));
      await has(pickup, 1);
      assert.ok((await pickup.accepted())[0]?.text.endsWith(`\r\n\r\n${expected}`));
    });
  }

  it('are handled Auto where all are doubled', async t => {
    const pickup = await startPickup(t, { pickupDotHandling: 'Auto' });
    await pickup.put('dots', 'x-sender: a@x.test\r\nx-receiver: b@y.test\r\n\r\n..hidden\r\n...\r\n');
    await has(pickup, 1);
    assert.ok((await pickup.accepted())[0]?.text.endsWith('\r\n\r\n.hidden\r\n..\r\n'));
  });
});

describe('a file that can never be sent goes to BadMail', () => {
  const cases: [string, string | Buffer, RegExp][] = [
    ['without sender', 'To: b@y.test\r\n\r\n', /No sender was found/],
    ['as UTF-16', Buffer.from(`\ufeff${MAIL}`, 'utf16le'), /UTF-16/],
    ['too large', `${MAIL}${'x'.repeat(1024 * 1024)}`, /bytes large; 1048576 are allowed/],
    ['far too large', Buffer.alloc(18 * 1024 * 1024, 'x'), /bytes large; 1048576 are allowed/],
    ['with a large header', MAIL.replace('Hello', 'x'.repeat(70_000)), /header is \d+ bytes long; 65536/],
    [
      'with too many recipients',
      `${'x-receiver: b@y.test\r\n'}${Array.from({ length: 101 }, (_, n) => `x-receiver: b${n}@y.test\r\n`).join('')}From: a@x.test\r\n\r\n`,
      /102 recipients; 100 are allowed/,
    ],
    ['in a loop', `${'Received: from a by b\r\n'.repeat(30)}From: a@x.test\r\nTo: b@x.test\r\n\r\n`, /Too many hops/],
  ];
  for (const [title, text, reason] of cases) {
    it(title, async t => {
      const pickup = await startPickup(t);
      await pickup.put('wrong.eml', text);
      await until('it is told', () => pickup.told().length > 0);
      assert.deepEqual(await pickup.names(), []);
      const names = (await readdir(pickup.badMail)).sort();
      assert.equal(names.length, 2);
      assert.match(names[0]!, /^wrong\.eml\.\w+\.BAD$/);
      assert.ok((await readFile(join(pickup.badMail, names[0]!))).equals(Buffer.from(text)));
      const told = await readFile(join(pickup.badMail, names[1]!), 'utf8');
      assert.match(told, reason);
      assert.match(told, /File: wrong\.eml\r\n/);
      assert.match(pickup.told()[0]!, reason);
      assert.deepEqual(await pickup.accepted(), []);
    });
  }
});

describe('never twice', () => {
  it('a file that refuses to be renamed is not sent, told of once, and sent later', async t => {
    const pickup = await startPickup(t);
    const { rename: real } = pickup.files;
    pickup.files.rename = denied;
    await pickup.put('a.eml', MAIL);
    await pickup.put('b.eml', MAIL);
    await until('it is told', () => pickup.told().length > 0);
    await settle();
    assert.deepEqual(await pickup.accepted(), []);
    assert.deepEqual(await pickup.names(), ['a.eml', 'b.eml']);
    assert.equal(pickup.told().length, 1);
    assert.match(pickup.told()[0]!, /is not sent: it can't be renamed \(EACCES\)/);
    pickup.files.rename = real;
    await pickup.restart();
    await has(pickup, 2);
  });

  it('a read-only file is not sent', async t => {
    const pickup = await startPickup(t);
    const path = join(pickup.folder, 'a.eml');
    await pickup.put('a.eml', MAIL);
    await chmod(path, 0o444);
    await until('it is told', () => pickup.told().length > 0);
    assert.match(pickup.told()[0]!, /is not sent: it is read-only/);
    assert.deepEqual(await pickup.accepted(), []);
  });

  it('a file that refuses to be removed is sent once, also over restarts', async t => {
    const pickup = await startPickup(t);
    const { remove: real } = pickup.files;
    pickup.files.remove = denied;
    await pickup.put('a.eml', MAIL);
    await has(pickup, 1);
    await until('it is told', () => pickup.told().length > 0);
    // The message is delivered and forgotten, and nobody but the folder remembers.
    for (const work of await pickup.spool.list({ hops: null, number: null, limit: 10 }))
      await pickup.spool.setAside(work.message, 'delivered');
    await pickup.restart();
    await settle();
    assert.match((await pickup.names())[0]!, /^a\.eml\.\w{11}\.taking$/);
    pickup.files.remove = real;
    await isEmpty(pickup);
    await settle();
    assert.deepEqual(await pickup.accepted(), []);
    assert.ok(!(await readdir(pickup.data)).includes('pickup.sent.json'));
  });

  it('a claim of an earlier run is removed when the spool has its message, else sent', async t => {
    const pickup = await startPickup(t);
    await pickup.put('a.eml', MAIL);
    await has(pickup, 1);
    const [work] = await pickup.spool.list({ hops: null, number: null, limit: 1 });
    // As if the relay had died between the spool's yes and the removal, and before the yes.
    await restartWith(pickup, `a.eml.${work!.message.id}.taking`, 'b.eml.00000000001.taking');
    await has(pickup, 2);
    await isEmpty(pickup);
    await settle();
    assert.equal((await pickup.accepted()).length, 2);
  });

  it('a claim does not take the place of a file that came meanwhile', async t => {
    const pickup = await startPickup(t);
    await restartWith(pickup, 'b.eml.00000000001.taking', 'b.eml');
    await has(pickup, 2);
    await isEmpty(pickup);
  });

  it('a file whose message the spool refuses keeps its name and is tried again', async t => {
    const pickup = await startPickup(t);
    const spool = pickup.spool as unknown as { receive: (...all: unknown[]) => { commit: () => Promise<never> } };
    const real = spool.receive.bind(spool);
    spool.receive = (...all) => ({ ...real(...all), commit: () => Promise.reject(new Error('broken')) });
    await pickup.put('a.eml', MAIL);
    await until('it is told', () => pickup.told().length > 0);
    assert.match(pickup.told()[0]!, /it can't be stored \(broken\)/);
    assert.deepEqual(await pickup.names(), ['a.eml']);
    spool.receive = real;
    await pickup.restart();
    await has(pickup, 1);
  });
});

async function restartWith(pickup: TestPickup, ...names: string[]): Promise<void> {
  // Put down while nobody looks: the folder is elsewhere for a moment.
  const elsewhere = `${pickup.folder}-elsewhere`;
  await mkdir(elsewhere);
  for (const name of names) await writeFile(join(elsewhere, name), MAIL);
  await rm(pickup.folder, { recursive: true });
  await rename(elsewhere, pickup.folder);
  await pickup.restart();
}

it('a folder that vanishes is told of once and found again', async (t: TestContext) => {
  const pickup = await startPickup(t);
  await rm(pickup.folder, { recursive: true });
  await until('it is told', () => pickup.told().length > 0);
  await settle();
  await mkdir(pickup.folder);
  await pickup.put('a.eml', MAIL);
  await has(pickup, 1);
  assert.equal(pickup.told().length, 1);
});

/** Final delivery into folders: real files, real refusals of the file system. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type Drop, drop, tidyDropFolder } from '../../src/deliver/drop.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import { envelopeOf, ORIGIN, temporaryFolder } from '../support/spool-folder.ts';

const TEXT = 'Received: from a by b\r\nSubject: x\r\n\r\n.dot\r\ntext\r\n';

const message = (recipients = ['anna@example.net', 'bob@example.net'], reversePath = 'app@example.com') =>
  ({
    id: '1K11YVFB9Q0',
    number: 1,
    envelope: envelopeOf(recipients, { reversePath }),
    origin: ORIGIN,
  }) as AcceptedMessage;

const delivery = (folder: string, changes: Partial<Drop> = {}): Drop => {
  const whole = changes.message ?? message();
  return {
    folder,
    mayCreate: false,
    message: whole,
    recipients: whole.envelope.recipients,
    body: Readable.from([Buffer.from(TEXT)]),
    ...changes,
  };
};

const saidBy = async (folder: string, changes: Partial<Drop> = {}) => {
  const result = await drop(delivery(folder, changes));
  assert.equal(result.kind, 'unreachable');
  return `${result.reply.code} ${result.reply.enhanced} ${result.reply.text}`;
};

test('a file has the envelope of this delivery, Return-Path and the message, and the rights of its folder', async t => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o770);
  const whole = message();
  const result = await drop(delivery(folder, { recipients: [whole.envelope.recipients[1]!] }));
  const [name, ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  assert.match(name!, /^1K11YVFB9Q0-[0-9a-f]{16}\.eml$/);
  const file = join(folder, name!);
  assert.equal(
    await readFile(file, 'utf8'),
    `x-sender: app@example.com\r\nx-receiver: bob@example.net\r\nReturn-Path: <app@example.com>\r\n${TEXT}`,
  );
  if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o660);
  assert.deepEqual(result, {
    kind: 'tried',
    outcomes: [
      {
        kind: 'delivered',
        reply: { code: 250, enhanced: '2.0.0', text: 'Delivered into the drop folder' },
        remote: null,
        dsnHandedOver: false,
        droppedAs: file,
      },
    ],
  });
});

test('one file for all recipients, an outcome for each, never over another file, also without a sender', async t => {
  const folder = await temporaryFolder(t);
  const unknown = message(['anna@example.net', 'bob@example.net'], '');
  const results = await Promise.all(Array.from({ length: 20 }, () => drop(delivery(folder, { message: unknown }))));
  assert.ok(results.every(result => result.kind === 'tried' && result.outcomes.length === 2));
  const names = await readdir(folder);
  assert.equal(names.length, 20);
  const head = 'x-sender: <>\r\nx-receiver: anna@example.net\r\nx-receiver: bob@example.net\r\nReturn-Path: <>\r\n';
  for (const name of names) assert.equal(await readFile(join(folder, name), 'utf8'), head + TEXT);
});

test('a folder that is missing is not made, but for the one in the data folder', async t => {
  const folder = join(await temporaryFolder(t), 'a', 'Drop');
  assert.equal(
    await saidBy(folder),
    `451 4.3.5 The drop folder ${folder} does not exist; make it, or name another one with Set-SmtpDomain -DropDirectory`,
  );
  assert.equal((await drop(delivery(folder, { mayCreate: true }))).kind, 'tried');
  assert.equal((await readdir(folder)).length, 1);
});

test('what stands in the way is named with what to do', async t => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'file');
  await writeFile(file, '');
  assert.match(await saidBy(file), /^451 4\.3\.5 The drop folder .*file is no folder; remove what stands there/);
  assert.match(await saidBy(join(file, 'below')), /is no folder/);
  if (process.platform === 'linux')
    assert.match(await saidBy('/proc'), /^451 4\.3\.\d The drop folder \/proc (does not exist|can't be written)/);
  if (process.getuid?.() === 0) return;
  await chmod(folder, 0o500);
  t.after(() => chmod(folder, 0o700));
  assert.match(
    await saidBy(folder),
    /^451 4\.3\.5 The account .+ may not write into the drop folder .*; give it the right to create, rename/,
  );
});

const canMount =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0;

test('a full disk and one that can only be read are named, leave nothing behind, and are used again', {
  skip: canMount ? false : 'needs the right to mount a small disk',
}, async t => {
  const disk = `${await temporaryFolder(t)}-disk`;
  await mkdir(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', ['--lazy', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  const large = async function* () {
    for (let at = 0; at < 40; at++) yield Buffer.alloc(64 * 1024, 'x');
  };
  assert.equal(
    await saidBy(disk, { body: large() }),
    `452 4.3.1 The disk of the drop folder ${disk} is full; make room there`,
  );
  assert.deepEqual(await readdir(disk), []);
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  assert.match(await saidBy(disk), /^451 4\.3\.5 The drop folder .* can only be read; .*ReadWritePaths=/);
  execFileSync('mount', ['-o', 'remount,rw', disk]);
  assert.equal((await drop(delivery(disk))).kind, 'tried');
});

test('a message that can not be read leaves nothing in the folder and is no fault of the folder', async t => {
  const folder = await temporaryFolder(t);
  const body = (async function* () {
    yield Buffer.from('Subject: half\r\n');
    throw new Error('the message is damaged');
  })();
  await assert.rejects(drop(delivery(folder, { body })), /the message is damaged/);
  assert.deepEqual(await readdir(folder), []);
});

test('while it is written a file has a temporary name', async t => {
  const folder = await temporaryFolder(t);
  const seen: string[][] = [];
  const body = (async function* () {
    for (let at = 0; at < 3; at++) {
      yield Buffer.from(`X-${at}: y\r\n`);
      seen.push(await readdir(folder));
    }
  })();
  await drop(delivery(folder, { body }));
  for (const names of seen) assert.match(names.join(' '), /^1K11YVFB9Q0-[0-9a-f]{16}\.tmp$/);
});

test('what a crash left half-written is removed after a day, and nothing else', async t => {
  const folder = await temporaryFolder(t);
  const now = Date.now();
  const old = new Date(now - 25 * 3_600_000);
  const names = ['1K11YVFB9Q0-0123456789abcdef.tmp', '1K11YVFB9Q0-0123456789abcdef.eml', 'mine.tmp'];
  for (const name of names) {
    await writeFile(join(folder, name), 'x');
    await utimes(join(folder, name), old, old);
  }
  await writeFile(join(folder, '1K11YVFB9Q1-0123456789abcdef.tmp'), 'being written');
  await mkdir(join(folder, 'sub'));
  await tidyDropFolder(folder, now);
  assert.deepEqual((await readdir(folder)).sort(), [names[1], '1K11YVFB9Q1-0123456789abcdef.tmp', 'mine.tmp', 'sub']);
  await rm(folder, { recursive: true });
  await tidyDropFolder(folder, now);
});

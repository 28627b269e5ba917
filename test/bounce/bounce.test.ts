import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Bounce } from '../../src/bounce/bounce.ts';
import type { RelayEvent } from '../../src/log/events.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { readEnvelopeLines } from '../../src/spool/envelope-lines.ts';
import { BodyDamaged } from '../../src/spool/spool.ts';
import { parseMultipart, parseStatus } from '../support/smtp-mime.ts';
import { envelopeOf, filesIn, openSpool, put, recipient, TEXT, temporaryFolder } from '../support/spool-folder.ts';

const REMOTE = { host: 'mx.example.net', address: '192.0.2.25', port: 25 };
const NO: Outcome = { kind: 'failed', reply: { code: 550, enhanced: '5.1.1', text: 'No such user' }, remote: REMOTE };
const YES: Outcome = {
  kind: 'delivered',
  reply: { code: 250, enhanced: '2.0.0', text: 'Ok' },
  remote: REMOTE,
  dsnHandedOver: false,
};

async function house(t: TestContext) {
  const opened = await openSpool(await temporaryFolder(t));
  const events: RelayEvent[] = [];
  const bounce = new Bounce({
    spool: opened.spool,
    emit: event => events.push(event),
    now: () => Date.now(),
    badMailFolder: opened.badMail,
    copies: () => ({ ndrCopyTo: null, ndrCopyPerHour: 100 }),
    identity: () => ({ fqdn: 'relay.example.com', postmaster: 'postmaster@example.com' }),
  });
  /** Messages in the spool that are not the one given. */
  const reports = async (about: AcceptedMessage) => {
    const works = await opened.spool.list({ hops: null, number: null, limit: 100 });
    return Promise.all(
      works
        .filter(work => work.message.number !== about.number)
        .map(async ({ message }) => ({ message, text: await (await opened.spool.openBody(message)).read() })),
    );
  };
  return { ...opened, bounce, events, reports, types: () => events.map(event => event.type) };
}

const resultsOf = (outcome: Outcome, ...indexes: number[]) => indexes.map(index => ({ index, outcome }));

test('a failure becomes a report in the spool, from nobody to the sender, that never asks for a report itself', async t => {
  const { spool, bounce, events, reports } = await house(t);
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net']));
  await bounce.failed(message, resultsOf(NO, 0, 1));
  const [report, ...others] = await reports(message);
  assert.deepEqual(others, []);
  assert.equal(report!.message.envelope.reversePath, '');
  assert.deepEqual(report!.message.envelope.recipients, [recipient('app@example.com', { notify: ['NEVER'] })]);
  assert.equal(report!.message.origin.source, 'DSN');
  assert.equal(report!.message.subject, 'Undeliverable: Report');
  const parsed = parseMultipart(report!.text);
  assert.deepEqual(
    parseStatus(parsed.parts[1]!)
      .slice(1)
      .map(group => group.get('final-recipient')),
    ['rfc822; a@example.net', 'rfc822; b@example.net'],
  );
  assert.ok(TEXT.equals(parsed.parts[2]!.body));
  assert.ok(parsed.header.get('message-id')!.includes(report!.message.id));
  const told = events.find(event => event.type === 'report');
  assert.ok(told?.type === 'report' && told.reportId === report!.message.id && told.kind === 'failed');
  assert.deepEqual(told.recipients, ['a@example.net', 'b@example.net']);
});

test('RET=HDRS returns the header alone, RET=FULL and nothing the message', async t => {
  const { spool, bounce, reports } = await house(t);
  for (const [ret, type] of [
    ['HDRS', 'text/rfc822-headers'],
    ['FULL', 'message/rfc822'],
    [null, 'message/rfc822'],
  ] as const) {
    const message = await put(spool, TEXT, envelopeOf(['a@example.net'], { ret }));
    await bounce.failed(message, resultsOf(NO, 0));
    const report = (await reports(message)).at(-1)!;
    assert.equal(parseMultipart(report.text).parts[2]!.header.get('content-type'), type, String(ret));
    await spool.setAside(message, 'done');
    await spool.setAside(report.message, 'done');
  }
});

test('a large message comes back as its header, whatever RET says, also when it is streamed', async t => {
  const { spool, bounce, reports } = await house(t);
  for (const size of [150_000, 2_000_000]) {
    const text = Buffer.concat([
      TEXT,
      Buffer.from(
        'x'
          .repeat(70)
          .concat('\r\n')
          .repeat(size / 72),
      ),
    ]);
    const message = await put(spool, text, envelopeOf(['a@example.net'], { ret: 'FULL' }));
    await bounce.failed(message, resultsOf(NO, 0));
    const report = (await reports(message)).at(-1)!;
    const returned = parseMultipart(report.text).parts[2]!;
    assert.equal(returned.header.get('content-type'), 'text/rfc822-headers');
    assert.equal(returned.body.toString(), 'Subject: Report\r\nMessage-ID: <1@example.com>\r\n\r\n');
    await spool.setAside(message, 'done');
    await spool.setAside(report.message, 'done');
  }
});

test('a message without header or body can be reported too', async t => {
  const { spool, bounce, reports } = await house(t);
  for (const text of [
    Buffer.alloc(0),
    Buffer.from('\r\n'),
    Buffer.from('just text\r\n'),
    Buffer.from('Subject: x\r\n'),
  ]) {
    const message = await put(spool, text);
    await bounce.failed(message, resultsOf(NO, 0));
    const report = (await reports(message)).at(-1)!;
    assert.equal(parseMultipart(report.text).parts.length, 3);
    await spool.setAside(message, 'done');
    await spool.setAside(report.message, 'done');
  }
});

test('a message from nobody is never reported: it goes to BadMail with its reason, ready to be sent again', async t => {
  const { spool, bounce, events, badMail, reports } = await house(t);
  const envelope = envelopeOf(['a@example.net', recipient('b@example.net', { notify: ['NEVER'] }), 'c@example.net'], {
    reversePath: '',
    envid: 'E',
  });
  const message = await put(spool, TEXT, envelope);
  await bounce.failed(message, resultsOf(NO, 0, 1));
  assert.deepEqual(await reports(message), []);
  const [bad, reason, ...others] = await filesIn(badMail);
  assert.deepEqual([bad!.slice(-4), reason!.slice(-4), others.length], ['.BAD', '.BDR', 0]);
  const bytes = await readFile(join(badMail, bad!));
  const lines = readEnvelopeLines(bytes)!;
  assert.deepEqual(lines.envelope, { ...envelope, recipients: envelope.recipients.slice(0, 2) });
  assert.ok(TEXT.equals(bytes.subarray(lines.offset)));
  const words = await readFile(join(badMail, reason!), 'utf8');
  for (const text of [
    'no sender',
    'Sender: <>',
    message.id,
    'Recipient: a@example.net',
    'Recipient: b@example.net',
    '550 5.1.1 No such user',
    'mx.example.net [192.0.2.25]:25',
  ])
    assert.ok(words.includes(text), text);
  const told = events.find(event => event.type === 'badmail');
  assert.ok(told?.type === 'badmail' && told.file === join(badMail, bad!));
});

test('two failures of one message from nobody are two entries in BadMail', async t => {
  const { spool, bounce, badMail } = await house(t);
  const message = await put(spool, TEXT, envelopeOf(['a@example.net', 'b@example.net'], { reversePath: '' }));
  await bounce.failed(message, resultsOf(NO, 0));
  await bounce.failed(message, resultsOf(NO, 1));
  assert.equal((await filesIn(badMail)).length, 4);
});

test('a sender who asked for no report gets none, and that is told', async t => {
  const { spool, bounce, events, reports, types } = await house(t);
  const envelope = envelopeOf([
    recipient('a@example.net', { notify: ['NEVER'] }),
    recipient('b@example.net', { notify: ['SUCCESS', 'DELAY'] }),
    recipient('c@example.net', { notify: ['FAILURE'] }),
    'd@example.net',
  ]);
  const message = await put(spool, TEXT, envelope);
  await bounce.failed(message, resultsOf(NO, 0, 1));
  assert.deepEqual(types(), ['dropped']);
  assert.ok(events[0]!.type === 'dropped' && events[0]!.recipients.join(' ') === 'a@example.net b@example.net');
  assert.deepEqual(await reports(message), []);
  await bounce.failed(message, resultsOf(NO, 0, 2, 3));
  const [report] = await reports(message);
  assert.deepEqual(
    parseStatus(parseMultipart(report!.text).parts[1]!)
      .slice(1)
      .map(group => group.get('final-recipient')),
    ['rfc822; c@example.net', 'rfc822; d@example.net'],
  );
});

test('good news is a report of its own kind, with the header alone, and none for nobody', async t => {
  const { spool, bounce, reports } = await house(t);
  const message = await put(
    spool,
    TEXT,
    envelopeOf([recipient('a@example.net', { notify: ['SUCCESS'] })], { ret: 'FULL' }),
  );
  await bounce.relayed(message, resultsOf(YES, 0));
  const [report] = await reports(message);
  const parsed = parseMultipart(report!.text);
  assert.equal(parsed.header.get('subject'), 'Relayed: Report');
  assert.equal(parsed.parts[2]!.header.get('content-type'), 'text/rfc822-headers');
  const nobody = await put(
    spool,
    TEXT,
    envelopeOf([recipient('a@example.net', { notify: ['SUCCESS'] })], { reversePath: '' }),
  );
  await bounce.relayed(nobody, resultsOf(YES, 0));
  assert.equal((await reports(nobody)).length, 2);
});

test('a report to a sender beyond ASCII travels with SMTPUTF8', async t => {
  const { spool, bounce, reports } = await house(t);
  const message = await put(
    spool,
    TEXT,
    envelopeOf(['a@example.net'], { reversePath: 'müller@example.com', smtpUtf8: true }),
  );
  await bounce.failed(message, resultsOf(NO, 0));
  const [report] = await reports(message);
  assert.equal(report!.message.envelope.smtpUtf8, true);
  assert.equal(parseMultipart(report!.text).header.get('to'), '<müller@example.com>');
});

test('a damaged message can not be reported, and says so', async t => {
  const { spool, bounce, queue, types } = await house(t);
  const message = await put(spool);
  await writeFile(join(queue, `${message.id}.eml`), 'damaged');
  await assert.rejects(bounce.failed(message, resultsOf(NO, 0)), BodyDamaged);
  assert.deepEqual(types(), []);
});

test('a report that can not be stored is thrown and leaves nothing', async t => {
  const { spool, bounce, queue, events } = await house(t);
  const message = await put(spool);
  const failing = new Bounce({
    spool: Object.assign(Object.create(spool) as typeof spool, {
      openBody: (one: AcceptedMessage) => spool.openBody(one),
      receive: (...args: Parameters<typeof spool.receive>) => ({
        ...spool.receive(...args),
        commit: () => Promise.reject(new Error('full')),
      }),
    }),
    emit: event => events.push(event),
    now: () => Date.now(),
    badMailFolder: '',
    copies: () => ({ ndrCopyTo: null, ndrCopyPerHour: 100 }),
    identity: () => ({ fqdn: 'relay.example.com', postmaster: 'postmaster@example.com' }),
  });
  await assert.rejects(failing.failed(message, resultsOf(NO, 0)), /full/);
  assert.deepEqual(await filesIn(queue), [`${message.id}.eml`]);
  assert.deepEqual(events, []);
  await bounce.failed(message, resultsOf(NO, 0));
});

test('BadMail that can not be written is thrown and leaves no half of a pair', async t => {
  const { spool, bounce, badMail } = await house(t);
  const message = await put(spool, TEXT, envelopeOf(['a@example.net'], { reversePath: '' }));
  await rm(badMail, { recursive: true });
  await writeFile(badMail, 'a file');
  await assert.rejects(bounce.failed(message, resultsOf(NO, 0)));
  await rm(badMail);
  await bounce.failed(message, resultsOf(NO, 0));
  assert.equal((await filesIn(badMail)).length, 2);
});

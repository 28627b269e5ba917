/** Senders hear once of mail that waits for long, and only those who want to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferring, HOURS, startEngine, told } from '../support/delivery-engine.ts';
import { envelopeOf, put, recipient, TEXT } from '../support/spool-folder.ts';

test('after the time there is one report for all recipients, and never another', async t => {
  const engine = await startEngine(t);
  engine.answer = hop =>
    hop === 'away.test'
      ? { kind: 'unreachable', reply: { code: 421, enhanced: '4.4.1', text: 'No answer' }, remote: null }
      : deferring('Greylisted');
  const message = await put(engine.spool, TEXT, envelopeOf(['anna@away.test', 'bob@busy.test'], { envid: 'E7' }));
  await engine.pass(11 * HOURS);
  assert.deepEqual(await engine.reports(), []);
  await engine.pass(1 * HOURS);
  await told(engine, 1);
  const [report, ...others] = await engine.reports();
  assert.equal(others.length, 0);
  assert.equal(report?.to, 'app@example.com');
  assert.match(report!.text, /^Subject: Delayed: Report\r$/m);
  assert.match(
    report!.text,
    /It is still being tried\. You need not send it again\.\r\nThe relay gives up at Fri, 06 Mar 2026 12:00:00 GMT\.\r\n/,
  );
  assert.match(report!.text, /^Original-Envelope-Id: E7\r$/m);
  assert.match(report!.text, /^Final-Recipient: rfc822; anna@away\.test\r\nAction: delayed\r\nStatus: 4\.4\.1\r$/m);
  assert.match(
    report!.text,
    /^Final-Recipient: rfc822; bob@busy\.test\r\nAction: delayed\r\nStatus: 4\.7\.1\r\nDiagnostic-Code: x-smtprelay; 451 4\.7\.1 Greylisted\r$/m,
  );
  assert.match(report!.text, /^Will-Retry-Until: Fri, 06 Mar 2026 12:00:00 \+0000\r$/m);
  assert.match(report!.text, /^Content-Type: text\/rfc822-headers\r$/m);
  assert.ok(
    engine.events.some(event => event.type === 'report' && event.kind === 'delayed' && event.message.id === message.id),
  );
  await engine.restart();
  await engine.pass(20 * HOURS);
  assert.equal((await engine.reports()).length, 1);
});

test('NOTIFY decides, and mail without sender has nobody to tell', async t => {
  const engine = await startEngine(t);
  const all = [
    recipient('silent@a.test'),
    recipient('delay@a.test', { notify: ['DELAY', 'FAILURE'] }),
    recipient('failure@a.test', { notify: ['FAILURE', 'SUCCESS'] }),
    recipient('never@a.test', { notify: ['NEVER'] }),
  ];
  await put(engine.spool, TEXT, envelopeOf(all));
  await put(engine.spool, TEXT, envelopeOf(['lost@a.test'], { reversePath: '' }));
  await engine.pass(12 * HOURS);
  await told(engine, 1);
  const reports = await engine.reports();
  assert.equal(reports.length, 1);
  assert.deepEqual(reports[0]?.text.match(/(?<=Final-Recipient: rfc822; ).*(?=\r)/g), [
    'silent@a.test',
    'delay@a.test',
  ]);
});

test('nobody is told when it is switched off, or when the end comes first', async t => {
  const engine = await startEngine(t);
  await put(engine.spool);
  engine.settings.delayNotificationTimeout = 0;
  await engine.pass(14 * HOURS);
  engine.settings.delayNotificationTimeout = 48 * 3600;
  await engine.pass(14 * HOURS);
  assert.deepEqual(await engine.reports(), []);
  engine.settings.delayNotificationTimeout = 20 * 3600;
  await told(engine, 1);
});

test('a hundred and more are told in one go', async t => {
  const engine = await startEngine(t);
  for (let n = 0; n < 120; n++) await put(engine.spool);
  await engine.pass(12 * HOURS - 60_000);
  assert.deepEqual(await engine.reports(), []);
  await told(engine, 120);
  await engine.clock.advance(120_000);
  assert.equal((await engine.reports()).length, 120);
});

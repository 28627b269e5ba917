/** Who is told what, and when: time turned by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alert, alertsOfEvent } from '../../src/alert/alert.ts';
import { Alerts } from '../../src/alert/alerts.ts';
import { Digest, type DigestSettings, type Gathered } from '../../src/alert/digest.ts';
import { digestText } from '../../src/alert/digest-text.ts';
import { signatureFields } from '../../src/alert/webhook-request.ts';
import { catalogue, type Notice } from '../../src/log/notices.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import { HandClock } from '../support/smtp-hand-clock.ts';

const notice = (id: number, about: string, ends: number | null = null): Notice => ({
  id,
  level: ends === null ? 'warn' : 'info',
  text: `text of ${about} ${id}`,
  about,
  ends,
});

const message = {
  id: '1K135K72EE8',
  envelope: {
    reversePath: 'me@corp.example',
    recipients: ['a@x.test', 'b@x.test', 'c@x.test'].map(address => ({ address, notify: [], orcpt: null })),
  },
} as unknown as AcceptedMessage;

const failed = (code: number, text: string, indexes: readonly number[]) => ({
  type: 'attempted' as const,
  message,
  connector: 'Next',
  nextHop: 'x.test',
  source: 'SMTP' as const,
  results: indexes.map(index => ({
    index,
    outcome: { kind: 'failed' as const, reply: { code, enhanced: '5.1.1', text }, remote: null },
    nextAttempt: null,
  })),
});

function heard(delay = 300_000): { alerts: Alerts; told: Alert[]; clock: HandClock } {
  const clock = new HandClock();
  const told: Alert[] = [];
  const alerts = new Alerts({
    clock,
    delay: () => delay,
    tell: alert => void told.push(alert),
    isOurs: id => id === 'OURS',
  });
  return { alerts, told, clock };
}

test('a trouble is told of when it has lasted, its end only then, and what heals itself never', async () => {
  const { alerts, told, clock } = heard();
  alerts.notice(notice(4006, 'hop A'));
  alerts.notice(notice(115, 'listener'));
  await clock.advance(299_000);
  alerts.notice(notice(4007, 'hop A', 4006));
  await clock.advance(2000);
  assert.deepEqual(
    told.map(({ kind, isOver, event }) => [kind, isOver, event]),
    [['Listener', false, 115]],
  );
  alerts.notice(notice(116, 'listener', 115));
  assert.deepEqual([told[1]!.kind, told[1]!.isOver], ['Listener', true]);
  // It comes again, and the relay stops before it has lasted.
  alerts.notice(notice(4006, 'hop A'));
  alerts.close();
  await clock.advance(600_000);
  assert.equal(told.length, 2);
});

test('what is no state is told at once, starts and stops never, and each kind of the catalogue is one of the contract', () => {
  const { alerts, told } = heard();
  alerts.notice(notice(1, ''));
  alerts.notice(notice(1400, ''));
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ['Storage'],
  );
  const known = [
    'MessageFailed',
    'MessageDelayed',
    'Queue',
    'LogOn',
    'Certificate',
    'Listener',
    'Storage',
    'OpenRelay',
  ];
  for (const { id, alert } of catalogue) assert.ok(alert === null || known.includes(alert), `${id}: ${alert}`);
});

test('recipients with the same answer are one alert, with what to do; mail of our own is none', () => {
  const event = failed(550, 'User unknown', [0, 2]);
  const [one, ...more] = alertsOfEvent(event, 0);
  assert.equal(more.length, 0);
  assert.equal(one!.text, 'Message 1K135K72EE8 to a@x.test, c@x.test was not delivered: 550 5.1.1 User unknown');
  assert.deepEqual(one!.message, {
    id: '1K135K72EE8',
    sender: 'me@corp.example',
    recipients: ['a@x.test', 'c@x.test'],
    reply: '550 5.1.1 User unknown',
  });
  assert.ok(one!.action);
  const { alerts, told } = heard();
  alerts.event({ ...event, message: { ...message, id: 'OURS' } });
  alerts.event({ ...event, results: [] });
  assert.equal(told.length, 0);
});

const alert = (text: string, changes: Partial<Alert> = {}): Alert => ({
  kind: 'Queue',
  level: 'warn',
  time: Date.parse('2026-03-04T12:00:00.000Z'),
  event: 4006,
  isOver: false,
  text,
  action: null,
  message: null,
  ...changes,
});

function mails(settings: Partial<DigestSettings> = {}) {
  const clock = new HandClock();
  const sent: { at: number; gathered: Gathered }[] = [];
  const start = clock.now();
  const failures: string[] = [];
  let works = true;
  const digest = new Digest({
    clock,
    settings: () => ({ enabled: true, events: [], interval: 900, maxPerDay: 3, ...settings }),
    send: async gathered => {
      if (!works) throw new Error('the spool is full');
      sent.push({ at: (clock.now() - start) / 1000, gathered });
    },
    onFailure: why => void failures.push(why),
  });
  return { clock, sent, digest, failures, breaks: () => (works = false) };
}

test('alerts are gathered for a minute, then for the interval, and only so many mails go out in a day', async () => {
  const { clock, sent, digest } = mails();
  for (let minute = 0; minute < 60 * 24 + 2; minute++) {
    digest.add(alert(`${minute}`));
    await clock.advance(60_000);
  }
  assert.deepEqual(
    sent.map(({ at }) => at),
    [60, 960, 1860, 86_460],
  );
  assert.deepEqual(
    sent.map(({ gathered }) => [gathered.alerts.length, gathered.omitted, gathered.isLast]),
    [
      [1, 0, false],
      [15, 0, false],
      [15, 0, true],
      // One for each minute since: 500 are listed.
      [500, 910, true],
    ],
  );
});

test('the digest asks for kinds, is silent when it is off, sends at the end what waits, and tells when it can not', async () => {
  const some = mails({ events: ['LogOn'] });
  some.digest.add(alert('no'));
  some.digest.add(alert('yes', { kind: 'LogOn' }));
  await some.digest.close();
  assert.deepEqual(
    some.sent.map(({ gathered }) => gathered.alerts.map(({ text }) => text)),
    [['yes']],
  );
  const off = mails({ enabled: false });
  off.digest.add(alert('no'));
  await off.clock.advance(3_600_000);
  await off.digest.close();
  assert.equal(off.sent.length, 0);
  const broken = mails();
  broken.breaks();
  broken.digest.add(alert('x'));
  await broken.clock.advance(60_000);
  await broken.digest.close();
  assert.deepEqual(broken.failures, ['the spool is full']);
});

test('the mail says first what is broken, what to do, and what it leaves out; no line is too long', () => {
  const long = 'ü'.repeat(5000);
  const alerts = [
    alert('Message 1 to a@x.test was not delivered: 550\r\nBcc: evil', {
      kind: 'MessageFailed',
      message: { id: '1', sender: '', recipients: [], reply: '550' },
    }),
    ...Array.from({ length: 25 }, (_, at) => alert(`hop ${at} ${long}`, { action: at === 0 ? 'Call them.' : null })),
    alert('port 25', { kind: 'Listener', isOver: true }),
  ];
  const facts = {
    fqdn: 'relay.test',
    from: 'postmaster@relay.test',
    to: ['a@b.test', 'c@d.test'],
    messageId: 'x@relay.test',
    now: Date.parse('2026-03-04T12:00:00.000Z'),
  };
  const text = digestText({ alerts, omitted: 7, isLast: true }, facts);
  const [head, body] = text.split('\r\n\r\n', 1).concat(text.slice(text.indexOf('\r\n\r\n') + 4)) as [string, string];
  assert.match(head, /^Subject: \[SmtpRelay relay\.test\] 25 x next hop out of reach, mail not delivered$/m);
  assert.match(head, /^From: "SmtpRelay relay\.test" <postmaster@relay\.test>$/m);
  assert.match(head, /^Auto-Submitted: auto-generated$/m);
  assert.ok(!/^Bcc/m.test(text));
  assert.match(body, /^Is so now:[\s\S]*Is over:[\s\S]*Mail that was not delivered:/);
  assert.match(body, / {2}What to do: Call them\./);
  assert.match(body, /- and 5 more[\s\S]*7 more alerts are not listed[\s\S]*MaxPerDay is reached/);
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998, line);
  assert.match(
    digestText({ alerts: [alerts.at(-1)!], omitted: 0, isLast: false }, facts),
    /\] over: listener down\r\n/,
  );
});

test('calls are signed as Standard Webhooks asks for, with its own example', () => {
  assert.deepEqual(
    signatureFields({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      now: 1614265330_000,
    }),
    {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
  );
});

/** Next hops with a schedule of their own: attempts, back-off, delay notices and the end of patience. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupHops, type HopSchedule } from '../../src/scheduler/hop-schedule.ts';
import { deferring, type Engine, HOURS, startEngine, told } from '../support/delivery-engine.ts';
import { until } from '../support/smtp-until.ts';
import { envelopeOf, put, TEXT } from '../support/spool-folder.ts';
import { deferredAll, House, UNREACHABLE } from '../support/spool-scheduler.ts';

const timesOf = (house: House, hop: string) =>
  house.calls.filter(call => call.hop === hop).map(call => Math.round((call.at - house.calls[0]!.at) / 1000));

test('hops are grouped by a part of their schedule, the general one without naming its hops', () => {
  const schedule = (messageExpirationTimeout: number): HopSchedule => ({
    retryInterval: [messageExpirationTimeout],
    messageExpirationTimeout,
    delayNotificationTimeout: 0,
  });
  const of: Record<string, HopSchedule> = { a: schedule(5), b: schedule(7), c: schedule(5), d: schedule(9) };
  const general = schedule(9);
  const part = ({ messageExpirationTimeout }: HopSchedule) => String(messageExpirationTimeout);
  assert.deepEqual(
    groupHops(['a', 'b', 'c', 'd'], general, hop => of[hop]!, part, new Set(['c', 'x'])),
    [
      { schedule: general, hops: { except: ['c', 'x', 'a', 'b'] } },
      { schedule: of.a, hops: { only: ['a'] } },
      { schedule: of.b, hops: { only: ['b'] } },
    ],
  );
});

for (const [what, answer] of Object.entries({
  'deferred mail': deferredAll,
  'a hop that can not be reached': () => UNREACHABLE,
})) {
  test(`the schedule of a hop holds for ${what}, and changes are live`, async t => {
    const house = await new House().open(t);
    house.settings = { ...house.settings, retryInterval: [600] };
    house.schedules['own.example'] = { retryInterval: [60, 120] };
    house.answer = ({ indexes }) => answer(indexes);
    await house.scheduler.start();
    await house.put('a@own.example');
    await house.put('a@general.example');
    await house.pass(1230);
    assert.deepEqual(timesOf(house, 'own.example'), [0, 60, 180, 300, 420, 540, 660, 780, 900, 1020, 1140]);
    assert.deepEqual(timesOf(house, 'general.example'), [0, 600, 1200]);
    house.schedules['own.example'] = { retryInterval: [1000] };
    await house.pass(1100);
    assert.deepEqual(timesOf(house, 'own.example').slice(11), [1260, 2260]);
  });
}

test('each hop has its own end of patience, longer or shorter, and an attempt knows it too', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.schedules['short.example'] = { messageExpirationTimeout: 3600 };
  house.schedules['long.example'] = { messageExpirationTimeout: 36_000 };
  house.schedules['tried.example'] = { messageExpirationTimeout: 3600, retryInterval: [3590] };
  house.answer = ({ hop, indexes }) => (hop === 'tried.example' ? deferredAll(indexes) : UNREACHABLE);
  await house.scheduler.start();
  for (const hop of ['short', 'general', 'long', 'tried']) await house.put(`a@${hop}.example`, `b@${hop}.example`);
  const mixed = await house.put('a@short.example', 'a@long.example');
  const left = async () => {
    const works = await house.spool.list({ hops: null, number: null, limit: 100 });
    return works.map(({ hop, recipients }) => `${hop.split('.')[0]} ${recipients.length}`).sort();
  };
  await house.pass(3700);
  assert.deepEqual(await left(), ['general 2', 'long 1', 'long 2']);
  await house.pass(3700);
  assert.deepEqual(await left(), ['long 1', 'long 2']);
  assert.match(
    house.reports.find(({ id }) => id === mixed.id)!.results[0]!.outcome.reply.text,
    /^Given up after 1(\.0\d)? hours; the last attempt said: 451/,
  );
  // Less patience for a hop from now on: live at the next look.
  house.schedules['long.example'] = { messageExpirationTimeout: 7300 };
  await house.pass(60);
  assert.deepEqual(await left(), []);
  assert.ok(house.scheduler.queues.every(queue => queue.messages === 0));
});

test('old mail of a patient hop is read once, not at every look, and found when patience ends', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 3600 };
  house.schedules['long.example'] = { messageExpirationTimeout: 360_000 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  await house.putMany(1200, 'a@long.example');
  await house.put('a@general.example');
  await house.pass(3600 + 300);
  let looked = 0;
  let pages = 0;
  house.instead.aged = async query => {
    const page = await house.spool.aged(query);
    // What a page looked at beside what it found: the messages between its ends.
    pages++;
    looked += page.next === null ? 0 : query.limit;
    return page;
  };
  await house.pass(300);
  assert.ok(pages >= 8, `${pages} pages`);
  assert.equal(looked, 0);
  house.schedules['long.example'] = {};
  await house.scheduler.reroute();
  await house.pass(60);
  await until(() => house.reports.length === 1201, 'the reports', 60_000);
  assert.equal(await house.waiting(), 0);
});

test('after a restart the schedule of a hop is what it was', async t => {
  const engine = await startEngine(t);
  engine.schedules['own.test'] = { messageExpirationTimeout: 100 * 3600, delayNotificationTimeout: 0 };
  await put(engine.spool, TEXT, envelopeOf(['anna@own.test']));
  await put(engine.spool, TEXT, envelopeOf(['bob@general.test']));
  await engine.pass(47 * HOURS);
  await engine.restart();
  const before = (await engine.reports()).length;
  await engine.pass(3 * HOURS);
  await until(async () => (await engine.reports()).length > before, 'the return', 60_000);
  const waiting = await engine.spool.list({ hops: ['own.test', 'general.test'], number: null, limit: 10 });
  assert.deepEqual(
    waiting.flatMap(work => work.message.envelope.recipients.map(({ address }) => address)),
    ['anna@own.test'],
  );
});

test('senders are told of a delay by the time of each hop, and until when it is tried', async t => {
  const engine: Engine = await startEngine(t);
  engine.answer = () => deferring();
  engine.schedules['soon.test'] = { delayNotificationTimeout: 3600, messageExpirationTimeout: 24 * 3600 };
  engine.schedules['never.test'] = { delayNotificationTimeout: 0 };
  engine.schedules['short.test'] = { messageExpirationTimeout: 12 * 3600 };
  const recipients = ['soon', 'never', 'short', 'general'].map(name => `anna@${name}.test`);
  await put(engine.spool, TEXT, envelopeOf(recipients));
  const reports = async (count: number) => {
    await told(engine, count);
    return (await engine.reports()).map(({ text }) => [
      text.match(/(?<=Final-Recipient: rfc822; ).*(?=\r)/g),
      /(?<=Will-Retry-Until: ).*(?=\r)/.exec(text)?.[0],
    ]);
  };
  await engine.pass(1 * HOURS);
  assert.deepEqual(await reports(1), [[['anna@soon.test'], 'Thu, 05 Mar 2026 12:00:00 +0000']]);
  await engine.pass(10 * HOURS);
  await engine.pass(1 * HOURS);
  const all = await reports(3);
  assert.deepEqual(all.slice(1).sort(), [
    [['anna@general.test'], 'Fri, 06 Mar 2026 12:00:00 +0000'],
    [['anna@short.test'], undefined],
  ]);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AcceptedMessage } from '../../src/message/envelope.ts';
import type { TransactionResult } from '../../src/message/outcome.ts';
import { BodyDamaged } from '../../src/spool/spool.ts';
import { until } from '../support/smtp-until.ts';
import { filesIn, recipient } from '../support/spool-folder.ts';
import {
  type Answer,
  deferredAll,
  deliveredAll,
  failedAll,
  HELD,
  House,
  UNREACHABLE,
} from '../support/spool-scheduler.ts';

const numbersOf = (messages: readonly AcceptedMessage[]) => messages.map(message => message.number);
const NOTHING = { kind: 'tried', outcomes: [] } as const;

/** The same story with the queue alone and with the fast lane in front of it. */
function inBothLanes(title: string, story: (house: House, t: TestContext) => Promise<void>): void {
  for (const lane of ['queue', 'fast'] as const)
    test(`${title} (${lane === 'queue' ? 'queue' : 'fast lane'})`, async t =>
      story(await new House().open(t, lane), t));
}

inBothLanes('a message is delivered when it is accepted, once for each of its next hops, and is gone', async house => {
  await house.scheduler.start();
  const message = await house.put('a@one.example', 'b@two.example', 'c@one.example');
  await house.quiet();
  assert.deepEqual(
    house.calls.map(call => [call.hop, call.message.id, call.indexes]),
    [
      ['one.example', message.id, [0, 2]],
      ['two.example', message.id, [1]],
    ],
  );
  assert.equal(await house.waiting(), 0);
  assert.deepEqual(
    house.scheduler.queues.map(queue => [queue.hop, queue.status, queue.messages, queue.recipients]),
    [
      ['one.example', 'Ready', 0, 0],
      ['two.example', 'Ready', 0, 0],
    ],
  );
});

inBothLanes('what waited in the spool is delivered after the start, oldest first', async house => {
  const messages: AcceptedMessage[] = [];
  for (let at = 0; at < 20; at++) {
    messages.push(await house.put());
    await house.clock.advance(1);
  }
  assert.equal(house.calls.length, 0);
  await house.scheduler.start();
  await house.quiet();
  assert.deepEqual(numbersOf(house.calls.map(call => call.message)), numbersOf(messages));
  assert.equal(await house.waiting(), 0);
});

inBothLanes(
  'a deferred recipient waits as the schedule says, its last value repeating; the others are done',
  async house => {
    await house.scheduler.start();
    house.answer = ({ indexes }) => ({
      kind: 'tried',
      outcomes: indexes.map(index => {
        const result = index === 1 ? deferredAll([0]) : deliveredAll([0]);
        return result.kind === 'tried' ? result.outcomes[0]! : assert.fail();
      }),
    });
    await house.put('a@example.net', 'b@example.net', 'c@example.net');
    for (const seconds of [59, 1, 299, 1, 299, 1, 300]) await house.pass(seconds);
    assert.deepEqual(
      house.calls.map(call => call.indexes),
      [[0, 1, 2], [1], [1], [1], [1]],
    );
    assert.deepEqual(house.times(), [0, 60, 360, 660, 960]);
    assert.deepEqual([house.queue()!.messages, house.queue()!.recipients], [1, 1]);
    const [work] = await house.spool.list({ hops: null, number: null, limit: 1 });
    assert.deepEqual(
      work!.recipients.map(one => [one.index, one.attempts, one.lastReply]),
      [[1, 5, '450 4.2.1 Later']],
    );
    house.answer = ({ indexes }) => deliveredAll(indexes);
    await house.pass(300);
    assert.equal(await house.waiting(), 0);
  },
);

test('deliveries to one hop grow with success and stay within the connector', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 8, maxRecipientsPerTransaction: 100 };
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.putMany(40);
  await house.untilCalls(5);
  await house.quiet();
  assert.equal(house.flying, 5);
  for (let at = 0; at < 40; at++) {
    house.calls[at]!.finish(deliveredAll([0]));
    const expected = Math.min(5 + at + 1, 8, 40 - at - 1);
    await house.quiet();
    assert.equal(house.flying, expected);
  }
  await house.quiet();
  assert.equal(house.calls.length, 40);
  assert.equal(house.most, 8);
});

inBothLanes(
  'a hop that can not be reached waits, gives its memory back, is probed by one and recovers',
  async house => {
    await house.scheduler.start();
    house.answer = () => UNREACHABLE;
    const messages = await house.putMany(20);
    await house.quiet();
    const queue = house.queue()!;
    assert.deepEqual([queue.status, queue.ready.length, queue.held.size, queue.failures], ['Retry', 0, 0, 1]);
    assert.equal(queue.nextRetry! - house.clock.now(), 60_000);
    assert.equal(queue.messages, 20);
    const first = house.calls.length;
    assert.ok(first <= 5);

    await house.pass(59);
    assert.equal(house.calls.length, first);
    await house.pass(1);
    assert.equal(house.calls.length, first + 1);
    assert.equal(queue.nextRetry! - house.clock.now(), 300_000);
    await house.pass(300);
    assert.equal(house.calls.length, first + 2);
    assert.equal(queue.nextRetry! - house.clock.now(), 300_000);

    // New mail for the hop does not hurry it.
    messages.push(await house.put());
    await house.pass(299);
    assert.equal(house.calls.length, first + 2);

    house.answer = () => HELD;
    await house.clock.advance(1000);
    await house.untilCalls(first + 3);
    await house.quiet();
    assert.equal(house.flying, 1);
    house.answer = ({ indexes }) => deliveredAll(indexes);
    house.calls.at(-1)!.finish(deliveredAll([0]));
    await until(async () => (await house.waiting()) === 0, 'an empty spool');
    const delivered = house.calls.slice(first + 2).map(call => call.message.number);
    assert.deepEqual([...delivered].sort(), numbersOf(messages).sort());
    assert.deepEqual(
      house.events.flatMap(event => (event.type === 'queue' ? [event.status === 'Retry' ? 'Retry' : 'recovered'] : [])),
      ['Retry', 'Retry', 'Retry', 'recovered'],
    );
  },
);

test('an attempt that an administrator asks for comes at once and does not push the schedule away', async t => {
  const house = await new House().open(t);
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  await house.put();
  await house.pass(20);
  const scheduled = house.queue()!.nextRetry;
  await house.scheduler.administration.retry(['example.net']);
  await house.quiet();
  assert.deepEqual(house.times(), [0, 20]);
  assert.equal(house.queue()!.nextRetry, scheduled);
  await house.pass(40);
  assert.deepEqual(house.times(), [0, 20, 60]);
});

inBothLanes('a message that waits for a time of its own comes at once when an administrator asks', async house => {
  house.answer = ({ indexes }) => deferredAll(indexes);
  await house.scheduler.start();
  await house.put('a@example.net', 'b@other.example');
  await house.pass(10);
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.scheduler.administration.retry(['example.net']);
  await house.quiet();
  assert.deepEqual(
    house.calls.slice(2).map(call => call.hop),
    ['example.net'],
  );
  assert.equal(await house.waiting(), 1);
});

inBothLanes('a message that is too old is returned with 4.4.7 and what was said last', async house => {
  house.settings = { ...house.settings, retryInterval: [3600], messageExpirationTimeout: 7200 };
  house.answer = ({ indexes }) => deferredAll(indexes);
  await house.scheduler.start();
  const message = await house.put('a@example.net', 'b@example.net');
  await house.pass(3600);
  await house.pass(3600);
  await house.pass(60);
  assert.equal(house.calls.length, 2);
  assert.equal(house.reports.length, 1);
  const [report] = house.reports;
  assert.deepEqual(
    [report!.kind, report!.id, report!.results.map(result => result.index)],
    ['failed', message.id, [0, 1]],
  );
  const { reply, remote } = report!.results[0]!.outcome;
  assert.deepEqual([reply.code, reply.enhanced, remote], [550, '4.4.7', null]);
  assert.match(reply.text, /^Given up after 2 hours; the last attempt said: 450 4\.2\.1 Later$/);
  assert.equal(await house.waiting(), 0);
  assert.equal(house.queue()?.messages ?? 0, 0);
});

inBothLanes('mail for a hop that can not be reached grows old all the same', async house => {
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  await house.putMany(150);
  await house.pass(3600);
  const young = await house.put();
  await house.pass(3500);
  assert.equal(house.reports.length, 0);
  await house.pass(150);
  await until(() => house.reports.length === 150, 'the reports');
  assert.match(
    house.reports[0]!.results[0]!.outcome.reply.text,
    /the last attempt said: 451 4\.4\.1 connection refused/,
  );
  const left = await house.spool.list({ hops: null, number: null, limit: 10 });
  assert.deepEqual(
    left.map(work => work.message.number),
    [young.number],
  );
  assert.equal(house.queue()!.messages, 1);
});

test('an old message that is damaged is put aside and does not keep the others from being returned', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  const messages: AcceptedMessage[] = [];
  for (let at = 0; at < 3; at++) messages.push(await house.put());
  house.report = async (_, message) => {
    if (message.number === messages[0]!.number) throw new BodyDamaged('it is damaged');
  };
  await house.pass(7300);
  assert.deepEqual(
    house.reports.map(report => report.id),
    messages.slice(1).map(message => message.id),
  );
  assert.equal(await house.waiting(), 0);
  assert.ok((await filesIn(`${house.folder}/BadMail`)).includes(`${messages[0]!.id}.BDR`));
});

test('an old message whose report can not be written waits for the next time, and the others are returned', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  const messages: AcceptedMessage[] = [];
  for (let at = 0; at < 3; at++) messages.push(await house.put());
  house.report = async (_, message) => {
    if (message.number === messages[0]!.number) throw new Error('the disk is full');
  };
  await house.pass(7300);
  assert.deepEqual(
    house.reports.map(report => report.id),
    messages.slice(1).map(message => message.id),
  );
  house.report = async () => {};
  await house.pass(60);
  assert.deepEqual(house.reports.map(report => report.id).at(-1), messages[0]!.id);
  assert.equal(await house.waiting(), 0);
});

inBothLanes('a failure is reported before it is forgotten', async house => {
  house.answer = ({ indexes }) => failedAll(indexes);
  let kept = 0;
  house.report = async () => {
    kept = await house.waiting();
  };
  await house.scheduler.start();
  await house.put();
  await house.quiet();
  assert.equal(house.reports.length, 1);
  assert.equal(kept, 1);
  assert.equal(await house.waiting(), 0);
});

inBothLanes('a refusal whose report can not be written is kept, and the server is not asked again', async house => {
  const verdict = (index: number) => {
    const result = index === 0 ? failedAll([index]) : deliveredAll([index]);
    assert.equal(result.kind, 'tried');
    return (result as Extract<TransactionResult, { kind: 'tried' }>).outcomes[0]!;
  };
  house.answer = ({ indexes }) => ({ kind: 'tried', outcomes: indexes.map(verdict) });
  let broken = true;
  house.report = async () => {
    if (broken) throw new Error('the disk is full');
  };
  await house.scheduler.start();
  await house.put('anna@example.net', 'bob@example.net');
  await house.pass(35);
  assert.deepEqual([house.calls.length, house.reports.length, await house.waiting()], [1, 0, 1]);
  broken = false;
  await house.pass(15);
  assert.equal(house.calls.length, 1);
  assert.deepEqual(
    house.reports[0]!.results.map(({ index }) => index),
    [0],
  );
  assert.equal(await house.waiting(), 0);
});

test('good news is reported for those who asked, where the next server does not do it', async t => {
  const house = await new House().open(t);
  await house.scheduler.start();
  house.answer = ({ indexes }) => deliveredAll(indexes, false);
  await house.put(
    recipient('a@example.net', { notify: ['SUCCESS'] }),
    'b@example.net',
    recipient('c@example.net', { notify: ['NEVER'] }),
  );
  await house.quiet();
  assert.deepEqual(
    house.reports.map(report => [report.kind, report.results.map(result => result.index)]),
    [['relayed', [0]]],
  );
  house.answer = ({ indexes }) => deliveredAll(indexes, true);
  await house.put(recipient('a@example.net', { notify: ['SUCCESS'] }));
  await house.quiet();
  assert.equal(house.reports.length, 1);
});

test('a result that can not be stored is offered again, and the mail is not sent twice', async t => {
  const house = await new House().open(t);
  let refusals = 3;
  house.instead.record = async (message, changes) => {
    if (refusals-- > 0) throw new Error('database or disk is full');
    return house.spool.record(message, changes);
  };
  await house.scheduler.start();
  await house.put();
  await house.pass(30);
  await house.pass(60);
  assert.equal(house.calls.length, 1);
  assert.equal(
    house.events.filter(event => event.type === 'service' && /could not be stored/.test(event.what)).length,
    3,
  );
  assert.equal(await house.waiting(), 0);
});

test('while the connectors change, too, a result is offered until it is stored', async t => {
  const house = await new House().open(t);
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.put();
  await house.untilCalls(1);
  let open = () => {};
  house.instead.reroute = async () => {
    await new Promise<void>(resolve => {
      open = resolve;
    });
    return house.spool.reroute();
  };
  let refusals = 1;
  house.instead.record = async (message, changes) => {
    if (refusals-- > 0) throw new Error('database or disk is full');
    return house.spool.record(message, changes);
  };
  const rerouting = house.scheduler.reroute();
  await until(() => house.scheduler.queues[0]!.held.size === 1, 'the reroute');
  house.calls[0]!.finish(deliveredAll([0]));
  await until(() => refusals < 1, 'the refusal');
  open();
  await rerouting;
  await house.pass(60);
  assert.equal(house.calls.length, 1);
  assert.equal(await house.waiting(), 0);
});

test('a report that can not be written does not make delivered mail go out again', async t => {
  const house = await new House().open(t);
  house.answer = ({ indexes }) => ({
    kind: 'tried',
    outcomes: indexes.map(index => {
      const result = index === 0 ? deliveredAll([0]) : failedAll([0]);
      return result.kind === 'tried' ? result.outcomes[0]! : assert.fail();
    }),
  });
  house.report = () => Promise.reject(new Error('the disk is full'));
  await house.scheduler.start();
  await house.put('a@example.net', 'b@example.net');
  await house.pass(15);
  house.report = async () => {};
  await house.pass(15);
  assert.ok(
    house.calls.slice(1).every(call => call.indexes.join() === '1'),
    'a was sent again',
  );
  assert.equal(house.reports.length, 1);
  assert.equal(await house.waiting(), 0);
});

test('a damaged message is put aside and the next one goes', async t => {
  const house = await new House().open(t);
  await house.scheduler.start();
  house.answer = () => Promise.reject(new BodyDamaged('it is damaged'));
  const bad = await house.put();
  await house.quiet();
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.put();
  await house.quiet();
  assert.equal(await house.waiting(), 0);
  assert.ok((await filesIn(`${house.folder}/BadMail`)).includes(`${bad.id}.BDR`));
  assert.equal(house.queue()!.messages, 0);
});

test('a failure of our own keeps the message, which is tried again after some seconds', async t => {
  const house = await new House().open(t);
  await house.scheduler.start();
  house.answer = () => Promise.reject(new Error('a bug'));
  await house.put();
  await house.pass(9);
  assert.equal(house.calls.length, 1);
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.pass(1);
  assert.deepEqual(house.times(), [0, 10]);
  assert.equal(await house.waiting(), 0);
});

test('a failure of our own does not delay a message that becomes due before', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [5] };
  await house.scheduler.start();
  house.answer = ({ indexes }) => deferredAll(indexes);
  await house.put();
  await house.quiet();
  house.answer = () => Promise.reject(new Error('a bug'));
  await house.put();
  await house.quiet();
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.pass(5);
  assert.ok(house.times().slice(2).includes(5));
});

test('a queue that can not be read is read again after some seconds', async t => {
  const house = await new House().open(t);
  await house.put();
  house.instead.due = () => Promise.reject(new Error('disk I/O error'));
  await house.scheduler.start();
  await house.quiet();
  delete house.instead.due;
  await house.pass(10);
  assert.equal(await house.waiting(), 0);
});

inBothLanes('more messages than fit into memory are delivered completely, in order, within the bound', async house => {
  const messages = await house.putMany(1300);
  let largest = 0;
  house.answer = ({ indexes }) => {
    largest = Math.max(largest, house.queue()!.ready.length);
    return deliveredAll(indexes);
  };
  await house.scheduler.start();
  await until(() => house.calls.length > 100, 'the beginning');
  // New mail while the old one drains is not overtaking it by much, nor lost.
  messages.push(...(await house.putMany(50)));
  await until(async () => house.calls.length >= 1350 && (await house.waiting()) === 0, 'an empty spool', 30_000);
  await house.quiet();
  const order = house.calls.map(call => call.message.number);
  assert.equal(order.length, 1350);
  const sorted = numbersOf(messages).sort((a, b) => a - b);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    sorted,
  );
  // What comes in while the queue drains may change places with what was read a moment before.
  const expected = house.lane === 'queue' ? sorted : house.accepted;
  for (const [at, number] of order.entries()) assert.ok(Math.abs(expected.indexOf(number) - at) <= 60, `at ${at}`);
  assert.ok(largest > 0 && largest <= 600, `${largest} messages were in memory`);
  assert.deepEqual([house.queue()!.messages, house.queue()!.held.size], [0, 0]);
});

test('a message for many recipients is split into transactions', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 10, maxRecipientsPerTransaction: 100 };
  await house.scheduler.start();
  await house.put(...Array.from({ length: 250 }, (_, at) => `r${at}@example.net`));
  await house.quiet();
  assert.deepEqual(
    house.calls.map(call => [call.indexes[0], call.indexes.length]),
    [
      [0, 100],
      [100, 100],
      [200, 50],
    ],
  );
  assert.equal(await house.waiting(), 0);
});

test('when the hop goes away between two transactions, the rest waits for it and what is done stays done', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 10, maxRecipientsPerTransaction: 2 };
  house.answer = ({ indexes }) => (house.calls.length === 2 ? UNREACHABLE : deliveredAll(indexes));
  await house.scheduler.start();
  await house.put(...['a', 'b', 'c', 'd', 'e'].map(name => `${name}@example.net`));
  await house.quiet();
  const queue = house.queue()!;
  assert.deepEqual([queue.status, queue.messages, queue.recipients], ['Retry', 1, 3]);
  await house.pass(60);
  assert.deepEqual(
    house.calls.map(call => call.indexes),
    [[0, 1], [2, 3], [2, 3], [4]],
  );
  assert.equal(await house.waiting(), 0);
  assert.deepEqual([queue.messages, queue.recipients], [0, 0]);
});

test('no more connections than allowed over all hops, and every hop has its turn', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, maxOutboundConnections: 3 };
  house.answer = () => HELD;
  for (let at = 0; at < 10; at++)
    for (const hop of ['one', 'two', 'three', 'four']) await house.put(`x${at}@${hop}.example`);
  await house.scheduler.start();
  for (let at = 0; at < 40; at++) {
    await house.untilCalls(at + 1);
    await house.quiet();
    assert.ok(house.flying <= 3);
    house.calls[at]!.finish(deliveredAll(house.calls[at]!.indexes));
  }
  await house.quiet();
  assert.equal(house.most, 3);
  assert.equal(await house.waiting(), 0);
  // After half of it each hop had about half of its mail.
  for (const hop of ['one', 'two', 'three', 'four']) {
    const had = house.calls.slice(0, 20).filter(call => call.hop === `${hop}.example`).length;
    assert.ok(had >= 3, `${hop} had ${had} of 20`);
  }
});

test('a limit that is raised lets the waiting hops go on', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, maxOutboundConnections: 1 };
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.put('a@one.example');
  await house.untilCalls(1);
  await house.put('b@two.example');
  await house.put('c@three.example');
  await house.quiet();
  assert.equal(house.calls.length, 1);
  house.settings = { ...house.settings, maxOutboundConnections: 100 };
  house.calls[0]!.finish(deliveredAll([0]));
  await house.untilCalls(3);
});

inBothLanes('a change of connectors while deliveries are on their way doubles and loses nothing', async house => {
  house.limits = { maxConnections: 5, maxRecipientsPerTransaction: 100 };
  house.answer = () => HELD;
  await house.scheduler.start();
  const messages = await house.putMany(30);
  await house.untilCalls(5);
  house.hopOf = address => `new ${address.split('@')[1]}`;
  await house.scheduler.reroute();
  await house.quiet();
  const old = house.calls.filter(call => call.hop === 'example.net');
  assert.equal(old.length, 5);
  const held = new Set(old.map(call => call.message.number));
  assert.ok(house.calls.filter(call => call.hop === 'new example.net').every(call => !held.has(call.message.number)));
  // Two of the five did not get through: they go the new way.
  house.answer = ({ indexes }) => deliveredAll(indexes);
  for (const [at, call] of house.calls.entries())
    call.finish(call.hop === 'example.net' && at < 2 ? deferredAll([0]) : deliveredAll([0]));
  await house.pass(120);
  await until(async () => (await house.waiting()) === 0, 'an empty spool');
  const times = new Map<number, number>();
  for (const call of house.calls) times.set(call.message.number, (times.get(call.message.number) ?? 0) + 1);
  assert.deepEqual([...times.keys()].sort(), numbersOf(messages).sort());
  assert.equal([...times.values()].filter(count => count > 1).length, 2);
  assert.ok(house.calls.slice(-2).every(call => call.hop === 'new example.net'));
});

inBothLanes(
  'a start after the connectors changed takes in mail at once and sends what waits the new way',
  async house => {
    await house.putMany(30);
    house.hopOf = address => `new ${address.split('@')[1]}`;
    let go = () => {};
    const { spool } = house;
    house.instead.reroute = async () => {
      await new Promise<void>(resolve => {
        go = resolve;
      });
      await spool.reroute();
    };
    await house.scheduler.start();
    await house.put('late@example.net');
    assert.equal(house.calls.length, 0);
    go();
    await until(async () => (await house.waiting()) === 0, 'an empty spool');
    await house.quiet();
    assert.equal(house.calls.length, 31);
    assert.ok(house.calls.every(call => call.hop === 'new example.net'));
    assert.deepEqual(
      house.scheduler.queues.map(queue => [queue.hop, queue.messages, queue.recipients]),
      [['new example.net', 0, 0]],
    );
  },
);

inBothLanes('a change of connectors that moves nothing keeps the queue going, with what was in memory', async house => {
  house.limits = { maxConnections: 2, maxRecipientsPerTransaction: 100 };
  house.answer = () => HELD;
  await house.scheduler.start();
  const messages = await house.putMany(20);
  await house.untilCalls(2);
  await house.scheduler.reroute();
  house.answer = ({ indexes }) => deliveredAll(indexes);
  for (const call of house.calls) call.finish(deliveredAll([0]));
  await until(async () => (await house.waiting()) === 0, 'an empty spool');
  await house.quiet();
  assert.deepEqual(numbersOf(house.calls.map(call => call.message)).sort(), numbersOf(messages).sort());
});

inBothLanes('many changes of connectors at the same time double and lose nothing', async house => {
  house.limits = { maxConnections: 3, maxRecipientsPerTransaction: 100 };
  house.answer = async ({ indexes }) => {
    await new Promise(resolve => setImmediate(resolve));
    return deliveredAll(indexes);
  };
  await house.scheduler.start();
  const putting = house.putMany(300);
  for (let round = 0; round < 12; round++) {
    house.hopOf = address => `${round % 3} ${address.split('@')[1]}`;
    void house.scheduler.reroute();
    if (round % 3 === 2) await house.untilCalls(round * 10);
  }
  const messages = await putting;
  await house.scheduler.reroute();
  await until(async () => (await house.waiting()) === 0, 'an empty spool', 20_000);
  await house.quiet();
  const delivered = numbersOf(house.calls.map(call => call.message)).sort();
  assert.deepEqual(delivered, numbersOf(messages).sort());
});

test('a change of connectors that fails leaves the mail on its way', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 1, maxRecipientsPerTransaction: 100 };
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.putMany(5);
  await house.untilCalls(1);
  house.instead.reroute = () => Promise.reject(new Error('disk I/O error'));
  await assert.rejects(house.scheduler.reroute(), /disk I\/O error/);
  house.answer = ({ indexes }) => deliveredAll(indexes);
  house.calls[0]!.finish(deliveredAll([0]));
  await until(async () => (await house.waiting()) === 0, 'an empty spool');
  assert.equal(house.calls.length, 5);
});

test('mail that is accepted while the connectors change is delivered afterwards', async t => {
  const house = await new House().open(t);
  await house.scheduler.start();
  let open = () => {};
  house.instead.reroute = async () => {
    await new Promise<void>(resolve => {
      open = resolve;
    });
    return house.spool.reroute();
  };
  const rerouting = house.scheduler.reroute();
  await house.put();
  await house.put('b@other.example');
  assert.equal(house.calls.length, 0);
  open();
  await rerouting;
  await house.quiet();
  assert.equal(house.calls.length, 2);
});

test('a message for two hops is not lost when it expires at one while the connectors change', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  await house.put('a@one.example', 'b@two.example');
  let open = () => {};
  house.report = () =>
    new Promise<void>(resolve => {
      open = resolve;
    });
  await house.pass(7190);
  await house.clock.advance(40_000);
  await until(() => house.scheduler.queues.some(queue => queue.held.size > 0), 'the expiry');
  const rerouting = house.scheduler.reroute();
  house.report = async () => {};
  open();
  await rerouting;
  await house.pass(60);
  assert.deepEqual(house.reports.flatMap(report => report.results.map(result => result.index)).sort(), [0, 1]);
  assert.equal(await house.waiting(), 0);
});

test('stopping waits for what is on its way, stores it, and starts nothing more', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 2, maxRecipientsPerTransaction: 100 };
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.putMany(5);
  await house.untilCalls(2);
  let stopped = false;
  const stopping = house.scheduler.stop(60_000).then(() => {
    stopped = true;
  });
  await house.quiet();
  assert.equal(stopped, false);
  for (const call of house.calls) call.finish(deliveredAll([0]));
  await stopping;
  assert.equal(await house.waiting(), 3);
  await house.pass(3600);
  assert.equal(house.calls.length, 2);
});

test('stopping does not wait longer than it is told', async t => {
  const house = await new House().open(t);
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.put();
  await house.untilCalls(1);
  const stopping = house.scheduler.stop(5000);
  await house.clock.advance(5000);
  await stopping;
  assert.equal(await house.waiting(), 1);
  house.calls[0]!.finish(NOTHING);
});

test('a stop while the connectors change is a stop', async t => {
  const house = await new House().open(t);
  await house.put();
  let open = () => {};
  house.instead.reroute = () =>
    new Promise<void>(resolve => {
      open = resolve;
    });
  house.answer = () => HELD;
  await house.scheduler.start();
  const rerouting = house.scheduler.reroute();
  await new Promise(resolve => setImmediate(resolve));
  const stopping = house.scheduler.stop(1000);
  const calls = house.calls.length;
  open();
  await rerouting;
  await house.clock.advance(1000);
  await stopping;
  await house.put();
  await house.pass(100);
  assert.equal(house.calls.length, calls);
});

test('expiry goes on after the connectors changed', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [604_800], messageExpirationTimeout: 7200 };
  house.answer = () => UNREACHABLE;
  await house.scheduler.start();
  await house.put();
  let open = () => {};
  house.instead.reroute = () =>
    new Promise<void>(resolve => {
      open = resolve;
    });
  const rerouting = house.scheduler.reroute();
  await new Promise(resolve => setImmediate(resolve));
  await house.clock.advance(120_000);
  open();
  await rerouting;
  await house.pass(7200);
  assert.equal(house.reports.length, 1);
});

test('an empty queue is shown for a while and then forgotten', async t => {
  const house = await new House().open(t);
  await house.scheduler.start();
  await house.put();
  await house.pass(30);
  assert.equal(house.scheduler.queues.length, 1);
  await house.pass(100);
  assert.equal(house.scheduler.queues.length, 0);
  await house.put();
  await house.quiet();
  assert.equal(house.calls.length, 2);
});

test('queues have numbers of their own, and counts that follow the mail', async t => {
  const house = await new House().open(t);
  house.answer = ({ hop, indexes }): Answer => (hop === 'bad.example' ? UNREACHABLE : deliveredAll(indexes));
  await house.scheduler.start();
  await house.put('a@good.example', 'b@bad.example', 'c@bad.example');
  await house.put('d@bad.example');
  await house.quiet();
  assert.deepEqual(
    house.scheduler.queues.map(queue => [queue.number, queue.hop, queue.status, queue.messages, queue.recipients]),
    [
      [1, 'good.example', 'Ready', 0, 0],
      [2, 'bad.example', 'Retry', 2, 3],
    ],
  );
  assert.equal(house.queue('good.example')!.outgoing.perSecond(house.clock.now()), 0.02);
  assert.equal(house.queue('bad.example')!.incoming.perSecond(house.clock.now()), 0.03);
});

test('recipients of one message that become due at different times are all tried', async t => {
  const house = await new House().open(t);
  house.settings = { ...house.settings, retryInterval: [14_400] };
  // The second recipient waits 5 % longer: twelve minutes in which nothing of the queue is on its way.
  const chances = [0, 1];
  house.random = () => chances.shift() ?? 0;
  house.answer = ({ indexes }): Answer => (indexes.length === 2 ? deferredAll(indexes) : deliveredAll(indexes));
  await house.scheduler.start();
  await house.put('a@example.net', 'b@example.net');
  await house.pass(14_400);
  assert.deepEqual([house.queue()!.messages, house.queue()!.recipients], [1, 1]);
  await house.pass(720);
  assert.deepEqual(
    house.calls.map(({ indexes }) => indexes),
    [[0, 1], [0], [1]],
  );
  assert.deepEqual([house.queue()!.messages, house.queue()!.recipients], [0, 0]);
});

test('a message that joins its other recipients at another hop is counted once there', async t => {
  const house = await new House().open(t);
  house.answer = ({ indexes }): Answer => deferredAll(indexes);
  await house.scheduler.start();
  const { number } = await house.put('a@north.example', 'b@south.example', 'c@north.example');
  await house.quiet();
  const counts = () => house.scheduler.queues.map(({ hop, messages, recipients }) => [hop, messages, recipients]);
  const { administration } = house.scheduler;
  const move = (from: string, to: string) =>
    administration.withMessage(from, number, work => administration.moveMessage(work, to));
  await move('north.example', 'south.example');
  assert.deepEqual(counts(), [
    ['north.example', 0, 0],
    ['south.example', 1, 3],
  ]);
  // To where it is already.
  await move('south.example', 'south.example');
  assert.deepEqual(counts()[1], ['south.example', 1, 3]);
  house.answer = ({ indexes }): Answer => deliveredAll(indexes);
  await house.pass(60);
  assert.deepEqual(counts()[1], ['south.example', 0, 0]);
});

test('a damaged message leaves the counts of all its hops', async t => {
  const house = await new House().open(t);
  house.answer = ({ indexes }): Answer => deferredAll(indexes);
  await house.scheduler.start();
  await house.put('a@north.example', 'b@south.example');
  await house.quiet();
  house.answer = () => {
    throw new BodyDamaged('its file is missing');
  };
  await house.pass(60);
  assert.deepEqual(
    house.scheduler.queues.map(({ messages, recipients }) => [messages, recipients]),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

/** So many messages a minute: never more in any minute, never much less, and nobody else waits for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pace } from '../../src/scheduler/pace.ts';
import { deferredAll, deliveredAll, HELD, House } from '../support/spool-scheduler.ts';

const MINUTE = 60_000;

/** The most that began in any minute. */
const most = (times: readonly number[]): number =>
  Math.max(0, ...times.map(from => times.filter(time => time >= from && time < from + MINUTE).length));

test('whenever they come, no minute has more than allowed, and none waits longer than it must', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 }),
      (perMinute, gaps) => {
        const pace = new Pace(perMinute);
        const begun: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          const next = pace.nextAt(now);
          if (next > now) {
            // Only because of as many as are allowed, within the minute and its margin.
            assert.equal(begun.filter(time => time > now - MINUTE - 500).length, perMinute);
            now = next;
          }
          pace.take(now);
          begun.push(now);
        }
        assert.ok(most(begun) <= perMinute, `${most(begun)} of ${perMinute}`);
      },
    ),
  );
});

test('30 a minute over ten minutes with a long queue: held within 5 %, and the other connector goes on at once', async t => {
  const house = await new House().open(t, 'fast');
  house.connectors['limited.example'] = 'Limited';
  house.limitsOf['limited.example'] = { maxMessagesPerMinute: 30 };
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.scheduler.start();
  const begin = house.clock.now();
  await house.putMany(600, 'a@limited.example');
  await house.quiet();
  const limited = () => house.calls.filter(call => call.hop === 'limited.example').map(call => call.at - begin);
  assert.equal(limited().length, 30);
  const queue = house.queue('limited.example')!;
  assert.deepEqual([queue.status, queue.lastError, queue.failures], ['Throttled', null, 0]);
  assert.equal(queue.throttledUntil, begin + 60_500);
  for (let minute = 0; minute < 10; minute++) {
    const others = house.calls.length - limited().length;
    await house.putMany(5, 'b@free.example');
    await house.quiet();
    assert.equal(house.calls.length - limited().length, others + 5, 'others wait for nobody');
    await house.pass(60);
  }
  const times = limited().filter(time => time < 10 * MINUTE);
  assert.ok(times.length >= 285 && times.length <= 315, `${times.length}`);
  assert.ok(most(times) <= 30, `${most(times)}`);
  assert.equal(house.events.filter(({ type }) => type === 'queue').length, 0, 'no error was told of');
});

test('queues of one connector share its pace, each in its turn', async t => {
  const house = await new House().open(t);
  for (const hop of ['a.example', 'b.example', 'c.example']) {
    house.connectors[hop] = 'Limited';
    house.limitsOf[hop] = { maxMessagesPerMinute: 3 };
  }
  house.answer = ({ indexes }) => deliveredAll(indexes);
  await house.scheduler.start();
  for (const hop of ['a.example', 'b.example', 'c.example']) await house.putMany(20, `x@${hop}`);
  await house.pass(600);
  const counts = ['a.example', 'b.example', 'c.example'].map(
    hop => house.calls.filter(call => call.hop === hop).length,
  );
  assert.ok(house.calls.length >= 29 && house.calls.length <= 31, `${house.calls.length}`);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 4, counts.join(' '));
});

test('attempts that are repeated and further transactions of one message count, and a change of the limit is live', async t => {
  const house = await new House().open(t);
  house.limits = { maxConnections: 10, maxRecipientsPerTransaction: 1 };
  house.limitsOf['example.net'] = { maxMessagesPerMinute: 4 };
  house.answer = ({ indexes, message }) =>
    message.envelope.recipients.length > 1 ? deliveredAll(indexes) : deferredAll(indexes);
  await house.scheduler.start();
  await house.put('a@example.net', 'b@example.net', 'c@example.net');
  await house.quiet();
  assert.equal(house.calls.length, 3);
  await house.putMany(3, 'x@example.net');
  await house.quiet();
  assert.equal(house.calls.length, 4);
  assert.equal(house.queue()!.status, 'Throttled');
  house.limitsOf['example.net'] = { maxMessagesPerMinute: null };
  await house.pass(61);
  assert.ok(house.calls.length >= 6);
  assert.notEqual(house.queue()!.status, 'Throttled');
});

test('a queue that sends is Active, one that is held is Suspended, whatever its pace', async t => {
  const house = await new House().open(t);
  house.limitsOf['example.net'] = { maxMessagesPerMinute: 1 };
  house.answer = () => HELD;
  await house.scheduler.start();
  await house.putMany(3, 'x@example.net');
  await house.quiet();
  assert.equal(house.queue()!.status, 'Connecting');
  house.calls[0]!.finish(deliveredAll([0]));
  await house.quiet();
  assert.equal(house.queue()!.status, 'Throttled');
  house.queue()!.suspend();
  assert.equal(house.queue()!.status, 'Suspended');
  await house.pass(120);
  assert.equal(house.calls.length, 1);
});

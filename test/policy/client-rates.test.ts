import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ClientRates, type RateLimits } from '../../src/policy/client-rates.ts';

const NO_LIMITS = { connectionRateLimit: 0, messageRateLimit: 0, recipientRateLimit: 0, byteRateLimit: 0 };

function ratesWith(limits: Partial<RateLimits>) {
  const clock = { now: 1000 };
  return {
    clock,
    rates: new ClientRates(
      () => ({ ...NO_LIMITS, ...limits }),
      () => clock.now,
    ),
  };
}

describe('the rates of clients', () => {
  it('let as much happen as the limit says, and say how long to wait', () => {
    const { clock, rates } = ratesWith({ messageRateLimit: 2 });
    assert.equal(rates.tryOne('messages', '192.0.2.1'), null);
    clock.now += 20_500;
    assert.equal(rates.tryOne('messages', '192.0.2.1'), null);
    assert.deepEqual(rates.tryOne('messages', '192.0.2.1'), { rule: 'MessageRateLimit', seconds: 40 });
    assert.equal(rates.tryOne('messages', '192.0.2.2'), null);
    clock.now += 39_500;
    assert.equal(rates.tryOne('messages', '192.0.2.1'), null);
  });

  it('count each kind by itself, and one address in all its spellings', () => {
    const { rates } = ratesWith({ messageRateLimit: 1, recipientRateLimit: 1, connectionRateLimit: 1 });
    for (const what of ['messages', 'recipients', 'connections'] as const) {
      assert.equal(rates.tryOne(what, '10.0.0.1'), null);
      assert.notEqual(rates.tryOne(what, '::ffff:10.0.0.1'), null);
    }
  });

  it('keep the next message out once the bytes are reached', () => {
    const { clock, rates } = ratesWith({ byteRateLimit: 1000 });
    assert.equal(rates.mayBegin('10.0.0.1'), null);
    rates.addBytes('10.0.0.1', 999);
    assert.equal(rates.mayBegin('10.0.0.1'), null);
    rates.addBytes('10.0.0.1', 5000);
    assert.deepEqual(rates.mayBegin('10.0.0.1'), { rule: 'ByteRateLimit', seconds: 60 });
    clock.now += 60_000;
    assert.equal(rates.mayBegin('10.0.0.1'), null);
  });

  it('without limits let everything happen and remember nobody', () => {
    const { rates } = ratesWith({});
    for (let i = 0; i < 1000; i++) assert.equal(rates.tryOne('connections', `10.0.0.${i % 256}`), null);
    rates.addBytes('10.0.0.1', 1e12);
    assert.equal(rates.mayBegin('10.0.0.1'), null);
    assert.equal(rates.size, 0);
  });

  it('never let more through in a minute than the limit, and forget who is silent for one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30_000 })), { maxLength: 60 }),
        (limit, events) => {
          const { clock, rates } = ratesWith({ messageRateLimit: limit });
          const begun = new Map<number, number[]>();
          for (const [client, wait] of events) {
            clock.now += wait;
            const answer = rates.tryOne('messages', `10.0.0.${client}`);
            const times = begun.get(client) ?? [];
            if (answer === null) begun.set(client, [...times, clock.now]);
            else {
              // What was said is true: after the wait there is room.
              assert.ok(answer.seconds >= 1 && answer.seconds <= 60);
              assert.ok(times.filter(time => time > clock.now - 60_000).length >= limit);
            }
          }
          // A fixed minute lets through at most twice the limit around its border.
          for (const times of begun.values())
            for (const time of times)
              assert.ok(times.filter(other => other >= time && other < time + 60_000).length <= 2 * limit);
          clock.now += 60_000;
          rates.tryOne('messages', '10.0.0.9');
          assert.equal(rates.size, 1);
        },
      ),
    );
  });
});

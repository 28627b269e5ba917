/** Suspending the relay: new clients get 421, deliveries are held, also after a restart, and all of it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smartHost, TestRelay, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';

test('the relay refuses new clients, holds deliveries, or both, as it is told', async t => {
  const sink = await Sink.start();
  const relay = await TestRelay.start({ connectors: [smartHost(sink.port)] });
  t.after(async () => {
    await relay.stop();
    await sink.stop();
  });
  const inside = await relay.client();
  const both = await relay.control.call('relay.suspend', { reason: 'moving' });
  assert.deepEqual(
    [both.status, both.inboundSuspended, both.outboundSuspended, both.health],
    ['Running', true, true, 'Yellow'],
  );
  assert.match(both.warnings.join('\n'), /421.*\(moving\)[\s\S]*No mail is delivered/);
  // A session that is open goes on, but what it brings stays.
  await inside.mail('Subject: held\r\n\r\nx\r\n');
  const refused = await relay.connect();
  assert.match(await refused.expect(421).then(reply => JSON.stringify(reply)), /4\.3\.2/);
  await relay.restart();
  await relay.control.call('queue.retry', { identity: '*' });
  await new Promise(resolve => setTimeout(resolve, 200));
  assert.equal(sink.messages.length, 0);
  assert.equal((await relay.control.call('relay.get')).queued, 1);

  const inbound = await relay.control.call('relay.resume', { inbound: true });
  assert.deepEqual([inbound.inboundSuspended, inbound.outboundSuspended], [false, true]);
  await (await relay.client()).mail('Subject: also held\r\n\r\nx\r\n');
  await new Promise(resolve => setTimeout(resolve, 100));
  assert.equal(sink.messages.length, 0);
  const all = await relay.control.call('relay.resume');
  assert.deepEqual([all.inboundSuspended, all.outboundSuspended], [false, false]);
  await sink.has(2);
  await until('nothing waits', async () => (await relay.control.call('relay.get')).queued === 0);
  assert.equal((await relay.control.call('relay.get')).health, 'Green');

  const outbound = await relay.control.call('relay.suspend', { outbound: true });
  assert.deepEqual([outbound.inboundSuspended, outbound.outboundSuspended], [false, true]);
});

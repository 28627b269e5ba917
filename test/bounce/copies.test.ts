/** Copies of reports about failures for the administrator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deferring, type Engine, failing, startEngine } from '../support/delivery-engine.ts';
import { until } from '../support/relay-harness.ts';
import { envelopeOf, put, TEXT } from '../support/spool-folder.ts';

/** Everything for gone.test fails; reports wait. */
async function withCopies(t: Parameters<typeof startEngine>[0], perHour = 100): Promise<Engine> {
  const engine = await startEngine(t);
  engine.answer = hop => (hop === 'gone.test' ? failing() : deferring());
  Object.assign(engine.copies, { ndrCopyTo: 'admin@ops.test', ndrCopyPerHour: perHour });
  return engine;
}

const fail = async (engine: Engine, reversePath = 'app@example.com') => {
  const before = (await engine.spool.list({ hops: ['gone.test'], number: null, limit: 100 })).length;
  await put(engine.spool, TEXT, envelopeOf(['x@gone.test'], { reversePath }));
  await until('it is done', async () => {
    return (await engine.spool.list({ hops: ['gone.test'], number: null, limit: 100 })).length <= before;
  });
};

test('a copy is the same report, without sender', async t => {
  const engine = await withCopies(t);
  await fail(engine);
  const reports = await engine.reports();
  assert.deepEqual(reports.map(({ to }) => to).sort(), ['admin@ops.test', 'app@example.com']);
  assert.equal(reports[0]?.text, reports[1]?.text);
  const works = await engine.spool.list({ hops: null, number: null, limit: 10 });
  assert.deepEqual(
    works.map(({ message }) => message.envelope.reversePath),
    ['', ''],
  );
});

test('a copy that fails makes neither a report nor a copy', async t => {
  const engine = await withCopies(t);
  engine.answer = hop => (hop === 'example.com' ? deferring() : failing());
  await fail(engine);
  await until('the copy has ended', () =>
    engine.events.some(event => event.type === 'dropped' || event.type === 'badmail'),
  );
  assert.deepEqual(
    (await engine.reports()).map(({ to }) => to),
    ['app@example.com'],
  );
  const badMail = engine.events.filter(event => event.type === 'badmail');
  assert.equal(badMail.length, 1);
});

test('nobody gets the same report twice', async t => {
  const engine = await withCopies(t);
  await fail(engine, 'Admin@ops.test');
  assert.equal((await engine.reports()).length, 1);
});

test('mail without sender and delays make no copies', async t => {
  const engine = await withCopies(t);
  await fail(engine, '');
  assert.deepEqual(await engine.reports(), []);
});

test('not more than so many in an hour, told once', async t => {
  const engine = await withCopies(t, 2);
  for (let n = 0; n < 5; n++) await fail(engine);
  const copies = async () => (await engine.reports()).filter(({ to }) => to === 'admin@ops.test').length;
  assert.equal(await copies(), 2);
  assert.equal((await engine.reports()).length, 7);
  assert.equal(
    engine.events.filter(event => event.type === 'service' && /not copied to admin@ops\.test/.test(event.what)).length,
    1,
  );
  await engine.clock.advance(3_600_000);
  await fail(engine);
  assert.equal(await copies(), 3);
});

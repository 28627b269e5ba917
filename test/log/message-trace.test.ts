/** The story of a message, told from the rows of the tracking log. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { explain } from '../../src/contract/reply-catalogue.ts';
import { type Explain, findStories, type TraceQuery, tellStory } from '../../src/log/message-trace.ts';
import { formatTracking, type TrackedEvent, trackingHeader } from '../../src/log/tracking-log.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { message, NOON, temporaryFolder } from './samples.ts';

const remote = { host: 'mx.example.net', address: '198.51.100.25', port: 25 } as const;
const reply = (code: number, enhanced: string, text: string) => ({ code, enhanced, text }) as never;
const delivered = { kind: 'delivered', remote, reply: reply(250, '2.0.0', 'Ok') } as unknown as Outcome;
const deferred = { kind: 'deferred', remote, reply: reply(451, '4.7.1', 'Greylisted') } as unknown as Outcome;
const failed = { kind: 'failed', remote, reply: reply(550, '5.1.1', 'User unknown') } as unknown as Outcome;

const received: TrackedEvent = { type: 'received', message: message(), localAddress: null };
const attempted = (...outcomes: readonly (Outcome | null)[]): TrackedEvent => ({
  type: 'attempted',
  message: message(),
  connector: 'Internet',
  nextHop: 'example.net',
  source: 'SMTP',
  results: outcomes.flatMap((outcome, index) => (outcome ? [{ index, outcome, nextAttempt: null }] : [])),
});

const traceMessages = async (folder: string, query: TraceQuery, explainBy: Explain) =>
  (await findStories(folder, query)).map(story => tellStory(story, explainBy));

async function folderWith(t: TestContext, days: readonly (readonly TrackedEvent[])[]): Promise<string> {
  const folder = await temporaryFolder(t);
  for (const [day, events] of days.entries()) {
    const lines = events.flatMap((event, minute) =>
      formatTracking(event, {
        computerName: 'RELAY01',
        now: NOON + day * 86_400_000 + minute * 60_000,
        logSubject: true,
      }),
    );
    await writeFile(
      join(folder, `MSGTRK2026030${4 + day}.log`),
      `${[...trackingHeader('1', NOON), ...lines].join('\n')}\n`,
    );
  }
  return folder;
}

test('tells a message that waited over midnight and a restart, and arrived', async t => {
  const folder = await folderWith(t, [
    [received, attempted(deferred, deferred, delivered)],
    [attempted(delivered, delivered)],
  ]);
  const [trace, ...more] = await traceMessages(folder, { recipient: 'Anna@example.net' }, explain);
  assert.deepEqual(more, []);
  assert.equal(trace!.status, 'Delivered');
  assert.deepEqual(
    trace!.events.map(row => row.eventId),
    ['RECEIVE', 'DEFER', 'SEND', 'SEND'],
  );
  assert.match(
    trace!.summary,
    /^Delivered to anna@example\.net, bert@example\.net: mx\.example\.net \[198\.51\.100\.25\] took it at 2026-03-05 12:00:00 UTC, 24 hours after it came/m,
  );
});

test('names who refused and what to do, and that the sender was told', async t => {
  const report = message({ id: 'R1' });
  const folder = await folderWith(t, [
    [
      received,
      attempted(failed, delivered, delivered),
      { type: 'report', message: message(), reportId: 'R1', kind: 'failed', recipients: ['anna@example.net'] },
      { ...attempted(delivered), message: report } as TrackedEvent,
    ],
  ]);
  for (const query of [{ messageId: '1@example.com' }, { sender: 'app@example.com' }, { internalMessageId: 'Q1' }]) {
    const traces = await traceMessages(folder, query, explain);
    const trace = traces.find(({ internalMessageId }) => internalMessageId === 'Q1')!;
    assert.equal(trace.status, 'PartlyDelivered');
    assert.match(
      trace.summary,
      /Not delivered to anna@example\.net, given up at .*: mx\.example\.net \[198\.51\.100\.25\] said "550 5\.1\.1 User unknown"\./,
    );
    assert.ok(trace.summary.includes(explain('550 5.1.1 User unknown')!.action));
    assert.match(trace.summary, /app@example\.com was told by a report\.$/);
    assert.deepEqual(
      trace.events.map(row => row.eventId),
      ['RECEIVE', 'FAIL', 'SEND', 'DSN', 'SEND'],
    );
  }
});

test('says what still waits, what was removed, and what was never tried', async t => {
  const summaryOf = async (...events: readonly TrackedEvent[]) => {
    const [trace] = await traceMessages(await folderWith(t, [events]), { internalMessageId: 'Q1' }, explain);
    return [trace!.status, trace!.summary] as const;
  };
  const recipients = ['anna@example.net', 'bert@example.net', 'cleo@example.org'];
  const [waits, why] = await summaryOf(received, attempted(deferred, deferred, deferred));
  assert.equal(waits, 'Pending');
  assert.match(why, /^Still waits for .*said "451 4\.7\.1 Greylisted"\..*Get-SmtpMessage -Identity Q1 says when\.$/);
  const [removed, by] = await summaryOf(received, {
    type: 'dropped',
    message: message(),
    recipients,
    reason: 'Removed by an administrator',
  });
  assert.deepEqual([removed, by.includes('Removed by an administrator')], ['Removed', true]);
  const [untried, sentence] = await summaryOf(received);
  assert.equal(untried, 'Pending');
  assert.match(sentence, /not yet tried/);
});

test('gives the latest messages', async t => {
  const events = Array.from(
    { length: 30 },
    (_, number): TrackedEvent => ({
      type: 'received',
      message: message({ id: `Q${number}` }),
      localAddress: null,
    }),
  );
  const folder = await folderWith(t, [events]);
  const ids = (await traceMessages(folder, { sender: 'app@example.com' }, explain)).map(
    trace => trace.internalMessageId,
  );
  assert.deepEqual(
    ids,
    Array.from({ length: 10 }, (_, number) => `Q${number + 20}`),
  );
  assert.equal((await traceMessages(folder, { resultSize: null }, explain)).length, 30);
  // One that came first and is heard of last is of the latest.
  const again = await folderWith(t, [
    [...events, { ...attempted(deferred), message: message({ id: 'Q3' }) } as TrackedEvent],
  ]);
  assert.deepEqual(
    (await traceMessages(again, { resultSize: 2 }, explain)).map(trace => trace.internalMessageId),
    ['Q3', 'Q29'],
  );
});

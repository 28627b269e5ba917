/** What is judged of a relay's state, and that the log of the system is told each thing once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthOf, problemsOf, type StateFacts } from '../../src/health/problems.ts';
import { type Notice, Notices } from '../../src/log/notices.ts';
import { WELL } from '../support/state-facts.ts';

const queue = (hop: string, change: Partial<StateFacts['queues'][number]> = {}): StateFacts['queues'][number] => ({
  hop,
  messages: 2,
  failures: 1,
  logOnFailed: false,
  suspended: false,
  lastError: '451 4.4.1 No answer',
  ...change,
});

/** What the log of the system is told of states that follow each other. */
function told(...states: readonly Partial<StateFacts>[]): (readonly [number, string])[] {
  const heard: Notice[] = [];
  const notices = new Notices(notice => void heard.push(notice));
  for (const state of states)
    notices.look(
      problemsOf({ ...WELL, ...state }).flatMap(({ event, about, text }) =>
        event === null ? [] : [{ id: event, about, text }],
      ),
    );
  return heard.map(({ id, text }) => [id, text]);
}

const ids = (...states: readonly Partial<StateFacts>[]) => told(...states).map(([id]) => id);

test('a relay that is well is green, and red comes before yellow', () => {
  assert.deepEqual(problemsOf(WELL), []);
  assert.equal(healthOf([]), 'Green');
  const yellow = problemsOf({ ...WELL, bridge: 'No .NET.' });
  assert.equal(healthOf(yellow), 'Yellow');
  const both = problemsOf({ ...WELL, bridge: 'No .NET.', openToEveryone: true });
  assert.deepEqual(
    both.map(({ level }) => level),
    ['Red', 'Yellow'],
  );
  assert.equal(healthOf(both), 'Red');
});

test('a log-on that fails is told as such, once for its connector, and not as a host that is out of reach', () => {
  const failing = { logOnFailed: true, lastError: '535 5.7.8 Bad password' };
  const hops = [queue('Smart/a.test', failing), queue('Smart/b.test', failing)];
  assert.deepEqual(ids({ queues: hops }, { queues: [...hops].reverse() }, {}), [1200, 1201]);
});

test('a next hop that fails is told once also while it is tried again, and its end when it works', () => {
  const hop = queue('Direct/x.test');
  const [begin, end] = told({ queues: [hop] }, { queues: [queue('Direct/x.test', { messages: 9 })] }, {});
  assert.deepEqual(begin, [4006, '2 message(s) wait for x.test: 451 4.4.1 No answer']);
  assert.equal(end![0], 4007);
  assert.deepEqual(ids({ queues: [queue('Direct/x.test', { lastError: 'DNS look-up failed' })] }), [4000]);
  assert.deepEqual(ids({ queues: [queue('Direct/x.test', { failures: 0, lastError: '450 Try later' })] }), []);
});

test('of two certificates or logs each is told of, in any order, and not again because days pass', () => {
  const one = { name: 'One', text: 'Certificate One expires in 14 day(s).' };
  const two = { name: 'Two', text: 'Certificate Two expires in 20 day(s).' };
  const later = { ...one, text: 'Certificate One expires in 13 day(s).' };
  assert.deepEqual(
    ids({ certificates: [one] }, { certificates: [two, later] }, { certificates: [two] }),
    [1110, 1110, 1111],
  );
  const logs = ['protocol', 'tracking'].map(name => ({ name, text: `The ${name} log can't be written.` }));
  assert.deepEqual(ids({ failingLogs: [logs[1]!] }, { failingLogs: logs }, {}), [1310, 1310, 1311, 1311]);
});

test('a full disk is one trouble, whether it is seen before or after a write fails', () => {
  const full = { enoughSpace: false };
  const writing = { enoughSpace: false, disk: { writing: 'ENOSPC', reading: null } };
  assert.deepEqual(ids(full, writing, full, {}), [1300, 1301]);
});

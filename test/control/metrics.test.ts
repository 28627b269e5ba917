import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, type MetricsFacts } from '../../src/control/metrics.ts';
import { Statistics } from '../../src/log/statistics.ts';
import type { Outcome } from '../../src/message/outcome.ts';
import { message, NOON } from '../log/samples.ts';
import { WELL } from '../support/state-facts.ts';

test('mail that went by no connector has the same name in all numbers', async () => {
  const statistics = new Statistics();
  const metrics = new Metrics(statistics);
  const outcome = { kind: 'delivered', reply: { code: 250, enhanced: null, text: 'ok' }, remote: null } as Outcome;
  const results = [{ index: 0, nextAttempt: null, outcome }];
  const event = {
    type: 'attempted',
    source: 'GATEWAY',
    message: message(),
    connector: '',
    nextHop: 'H',
    results,
  } as const;
  statistics.add(event, NOON);
  metrics.add(event, NOON);
  const facts: MetricsFacts = {
    ...WELL,
    endpoints: [],
    totals: statistics.totals(),
    name: 'relay.test',
    version: '1.2.3',
    dataPath: '/nowhere',
    controlPort: 1,
    startedAt: 0,
    stopping: false,
    sessions: 0,
    outboundConnections: 0,
    freeSpace: 0,
    certificateEnds: new Map(),
    oldest: null,
  };
  const text = await metrics.text(facts, NOON);
  assert.match(text, /^smtprelay_recipients_delivered_total\{connector="\(drop\)"\} 1$/m);
  assert.match(text, /^smtprelay_delivery_latency_seconds_count\{connector="\(drop\)"\} 1$/m);
  assert.doesNotMatch(text, /connector=""/);
});

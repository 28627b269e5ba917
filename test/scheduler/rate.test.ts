import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rate } from '../../src/scheduler/rate.ts';

const START = Date.parse('2026-03-04T12:00:00.000Z');

test('counts events per second over the last minute', () => {
  const rate = new Rate();
  assert.equal(rate.perSecond(START), 0);
  for (let second = 0; second < 60; second++) rate.add(START + second * 1000, 2);
  assert.equal(rate.perSecond(START + 59_000), 2);
});

test('forgets what is older than a minute', () => {
  const rate = new Rate();
  rate.add(START, 60);
  assert.equal(rate.perSecond(START + 30_000), 1);
  assert.equal(rate.perSecond(START + 54_000), 1);
  assert.equal(rate.perSecond(START + 60_000), 0);
  rate.add(START + 86_400_000, 6);
  assert.equal(rate.perSecond(START + 86_400_000), 0.1);
});

test('a clock that goes back does no harm', () => {
  const rate = new Rate();
  rate.add(START, 30);
  rate.add(START - 3_600_000, 30);
  assert.equal(rate.perSecond(START), 1);
});

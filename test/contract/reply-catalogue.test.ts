/** The catalogue of replies: every entry is reachable, says something, and the known troubles are in it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asksForLess, explain, explainAll } from '../../src/contract/reply-catalogue.ts';

const { replies } = JSON.parse(readFileSync(new URL('../../schemas/replies.json', import.meta.url), 'utf8')) as {
  replies: { pattern: string; about: string; meaning: string; action: string; example: string }[];
};

for (const entry of replies)
  test(`${entry.example} is explained by its own entry`, () => {
    const { example, about, meaning, action } = entry;
    const found = explain(example);
    assert.deepEqual(found, { about, meaning, action });
    assert.match(entry.meaning, /^[A-Z].*\.$/);
    assert.match(entry.action, /^[A-Z].*\.$/);
  });

test('the troubles that administrators meet now are known, also by their code alone', () => {
  for (const [status, meaning] of [
    ['550 5.7.30', /Basic authentication is retired/],
    ['5.7.54', /outside/],
    ['5.7.57', /logged on/],
    ['5.7.60', /may not send as/],
    ['550 5.7.64', /inbound connector/],
    ['5.7.139', /SMTP AUTH is disabled/],
    ['5.2.252', /may not send as/],
    ['432 4.3.2', /More messages or connections/],
    ['451 4.7.0', /puts the mail off/],
    ['535 5.7.3', /log-on was refused/],
    ['554 5.2.252 SendAsDenied', /may not send as/],
    ['421 4.7.66', /TLS version/],
    ['550 5.7.1 Unable to relay', /does not relay/],
    ['550 5.7.1 blocked using zen.spamhaus.org', /blocklist/],
  ] as const)
    assert.match(explain(status)?.meaning ?? '', meaning, status);
});

test('who wants fewer messages or connections is known, from temporary replies only', () => {
  for (const reply of [
    '432 4.3.2 STOREDRV.ClientSubmit; message submission rate for this client has exceeded the configured limit',
    '432 4.3.2 Concurrent connections limit exceeded.',
    '451 4.7.500 Server busy. Please try again later from [192.0.2.1].',
    '421 4.7.28 Our system has detected an unusual rate of unsolicited mail',
    '454 Throttling failure: Maximum sending rate exceeded.',
    '451 4.3.2 HTTP 429 ApplicationThrottled',
  ])
    assert.ok(asksForLess(reply), reply);
  for (const reply of [
    '421 4.7.66 TLS 1.0 and 1.1 are not supported.',
    '550 5.7.28 Our system has detected an unusual rate of unsolicited mail',
    '450 4.2.1 Greylisted',
    '421 4.3.2 Service not available',
  ])
    assert.ok(!asksForLess(reply), reply);
});

test('what nobody knows is not made up', () => {
  assert.equal(explain('the dog ate it'), null);
  assert.equal(explain(null), null);
  assert.deepEqual(explainAll('the dog ate it'), []);
});

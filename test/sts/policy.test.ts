import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNamed, parsePolicy, policyIdOf } from '../../src/sts/policy.ts';

const WHOLE =
  'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.Example.net\r\nmx: backup.example.com.\r\nmax_age: 604800\r\n';

test('reads the policy of RFC 8461, with either line end and fields it does not know', () => {
  const policy = { mode: 'enforce', mx: ['mail.example.com', '*.example.net', 'backup.example.com'], maxAge: 604_800 };
  assert.deepEqual(parsePolicy(WHOLE), policy);
  assert.deepEqual(parsePolicy(`${WHOLE.replaceAll('\r\n', '\n')}future_field: x\nnonsense\n`), policy);
  assert.deepEqual(parsePolicy('version: STSv1\nmode: none\nmax_age: 60\n'), { mode: 'none', mx: [], maxAge: 60 });
});

test('of a field that stands twice the first one counts, and an age of more than a year is a year', () => {
  const policy = parsePolicy('version: STSv1\nmode: testing\nmode: enforce\nmx: a.example\nmax_age: 9999999999\n');
  assert.deepEqual([policy.mode, policy.maxAge], ['testing', 31_557_600]);
});

for (const [change, says] of [
  [['version: STSv1', 'version: STSv2'], /version/],
  [['version: STSv1\r\n', ''], /version/],
  [['mode: enforce', 'mode: Enforce'], /mode \(Enforce\)/],
  [['max_age: 604800', 'max_age: a week'], /max_age/],
  [['max_age: 604800\r\n', ''], /max_age/],
  [['mx: mail.example.com', 'mx: *.*.example.com'], /\*\.\*\.example\.com/],
  [['mx: mail.example.com', 'mx: mail example.com'], /can be none/],
  [[/mx:.*\r\n/g, ''], /names no mail host/],
] as const)
  test(`refuses a policy with ${change[0]} as ${change[1] || 'nothing'}`, () => {
    assert.throws(() => parsePolicy(WHOLE.replace(change[0] as string, change[1])), says);
  });

test('whatever a policy host sends is a policy or an error', () => {
  const line = fc.oneof(
    fc.constantFrom('version: STSv1', 'mode: enforce', 'mode: none', 'max_age: 1', 'mx: *.a.example', 'mx:', ':', '\0'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), lines => {
      try {
        const { mode, mx, maxAge } = parsePolicy(lines.join('\n'));
        assert.ok(mode === 'none' || mx.length > 0);
        assert.ok(maxAge >= 0 && maxAge <= 31_557_600);
      } catch (error) {
        assert.match((error as Error).message, /^it/);
      }
    }),
  );
});

test('a wildcard stands for one label', () => {
  const policy = parsePolicy(WHOLE);
  for (const host of ['mail.example.com', 'MAIL.example.com.', 'a.example.net', 'backup.example.com'])
    assert.ok(isNamed(policy, host), host);
  for (const host of ['example.com', 'example.net', 'a.b.example.net', 'mail.example.com.evil.example', 'net', ''])
    assert.ok(!isNamed(policy, host), host);
});

test('finds the id of the one announcement there is', () => {
  assert.equal(policyIdOf(['v=spf1 -all', 'v=STSv1; id=20160831085700Z;']), '20160831085700Z');
  assert.equal(policyIdOf(['v=STSv1 ;\tid=1 ; future=x']), '1');
  for (const texts of [
    [],
    ['v=spf1 -all'],
    ['v=STSv1'],
    ['v=STSv1;'],
    ['v=STSv1; id='],
    ['v=STSv1; id=with-dash'],
    [`v=STSv1; id=${'1'.repeat(33)}`],
    ['v=STSv1; id=1', 'v=STSv1; id=1'],
    [' v=STSv1; id=1'],
  ])
    assert.equal(policyIdOf(texts), null, texts.join());
});

/** Filters: what they mean, that they say where they are wrong, and that nothing makes them throw or hang. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RelayProblem } from '../../src/contract/problems.ts';
import { compileFilter, type Filter, type Literal, OPERATORS, parseFilter } from '../../src/control/filter.ts';
import { comparerOf, propertiesOf } from '../../src/control/properties.ts';

const MESSAGES = propertiesOf('Message');

const message = {
  identity: '3\\1700000000000000',
  subject: "It's a Report",
  size: 5 * 1024 * 1024,
  status: 'Retry',
  dateReceived: '2026-01-31T12:00:00.000Z',
  internetMessageId: null,
  retryCount: 4,
  messageLatency: 900,
  recipients: [{ emailAddress: 'Jo@example.com' }, { emailAddress: 'kim@example.org' }],
};
const is = (filter: string) => compileFilter(filter, MESSAGES)(message);

function problem(run: () => unknown): RelayProblem {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof RelayProblem, String(error));
    assert.equal(error.id, 'InvalidParameter');
    return error;
  }
  throw new assert.AssertionError({ message: 'it should have been refused' });
}

describe('a filter', () => {
  const TRUE = [
    "Status -eq 'Retry'",
    'status -EQ "retry"',
    "Status -ne 'Active'",
    'Size -eq 5MB',
    'Size -ge 5120kb -and Size -lt 1GB',
    'Size -gt 4.5MB',
    "Subject -eq 'it''s a report'",
    'Subject -eq "It\'s a Report"',
    "Subject -like '*REPORT' -and Subject -notlike 'x*'",
    "Subject -contains 'a rep'",
    "Subject -notcontains 'b rep'",
    "DateReceived -gt '2026-01-31' -and DateReceived -lt '2026-02-01T00:00:00Z'",
    "MessageLatency -eq '00:15:00' -and MessageLatency -lt '1.00:00' -and MessageLatency -ge 900",
    'InternetMessageId -eq $null',
    'Subject -ne $null',
    "InternetMessageId -ne 'x'",
    "Recipients -contains 'jo@example.com'",
    "Recipients -like '*@example.org' -and Recipients -notlike '*.net'",
    "Recipients -eq 'kim@example.org' -and Recipients -ne 'x@y'",
    "Recipients -notcontains 'jo'",
    "-not (Status -eq 'Active' -or Size -lt 1)",
    "!(Status -eq 'Active')",
    "Status -eq 'Retry' -or Status -eq 'Active' -and Size -eq 0",
    '(((RetryCount -le 4)))',
    'RetryCount -gt -1',
    "Status -gt 'Ready'",
  ];
  const FALSE = [
    'Size -gt 5MB',
    "Status -eq 'Active'",
    "(Status -eq 'Retry' -or Status -eq 'Active') -and Size -eq 0",
    "Recipients -notlike 'jo*'",
    "InternetMessageId -like '*'",
    "InternetMessageId -gt ''",
    'Subject -eq $null',
    "-not -not Status -eq 'Active'",
  ];
  for (const text of TRUE) it(`${text} is true`, () => assert.equal(is(text), true));
  for (const text of FALSE) it(`${text} is false`, () => assert.equal(is(text), false));

  for (const [text, position, why] of [
    ['', 1, /name of a property is expected, but the filter ends/],
    ["Subjct -eq 'x'", 1, /no property "Subjct"; did you mean "Subject"\?/],
    ['Size', 5, /operator is expected: -eq/],
    ['Size -match 5', 6, /operator is expected/],
    ['Size -gt', 9, /value is expected.*filter ends/],
    ["Size -gt '5'", 10, /Size is a number/],
    ['Size -gt x', 10, /value is expected/],
    ['Size -gt 5 Size -lt 6', 12, /-and, -or or the end is expected/],
    ['(Size -gt 5', 12, /\) is expected/],
    ['Size -gt 5)', 11, /the end is expected/],
    ["Subject -eq 'x", 13, /no closing '/],
    ['Subject -eq $x', 13, /\$x is not known/],
    ['Subject -gt $null', 13, /no sense with \$null/],
    ["Size -like '5*'", 12, /-like is for text, and Size is a number/],
    ['Subject -like 5', 15, /needs a text/],
    ["DateReceived -gt 'soon'", 18, /is a date such as/],
    ["Recipients -gt 'a'", 16, /list; use -contains or -like/],
    ['Size -gt 5XB', 10, /not expected/],
    ['Size -gt 5 ; rm', 12, /";" is not expected/],
    ['Size = 5', 6, /"=" is not expected/],
  ] as const)
    it(`"${text}" is refused at position ${position}`, () => {
      const { message: sentence, details } = problem(() => is(text));
      assert.deepEqual([details[0]!.path, details[0]!.value], ['filter', text]);
      assert.match(details[0]!.message, new RegExp(`^at position ${position}: `));
      assert.match(sentence, why);
    });

  it('is bounded in depth', () => {
    const nest = (times: number) => `${'('.repeat(times)}Size -gt 5${')'.repeat(times)}`;
    assert.equal(is(nest(100)), true);
    assert.match(problem(() => is(nest(2000))).message, /nested too deeply/);
    assert.match(problem(() => is(`${'!'.repeat(3000)}Size -gt 5`)).message, /nested too deeply/);
  });
});

const literal = (value: Literal): string =>
  typeof value === 'string'
    ? `'${value.replaceAll("'", "''")}'`
    : typeof value === 'number'
      ? String(value)
      : `$${value}`;

function print(filter: Filter): string {
  if (filter.kind === 'not') return `-not (${print(filter.of)})`;
  if (filter.kind === 'is') return `${filter.property} -${filter.operator} ${literal(filter.value)}`;
  return `(${print(filter.left)}) -${filter.kind} (${print(filter.right)})`;
}

const comparison: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    kind: fc.constant('is' as const),
    property: fc.constantFrom('Subject', 'Status', 'FromAddress'),
    operator: fc.constantFrom(...OPERATORS),
    value: fc.string(),
  }),
  fc.record({
    kind: fc.constant('is' as const),
    property: fc.constantFrom('Size', 'RetryCount'),
    operator: fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
    value: fc.integer(),
  }),
  fc.record({
    kind: fc.constant('is' as const),
    property: fc.constantFrom('Subject', 'DateReceived', 'Size', 'Recipients'),
    operator: fc.constantFrom('eq', 'ne'),
    value: fc.constant(null),
  }),
) as fc.Arbitrary<Filter>;

const { filter: anyFilter } = fc.letrec<{ filter: Filter }>(tie => ({
  filter: fc.oneof(
    { maxDepth: 6 },
    comparison,
    fc.record({ kind: fc.constant('not' as const), of: tie('filter') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('filter'), right: tie('filter') }),
  ),
}));

describe('filters of all kinds', () => {
  it('mean the same after printing and parsing', () => {
    fc.assert(
      fc.property(
        anyFilter,
        filter => assert.deepEqual(parseFilter(print(filter), MESSAGES), JSON.parse(JSON.stringify(filter))), // Made by fast-check without a prototype.
      ),
    );
  });

  it('give a truth value or a problem of ours, and nothing else, whatever is typed', () => {
    const words = [
      'Size',
      'Subject',
      '-eq',
      '-and',
      '-not',
      '(',
      ')',
      "'x'",
      '"',
      "'",
      '5MB',
      '$null',
      '!',
      '-',
      ' ',
      '1e5',
    ];
    const soup = fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 60 })
      .map(parts => parts.join(' '));
    fc.assert(
      fc.property(fc.oneof(fc.string(), soup), text => {
        try {
          assert.equal(typeof is(text), 'boolean');
        } catch (error) {
          assert.ok(error instanceof RelayProblem && error.id === 'InvalidParameter', String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('cost what their length says', () => {
    const started = performance.now();
    for (const text of [
      `Subject -like '${'*a'.repeat(1900)}b'`,
      `Subject -eq '${"''".repeat(1900)}`,
      Array.from({ length: 300 }, () => 'Size -gt 5').join(' -or '),
      '9'.repeat(4000),
      'a'.repeat(4000),
      '-'.repeat(4000),
    ])
      try {
        compileFilter(text, MESSAGES)({ ...message, subject: 'a'.repeat(500) });
      } catch (error) {
        assert.ok(error instanceof RelayProblem);
      }
    assert.ok(performance.now() - started < 2000);
  });
});

describe('an order', () => {
  const items = [
    { subject: 'b', size: 1, internetMessageId: null },
    { subject: 'A', size: 2, internetMessageId: '<2>' },
    { subject: 'a', size: 3, internetMessageId: '<1>' },
  ];
  const sorted = (...order: string[]) => [...items].sort(comparerOf(order, MESSAGES)).map(({ size }) => size);
  it('sorts by one or several properties, up or down, without case; what is not there comes first', () => {
    assert.deepEqual(sorted('Size'), [1, 2, 3]);
    assert.deepEqual(sorted('-size'), [3, 2, 1]);
    assert.deepEqual(sorted('+Subject,-Size'), [3, 2, 1]);
    assert.deepEqual(sorted('+Subject', '+Size'), [2, 3, 1]);
    assert.deepEqual(sorted('+InternetMessageId'), [1, 3, 2]);
    assert.deepEqual(sorted(' , '), [1, 2, 3]);
  });
  it('names what it does not know', () => {
    for (const text of ['Colour', '+', '--Size', 'Recipients', 'Size;'])
      assert.equal(problem(() => sorted(text)).details[0]!.path, 'sortOrder', text);
  });
});

/**
 * What the database leaves out must be what the filter would have left out: every message the filter
 * holds for passes the condition too, in SQLite itself.
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionOf } from '../../src/control/condition-of-filter.ts';
import { compileFilter, parseFilter } from '../../src/control/filter.ts';
import { propertiesOf } from '../../src/control/properties.ts';
import { toSql } from '../../src/spool/condition.ts';

interface Facts {
  readonly fromAddress: string;
  readonly subject: string | null;
  readonly recipients: readonly string[];
  readonly size: number;
  readonly received: number;
}

const properties = propertiesOf('Message');

/** Number 1 of a table of one message. */
function passes(facts: Facts, filter: string): boolean {
  const condition = conditionOf(parseFilter(filter, properties));
  if (condition === null) return true;
  const db = new DatabaseSync(':memory:');
  db.exec(
    'CREATE TABLE message (number, id, reversePath, subject, internetMessageId, size, receivedAt); CREATE TABLE recipient (message, address)',
  );
  db.prepare('INSERT INTO message VALUES (1, ?, ?, ?, NULL, ?, ?)').run(
    'A0000000001',
    facts.fromAddress,
    facts.subject,
    facts.size,
    facts.received,
  );
  for (const address of facts.recipients) db.prepare('INSERT INTO recipient VALUES (1, ?)').run(address);
  const { sql, values } = toSql(condition);
  const found = db.prepare(`SELECT number FROM message WHERE ${sql}`).all(...values);
  db.close();
  return found.length === 1;
}

const holds = (facts: Facts, filter: string): boolean =>
  compileFilter(
    filter,
    properties,
  )({
    internalMessageId: 'A0000000001',
    fromAddress: facts.fromAddress === '' ? '<>' : facts.fromAddress,
    subject: facts.subject,
    recipients: facts.recipients.map(emailAddress => ({ emailAddress })),
    size: facts.size,
    dateReceived: new Date(facts.received).toISOString(),
    internetMessageId: null,
  });

const letters = fc.string({
  unit: fc.constantFrom('a', 'B', 'k', 'K', 'ı', 'İ', 'ß', '%', '_', '\\', '*', '?', '[', "'", '@', '.', '\t', '💌'),
  maxLength: 6,
});
const facts = fc.record({
  fromAddress: letters,
  subject: fc.option(letters),
  recipients: fc.array(letters, { minLength: 1, maxLength: 3 }),
  size: fc.integer({ min: 0, max: 3 }),
  received: fc.integer({ min: 0, max: 3 }),
});
const quoted = letters.map(text => `'${text.replaceAll("'", "''")}'`);
const comparison = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('FromAddress', 'Subject', 'InternetMessageId', 'InternalMessageId'),
      fc.constantFrom('eq', 'ne', 'like', 'notlike', 'contains', 'notcontains', 'gt', 'le'),
      quoted,
    )
    .map(([name, operator, value]) => `${name} -${operator} ${value}`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'like', 'notlike', 'contains', 'notcontains'), quoted)
    .map(([operator, value]) => `Recipients -${operator} ${value}`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), fc.integer({ min: 0, max: 3 }))
    .map(([operator, value]) => `Size -${operator} ${value}`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), fc.integer({ min: 0, max: 3 }))
    .map(([operator, value]) => `DateReceived -${operator} '${new Date(value).toISOString()}'`),
  fc.constantFrom("FromAddress -eq '<>'", "FromAddress -like '<*'", 'Subject -eq $null', 'Subject -ne $null'),
);
const filters = fc.letrec<{ one: string; all: string }>(tie => ({
  one: fc.oneof(
    { maxDepth: 2 },
    comparison,
    tie('all').map(inner => `(${inner})`),
    tie('all').map(inner => `-not (${inner})`),
  ),
  all: fc
    .array(fc.tuple(fc.constantFrom(' -and ', ' -or '), tie('one')), { minLength: 1, maxLength: 3 })
    .map(parts => parts.map(([joint, text], at) => (at === 0 ? text : joint + text)).join('')),
})).all;

test('the database never leaves out what a filter holds for', () => {
  fc.assert(
    fc.property(facts, filters, (message, filter) => {
      if (holds(message, filter)) assert.ok(passes(message, filter), filter);
    }),
    { numRuns: 2000 },
  );
});

test('it leaves out most of what a filter does not hold for', () => {
  const message = { fromAddress: 'a@b.example', subject: 'Invoice', recipients: ['c@d.example'], size: 2, received: 2 };
  for (const filter of [
    "FromAddress -like '*@a.example'",
    "FromAddress -eq '<>'",
    "Subject -contains 'offer'",
    "Recipients -eq 'd@d.example'",
    'Size -gt 2',
    "DateReceived -lt '1970-01-01T00:00:00.002Z'",
    "Status -eq 'Retry' -and FromAddress -like 'b*'",
    "(Subject -eq 'x' -or Size -lt 1) -and LastError -ne $null",
  ])
    assert.equal(passes(message, filter), false, filter);
  assert.equal(passes(message, "LastError -eq 'x'"), true);
});

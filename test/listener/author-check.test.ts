import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeAuthors } from '../../src/listener/author-check.ts';

const isAllowed = (address: string) => address === 'me@a.example';

test('an author is found wherever it stands in a long field', () => {
  const head = (value: string) => Buffer.from(`From: ${value}\r\n\r\n`);
  const mine = 'me@a.example,\r\n ';
  for (let blanks = 0; blanks < mine.length; blanks++) {
    const value = `${' '.repeat(blanks)}${mine.repeat(600)}boss@else.example`;
    assert.deepEqual(judgeAuthors(head(value), isAllowed), { kind: 'foreign', address: 'boss@else.example' });
  }
  assert.deepEqual(judgeAuthors(head(`${mine.repeat(600)}me@a.example`), isAllowed), { kind: 'allowed' });
});

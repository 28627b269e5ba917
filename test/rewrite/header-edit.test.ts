import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEncodedWords } from '../../src/message/encoded-words.ts';
import { fieldValues, rawFields } from '../../src/message/header-block.ts';
import { fieldOf, HeaderEdit } from '../../src/rewrite/header-edit.ts';

const HEAD = Buffer.from(
  'Received: from a\r\n\tby b\r\nFrom: a@b.example\r\nX-One: 1\r\nX-Two:\t2 \r\n  more\r\nx-one : again\r\n\r\nX-One: body\r\n',
);
const after = (edit: (header: HeaderEdit) => void, head = HEAD): string => {
  const header = new HeaderEdit(head, false);
  edit(header);
  return header.toBuffer().toString('latin1');
};

describe('a header section', () => {
  it('without a change is the very same bytes', () => assert.equal(new HeaderEdit(HEAD, false).toBuffer(), HEAD));

  it('loses the fields that are named, with their continuation lines, and nothing of the body', () =>
    assert.equal(
      after(header => header.remove(name => name.startsWith('x-'))),
      'Received: from a\r\n\tby b\r\nFrom: a@b.example\r\n\r\nX-One: body\r\n',
    ));

  it('shows a value unfolded to who decides', () => {
    const seen: string[] = [];
    after(header =>
      header.remove((name, value) => {
        seen.push(`${name}=${value}`);
        return false;
      }),
    );
    assert.deepEqual(seen, ['received=from a\tby b', 'from=a@b.example', 'x-one=1', 'x-two=2   more', 'x-one=again']);
  });

  it('has a field in the place of the first one', () =>
    assert.equal(
      after(header => header.replace(name => name === 'x-one', fieldOf('X-One', 'new'))),
      HEAD.toString().replace('X-One: 1\r\n', 'X-One: new\r\n').replace('x-one : again\r\n', ''),
    ));

  it('gets fields in front and behind', () =>
    assert.equal(
      after(header => {
        header.add(fieldOf('X-Top', 'yes'));
        header.addBehind('from', fieldOf('Reply-To', 'c@d.example'));
      }),
      `X-Top: yes\r\n${HEAD.toString().replace('b.example\r\n', 'b.example\r\nReply-To: c@d.example\r\n')}`,
    ));

  it('that is not there does not swallow the text', () => {
    const text = Buffer.from('This is no header\r\nbut a text\r\n');
    assert.equal(
      after(header => header.add(fieldOf('X-A', '1')), text),
      `X-A: 1\r\n\r\n${text.toString()}`,
    );
    assert.equal(
      after(header => header.add(fieldOf('X-A', '1')), Buffer.from('\r\ntext\r\n')),
      'X-A: 1\r\n\r\ntext\r\n',
    );
  });

  it('that was cut keeps its last field, of which the rest is not known', () => {
    const header = new HeaderEdit(Buffer.from('A: 1\r\nB: 2\r\n'), true);
    header.remove(() => true);
    assert.equal(header.toBuffer().toString(), 'B: 2\r\n');
  });
});

describe('fields made anew', () => {
  it('are folded, never over 998, and say the same again', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 2000 }).filter(value => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value));
    fc.assert(
      fc.property(text, value => {
        const trimmed = value.trim().toWellFormed();
        const bytes = fieldOf('X-Test', trimmed);
        const lines = bytes.toString('latin1').split('\r\n');
        assert.ok(lines.every(line => line.length <= 998));
        assert.ok(lines.slice(1, -1).every(line => /^[ \t].*\S/.test(line)));
        assert.equal(decodeEncodedWords(fieldValues(bytes, 'x-test')[0]!.trim()), decodeEncodedWords(trimmed));
      }),
      { seed: 6, numRuns: 1000 },
    );
  });
  it('of one long word are encoded', () =>
    assert.match(fieldOf('X-A', 'x'.repeat(1500)).toString(), /^X-A: =\?utf-8\?B\?/));
});

describe('whatever the bytes', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'From: a@b.example',
      'X-A: 1',
      'x-a:',
      '\tmore',
      ' ',
      '',
      'no field',
      'Subject: \xfc\xff',
      ':',
      'X-B : 2',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  );
  const head = fc.array(line, { maxLength: 12 }).map(lines => Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1'));

  it('what is not named stays byte for byte', () => {
    fc.assert(
      fc.property(head, bytes => {
        const { fields } = rawFields(bytes);
        const kept = fields.filter(({ name }) => name !== 'x-a');
        const rest = bytes.toString('latin1', fields.at(-1)?.next ?? 0);
        const expected = kept.map(({ start, next }) => bytes.toString('latin1', start, next)).join('') + rest;
        assert.equal(
          after(header => header.remove(name => name === 'x-a'), bytes),
          expected,
        );
        const replaced = after(header => header.replace(name => name === 'x-a', fieldOf('X-A', 'new')), bytes);
        assert.equal(replaced.replace('X-A: new\r\n', ''), expected);
        assert.equal(
          after(header => header.change('from', value => value), bytes),
          bytes.toString('latin1'),
        );
      }),
      { seed: 6, numRuns: 5000 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { changeMailboxes, mailboxesIn, withDomain } from '../../src/rewrite/mailboxes.ts';

const toNew = (address: string) => (address.endsWith('@old.example') ? address.replace('@old.', '@new.') : null);

describe('mailboxes are changed where they stand', () => {
  const cases: Record<string, [value: string, becomes: string | null]> = {
    'a bare address': [' a@old.example', ' a@new.example'],
    'a name before it': [' "Doe, Jo (x)" <a@old.example>', ' "Doe, Jo (x)" <a@new.example>'],
    several: [
      ' A <a@old.example>, b@else.example,\r\n\tC <c@old.example>',
      ' A <a@new.example>, b@else.example,\r\n\tC <c@new.example>',
    ],
    'a group': [
      ' Team: a@old.example, B <b@old.example>; c@old.example',
      ' Team: a@new.example, B <b@new.example>; c@new.example',
    ],
    'an empty group': [' undisclosed-recipients:;', null],
    comments: [' (a@old.example) a@old.example (old@old.example)', ' (a@old.example) a@new.example (old@old.example)'],
    'an address in a name': [' "a@old.example" <b@else.example>', null],
    'an encoded word': [' =?utf-8?Q?J=C3=BCrgen?= <a@old.example>', ' =?utf-8?Q?J=C3=BCrgen?= <a@new.example>'],
    'a quoted local part': [' <"a,<b>"@old.example>', ' <"a,<b>"@new.example>'],
    'blanks of old syntax': [' <a @ old.example>', ' <a@new.example>'],
    'a route': [' <@x.example,@y.example:a@old.example>', ' <a@new.example>'],
    'nothing that fits': [' a@else.example', null],
    'no address': [' nobody', null],
  };
  for (const [what, [value, becomes]] of Object.entries(cases)) {
    it(`with ${what}`, () => assert.equal(changeMailboxes(value, 5, toNew), becomes));
  }

  it('and lines do not become too long where they can be folded', () => {
    const value = ` "A rather long name of somebody" <a@old.example>, "Another one" <b@old.example>`;
    const out = changeMailboxes(value, 5, () => `${'x'.repeat(40)}@new.example`)!;
    assert.ok(
      `From:${out}`.split('\r\n').every(line => line.length <= 78),
      out,
    );
    assert.deepEqual(mailboxesIn(out.replace(/\r\n/g, '')), Array(2).fill(`${'x'.repeat(40)}@new.example`));
  });

  it('a line of many mailboxes without a blank stays below 998', () => {
    const value = ` ${Array.from({ length: 40 }, (_, n) => `a${n}@old.example`).join(',')}`;
    const out = changeMailboxes(value, 5, address => address.replace('@old', '@a-name-that-is-longer'))!;
    assert.ok(out.split('\r\n').every(line => line.length <= 998));
    assert.equal(mailboxesIn(out).length, 40);
  });

  it('an address without a domain gets one', () => {
    assert.equal(
      changeMailboxes(' scanner', 5, address => withDomain(address, 'contoso.com')),
      ' scanner@contoso.com',
    );
    assert.equal(
      changeMailboxes(' "The Scanner" <scan>', 5, a => withDomain(a, 'contoso.com')),
      ' "The Scanner" <scan@contoso.com>',
    );
    assert.equal(
      changeMailboxes(' The Scanner', 5, address => withDomain(address, 'contoso.com')),
      null,
    );
  });
});

describe('whatever stands there', () => {
  const piece = fc.constantFrom(
    'a@old.example',
    '<',
    '>',
    '"',
    '\\',
    '(',
    ')',
    ',',
    ';',
    ':',
    '[',
    ']',
    '\r\n ',
    ' ',
    '@',
    'x',
    'ü',
    '.',
  );
  const value = fc.array(piece, { maxLength: 40 }).map(parts => Buffer.from(parts.join('')).toString('latin1'));

  it('nothing but addresses changes, nothing throws, and what changes nothing gives the same bytes', () => {
    fc.assert(
      fc.property(value, text => {
        assert.equal(
          changeMailboxes(text, 5, () => null),
          null,
        );
        assert.equal(
          changeMailboxes(text, 5, address => address),
          null,
        );
        const marked = changeMailboxes(text, 5, () => 'mark@new.example');
        if (marked === null) return;
        // What is left beside the addresses stood there before, in this order.
        let at = 0;
        for (const left of marked.split('mark@new.example')) {
          for (const part of left.split('\r\n')) {
            const found = text.indexOf(part, at);
            assert.notEqual(found, -1, JSON.stringify({ text, marked }));
            at = found + part.length;
          }
        }
      }),
      { seed: 6, numRuns: 5000 },
    );
  });

  it('of a hundred kilobytes is read in no time', () => {
    for (const unit of ['<', '"', '(', 'a,', '<a@b>,', ' ', '@', '\\'])
      assert.doesNotThrow(() => changeMailboxes(unit.repeat(100_000 / unit.length), 5, () => 'a@b.example'));
  });
});

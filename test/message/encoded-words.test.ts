import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEncodedWords, encodeField } from '../../src/message/encoded-words.ts';

describe('decodeEncodedWords', () => {
  const table: [string, string, string][] = [
    ['leaves plain text', 'plain = text ?', 'plain = text ?'],
    ['decodes Q with blanks as underscores', '=?utf-8?q?Gr=C3=BC=C3=9Fe_aus=20K=c3=b6ln?=', 'Grüße aus Köln'],
    ['decodes B', '=?UTF-8?B?R3LDvMOfZQ==?=', 'Grüße'],
    ['decodes B without padding', '=?UTF-8?B?R3LDvMOfZQ?=', 'Grüße'],
    ['knows iso-8859-1', '=?iso-8859-1?Q?caf=E9?=', 'café'],
    ['knows iso-8859-2', '=?ISO-8859-2?Q?=B1=E6?=', 'ąć'],
    ['knows iso-8859-15', '=?iso-8859-15?Q?=A4?=', '€'],
    ['knows windows-1252', '=?windows-1252?Q?=80_=93x=94?=', '€ “x”'],
    ['knows windows-1251', '=?windows-1251?B?z/Do4uXy?=', 'Привет'],
    ['reads over a language', '=?utf-8*de?Q?ja?=', 'ja'],
    ['keeps text around a word', 'Re: =?utf-8?Q?=C3=A4?= (2)', 'Re: ä (2)'],
    ['joins adjacent words', '=?utf-8?Q?a?= =?utf-8?Q?b?=\t =?iso-8859-1?Q?=E9?=', 'abé'],
    ['joins a character cut between two words', '=?utf-8?Q?=C3?= =?UTF-8?Q?=BC?=', 'ü'],
    ['joins a character cut between B and Q', '=?utf-8?B?ww==?= =?utf-8?Q?=BC?=', 'ü'],
    ['keeps text between words', '=?utf-8?Q?a?= x =?utf-8?Q?b?=', 'a x b'],
    [
      'leaves an unknown charset and the blanks beside it',
      '=?x-none?Q?a?= =?utf-8?Q?b?= =?x-none?Q?c?=',
      '=?x-none?Q?a?= b =?x-none?Q?c?=',
    ],
    ['leaves an unknown encoding', '=?utf-8?X?a?=', '=?utf-8?X?a?='],
    ['leaves a word that does not end', '=?utf-8?Q?abc', '=?utf-8?Q?abc'],
    ['keeps an equals sign without hex digits', '=?utf-8?Q?a=b=ZZ?=', 'a=b=ZZ'],
    ['replaces bytes the charset does not have', '=?utf-8?Q?a=FFb?=', 'a\ufffdb'],
    ['takes an empty word', '=?utf-8?Q??=x', 'x'],
    ['takes raw UTF-8 in a word', '=?utf-8?Q?例=C3=BC?=', '例ü'],
  ];
  for (const [title, given, expected] of table) {
    it(title, () => assert.equal(decodeEncodedWords(given), expected));
  }

  it('gives back any text that was encoded in B, cut into words anywhere', () => {
    const property = fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, size) => {
      const bytes = Buffer.from(text);
      const words: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        words.push(`=?utf-8?B?${bytes.toString('base64', at, at + size)}?=`);
      assert.equal(decodeEncodedWords(words.join(' ')), text);
    });
    fc.assert(property);
  });

  it('never throws', () => {
    const unit = fc.constantFrom('=?', '?=', '?', '=', 'utf-8', 'q', 'b', 'x', ' ', 'é', '=C3');
    fc.assert(fc.property(fc.string({ unit, maxLength: 40 }), text => void decodeEncodedWords(text)));
  });

  for (const unit of [
    '=?',
    '=?a',
    '=?a?q',
    '=?a?q?',
    '=?utf-8?q?x',
    '?',
    'a',
    '=',
    ' ',
    '=?utf-8?q?a?=',
    '=?a?q?b?= ',
  ]) {
    it(`is linear on a long run of '${unit}'`, () => {
      const started = performance.now();
      decodeEncodedWords(unit.repeat(200_000 / unit.length));
      assert.ok(performance.now() - started < 3000);
    });
  }
});

it('what is written is read back, in lines no longer than RFC 2047 allows', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), given => {
      const text = given.replace(/[\x00-\x1f\x7f]/g, ' ').toWellFormed();
      // Plain text that looks like a word stays as it is.
      fc.pre(!text.includes('=?'));
      const lines = encodeField('Subject', text);
      const isPlain = /^[\x20-\x7e]*$/.test(text);
      if (!isPlain) for (const line of lines) assert.ok(line.replace(/^Subject:/, '').length <= 76, line);
      assert.equal(decodeEncodedWords(lines.join('').slice('Subject: '.length)), text);
    }),
  );
});

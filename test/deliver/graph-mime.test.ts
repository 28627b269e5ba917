/** What Graph sends to is exactly the envelope, whatever the header says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mimeForGraph } from '../../src/deliver/graph-mime.ts';
import { parseAddressList } from '../../src/message/address-list.ts';
import { fieldValues } from '../../src/message/header-block.ts';

const made = (text: string, recipients: readonly string[]) =>
  mimeForGraph(Buffer.from(text.replaceAll('\n', '\r\n')), recipients)
    .toString()
    .replaceAll('\r\n', '\n');

test('a header that names the envelope passes as it is', () => {
  const text = 'From: a@x.example\nTo: "B, C" <b@y.example>,\n c@y.example\nSubject: s\n\nTo: not a header\n';
  assert.equal(made(text, ['B@y.example', 'c@y.example']), text);
});

test('whom the header does not name is added as Bcc, and a Bcc field that came along is replaced', () => {
  assert.equal(
    made('To: b@y.example\nBcc: old@z.example\n\nHi\n', ['b@y.example', 'hidden@y.example']),
    'To: b@y.example\nBcc: hidden@y.example\n\nHi\n',
  );
  assert.equal(made('Subject: s\n\nHi\n', ['b@y.example']), 'Subject: s\nBcc: b@y.example\n\nHi\n');
});

test('who gets the mail by another way, or has it already, is taken out and kept for the reader', () => {
  assert.equal(
    made('To: B <b@y.example>, o@z.example\nCC: p@z.example\n\nHi\n', ['b@y.example']),
    'X-Original-To: B <b@y.example>, o@z.example\nTo: b@y.example\nX-Original-Cc: p@z.example\n\nHi\n',
  );
});

test('a list that nobody can read names nobody', () => {
  assert.equal(
    made('To: undisclosed people\n\nHi\n', ['b@y.example']),
    'X-Original-To: undisclosed people\nBcc: b@y.example\n\nHi\n',
  );
});

test('what stands behind a line that is no field is content, for every reader', () => {
  assert.equal(
    made('To: b@y.example\nno field\nTo: evil@z.example\n\nHi\n', ['b@y.example']),
    'To: b@y.example\n\nno field\nTo: evil@z.example\n\nHi\n',
  );
});

test('for any header and envelope, To, Cc and Bcc name the envelope and nobody else', () => {
  const address = fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@y.example', 'E@y.example');
  const field = fc.tuple(fc.constantFrom('To', 'cc', 'BCC', 'Subject', 'X-To'), fc.array(address, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(field, { maxLength: 6 }), fc.uniqueArray(address, { minLength: 1 }), (fields, recipients) => {
      const header = fields
        .map(([name, list]) => `${name}: ${list.map(one => `N <${one}>`).join(',\r\n ')}\r\n`)
        .join('');
      const out = mimeForGraph(Buffer.from(`${header}\r\nTo: z@z.example\r\n`), recipients);
      const named = ['to', 'cc', 'bcc']
        .flatMap(name => fieldValues(out, name))
        .flatMap(value => {
          const list = parseAddressList(value);
          return 'wrong' in list ? [list.wrong] : list.addresses;
        });
      assert.deepEqual(
        [...new Set(named.map(one => one.toLowerCase()))].sort(),
        recipients.map(one => one.toLowerCase()).sort(),
      );
      assert.ok(out.toString().endsWith('\r\n\r\nTo: z@z.example\r\n'));
    }),
  );
});

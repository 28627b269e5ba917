import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { downConvert } from '../../src/mime/down-convert.ts';
import { headerInAscii } from '../../src/mime/utf8-header.ts';

const bytes = (text: string) => Buffer.from(text.replace(/\n/g, '\r\n'));

/** The whole message as it goes out; the refusal; or null when nothing was done. */
async function convert(message: Buffer, header = false, size = 7): Promise<string | null> {
  const end = message.indexOf('\r\n\r\n') + 4;
  const rest = async function* () {
    for (let at = end; at < message.length; at += size) yield message.subarray(at, at + size);
  };
  const result = await downConvert({ head: message.subarray(0, end), rest }, { header, content: true });
  if (result.kind === 'refused') return `${result.reply.code} ${result.reply.enhanced}`;
  if (result.kind === 'unchanged') return null;
  const chunks = [result.message.head];
  for await (const chunk of result.message.rest()) chunks.push(chunk);
  const out = Buffer.concat(chunks);
  assert.ok(
    out.every(byte => byte < 128),
    'bytes with 8 bits are left',
  );
  return out.toString('latin1');
}

const decodeQuoted = (text: string) =>
  Buffer.from(
    text
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

describe('content with 8 bits', () => {
  it('in a text becomes quoted-printable', async () => {
    const head =
      'From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nX-A: 1\n\n';
    const text = `Grüße  \n.\n${'lang '.repeat(400)}\n=20\nEnde\t\n`;
    const out = (await convert(bytes(head + text)))!;
    const [outHead, body] = [out.slice(0, out.indexOf('\r\n\r\n') + 4), out.slice(out.indexOf('\r\n\r\n') + 4)];
    assert.equal(outHead, bytes(head).toString().replace('8bit', 'quoted-printable'));
    assert.ok(body.split('\r\n').every(line => line.length <= 76 && !/[ \t]$/.test(line)));
    assert.deepEqual(decodeQuoted(body), bytes(text));
  });

  it('that never said what it is, is said to be unknown', async () => {
    const out = (await convert(Buffer.from('From: a@b.example\r\n\r\nGr\xfc\xdfe\r\n', 'latin1')))!;
    assert.match(out, /^MIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=unknown-8bit\r\n/);
    assert.match(
      out,
      /\r\nContent-Transfer-Encoding: quoted-printable\r\n|^Content-Transfer-Encoding: quoted-printable\r\n/m,
    );
    assert.ok(out.endsWith('\r\n\r\nGr=FC=DFe\r\n'));
  });

  it('in parts is encoded there, and nothing else is touched', async () => {
    const message = [
      'From: a@b.example',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed;',
      '\tboundary="=_x y"',
      'Content-Transfer-Encoding: 8bit',
      '',
      'Präambel',
      '--=_x y',
      'Content-Type: text/plain; charset=us-ascii',
      '',
      'plain = stays   ',
      '--=_x y-not',
      '--=_x y \t',
      'Content-Type: multipart/alternative; boundary=inner',
      'Content-Transfer-Encoding: 8bit',
      '',
      '--inner',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '<p>für</p>',
      '--inner--',
      '--=_x y',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: binary',
      '',
      'b\u00ffn',
      '',
      '--=_x y',
      'Content-Type: message/rfc822',
      'Content-Transfer-Encoding: 8bit',
      '',
      'Subject: inner',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'tief ü',
      '--=_x y--',
      'Epilog',
      '',
    ].join('\n');
    const expected = message
      .replace('Präambel', 'Pr??ambel')
      .replace('=_x y"\nContent-Transfer-Encoding: 8bit', '=_x y"\nContent-Transfer-Encoding: 7bit')
      .replace('boundary=inner\nContent-Transfer-Encoding: 8bit', 'boundary=inner\nContent-Transfer-Encoding: 7bit')
      .replace(
        'charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>für</p>',
        'charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>f=C3=BCr</p>',
      )
      .replace('binary\n\nb\u00ffn\n\n', `base64\n\n${Buffer.from('b\u00ffn\r\n').toString('base64')}\n`)
      .replace('rfc822\nContent-Transfer-Encoding: 8bit', 'rfc822\nContent-Transfer-Encoding: 7bit')
      .replace('charset=utf-8\n\ntief ü', 'charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ntief =C3=BC');
    for (const size of [1, 7, 100_000])
      assert.equal(await convert(bytes(message), false, size), bytes(expected).toString('latin1'));
  });

  it('that is signed is not changed, but refused', async () => {
    const signed = (text: string, around = '') =>
      bytes(
        `MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"\n\n${around}--s\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\n${text}\n--s\nContent-Type: application/pgp-signature\n\nsignature\n--s--\n`,
      );
    assert.equal(await convert(signed('Grüße')), '554 5.6.2');
    assert.equal(await convert(signed('nothing of that kind')), null);
    assert.equal(await convert(signed('plain', 'Präambel\n')), '554 5.6.2');
  });

  it('that can not be written otherwise is refused', async () => {
    for (const type of ['text/plain\nContent-Transfer-Encoding: base64', 'message/delivery-status', 'multipart/mixed'])
      assert.equal(await convert(bytes(`MIME-Version: 1.0\nContent-Type: ${type}\n\nGrüße\n`)), '554 5.6.3');
    const deep = Array.from({ length: 60 }, () => 'Content-Type: message/rfc822\n\n').join('');
    assert.equal(await convert(bytes(`MIME-Version: 1.0\n${deep}ü\n`)), '554 5.6.3');
  });

  it('that is not there is left as it is', async () => {
    assert.equal(await convert(bytes('MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\nplain\n')), null);
  });

  it('that is not there needs no structure: more parts than are ever read are left alone too', async () => {
    const mail = (text: string) =>
      bytes(
        `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(10_001)}${text}--b--\n`,
      );
    for (const header of [false, true]) assert.equal(await convert(mail(''), header, 100_000), null);
    assert.equal(await convert(mail('ü\n'), false, 100_000), '554 5.6.3');
  });
});

describe('a header section in UTF-8', () => {
  const cases: Record<string, [string, string | null]> = {
    'with a subject': ['Subject: Grüße\nX-A:  as  it is\n', 'Subject: =?utf-8?B?R3LDvMOfZQ==?=\nX-A:  as  it is\n'],
    'with names': [
      'To: "Jörg, K" <a@b.example>, C <c@d.example> (ü)\n',
      'To: =?utf-8?B?SsO2cmcsIEs=?= <a@b.example>,\n C <c@d.example> (=?utf-8?B?w7w=?=)\n',
    ],
    'with words as a name': [
      'From: Jörg Müller <a@b.example>\n',
      'From: =?utf-8?B?SsO2cmcgTcO8bGxlcg==?= <a@b.example>\n',
    ],
    'with commas in names and comments beside it': [
      'To: "Müller, Hans" <a@b.example>, "Smith,John (x)" <c@d.example> (one,two), <"e,f"@g.example>\n',
      'To: =?utf-8?B?TcO8bGxlciwgSGFucw==?= <a@b.example>,\n "Smith,John (x)" <c@d.example> (one,two),\n <"e,f"@g.example>\n',
    ],
    'with a name of several parts': [
      'To: "Jörg" =?utf-8?Q?M=C3=BCller?= @ Übung <a@b.example>\n',
      'To: =?utf-8?B?SsO2cmcgTcO8bGxlciBAIMOcYnVuZw==?= <a@b.example>\n',
    ],
    'with a group': [
      'To: Größe: a@b.example, c@d.example;\n',
      'To: =?utf-8?B?R3LDtsOfZQ==?=: a@b.example,\n c@d.example;\n',
    ],
    'with a domain of other letters': [
      'To: Hans <hans@müller.example>, "a b"@bücher.example\n',
      'To: Hans <hans@xn--mller-kva.example>,\n "a b"@xn--bcher-kva.example\n',
    ],
    'with a subject that was encoded in part': [
      'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= an Jörg\n',
      'Subject: =?utf-8?B?R3LDvMOfZSBhbiBKw7ZyZw==?=\n',
    ],
    'with an address': ['From: <jörg@b.example>\n', null],
    'with a bare address': ['Cc: a@b.example, jörg@b.example\n', null],
    'with a file name': ['Content-Disposition: attachment; filename="ü.txt"\n', null],
  };
  for (const [what, [head, expected]] of Object.entries(cases)) {
    it(what, () => {
      const out = headerInAscii(bytes(`${head}\n`));
      assert.equal(out?.toString('latin1') ?? null, expected === null ? null : bytes(`${expected}\n`).toString());
    });
  }
});

describe('whatever comes', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '--b',
      '--b--',
      '--b ',
      '',
      'Content-Type: multipart/mixed; boundary=b',
      'Content-Type: text/plain',
      'ü',
      ' ',
      'Content-Type: message/rfc822',
      'Content-Transfer-Encoding: 8bit',
      'Content-Transfer-Encoding: quoted-printable',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }).map(text => text.replace(/[\r\n]/g, '')),
  );
  it('is converted, refused or left alone; it never throws, and pieces make no difference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), async lines => {
        const message = bytes(`Content-Type: multipart/mixed; boundary=b\n\n${lines.join('\n')}\n`);
        const whole = await convert(message, false, 1_000_000);
        assert.equal(await convert(message, false, 3), whole);
        if (whole === null) assert.ok(message.every(byte => byte < 128));
        else if (!whole.startsWith('554')) assert.equal(await convert(Buffer.from(whole, 'latin1')), null);
      }),
      { seed: 6, numRuns: 1500 },
    );
  });
});

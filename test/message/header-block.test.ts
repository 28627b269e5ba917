import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readHeaderBlock } from '../../src/message/header-block.ts';

function read(text: string, encoding: 'utf8' | 'latin1' = 'utf8') {
  return readHeaderBlock(Buffer.from(text, encoding));
}

const subject = (value: string) => read(`Subject: ${value}\r\n\r\n`).subject;

describe('readHeaderBlock', () => {
  it('reads names, hops, subject, id and where the body begins', () => {
    const head = 'Received: a\r\nRECEIVED: b\r\n\tfor c\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\n';
    const facts = read(`${head}Body: no\r\n`);
    assert.deepEqual([...facts.names], ['received', 'subject', 'message-id']);
    assert.equal(facts.hopCount, 2);
    assert.equal(facts.subject, 'Hi');
    assert.equal(facts.messageId, '<1@x>');
    assert.equal(facts.bodyStart, head.length);
    assert.equal(facts.eightBit, false);
  });

  it('finds no field in an empty message or one that begins with an empty line', () => {
    assert.deepEqual(read(''), {
      names: new Set(),
      hopCount: 0,
      subject: null,
      messageId: null,
      bodyStart: 0,
      eightBit: false,
    });
    assert.equal(read('\r\nSubject: x\r\n').bodyStart, 2);
    assert.equal(read('\r\nSubject: x\r\n').subject, null);
  });

  it('ends the section before a line that is neither field nor continuation', () => {
    for (const line of [
      'no colon here',
      ': no name',
      'two words: x',
      'Ünïcode: x',
      'a\0b: x',
      `${'n'.repeat(1200)}: x`,
    ]) {
      const facts = read(`A: 1\r\n${line}\r\nSubject: x\r\n\r\n`);
      assert.deepEqual([...facts.names], ['a'], line);
      assert.equal(facts.bodyStart, 6, line);
    }
  });

  it('takes a first line that is indented for body', () => {
    assert.equal(read(' Subject: x\r\n\r\n').bodyStart, 0);
  });

  it('takes a line of blanks after a field for continuation, not for the end', () => {
    const facts = read('A: 1\r\n \r\nB: 2\r\n\r\nbody');
    assert.deepEqual([...facts.names], ['a', 'b']);
  });

  it('knows the obsolete blank before the colon and an empty value', () => {
    const facts = read('Subject : x\r\nDate:\r\n\r\n');
    assert.deepEqual([...facts.names], ['subject', 'date']);
    assert.equal(facts.subject, 'x');
  });

  it('takes the first of two subjects and tells an empty subject from none', () => {
    assert.equal(read('Subject: 1\r\nSubject: 2\r\n\r\n').subject, '1');
    assert.equal(read('Subject:\r\n\r\n').subject, '');
    assert.equal(read('X: 1\r\n\r\n').subject, null);
    assert.equal(read('Message-ID: \r\n\r\n').messageId, null);
  });

  it('unfolds the subject and the id', () => {
    assert.equal(read('Subject: one\r\n two\r\n\tthree\r\n\r\n').subject, 'one two three');
    assert.equal(read('Message-ID:\r\n <1@x>\r\n\r\n').messageId, '<1@x>');
  });

  it('decodes the subject: encoded words, raw UTF-8, and bytes that are neither', () => {
    assert.equal(subject('=?utf-8?Q?Gr=C3=BC=C3=9Fe?='), 'Grüße');
    assert.equal(subject('Grüße 😀'), 'Grüße 😀');
    assert.equal(read('Subject: Gr\xfc\xdfe\r\n\r\n', 'latin1').subject, 'Grüße');
    assert.equal(read('Subject: =?utf-8?B?R3I=?=\r\n =?utf-8?B?w7zDn2U=?=\r\n\r\n').subject, 'Grüße');
  });

  it('lets no control character into the subject, decoded or not', () => {
    assert.equal(subject('a\tb\0c\x7fd'), 'a b c d');
    assert.equal(subject('=?utf-8?Q?a=0D=0ABcc:_x=E2=80=A8y?='), 'a  Bcc: x y');
  });

  it('cuts a long subject at 500 characters and not through a character', () => {
    assert.equal(subject('x'.repeat(40_000))?.length, 500);
    assert.equal(subject(`x${'😀'.repeat(400)}`), `x${'😀'.repeat(249)}`);
    assert.equal(subject(`${'€'.repeat(5000)}`), '€'.repeat(500));
  });

  it('says whether the section, not the body, has octets above 127', () => {
    assert.equal(read('Subject: é\r\n\r\n').eightBit, true);
    assert.equal(read('Subject: e\r\n\r\né').eightBit, false);
    assert.equal(read('Subject: e\r\né\r\n').eightBit, false);
  });

  it('reads what is there when the message was cut anywhere', () => {
    const head = Buffer.from('Received: by x\r\n for y\r\nSubject: Grüße\r\nTo: z\r\n\r\nbody\r\n');
    const end = head.indexOf('body');
    for (let cut = 0; cut <= head.length; cut++) {
      const facts = readHeaderBlock(head.subarray(0, cut));
      assert.equal(facts.bodyStart, Math.min(cut, end), `cut at ${cut}`);
      if (facts.subject !== null) assert.ok('Grüße'.startsWith(facts.subject), `cut at ${cut}`);
    }
  });

  it('never throws and keeps its promises for any bytes', () => {
    const unit = fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      ':',
      'Subject',
      'Received',
      '=?utf-8?q?',
      '?=',
      'é',
      '\0',
      'x',
    );
    const bytes = fc.oneof(
      fc.array(unit, { maxLength: 40 }).map(parts => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 100 }).map(array => Buffer.from(array)),
    );
    const property = fc.property(bytes, head => {
      const facts = readHeaderBlock(head);
      assert.ok(facts.bodyStart >= 0 && facts.bodyStart <= head.length);
      assert.doesNotMatch(`${facts.subject}${facts.messageId}`, /[\x00-\x1f\x7f-\x9f]/);
      for (const name of facts.names) assert.match(name, /^[!-9;-@[-~]+$/);
      assert.equal(facts.names.has('received'), facts.hopCount > 0);
    });
    fc.assert(property, { numRuns: 3000 });
  });

  it('finds the body of any well-formed message', () => {
    const field = fc
      .tuple(fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,10}$/), fc.stringMatching(/^[ -~]{0,30}$/))
      .map(([name, value]) => `${name}: ${value}\r\n`);
    const property = fc.property(fc.array(field, { minLength: 1, maxLength: 10 }), fc.string(), (fields, body) => {
      const head = `${fields.join('')}\r\n`;
      assert.equal(read(head + body).bodyStart, head.length);
      assert.equal(read(head + body).names.size, new Set(fields.map(f => f.split(':')[0]!.toLowerCase())).size);
    });
    fc.assert(property);
  });

  const attacks = {
    colon: ':',
    blank: 'A: 1\r\n'.padEnd(2_000_000, ' '),
    name: 'x',
    line: 'a:\r\n',
    fold: 'S: 1\r\n \r\n',
    crlf: '\r',
    lf: '\n',
  };
  for (const [name, unit] of Object.entries(attacks)) {
    it(`takes megabytes of ${name} in linear time`, () => {
      const head = Buffer.from(`Subject: ${unit.repeat(Math.ceil(2_000_000 / unit.length))}`);
      // Not by the clock: other programs may be busy.
      const started = process.cpuUsage();
      readHeaderBlock(head);
      readHeaderBlock(head.subarray(9));
      assert.ok(process.cpuUsage(started).user < 2000_000);
    });
  }
});

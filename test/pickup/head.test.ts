/** What a Pickup file's beginning says: the vectors of IIS's rules, and whatever anybody may write. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readHeaderBlock } from '../../src/message/header-block.ts';
import { LineEndingNormalizer } from '../../src/message/line-endings.ts';
import { markLength, readPickupHead, wrongEncoding } from '../../src/pickup/pickup-head.ts';
import { writeEnvelopeLines } from '../../src/spool/envelope-lines.ts';
import { envelopeOf, recipient } from '../support/spool-folder.ts';

interface Vector {
  readonly id: string;
  readonly eml: string;
  readonly expect: {
    readonly mailFrom?: string;
    readonly rcptTo?: readonly string[];
    readonly headersRemoved?: readonly string[];
    readonly badmail?: string;
  };
}

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')) as Vector[];
const LIMITS = { maxRecipients: 1000, maxHeader: 64 * 1024 };

function canonical(text: string | Buffer): Buffer {
  const lines = new LineEndingNormalizer();
  const bytes = Buffer.from(text);
  return Buffer.concat([...lines.push(bytes.subarray(markLength(bytes))), ...lines.end()]);
}

const read = (text: string | Buffer, limits = LIMITS) => readPickupHead(canonical(text), limits);

function message(text: string | Buffer) {
  const found = read(text);
  assert.ok(found.kind === 'message', JSON.stringify(found));
  return found;
}

function refusal(text: string, limits = LIMITS) {
  const found = read(text, limits);
  assert.ok(found.kind === 'refused', JSON.stringify(found));
  return found;
}

describe('the vectors', () => {
  assert.ok(vectors.length >= 10);
  for (const { id, eml, expect } of vectors) {
    it(id, () => {
      const found = read(eml);
      if (expect.badmail !== undefined) {
        assert.ok(found.kind === 'refused');
        assert.equal(found.rule, expect.badmail);
        return;
      }
      assert.ok(found.kind === 'message', JSON.stringify(found));
      if (expect.mailFrom !== undefined) assert.equal(found.envelope.reversePath, expect.mailFrom);
      if (expect.rcptTo) {
        assert.deepEqual(
          found.envelope.recipients.map(({ address }) => address),
          expect.rcptTo,
        );
      }
      const { names } = readHeaderBlock(found.header);
      for (const name of expect.headersRemoved ?? []) assert.ok(!names.has(name.toLowerCase()));
    });
  }
});

describe('the envelope', () => {
  it('comes from Sender before From', () => {
    const { envelope } = message('From: a@x.test, b@x.test\nSender: Boss <c@x.test>\nTo: d@x.test\n\n');
    assert.equal(envelope.reversePath, 'c@x.test');
  });

  it('takes what the lines leave out from the header', () => {
    const first = message('x-sender: <>\nFrom: a@x.test\nTo: b@x.test\n\n').envelope;
    assert.deepEqual([first.reversePath, first.recipients.map(({ address }) => address)], ['', ['b@x.test']]);
    const second = message('x-receiver: c@x.test\nFrom: a@x.test\nTo: b@x.test\n\n').envelope;
    assert.deepEqual([second.reversePath, second.recipients.map(({ address }) => address)], ['a@x.test', ['c@x.test']]);
  });

  it('keeps the parameters of the lines', () => {
    const { envelope } = message(
      'x-sender: <a@x.test> BODY=8BITMIME RET=hdrs ENVID=job+3D7\nx-receiver: <b@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B+2Bc@x.test\n\n',
    );
    assert.deepEqual([envelope.ret, envelope.envid], ['HDRS', 'job=7']);
    assert.deepEqual(envelope.recipients, [
      { address: 'b@x.test', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;B+c@x.test' },
    ]);
  });

  it('counts only before every other line, and later lines are removed all the same', () => {
    const found = message('From: a@x.test\nTo: b@x.test\nX-Receiver: evil@x.test\nX-Sender: evil@x.test\n\nbody\n');
    assert.deepEqual(
      found.envelope.recipients.map(({ address }) => address),
      ['b@x.test'],
    );
    assert.deepEqual(found.ignored, ['x-receiver', 'x-sender']);
    assert.equal(found.header.toString(), 'From: a@x.test\r\nTo: b@x.test\r\n\r\n');
  });

  it('may be folded', () => {
    const { envelope } = message('x-sender:\n <a@x.test>\nx-receiver: "A\n B" <b@x.test>\n\n');
    assert.deepEqual([envelope.reversePath, envelope.recipients[0]?.address], ['a@x.test', 'b@x.test']);
  });

  it('has each recipient once', () => {
    const { envelope } = message('From: a@x.test\nTo: b@x.test, b@X.TEST\nBcc: b@x.test\n\n');
    assert.equal(envelope.recipients.length, 1);
  });

  it('needs SMTPUTF8 for addresses beyond ASCII', () => {
    assert.equal(message('From: a@x.test\nTo: b@x.test\nSubject: \u00fc\n\n').envelope.smtpUtf8, false);
    assert.equal(message('From: a@x.test\nTo: \u00fc@x.test\n\n').envelope.smtpUtf8, true);
  });
});

describe('a file is refused', () => {
  const cases: [string, string, string, RegExp][] = [
    ['without sender', 'To: b@x.test\n\n', 'no-sender', /neither an x-sender line nor Sender or From/],
    ['without recipient', 'From: a@x.test\nTo: undisclosed recipients:;\n\n', 'no-recipient', /neither an x-receiver/],
    ['with a recipient that is no address', 'From: a@x.test\nTo: b@x.test, boss\n\n', 'address', /To line has "boss"/],
    ['with a null recipient', 'x-sender: <>\nx-receiver: <>\n\n', 'address', /x-receiver line has "<>"/],
    ['with two addresses on a line', 'x-sender: <>\nx-receiver: <a@x.test>, <b@x.test>\n\n', 'address', /x-receiver/],
    [
      'with two senders',
      'x-sender: a@x.test\nx-sender: b@x.test\nx-receiver: c@x.test\n\n',
      'address',
      /different senders/,
    ],
    ['without any header', 'Hello\n', 'no-sender', /No sender/],
  ];
  for (const [title, text, rule, reason] of cases) {
    it(title, () => {
      const found = refusal(text);
      assert.equal(found.rule, rule);
      assert.match(found.reason, reason);
    });
  }

  it('with too many recipients', () => {
    const text = 'x-sender: a@x.test\nx-receiver: b@x.test\nx-receiver: c@x.test\n\n';
    assert.equal(refusal(text, { ...LIMITS, maxRecipients: 1 }).rule, 'recipients');
  });

  it('with a header over the limit, envelope lines not counted', () => {
    const lines = `x-sender: a@x.test\n${'x-receiver: b@x.test\n'.repeat(50)}`;
    const limits = { ...LIMITS, maxHeader: 200 };
    assert.equal(read(`${lines}Subject: x\n\n`, limits).kind, 'message');
    assert.equal(refusal(`${lines}Subject: ${'x'.repeat(200)}\n\n`, limits).rule, 'header-size');
  });

  it('as UTF-16, with mark or without', () => {
    for (const text of ['\ufeffFrom: a@x.test', 'From: a@x.test']) {
      const little = Buffer.from(text, 'utf16le');
      assert.equal(wrongEncoding(little)?.rule, 'encoding');
      assert.equal(wrongEncoding(Buffer.from(little).swap16())?.rule, 'encoding');
    }
    assert.equal(wrongEncoding(Buffer.from('\ufeffFrom')), null);
    assert.equal(wrongEncoding(Buffer.alloc(0)), null);
  });
});

describe('the header that leaves', () => {
  it('ends before the first line that is no field, so that nothing in the text is read as header', () => {
    const found = message('From: a@x.test\nTo: b@x.test\nHello, this is text\nBcc: c@x.test\n\n');
    assert.equal(found.header.toString(), 'From: a@x.test\r\nTo: b@x.test\r\n\r\n');
    assert.deepEqual(
      found.envelope.recipients.map(({ address }) => address),
      ['b@x.test'],
    );
  });

  it('has neither Bcc nor envelope lines, whatever was written', () => {
    const line = fc.oneof(
      fc.constantFrom('Bcc: x@x.test', 'BCC : y@x.test', 'x-receiver: z@x.test', 'X-Sender:q@x.test', ' folded', ''),
      fc.constantFrom('From: a@x.test', 'To: b@x.test', 'Resent-Bcc: r@x.test', 'Subject: s', '.', '\tx-receiver: f'),
      fc.string({ maxLength: 30 }),
    );
    const text = fc.tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\r'));
    fc.assert(
      fc.property(text, ([lines, end]) => {
        const found = read(`From: a@x.test${end}To: b@x.test${end}${lines.join(end)}`);
        if (found.kind === 'refused') return;
        const names = readHeaderBlock(found.header).names;
        for (const name of ['bcc', 'resent-bcc', 'x-sender', 'x-receiver']) assert.ok(!names.has(name));
        assert.ok(found.header.toString('latin1').endsWith('\r\n'));
      }),
    );
  });

  it('is read without an exception from any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        read(Buffer.from(bytes));
      }),
    );
  });
});

it('reads back what the relay itself writes in front of queued messages', () => {
  const notify = fc.constantFrom<readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[]>(
    [],
    ['NEVER'],
    ['SUCCESS', 'DELAY'],
  );
  const local = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}$/);
  const someone = fc.tuple(local, notify, fc.option(fc.stringMatching(/^[!-~]{1,20}$/)));
  fc.assert(
    fc.property(
      fc.uniqueArray(someone, { minLength: 1, maxLength: 5, selector: one => one[0] }),
      local,
      (people, from) => {
        const written = envelopeOf(
          people.map(([name, notice, orcpt]) =>
            recipient(`${name}@x.test`, { notify: notice, orcpt: orcpt === null ? null : `rfc822;${orcpt}` }),
          ),
          { reversePath: `${from}@x.test`, ret: 'FULL', envid: 'a b', eightBitMime: true },
        );
        const found = message(Buffer.concat([writeEnvelopeLines(written), Buffer.from('Subject: x\r\n\r\nbody\r\n')]));
        assert.deepEqual(found.envelope, written);
      },
    ),
  );
});

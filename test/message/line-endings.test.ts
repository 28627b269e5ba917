import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LineEndingNormalizer } from '../../src/message/line-endings.ts';

function normalize(...chunks: (string | Uint8Array)[]): { text: string; changed: boolean } {
  const normalizer = new LineEndingNormalizer();
  const out = chunks.flatMap(chunk => normalizer.push(Buffer.from(chunk as Uint8Array)));
  out.push(...normalizer.end());
  return { text: Buffer.concat(out).toString('latin1'), changed: normalizer.changed };
}

/** Says the same in another way: every CRLF, CR or LF is a line end. */
function naive(text: string): string {
  const body = text.replace(/\r\n|\r|\n/g, '\r\n');
  return body === '' || body.endsWith('\r\n') ? body : `${body}\r\n`;
}

/** Bytes with many line ends, cut anywhere. */
const piece = fc
  .uint8Array({ maxLength: 8 })
  .map(bytes => bytes.map(byte => (byte < 90 ? 13 : byte < 180 ? 10 : byte)));
const pieces = fc.array(piece, { maxLength: 8 });
const text = (parts: Uint8Array[]) => Buffer.concat(parts).toString('latin1');

describe('LineEndingNormalizer', () => {
  const table: [string, string][] = [
    ['', ''],
    ['a', 'a\r\n'],
    ['a\r\n', 'a\r\n'],
    ['a\n', 'a\r\n'],
    ['a\r', 'a\r\n'],
    ['\n', '\r\n'],
    ['\r', '\r\n'],
    ['\r\n', '\r\n'],
    ['\n\r', '\r\n\r\n'],
    ['\r\r\n', '\r\n\r\n'],
    ['\r\n\n', '\r\n\r\n'],
    ['a\n.\nb', 'a\r\n.\r\nb\r\n'],
    ['a\r.\r\nb\r\n', 'a\r\n.\r\nb\r\n'],
    ['a\r\n.\n', 'a\r\n.\r\n'],
    ['a\r\nb\nc\r\nd\re\r\n', 'a\r\nb\r\nc\r\nd\r\ne\r\n'],
    ['\0\xff\r\n', '\0\xff\r\n'],
  ];
  for (const [given, expected] of table) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(given)} at every cut`, () => {
      const bytes = Buffer.from(given, 'latin1');
      for (let cut = 0; cut <= bytes.length; cut++) {
        const result = normalize(bytes.subarray(0, cut), bytes.subarray(cut));
        assert.equal(result.text, expected);
        assert.equal(result.changed, given !== expected);
      }
      assert.equal(normalize(...[...bytes].map(byte => Buffer.of(byte))).text, expected);
    });
  }

  it('passes canonical chunks on uncopied, also when a CRLF is cut in two', () => {
    const normalizer = new LineEndingNormalizer();
    for (const part of ['a\r\nb', 'c\r', '\nd\r\n', '\r\n', 'x', '\r', '\n']) {
      const chunk = Buffer.from(part);
      const out = normalizer.push(chunk);
      assert.equal(out.length, 1);
      assert.equal(out[0], chunk);
    }
    assert.deepEqual(normalizer.end(), []);
    assert.equal(normalizer.changed, false);
  });

  it('shares the part of a chunk before its first defect', () => {
    const chunk = Buffer.from('long and canonical\r\nthen\nnot');
    const [head] = new LineEndingNormalizer().push(chunk);
    assert.equal(head?.buffer, chunk.buffer);
    assert.equal(head?.toString(), 'long and canonical\r\nthen');
  });

  it('never changes the chunk it was given', () => {
    const chunk = Buffer.from('a\nb\rc');
    new LineEndingNormalizer().push(chunk);
    assert.equal(chunk.toString(), 'a\nb\rc');
  });

  it('gives the same for any cut of any bytes, and what the naive rule gives', () => {
    const property = fc.property(pieces, parts => {
      assert.equal(normalize(...parts).text, naive(text(parts)));
      assert.equal(normalize(Buffer.concat(parts)).text, naive(text(parts)));
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('leaves no bare CR or LF, changes nothing the second time, and keeps all other bytes', () => {
    const property = fc.property(pieces, parts => {
      const once = normalize(...parts);
      assert.doesNotMatch(once.text, /\r(?!\n)|(?<!\r)\n/);
      assert.deepEqual(normalize(Buffer.from(once.text, 'latin1')), { text: once.text, changed: false });
      assert.equal(once.text.replace(/[\r\n]/g, ''), text(parts).replace(/[\r\n]/g, ''));
      assert.equal(once.changed, once.text !== text(parts));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  for (const [name, unit] of Object.entries({
    LF: '\n',
    CR: '\r',
    CRLF: '\r\n',
    'no line end': 'x',
    mixed: '\r\n\n',
  })) {
    it(`takes megabytes of ${name} in linear time`, () => {
      // Not by the clock: other programs may be busy.
      const started = process.cpuUsage();
      normalize(Buffer.from(unit.repeat(8_000_000 / unit.length)));
      assert.ok(process.cpuUsage(started).user < 3000_000);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DotStuffer } from '../../src/deliver/dot-stuffer.ts';
import { DataDecoder } from '../../src/listener/data-decoder.ts';

function wireOf(pieces: readonly Buffer[]): string {
  const stuffer = new DotStuffer();
  return Buffer.concat([...pieces.flatMap(piece => stuffer.push(piece)), ...stuffer.end()]).toString('latin1');
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const token = fc.constantFrom('\r', '\n', '\r\n', '.', '..', '\r\n.', '\n.\n', '\r.\r', 'a', '\x00', '\xff');
const pieces = fc.array(
  fc.array(token, { maxLength: 6 }).map(tokens => tokens.join('')),
  { maxLength: 6 },
);

describe('a message on the wire', () => {
  it('is what a strict server reads back, in canonical lines, and ends once, wherever it was cut', () => {
    fc.assert(
      fc.property(pieces, texts => {
        const text = texts.join('');
        const wire = wireOf(texts.map(bytes));
        assert.equal(wire, wireOf([bytes(text)]));
        assert.doesNotMatch(wire, /\r(?!\n)|(?<!\r)\n/);
        assert.doesNotMatch(wire.slice(0, -3), /(?:^|\n)\.(?!\.)/);
        const lines = text.replace(/\r\n|\r|\n/g, '\r\n');
        const expected = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
        const { text: read, end } = new DataDecoder().push(bytes(wire));
        assert.deepEqual([read.toString('latin1'), end], [expected, wire.length]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is passed on uncopied where nothing is to be doubled', () => {
    const chunk = bytes('a\r\nb.c\r\n');
    assert.equal(new DotStuffer().push(chunk)[0], chunk);
  });
});

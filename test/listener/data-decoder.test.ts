/** Where a message ends and which dots go, for any bytes and any cuts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataDecoder } from '../../src/listener/data-decoder.ts';

interface Result {
  readonly text: string;
  /** What comes after the message; null when it has not ended. */
  readonly rest: string | null;
}

function decode(pieces: readonly Buffer[]): Result {
  const decoder = new DataDecoder();
  let text = '';
  for (const [index, piece] of pieces.entries()) {
    const before = Buffer.from(piece);
    const { text: decoded, end } = decoder.push(piece);
    text += decoded.toString('latin1');
    assert.deepEqual(piece, before, 'the chunk is left as it was');
    if (end !== -1) {
      const rest = Buffer.concat([piece.subarray(end), ...pieces.slice(index + 1)]);
      return { text, rest: rest.toString('latin1') };
    }
  }
  return { text, rest: null };
}

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** The rule in the words of RFC 5321 4.5.2, on the whole. */
function model(wire: string): Result {
  const end = /(?:^|(?<=\r\n))\.\r\n/.exec(wire);
  const lines = (end ? wire.slice(0, end.index) : wire).split('\r\n');
  // What could still be the last line is not passed on before it is known.
  if (!end && /^\.\r?$/.test(lines.at(-1)!)) lines[lines.length - 1] = '';
  const text = lines.map(line => (line.startsWith('.') ? line.slice(1) : line)).join('\r\n');
  return { text, rest: end ? wire.slice(end.index + 3) : null };
}

function cutAt(wire: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places)].filter(place => place > 0 && place < wire.length).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => wire.subarray(from, at[i] ?? wire.length));
}

const token = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '.',
  '..',
  '\r\n.',
  '\r\n.\r',
  '\n.',
  '\r.\r',
  'a',
  'bc',
  '\x00',
  '\xff',
);
const text = fc.array(token, { maxLength: 20 }).map(tokens => tokens.join(''));

describe('the data decoder', () => {
  it('does what the RFC says, wherever the stream is cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (wire, places) => {
        assert.deepEqual(decode(cutAt(bytes(wire), places)), model(wire));
      }),
      { numRuns: 20_000 },
    );
  });

  it('does so when every byte comes alone', () => {
    fc.assert(
      fc.property(text, wire => {
        assert.deepEqual(decode([...bytes(wire)].map(byte => Buffer.of(byte))), model(wire));
      }),
      { numRuns: 5000 },
    );
  });

  it('gives back what was stuffed, and what comes after it', () => {
    const line = fc.string({ unit: fc.constantFrom('.', 'a', '\r', '\n', '\x00'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), text, (lines, rest) => {
        // Lines joined by CRLF; a CR at the end of one would make another of it.
        const message = lines.map(text => `${text.replace(/\r+$/, '').replace(/^\n/, '')}\r\n`).join('');
        const stuffed = message.replace(/(^|\r\n)\./g, '$1..');
        assert.deepEqual(decode([bytes(`${stuffed}.\r\n${rest}`)]), { text: message, rest });
      }),
      { numRuns: 5000 },
    );
  });

  it('passes on a chunk without dots uncopied', () => {
    const chunk = bytes('some text\r\nand more\r\n');
    assert.equal(new DataDecoder().push(chunk).text, chunk);
  });

  const PRETENDERS = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r', '\r\n.\r\r\n', '\r\n\x00.\r\n'];
  for (const pretender of [...PRETENDERS, '\r\n.\x00\r\n', '\r\n. \r\n', '\r\n..\r\n', '\n\r.\r\n', '\r\n\n.\r\n'])
    it(`goes on after ${JSON.stringify(pretender)}, cut anywhere`, () => {
      const wire = bytes(`a${pretender}b`);
      for (let cut = 0; cut <= wire.length; cut++) assert.equal(decode(cutAt(wire, [cut])).rest, null, `cut at ${cut}`);
    });
});

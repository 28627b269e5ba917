/** Leading dots of Pickup files, wherever the text is cut. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { DotCensus, DotRemover } from '../../src/pickup/dots.ts';

/** Line by line, as the rule is told. */
function unstuffed(lines: readonly string[]): string {
  const kept = lines.at(-1) === '.' ? lines.slice(0, -1) : lines;
  return kept.map(line => `${line.startsWith('.') ? line.slice(1) : line}\r\n`).join('');
}

const pieces = (text: string, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...cuts.map(cut => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((to, index) => Buffer.from(text.slice(places[index], to)));
};

const text = fc.array(fc.constantFrom('', '.', '..', '...', '.a', '..a', 'a', 'a.', '. '), { maxLength: 8 });
const cuts = fc.array(fc.nat(60), { maxLength: 6 });

it('one dot goes from each line, and a last line of one dot altogether', () => {
  fc.assert(
    fc.property(text, cuts, (lines, where) => {
      const dots = new DotRemover();
      const out = pieces(lines.map(line => `${line}\r\n`).join(''), where).map(piece => dots.push(piece));
      assert.equal(Buffer.concat([...out, dots.end()]).toString(), unstuffed(lines));
    }),
    { numRuns: 2000 },
  );
});

it('the census says whether every line that begins with a dot begins with two', () => {
  fc.assert(
    fc.property(text, cuts, (lines, where) => {
      const census = new DotCensus();
      for (const piece of pieces(lines.map(line => `${line}\r\n`).join(''), where)) census.push(piece);
      const dotted = lines.filter(line => line.startsWith('.'));
      assert.equal(census.stuffed, dotted.length > 0 && dotted.every(line => line.startsWith('..')));
    }),
    { numRuns: 2000 },
  );
});

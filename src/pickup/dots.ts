/**
 * Dots at the beginning of lines. Programs that wrote for the IIS folder often wrote them doubled, as
 * they travel in SMTP (RFC 5321 4.5.2); others did not. Works on text with canonical line ends.
 */

const DOT = 0x2e;
const LF = 0x0a;
const LAST_LINE = Buffer.from('.\r\n');

/** Takes one dot away from each line that begins with one; a last line of a single dot goes altogether. */
export class DotRemover {
  /** Bytes at the beginning of a line that could be the last line: a dot, its CR. */
  #held = '';
  #atLineStart = true;

  push(chunk: Buffer): Buffer {
    // Held back bytes are a line's beginning; with them in front everything is decided anew.
    const all = this.#held === '' ? chunk : Buffer.concat([Buffer.from(this.#held, 'latin1'), chunk]);
    this.#held = '';
    const pieces: Buffer[] = [];
    let from = 0;
    let at = this.#atLineStart ? 0 : nextLine(all, 0);
    while (at < all.length) {
      if (all[at] === DOT) {
        pieces.push(all.subarray(from, at));
        const rest = all.subarray(at, at + LAST_LINE.length + 1);
        // Whether it is the last line shows only when something comes after it.
        if (rest.length <= LAST_LINE.length && LAST_LINE.subarray(0, rest.length).equals(rest)) {
          this.#held = rest.toString('latin1');
          from = all.length;
          break;
        }
        from = at + 1;
      }
      at = nextLine(all, at);
    }
    pieces.push(all.subarray(from));
    if (all.length > 0) this.#atLineStart = this.#held !== '' || all[all.length - 1] === LF;
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Ends the text. */
  end(): Buffer {
    // What is held back at the end is the last line, with its line end or without.
    this.#held = '';
    return Buffer.alloc(0);
  }
}

/** Watches a text: are all lines that begin with a dot doubled, and is there one? */
export class DotCensus {
  #single = false;
  #double = false;
  #last = LF;
  #open = false;

  push(chunk: Buffer): void {
    if (chunk.length === 0 || this.#single) return;
    if (this.#open) this.#see(chunk[0]!);
    let at = this.#last === LF ? 0 : nextLine(chunk, 0);
    for (; at < chunk.length; at = nextLine(chunk, at)) {
      if (chunk[at] !== DOT) continue;
      if (at + 1 < chunk.length) this.#see(chunk[at + 1]!);
      else this.#open = true;
    }
    this.#last = chunk[chunk.length - 1]!;
  }

  get stuffed(): boolean {
    return this.#double && !this.#single && !this.#open;
  }

  #see(second: number): void {
    this.#open = false;
    if (second === DOT) this.#double = true;
    else this.#single = true;
  }
}

/** Offset after the next line feed, or the length. */
function nextLine(chunk: Buffer, at: number): number {
  const lf = chunk.indexOf(LF, at);
  return lf === -1 ? chunk.length : lf + 1;
}

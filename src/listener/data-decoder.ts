/**
 * Finds the end of a message and takes away the dots that travel in front of others (RFC 5321 4.5.2).
 * Only CRLF is a line end here: the message ends at CRLF "." CRLF and at nothing that looks like it,
 * and a dot after a bare CR or LF is text. Of any other line that begins with a dot the dot goes. All
 * other bytes pass unchanged, NUL and lines of any length too. What stands before the first such dot of
 * a chunk is not looked at byte by byte and not copied; the result does not depend on where the stream was cut.
 */

const DOT = 0x2e;
const CR = 13;
const LF = 10;

const TEXT = 0;
/** After a CR that was passed on. */
const AFTER_CR = 1;
const LINE_START = 2;
/** After a dot at the start of a line, which is not passed on. */
const AFTER_DOT = 3;
/** After such a dot and a CR, which is held back: it is text unless a LF follows. */
const DOT_CR = 4;

const LINE_WITH_DOT = Buffer.from('\r\n.');

export interface Decoded {
  readonly text: Buffer;
  /** Where in the chunk the bytes after the message begin; -1 while it goes on. */
  readonly end: number;
}

export class DataDecoder {
  /** The line end of the DATA command is the one before the first line. */
  #state = LINE_START;

  /** Takes the next piece. After an end nothing more may be pushed. */
  push(chunk: Buffer): Decoded {
    const size = chunk.length;
    const start = this.#plainUntil(chunk);
    if (start === size) return { text: chunk, end: -1 };
    let state = this.#state;
    let out: Buffer | null = null;
    let length = 0;
    /** Where bytes are left out for the first time; nothing is copied before it is clear that text follows. */
    let gap = -1;
    if (state === DOT_CR && size > 0 && chunk[0] !== LF) {
      out = Buffer.allocUnsafe(size + 1);
      out[length++] = CR;
      state = AFTER_CR;
    }
    for (let at = start; at < size; at++) {
      const byte = chunk[at]!;
      if (state === TEXT) {
        if (byte === CR) state = AFTER_CR;
      } else if (state === AFTER_CR) {
        if (byte !== CR) state = byte === LF ? LINE_START : TEXT;
      } else if (state === LINE_START && byte !== DOT) {
        state = byte === CR ? AFTER_CR : TEXT;
      } else if (state === LINE_START || (state === AFTER_DOT && byte === CR)) {
        if (out === null && gap === -1) gap = at;
        state = state === LINE_START ? AFTER_DOT : DOT_CR;
        continue;
      } else if (state === DOT_CR && byte === LF) {
        return { text: out?.subarray(0, length) ?? chunk.subarray(0, gap === -1 ? at : gap), end: at + 1 };
      } else {
        if (out === null && gap !== -1) {
          out = Buffer.allocUnsafe(size + 1);
          length = chunk.copy(out, 0, 0, gap);
        }
        if (state === DOT_CR) out![length++] = CR;
        state = state === DOT_CR && byte === CR ? AFTER_CR : TEXT;
      }
      if (out !== null) out[length++] = byte;
    }
    this.#state = state;
    return { text: out?.subarray(0, length) ?? (gap === -1 ? chunk : chunk.subarray(0, gap)), end: -1 };
  }

  /** How many bytes pass as they are, because no line among them begins with a dot; with the state behind them. */
  #plainUntil(chunk: Buffer): number {
    const state = this.#state;
    const size = chunk.length;
    const mayHaveDot =
      state === AFTER_DOT ||
      state === DOT_CR ||
      (state === LINE_START && chunk[0] === DOT) ||
      (state === AFTER_CR && chunk[0] === LF && chunk[1] === DOT);
    if (mayHaveDot || size === 0) return 0;
    const found = chunk.indexOf(LINE_WITH_DOT);
    if (found !== -1) {
      this.#state = LINE_START;
      return found + 2;
    }
    const last = chunk[size - 1];
    const isCrBefore = size === 1 ? state === AFTER_CR : chunk[size - 2] === CR;
    this.#state = last === CR ? AFTER_CR : last === LF && isCrBefore ? LINE_START : TEXT;
    return size;
  }
}

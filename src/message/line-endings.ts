/**
 * Makes every line of a stream end with CRLF, because a bare CR or LF that one server takes for a
 * line end and the next does not is how mail is smuggled (RFC 5321 2.3.8 forbids both). Bare LF and
 * bare CR become CRLF, and the last line gets its CRLF when it has none; an empty message stays empty.
 * Chunks that are canonical already are passed on as they are, uncopied; only from the first defect
 * of a chunk on is there a copy. The result does not depend on where the stream was cut.
 */

const CR = 13;
const LF = 10;

export class LineEndingNormalizer {
  #lastByte = -1;
  #changed = false;

  /** Whether anything was added so far. */
  get changed(): boolean {
    return this.#changed;
  }

  /** Takes the next piece of the message and gives what can be passed on. */
  push(chunk: Buffer): Buffer[] {
    if (chunk.length === 0) return [];
    const defect = this.#firstDefect(chunk);
    const before = defect > 0 ? chunk[defect - 1]! : this.#lastByte;
    this.#lastByte = chunk[chunk.length - 1]!;
    if (defect === -1) return [chunk];
    this.#changed = true;
    const repaired = repair(chunk.subarray(defect), before);
    return defect === 0 ? [repaired] : [chunk.subarray(0, defect), repaired];
  }

  /** Ends the message: completes a CR that was the last byte, or the last line. */
  end(): Buffer[] {
    if (this.#lastByte === -1 || this.#lastByte === LF) return [];
    const missing = this.#lastByte === CR ? '\n' : '\r\n';
    this.#lastByte = LF;
    this.#changed = true;
    return [Buffer.from(missing)];
  }

  /**
   * Where the first byte stands that something must be put before, or -1. A CR as the last byte is
   * passed on and remembered: whatever comes next, a CRLF begins with it.
   */
  #firstDefect(chunk: Buffer): number {
    const completesCr = this.#lastByte === CR;
    if (completesCr && chunk[0] !== LF) return 0;
    DEFECT.lastIndex = completesCr ? 1 : 0;
    // The expression is compiled; a loop over the bytes takes six times as long.
    const match = DEFECT.exec(chunk.toString('latin1'));
    return match === null ? -1 : match.index + (match[0] === '\r' ? 1 : 0);
  }
}

/** A CR without LF, but for one at the end, or a LF without CR. */
const DEFECT = /\r(?!\n|$)|(?<!\r)\n/g;

/** Byte by byte and of linear cost, so that a message of nothing but bare LFs is no attack. */
function repair(chunk: Buffer, before: number): Buffer {
  // Each byte asks for at most one more before it.
  const out = Buffer.allocUnsafe(chunk.length * 2);
  let length = 0;
  let last = before;
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i]!;
    if (last === CR && byte !== LF) out[length++] = LF;
    else if (byte === LF && last !== CR) out[length++] = CR;
    out[length++] = byte;
    last = byte;
  }
  return out.subarray(0, length);
}

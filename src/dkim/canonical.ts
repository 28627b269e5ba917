/**
 * What DKIM signs (RFC 6376 3.4.2, 3.4.4): header fields and body with the differences taken out that
 * mail servers make on the way. Works on pieces of any size and holds none of them, so that a line of
 * any length costs nothing.
 */
import { createHash, type Hash } from 'node:crypto';

const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const EMPTY_LINES = Buffer.from('\r\n'.repeat(2048));

/** Hash of a body by the relaxed algorithm; lines must be canonical (CRLF). */
export class BodyHash {
  readonly #hash: Hash = createHash('sha256');
  /** Line ends that count once something comes after them. */
  #lineEnds = 0;
  #blank = false;
  #any = false;

  push(chunk: Buffer): void {
    // A blank and what was held back can come in front.
    const out = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      // Lines are canonical, so the LF tells all.
      if (byte === CR) continue;
      if (byte === LF) {
        this.#blank = false;
        this.#lineEnds++;
        continue;
      }
      if (byte === SPACE || byte === TAB) {
        this.#blank = true;
        continue;
      }
      if (this.#lineEnds > 0) {
        this.#hash.update(out.subarray(0, length));
        length = 0;
        this.#flushLineEnds();
      }
      if (this.#blank) out[length++] = SPACE;
      this.#blank = false;
      this.#any = true;
      out[length++] = byte;
    }
    this.#hash.update(out.subarray(0, length));
  }

  /** Base64. */
  end(): string {
    if (this.#any) this.#hash.update('\r\n');
    return this.#hash.digest('base64');
  }

  #flushLineEnds(): void {
    for (let left = this.#lineEnds * 2; left > 0; left -= EMPTY_LINES.length)
      this.#hash.update(EMPTY_LINES.subarray(0, Math.min(left, EMPTY_LINES.length)));
    this.#lineEnds = 0;
  }
}

/** One field by the relaxed algorithm, without its line end. @param value Latin-1, folded or not */
export function relaxedField(name: string, value: string): string {
  const text = value
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
  return `${name.toLowerCase()}:${text}`;
}

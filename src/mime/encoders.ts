/** Content with 8 bits written with 7 (RFC 2045 6.7, 6.8), piece by piece; lines of 76 at most. */

const CR = 13;
const LF = 10;
const LINE = 76;
const HEX = '0123456789ABCDEF';

export interface ContentEncoder {
  push(piece: Buffer): Buffer;
  /** @param isDelimited the last line end is not of the content */
  end(isDelimited: boolean): Buffer;
}

/** For text: what is readable stays readable. Line ends stay line ends. */
export class QuotedPrintable implements ContentEncoder {
  #width = 0;
  /** A blank that may turn out to be the last of its line. */
  #blank = -1;
  #pendingCr = false;

  push(piece: Buffer): Buffer {
    const out: string[] = [];
    for (const byte of piece) {
      if (byte === LF) {
        if (this.#blank !== -1) this.#put(out, escaped(this.#blank));
        this.#blank = -1;
        this.#pendingCr = false;
        this.#width = 0;
        out.push('\r\n');
        continue;
      }
      // The CR of a line end: a blank before it is still the last of its line.
      if (byte === CR && !this.#pendingCr) {
        this.#pendingCr = true;
        continue;
      }
      this.#flush(out);
      if (byte === CR) this.#pendingCr = true;
      else if (byte === 0x20 || byte === 0x09) this.#blank = byte;
      else if (byte > 0x20 && byte < 0x7f && byte !== 0x3d) this.#put(out, String.fromCharCode(byte));
      else this.#put(out, escaped(byte));
    }
    return Buffer.from(out.join(''), 'latin1');
  }

  end(): Buffer {
    const out: string[] = [];
    if (this.#blank !== -1) this.#put(out, escaped(this.#blank));
    if (this.#width > 0) out.push('\r\n');
    return Buffer.from(out.join(''), 'latin1');
  }

  /** What was held back is not at the end of its line. */
  #flush(out: string[]): void {
    if (this.#blank !== -1) this.#put(out, String.fromCharCode(this.#blank));
    if (this.#pendingCr) this.#put(out, escaped(CR));
    this.#blank = -1;
    this.#pendingCr = false;
  }

  #put(out: string[], text: string): void {
    if (this.#width + text.length > LINE - 1) {
      out.push('=\r\n');
      this.#width = 0;
    }
    out.push(text);
    this.#width += text.length;
  }
}

const escaped = (byte: number) => `=${HEX[byte >> 4]}${HEX[byte & 15]}`;

/** For all else: byte for byte. */
export class Base64 implements ContentEncoder {
  #rest: Buffer = Buffer.alloc(0);

  push(piece: Buffer): Buffer {
    const all = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    // The last line end may not be of the content.
    const usable = Math.max(0, all.length - 2);
    const whole = usable - (usable % 57);
    this.#rest = Buffer.from(all.subarray(whole));
    return lines(all.subarray(0, whole));
  }

  end(isDelimited: boolean): Buffer {
    const ends = isDelimited && this.#rest.subarray(-2).equals(Buffer.from('\r\n'));
    return lines(ends ? this.#rest.subarray(0, -2) : this.#rest);
  }
}

function lines(bytes: Buffer): Buffer {
  const text = bytes.toString('base64').match(/.{1,76}/g) ?? [];
  return Buffer.from(text.map(line => `${line}\r\n`).join(''), 'latin1');
}

/** Quoted-printable that is not quite: bytes with 8 bits are escaped, all else stays. */
export class Mended implements ContentEncoder {
  push(piece: Buffer): Buffer {
    return Buffer.from(
      piece.toString('latin1').replace(/[\x80-\xff]/g, character => escaped(character.charCodeAt(0))),
      'latin1',
    );
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }
}

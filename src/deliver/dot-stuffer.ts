/**
 * A message as it goes over the wire (RFC 5321 4.5.2): every line ends with CRLF, a dot at the start
 * of a line is doubled, and a line of one dot ends it. Takes the place of nodemailer's stream, which
 * cuts a piece off for each dot and needs seconds for a message of nothing but dots. Whatever lies in
 * the spool, nothing leaves that another server could take for the end of the message.
 */
import type { Transform, Writable } from 'node:stream';
import { LineEndingNormalizer } from '../message/line-endings.ts';

const DOT = 0x2e;
const LF = 10;
const END = Buffer.from('.\r\n');
const LINE_WITH_DOT = Buffer.from('\n.');

export class DotStuffer {
  readonly #lines = new LineEndingNormalizer();
  #atLineStart = true;

  /** Takes the next piece of the message and gives what goes over the wire. */
  push(chunk: Buffer): Buffer[] {
    return this.#lines.push(chunk).map(piece => this.#stuff(piece));
  }

  /** What ends the message. */
  end(): Buffer[] {
    return [...this.#lines.end(), END];
  }

  /** Canonical lines; most pieces have no line that begins with a dot, and go as they are. */
  #stuff(piece: Buffer): Buffer {
    const size = piece.length;
    if (!(this.#atLineStart && piece[0] === DOT) && piece.indexOf(LINE_WITH_DOT) < 0) {
      if (size > 0) this.#atLineStart = piece[size - 1] === LF;
      return piece;
    }
    let out: Buffer | null = null;
    let length = 0;
    let atLineStart = this.#atLineStart;
    for (let at = 0; at < size; at++) {
      const byte = piece[at]!;
      if (atLineStart && byte === DOT) {
        if (out === null) {
          out = Buffer.allocUnsafe(2 * size);
          length = piece.copy(out, 0, 0, at);
        }
        out[length++] = DOT;
      }
      if (out !== null) out[length++] = byte;
      atLineStart = byte === LF;
    }
    this.#atLineStart = atLineStart;
    return out === null ? piece : out.subarray(0, length);
  }
}

/** Takes the place of that stream for a message held in memory: it leaves in one write together with its end. */
export class WholeMessage {
  outByteCount = 0;
  readonly #stuffer: DotStuffer;
  readonly #socket: Writable;
  readonly #pieces: Buffer[] = [];

  constructor(stuffer: DotStuffer, socket: Writable) {
    this.#stuffer = stuffer;
    this.#socket = socket;
  }

  write(body: Buffer): void {
    this.#pieces.push(...this.#stuffer.push(body));
  }

  end(): void {
    const wire = Buffer.concat([...this.#pieces, ...this.#stuffer.end()]);
    this.outByteCount = wire.length;
    this.#socket.write(wire);
  }
}

/** nodemailer's; it counts what comes out. */
export type DataStream = Transform & { outByteCount: number };

export function stuffWith(stuffer: DotStuffer, stream: DataStream): void {
  const pass = (pieces: readonly Buffer[]) => {
    for (const piece of pieces) {
      stream.outByteCount += piece.length;
      stream.push(piece);
    }
  };
  stream._transform = (chunk, _encoding, done) => {
    pass(stuffer.push(chunk as Buffer));
    done();
  };
  stream._flush = done => {
    pass(stuffer.end());
    done();
  };
}

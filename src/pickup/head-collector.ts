/** Holds the beginning of a message until its header section is complete, or so long that it is none. */

/** 50,000 envelope lines, the most the settings allow, fit in. */
export const HEAD_AT_MOST = 16 * 1024 * 1024;
const END_OF_HEADER = Buffer.from('\r\n\r\n');

export class HeadCollector {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  /** The empty line may be split over pieces. As if a line had just ended: an empty first line ends the section too. */
  #tail: Buffer = Buffer.from('\r\n');

  /** Adds a piece with canonical line ends. @returns whether nothing more is needed. */
  push(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#length += piece.length;
    const border = Buffer.concat([this.#tail, piece.subarray(0, 3)]);
    this.#tail = (piece.length >= 3 ? piece : border).subarray(-3);
    return border.includes(END_OF_HEADER) || piece.includes(END_OF_HEADER) || this.#length >= HEAD_AT_MOST;
  }

  /** All of it. */
  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

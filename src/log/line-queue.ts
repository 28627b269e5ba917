/**
 * Lines waiting to be written, in memory: collected into chunks of one place and about 64 KiB, so
 * that a chunk fits into one append and a line always goes to the place it was meant for, also when that has
 * changed since. When told to, it forgets the oldest chunks and counts their lines; it never forgets by itself.
 */

export const CHUNK_SIZE = 64 * 1024;

export interface Chunk<Place> {
  readonly place: Place;
  /** Of its first line, milliseconds since 1970. */
  readonly time: number;
  /** Whole lines, each with its line end. */
  readonly text: string;
  readonly bytes: number;
  readonly lines: number;
}

type Growing<Place> = { -readonly [Key in keyof Chunk<Place>]: Chunk<Place>[Key] };

export class LineQueue<Place> {
  #chunks: Growing<Place>[] = [];
  #bytes = 0;
  #dropped = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Lines forgotten and not yet confessed in the log. */
  get dropped(): number {
    return this.#dropped;
  }

  add(place: Place, line: string, time: number): void {
    const bytes = Buffer.byteLength(line) + 1;
    this.#bytes += bytes;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.place !== place || last.bytes + bytes > CHUNK_SIZE) {
      this.#chunks.push({ place, time, text: `${line}\n`, bytes, lines: 1 });
      return;
    }
    last.text += `${line}\n`;
    last.bytes += bytes;
    last.lines += 1;
  }

  /** The oldest chunk, made larger by those after it of the same place as long as `limit` allows. */
  take(limit = 0): Chunk<Place> | undefined {
    const first = this.#chunks[0];
    if (first === undefined) return undefined;
    let count = 1;
    let bytes = first.bytes;
    for (
      let next = this.#chunks[1];
      next?.place === first.place && bytes + next.bytes <= limit;
      next = this.#chunks[count]
    ) {
      bytes += next.bytes;
      count += 1;
    }
    const taken = this.#chunks.splice(0, count);
    this.#bytes -= bytes;
    const lines = taken.reduce((sum, chunk) => sum + chunk.lines, 0);
    return { place: first.place, time: first.time, text: taken.map(chunk => chunk.text).join(''), bytes, lines };
  }

  /** Gives back a chunk that could not be written, to be the first again. */
  putBack(chunk: Chunk<Place>): void {
    this.#chunks.unshift(chunk);
    this.#bytes += chunk.bytes;
  }

  /** Forgets the oldest lines until no more than `limit` bytes are waiting. */
  dropOver(limit: number): void {
    while (this.#bytes > limit) this.#dropped += this.take()?.lines ?? 0;
  }

  /** The log has said that `count` lines were lost. */
  confessed(count: number): void {
    this.#dropped -= count;
  }
}

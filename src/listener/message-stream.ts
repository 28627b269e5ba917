/**
 * The text of one message on its way from the wire to the intake: what node:stream would do with a
 * PassThrough and an iterator, for one reader and without their objects and turns of the event loop,
 * which cost more than the message. Has the members that smtp-server's connection uses of its own.
 */
import { EventEmitter } from 'node:events';

/** Octets that wait for the reader before the writer is told to wait. */
const HIGH_WATER = 64 * 1024;

/** Events: `drain` and `close` for the writer, `end` when everything was read or given up. */
export class MessageStream extends EventEmitter {
  /** Octets so far, kept by the writer. */
  byteLength = 0;
  /** They are more than were offered. */
  sizeExceeded = false;
  destroyed = false;
  writableEnded = false;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isFull = false;
  #hasEnded = false;
  #isDiscarding = false;
  #wake: (() => void) | null = null;

  get writable(): boolean {
    return !this.writableEnded && !this.destroyed;
  }

  get writableNeedDrain(): boolean {
    return this.#isFull;
  }

  get readable(): boolean {
    return !this.#hasEnded && !this.destroyed;
  }

  /** Null as long as it was not given up: smtp-server resumes it when whoever was to read it has failed. */
  get readableFlowing(): true | null {
    return this.#isDiscarding || null;
  }

  /** @returns false when the writer is to wait for `drain` */
  write(chunk: Buffer): boolean {
    if (this.#isDiscarding || !this.writable) return true;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#isFull = this.#bytes >= HIGH_WATER;
    this.#wakeReader();
    return !this.#isFull;
  }

  end(): void {
    this.writableEnded = true;
    if (this.#isDiscarding) this.#finish();
    this.#wakeReader();
  }

  /**
   * The next piece; null after the last one. For one reader.
   * @throws Error with the code ECONNECTION when the client has gone before the end
   */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0 && this.readable && !this.writableEnded)
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    const chunk = this.#chunks.shift();
    if (chunk === undefined) {
      if (this.destroyed) throw Object.assign(new Error('The client has gone'), { code: 'ECONNECTION' });
      this.#finish();
      return null;
    }
    this.#bytes -= chunk.length;
    this.#drain();
    return chunk;
  }

  /** The rest is not wanted. */
  resume(): void {
    this.#isDiscarding = true;
    this.#chunks = [];
    this.#bytes = 0;
    this.#drain();
    if (this.writableEnded) this.#finish();
  }

  /** The rest will not come. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#wakeReader();
    this.emit('close');
  }

  #drain(): void {
    if (!this.#isFull || this.#bytes >= HIGH_WATER) return;
    this.#isFull = false;
    this.emit('drain');
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.emit('end');
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

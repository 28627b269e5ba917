/**
 * One file of the segment log, open for appending. A write is on the disk when its promise resolves
 * (O_DSYNC on Linux, fdatasync elsewhere). A write that fails is cut off again, so that the file
 * always ends with a whole record; if not even that works the segment is broken and takes no more.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { PRIVATE_FILE } from '../platform/files.ts';
import { SEGMENT_MAGIC } from './segment-record.ts';

// Absent on Windows and macOS.
const DSYNC: number = constants.O_DSYNC ?? 0;
const MOST_BUFFERS = 1000;

export class Segment {
  readonly path: string;
  readonly createdAt: number;
  readonly #handle: FileHandle;
  #size: number;
  #broken = false;
  /** Messages in it that the log still answers for. */
  live = 0;

  private constructor(path: string, handle: FileHandle, createdAt: number) {
    this.path = path;
    this.#handle = handle;
    this.createdAt = createdAt;
    this.#size = SEGMENT_MAGIC.length;
  }

  static async create(path: string, now: number): Promise<Segment> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | DSYNC;
    const handle = await open(path, flags, PRIVATE_FILE);
    const segment = new Segment(path, handle, now);
    try {
      await handle.write(SEGMENT_MAGIC, 0, SEGMENT_MAGIC.length, 0);
      if (!DSYNC) await handle.datasync();
    } catch (error) {
      await segment.remove();
      throw error;
    }
    return segment;
  }

  /** Bytes written; the next record begins here. */
  get size(): number {
    return this.#size;
  }

  get usable(): boolean {
    return !this.#broken;
  }

  /** Appends buffers in order. @throws what the disk said; then nothing was appended. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    try {
      let at = this.#size;
      for (let from = 0; from < buffers.length; from += MOST_BUFFERS)
        at = await this.#writeAll(buffers.slice(from, from + MOST_BUFFERS), at);
      if (!DSYNC) await this.#handle.datasync();
      this.#size = at;
    } catch (error) {
      await this.#handle.truncate(this.#size).catch(() => {
        this.#broken = true;
      });
      throw error;
    }
  }

  /** writev may write less than it was given, most likely on a disk that is nearly full. */
  async #writeAll(buffers: Buffer[], at: number): Promise<number> {
    let position = at;
    for (let rest = buffers; rest.length > 0; ) {
      const { bytesWritten } = await this.#handle.writev(rest, position);
      if (bytesWritten === 0) throw Object.assign(new Error('the disk takes nothing more'), { code: 'ENOSPC' });
      position += bytesWritten;
      rest = withoutFirst(rest, bytesWritten);
    }
    return position;
  }

  async read(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    let read = 0;
    // A read may give less than there is; only nothing at all is the end.
    for (let more = -1; read < length && more !== 0; read += more)
      more = (await this.#handle.read(buffer, read, length - read, at + read)).bytesRead;
    return buffer.subarray(0, read);
  }

  /** Closes and deletes it; never throws. @returns false when it is still there and would repeat what is done. */
  async remove(): Promise<boolean> {
    await this.close();
    return rm(this.path, { force: true }).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.#broken = true;
    await this.#handle.close().catch(() => {});
  }
}

function withoutFirst(buffers: readonly Buffer[], count: number): Buffer[] {
  let left = count;
  let index = 0;
  while (index < buffers.length && buffers[index]!.length <= left) left -= buffers[index++]!.length;
  const rest = buffers.slice(index);
  if (left > 0) rest[0] = rest[0]!.subarray(left);
  return rest;
}

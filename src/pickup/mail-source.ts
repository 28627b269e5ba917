/** An open file that holds a message, read as often as needed, as pieces with canonical line ends. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { LineEndingNormalizer } from '../message/line-endings.ts';
import { DotCensus } from './dots.ts';

const CHUNK = 64 * 1024;
/** Of libuv: nobody else has the file open. It means nothing elsewhere. */
const EXCLUSIVE_ON_WINDOWS = 0x10000000;

export class MailSource {
  readonly #handle: FileHandle;
  #open = true;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Never follows a link or waits for a pipe, and on Windows nobody else has the file. @throws what the disk says. */
  static async open(path: string): Promise<MailSource> {
    if (process.platform === 'win32') await (await open(path, constants.O_RDONLY | EXCLUSIVE_ON_WINDOWS)).close();
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    return new MailSource(await open(path, flags));
  }

  facts(): Promise<Stats> {
    return this.#handle.stat();
  }

  /** Bytes as they are, fewer at the end. */
  async read(from: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#handle.read(bytes, 0, length, from);
    return bytes.subarray(0, bytesRead);
  }

  async *raw(): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await this.#handle.read(chunk, 0, CHUNK, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  /** @param mark bytes to leave out at the beginning */
  async *text(mark: number): AsyncGenerator<Buffer, void, undefined> {
    const lines = new LineEndingNormalizer();
    let first = true;
    for await (const chunk of this.raw()) {
      yield* lines.push(first ? chunk.subarray(mark) : chunk);
      first = false;
    }
    yield* lines.end();
  }

  /** Whether the dots at the beginnings of lines are doubled, as some programs write them. */
  async wantsUnstuffing(handling: 'AsIs' | 'Unstuff' | 'Auto', mark: number): Promise<boolean> {
    if (handling !== 'Auto') return handling === 'Unstuff';
    const census = new DotCensus();
    for await (const piece of this.text(mark)) census.push(piece);
    return census.stuffed;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

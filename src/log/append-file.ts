/**
 * One open log file that only grows. Opening it repairs what a crash or a full disk may have left:
 * when the last line has no end, it gets one, so that the next line begins a line. An append that
 * fails is cut off again where the platform can do that; the caller then opens the file anew.
 */
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const LINE_END = 0x0a;

export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #inode: number;
  #size: number;
  #checkedAt = performance.now();

  private constructor(path: string, handle: FileHandle, inode: number, size: number) {
    this.path = path;
    this.#handle = handle;
    this.#inode = inode;
    this.#size = size;
  }

  /** Opens or creates a file, and its folder when that is missing. */
  static async open(path: string): Promise<AppendFile> {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const handle = await open(path, 'a+', PRIVATE_FILE);
    try {
      const { ino, size } = await handle.stat();
      const file = new AppendFile(path, handle, ino, size);
      if (size > 0) await file.#endLastLine();
      return file;
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      await this.#handle.appendFile(bytes);
    } catch (error) {
      // Not possible in append mode on Windows; there the piece stays as a broken line.
      await this.#handle.truncate(this.#size).catch(() => {});
      throw error;
    }
    this.#size += bytes.length;
  }

  /**
   * Whether the path still leads to this file. Somebody may have moved or removed it, and then
   * writing would go on without an error, to nowhere. Asked of the disk every `interval` ms only.
   */
  async isInPlace(interval: number): Promise<boolean> {
    if (performance.now() - this.#checkedAt < interval) return true;
    this.#checkedAt = performance.now();
    const stats = await stat(this.path).catch(() => null);
    return stats !== null && stats.ino === this.#inode;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #endLastLine(): Promise<void> {
    const last = Buffer.alloc(1);
    await this.#handle.read(last, 0, 1, this.#size - 1);
    if (last[0] !== LINE_END) await this.append('\n');
  }
}

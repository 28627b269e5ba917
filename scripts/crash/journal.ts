/** Lines that are on the disk when their promise resolves; what comes during a sync shares the next one. */
import { type FileHandle, open } from 'node:fs/promises';

export class Journal {
  readonly #handle: FileHandle;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(path: string): Promise<Journal> {
    return new Journal(await open(path, 'a'));
  }

  append(line: string): Promise<void> {
    this.#lines.push(`${line}\n`);
    this.#next ??= this.#writing.then(async () => {
      const lines = this.#lines.splice(0);
      this.#next = null;
      this.#writing = this.#handle.appendFile(lines.join('')).then(() => this.#handle.datasync());
      await this.#writing;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#next;
    await this.#writing;
    await this.#handle.close();
  }
}

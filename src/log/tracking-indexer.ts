/**
 * Keeps the indexes of the tracking log: whenever a file has become full, and at the start, those that
 * are missing are made, one after the other, in a thread of its own that ends when there is nothing to
 * do. What can't be made is tried again the next time; until then such a file is searched line by line.
 */
import { listLogFiles } from './log-files.ts';
import { logThread } from './log-thread.ts';
import { hasIndex } from './tracking-index.ts';
import { TRACKING_PREFIX } from './tracking-log.ts';

export class TrackingIndexer {
  readonly #folder: () => string;
  readonly #thread = logThread();
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(folder: () => string) {
    this.#folder = folder;
  }

  /** Makes what is missing, in the background. Never fails. */
  run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread.close();
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const files = await listLogFiles(this.#folder(), TRACKING_PREFIX).catch(() => []);
      // The newest is still written.
      for (const { path } of files.slice(0, -1)) {
        if (this.#closed) break;
        if (!(await hasIndex(path))) await this.#thread.call('buildTrackingIndex', path).catch(() => {});
      }
    }
    await this.#thread.close();
  }
}

/**
 * Keeps the indexes of the tracking log: whenever a file has become full, and at the start, those that
 * are missing are made, one after the other, in a thread of its own that ends when there is nothing to
 * do. What can't be made is tried again the next time; until then such a file is searched line by line.
 */
import { Worker } from 'node:worker_threads';
import { listLogFiles } from './log-files.ts';
import { hasIndex } from './tracking-index.ts';
import { TRACKING_PREFIX } from './tracking-log.ts';

const script = new URL(
  import.meta.url.endsWith('.ts') ? './tracking-index-worker.ts' : './tracking-index-worker.js',
  import.meta.url,
);

export class TrackingIndexer {
  readonly #folder: string;
  #worker: Worker | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(folder: string) {
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
    await this.#worker?.terminate();
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const files = await listLogFiles(this.#folder, TRACKING_PREFIX).catch(() => []);
      // The newest is still written.
      for (const { path } of files.slice(0, -1)) {
        if (this.#closed) break;
        if (!(await hasIndex(path))) await this.#build(path);
      }
    }
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #build(path: string): Promise<void> {
    const worker = this.#worker ?? new Worker(script);
    worker.unref();
    this.#worker = worker;
    return new Promise(resolve => {
      const done = () => {
        worker.removeListener('message', done);
        worker.removeListener('error', broken);
        worker.removeListener('exit', broken);
        resolve();
      };
      const broken = () => {
        this.#worker = null;
        done();
      };
      worker.once('message', done);
      worker.once('error', broken);
      worker.once('exit', broken);
      worker.postMessage(path);
    });
  }
}

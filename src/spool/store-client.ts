/**
 * Talks to a store thread: collects the calls of one turn, and of the time while a batch is being
 * committed, into the next batch. There is no timer: a lonely call goes out at once, many at the
 * same time share a commit.
 */
import { Worker } from 'node:worker_threads';
import type { Store } from './store.ts';
import type { ReadMethod, StoreAnswer, StoreCall, StoreMethod, WorkerOptions } from './store-worker.ts';

interface Waiting {
  readonly call: StoreCall;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

const MOST_PER_BATCH = 1000;
/** Rows live for a moment; without a limit their garbage takes several times as much before it is collected. */
const YOUNG_MEGABYTES = 8;
const script = new URL(import.meta.url.endsWith('.ts') ? './store-worker.ts' : './store-worker.js', import.meta.url);

/** Can be asked, and does not write. */
export type ReadClient = StoreClient<ReadMethod>;

export class StoreClient<Methods extends StoreMethod = StoreMethod> {
  readonly #worker: Worker;
  #queue: Waiting[] = [];
  #inFlight: Waiting[] = [];
  #closed: Error | null = null;
  #whenClosed: (() => void) | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answers: StoreAnswer[] | 'closed') =>
      answers === 'closed' ? this.#whenClosed?.() : this.#settle(answers),
    );
    worker.on('error', error => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(new Error('The queue database thread has ended.')));
  }

  /** @throws when queue.db can't be opened; the file is left as it is. */
  static open(path: string): Promise<StoreClient> {
    return StoreClient.#open({ path, readOnly: false });
  }

  /** A second connection, for what may take its time. @throws as `open`. */
  static openReader(path: string): Promise<ReadClient> {
    return StoreClient.#open({ path, readOnly: true });
  }

  static async #open(workerData: WorkerOptions): Promise<StoreClient> {
    const worker = new Worker(script, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES } });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    worker.removeAllListeners('error');
    return new StoreClient(worker);
  }

  call<Name extends Methods>(name: Name, ...args: Parameters<Store[Name]>): Promise<ReturnType<Store[Name]>> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        call: { name, args } as unknown as StoreCall,
        resolve: resolve as (value: never) => void,
        reject,
      });
      if (this.#inFlight.length === 0 && this.#queue.length === 1) queueMicrotask(() => this.#send());
    });
  }

  /** Ends the thread when everything asked for is done. */
  async close(): Promise<void> {
    while (this.#inFlight.length > 0 || this.#queue.length > 0)
      await (this as StoreClient).call('ping').catch(() => {});
    if (this.#closed) return;
    this.#closed = new Error('The queue database is closed.');
    await new Promise<void>(resolve => {
      this.#whenClosed = resolve;
      this.#worker.once('exit', () => resolve());
      this.#worker.postMessage({ close: true });
    });
    await this.#worker.terminate();
  }

  #send(): void {
    if (this.#inFlight.length > 0 || this.#queue.length === 0) return;
    this.#inFlight = this.#queue.splice(0, MOST_PER_BATCH);
    this.#worker.postMessage({ calls: this.#inFlight.map(waiting => waiting.call) });
  }

  #settle(answers: readonly StoreAnswer[]): void {
    const done = this.#inFlight;
    this.#inFlight = [];
    this.#send();
    done.forEach((waiting, index) => {
      const answer = answers[index]!;
      if ('error' in answer)
        waiting.reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }));
      else waiting.resolve(answer.value as never);
    });
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const waiting of [...this.#inFlight, ...this.#queue]) waiting.reject(error);
    this.#inFlight = [];
    this.#queue = [];
  }
}

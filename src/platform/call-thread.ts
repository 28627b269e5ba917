/**
 * Functions that run in a thread of their own: work on gigabytes must keep no session waiting. The thread begins with
 * the first call and ends when nobody has asked for a while; what its functions throw is thrown here, by its message.
 */
import { parentPort, Worker } from 'node:worker_threads';

type Functions = { readonly [Name: string]: (...args: never[]) => Promise<unknown> };
type Call = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
type Answer = { readonly id: number; readonly result?: unknown; readonly error?: string };

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds without a call after which the thread ends. */
const IDLE = 60_000;

export class CallThread<Called extends Functions> {
  readonly #script: URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #calls = 0;

  /** @param script its source, a file that calls `answerCalls` */
  constructor(script: URL) {
    this.#script = import.meta.url.endsWith('.ts') ? script : new URL(script.href.replace(/\.ts$/, '.js'));
  }

  call<Name extends keyof Called & string>(
    name: Name,
    ...args: Parameters<Called[Name]>
  ): Promise<Awaited<ReturnType<Called[Name]>>> {
    const worker = this.#worker ?? this.#begin();
    if (this.#idle !== null) clearTimeout(this.#idle);
    // Whoever waits for an answer keeps the process alive, the thread alone does not.
    worker.ref();
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, name, args } satisfies Call);
    });
  }

  /** Ends the thread; calls that are under way fail. */
  async close(): Promise<void> {
    if (this.#idle !== null) clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#end(new Error('The thread was ended'));
    await worker?.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(this.#script);
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#take(worker, answer));
    worker.on('error', error => worker === this.#worker && this.#end(error as Error));
    worker.on('exit', () => worker === this.#worker && this.#end(new Error('The thread has ended')));
    return worker;
  }

  #take(worker: Worker, { id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(error));
    if (this.#waiting.size > 0) return;
    worker.unref();
    this.#idle = setTimeout(() => void this.close(), IDLE).unref();
  }

  #end(error: Error): void {
    this.#worker = null;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The other side: what the script of a thread does. */
export function answerCalls(functions: Functions): void {
  parentPort!.on('message', ({ id, name, args }: Call) => {
    functions[name]!(...(args as never[])).then(
      result => parentPort!.postMessage({ id, result } satisfies Answer),
      (error: Error) => parentPort!.postMessage({ id, error: error.message } satisfies Answer),
    );
  });
}

/**
 * The thread that owns queue.db. Calls come in batches; a batch is one transaction, so many messages
 * share one sync of the disk. When a batch fails as a whole, its calls are tried one by one, so that
 * one bad call costs the others nothing.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Store } from './store.ts';

export type StoreCall = {
  readonly [Name in StoreMethod]: { readonly name: Name; readonly args: Parameters<Store[Name]> };
}[StoreMethod];
export type StoreMethod = Exclude<keyof Store, 'transaction' | 'close'>;
export type StoreAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly message: string; readonly code: string | null } };

type Request = { readonly calls: readonly StoreCall[] } | { readonly close: true };

const port = parentPort;
if (!port) throw new Error('store-worker.ts runs as a worker thread only.');

const store = new Store((workerData as { path: string }).path);
port.postMessage('open');

const run = (call: StoreCall): StoreAnswer => ({
  value: (store[call.name] as (...args: unknown[]) => unknown)(...call.args),
});

const failed = (error: unknown): StoreAnswer => ({
  error: { message: (error as Error).message, code: (error as NodeJS.ErrnoException).code ?? null },
});

function attempt(calls: readonly StoreCall[]): StoreAnswer[] {
  try {
    return store.transaction(() => calls.map(run));
  } catch (error) {
    return calls.length === 1 ? [failed(error)] : calls.flatMap(call => attempt([call]));
  }
}

port.on('message', (request: Request) => {
  if ('close' in request) {
    store.close();
    port.postMessage('closed');
    port.close();
    return;
  }
  port.postMessage(attempt(request.calls));
});

/**
 * A thread with a connection to queue.db: the one that writes, or one that only reads. Calls come in
 * batches; for the writer a batch is one transaction, so many messages share one sync of the disk.
 * When a batch fails as a whole, its calls are tried one by one, so that one bad call costs the
 * others nothing.
 */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { Store } from './store.ts';
import { StoreReader } from './store-reader.ts';

export type StoreCall = {
  readonly [Name in StoreMethod]: { readonly name: Name; readonly args: Parameters<Store[Name]> };
}[StoreMethod];
export type StoreMethod = Exclude<keyof Store, 'transaction' | 'snapshot' | 'close'>;
export type ReadMethod = Exclude<keyof StoreReader, 'snapshot' | 'close'>;

export interface WorkerOptions {
  readonly path: string;
  readonly readOnly: boolean;
}
export type StoreAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly message: string; readonly code: string | null } };

type Request = { readonly calls: readonly StoreCall[] } | { readonly close: true };

const port = parentPort;
if (!port) throw new Error('store-worker.ts runs as a worker thread only.');

const { path, readOnly } = workerData as WorkerOptions;
const store = readOnly ? openReader() : new Store(path);
port.postMessage('open');

function openReader(): StoreReader {
  const db = new DatabaseSync(path, { readOnly: true });
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;');
  return new StoreReader(db);
}

const run = (call: StoreCall): StoreAnswer => ({
  value: (store as unknown as Record<string, (...args: unknown[]) => unknown>)[call.name]!(...call.args),
});

const failed = (error: unknown): StoreAnswer => ({
  error: { message: (error as Error).message, code: (error as NodeJS.ErrnoException).code ?? null },
});

function attempt(calls: readonly StoreCall[]): StoreAnswer[] {
  try {
    return store instanceof Store ? store.transaction(() => calls.map(run)) : store.snapshot(() => calls.map(run));
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

/** Makes the figures of a report in a thread of its own: gigabytes of the tracking log must keep no session waiting. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Figures } from './aggregate.ts';

const script = new URL(
  import.meta.url.endsWith('.ts') ? './aggregate-worker.ts' : './aggregate-worker.js',
  import.meta.url,
);

/** @param to milliseconds since 1970 @throws Error when the log can't be read */
export async function aggregateInThread(folder: string, days: number, to: number): Promise<Figures> {
  const worker = new Worker(script, { workerData: { folder, days, to } });
  worker.unref();
  try {
    const [figures] = await once(worker, 'message');
    return figures as Figures;
  } finally {
    await worker.terminate();
  }
}

/** The thread that makes the indexes of tracking log files: one path after another, each answered with null or an error's text. */
import { parentPort } from 'node:worker_threads';
import { buildTrackingIndex } from './tracking-index.ts';

parentPort!.on('message', (path: string) => {
  buildTrackingIndex(path).then(
    () => parentPort!.postMessage(null),
    (error: Error) => parentPort!.postMessage(error.message),
  );
});

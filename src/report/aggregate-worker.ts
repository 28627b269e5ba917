/** The thread that reads the tracking log for one report: answers with its figures and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { aggregate } from './aggregate.ts';

const { folder, days, to } = workerData as { folder: string; days: number; to: number };
parentPort!.postMessage(await aggregate(folder, days, to));

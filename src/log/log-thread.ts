/** The readers of logs in a thread of their own: they go through gigabytes in the process that takes mail. */
import { CallThread } from '../platform/call-thread.ts';
import type { findStories } from './message-trace.ts';
import type { readProtocolLog } from './protocol-reader.ts';
import type { buildTrackingIndex } from './tracking-index.ts';
import type { readTrackingLog } from './tracking-reader.ts';

export type LogReaders = {
  readonly readProtocolLog: typeof readProtocolLog;
  readonly readTrackingLog: typeof readTrackingLog;
  readonly findStories: typeof findStories;
  readonly buildTrackingIndex: typeof buildTrackingIndex;
};

export type LogThread = CallThread<LogReaders>;

export const logThread = (): LogThread =>
  new CallThread<LogReaders>(new URL('./log-thread-worker.ts', import.meta.url));

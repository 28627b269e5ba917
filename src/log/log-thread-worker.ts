import { answerCalls } from '../platform/call-thread.ts';
import type { LogReaders } from './log-thread.ts';
import { findStories } from './message-trace.ts';
import { readProtocolLog } from './protocol-reader.ts';
import { buildTrackingIndex } from './tracking-index.ts';
import { readTrackingLog } from './tracking-reader.ts';

answerCalls({ readProtocolLog, readTrackingLog, findStories, buildTrackingIndex } satisfies LogReaders);

/** The thread that reads the tracking log for reports. */
import { answerCalls } from '../platform/call-thread.ts';
import { aggregate } from './aggregate.ts';

export type ReportReaders = { readonly aggregate: typeof aggregate };

answerCalls({ aggregate } satisfies ReportReaders);

/** Reading the logs: what was written a moment ago is in the answer. */
import { explain } from '../../contract/reply-catalogue.ts';
import { traceMessages } from '../../log/message-trace.ts';
import { readProtocolLog } from '../../log/protocol-reader.ts';
import type { RelayLog } from '../../log/relay-log.ts';
import { readTrackingLog } from '../../log/tracking-reader.ts';
import type { PartOf } from '../handlers.ts';

export function logMethods(log: RelayLog): PartOf<'log'> & PartOf<'tracking'> {
  return {
    'log.read': async query => {
      await log.flush();
      return readProtocolLog(log.folders.protocol, query);
    },
    'tracking.trace': async query => {
      await log.flush();
      return traceMessages(log.folders.tracking, query, explain);
    },
    'tracking.read': async query => {
      await log.flush();
      return readTrackingLog(log.folders.tracking, query);
    },
  };
}

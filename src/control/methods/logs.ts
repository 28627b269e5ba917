/** Reading the logs: what was written a moment ago is in the answer. */
import { explain } from '../../contract/reply-catalogue.ts';
import { tellStory } from '../../log/message-trace.ts';
import type { RelayLog } from '../../log/relay-log.ts';
import { numberOfQueueId } from '../../message/queue-id.ts';
import type { PartOf } from '../handlers.ts';
import { mutable } from '../settings-change.ts';

export function logMethods(log: RelayLog): PartOf<'log'> & PartOf<'tracking'> {
  return {
    'log.read': async query => {
      await log.flush();
      return log.reader.call('readProtocolLog', log.folders.protocol, query);
    },
    'tracking.trace': async query => {
      await log.flush();
      const stories = await log.reader.call('findStories', log.folders.tracking, meant(query));
      return mutable(stories.map(story => tellStory(story, explain)));
    },
    'tracking.read': async query => {
      await log.flush();
      return log.reader.call('readTrackingLog', log.folders.tracking, meant(query));
    },
  };
}

/** Who has a queue id, from a 250 or an alert, gives it as the id of the message. No Message-ID looks like one. */
function meant<T extends { messageId?: string; internalMessageId?: string }>(query: T): T {
  const { messageId, internalMessageId, ...rest } = query;
  if (messageId === undefined || internalMessageId !== undefined || numberOfQueueId(messageId) === null) return query;
  return { ...rest, internalMessageId: messageId.toUpperCase() } as T;
}

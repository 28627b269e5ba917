/** Rules of the logging settings that a schema can't say. */
import type { ProblemDetail } from '../contract/problems.ts';
import type { Settings } from './settings.ts';

export const LOGGING_RULES: readonly ((settings: Settings) => ProblemDetail[])[] = [
  // A line without a time is nothing that anybody can find again.
  ({ logging: { protocolLogFields } }) =>
    protocolLogFields.length === 0 || protocolLogFields.includes('time')
      ? []
      : [{ path: 'logging.protocolLogFields', value: protocolLogFields, message: 'must have time among them' }],

  ({ logging: { protocolLogFields, protocolLogFormat } }) => {
    const own = protocolLogFields.filter(field => field.startsWith('x-'));
    if (protocolLogFormat !== 'Compatible' || own.length === 0) return [];
    const message = `can't have ${own.join(', ')} in the format Compatible, which has only the fields of IIS`;
    return [{ path: 'logging.protocolLogFields', value: protocolLogFields, message }];
  },

  // The file in use is never removed, so it may only be a part of what its folder may hold.
  ({ logging }) =>
    (['protocol', 'messageTracking', 'activity'] as const).flatMap(log => {
      const size = logging[`${log}LogMaxFileSize`];
      const total = logging[`${log}LogMaxDirectorySize`];
      if (size === null || size <= total / 2) return [];
      const message = `must be at most half of ${log}LogMaxDirectorySize, which is ${total}`;
      return [{ path: `logging.${log}LogMaxFileSize`, value: size, message }];
    }),
];

/** When a new file of the protocol log begins. Format, fields and folder stay those of this relay. */
import { UNLIMITED } from '../values.ts';
import type { ServerView } from './server-view.ts';

const PERIODS = ['Size', 'Day', 'Week', 'Month', 'Hour'] as const;
const SMALLEST = 65_536;

/** @param largest bytes that one file may have */
export function planLogging(view: ServerView, largest: number): Record<string, unknown> {
  const bySize = { ...planPeriod(view), ...planRollover(view) };
  return { ...bySize, ...planSize(view, largest, bySize.protocolLogPeriod === 'Size') };
}

function planPeriod(view: ServerView): { readonly protocolLogPeriod?: (typeof PERIODS)[number] } {
  if (!view.find('LogFilePeriod')) return {};
  const period = PERIODS[view.numberOf('LogFilePeriod', 1).value];
  view.tell('LogFilePeriod', {
    outcome: period === undefined ? 'Refused' : 'Carried',
    mapsTo: 'logging.protocolLogPeriod',
    newValue: period ?? 'Day',
    ...(period === undefined ? { reason: 'Only 0 to 4 are known.', action: 'Set-SmtpLogging -ProtocolLogPeriod' } : {}),
  });
  return { protocolLogPeriod: period ?? 'Day' };
}

function planRollover(view: ServerView): Record<string, boolean> {
  if (!view.find('LogFileLocaltimeRollover')) return {};
  const { value } = view.truthOf('LogFileLocaltimeRollover', false);
  view.tell('LogFileLocaltimeRollover', {
    outcome: 'Carried',
    mapsTo: 'logging.protocolLogLocalTimeRollover',
    newValue: value,
  });
  return { protocolLogLocalTimeRollover: value };
}

function planSize(view: ServerView, largest: number, bySize: boolean): Record<string, number> {
  if (!view.find('LogFileTruncateSize')) return {};
  const { value } = view.numberOf('LogFileTruncateSize', 20_971_520);
  if (!bySize || value === UNLIMITED) {
    view.tell('LogFileTruncateSize', {
      outcome: 'Ignored',
      reason: bySize ? 'There was no limit; here a file has at most 20 MB.' : 'It holds for logs by size only.',
    });
    return {};
  }
  const protocolLogMaxFileSize = Math.min(largest, Math.max(SMALLEST, value));
  view.tell('LogFileTruncateSize', {
    outcome: protocolLogMaxFileSize === value ? 'Carried' : 'CarriedWithChange',
    mapsTo: 'logging.protocolLogMaxFileSize',
    newValue: protocolLogMaxFileSize,
    ...(protocolLogMaxFileSize === value ? {} : { reason: `Here it is from ${SMALLEST} to ${largest}.` }),
  });
  return { protocolLogMaxFileSize };
}

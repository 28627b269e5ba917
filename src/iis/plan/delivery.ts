/** How mail goes out, and how long it is tried: the way of all mail, limits, retry times, copies of reports. */
import { parseMailbox } from '../../message/address.ts';
import { isHostName } from '../../message/host-name.ts';
import { readRetryMinutes, ValueError } from '../values.ts';
import { type Limit, limitOf } from './limits.ts';
import { tellEmpty } from './listener.ts';
import { type NeededSecret, type PlannedConnector, planDefaultRoute } from './routes.ts';
import type { ServerView } from './server-view.ts';

export interface PlannedDelivery {
  readonly general: Readonly<Record<string, unknown>>;
  /** Limits of every connector. */
  readonly common: Readonly<Record<string, unknown>>;
  readonly connectors: readonly PlannedConnector[];
  readonly secrets: readonly NeededSecret[];
}

/** The server's own route and times. @param taken names of connectors in lower case */
export function planDelivery(view: ServerView, taken: Set<string>): PlannedDelivery {
  const common = planConnectorLimits(view);
  const { connector, secrets } = planDefaultRoute(view, taken, common);
  return {
    general: { ...planTimes(view), ...planOutbound(view), ...planNotices(view), ...planDefaultDomain(view) },
    common,
    connectors: [connector],
    secrets,
  };
}

const OUTBOUND: readonly (Limit & { readonly setting: string })[] = [
  {
    setting: 'maxOutboundConnections',
    property: 'MaxOutConnections',
    schemaDefault: 0,
    usual: 1000,
    min: 1,
    max: 5000,
    unlimited: 5000,
    zeroIsNone: true,
    mapsTo: 'general.maxOutboundConnections',
  },
  {
    setting: 'commandTimeout',
    property: 'RemoteTimeout',
    schemaDefault: 0,
    usual: 600,
    min: 5,
    max: 3600,
    unlimited: 300,
    zeroIsNone: true,
    mapsTo: 'general.commandTimeout',
  },
  {
    setting: 'maxHopCount',
    property: 'HopCount',
    schemaDefault: 10,
    min: 3,
    max: 100,
    unlimited: 30,
    zeroIsNone: true,
    mapsTo: 'general.maxHopCount',
  },
  {
    setting: 'messageExpirationTimeout',
    property: 'SmtpRemoteNDRExpireMinutes',
    schemaDefault: 2880,
    min: 5,
    max: 7_776_000,
    unlimited: 172_800,
    zeroIsNone: true,
    times: 60,
    mapsTo: 'general.messageExpirationTimeout',
  },
  {
    setting: 'delayNotificationTimeout',
    property: 'SmtpRemoteDelayExpireMinutes',
    schemaDefault: 60,
    min: 0,
    max: 7_776_000,
    unlimited: 0,
    zeroIsNone: true,
    times: 60,
    mapsTo: 'general.delayNotificationTimeout',
  },
];

const planOutbound = (view: ServerView): Record<string, unknown> =>
  Object.fromEntries(OUTBOUND.map(limit => [limit.setting, limitOf(view, limit)]));

function planConnectorLimits(view: ServerView): Record<string, unknown> {
  const maxConnections = limitOf(view, {
    property: 'MaxOutConnectionsPerDomain',
    schemaDefault: 0,
    usual: 100,
    min: 1,
    max: 1000,
    unlimited: 1000,
    zeroIsNone: true,
    mapsTo: 'connectors.maxConnections',
  });
  const maxMessagesPerConnection = limitOf(view, {
    property: 'MaxBatchedMessages',
    schemaDefault: 0,
    min: 1,
    max: 100_000,
    unlimited: null,
    zeroIsNone: true,
    mapsTo: 'connectors.maxMessagesPerConnection',
  });
  return { maxConnections, ...(maxMessagesPerConnection === null ? {} : { maxMessagesPerConnection }) };
}

const FRESH_RETRY = [15, 30, 60, 240];

function planTimes(view: ServerView): Record<string, unknown> {
  const mapsTo = 'general.retryInterval';
  const found = view.find('SmtpRemoteProgressiveRetry');
  const isGiven = found !== null && found.value !== null && found.value !== '';
  if (view.find('RemoteRetryInterval')) {
    const old = [view.numberOf('RemoteRetryInterval', 60).value];
    view.tell(
      'RemoteRetryInterval',
      isGiven
        ? { outcome: 'Ignored', reason: 'Of NT 4; replaced by the newer times.' }
        : {
            outcome: 'CarriedWithChange',
            mapsTo,
            newValue: secondsOf(old),
            reason: 'Of NT 4; the newer times are not there.',
          },
    );
    if (!isGiven) {
      if (found) view.tell('SmtpRemoteProgressiveRetry', { outcome: 'Ignored', reason: 'It is empty.' });
      return { retryInterval: secondsOf(old) };
    }
  }
  const { minutes, error } = isGiven ? readTimes(found.value) : { minutes: FRESH_RETRY, error: null };
  const retryInterval = secondsOf(minutes);
  const clamped = minutes.length > 32 || minutes.some((minute, index) => minute * 60 !== retryInterval[index]);
  view.tell('SmtpRemoteProgressiveRetry', {
    outcome: error !== null ? 'Refused' : !isGiven ? 'Defaulted' : clamped ? 'CarriedWithChange' : 'Carried',
    ...(isGiven ? {} : { origin: 'Relay' as const }),
    mapsTo,
    newValue: retryInterval,
    ...(error !== null
      ? { reason: `${error}; the usual times are taken.`, action: 'Set-SmtpRelayConfiguration -RetryInterval' }
      : clamped
        ? { reason: 'Here it is from one minute to a week, and at most 32 times.' }
        : minutes.length < 4
          ? { reason: 'Fewer than four times; the last one repeats.' }
          : {}),
  });
  return { retryInterval };
}

function readTimes(value: unknown): { readonly minutes: readonly number[]; readonly error: string | null } {
  try {
    return { minutes: readRetryMinutes(value), error: null };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return { minutes: FRESH_RETRY, error: error.message };
  }
}

const secondsOf = (minutes: readonly number[]): number[] =>
  minutes.slice(0, 32).map(minute => Math.min(604_800, Math.max(60, minute * 60)));

function planNotices(view: ServerView): Record<string, unknown> {
  const copy = view.text('SendNdrTo');
  if (copy === null) {
    tellEmpty(view, 'SendNdrTo');
    return {};
  }
  const usable = parseMailbox(copy) !== null;
  view.tell(
    'SendNdrTo',
    usable
      ? { outcome: 'Carried', mapsTo: 'general.ndrCopyTo', newValue: copy }
      : {
          outcome: 'Refused',
          mapsTo: 'general.ndrCopyTo',
          reason: 'It is no mail address.',
          action: 'Set-SmtpRelayConfiguration -NdrCopyTo',
        },
  );
  return usable ? { ndrCopyTo: copy } : {};
}

/** The domain that is added to addresses without one. */
function planDefaultDomain(view: ServerView): Record<string, unknown> {
  const defaultDomain = view.text('DefaultDomain');
  if (defaultDomain === null || !isHostName(defaultDomain)) return {};
  view.tell('DefaultDomain', { outcome: 'Carried', mapsTo: 'general.defaultDomain', newValue: defaultDomain });
  return { defaultDomain };
}

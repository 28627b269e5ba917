/** How the servers of a next hop are spoken to; the same for delivery and for a test of the connector. */
import type { Target } from '../route/next-hop.ts';
import { type LogOn, mayBeClear } from './log-on.ts';
import type { TlsMode, TlsParameters } from './tls.ts';

/** From a connector and the general settings. */
export interface HopManners {
  readonly connector: string;
  readonly ehloName: string;
  /** MtaSts and Dane: by the policy of the domain or the records of the host, which each target carries. */
  readonly tls: TlsMode | 'MtaSts';
  readonly tlsParameters: TlsParameters;
  readonly logOn: LogOn | null;
  /** Mail hosts, which anybody can name, are not logged on to. */
  readonly logsOnOnlyToFallbacks: boolean;
  readonly maxMessagesPerConnection: number;
  readonly sourceAddress: string | null;
  readonly forceHelo: boolean;
  /** Milliseconds. */
  readonly idleTimeout: number;
  readonly connectTimeout: number;
  readonly commandTimeout: number;
}

/** How to log on to one server; null where nobody does. */
export const logOnFor = (target: Target, { logOn, logsOnOnlyToFallbacks }: HopManners): LogOn | null =>
  logsOnOnlyToFallbacks && !target.isFallback ? null : logOn;

/** What is asked of TLS with one server. A log-on is never sent in clear text by way of a fall-back. */
export function tlsModeFor(target: Target, manners: HopManners): TlsMode {
  const { tls: wanted } = manners;
  const logOn = logOnFor(target, manners);
  const byPolicy = target.sts?.mode === 'enforce' ? 'Verify' : 'Opportunistic';
  const tls = wanted === 'MtaSts' ? byPolicy : wanted === 'Dane' ? modeByDane(target) : wanted;
  const isOptional = tls === 'None' || tls === 'Opportunistic';
  return logOn && isOptional && !mayBeClear(logOn, target.address) ? 'Required' : tls;
}

/** Without records that DNSSEC proves a host is one like any other (RFC 7672 2.2). */
function modeByDane({ dane }: Target): TlsMode {
  if (dane === undefined) return 'Opportunistic';
  return dane.records.length > 0 ? 'Dane' : 'Required';
}

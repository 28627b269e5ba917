/** What became of each value of the old server, line by line. */

export type Outcome =
  | 'Carried'
  | 'CarriedWithChange'
  | 'Defaulted'
  | 'NotSupported'
  | 'NeedsSecret'
  | 'Ignored'
  | 'Refused'
  | 'UnknownProperty';

/** Where a value comes from: the virtual server, the service above it, one of its domains, IIS's default, or this relay. */
export type Origin = 'Server' | 'Service' | 'Domain' | 'SchemaDefault' | 'Relay';

export interface PlanEntry {
  /** Number of the virtual server; null for what concerns all of them. */
  readonly virtualServer: number | null;
  readonly location: string;
  /** Property of the metabase. */
  readonly setting: string;
  /** Its value in words; null when there is none. A secret is never shown. */
  readonly value: string | null;
  readonly origin: Origin;
  /** Setting of this relay: `listeners[Name].maxMessageSize`; null for none. */
  readonly mapsTo: string | null;
  readonly newValue: string | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  /** What a person has to do; null for nothing. */
  readonly action: string | null;
}

const SECRETS = /^(RoutePassword|LogOdbcPassword|AnonymousUserPass|SmtpDsPassword)$/i;
const LONGEST_VALUE = 500;

/** A value as a person reads it. */
export function shown(setting: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (SECRETS.test(setting)) return '(secret)';
  const text = Array.isArray(value)
    ? value.map(String).join(', ')
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
  const oneLine = text.replace(/[\x00-\x1f\x7f]+/g, ' ');
  return oneLine.length > LONGEST_VALUE ? `${oneLine.slice(0, LONGEST_VALUE)}…` : oneLine;
}

/** What an entry says beside the facts of the value. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly mapsTo?: string;
  readonly newValue?: unknown;
  readonly reason?: string;
  readonly action?: string;
}

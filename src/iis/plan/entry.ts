/** What became of each value of the old server: one entry for each, however many settings come of it. */
import { placeOf } from '../source.ts';

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
  /** Where nothing was stored and IIS has no default: ours. */
  readonly origin?: 'Relay';
  readonly mapsTo?: string;
  readonly newValue?: unknown;
  readonly reason?: string;
  readonly action?: string;
}

/** A value of the old server, or that there is none. */
export interface ValueFacts {
  readonly virtualServer: number | null;
  readonly location: string;
  readonly setting: string;
  readonly value: unknown;
  readonly origin: Origin;
  /** One of several in the value, with an entry of its own. */
  readonly item?: string;
}

/** What is worse counts where several things become of a value. */
const RANK: readonly Outcome[] = [
  'Defaulted',
  'Ignored',
  'Carried',
  'CarriedWithChange',
  'UnknownProperty',
  'NotSupported',
  'NeedsSecret',
  'Refused',
];

export class Entries {
  readonly #merge: boolean;
  readonly #entries = new Map<string, { entry: PlanEntry; readonly isAside: boolean }>();
  readonly #places = new Set<string>();

  /** @param merge the settings of the relay stay; what is said about others than listeners and routes is left out */
  constructor(merge: boolean) {
    this.#merge = merge;
  }

  get all(): PlanEntry[] {
    return [...this.#entries.values()].map(({ entry }) => entry);
  }

  /** Says what becomes of a value; what was said about it before stays said. */
  tell(facts: ValueFacts, verdict: Verdict): void {
    const { virtualServer, location, setting, value, origin, item } = facts;
    const isAside = this.#merge && !isKept(verdict.mapsTo);
    const said: PlanEntry = {
      virtualServer,
      location,
      setting,
      value: shown(setting, item ?? value),
      origin: verdict.origin ?? origin,
      ...(isAside ? ASIDE : plainOf(verdict)),
    };
    const place = `${placeOf(location)}\n${setting.toLowerCase()}`;
    this.#places.add(place);
    const key = `${virtualServer ?? ''}\n${place}\n${item ?? ''}`;
    const before = this.#entries.get(key);
    if (before === undefined || (before.isAside && !isAside)) this.#entries.set(key, { entry: said, isAside });
    else if (isAside === before.isAside) before.entry = joined(before.entry, said);
  }

  /** Whether anything was said about a value of this place, for whatever virtual server. */
  has(location: string, setting: string): boolean {
    return this.#places.has(`${placeOf(location)}\n${setting.toLowerCase()}`);
  }
}

const isKept = (mapsTo: string | undefined): boolean =>
  mapsTo === undefined || mapsTo.startsWith('listeners') || mapsTo.startsWith('connectors[Domain ');

const ASIDE = {
  mapsTo: null,
  newValue: null,
  outcome: 'Ignored',
  reason: 'With -Merge the settings of this relay stay; only listeners and routes of domains are added.',
  action: null,
} as const;

const plainOf = (verdict: Verdict) => ({
  mapsTo: verdict.mapsTo ?? null,
  newValue: verdict.newValue === undefined ? null : shown('', verdict.newValue),
  outcome: verdict.outcome,
  reason: cut(verdict.reason),
  action: cut(verdict.action),
});

const LONGEST_WORDS = 2000;

const cut = (text: string | undefined): string | null =>
  text === undefined ? null : text.length > LONGEST_WORDS ? `${text.slice(0, LONGEST_WORDS)}…` : text;

function joined(first: PlanEntry, second: PlanEntry): PlanEntry {
  const both = (a: string | null, b: string | null, between: string) =>
    a === null || b === null || a === b ? (b ?? a) : a.includes(b) ? a : `${a}${between}${b}`;
  const isSame = first.mapsTo === second.mapsTo;
  return {
    ...first,
    outcome: RANK.indexOf(first.outcome) > RANK.indexOf(second.outcome) ? first.outcome : second.outcome,
    mapsTo: both(first.mapsTo, second.mapsTo, ', '),
    newValue: isSame ? (second.newValue ?? first.newValue) : both(first.newValue, second.newValue, '; '),
    reason: both(first.reason, second.reason, ' '),
    action: both(first.action, second.action, ' '),
  };
}

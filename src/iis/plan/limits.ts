/** Numbers of the old server that have a counterpart here, in the bounds of the settings. */
import { UNLIMITED } from '../values.ts';
import type { ServerView } from './server-view.ts';

export interface Limit {
  readonly property: string;
  /** What holds where nothing is stored: the schema's default. */
  readonly schemaDefault: number;
  /** Taken in its place where that is no limit: what IIS's setup writes. */
  readonly usual?: number;
  readonly mapsTo: string;
  readonly min: number;
  readonly max: number;
  /** What to set where the old server knows no limit. */
  readonly unlimited: number | null;
  /** Whether 0 means none. */
  readonly zeroIsNone: boolean;
  /** Ours for one of theirs; 60 makes seconds of minutes. */
  readonly times?: number;
}

const AS_GOOD_AS_NONE = 1_000_000_000;

/** Reads a limit and reports it. */
export function limitOf(view: ServerView, limit: Limit): number | null {
  const read = view.numberOf(limit.property, limit.schemaDefault);
  const isUsual = limit.usual !== undefined && view.find(limit.property) === null;
  const { value, origin } = isUsual ? { ...read, value: limit.usual! } : read;
  const none = (value === 0 && limit.zeroIsNone) || value === UNLIMITED || value >= AS_GOOD_AS_NONE;
  const wanted = value * (limit.times ?? 1);
  const ours = none ? limit.unlimited : Math.min(limit.max, Math.max(limit.min, wanted));
  const changed = none ? limit.unlimited !== null : ours !== wanted;
  view.tell(limit.property, {
    outcome: origin === 'SchemaDefault' ? 'Defaulted' : changed ? 'CarriedWithChange' : 'Carried',
    mapsTo: limit.mapsTo,
    newValue: ours ?? '(no limit)',
    ...(isUsual
      ? { origin: 'Relay' as const, reason: 'IIS has no limit by default; here it is the one of its setup.' }
      : {}),
    ...(changed && origin !== 'SchemaDefault'
      ? {
          reason: none
            ? 'There was no limit; here it is the largest, or the usual one.'
            : `Here it is from ${limit.min} to ${limit.max}.`,
        }
      : {}),
  });
  return ours;
}

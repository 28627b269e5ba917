/** When the mail of a next hop is tried again, told of and given up: the general settings, or its connector's own. */
import type { AgeQuery } from '../spool/spool.ts';

/** Seconds. */
export interface HopSchedule {
  readonly retryInterval: readonly number[];
  readonly messageExpirationTimeout: number;
  /** 0 for never. */
  readonly delayNotificationTimeout: number;
}

/** Next hops that have a schedule in common. */
export interface HopGroup {
  readonly schedule: HopSchedule;
  readonly hops: AgeQuery['hops'];
}

/**
 * Groups next hops by a part of their schedule. The first group is that of the general schedule and has
 * all hops but those named; so it is short to say, however many hops there are.
 * @param spared hops that are in no group
 */
export function groupHops(
  hops: readonly string[],
  general: HopSchedule,
  scheduleOf: (hop: string) => HopSchedule,
  partOf: (schedule: HopSchedule) => string,
  spared: ReadonlySet<string> = new Set(),
): HopGroup[] {
  const others = new Map<string, { readonly schedule: HopSchedule; readonly only: string[] }>();
  const except = [...spared];
  for (const hop of hops) {
    const schedule = scheduleOf(hop);
    const part = partOf(schedule);
    if (part === partOf(general) || spared.has(hop)) continue;
    except.push(hop);
    const group = others.get(part);
    if (group) group.only.push(hop);
    else others.set(part, { schedule, only: [hop] });
  }
  return [
    { schedule: general, hops: { except } },
    ...[...others.values()].map(({ schedule, only }) => ({ schedule, hops: { only } })),
  ];
}

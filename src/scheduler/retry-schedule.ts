/**
 * How long to wait before the next attempt: the list of the settings, its last value repeating, with
 * a little chance so that mail deferred together does not come back all at once.
 */

const SPREAD = 0.05;

/**
 * @param intervals seconds, not empty
 * @param failures attempts that failed so far, 1 or more
 * @param chance from 0 up to 1
 * @returns milliseconds
 */
export function retryDelay(intervals: readonly number[], failures: number, chance: number): number {
  const seconds = intervals[Math.min(Math.max(failures, 1), intervals.length) - 1]!;
  return Math.round(seconds * 1000 * (1 + SPREAD * chance));
}

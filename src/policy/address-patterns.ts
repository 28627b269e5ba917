/** Lists of addresses with wildcards, as the settings have them. An empty list means any address. */
import { wildcardMatcher } from '../message/wildcard.ts';

// Settings are frozen, and another version of them has other lists.
const known = new WeakMap<readonly string[], readonly ((address: string) => boolean)[]>();

export function isAllowed(patterns: readonly string[], address: string): boolean {
  if (patterns.length === 0) return true;
  let matchers = known.get(patterns);
  if (!matchers) {
    matchers = patterns.map(wildcardMatcher);
    known.set(patterns, matchers);
  }
  return matchers.some(matches => matches(address));
}

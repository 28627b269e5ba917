/** Source addresses that are banned after too many failed log-ons. */
import { RelayProblem } from '../../contract/problems.ts';
import { wildcardMatcher } from '../../message/wildcard.ts';
import type { LogonGuard } from '../../policy/logon-guard.ts';
import { isoTime, type PartOf } from '../handlers.ts';

export interface BanMethodsDependencies {
  readonly guard: LogonGuard;
}

export function banMethods({ guard }: BanMethodsDependencies): PartOf<'ban'> {
  return {
    'ban.list': ({ ipAddress }) => {
      const wanted = wildcardMatcher(ipAddress ?? '*');
      return guard.bans
        .filter(({ source }) => wanted(source))
        .map(({ source, failures, since, until }) => ({
          ipAddress: source,
          failures,
          since: isoTime(since)!,
          expires: isoTime(until)!,
        }));
    },
    'ban.remove': async ({ ipAddress }) => {
      if (await guard.lift(ipAddress)) return { removed: 1 };
      throw new RelayProblem('NotFound', `${ipAddress} is not banned.`, [
        { path: 'ipAddress', value: ipAddress, message: 'is not banned' },
      ]);
    },
  };
}

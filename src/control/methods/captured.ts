/** Mail of connectors of type Capture: seeing it and clearing it. */
import type { Captured, CapturedFacts, CapturedFolder } from '../../bad-mail/captured-folder.ts';
import { RelayProblem } from '../../contract/problems.ts';
import { wildcardMatcher } from '../../message/wildcard.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';

export interface CapturedMethodsDependencies {
  readonly captured: CapturedFolder;
  readonly now: () => number;
}

type CapturedMessage = Result<'captured.list'>[number];

export function capturedMethods({ captured, now }: CapturedMethodsDependencies): PartOf<'captured'> {
  /** @throws RelayProblem NotFound for one that is named and not there */
  async function which(identity: string | undefined): Promise<Captured[]> {
    const found = await captured.list(identity === undefined ? undefined : wildcardMatcher(identity));
    if (found.length > 0 || identity === undefined || /[*?]/.test(identity)) return found;
    throw new RelayProblem('NotFound', `There is no captured message "${identity}".`, [
      { path: 'identity', value: identity, message: 'does not exist' },
    ]);
  }

  return {
    'captured.list': async ({ identity, resultSize }) => {
      const limit = resultSize === undefined ? 1000 : (resultSize ?? Number.POSITIVE_INFINITY);
      const shown: CapturedMessage[] = [];
      for (const one of (await which(identity)).slice(0, limit)) {
        const facts = await captured.read(one);
        if (facts) shown.push(toMessage(facts));
      }
      return shown;
    },
    'captured.clear': async ({ identity, olderThan }) => {
      if (identity === undefined && olderThan === undefined)
        throw new RelayProblem('InvalidParameter', 'Say which: identity or olderThan is missing.', [
          { path: 'identity', message: 'or olderThan is required' },
        ]);
      const before = olderThan === undefined ? Number.POSITIVE_INFINITY : now() - olderThan * 1000;
      const going = (await which(identity)).filter(({ time }) => time < before);
      for (const one of going) await captured.remove(one);
      return { removed: going.length };
    },
  };
}

const toMessage = ({ identity, file, time, size, sender, recipients, subject }: CapturedFacts): CapturedMessage => ({
  identity,
  timestamp: isoTime(time),
  fromAddress: sender === null ? null : sender || '<>',
  recipients: [...recipients],
  subject,
  size,
  file,
});

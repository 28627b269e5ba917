/** The report of a relay: its tracking log in figures, with how it is now. */
import { explain } from '../contract/reply-catalogue.ts';
import type { RelayFacts } from '../control/methods/relay.ts';
import { healthOf, problemsOf } from '../health/problems.ts';
import { CallThread } from '../platform/call-thread.ts';
import type { ReportReaders } from '../report/aggregate-worker.ts';
import { reportPage } from '../report/page.ts';

export interface ReportDependencies {
  readonly trackingFolder: string;
  readonly thread: CallThread<ReportReaders>;
  readonly flush: () => Promise<void>;
  readonly facts: () => Promise<RelayFacts>;
  readonly oldest: () => Promise<number | null>;
  readonly now: () => number;
}

export const reportThread = (): CallThread<ReportReaders> =>
  new CallThread(new URL('../report/aggregate-worker.ts', import.meta.url));

export async function makeReport(deps: ReportDependencies, days: number): Promise<string> {
  await deps.flush();
  const now = deps.now();
  const facts = await deps.facts();
  const problems = problemsOf(facts);
  const oldest = await deps.oldest();
  const queues = facts.queues
    .filter(({ messages }) => messages > 0)
    .sort((a, b) => b.messages - a.messages)
    .slice(0, 10)
    .map(queue => {
      const found = explain(queue.lastError);
      return {
        nextHop: facts.nextHopOf(queue.hop),
        connector: facts.connectorOf(queue.hop),
        status: queue.status,
        messages: queue.messages,
        trouble: queue.firstRetry === null ? null : (now - queue.firstRetry) / 1000,
        lastError: queue.lastError,
        meaning: found?.meaning ?? null,
        action: found?.action ?? null,
      };
    });
  return reportPage(
    {
      name: facts.name,
      version: facts.version,
      health: healthOf(problems),
      warnings: problems.map(({ text }) => text),
      queues,
      oldest: oldest === null ? null : (now - oldest) / 1000,
    },
    await deps.thread.call('aggregate', deps.trackingFolder, days, now),
  );
}

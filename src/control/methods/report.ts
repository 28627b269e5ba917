/** The report to look at. */
import type { PartOf } from '../handlers.ts';

export interface ReportMethodsDependencies {
  /** The page for so many days. */
  readonly report: (days: number) => Promise<string>;
}

export function reportMethods({ report }: ReportMethodsDependencies): PartOf<'report'> {
  return { 'report.create': async ({ days }) => ({ content: await report(days ?? 7) }) };
}

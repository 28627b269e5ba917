/** What the tracking log tells about some days, in figures: one pass over it, flat in memory. */
import { explain } from '../contract/reply-catalogue.ts';
import { DAY, listLogFilesOf } from '../log/log-files.ts';
import { TRACKING_PREFIX } from '../log/tracking-log.ts';
import { type TrackingEntryRow, trackingRowsOf } from '../log/tracking-reader.ts';
import { sizeInWords } from '../message/in-words.ts';

export interface Bucket {
  /** Begin; milliseconds since 1970. */
  readonly from: number;
  /** Messages that came in. */
  received: number;
  /** Recipients. */
  delivered: number;
  deferred: number;
  failed: number;
}

export interface Figure {
  readonly name: string;
  readonly count: number;
  readonly note: string | null;
}

export interface Reason {
  readonly reply: string;
  readonly meaning: string | null;
  readonly action: string | null;
  readonly count: number;
  /** Some of the recipients. */
  readonly examples: readonly string[];
}

export interface Figures {
  readonly from: number;
  readonly to: number;
  /** Milliseconds of a bucket. */
  readonly step: number;
  readonly buckets: readonly Bucket[];
  readonly bytes: number;
  readonly clients: readonly Figure[];
  readonly nextHops: readonly Figure[];
  readonly latencies: readonly Figure[];
  readonly failures: readonly Reason[];
  readonly deferrals: readonly Reason[];
}

const HOUR = 3_600_000;
const SHOWN = 10;
/** Names that are counted one by one; the rest is "(others)". */
const MOST_NAMES = 5000;
const EXAMPLES = 3;
const LATENCIES: readonly (readonly [string, number])[] = [
  ['under 1 s', 1],
  ['1 to 10 s', 10],
  ['10 s to 1 min', 60],
  ['1 to 10 min', 600],
  ['10 min to 1 h', 3600],
  ['over 1 h', Number.POSITIVE_INFINITY],
];

/** @param to milliseconds since 1970 */
export async function aggregate(folder: string, days: number, to: number): Promise<Figures> {
  const step = days <= 2 ? HOUR : days <= 7 ? 6 * HOUR : DAY;
  const count = Math.ceil((days * DAY) / step);
  const end = Math.ceil((to + 1) / step) * step;
  const from = end - count * step;
  const collected = new Collector(from, step, count);
  for (const file of await listLogFilesOf(folder, TRACKING_PREFIX, from, to))
    for await (const rows of trackingRowsOf(file.path, { start: new Date(from).toISOString() }))
      for (const row of rows) collected.add(row);
  return collected.figures(to);
}

class Tally {
  readonly #counts = new Map<string, { count: number; extra: number; examples: string[] }>();

  add(name: string, count: number, extra = 0, examples: readonly string[] = []): void {
    const key = this.#counts.has(name) || this.#counts.size < MOST_NAMES ? name : '(others)';
    const entry = this.#counts.get(key) ?? { count: 0, extra: 0, examples: [] };
    entry.count += count;
    entry.extra += extra;
    for (const example of examples)
      if (entry.examples.length < EXAMPLES && !entry.examples.includes(example)) entry.examples.push(example);
    this.#counts.set(key, entry);
  }

  top(): {
    readonly name: string;
    readonly count: number;
    readonly extra: number;
    readonly examples: readonly string[];
  }[] {
    return [...this.#counts]
      .map(([name, entry]) => ({ name, ...entry }))
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN);
  }
}

class Collector {
  readonly #from: number;
  readonly #step: number;
  readonly #buckets: Bucket[];
  readonly #clients = new Tally();
  readonly #hops = new Tally();
  readonly #failures = new Tally();
  readonly #deferrals = new Tally();
  readonly #latencies = LATENCIES.map(() => 0);
  #bytes = 0;

  constructor(from: number, step: number, count: number) {
    this.#from = from;
    this.#step = step;
    this.#buckets = Array.from({ length: count }, (_, at) => ({
      from: from + at * step,
      received: 0,
      delivered: 0,
      deferred: 0,
      failed: 0,
    }));
  }

  add(row: TrackingEntryRow): void {
    const bucket = this.#buckets[Math.floor((Date.parse(row.timestamp) - this.#from) / this.#step)];
    if (!bucket) return;
    const recipients = Math.max(1, row.recipientCount);
    switch (row.eventId) {
      case 'RECEIVE':
      case 'SUBMIT':
        bucket.received++;
        this.#bytes += row.totalBytes;
        this.#clients.add(row.clientIp ?? `(${row.source.toLowerCase()})`, 1, row.totalBytes);
        return;
      case 'SEND':
      case 'DELIVER':
        bucket.delivered += recipients;
        this.#hops.add(hopOf(row), recipients);
        if (row.messageLatency !== null)
          this.#latencies[LATENCIES.findIndex(([, limit]) => row.messageLatency! < limit)]! += recipients;
        return;
      case 'DEFER':
        bucket.deferred += recipients;
        this.#troubles(this.#deferrals, row);
        return;
      case 'FAIL':
        bucket.failed += recipients;
        this.#troubles(this.#failures, row);
    }
  }

  #troubles(tally: Tally, { recipients, recipientStatus }: TrackingEntryRow): void {
    recipients.forEach((recipient, at) => {
      tally.add(withoutParticulars(recipientStatus[at] ?? recipientStatus[0] ?? '(no reason)'), 1, 0, [recipient]);
    });
  }

  figures(to: number): Figures {
    const reasons = (tally: Tally): Reason[] =>
      tally.top().map(({ name, count, examples }) => {
        const found = explain(name);
        return { reply: name, meaning: found?.meaning ?? null, action: found?.action ?? null, count, examples };
      });
    return {
      from: this.#from,
      to,
      step: this.#step,
      buckets: this.#buckets,
      bytes: this.#bytes,
      clients: this.#clients.top().map(({ name, count, extra }) => ({ name, count, note: sizeInWords(extra) })),
      nextHops: this.#hops.top().map(({ name, count }) => ({ name, count, note: null })),
      latencies: LATENCIES.map(([name], at) => ({ name, count: this.#latencies[at]!, note: null })),
      failures: reasons(this.#failures),
      deferrals: reasons(this.#deferrals),
    };
  }
}

function hopOf({ connectorId, serverHostname, serverIp }: TrackingEntryRow): string {
  const host = serverHostname ?? serverIp;
  return [connectorId, host].filter(Boolean).join(' \u2192 ') || '(drop folder)';
}

/** Addresses and numbers of messages and sessions would make one reason into many. */
function withoutParticulars(status: string): string {
  return status
    .replace(/<[^<>\s]+@[^<>\s]+>/g, '<...>')
    .replace(/[\w.+-]+@[\w.-]+\.\w+/g, '...@...')
    .replace(/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{12,}\b/g, '...')
    .slice(0, 300);
}

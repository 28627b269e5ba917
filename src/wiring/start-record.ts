/**
 * `starts.json` remembers the last starts and whether each came to a clean end, so that a relay which the
 * system starts again and again says so. It is a help for people: when it can't be read or written, the
 * relay starts all the same.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../platform/files.ts';

interface Start {
  /** ISO 8601. */
  readonly time: string;
  readonly clean: boolean;
}

const KEPT = 20;
const HOUR = 3_600_000;

export class StartRecord {
  readonly #path: string;
  readonly #starts: readonly Start[];

  private constructor(path: string, starts: readonly Start[]) {
    this.#path = path;
    this.#starts = starts;
  }

  /** Notes a start. Only for who holds the lock of the data folder. @param now milliseconds since 1970 */
  static async begin(dataFolder: string, now: number): Promise<StartRecord> {
    const path = join(dataFolder, 'starts.json');
    const starts = [...(await read(path)), { time: new Date(now).toISOString(), clean: false }].slice(-KEPT);
    const record = new StartRecord(path, starts);
    await record.#write(starts);
    return record;
  }

  /** A sentence about starts in the hour before that did not end as they should; null when all is well. */
  trouble(now: number): string | null {
    const broken = this.#starts.slice(0, -1).filter(({ time, clean }) => !clean && now - Date.parse(time) < HOUR);
    if (broken.length === 0) return null;
    const times = broken.length === 1 ? 'once' : `${broken.length} times`;
    return `The relay ended unexpectedly ${times} within the last hour; the start before this was at ${broken.at(-1)!.time}. Look into logs/activity and logs/console.log.`;
  }

  /** This start has come to its clean end. */
  async end(): Promise<void> {
    await this.#write([...this.#starts.slice(0, -1), { ...this.#starts.at(-1)!, clean: true }]);
  }

  async #write(starts: readonly Start[]): Promise<void> {
    await writeFileAtomic(this.#path, `${JSON.stringify({ starts })}\n`).catch(() => {});
  }
}

async function read(path: string): Promise<readonly Start[]> {
  try {
    const { starts } = JSON.parse(await readFile(path, 'utf8')) as { starts: readonly Start[] };
    return starts.filter(({ time, clean }) => !Number.isNaN(Date.parse(time)) && typeof clean === 'boolean');
  } catch {
    return [];
  }
}

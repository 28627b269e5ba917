/**
 * The records of any protocol log we can read: ours, and the W3C, IIS and NCSA files of the old SMTP
 * service. The format is told by the lines themselves, so a folder may hold a mixture.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { dayOf } from './log-files.ts';
import { readIisLine, readNcsaLine } from './old-formats.ts';
import { decodeLine, linesWith, type RawFinder, withoutReturn } from './read-lines.ts';
import { type W3cRecord, W3cRecords } from './w3c-records.ts';

export class LogLines {
  readonly #w3c: W3cRecords;
  readonly #find: RawFinder | null;
  #other: ((line: string) => W3cRecord | null) | null = null;

  /**
   * @param fileDay YYYYMMDD, for lines that come before any date
   * @param find a cheap search in the raw text before lines are taken apart; null looks at all of them
   */
  constructor(fileDay: string, find: RawFinder | null = null) {
    this.#w3c = new W3cRecords(fileDay);
    this.#find = find;
  }

  /** The records of a block of whole lines, without most of those that can't be wanted. */
  read(block: string): W3cRecord[] {
    const records: W3cRecord[] = [];
    for (const raw of this.#candidates(block)) {
      const record = this.#record(raw);
      if (record !== null) records.push(record);
    }
    return records;
  }

  #candidates(block: string): string[] {
    const find = this.#find;
    // What a directive changes holds for the lines behind it; a log without dates counts its midnights.
    if (find === null || this.#w3c.countsDays || block.startsWith('#') || block.includes('\n#'))
      return block.split('\n');
    return linesWith(block, find);
  }

  #record(raw: string): W3cRecord | null {
    if (this.#find !== null && !raw.startsWith('#') && this.#find(raw, 0) === -1) {
      if (this.#w3c.countsDays) this.#w3c.see(raw);
      return null;
    }
    const line = decodeLine(withoutReturn(raw));
    if (line.startsWith('#')) this.#other = null;
    else if (!this.#w3c.hasFields) {
      this.#other ??= [readNcsaLine, readIisLine].find(read => read(line) !== null) ?? null;
      return this.#other?.(line) ?? null;
    }
    return this.#w3c.read(line);
  }
}

/** The day that a file's name tells (ours: `u_ex20260304.log`; IIS: `u_ex240304.log`, `ex24030405.log`), or of its last change. */
export async function dayOfFile(path: string): Promise<string> {
  const [, six = null, two = ''] = /^[a-z_]*(\d{6})(\d\d)?(?:-\d+)?\.log$/i.exec(basename(path)) ?? [];
  // Eight digits: a year of ours is no month of a short one (2026.. would be month 26).
  if (six !== null) return two !== '' && Number(six.slice(2, 4)) > 12 ? six + two : `20${six}`;
  const changed = await stat(path).then(
    stats => stats.mtimeMs,
    () => Date.now(),
  );
  return dayOf(changed);
}

/**
 * Reads W3C extended lines as records by field name. The latest `#Fields` line rules, since it may
 * change in the middle of a file; without a date field the date comes from `#Date`, a day being
 * added when the time runs back over midnight. A line that does not fit is left out, never fatal.
 */
import { DAY, startOfDay } from './log-files.ts';

/** Fields of a line as written (not decoded), with its time in milliseconds since 1970. */
export interface W3cRecord {
  readonly time: number;
  get(field: string): string | undefined;
}

const HALF_DAY = DAY / 2;

export class W3cRecords {
  #fields = new Map<string, number>();
  #date: number | null;
  #lastTime = 0;

  /** @param fileDay YYYYMMDD of the file's name, for lines before any `#Date`. */
  constructor(fileDay: string) {
    const start = startOfDay(fileDay);
    this.#date = Number.isNaN(start) ? null : start;
  }

  /** Whether a `#Fields` line has come: before it, nothing can be read. */
  get hasFields(): boolean {
    return this.#fields.size > 0;
  }

  /** Whether the date is counted from the times, which then must all be seen. */
  get countsDays(): boolean {
    return this.#fields.has('time') && !this.#fields.has('date');
  }

  /** Takes notice of a line's time only. */
  see(line: string): void {
    if (this.#fields.get('time') === 0) this.#timeOf(undefined, line.slice(0, line.indexOf(' ')));
    else this.read(line);
  }

  /** The record of a line; null for a directive, and for what cannot be read. */
  read(line: string): W3cRecord | null {
    if (line.startsWith('#')) {
      this.#directive(line);
      return null;
    }
    const values = line.split(' ');
    // Some writers leave a blank at the end of a line.
    if (values.at(-1) === '') values.pop();
    if (this.#fields.size === 0 || values.length !== this.#fields.size) return null;
    const get = (field: string) => values[this.#fields.get(field) ?? -1];
    const time = this.#timeOf(get('date'), get('time'));
    return time === null ? null : { time, get };
  }

  #directive(line: string): void {
    const [name, ...rest] = line.split(' ').filter(part => part !== '');
    if (name === '#Fields:') this.#fields = new Map(rest.map((field, position) => [field, position]));
    if (name !== '#Date:') return;
    const start = Date.parse(`${rest[0]}T00:00:00Z`);
    if (Number.isNaN(start)) return;
    this.#date = start;
    this.#lastTime = 0;
  }

  #timeOf(date: string | undefined, time: string | undefined): number | null {
    if (time === undefined || !/^\d\d:\d\d:\d\d(?:\.\d+)?$/.test(time)) return null;
    if (date !== undefined) {
      const moment = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T${time}Z`) : Number.NaN;
      return Number.isNaN(moment) ? null : moment;
    }
    const sinceMidnight = Date.parse(`1970-01-01T${time}Z`);
    if (this.#date === null || Number.isNaN(sinceMidnight)) return null;
    // Back by seconds is only disorder among lines; back by most of a day is midnight.
    if (sinceMidnight < this.#lastTime - HALF_DAY) this.#date += DAY;
    this.#lastTime = sinceMidnight;
    return this.#date + sinceMidnight;
  }
}

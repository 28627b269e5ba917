/**
 * The names of log files. Ours begin with a prefix and the whole year: `u_ex20260304.log`, by hour
 * `u_ex2026030405.log`, by week `u_ex202603w1.log`, by month `u_ex202603.log`; those of the IIS SMTP service have
 * two digits for the year: `ex260304.log`, `ex26030405.log`, `ex260301.log`, `ex2603.log`. By size both count:
 * `u_extend1.log`, `extend1.log`. A week is a row of the month's calendar, from Sunday, so no file holds days of
 * two months. Where a period needs more than one file, `-2`, `-3` ... follow.
 */

export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** What begins a new file. */
export type LogPeriod = 'Hour' | 'Day' | 'Week' | 'Month' | 'Size';

export interface LogNames {
  readonly prefix: string;
  readonly period: LogPeriod;
  /** Periods begin by the clock of this computer, not by UTC; the lines themselves know only UTC. */
  readonly localTime: boolean;
}

/** Of the IIS SMTP service; its files are named its way. */
export const IIS_PREFIX = 'ex';

/** Part of a file's name; files by size have no time in theirs. */
const BY_SIZE = 'tend';

export interface NameParts {
  /** What stands between prefix and index; the same for all lines of one period. */
  readonly key: string;
  /** 1 for the first file of a period. */
  readonly index: number;
  /** The time the name tells, milliseconds since 1970, the end being the first that is out; null by size. */
  readonly span: { readonly from: number; readonly to: number } | null;
}

/** The UTC day of a time, as it stands in file names. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

/** Midnight (UTC) at which a day begins; NaN for a day that does not exist. */
export const startOfDay = (day: string): number =>
  Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T00:00:00Z`);

const two = (value: number): string => String(value).padStart(2, '0');

/** The key of the file that the lines of a time go to. */
export function keyOf({ prefix, period, localTime }: LogNames, time: number): string {
  if (period === 'Size') return BY_SIZE;
  const date = new Date(time);
  const [year, month, day, hour] = localTime
    ? [date.getFullYear(), date.getMonth(), date.getDate(), date.getHours()]
    : [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const isIis = prefix === IIS_PREFIX;
  const head = `${isIis ? two(year % 100) : year}${two(month + 1)}`;
  if (period === 'Month') return head;
  if (period === 'Week') return `${head}${isIis ? '0' : 'w'}${rowOf(year, month, day)}`;
  return `${head}${two(day)}${period === 'Hour' ? two(hour) : ''}`;
}

/** When the period of a time ends, milliseconds since 1970 (by UTC, whatever clock it follows); null by size. */
export function endOfPeriod({ period }: LogNames, time: number): number | null {
  if (period === 'Size') return null;
  const length = period === 'Hour' ? HOUR : DAY;
  if (period === 'Hour' || period === 'Day') return Math.floor(time / length) * length + length;
  const date = new Date(time);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const nextMonth = Date.UTC(year, month + 1, 1);
  if (period === 'Month') return nextMonth;
  return Math.min(nextMonth, Date.UTC(year, month, day - date.getUTCDay() + 7));
}

/** The row of a month's calendar in which a day stands, 1 to 6; rows begin on Sunday. */
function rowOf(year: number, month: number, day: number): number {
  const first = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Math.floor((day - 1 + first) / 7) + 1;
}

export function fileNameOf(prefix: string, key: string, index: number): string {
  if (key === BY_SIZE) return `${prefix}${key}${index}.log`;
  return `${prefix}${key}${index === 1 ? '' : `-${index}`}.log`;
}

const SIZED = /^tend([1-9]\d{0,8})\.log$/;
const OURS = /^((\d{4})(\d\d)(?:(\d\d)(\d\d)?|w([1-6]))?)(?:-([1-9]\d{0,8}))?\.log$/;
const IIS = /^((\d\d)(\d\d)(?:(\d\d)(\d\d)?)?)(?:-([1-9]\d{0,8}))?\.log$/;

/** What a file's name tells; null for a name that is none of these, or tells a time that does not exist. */
export function readFileName(prefix: string, name: string): NameParts | null {
  if (!name.startsWith(prefix)) return null;
  const rest = name.slice(prefix.length);
  const sized = SIZED.exec(rest);
  if (sized) return { key: BY_SIZE, index: Number(sized[1]), span: null };
  return prefix === IIS_PREFIX ? readIisName(rest) : readOurName(rest);
}

function readOurName(rest: string): NameParts | null {
  const [, key, year, month, day, hour, week, index] = OURS.exec(rest) ?? [];
  if (key === undefined) return null;
  // A file of IIS for UTF-8 begins with a year of two digits and a month: 20 and 13 can't be that.
  if (!/^20(1[3-9]|[2-9]\d)$/.test(year!)) return null;
  const span = week === undefined ? spanOf(year!, month!, day, hour) : spanOfRow(year!, month!, Number(week));
  return span && { key, index: Number(index ?? 1), span };
}

function readIisName(rest: string): NameParts | null {
  const [, key, year, month, day, hour, index] = IIS.exec(rest) ?? [];
  if (key === undefined) return null;
  let span = spanOf(`20${year}`, month!, day, hour);
  // 260301 is the first day of March or its first week: it may have lines of both.
  if (hour === undefined && day !== undefined && Number(day) >= 1 && Number(day) <= 6) {
    const row = spanOfRow(`20${year}`, month!, Number(day));
    if (span && row) span = { from: Math.min(span.from, row.from), to: Math.max(span.to, row.to) };
  }
  return span && { key, index: Number(index ?? 1), span };
}

type Span = NonNullable<NameParts['span']>;

function monthOf(year: string, month: string): Span | null {
  const at = Number(month);
  if (at < 1 || at > 12) return null;
  return { from: Date.UTC(Number(year), at - 1, 1), to: Date.UTC(Number(year), at, 1) };
}

function spanOf(year: string, month: string, day: string | undefined, hour: string | undefined): Span | null {
  const whole = monthOf(year, month);
  if (whole === null || day === undefined) return whole;
  const from = whole.from + (Number(day) - 1) * DAY;
  if (from < whole.from || from >= whole.to) return null;
  if (hour === undefined) return { from, to: from + DAY };
  return Number(hour) > 23 ? null : { from: from + Number(hour) * HOUR, to: from + (Number(hour) + 1) * HOUR };
}

function spanOfRow(year: string, month: string, row: number): Span | null {
  const whole = monthOf(year, month);
  if (whole === null) return null;
  const sunday = whole.from - new Date(whole.from).getUTCDay() * DAY + (row - 1) * 7 * DAY;
  const span = { from: Math.max(whole.from, sunday), to: Math.min(whole.to, sunday + 7 * DAY) };
  return span.from < span.to ? span : null;
}

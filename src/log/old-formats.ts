/**
 * The two other text formats of the IIS SMTP service as records with W3C field names, so that everything
 * after this file knows one kind of record. Both have local time: NCSA with its offset; the IIS format
 * without one, which is taken as that of this computer. A line that does not fit is null.
 */
import type { W3cRecord } from './w3c-records.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// Quotes inside the request are not escaped: it ends at the last quote before the two numbers.
const NCSA =
  /^(\S+) (\S+) (.*?) \[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] "(.*)" (\d+|-) (\d+|-)$/;

const recordOf = (time: number, values: Readonly<Record<string, string>>): W3cRecord | null =>
  Number.isNaN(time) ? null : { time, get: field => values[field] };

export function readNcsaLine(line: string): W3cRecord | null {
  const match = NCSA.exec(line);
  if (match === null) return null;
  const [, client, , user, day, monthName, year, time, hours, minutes, request, status, bytes] = match;
  const month = MONTHS.indexOf(monthName!) + 1;
  const moment = Date.parse(`${year}-${String(month).padStart(2, '0')}-${day}T${time}${hours}:${minutes}`);
  const [, method, stem, query] = /^(\S+) (\S*?)(?:\?(.*?))?(?: SMTP)?$/.exec(request!) ?? [];
  if (month === 0 || method === undefined) return null;
  return recordOf(moment, {
    'c-ip': client!,
    'cs-username': user!,
    'cs-method': method,
    'cs-uri-stem': stem ?? '-',
    'cs-uri-query': query ?? '-',
    'sc-status': status!,
    'sc-bytes': bytes!,
  });
}

const IIS_FIELDS = [
  'c-ip',
  'cs-username',
  'date',
  'time',
  's-sitename',
  's-computername',
  's-ip',
  'time-taken',
  'cs-bytes',
  'sc-bytes',
  'sc-status',
  'sc-win32-status',
  'cs-method',
  'cs-uri-stem',
];

/** `192.0.2.10, APPSRV01, 3/4/24, 5:00:15, SMTPSVC1, RELAY01, 192.0.2.25, 0, 31, 44, 250, 0, MAIL, -, +FROM:<a@b>,` */
export function readIisLine(line: string): W3cRecord | null {
  const parts = line.split(', ');
  if (parts.length < IIS_FIELDS.length) return null;
  const values: Record<string, string> = {};
  for (const [position, field] of IIS_FIELDS.entries()) values[field] = parts[position]!.trim() || '-';
  values['cs-uri-query'] = parts.slice(IIS_FIELDS.length).join(', ').replace(/,\s*$/, '') || '-';
  values['cs-uri-stem'] = values['cs-uri-stem']!.replace(/,$/, '') || '-';
  const date = /^(\d{1,2})\/(\d{1,2})\/(\d\d|\d{4})$/.exec(values.date!);
  const time = /^(\d{1,2}):(\d\d):(\d\d)$/.exec(values.time!);
  if (date === null || time === null) return null;
  const year = Number(date[3]) + (date[3]!.length === 2 ? 2000 : 0);
  const [hour, minute, second] = time.slice(1).map(Number) as [number, number, number];
  return recordOf(new Date(year, Number(date[1]) - 1, Number(date[2]), hour, minute, second).getTime(), values);
}

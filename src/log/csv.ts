/**
 * CSV as RFC 4180 has it, one record a line: values with a comma or a quote are quoted. A control
 * character or line end inside a value becomes a blank, so that a record is always exactly one
 * line and can be read line by line.
 */

const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;
const NEEDS_QUOTES = /[",]|^[ #]| $/;

export function toCsv(values: readonly (string | number | null)[]): string {
  return values
    .map(value => {
      if (value === null) return '';
      if (typeof value === 'number') return String(value);
      const text = value.replace(CONTROL, ' ');
      return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

/** The values of one record; null when its quotes are not in order. */
export function fromCsv(line: string): string[] | null {
  const values: string[] = [];
  for (let at = 0; ; at += 1) {
    if (line[at] === '"') {
      const end = endOfQuoted(line, at + 1);
      if (end === -1) return null;
      values.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const comma = line.indexOf(',', at);
      const end = comma === -1 ? line.length : comma;
      values.push(line.slice(at, end));
      at = end;
    }
    if (at >= line.length) return values;
    if (line[at] !== ',') return null;
  }
}

/** Where the closing quote stands, two quotes being one of the text; -1 when there is none. */
function endOfQuoted(line: string, from: number): number {
  let quote = line.indexOf('"', from);
  while (quote !== -1 && line[quote + 1] === '"') quote = line.indexOf('"', quote + 2);
  return quote;
}

/** Several addresses in one value. */
export const joinList = (items: readonly string[]): string => items.join(';');

/** Takes a list apart again; a semicolon in a quoted local part (`"a;b"@example.com`) is text. */
export function splitList(value: string): string[] {
  if (value === '') return [];
  const items: string[] = [];
  let quoted = false;
  let from = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === '"') quoted = !quoted;
    else if (quoted && value[at] === '\\') at += 1;
    else if (!quoted && value[at] === ';') {
      items.push(value.slice(from, at));
      from = at + 1;
    }
  }
  // A quote that does not close cannot be trusted to protect anything.
  return quoted ? value.split(';') : [...items, value.slice(from)];
}

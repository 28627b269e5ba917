/**
 * Values of a W3C extended log as IIS writes them: one blank between values, `-` for an empty one,
 * `+` for a blank inside one. A value never holds a blank, a control character or a line end, so
 * nothing a client says can make a second line or another field. Non-ASCII stays (UTF-8).
 */

/** Longest value; what is longer is cut. */
export const VALUE_LIMIT = 1000;

const TROUBLE = /[\x00-\x1f\x7f-\x9f\s]/;
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
const BLANK = /\s/g;

// A literal plus is not escaped, so reading must guess. Addresses are where a plus is common and a
// blank is not, so one inside <...@...> stays.
const PLUS = /<[^<>"@]*@[^<>"@]*>|\+/g;

function cut(value: string): string {
  if (value.length <= VALUE_LIMIT) return value;
  const splitsPair = value.charCodeAt(VALUE_LIMIT - 1) >> 10 === 0xd800 >> 10;
  return value.slice(0, splitsPair ? VALUE_LIMIT - 1 : VALUE_LIMIT);
}

export function toW3c(value: string | null): string {
  if (value === null || value === '') return '-';
  const short = cut(value);
  return TROUBLE.test(short) ? short.replace(CONTROL, '?').replace(BLANK, '+') : short;
}

export function fromW3c(value: string | undefined): string | null {
  if (value === undefined || value === '-') return null;
  return value.includes('+') ? value.replace(PLUS, match => (match === '+' ? ' ' : match)) : value;
}

/**
 * What of a filter the database can test before anything is read: a condition that holds for every
 * message the filter holds for, and perhaps for more. Null when nothing can be said. Pure.
 */
import type { Condition, NumberColumn, TextColumn } from '../spool/condition.ts';
import type { Filter } from './filter.ts';

const TEXT_COLUMNS: Readonly<Record<string, TextColumn>> = {
  FromAddress: 'reversePath',
  Subject: 'subject',
  InternetMessageId: 'internetMessageId',
  InternalMessageId: 'id',
  Recipients: 'recipient',
};
const NUMBER_COLUMNS: Readonly<Record<string, NumberColumn>> = { Size: 'size', DateReceived: 'receivedAt' };
const COMPARISONS = { eq: '=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;

export function conditionOf(filter: Filter): Condition | null {
  if (filter.kind === 'not') return null;
  if (filter.kind === 'is') return comparison(filter);
  const [left, right] = [conditionOf(filter.left), conditionOf(filter.right)];
  if (filter.kind === 'and' && (left === null || right === null)) return left ?? right;
  return left && right ? { kind: filter.kind, left, right } : null;
}

function comparison({ property, operator, value }: Extract<Filter, { kind: 'is' }>): Condition | null {
  const numberColumn = NUMBER_COLUMNS[property];
  if (numberColumn) {
    const sql = COMPARISONS[operator as keyof typeof COMPARISONS];
    const number = typeof value === 'string' ? Date.parse(value) : value;
    return sql && typeof number === 'number'
      ? { kind: 'compare', column: numberColumn, operator: sql, value: number }
      : null;
  }
  const column = TEXT_COLUMNS[property];
  if (!column || value === null) return null;
  const pattern = patternOf(operator, String(value), column);
  if (pattern === null) return null;
  const like: Condition = { kind: 'like', column, pattern };
  // The empty reverse-path is shown as <>, which is no text of the column.
  return column === 'reversePath' ? { kind: 'or', left: like, right: { kind: 'like', column, pattern: '' } } : like;
}

/** An asterisk or a question mark in a text that is no pattern lets more pass, which does no harm. */
function patternOf(operator: string, text: string, column: TextColumn): string | null {
  if (operator === 'like' || operator === 'eq') return text;
  if (operator === 'contains') return column === 'recipient' ? text : `*${text}*`;
  return null;
}

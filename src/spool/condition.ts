/**
 * What a search through the queue can leave to the database: a condition on columns of a message that
 * holds for everything that is looked for, and perhaps for more. Whoever asks tests the rest. Pure.
 */
export type TextColumn = 'id' | 'reversePath' | 'subject' | 'internetMessageId' | 'recipient';
export type NumberColumn = 'size' | 'receivedAt';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  /** `*` any characters, `?` exactly one, without regard to case. */
  | { readonly kind: 'like'; readonly column: TextColumn; readonly pattern: string }
  | {
      readonly kind: 'compare';
      readonly column: NumberColumn;
      readonly operator: '=' | '<' | '<=' | '>' | '>=';
      readonly value: number;
    };

export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export function toSql(condition: Condition): SqlCondition {
  if (condition.kind === 'compare')
    return { sql: `${condition.column} ${condition.operator} ?`, values: [condition.value] };
  if (condition.kind === 'like') {
    const like = likePattern(condition.pattern);
    if (condition.column !== 'recipient') return { sql: likeSql(condition.column), values: [like] };
    const sql = `EXISTS (SELECT 1 FROM recipient AS r WHERE r.message = number AND ${likeSql('r.address')})`;
    return { sql, values: [like] };
  }
  const [left, right] = [toSql(condition.left), toSql(condition.right)];
  return {
    sql: `(${left.sql} ${condition.kind.toUpperCase()} ${right.sql})`,
    values: [...left.values, ...right.values],
  };
}

/**
 * LIKE knows case for ASCII only, and some letters beyond it fold to ASCII or to several: a text with
 * anything but printable ASCII always passes, and in the pattern that stands for anything.
 */
const likeSql = (column: string) => `(${column} LIKE ? ESCAPE '\\' OR ${column} GLOB '*[^ -~]*')`;

const likePattern = (pattern: string) =>
  pattern
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_')
    .replace(/[^ -~]+/g, '%');

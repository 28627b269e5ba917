/**
 * Lists of mailboxes as they stand in header fields and envelope lines (RFC 5322 3.4), cut into their parts:
 * the one place that knows what a comma within quotes, brackets or comments means. Pure; never throws, and
 * looks at each character a fixed number of times, because anyone may have written the text.
 */

/** A part of the text by its offsets. What is never closed goes on to the end. */
export interface Token {
  readonly kind: 'text' | 'quoted' | 'comment' | 'angle' | 'literal' | 'special';
  readonly from: number;
  readonly to: number;
}

/** What stands between two commas or semicolons, without the name of a group. */
export interface Piece {
  readonly tokens: readonly Token[];
  /** Without comments and without what is in angle brackets. */
  readonly text: string;
  /** What is in angle brackets, without comments; null when there are none. */
  readonly angle: string | null;
  /** Where the address stands; null where none can be told. */
  readonly address: Span | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** Offset of the angle bracket before it, or `from`. */
  readonly opens: number;
}

const BEGINS: Readonly<Record<string, Token['kind']>> = {
  '"': 'quoted',
  '(': 'comment',
  '<': 'angle',
  '[': 'literal',
  ',': 'special',
  ';': 'special',
  ':': 'special',
};

/** Every character is in exactly one of them. */
export function tokensOf(value: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < value.length; ) {
    const from = at;
    const kind = BEGINS[value[at]!] ?? 'text';
    at = endOf(kind, value, at);
    tokens.push({ kind, from, to: at });
  }
  return tokens;
}

function endOf(kind: Token['kind'], value: string, from: number): number {
  switch (kind) {
    case 'quoted':
      return endOfQuoted(value, from);
    case 'comment':
      return endOfComment(value, from);
    case 'angle':
      return endOfAngle(value, from);
    case 'literal': {
      const end = value.indexOf(']', from);
      return end === -1 ? value.length : end + 1;
    }
    case 'special':
      return from + 1;
    case 'text': {
      let at = from + 1;
      while (at < value.length && BEGINS[value[at]!] === undefined) at++;
      return at;
    }
  }
}

function endOfQuoted(value: string, from: number): number {
  for (let at = from + 1; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === '"') return at + 1;
  }
  return value.length;
}

function endOfComment(value: string, from: number): number {
  let depth = 0;
  for (let at = from; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === '(') depth++;
    else if (value[at] === ')' && --depth === 0) return at + 1;
  }
  return value.length;
}

function endOfAngle(value: string, from: number): number {
  for (let at = from + 1; at < value.length; ) {
    if (value[at] === '"') at = endOfQuoted(value, at);
    else if (value[at] === '(') at = endOfComment(value, at);
    else if (value[at++] === '>') return at;
  }
  return value.length;
}

/** The pieces of a list, also those that are no address. */
export function piecesOf(value: string): Piece[] {
  const pieces: Piece[] = [];
  let tokens: Token[] = [];
  let hasAngle = false;
  for (const token of tokensOf(value)) {
    const special = token.kind === 'special' ? value[token.from] : null;
    if (special === ',' || special === ';') {
      pieces.push(pieceOf(value, tokens));
      tokens = [];
      hasAngle = false;
      // A colon behind an address ends no name of a group.
    } else if (special === ':' && !hasAngle) tokens = [];
    else {
      tokens.push(token);
      hasAngle ||= token.kind === 'angle';
    }
  }
  pieces.push(pieceOf(value, tokens));
  return pieces;
}

function pieceOf(value: string, tokens: readonly Token[]): Piece {
  const angles = tokens.filter(({ kind }) => kind === 'angle');
  const others = tokens.filter(({ kind }) => kind !== 'angle' && kind !== 'comment');
  const textOf = ({ from, to }: Token) => value.slice(from, to);
  const inside = (token: Token) => withoutComments(insideOf(value, token));
  return {
    tokens,
    text: others.map(textOf).join(''),
    angle: angles.length === 0 ? null : angles.map(inside).join(''),
    address: angles.length === 0 ? bareSpan(value, others) : angleSpan(value, angles[0]!),
  };
}

const isClosed = (value: string, { from, to }: Token) => to - from > 1 && value[to - 1] === '>';

const insideOf = (value: string, token: Token) =>
  value.slice(token.from + 1, isClosed(value, token) ? token.to - 1 : token.to);

function angleSpan(value: string, token: Token): Span | null {
  if (!isClosed(value, token) || token.to - token.from === 2) return null;
  return { from: token.from + 1, to: token.to - 1, opens: token.from };
}

function bareSpan(value: string, tokens: readonly Token[]): Span | null {
  const seen = tokens.filter(({ from, to }) => value.slice(from, to).trim() !== '');
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last) return null;
  const from = first.from + value.slice(first.from, first.to).search(/\S/);
  return { from, to: last.from + value.slice(last.from, last.to).trimEnd().length, opens: from };
}

function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let out = '';
  for (let at = 0; at < text.length; ) {
    const from = at;
    if (text[at] === '(') {
      at = endOfComment(text, at);
      continue;
    }
    at = text[at] === '"' ? endOfQuoted(text, at) : at + 1;
    out += text.slice(from, at);
  }
  return out;
}

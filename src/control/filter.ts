/**
 * Filters as Exchange's administrators write them: `Status -eq 'Retry' -and Size -gt 1MB`. A lexer, a
 * parser for the small grammar below, and a test made from what was parsed. No regular expression
 * comes from outside, each character is read once, and depth is bounded, so a filter costs what its
 * length says. Every failure is a RelayProblem that names the position.
 *
 *   either     = both { "-or" both }
 *   both       = one { "-and" one }
 *   one        = ( "-not" | "!" ) one | "(" either ")" | property operator literal
 *   literal    = 'text' | "text" | number [ KB | MB | GB ] | $true | $false | $null
 *
 * Text is compared without case. A quote within a text is doubled.
 */
import { RelayProblem } from '../contract/problems.ts';
import { suggest } from '../contract/schemas.ts';
import { wildcardMatcher } from '../message/wildcard.ts';
import { kindOf, type Properties, type Property } from './properties.ts';

export const OPERATORS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'like', 'notlike', 'contains', 'notcontains'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Literal = string | number | boolean | null;

export type Filter =
  | { readonly kind: 'or' | 'and'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'is'; readonly property: string; readonly operator: Operator; readonly value: Literal };

type Token =
  | { readonly type: 'word'; readonly at: number; readonly text: string }
  /** A word that begins with "-", in lower case and without it. */
  | { readonly type: 'dash'; readonly at: number; readonly text: string }
  | { readonly type: '(' | ')' | '!' | 'end'; readonly at: number; readonly text: string }
  | { readonly type: 'literal'; readonly at: number; readonly text: string; readonly value: Literal };

const DEEPEST = 100;
const NUMBER = /[+-]?\d{1,15}(?:\.\d{1,15})?(KB|MB|GB)?(?![\w.])/iy;
const WORD = /[A-Za-z]\w{0,99}/y;
const FACTOR: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const CONSTANTS = new Map<string, Literal>([
  ['$true', true],
  ['$false', false],
  ['$null', null],
]);

/** Makes a test of the objects that have these properties. @throws RelayProblem InvalidParameter. */
export function compileFilter(text: string, properties: Properties): (object: object) => boolean {
  return test(parseFilter(text, properties), properties);
}

/** @throws RelayProblem InvalidParameter with the path `filter`. */
export function parseFilter(text: string, properties: Properties): Filter {
  return new Parser(text, properties).parse();
}

class Parser {
  readonly #text: string;
  readonly #properties: Properties;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string, properties: Properties) {
    this.#text = text;
    this.#properties = properties;
    this.#tokens = readTokens(text);
  }

  parse(): Filter {
    const filter = this.#either(0);
    if (!this.#isAt('end')) this.#fail(this.#peek, '-and, -or or the end is expected');
    return filter;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #isAt(type: Token['type']): boolean {
    return this.#peek.type === type;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #isDash(text: string): boolean {
    return this.#peek.type === 'dash' && this.#peek.text === text;
  }

  #either(depth: number): Filter {
    let left = this.#both(depth);
    while (this.#isDash('or')) {
      this.#take();
      left = { kind: 'or', left, right: this.#both(depth) };
    }
    return left;
  }

  #both(depth: number): Filter {
    let left = this.#one(depth);
    while (this.#isDash('and')) {
      this.#take();
      left = { kind: 'and', left, right: this.#one(depth) };
    }
    return left;
  }

  #one(depth: number): Filter {
    if (depth > DEEPEST) this.#fail(this.#peek, 'is nested too deeply');
    if (this.#isAt('!') || this.#isDash('not')) {
      this.#take();
      return { kind: 'not', of: this.#one(depth + 1) };
    }
    if (!this.#isAt('(')) return this.#comparison();
    this.#take();
    const inner = this.#either(depth + 1);
    if (!this.#isAt(')')) this.#fail(this.#peek, ') is expected');
    this.#take();
    return inner;
  }

  #comparison(): Filter {
    const name = this.#take();
    if (name.type !== 'word') this.#fail(name, 'the name of a property is expected');
    const property = this.#properties.get(name.text.toLowerCase());
    if (!property) {
      const known = [...this.#properties.values()].map(({ title }) => title);
      this.#fail(name, `there is no property "${name.text}"${suggest(name.text, known)}`);
    }
    const dash = this.#take();
    const operator = OPERATORS.find(known => dash.type === 'dash' && dash.text === known);
    if (!operator) this.#fail(dash, `an operator is expected: ${OPERATORS.map(known => `-${known}`).join(' ')}`);
    const literal = this.#take();
    if (literal.type !== 'literal')
      this.#fail(literal, 'a value is expected: a text in quotes, a number such as 10 or 5MB, $true, $false or $null');
    const wrong = whyNot(property, operator, literal.value);
    if (wrong !== null) this.#fail(literal, wrong);
    return { kind: 'is', property: property.title, operator, value: literal.value };
  }

  #fail(token: Token, why: string): never {
    fail(this.#text, token.at, token.type === 'end' ? `${why}, but the filter ends here` : why);
  }
}

function fail(text: string, at: number, why: string): never {
  const near = text.slice(at, at + 20);
  throw new RelayProblem(
    'InvalidParameter',
    `filter: at position ${at + 1}${near === '' ? '' : ` ("${near}")`}: ${why}.`,
    [{ path: 'filter', value: text, message: `at position ${at + 1}: ${why}` }],
  );
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const letter = text[at]!;
    if (/\s/.test(letter)) {
      at++;
      continue;
    }
    const [token, next] = readToken(text, at, letter);
    tokens.push(token);
    at = next;
  }
  tokens.push({ type: 'end', at: text.length, text: '' });
  return tokens;
}

function readToken(text: string, at: number, letter: string): [Token, number] {
  if (letter === '(' || letter === ')' || letter === '!') return [{ type: letter, at, text: letter }, at + 1];
  if (letter === "'" || letter === '"') return readText(text, at, letter);
  const number = matchAt(NUMBER, text, at);
  if (number) {
    const digits = number[1] ? number[0].slice(0, -2) : number[0];
    const value = Number(digits) * (number[1] ? FACTOR[number[1].toUpperCase()]! : 1);
    return [{ type: 'literal', at, text: number[0], value }, at + number[0].length];
  }
  const prefix = letter === '-' || letter === '$' ? letter : '';
  const word = matchAt(WORD, text, at + prefix.length)?.[0];
  if (word === undefined) fail(text, at, `"${letter}" is not expected`);
  const next = at + prefix.length + word.length;
  if (prefix === '-') return [{ type: 'dash', at, text: word.toLowerCase() }, next];
  if (prefix === '') return [{ type: 'word', at, text: word }, next];
  const value = CONSTANTS.get(`$${word.toLowerCase()}`);
  if (value === undefined) fail(text, at, `$${word} is not known here, only $true, $false and $null are`);
  return [{ type: 'literal', at, text: word, value }, next];
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readText(text: string, at: number, quote: string): [Token, number] {
  let value = '';
  for (let from = at + 1; ; ) {
    const end = text.indexOf(quote, from);
    if (end === -1) fail(text, at, `the text has no closing ${quote}`);
    value += text.slice(from, end);
    if (text[end + 1] !== quote) return [{ type: 'literal', at, text: text.slice(at, end + 1), value }, end + 1];
    value += quote;
    from = end + 2;
  }
}

/** What is wrong with comparing a property so; null when nothing. */
function whyNot({ title, kind }: Property, operator: Operator, value: Literal): string | null {
  if (value === null) return operator === 'eq' || operator === 'ne' ? null : `-${operator} makes no sense with $null`;
  if (isPattern(operator)) {
    if (kind !== 'text' && kind !== 'list') return `-${operator} is for text, and ${title} is ${kindOf(kind)}`;
    return typeof value === 'string' ? null : `-${operator} needs a text in quotes`;
  }
  if (kind === 'list' && operator !== 'eq' && operator !== 'ne')
    return `-${operator} makes no sense with ${title}, which is a list; use -contains or -like`;
  return operandOf(kind, value) === null ? `${title} is ${kindOf(kind)}, and this is not` : null;
}

const isPattern = (operator: Operator) => operator.endsWith('like') || operator.endsWith('contains');

/** A literal in the form its property is compared in; null when it can't be. */
function operandOf(kind: Property['kind'], value: string | number | boolean): string | number | boolean | null {
  switch (kind) {
    case 'text':
    case 'list':
      return typeof value === 'boolean' ? null : String(value).toLowerCase();
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'duration':
      return typeof value === 'number' ? value : typeof value === 'string' ? readDuration(value) : null;
    case 'date': {
      const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      return Number.isNaN(time) ? null : time;
    }
  }
}

/** `[d.]hh:mm[:ss]` as seconds. */
function readDuration(text: string): number | null {
  const match = /^(?:(\d{1,5})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,7})?))?$/.exec(text);
  if (!match) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

function test(filter: Filter, properties: Properties): (object: object) => boolean {
  if (filter.kind === 'not') {
    const of = test(filter.of, properties);
    return object => !of(object);
  }
  if (filter.kind === 'is') return comparison(filter, properties.get(filter.property.toLowerCase())!);
  const [left, right] = [test(filter.left, properties), test(filter.right, properties)];
  return filter.kind === 'and' ? object => left(object) && right(object) : object => left(object) || right(object);
}

function comparison(
  { operator, value }: Extract<Filter, { kind: 'is' }>,
  property: Property,
): (object: object) => boolean {
  if (value === null) return object => (property.read(object) === null) === (operator === 'eq');
  const negative = operator === 'ne' || operator === 'notlike' || operator === 'notcontains';
  const one = positive(operator, property, value);
  return object => {
    const found = property.read(object);
    // A list is what one of its members is; the negative operators ask that none is.
    const holds = isList(found) ? found.some(one) : found !== null && one(found);
    return holds !== negative;
  };
}

const isList = (found: ReturnType<Property['read']>): found is readonly (string | number | boolean)[] =>
  Array.isArray(found);

function positive(
  operator: Operator,
  { kind }: Property,
  value: string | number | boolean,
): (found: string | number | boolean) => boolean {
  if (operator === 'like' || operator === 'notlike') {
    const matches = wildcardMatcher(String(value));
    return found => matches(String(found));
  }
  if (operator === 'contains' || operator === 'notcontains') {
    const wanted = String(value).toLowerCase();
    // A list contains a member, a text contains a part.
    return kind === 'list'
      ? found => String(found).toLowerCase() === wanted
      : found => String(found).toLowerCase().includes(wanted);
  }
  const operand = operandOf(kind, value)!;
  const fold = (found: string | number | boolean) => (typeof found === 'string' ? found.toLowerCase() : found);
  switch (operator) {
    case 'eq':
    case 'ne':
      return found => fold(found) === operand;
    case 'gt':
      return found => fold(found) > operand;
    case 'ge':
      return found => fold(found) >= operand;
    case 'lt':
      return found => fold(found) < operand;
    case 'le':
      return found => fold(found) <= operand;
  }
}

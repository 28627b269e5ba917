/**
 * The properties of a result by their names in PowerShell, with how they compare: for -Filter and
 * -SortOrder. Made from the contract, so that a new property can be asked for at once.
 */
import { RelayProblem } from '../contract/problems.ts';
import { controlSchema, suggest } from '../contract/schemas.ts';

export type Kind = 'text' | 'number' | 'boolean' | 'date' | 'duration' | 'list';
export type Value = string | number | boolean | null;

export interface Property {
  /** As PowerShell shows it. */
  readonly title: string;
  readonly kind: Kind;
  /** The value in a form that can be compared: dates in milliseconds, a list of its members' names. */
  readonly read: (object: object) => Value | readonly (string | number | boolean)[];
}

/** By name in lower case. */
export type Properties = ReadonlyMap<string, Property>;

const WORDS: Record<Kind, string> = {
  text: 'a text',
  number: 'a number',
  boolean: '$true or $false',
  date: "a date such as '2026-01-31 14:00'",
  duration: "a time such as '00:15:00' or a number of seconds",
  list: 'a list of texts',
};

/** In words, after "is". */
export const kindOf = (kind: Kind): string => WORDS[kind];

interface Node {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly unit?: string;
}

const made = new Map<string, Properties>();

/** The properties of a definition of the contract: Queue, Message. */
export function propertiesOf(definition: string): Properties {
  let properties = made.get(definition);
  if (!properties) {
    const nodes = (controlSchema.$defs as Record<string, { properties: Record<string, Node> }>)[definition]!.properties;
    properties = new Map(Object.entries(nodes).map(([key, node]) => [key.toLowerCase(), toProperty(key, node)]));
    made.set(definition, properties);
  }
  return properties;
}

function toProperty(key: string, node: Node): Property {
  const kind = kindFrom(node);
  const title = key.slice(0, 1).toUpperCase() + key.slice(1);
  const given = (object: object) => (object as Record<string, unknown>)[key] ?? null;
  if (kind === 'list') return { title, kind, read: object => (given(object) as unknown[]).map(nameOf) };
  if (kind !== 'date') return { title, kind, read: object => given(object) as Value };
  return {
    title,
    kind,
    read: object => {
      const text = given(object) as string | null;
      return text === null ? null : Date.parse(text);
    },
  };
}

/** A recipient is known by its address. */
const nameOf = (member: unknown): string =>
  typeof member === 'object' ? String((member as { emailAddress?: string }).emailAddress) : String(member);

function kindFrom({ type, format, unit }: Node): Kind {
  const types = [type].flat();
  if (types.includes('array')) return 'list';
  if (format?.startsWith('date-time')) return 'date';
  if (types.includes('boolean')) return 'boolean';
  if (types.includes('integer') || types.includes('number')) return unit === 's' ? 'duration' : 'number';
  return 'text';
}

/**
 * Orders objects by properties: `+Size` or `Size` ascending, `-Size` descending, several in one text
 * with commas or in several. What has no value comes first. @throws RelayProblem InvalidParameter.
 */
export function comparerOf(order: readonly string[], properties: Properties): (a: object, b: object) => number {
  const keys = order
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => text !== '')
    .map(text => {
      const name = text.replace(/^[+-]/, '');
      const property = properties.get(name.toLowerCase());
      if (!property || property.kind === 'list') {
        const known = [...properties.values()].filter(({ kind }) => kind !== 'list').map(({ title }) => title);
        const why = property ? 'is a list and has no order' : `is no property here${suggest(name, known)}`;
        throw new RelayProblem('InvalidParameter', `sortOrder: "${name}" ${why}.`, [
          { path: 'sortOrder', value: text, message: why },
        ]);
      }
      return { property, sign: text.startsWith('-') ? -1 : 1 };
    });
  return (a, b) => {
    for (const { property, sign } of keys) {
      const result = compare(property.read(a) as Value, property.read(b) as Value);
      if (result !== 0) return sign * result;
    }
    return 0;
  };
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  const [x, y] = [typeof a === 'string' ? a.toLowerCase() : a, typeof b === 'string' ? b.toLowerCase() : b];
  return x < y ? -1 : x > y ? 1 : 0;
}

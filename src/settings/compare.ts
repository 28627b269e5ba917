/**
 * What of wished settings is not in force: for programs that keep a relay as a file describes it. Only what the
 * wish names is compared; of a list with names, the whole list. What the wish leaves to defaults counts as the
 * default, and order counts only where it means something. Passwords are no settings and are left out.
 */
import { withFormerSettings } from './former-settings.ts';
import type { Settings } from './settings.ts';
import { toSettings } from './store.ts';

export interface Difference {
  /** As errors name it: general.maxHopCount, connectors[Partner].smartHosts. */
  readonly path: string;
  /** JSON; null for what should not be there. */
  readonly desired: string | null;
  /** JSON; null for what is not there. */
  readonly actual: string | null;
}

type Bag = Readonly<Record<string, unknown>>;

const SECRET = 'verifier';
/** Lists whose first entry is another thing than their second. */
const ORDERED = new Set(['dnsServer', 'retryInterval', 'smartHosts', 'certificates']);
const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (value: unknown): value is readonly Bag[] =>
  Array.isArray(value) && value.every(item => isBag(item) && typeof item.name === 'string');
const sameName = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase();

/** @throws RelayProblem InvalidSettings when the wish could not be put into force. */
export function differences(wish: object, actual: Settings): Difference[] {
  const desired = structuredClone(wish);
  withFormerSettings(desired);
  const whole = toSettings(merged(withoutNewAccounts(desired as Bag, actual), actual as unknown as Bag));
  return [...compare('', desired, whole, actual)];
}

/** An account that is not there yet comes with its password, which no file has. */
function withoutNewAccounts(desired: Bag, { accounts }: Settings): Bag {
  if (!isNamed(desired.accounts)) return desired;
  return {
    ...desired,
    accounts: desired.accounts.filter(({ name }) => accounts.some(account => sameName(account.name, name))),
  };
}

function merged(desired: unknown, actual: unknown): unknown {
  if (isNamed(desired) && isNamed(actual))
    return desired.map(item => merged(item, actual.find(({ name }) => sameName(name, item.name)) ?? {}));
  if (!isBag(desired) || !isBag(actual)) return desired;
  const both = Object.entries(desired).map(([key, value]) => [key, merged(value, actual[key])]);
  return { ...actual, ...Object.fromEntries(both) };
}

/** @param whole what the wish would be in force; where it is not known the wish itself */
function* compare(path: string, desired: unknown, whole: unknown, actual: unknown): Generator<Difference> {
  if (isBag(desired) && isBag(actual)) {
    for (const [key, value] of Object.entries(desired))
      if (key !== SECRET)
        yield* compare(path === '' ? key : `${path}.${key}`, value, isBag(whole) ? whole[key] : value, actual[key]);
  } else if (isNamed(desired) && isNamed(actual) && desired.length + actual.length > 0) {
    yield* compareNamed(path, desired, isNamed(whole) ? whole : desired, actual);
  } else if (!isSame(path.slice(path.lastIndexOf('.') + 1), whole, actual)) {
    yield { path, desired: textOf(desired), actual: textOf(actual) };
  }
}

function* compareNamed(
  path: string,
  desired: readonly Bag[],
  whole: readonly Bag[],
  actual: readonly Bag[],
): Generator<Difference> {
  for (const item of desired) {
    const found = actual.find(({ name }) => sameName(name, item.name));
    const place = `${path}[${item.name}]`;
    const full = whole.find(({ name }) => sameName(name, item.name)) ?? item;
    if (found) yield* compare(place, { ...item, name: found.name }, { ...full, name: found.name }, found);
    else yield { path: place, desired: textOf(item), actual: null };
  }
  for (const item of actual)
    if (!desired.some(({ name }) => sameName(name, item.name)))
      yield { path: `${path}[${item.name}]`, desired: null, actual: textOf(item) };
}

function isSame(key: string, one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || ORDERED.has(key)) return canonical(one) === canonical(other);
  const sorted = (list: readonly unknown[]) => list.map(canonical).sort().join('\n');
  return sorted(one) === sorted(other);
}

/** JSON in which the order of names says nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    isBag(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  ) ?? 'undefined';

const textOf = (value: unknown): string | null =>
  value === undefined ? null : JSON.stringify(value, (key, part) => (key === SECRET ? undefined : part));

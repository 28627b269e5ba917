/**
 * Lists of named things in the settings (connectors, domains, accounts): find, add, change, remove.
 * Names are compared without case. Pure; each function returns a new list.
 */
import { RelayProblem } from '../contract/problems.ts';
import { suggest } from '../contract/schemas.ts';

interface Named {
  readonly name: string;
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** @throws RelayProblem NotFound, with a suggestion. */
export function findNamed<T extends Named>(list: readonly T[], what: string, name: string): T {
  const found = list.find(item => same(item.name, name));
  if (!found)
    throw new RelayProblem(
      'NotFound',
      `There is no ${what} "${name}"${suggest(
        name,
        list.map(item => item.name),
      )}.`,
      [{ path: 'name', value: name, message: 'does not exist' }],
    );
  return found;
}

/** @throws RelayProblem AlreadyExists. */
export function addNamed<T extends Named>(list: readonly T[], what: string, item: T): T[] {
  if (list.some(other => same(other.name, item.name))) {
    throw new RelayProblem('AlreadyExists', `There is a ${what} "${item.name}" already.`, [
      { path: 'name', value: item.name, message: 'exists already' },
    ]);
  }
  return [...list, item];
}

/** @throws RelayProblem NotFound. */
export function changeNamed<T extends Named>(list: readonly T[], what: string, name: string, change: object): T[] {
  const found = findNamed(list, what, name);
  return list.map(item => (item === found ? { ...item, ...change, name: item.name } : item));
}

/** @throws RelayProblem NotFound. */
export function removeNamed<T extends Named>(list: readonly T[], what: string, name: string): T[] {
  const found = findNamed(list, what, name);
  return list.filter(item => item !== found);
}

import type { Control } from '../contract/control.generated.ts';

/**
 * What the methods of the control port are: one function per method of the contract, its parameters
 * and its result typed by the contract. Parameters have passed the schema before a handler sees them.
 */
export type Method = keyof Control;
export type Params<Name extends Method> = Control[Name]['params'];
export type Result<Name extends Method> = Control[Name]['result'];
export type Handlers = { readonly [Name in Method]: (params: Params<Name>) => Result<Name> | Promise<Result<Name>> };
export type PartOf<Prefix extends string> = Pick<Handlers, Extract<Method, `${Prefix}.${string}`>>;

/** ISO 8601 in UTC; null stays null. */
export function isoTime(time: number): string;
export function isoTime(time: number | null): string | null;
export function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

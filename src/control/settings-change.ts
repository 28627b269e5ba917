/** What methods that change the settings have in common. */
import { type ProblemDetail, RelayProblem } from '../contract/problems.ts';

/** The contract's types are not read-only; what leaves is about to become JSON anyway. */
export type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;
export const mutable = <T>(value: T): Mutable<T> => value as Mutable<T>;

/** Paths of the settings file become paths of the parameters, which is what the caller knows. */
export async function inTermsOf<T>(prefix: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RelayProblem) || error.id !== 'InvalidSettings') throw error;
    const details = error.details.map(
      (detail): ProblemDetail =>
        detail.path.startsWith(prefix) ? { ...detail, path: detail.path.slice(prefix.length) } : detail,
    );
    const sentence = details.map(detail => `${detail.path} ${detail.message}`).join('; ');
    throw new RelayProblem('InvalidParameter', `${sentence}.`, details, { cause: error });
  }
}

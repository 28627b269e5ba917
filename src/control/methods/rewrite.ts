/** Rewrite rules: what is changed of senders, recipients and header fields. */
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf } from '../handlers.ts';
import { addNamed, changeNamed, findNamed, removeNamed } from '../named-list.ts';
import { inTermsOf, mutable } from '../settings-change.ts';

export interface RewriteMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
}

const WHAT = 'rewrite rule';

export function rewriteMethods({ store, now }: RewriteMethodsDependencies): PartOf<'rewrite'> {
  const rules = () => store.current.rewriteRules;
  const find = (name: string) => findNamed(rules(), WHAT, name);
  const change = (index: number, edit: (list: ReturnType<typeof rules>) => unknown) =>
    inTermsOf(`rewriteRules[${index}].`, () =>
      store.change(current => ({ ...current, rewriteRules: edit(current.rewriteRules) }), now()),
    );

  return {
    'rewrite.list': () => mutable(rules()),
    'rewrite.create': async params => {
      await change(rules().length, list => addNamed(list, WHAT, params as never));
      return mutable(find(params.name));
    },
    'rewrite.set': async ({ name, ...rest }) => {
      await change(rules().indexOf(find(name)), list => changeNamed(list, WHAT, name, rest));
      return mutable(find(name));
    },
    'rewrite.remove': async ({ name }) => {
      await change(-1, list => removeNamed(list, WHAT, name));
      return { removed: 1 };
    },
  };
}

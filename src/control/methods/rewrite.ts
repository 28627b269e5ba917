/** Rewrite rules: what is changed of senders, recipients and header fields. */
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf } from '../handlers.ts';
import { NamedSettings } from '../named-settings.ts';
import { mutable } from '../settings-change.ts';

export interface RewriteMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
}

export function rewriteMethods({ store, now }: RewriteMethodsDependencies): PartOf<'rewrite'> {
  const rules = new NamedSettings(store, now, 'rewriteRules', 'rewrite rule');
  return {
    'rewrite.list': () => mutable(rules.all),
    'rewrite.create': async params => mutable(await rules.add(params)),
    'rewrite.set': async ({ name, ...rest }) => mutable(await rules.change(name, rest)),
    'rewrite.remove': ({ name }) => rules.remove(name),
  };
}

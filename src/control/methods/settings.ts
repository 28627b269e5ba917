/** General settings, connectors, accepted domains and accounts: all of them changes of one file. */
import { join } from 'node:path';
import { RelayProblem } from '../../contract/problems.ts';
import { hashPassword } from '../../policy/password.ts';
import { differences } from '../../settings/compare.ts';
import { DROP_FOLDER } from '../../settings/folder-rules.ts';
import { withPreset } from '../../settings/presets.ts';
import type { Account, Settings } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import { isoTime, type PartOf } from '../handlers.ts';
import { addNamed, changeNamed, findNamed, removeNamed } from '../named-list.ts';
import { inTermsOf, mutable } from '../settings-change.ts';

/** @throws RelayProblem InvalidParameter. */
function parsed(content: string): object {
  try {
    const value: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new Error('it is no object');
  } catch (error) {
    const message = `is not JSON with settings: ${(error as Error).message}`;
    throw new RelayProblem('InvalidParameter', `content ${message}.`, [{ path: 'content', message }]);
  }
}

export interface SettingsMethodsDependencies {
  readonly store: SettingsStore;
  readonly dataFolder: string;
  readonly now: () => number;
  /** Milliseconds since 1970 of the last log-on since the start; null for none. */
  readonly lastLogon: (account: string) => number | null;
}

type SettingsMethods = PartOf<'settings'> &
  Omit<PartOf<'connector'>, 'connector.test'> &
  PartOf<'domain'> &
  PartOf<'account'>;

export function settingsMethods({ store, dataFolder, now, lastLogon }: SettingsMethodsDependencies): SettingsMethods {
  const change = (edit: (current: Settings) => unknown) => store.change(edit, now());
  const configuration = () => ({
    ...mutable(store.current.general),
    settingsVersion: store.version,
    changed: isoTime(store.changed),
  });
  const account = (name: string) => {
    const found = findNamed(store.current.accounts, 'account', name);
    const { verifier, ...shown } = mutable(found);
    return { ...shown, lastLogon: isoTime(lastLogon(found.name)) };
  };

  return {
    'settings.get': configuration,
    'settings.set': async params => {
      await inTermsOf('general.', () =>
        change(current => ({ ...current, general: { ...current.general, ...params } })),
      );
      return configuration();
    },

    'settings.restore': async ({ version }) => {
      await store.restore(version, now());
      return configuration();
    },

    'settings.compare': ({ content }) => differences(parsed(content), store.current),

    'connector.list': () => mutable(store.current.connectors),
    'connector.create': async params => {
      const connector = withDropFolder(withPreset(params), dataFolder) as never;
      await inTermsOf(`connectors[${store.current.connectors.length}].`, () =>
        change(current => ({ ...current, connectors: addNamed(current.connectors, 'connector', connector) })),
      );
      return mutable(findNamed(store.current.connectors, 'connector', params.name));
    },
    'connector.set': async ({ name, ...rest }) => {
      const part = withDropFolder(rest, dataFolder);
      const index = store.current.connectors.indexOf(findNamed(store.current.connectors, 'connector', name));
      await inTermsOf(`connectors[${index}].`, () =>
        change(current => ({ ...current, connectors: changeNamed(current.connectors, 'connector', name, part) })),
      );
      return mutable(findNamed(store.current.connectors, 'connector', name));
    },
    'connector.remove': async ({ name }) => {
      await change(current => ({ ...current, connectors: removeNamed(current.connectors, 'connector', name) }));
      return { removed: 1 };
    },

    'domain.list': () => mutable(store.current.domains),
    'domain.create': async params => {
      const domain = withDropFolder(params, dataFolder) as never;
      await inTermsOf(`domains[${store.current.domains.length}].`, () =>
        change(current => ({ ...current, domains: addNamed(current.domains, 'accepted domain', domain) })),
      );
      return mutable(findNamed(store.current.domains, 'accepted domain', params.name));
    },
    'domain.set': async ({ name, ...rest }) => {
      const index = store.current.domains.indexOf(findNamed(store.current.domains, 'accepted domain', name));
      const part = withDropFolder(rest, dataFolder);
      await inTermsOf(`domains[${index}].`, () =>
        change(current => ({ ...current, domains: changeNamed(current.domains, 'accepted domain', name, part) })),
      );
      return mutable(findNamed(store.current.domains, 'accepted domain', name));
    },
    'domain.remove': async ({ name }) => {
      await change(current => ({ ...current, domains: removeNamed(current.domains, 'accepted domain', name) }));
      return { removed: 1 };
    },

    'account.list': () => store.current.accounts.map(({ name }) => account(name)),
    'account.create': async ({ name, password, ...rest }) => {
      const added = { name, verifier: await hashPassword(password), ...rest } as Account;
      await inTermsOf(`accounts[${store.current.accounts.length}].`, () =>
        change(current => ({ ...current, accounts: addNamed(current.accounts, 'account', added) })),
      );
      return account(name);
    },
    'account.set': async ({ name, password, ...rest }) => {
      const secret = password === undefined ? {} : { verifier: await hashPassword(password) };
      const index = store.current.accounts.indexOf(findNamed(store.current.accounts, 'account', name));
      await inTermsOf(`accounts[${index}].`, () =>
        change(current => ({
          ...current,
          accounts: changeNamed(current.accounts, 'account', name, { ...rest, ...secret }),
        })),
      );
      return account(name);
    },
    'account.remove': async ({ name }) => {
      await change(current => ({ ...current, accounts: removeNamed(current.accounts, 'account', name) }));
      return { removed: 1 };
    },
  };
}

/** `Default` becomes the path that it means. */
function withDropFolder<T extends { dropDirectory?: string | null }>(item: T, dataFolder: string): T {
  return item.dropDirectory?.toLowerCase() === 'default'
    ? { ...item, dropDirectory: join(dataFolder, DROP_FOLDER) }
    : item;
}

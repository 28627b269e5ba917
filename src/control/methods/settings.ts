/** General settings, connectors, accepted domains and accounts: all of them changes of one file. */
import { join } from 'node:path';
import { RelayProblem } from '../../contract/problems.ts';
import { hashPassword } from '../../policy/password.ts';
import { differences } from '../../settings/compare.ts';
import { DROP_FOLDER } from '../../settings/folder-rules.ts';
import { withPreset } from '../../settings/presets.ts';
import type { Account } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import { isoTime, type PartOf } from '../handlers.ts';
import { NamedSettings } from '../named-settings.ts';
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
  const configuration = () => ({
    ...mutable(store.current.general),
    settingsVersion: store.version,
    changed: isoTime(store.changed),
  });
  const connectors = new NamedSettings(store, now, 'connectors', 'connector');
  const domains = new NamedSettings(store, now, 'domains', 'accepted domain');
  const accounts = new NamedSettings(store, now, 'accounts', 'account');
  const withFolder = <T extends { dropDirectory?: string | null }>(item: T) => withDropFolder(item, dataFolder);
  const show = (account: Account) => {
    const { verifier, ...shown } = mutable(account);
    return { ...shown, lastLogon: isoTime(lastLogon(account.name)) };
  };

  return {
    'settings.get': configuration,
    'settings.set': async params => {
      await inTermsOf('general.', () =>
        store.change(current => ({ ...current, general: { ...current.general, ...params } }), now()),
      );
      return configuration();
    },

    'settings.restore': async ({ version }) => {
      await store.restore(version, now());
      return configuration();
    },

    'settings.compare': ({ content }) => differences(parsed(content), store.current),

    'connector.list': () => mutable(connectors.all),
    'connector.create': async params => mutable(await connectors.add(withFolder(withPreset(params)))),
    'connector.set': async ({ name, ...rest }) => mutable(await connectors.change(name, withFolder(rest))),
    'connector.remove': ({ name }) => connectors.remove(name),

    'domain.list': () => mutable(domains.all),
    'domain.create': async params => mutable(await domains.add(withFolder(params))),
    'domain.set': async ({ name, ...rest }) => mutable(await domains.change(name, withFolder(rest))),
    'domain.remove': ({ name }) => domains.remove(name),

    'account.list': () => accounts.all.map(show),
    'account.create': async ({ name, password, ...rest }) =>
      show(await accounts.add({ name, verifier: await hashPassword(password), ...rest } as Account)),
    'account.set': async ({ name, password, ...rest }) => {
      const secret = password === undefined ? {} : { verifier: await hashPassword(password) };
      return show(await accounts.change(name, { ...rest, ...secret }));
    },
    'account.remove': ({ name }) => accounts.remove(name),
  };
}

/** `Default` becomes the path that it means. */
function withDropFolder<T extends { dropDirectory?: string | null }>(item: T, dataFolder: string): T {
  return item.dropDirectory?.toLowerCase() === 'default'
    ? { ...item, dropDirectory: join(dataFolder, DROP_FOLDER) }
    : item;
}

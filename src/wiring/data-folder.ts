/** Makes the data folder ready: its lock, its configuration with what the command line wishes, its token. */
import { join } from 'node:path';
import { RelayProblem } from '../contract/problems.ts';
import { controlToken } from '../control/token.ts';
import { systemClock } from '../platform/clock.ts';
import { type DataLock, lockDataFolder } from '../platform/data-lock.ts';
import { ensurePrivateFolder, isDiskFailure, removeTemporaryFiles } from '../platform/files.ts';
import { RelayPolicy } from '../policy/relay-restriction.ts';
import type { Settings } from '../settings/settings.ts';
import { defaultSettings, SettingsStore, toSettings } from '../settings/store.ts';
import { type SettingsWishes, withWishes } from '../settings/wishes.ts';

const now = () => systemClock.now();

/**
 * Makes a data folder with its configuration and token. An existing configuration is left alone.
 * @returns whether it was made. @throws RelayProblem.
 */
export function initialize(dataFolder: string, wishes: SettingsWishes): Promise<'created' | 'exists'> {
  return withUsableFolder(dataFolder, async () => {
    await ensurePrivateFolder(dataFolder);
    const store = await openSettings(dataFolder, wishes);
    await controlToken(dataFolder);
    return store.created ? 'created' : 'exists';
  });
}

/**
 * Makes a data folder ready for a relay that will be started without wishes: they are recorded in
 * the configuration now. @throws RelayProblem, DataFolderInUse while a relay works with it.
 */
export function configure(dataFolder: string, wishes: SettingsWishes): Promise<void> {
  return withUsableFolder(dataFolder, async () => {
    const { lock } = await takeDataFolder(dataFolder, wishes);
    try {
      await controlToken(dataFolder);
    } finally {
      lock.release();
    }
  });
}

/**
 * Locks the data folder and opens its settings, the wishes among them. Whoever gets the lock releases it.
 * @param onLocked runs before anything is read that could be wrong
 * @throws RelayProblem, DataFolderInUse while another relay works with it.
 */
export async function takeDataFolder(
  dataFolder: string,
  wishes: SettingsWishes,
  onLocked?: () => Promise<void>,
): Promise<{ readonly lock: DataLock; readonly store: SettingsStore }> {
  await ensurePrivateFolder(dataFolder);
  const lock = takeLock(dataFolder);
  try {
    await onLocked?.();
    await ensurePrivateFolder(join(dataFolder, 'BadMail'));
    await ensurePrivateFolder(join(dataFolder, 'history'));
    for (const folder of [dataFolder, join(dataFolder, 'history'), join(dataFolder, 'BadMail')])
      await removeTemporaryFiles(folder);
    const store = await openSettings(dataFolder, wishes);
    await store.change(current => withSafeWishes(current, wishes), now());
    return { lock, store };
  } catch (error) {
    lock.release();
    throw error;
  }
}

const openSettings = (dataFolder: string, wishes: SettingsWishes): Promise<SettingsStore> =>
  SettingsStore.open(dataFolder, now(), () => withSafeWishes(defaultSettings(), wishes));

/** A command line can't be asked whether it means it. @throws RelayProblem OpenRelay. */
function withSafeWishes(settings: Settings, wishes: SettingsWishes): Settings {
  const wished = toSettings(withWishes(settings, wishes));
  const isOpen = ({ restriction, domains }: Settings) => new RelayPolicy(restriction, domains).openToEveryone;
  if (isOpen(wished) && !isOpen(settings)) {
    const networks = wishes.relayNetworks.join(', ');
    throw new RelayProblem('OpenRelay', `With ${networks} everybody could relay: this would be an open relay.`);
  }
  return wished;
}

/** @throws RelayProblem DataFolderInUse. */
function takeLock(dataFolder: string): DataLock {
  const lock = lockDataFolder(join(dataFolder, 'relay.lock'));
  if (!lock)
    throw new RelayProblem('DataFolderInUse', `Another relay works with the data folder ${dataFolder} already.`);
  return lock;
}

/** What the file system or SQLite has against the data folder becomes a problem that says where and what to do. */
export async function withUsableFolder<T>(dataFolder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (
      error instanceof RelayProblem ||
      !(error instanceof Error) ||
      !/^(E[A-Z0-9]+|ERR_SQLITE_ERROR)$/.test(code ?? '')
    )
      throw error;
    const id = isDiskFailure(error) ? 'StorageFailed' : 'DataFolderUnusable';
    throw new RelayProblem(id, `The data folder ${dataFolder} can't be used: ${error.message}.`, [], {
      cause: error,
    });
  }
}

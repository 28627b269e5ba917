/** What is logged, where, and how long it is kept. */
import { RelayProblem } from '../../contract/problems.ts';
import type { LogFolders } from '../../log/relay-log.ts';
import { ensurePrivateFolder } from '../../platform/files.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { PartOf, Result } from '../handlers.ts';
import { inTermsOf, mutable } from '../settings-change.ts';

export interface LoggingMethodsDependencies {
  readonly store: SettingsStore;
  readonly now: () => number;
  /** Where the logs are written now. */
  readonly logFolders: () => LogFolders;
}

/** Logs would be missing until somebody looks into the health. @throws RelayProblem InvalidParameter. */
async function refuseUnusable(path: string, value: string): Promise<void> {
  try {
    await ensurePrivateFolder(value);
  } catch (error) {
    const message = `can't be used by the account of the relay: ${(error as Error).message}`;
    throw new RelayProblem('InvalidParameter', `${path} ${message}.`, [{ path, value, message }]);
  }
}

export function loggingMethods({ store, now, logFolders }: LoggingMethodsDependencies): PartOf<'logging'> {
  const show = (): Result<'logging.get'> => {
    const { protocol, tracking, activity } = logFolders();
    return {
      ...mutable(store.current.logging),
      protocolLogDirectory: protocol,
      messageTrackingLogDirectory: tracking,
      activityLogDirectory: activity,
    };
  };
  return {
    'logging.get': show,
    'logging.set': async params => {
      for (const [name, value] of Object.entries(params))
        if (name.endsWith('LogPath') && typeof value === 'string') await refuseUnusable(name, value);
      await inTermsOf('logging.', () =>
        store.change(current => ({ ...current, logging: { ...current.logging, ...params } }), now()),
      );
      return show();
    },
  };
}

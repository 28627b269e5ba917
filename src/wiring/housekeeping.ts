/** What is done once an hour: files that grew too old or too many go. */
import { join } from 'node:path';
import type { CapturedFolder } from '../bad-mail/captured-folder.ts';
import { pruneBadMail } from '../bad-mail/prune.ts';
import { tidyDropFolder } from '../deliver/drop.ts';
import type { Emit } from '../log/events.ts';
import { CAPTURE_FOLDER } from '../settings/folder-rules.ts';
import type { Settings } from '../settings/settings.ts';

export interface HousekeepingDependencies {
  readonly dataFolder: string;
  readonly settings: () => Settings;
  readonly captured: CapturedFolder;
  readonly emit: Emit;
  readonly now: () => number;
}

export async function keepHouse({
  dataFolder,
  settings,
  captured,
  emit,
  now,
}: HousekeepingDependencies): Promise<void> {
  const { general, domains, connectors } = settings();
  const limits = { maxAge: general.badMailMaxAge * 1000, maxSize: general.badMailMaxSize, now: now() };
  const tidied = (what: string, work: Promise<unknown>) =>
    work.catch((error: Error) =>
      emit({ type: 'service', level: 'warn', what: `${what} could not be tidied: ${error.message}` }),
    );
  await tidied('BadMail', pruneBadMail(join(dataFolder, 'BadMail'), limits));
  await tidied('Captured', captured.prune(limits));
  await tidyDropFolder(join(dataFolder, CAPTURE_FOLDER), now());
  for (const { dropDirectory } of [...domains, ...connectors])
    if (dropDirectory !== null) await tidyDropFolder(dropDirectory, now());
}

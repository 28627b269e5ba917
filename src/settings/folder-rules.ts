/**
 * Where the Pickup folder, drop folders and logs may be. What this relay keeps in its data folder is read by
 * itself: a drop folder there would feed messages to the queue, a Pickup folder there would send the
 * queue away; a log in a Pickup folder would be sent. Compared are the places themselves, not their spelling: links are followed, and case does
 * not count on Windows, whose file systems do not count it.
 */
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ProblemDetail } from '../contract/problems.ts';
import type { Settings } from './settings.ts';

/** Where mail is dropped and picked up when the settings name no other place; in the data folder. */
export const DROP_FOLDER = 'Drop';
export const PICKUP_FOLDER = 'Pickup';
/** Mail of connectors of type Capture; in the data folder. */
export const CAPTURE_FOLDER = 'Captured';
/** Logs, where the settings name no other place; in the data folder. */
export const LOGS_FOLDER = 'logs';
/** Folders in the data folder that belong to the relay alone. */
export const OWN_FOLDERS = [
  'Queue',
  'BadMail',
  'log-segments',
  LOGS_FOLDER,
  'history',
  'certificates',
  'credentials',
  'dkim',
  'webhooks',
  'webhook-secrets',
  CAPTURE_FOLDER,
] as const;

/** What the folders named in the settings break; empty when nothing. Folders need not exist. */
export async function brokenFolderRules(settings: Settings, dataFolder: string): Promise<ProblemDetail[]> {
  const given = settings.general.pickupDirectory;
  const drops = [...dropsOf('domains', settings.domains), ...dropsOf('connectors', settings.connectors)];
  const logs = logsOf(settings);
  if (given === null && drops.length === 0 && logs.length === 0) return [];
  const data = await placeOf(dataFolder);
  const own = await Promise.all(OWN_FOLDERS.map(name => placeOf(join(dataFolder, name))));
  const logPlaces = await Promise.all(logs.map(({ value }) => placeOf(value)));
  const isOurs = (place: string) => place === data || [...own, ...logPlaces].some(folder => isIn(place, folder));
  const pickup = await placeOf(given ?? join(dataFolder, PICKUP_FOLDER));
  const problems: ProblemDetail[] = [];
  if (given !== null && isOurs(pickup))
    problems.push({ path: 'general.pickupDirectory', value: given, message: oursIn(dataFolder) });
  for (const about of drops) {
    const place = await placeOf(about.value);
    if (isIn(place, pickup))
      problems.push({ ...about, message: 'is the Pickup folder, which would send the mail again; choose another one' });
    else if (isOurs(place)) problems.push({ ...about, message: oursIn(dataFolder) });
  }
  // Logs may be among logs; whatever else the relay has there, and mail that others take, must stay apart.
  const ownLogs = await placeOf(join(dataFolder, LOGS_FOLDER));
  const dropPlaces = await Promise.all(drops.map(({ value }) => placeOf(value)));
  for (const [index, about] of logs.entries()) {
    const place = logPlaces[index]!;
    if (place === data || own.some(folder => folder !== ownLogs && isIn(place, folder)))
      problems.push({ ...about, message: oursIn(dataFolder) });
    else if ([pickup, ...dropPlaces].some(folder => isIn(place, folder)))
      problems.push({ ...about, message: 'is a folder for mail (Pickup or Drop); choose another one' });
  }
  return problems;
}

const logsOf = ({ logging }: Settings) =>
  (['protocolLogPath', 'messageTrackingLogPath', 'activityLogPath'] as const).flatMap(name => {
    const value = logging[name];
    return value === null ? [] : [{ path: `logging.${name}`, value }];
  });

const dropsOf = (list: 'domains' | 'connectors', items: readonly { readonly dropDirectory: string | null }[]) =>
  items.flatMap(({ dropDirectory }, index) =>
    dropDirectory === null ? [] : [{ path: `${list}[${index}].dropDirectory`, value: dropDirectory }],
  );

const oursIn = (dataFolder: string): string =>
  `is where the relay keeps its own files (${dataFolder}); choose a folder elsewhere`;

/** The folder itself or anything below. */
function isIn(place: string, folder: string): boolean {
  const way = relative(folder, place);
  // From one drive of Windows to another there is no way.
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

const fold = (path: string): string => (process.platform === 'win32' ? path.toLowerCase() : path);

/** The place a path leads to; what does not exist yet is taken as it stands. */
async function placeOf(path: string): Promise<string> {
  const full = resolve(path);
  const real = await realpath(full).catch(() => null);
  if (real !== null) return fold(real);
  const parent = dirname(full);
  return parent === full ? fold(full) : fold(join(await placeOf(parent), basename(full)));
}

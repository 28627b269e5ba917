/**
 * Where the Pickup folder and drop folders may be. What this relay keeps in its data folder is read by
 * itself: a drop folder there would feed messages to the queue, a Pickup folder there would send the
 * queue away. Compared are the places themselves, not their spelling: links are followed, and case does
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
/** Folders in the data folder that belong to the relay alone. */
export const OWN_FOLDERS = [
  'Queue',
  'BadMail',
  'log-segments',
  'logs',
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
  if (given === null && drops.length === 0) return [];
  const data = await placeOf(dataFolder);
  const own = await Promise.all(OWN_FOLDERS.map(name => placeOf(join(dataFolder, name))));
  const isOurs = (place: string) => place === data || own.some(folder => isIn(place, folder));
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
  return problems;
}

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

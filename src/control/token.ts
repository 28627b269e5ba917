/**
 * The key of the control port: 256 random bits in `control.token`, readable by this account alone
 * (on Windows by the folder's ACL: SYSTEM and Administrators). Whoever can read it administers the
 * relay. Deleting the file and restarting makes a new one.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_FILE, writeFileAtomic } from '../platform/files.ts';

const SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** Reads the token of a data folder, or makes it. */
export async function controlToken(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'control.token');
  const found = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (SHAPE.test(found)) {
    if (process.platform !== 'win32') await chmod(path, PRIVATE_FILE);
    return found;
  }
  const token = randomBytes(32).toString('base64url');
  await writeFileAtomic(path, `${token}\n`);
  return token;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares in a time that does not depend on where they differ, nor on the length. */
export function sameToken(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given));
}

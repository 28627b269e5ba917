/**
 * Files that survive a crash: written beside, synced, then renamed into place, then the folder is
 * synced too (not possible and not needed on Windows). Folders and files of ours are private to the
 * account that runs the relay: 0700 and 0600; on Windows the installer sets the ACL of the data
 * folder and everything below inherits it.
 */
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

const canSyncFolders = process.platform !== 'win32';

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (!canSyncFolders) return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces a file as a whole: a reader, or a restart after a crash, sees the old or the new one.
 * @throws what the disk said; then the old one is in place.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode = PRIVATE_FILE,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const before = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await putBack(path, before).catch(() => {});
    throw error;
  }
}

/** Who was told that a change failed must not find it after the next start. */
async function putBack(path: string, content: Uint8Array | null): Promise<void> {
  if (content === null) return rm(path, { force: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode: PRIVATE_FILE });
  await rename(temporary, path);
}

/** Removes what a crash in the middle of `writeFileAtomic` left in a folder. Nobody else may write there meanwhile. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (/\.\d+\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
}

/** Makes sure a folder exists and this account can use it. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Whether a disk that is full or fails is behind an error: nobody's mistake, and nothing rights would help. */
export function isDiskFailure(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].includes(code ?? '') || /disk is full|disk I\/O error/i.test(message);
}

/** Bytes that this account can still write on the disk of `path`. */
export async function freeSpace(path: string): Promise<number> {
  const stats = await statfs(path);
  return stats.bavail * stats.bsize;
}

/**
 * A Pickup file that can't be sent goes to BadMail: the file as it is as `.BAD`, the reason in plain
 * words as `.BDR`, like everything else there.
 */
import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, syncFolder, writeFileAtomic } from '../platform/files.ts';
import { shortened } from './claim.ts';

export interface RefusedFile {
  readonly path: string;
  readonly name: string;
  readonly reason: string;
  readonly now: number;
}

/** @returns where the file is now. @throws what the disk said; the file is still in the Pickup folder then. */
export async function moveToBadMail(folder: string, { path, name, reason, now }: RefusedFile): Promise<string> {
  await ensurePrivateFolder(folder);
  // Names come back (report.eml, every night): the time makes them different.
  const base = `${shortened(name)}.${now.toString(36)}${Math.floor(Math.random() * 46656).toString(36)}`;
  const target = join(folder, `${base}.BAD`);
  await move(path, target);
  await syncFolder(folder);
  await writeFileAtomic(join(folder, `${base}.BDR`), reasonText(name, reason, now));
  return target;
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    // The folder is on another disk.
    await copyFile(from, to);
    try {
      await rm(from);
    } catch (refusal) {
      await rm(to, { force: true });
      throw refusal;
    }
  }
}

const reasonText = (name: string, reason: string, now: number): string =>
  [
    `This file from the Pickup folder could not be sent: ${reason}`,
    `Time: ${new Date(now).toISOString()}`,
    `File: ${name}`,
    'To send it, correct the .BAD file and move it into the Pickup folder.',
    '',
  ].join('\r\n');

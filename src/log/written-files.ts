/**
 * Which files of a folder this relay has made, where names can't tell: the IIS SMTP service names its files alike,
 * and what it left must stay, whatever our retention says. Nor do such names tell a day from a week. Kept as a list in
 * the folder, a line for each file with its name and the end of its period. What is missing there only makes a file
 * stay longer.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LIST = 'SmtpRelay.files';
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** Names with the end of their period in milliseconds since 1970; null for files by size. */
export async function writtenFiles(folder: string): Promise<Map<string, number | null>> {
  const text = await readFile(join(folder, LIST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    throw error;
  });
  const files = new Map<string, number | null>();
  for (const line of text.split(/\r?\n/)) {
    const [name = '', end = ''] = line.split(' ');
    const time = Date.parse(end);
    if (name !== '') files.set(name, Number.isNaN(time) ? null : time);
  }
  return files;
}

/** Adds a file, and forgets those that are gone. @throws what the disk said. */
export async function noteWritten(folder: string, name: string, end: number | null): Promise<void> {
  const files = await writtenFiles(folder);
  if (files.has(name)) return;
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const there = new Set(await readdir(folder));
  files.set(name, end);
  const lines = [...files].filter(([known]) => known === name || there.has(known));
  const text = lines.map(([known, time]) => `${known} ${time === null ? '-' : new Date(time).toISOString()}\n`);
  await writeFile(join(folder, LIST), text.join(''), { mode: PRIVATE_FILE });
}

/**
 * Puts into BadMail what can't stay in the spool: the reason as `.BDR`, the bytes as `.BAD`. What lies
 * there already is never replaced. The reason comes first, so that nothing ever lies there without one.
 */
import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../platform/files.ts';

/**
 * @param content where the bytes are, or the bytes; null when there are none
 * @returns the path of the `.BAD` file, or null. @throws what the disk said; then all is as it was.
 */
export async function quarantine(
  badMail: string,
  name: string,
  reason: string,
  content: string | Buffer | null,
): Promise<string | null> {
  const base = await freeName(badMail, name);
  await writeFileAtomic(`${base}.BDR`, `${reason}\r\n`);
  if (content === null) return null;
  const target = `${base}.BAD`;
  try {
    if (typeof content === 'string') await rename(content, target);
    else await writeFileAtomic(target, content);
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && typeof content === 'string') return null;
    await rm(`${base}.BDR`, { force: true }).catch(() => {});
    throw error;
  }
}

/** The first of `name`, `name-2`, `name-3` ... that is free; without ending. */
async function freeName(folder: string, name: string): Promise<string> {
  for (let count = 1; ; count++) {
    const base = join(folder, count === 1 ? name : `${name}-${count}`);
    if (!(await exists(`${base}.BAD`)) && !(await exists(`${base}.BDR`))) return base;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );

/**
 * What connectors of type Capture kept: one `.eml` file a message (deliver/drop.ts), for an administrator
 * to look at and to clear. It is kept within the limits of BadMail.
 */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHeaderBlock } from '../message/header-block.ts';
import { readPickupHead } from '../pickup/pickup-head.ts';
import { headOf, NO_LIMITS } from './bad-mail-folder.ts';
import type { BadMailLimits } from './prune.ts';

/** One file. */
export interface Captured {
  /** The base name. */
  readonly identity: string;
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Bytes, with the envelope lines. */
  readonly size: number;
}

export interface CapturedFacts extends Captured {
  /** Empty for the null sender; null when the file does not tell. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly subject: string | null;
}

const ENDING = '.eml';

export class CapturedFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest first. @throws what the disk says; a folder that is not there is empty. */
  async list(wanted: (identity: string) => boolean = () => true): Promise<Captured[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const found: Captured[] = [];
    for (const name of names) {
      const identity = name.slice(0, -ENDING.length);
      if (!name.endsWith(ENDING) || !wanted(identity)) continue;
      const file = join(this.#folder, name);
      const facts = await lstat(file).catch(() => null);
      if (facts?.isFile()) found.push({ identity, file, time: facts.mtimeMs, size: facts.size });
    }
    return found.sort((a, b) => b.time - a.time || (a.identity < b.identity ? -1 : 1));
  }

  /** What a file says; null when it is gone by now. */
  async read(captured: Captured): Promise<CapturedFacts | null> {
    const head = await headOf(captured.file).catch(() => null);
    if (head === null) return null;
    const found = readPickupHead(head, NO_LIMITS);
    const { subject } = readHeaderBlock(head);
    if (found.kind === 'refused') return { ...captured, sender: null, recipients: [], subject };
    const { reversePath, recipients } = found.envelope;
    return { ...captured, sender: reversePath, recipients: recipients.map(({ address }) => address), subject };
  }

  /** @throws what the disk says */
  async remove({ file }: Captured): Promise<void> {
    await rm(file, { force: true });
  }

  /** What is too old goes, then the oldest until it is small enough. */
  async prune({ maxAge, maxSize, now }: BadMailLimits): Promise<void> {
    let total = 0;
    for (const captured of await this.list()) {
      total += captured.size;
      if (now - captured.time > maxAge || total > maxSize) await this.remove(captured);
    }
  }
}

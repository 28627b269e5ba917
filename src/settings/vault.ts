/**
 * A folder for what is secret: one file for each name and kind. Private to the relay (0600), and
 * encrypted for this computer where the system can do that. Nothing of it ever leaves through the
 * control port.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, removeTemporaryFiles, writeFileAtomic } from '../platform/files.ts';
import type { KeyStore } from '../platform/key-store.ts';

export class Vault<Kind extends string> {
  readonly folder: string;
  readonly #keys: KeyStore;
  readonly #kinds: readonly Kind[];

  /** @param kinds the files that a name can have; what they are called at their end */
  constructor(folder: string, keys: KeyStore, kinds: readonly Kind[]) {
    this.folder = folder;
    this.#keys = keys;
    this.#kinds = kinds;
  }

  async open(): Promise<void> {
    await ensurePrivateFolder(this.folder);
    await removeTemporaryFiles(this.folder);
  }

  /** Null when there is none. @throws what the disk or the system says. */
  async read(name: string, kind: Kind): Promise<Buffer | null> {
    try {
      return await this.#keys.unprotect(await readFile(this.fileOf(name, kind)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async write(name: string, kind: Kind, secret: string): Promise<void> {
    await writeFileAtomic(this.fileOf(name, kind), await this.#keys.protect(Buffer.from(secret)));
  }

  async remove(name: string): Promise<void> {
    for (const kind of this.#kinds) await this.removeOne(name, kind);
  }

  async removeOne(name: string, kind: Kind): Promise<void> {
    await rm(this.fileOf(name, kind), { force: true });
  }

  fileOf(name: string, kind: Kind): string {
    return join(this.folder, `${fileNameOf(name)}.${kind}`);
  }
}

/** Windows takes these for devices, whatever stands behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/;

function fileNameOf(name: string): string {
  const encoded = encodeURIComponent(name.toLowerCase());
  return DEVICE.test(encoded) ? `%${encoded.charCodeAt(0).toString(16)}${encoded.slice(1)}` : encoded;
}

/**
 * The certificates folder: one file for each stored certificate with its key and chain, and one for the
 * password of a file that others renew. Private to the relay (0600), and encrypted for this computer
 * where the system can do that. Nothing of it ever leaves through the control port.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, removeTemporaryFiles, writeFileAtomic } from '../../platform/files.ts';
import type { KeyStore } from '../../platform/key-store.ts';
import type { Bundle } from './bundle.ts';

/** `pem`: key and certificates. `password`: of the file that source File names. */
export type Kind = 'pem' | 'password';

export class Vault {
  readonly folder: string;
  readonly #keys: KeyStore;

  constructor(folder: string, keys: KeyStore) {
    this.folder = folder;
    this.#keys = keys;
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
    for (const kind of ['pem', 'password'] as const) await this.removeOne(name, kind);
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

/** As it lies in the vault: key, certificate, chain, root. */
export function pemOf({ key, certificate, chain, root }: Bundle): string {
  return `${keyPem(key)}${certificatesPem({ certificate, chain: root ? [...chain, root] : chain })}`;
}

export const keyPem = (key: Bundle['key']): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

export const certificatesPem = ({ certificate, chain }: Pick<Bundle, 'certificate' | 'chain'>): string =>
  [certificate, ...chain].map(each => each.toString()).join('');

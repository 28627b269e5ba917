import { join } from 'node:path';
import type { KeyStore } from './key-store.ts';
import { WindowsKeyStore } from './windows-key-store.ts';

/** Linux: the rights of the file protect keys (0600 in a folder with 0700), and there is no store. */
const fileRights: KeyStore = {
  protect: async secret => secret,
  unprotect: async stored => stored,
  export: async () => {
    throw new Error('only Windows has a certificate store; import a file instead');
  },
};

/** @param dataFolder where what binds the keys to this relay lies */
export const systemKeyStore = (dataFolder: string): KeyStore =>
  process.platform === 'win32' ? new WindowsKeyStore({ entropyFile: join(dataFolder, 'keys.entropy') }) : fileRights;

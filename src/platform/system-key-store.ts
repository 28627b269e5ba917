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

export const systemKeyStore = (): KeyStore => (process.platform === 'win32' ? new WindowsKeyStore() : fileRights);

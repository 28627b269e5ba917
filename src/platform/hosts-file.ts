/** The hosts file of this computer: names that its administrator gave to addresses, which come before DNS. */
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

const PATH =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

export class HostsFile {
  readonly #path: string;
  #read: { readonly changed: number; readonly names: ReadonlyMap<string, readonly string[]> } | null = null;

  constructor(path = PATH) {
    this.#path = path;
  }

  /** Addresses in the order of the file; none where it does not name the host or can't be read. */
  async addressesOf(host: string): Promise<readonly string[]> {
    try {
      const changed = (await stat(this.#path)).mtimeMs;
      if (this.#read?.changed !== changed)
        this.#read = { changed, names: namesOf(await readFile(this.#path, 'latin1')) };
      return this.#read.names.get(host.toLowerCase().replace(/\.$/, '')) ?? [];
    } catch {
      return [];
    }
  }
}

function namesOf(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address, ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const host of hosts.map(name => name.toLowerCase())) {
      const known = names.get(host) ?? [];
      if (!known.includes(address)) names.set(host, [...known, address]);
    }
  }
  return names;
}

/**
 * What no file of a relay may show: the passwords, secrets and tokens that a test has used, in all the forms in which
 * they travel. They are heard from what a test tells the control port, so no test has to think of it.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A shorter one could stand in a file by chance. */
const SHORTEST = 8;
/** Above that, a file is somebody's mail. */
const LARGEST_FILE = 4 * 1024 * 1024;
const MOST_FILES = 2000;
const NAMES = /^(password|secret|clientSecret|serviceAccount)$/;
/** Where the token of the control port and what connectors log on with are kept, for the relay's account alone. */
const VAULTS = /^(control\.token$|(credentials|webhook-secrets)[\\/])/;

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');

export class Secrets {
  readonly #forms = new Set<string>();

  get size(): number {
    return this.#forms.size;
  }

  add(secret: string, users: readonly string[] = []): void {
    if (secret.length < SHORTEST) return;
    // In a W3C log a blank is a plus, in a form it is that or %20; PLAIN (RFC 4616) has the name before it.
    const forms = [
      secret,
      secret.replaceAll(' ', '+'),
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
    ];
    const plain = users.flatMap(user => [`\0${user}\0${secret}`, `${user}\0${user}\0${secret}`]);
    for (const form of [...forms, base64(secret), ...plain.map(base64)]) this.#forms.add(form);
  }

  /** Those among the parameters of a method. */
  hear(params: unknown): void {
    if (typeof params !== 'object' || params === null) return;
    const bag = params as Record<string, unknown>;
    const users = [bag.name, bag.userName].filter(value => typeof value === 'string');
    for (const [name, value] of Object.entries(bag)) {
      if (NAMES.test(name) && typeof value === 'string') this.add(value, users);
      else this.hear(value);
    }
  }

  /** @returns how many files were looked at. @throws AssertionError that names a file with a secret in it. */
  async lookThrough(folder: string): Promise<number> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => entry.isFile()).slice(0, MOST_FILES);
    let looked = 0;
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name);
      if (VAULTS.test(relative(folder, path))) continue;
      const bytes = await contentOf(path);
      if (bytes === null) continue;
      looked += 1;
      for (const form of this.#forms) assert.ok(!bytes.includes(form), `${path} has a secret in it`);
    }
    return looked;
  }
}

/** Null for what is large, and for what was delivered or renamed since it was listed. */
async function contentOf(path: string): Promise<Buffer | null> {
  try {
    return (await stat(path)).size > LARGEST_FILE ? null : await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

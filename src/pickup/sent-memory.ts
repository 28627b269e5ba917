/**
 * Claims whose message was accepted but whose file can't be removed: they must never be sent again,
 * also after a restart when the spool has long forgotten the message. Almost always empty; then there
 * is no file.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { PRIVATE_FILE } from '../platform/files.ts';

export class SentMemory {
  readonly #file: string;
  readonly #paths: Set<string>;

  constructor(file: string) {
    this.#file = file;
    this.#paths = new Set(read(file));
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** At once and on the disk, before anything else can happen. */
  add(path: string): void {
    this.#paths.add(path);
    this.#write();
  }

  delete(path: string): void {
    if (this.#paths.delete(path)) this.#write();
  }

  #write(): void {
    if (this.#paths.size === 0) rmSync(this.#file, { force: true });
    else writeFileSync(this.#file, JSON.stringify([...this.#paths]), { mode: PRIVATE_FILE, flush: true });
  }
}

function read(file: string): string[] {
  try {
    const paths: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(paths) ? paths.filter(path => typeof path === 'string') : [];
  } catch {
    return [];
  }
}

/**
 * Syncs a folder for many at once: whoever asks while a sync runs is served by the next one, so a
 * burst of new names costs few syncs. A promise resolves only after a sync that began after the call.
 */
import { syncFolder } from '../platform/files.ts';

export class FolderSync {
  readonly #folder: string;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  sync(): Promise<void> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.catch(() => {}).then(() => this.#start());
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = null;
    const run = syncFolder(this.#folder).finally(() => {
      if (this.#running === run) this.#running = null;
    });
    this.#running = run;
    return run;
  }
}

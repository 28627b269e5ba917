/**
 * Remembers that the disk of the spool fails, for whoever asks how the relay is. What could not be
 * written is tried with a probe every few seconds, so that the trouble ends when the disk works again
 * and not only when the next message comes; what could not be read is told of while it is fresh.
 */
import { BodyDamaged, SpoolFull } from './spool.ts';

export interface DiskTrouble {
  /** What the disk said to the last write that failed; null when it takes everything again. */
  readonly writing: string | null;
  readonly reading: string | null;
}

const PROBE_EVERY = 1000;
/** Longer than it takes until a message is read again. */
const READ_TROUBLE_LASTS = 15_000;

export class DiskWatch {
  readonly #probe: () => Promise<void>;
  readonly #now: () => number;
  #writing: string | null = null;
  #reading: { readonly what: string; readonly at: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param probe writes everywhere the spool writes, and leaves nothing */
  constructor(probe: () => Promise<void>, now: () => number) {
    this.#probe = probe;
    this.#now = now;
  }

  get trouble(): DiskTrouble {
    const fresh = this.#reading && this.#now() - this.#reading.at < READ_TROUBLE_LASTS;
    return { writing: this.#writing, reading: fresh ? this.#reading!.what : null };
  }

  async writes<T>(run: Promise<T>): Promise<T> {
    try {
      return await run;
    } catch (error) {
      // The administrator's own limit is told of by `hasSpace`; damage is not trouble with writing.
      const isLimit = error instanceof SpoolFull && error.cause === undefined;
      if (!isLimit && !(error instanceof BodyDamaged)) this.#failed((error as Error).message);
      throw error;
    }
  }

  async reads<T>(run: Promise<T>): Promise<T> {
    try {
      return await run;
    } catch (error) {
      if (!(error instanceof BodyDamaged)) this.#reading = { what: (error as Error).message, at: this.#now() };
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #failed(what: string): void {
    this.#writing = what;
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#probe().then(
        () => {
          this.#writing = null;
        },
        (error: Error) => this.#failed(error.message),
      );
    }, PROBE_EVERY).unref();
  }
}

/**
 * What an administrator holds back: queues of next hops, all incoming mail, all deliveries. It stands
 * in a file of its own, `suspended.json` in the data folder, and so outlives a restart; it is no
 * setting, because it says what is going on and not how the relay is built. The file changes before
 * the relay does: what an administrator was told is done stays so.
 */
import { readFile, rename } from 'node:fs/promises';
import { writeFileAtomic } from '../platform/files.ts';

/** One direction that is held. */
export interface Hold {
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface HoldsState {
  /** Keys of next hops. */
  readonly queues: readonly string[];
  readonly inbound: Hold | null;
  readonly outbound: Hold | null;
}

const NOTHING: HoldsState = { queues: [], inbound: null, outbound: null };

export class Holds {
  readonly #path: string;
  #state: HoldsState;
  #queues: ReadonlySet<string>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, state: HoldsState) {
    this.#path = path;
    this.#state = state;
    this.#queues = new Set(state.queues);
  }

  /** A file that can't be read is set aside and told of: the relay must start, and hold nothing it can't name. */
  static async open(path: string, onProblem: (sentence: string) => void): Promise<Holds> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return new Holds(path, NOTHING);
    try {
      return new Holds(path, readState(text));
    } catch (error) {
      await rename(path, `${path}.bad`);
      onProblem(
        `${path} can't be read (${(error as Error).message}); nothing is suspended any more. It was kept as ${path}.bad`,
      );
      return new Holds(path, NOTHING);
    }
  }

  get queues(): ReadonlySet<string> {
    return this.#queues;
  }

  /** New clients get 421. */
  get inbound(): Hold | null {
    return this.#state.inbound;
  }

  /** No delivery starts. */
  get outbound(): Hold | null {
    return this.#state.outbound;
  }

  /** Resolves when the change is on the disk, and then it is in force. */
  change(edit: (state: HoldsState) => HoldsState): Promise<void> {
    const run = this.#writing.then(async () => {
      const next = edit(this.#state);
      await writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, ...next }, null, 2)}\n`);
      this.#state = next;
      this.#queues = new Set(next.queues);
    });
    // One that fails must not keep the next from being tried.
    this.#writing = run.catch(() => {});
    return run;
  }
}

function readState(text: string): HoldsState {
  const { version, queues, inbound, outbound } = JSON.parse(text) as Record<string, unknown>;
  if (version !== 1) throw new Error(`version ${JSON.stringify(version)} is not known`);
  if (!Array.isArray(queues) || queues.some(queue => typeof queue !== 'string')) throw new Error('queues is no list');
  return { queues, inbound: readHold('inbound', inbound), outbound: readHold('outbound', outbound) };
}

function readHold(name: string, value: unknown): Hold | null {
  if (value === null || value === undefined) return null;
  const { reason, since } = value as Record<string, unknown>;
  if ((reason !== null && typeof reason !== 'string') || typeof since !== 'number')
    throw new Error(`${name} is no hold`);
  return { reason, since };
}

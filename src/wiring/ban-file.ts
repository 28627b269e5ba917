/**
 * Bans as they outlive a restart: `bans.json` in the data folder, replaced as a whole. Many bans in a
 * short time are written together. A file that can't be read is set aside; then nobody is banned.
 */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit } from '../log/events.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { type Ban, LogonGuard, type LogonGuardSettings } from '../policy/logon-guard.ts';

/** The guard with the bans of the time before. */
export async function openLogonGuard(deps: {
  readonly dataFolder: string;
  readonly settings: () => LogonGuardSettings;
  readonly now: () => number;
  readonly emit: Emit;
}): Promise<LogonGuard> {
  const { emit } = deps;
  const file = await BanFile.open(join(deps.dataFolder, 'bans.json'), what =>
    emit({ type: 'service', level: 'error', what }),
  );
  return new LogonGuard({
    settings: deps.settings,
    now: deps.now,
    bans: file.bans,
    save: bans => file.save(bans),
    onBanned({ source, failures, until }) {
      const what = `${source} is banned after ${failures} failed log-ons until ${new Date(until).toISOString()}. Free it with Remove-SmtpBan.`;
      emit({ type: 'service', level: 'warn', what });
    },
  });
}

class BanFile {
  readonly bans: readonly Ban[];
  readonly #path: string;
  readonly #onProblem: (sentence: string) => void;
  #latest: readonly Ban[] = [];
  #next: Promise<void> | null = null;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, bans: readonly Ban[], onProblem: (sentence: string) => void) {
    this.#path = path;
    this.bans = bans;
    this.#onProblem = onProblem;
  }

  static async open(path: string, onProblem: (sentence: string) => void): Promise<BanFile> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return new BanFile(path, [], onProblem);
    try {
      return new BanFile(path, readBans(text), onProblem);
    } catch (error) {
      await rename(path, `${path}.bad`);
      onProblem(
        `${path} can't be read (${(error as Error).message}); nobody is banned any more. It was kept as ${path}.bad`,
      );
      return new BanFile(path, [], onProblem);
    }
  }

  /** Resolves when these bans, or later ones, are on the disk. @throws what the disk said */
  save(bans: readonly Ban[]): Promise<void> {
    this.#latest = bans;
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      return this.#write();
    });
    this.#writing = this.#next.catch(() => {});
    return this.#next;
  }

  async #write(): Promise<void> {
    try {
      await writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, bans: this.#latest }, null, 2)}\n`);
    } catch (error) {
      this.#onProblem(`Bans can't be kept for the next start: ${(error as Error).message}`);
      throw error;
    }
  }
}

function readBans(text: string): Ban[] {
  const { version, bans } = JSON.parse(text) as { version: unknown; bans: unknown };
  if (version !== 1) throw new Error(`version ${JSON.stringify(version)} is not known`);
  if (!Array.isArray(bans)) throw new Error('bans is no list');
  return bans.map(({ source, failures, since, until }: Record<string, unknown>) => {
    if (typeof source !== 'string' || ![failures, since, until].every(value => typeof value === 'number'))
      throw new Error('a ban is incomplete');
    return { source, failures, since, until } as Ban;
  });
}

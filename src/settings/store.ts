/**
 * Holds the settings in force. A change is validated as a whole, written to disk, and only then in
 * force; a change that fails at any of these leaves everything as it was. The last 20 versions are
 * kept in `history/`, so that a mistake can be taken back.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProblemDetail, RelayProblem } from '../contract/problems.ts';
import { validatorFor } from '../contract/schemas.ts';
import { ensurePrivateFolder, writeFileAtomic } from '../platform/files.ts';
import { brokenFolderRules } from './folder-rules.ts';
import { withFormerSettings } from './former-settings.ts';
import { brokenRules } from './rules.ts';
import { deepFreeze, type Settings } from './settings.ts';

const KEPT_VERSIONS = 20;

/** Called after a change is on disk and in force. */
export type SettingsListener = (now: Settings, before: Settings) => void | Promise<void>;

const validate = validatorFor('relay.schema.json');

/**
 * Turns anything into settings: defaults filled in, checked, frozen.
 * @throws RelayProblem InvalidSettings with every problem found.
 */
export function toSettings(value: unknown): Settings {
  const settings = structuredClone(value);
  withFormerSettings(settings);
  const problems: readonly ProblemDetail[] = validate(settings);
  refuse(problems.length > 0 ? problems : brokenRules(settings as Settings));
  return deepFreeze(settings as Settings);
}

/** The same for a data folder: also the folders that the settings name are looked at. */
async function toSettingsOf(dataFolder: string, value: unknown): Promise<Settings> {
  const settings = toSettings(value);
  refuse(await brokenFolderRules(settings, dataFolder));
  return settings;
}

function refuse(details: readonly ProblemDetail[]): void {
  if (details.length === 0) return;
  const list = details.map(detail => `${detail.path === '' ? 'settings' : detail.path} ${detail.message}`);
  throw new RelayProblem('InvalidSettings', list.join('; '), details);
}

/** What a relay starts with: loopback only may connect and relay, mail goes to the MX hosts. */
export const defaultSettings = (): Settings => toSettings({ version: 1 });

export class SettingsStore {
  readonly #dataFolder: string;
  readonly #file: string;
  readonly #history: string;
  readonly #listeners = new Set<SettingsListener>();
  #current: Settings;
  #version: number;
  #changed: number;
  #pending: Promise<unknown> = Promise.resolve();
  /** There was no configuration; this one was made. */
  created = false;

  private constructor(dataFolder: string, current: Settings, version: number, changed: number) {
    this.#dataFolder = dataFolder;
    this.#file = join(dataFolder, 'settings.json');
    this.#history = join(dataFolder, 'history');
    this.#current = current;
    this.#version = version;
    this.#changed = changed;
  }

  /**
   * Reads `settings.json` of a data folder, or makes it from `initial` where there is none.
   * @throws RelayProblem SettingsUnreadable or InvalidSettings; nothing is overwritten then.
   */
  static async open(
    dataFolder: string,
    now: number,
    initial: () => Settings = defaultSettings,
  ): Promise<SettingsStore> {
    const history = join(dataFolder, 'history');
    await ensurePrivateFolder(history);
    const version = Math.max(0, ...(await versionsIn(history)));
    const found = await readSettingsFile(dataFolder);
    if (found !== null) return new SettingsStore(dataFolder, found, version, now);
    const store = new SettingsStore(dataFolder, initial(), version, now);
    await store.#write(store.#current);
    store.created = true;
    return store;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Number of the configuration in force, counting up with each change. */
  get version(): number {
    return this.#version;
  }

  /** When it came into force; milliseconds since 1970. */
  get changed(): number {
    return this.#changed;
  }

  subscribe(listener: SettingsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Makes a change: `edit` gets the settings in force and returns the new ones (unchecked). Changes
   * run one after the other, so two administrators never overwrite each other's work.
   * @throws RelayProblem InvalidSettings, StorageFailed; or whatever `edit` throws.
   */
  change(edit: (current: Settings) => unknown, now: number): Promise<Settings> {
    const run = this.#pending.then(async () => {
      const before = this.#current;
      const next = await toSettingsOf(this.#dataFolder, edit(before));
      if (JSON.stringify(next) === JSON.stringify(before)) return before;
      await this.#write(next);
      this.#current = next;
      this.#changed = now;
      // Who made the change hears of it when it holds everywhere.
      await Promise.all([...this.#listeners].map(listener => listener(next, before)));
      return next;
    });
    this.#pending = run.catch(() => {});
    return run;
  }

  /**
   * Makes sure that what is in force can be restored, also when settings.json was written by hand.
   * @returns its version. @throws RelayProblem StorageFailed.
   */
  checkpoint(): Promise<number> {
    const run = this.#pending.then(async () => {
      const kept = await readFile(this.#pastFile(this.#version), 'utf8').catch(() => null);
      if (kept !== textOf(this.#current)) await this.#write(this.#current);
      return this.#version;
    });
    this.#pending = run.catch(() => {});
    return run;
  }

  /** Numbers of the versions that are kept, the newest first. */
  async versions(): Promise<number[]> {
    return (await versionsIn(this.#history)).sort((a, b) => b - a);
  }

  /**
   * An earlier version in force again; that is a change like any other, with a number of its own.
   * @throws RelayProblem NotFound, SettingsUnreadable, InvalidSettings, StorageFailed.
   */
  async restore(version: number, now: number): Promise<Settings> {
    const past = await readSettings(this.#pastFile(version), this.#dataFolder);
    if (past === null) {
      const kept = (await this.versions()).join(', ');
      throw new RelayProblem('NotFound', `Version ${version} is not kept; there is ${kept}.`, [
        { path: 'version', value: version, message: `is not kept; there is ${kept}` },
      ]);
    }
    return this.change(() => past, now);
  }

  async #write(settings: Settings): Promise<void> {
    const text = textOf(settings);
    const version = this.#version + 1;
    const past = this.#pastFile(version);
    try {
      await writeFileAtomic(past, text);
      await writeFileAtomic(this.#file, text);
    } catch (error) {
      // The history shows what was in force once, and this never was.
      await rm(past, { force: true }).catch(() => {});
      throw new RelayProblem(
        'StorageFailed',
        `The settings could not be written to ${this.#file}: ${(error as Error).message}. The old ones stay in force.`,
        [],
        { cause: error },
      );
    }
    this.#version = version;
    const old = (await versionsIn(this.#history)).sort((a, b) => b - a).slice(KEPT_VERSIONS);
    await Promise.all(old.map(number => rm(this.#pastFile(number), { force: true })));
  }

  #pastFile(version: number): string {
    return join(this.#history, `${String(version).padStart(6, '0')}.json`);
  }
}

const textOf = (settings: Settings): string => `${JSON.stringify(settings, null, 2)}\n`;

async function versionsIn(history: string): Promise<number[]> {
  const names = await readdir(history);
  return names.flatMap(name => (/^\d{6,}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

const readSettingsFile = (dataFolder: string) => readSettings(join(dataFolder, 'settings.json'), dataFolder);

/** Null when the file is not there. */
async function readSettings(file: string, dataFolder: string): Promise<Settings | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new RelayProblem('SettingsUnreadable', `${file} could not be read: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
  try {
    return await toSettingsOf(dataFolder, JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    if (error instanceof RelayProblem)
      throw new RelayProblem('SettingsUnreadable', `${file} is not valid: ${error.message}.`, error.details, {
        cause: error,
      });
    throw new RelayProblem('SettingsUnreadable', `${file} is not JSON: ${(error as Error).message}.`, [], {
      cause: error,
    });
  }
}

/**
 * The Pickup folder: every file in it is a message to send, as with IIS. A watcher tells of new files,
 * and a look from time to time finds what watchers lose (network folders, many files at once). A file
 * is taken when two looks in a row found it unchanged. What can't be taken now is tried again, with
 * growing pauses, and told once.
 */
import type { Dirent } from 'node:fs';
import { type FSWatcher, watch } from 'node:fs';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Emit } from '../log/events.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { PRIVATE_FOLDER } from '../platform/files.ts';
import type { Spool } from '../spool/spool.ts';
import { readClaim } from './claim.ts';
import {
  type FileActions,
  type PickupFileDependencies,
  type PickupSettings,
  realFiles,
  sendFile,
} from './pickup-file.ts';
import { SentMemory } from './sent-memory.ts';

export interface PickupFolderOptions {
  readonly folder: string;
  readonly dataFolder: string;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly settings: () => PickupSettings;
  readonly files?: FileActions;
  /** Milliseconds between two looks at a file. */
  readonly pollInterval?: number;
}

const POLL = 1000;
/** When nothing is expected; the watcher tells of most things anyway. */
const IDLE = 5;
const AT_ONCE = 8;
const EMPTY_FILE_STAYS = 60_000;
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

interface Look {
  readonly size: number;
  readonly mtimeMs: number;
  readonly at: number;
}

interface Candidate {
  readonly name: string;
  readonly look: Look;
}

export class PickupFolder {
  readonly #options: PickupFolderOptions;
  readonly #deps: PickupFileDependencies;
  readonly #poll: number;
  #looks = new Map<string, Look>();
  readonly #paused = new Map<string, { readonly until: number; readonly pause: number }>();
  /** Claims that hold nothing accepted and could not get their name back. */
  readonly #stranded = new Set<string>();
  readonly #told = new Set<string>();
  #watcher: FSWatcher | null = null;
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #running = false;

  constructor(options: PickupFolderOptions) {
    this.#options = options;
    this.#poll = options.pollInterval ?? POLL;
    this.#deps = {
      spool: options.spool,
      emit: options.emit,
      now: () => options.clock.now(),
      settings: options.settings,
      badMailFolder: join(options.dataFolder, 'BadMail'),
      sent: new SentMemory(join(options.dataFolder, 'pickup.sent.json')),
      files: options.files ?? realFiles,
    };
  }

  /** Never fails: a folder that can't be used is told of and looked for again. */
  async start(): Promise<void> {
    this.#running = true;
    await this.#settle();
    void this.#look();
  }

  /** Resolves when no file is in work. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#watcher?.close();
    this.#watcher = null;
    await this.#looking;
  }

  /** What an earlier run left claimed: accepted files go, the others get their name back. */
  async #settle(): Promise<void> {
    try {
      await mkdir(this.#options.folder, { recursive: true, mode: PRIVATE_FOLDER });
      for (const name of await readdir(this.#options.folder)) {
        const claim = readClaim(name);
        if (!claim) continue;
        const path = join(this.#options.folder, name);
        const query = { hops: null, number: claim.number, limit: 1 };
        const accepted = this.#deps.sent.has(path) || (await this.#options.spool.list(query)).length > 0;
        if (accepted) this.#forget(path);
        else this.#stranded.add(path);
      }
      await this.#returnStranded();
    } catch (error) {
      this.#tell(`The Pickup folder ${this.#options.folder} can't be used: ${(error as Error).message}`);
    }
  }

  #look(): Promise<void> {
    this.#timer?.cancel();
    if (this.#looking) {
      this.#again = true;
      return this.#looking;
    }
    this.#again = false;
    this.#looking = this.#lookNow()
      .catch((error: Error) => {
        this.#watcher?.close();
        this.#watcher = null;
        this.#tell(`The Pickup folder ${this.#options.folder} can't be used: ${error.message}`);
        return false;
      })
      .then(expecting => {
        this.#looking = null;
        if (this.#running) this.#lookLater(expecting || this.#again ? this.#poll : this.#poll * IDLE);
      });
    return this.#looking;
  }

  #lookLater(delay: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delay, () => void this.#look());
  }

  /** @returns whether something is to be looked at again soon */
  async #lookNow(): Promise<boolean> {
    this.#watch();
    for (const path of this.#deps.sent.paths) if (dirname(path) === this.#options.folder) this.#forget(path);
    await this.#returnStranded();
    const { ready, expecting } = await this.#candidates();
    let next = 0;
    const work = async () => {
      while (this.#running && next < ready.length) await this.#take(ready[next++]!);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (this.#paused.size === 0 && this.#stranded.size === 0) this.#told.clear();
    return expecting || this.#paused.size > 0;
  }

  #watch(): void {
    if (this.#watcher) return;
    try {
      this.#watcher = watch(this.#options.folder, { persistent: false }, () => {
        // Files being taken are changes too, but of ours.
        if (this.#running && !this.#looking) this.#lookLater(Math.min(100, this.#poll));
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = null;
      });
    } catch {
      // The looks from time to time find everything as well; if the folder is gone, they will say so.
    }
  }

  /** Files that were the same at two looks in a row. */
  async #candidates(): Promise<{ ready: Candidate[]; expecting: boolean }> {
    const now = this.#options.clock.now();
    const looks = new Map<string, Look>();
    const ready: Candidate[] = [];
    const entries = await readdir(this.#options.folder, { withFileTypes: true });
    for (const { name } of entries.filter(isMail)) {
      const facts = await lstat(join(this.#options.folder, name)).catch(() => null);
      if (!facts?.isFile()) continue;
      const before = this.#looks.get(name);
      const same = before && before.size === facts.size && before.mtimeMs === facts.mtimeMs;
      const look = same ? before : { size: facts.size, mtimeMs: facts.mtimeMs, at: now };
      looks.set(name, look);
      if (facts.size === 0 && now - facts.mtimeMs < EMPTY_FILE_STAYS) continue;
      if (same && now - before.at >= this.#poll && (this.#paused.get(name)?.until ?? 0) <= now)
        ready.push({ name, look });
    }
    for (const name of this.#paused.keys()) if (!looks.has(name)) this.#paused.delete(name);
    this.#looks = looks;
    return { ready: ready.sort((a, b) => a.look.mtimeMs - b.look.mtimeMs), expecting: looks.size > ready.length };
  }

  async #take({ name, look }: Candidate): Promise<void> {
    const result = await sendFile(this.#deps, this.#options.folder, name, look);
    this.#looks.delete(name);
    if (result.kind === 'blocked' || result.kind === 'stranded') {
      if (result.kind === 'stranded') this.#stranded.add(result.claim);
      const pause = Math.min((this.#paused.get(name)?.pause ?? FIRST_PAUSE / 2) * 2, LONGEST_PAUSE);
      this.#paused.set(name, { until: this.#options.clock.now() + pause, pause });
      this.#tell(`The Pickup file ${name} is not sent: ${result.reason}`, result.reason);
    } else this.#paused.delete(name);
  }

  async #returnStranded(): Promise<void> {
    for (const path of this.#stranded) {
      const claim = readClaim(path.slice(this.#options.folder.length + 1))!;
      const original = join(this.#options.folder, claim.original);
      const taken = await lstat(original).catch(() => null);
      try {
        this.#deps.files.rename(path, taken ? join(this.#options.folder, `${claim.id}-${claim.original}`) : original);
        this.#stranded.delete(path);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') this.#stranded.delete(path);
        else this.#tell(`The Pickup file ${path} can't get its name back (${code}); it is not sent until it does`);
      }
    }
  }

  #forget(path: string): void {
    try {
      this.#deps.files.remove(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        if (!this.#deps.sent.has(path)) this.#deps.sent.add(path);
        this.#tell(`The Pickup file ${path} was sent but can't be removed: ${(error as Error).message}`);
        return;
      }
    }
    this.#deps.sent.delete(path);
  }

  /** Each trouble once until it is over, not once for each of a thousand files. */
  #tell(what: string, key = what): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.emit({ type: 'service', level: 'error', what });
  }
}

/** No folders, links or devices, nothing hidden, nothing that is ours already. */
const isMail = (entry: Dirent): boolean =>
  entry.isFile() && !entry.name.startsWith('.') && readClaim(entry.name) === null;

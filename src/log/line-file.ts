/**
 * Appends lines to the files of a log. `add` only collects; the writing follows in the
 * same turn of the event loop, or a tenth of a second after the last append began (256 KiB are written
 * at once): an append for each line of a busy relay would cost as much as its mail. A new
 * file begins with a new period and when a file has passed its size; no line is lost by that, nor when
 * folder, names or header are changed meanwhile: lines are written where and how they were meant when they came.
 *
 * It never throws into the caller. While the disk refuses, lines stay in memory up to a limit and
 * the write is tried again every few seconds; what goes over the limit is dropped, oldest first,
 * and a line in the log says how many. A line is in the file after `flush`, but not synced to the
 * disk: a power cut may take the last seconds of a log. A line must not hold a line end.
 */
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';
import { type Chunk, LineQueue } from './line-queue.ts';
import { listLogFiles, pruneLogFiles, type Retention } from './log-files.ts';
import { endOfPeriod, fileNameOf, HOUR, IIS_PREFIX, keyOf, type LogNames } from './log-names.ts';
import { noteWritten, writtenFiles } from './written-files.ts';

/** Where lines go and how their files begin; all of it may change while they come. */
export interface LineFileSettings extends Retention {
  readonly folder: string;
  readonly names: LogNames;
  /** Prefixes this log had before: its retention holds for those files too. */
  readonly formerPrefixes?: readonly string[];
  /** Lines at the top of each file, and again after a restart or a change. The time is that of the first line. */
  readonly header: (time: number) => readonly string[];
  /** Bytes after which a new file begins. */
  readonly maxFileSize: number;
}

export interface LineFileOptions {
  readonly now: () => number;
  /** The line that confesses that `count` lines were lost. */
  readonly lostLine: (count: number, time: number) => string;
  /** Called once when writing begins to fail, not again before it has worked. */
  readonly onError: (error: Error) => void;
  /** Called when the log has confessed that lines were lost. */
  readonly onLost?: (count: number) => void;
  /** Called when a new file has begun: the one before is complete. */
  readonly onNewFile?: () => void;
  /** Milliseconds between two tries while writing fails. */
  readonly retryDelay?: number;
  /** Milliseconds between two looks whether the file was moved away. */
  readonly checkInterval?: number;
}

/** Lines of one place stand in one file (or its successors by size) below one header. */
interface Place {
  readonly folder: string;
  readonly prefix: string;
  readonly key: string;
  /** When its period ends; null by size. */
  readonly end: number | null;
  readonly header: (time: number) => readonly string[];
}

const isSameFile = (a: Place, b: Place): boolean => a.key === b.key && a.prefix === b.prefix && a.folder === b.folder;

/** Bytes kept in memory while writing fails. */
export const FAILING_LIMIT = 8 * 1024 * 1024;
/** Bytes kept while a write is under way: a disk that hangs without an error must not eat us. */
const WRITING_LIMIT = 64 * 1024 * 1024;
/** A busy event loop gives one append a turn, so an append must be able to carry many chunks. */
const LARGEST_APPEND = 1024 * 1024;
/** No clock has an offset from UTC that is no multiple of this. */
const QUARTER = 900_000;
/** Between the beginnings of two appends, in milliseconds. */
const PAUSE = 100;
/** What does not wait for that. */
const URGENT = 256 * 1024;

export class LineFile {
  readonly #options: LineFileOptions;
  readonly #queue = new LineQueue<Place>();
  #settings: LineFileSettings;
  #file: AppendFile | null = null;
  #fileOf: Place | null = null;
  /** Whose header was written last. */
  #headed: Place | null = null;
  #place: Place | null = null;
  #quarter = Number.NaN;
  #scheduled = false;
  #began = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failing: Error | null = null;
  #closed = false;
  #hourly: NodeJS.Timeout | null = null;

  constructor(options: LineFileOptions, settings: LineFileSettings) {
    this.#options = options;
    this.#settings = settings;
  }

  /** Prunes now and every hour. Lines may be added before; nothing fails here. */
  async open(): Promise<void> {
    this.#hourly ??= setInterval(() => void this.prune(), HOUR).unref();
    await this.prune();
  }

  /** For the lines that are added from now on; they begin with a header again. */
  configure(settings: LineFileSettings): void {
    this.#settings = settings;
    this.#place = null;
    if (this.#hourly !== null) void this.prune();
  }

  /** Why the last write failed; null when it did not. */
  get failing(): Error | null {
    return this.#failing;
  }

  /** @param time of what the line tells, milliseconds since 1970; it says which file is meant */
  add(line: string, time = this.#options.now()): void {
    if (this.#closed) return;
    this.#queue.add(this.#placeAt(time), line, time);
    this.#queue.dropOver(this.#failing ? FAILING_LIMIT : WRITING_LIMIT);
    if (this.#failing) return;
    if (this.#queue.bytes >= URGENT) void this.#write();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const due = () => {
      this.#scheduled = false;
      if (!this.#failing) void this.#write();
    };
    const pause = this.#began + PAUSE - performance.now();
    if (pause > 0) setTimeout(due, pause).unref();
    else setImmediate(due);
  }

  /** Everything added before is in the file afterwards, unless writing fails. */
  async flush(): Promise<void> {
    do await this.#write();
    while (!this.#queue.isEmpty && !this.#failing);
  }

  /** Flushes and ends. Lines that cannot be written now are lost, as are lines added later. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#hourly !== null) clearInterval(this.#hourly);
    await this.flush();
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#closeFile();
  }

  /** Removes own files that are too old or too many. Never fails: the next hour tries again. */
  async prune(): Promise<void> {
    const { now } = this.#options;
    const { folder, names, formerPrefixes = [] } = this.#settings;
    try {
      const lists = await Promise.all([...new Set([names.prefix, ...formerPrefixes])].map(p => ownFiles(folder, p)));
      // Before the first line no file is open: the one that would be continued is in use as well.
      const key = keyOf(names, now());
      const next = lists[0]!.findLast(file => file.key === key)?.path;
      const files = lists.flat().sort((a, b) => a.to - b.to || a.index - b.index);
      await pruneLogFiles(files, this.#settings, now(), path => path === (this.#file?.path ?? next));
    } catch {
      // An unreadable folder is reported by the writer, who needs it more.
    }
  }

  #placeAt(time: number): Place {
    const quarter = Math.floor(time / QUARTER);
    if (this.#place !== null && quarter === this.#quarter) return this.#place;
    this.#quarter = quarter;
    const { folder, names, header } = this.#settings;
    const key = keyOf(names, time);
    if (this.#place?.key !== key)
      this.#place = { folder, prefix: names.prefix, key, end: endOfPeriod(names, time), header };
    return this.#place;
  }

  #write(): Promise<void> {
    if (this.#writing !== null) return this.#writing;
    if (this.#queue.isEmpty) return Promise.resolve();
    this.#began = performance.now();
    this.#writing = this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What is added from now on waits for the next time, unless it is much.
    let left = this.#queue.bytes;
    while (left > 0 || this.#queue.bytes >= URGENT) {
      const chunk = this.#next();
      // Lines may have been dropped meanwhile.
      if (chunk === undefined) break;
      left -= chunk.bytes;
      try {
        await this.#append(chunk);
        this.#failing = null;
      } catch (error) {
        this.#queue.putBack(chunk);
        await this.#closeFile();
        this.#failed(error as Error);
        break;
      }
    }
    this.#writing = null;
    if (!this.#queue.isEmpty && !this.#failing) this.#schedule();
  }

  /** As much as one append may carry: what is left of the file, but not so much that it takes long. */
  #next(): Chunk<Place> | undefined {
    const room = this.#settings.maxFileSize - (this.#file?.size ?? 0);
    return this.#queue.take(Math.min(LARGEST_APPEND, room));
  }

  async #append({ place, time, text }: Chunk<Place>): Promise<void> {
    const file = await this.#fileFor(place);
    const { lostLine, now, onLost } = this.#options;
    const dropped = this.#queue.dropped;
    const before = this.#headed !== place || file.size === 0 ? [...place.header(time)] : [];
    if (dropped > 0) before.push(lostLine(dropped, now()));
    await file.append(before.map(line => `${line}\n`).join('') + text);
    this.#headed = place;
    if (dropped === 0) return;
    this.#queue.confessed(dropped);
    onLost?.(dropped);
  }

  async #fileFor(place: Place): Promise<AppendFile> {
    const { checkInterval = 1000 } = this.#options;
    const { maxFileSize } = this.#settings;
    const file = this.#file;
    const fits = file !== null && isSameFile(this.#fileOf!, place) && file.size < maxFileSize;
    if (fits && (await file.isInPlace(checkInterval))) return file;
    await this.#closeFile();
    const { folder, prefix, key } = place;
    const files = await listLogFiles(folder, prefix);
    let index = files.findLast(other => other.key === key)?.index ?? 1;
    const open = () => AppendFile.open(join(folder, fileNameOf(prefix, key, index)));
    let next = await open();
    while (next.size >= maxFileSize) {
      await next.close();
      index += 1;
      next = await open();
    }
    this.#file = next;
    this.#fileOf = place;
    if (next.size === 0 && prefix === IIS_PREFIX) await noteWritten(folder, fileNameOf(prefix, key, index), place.end);
    if (file !== null) {
      void this.prune();
      this.#options.onNewFile?.();
    }
    return next;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }

  #failed(error: Error): void {
    const first = this.#failing === null;
    this.#failing = error;
    this.#queue.dropOver(FAILING_LIMIT);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#write(), this.#options.retryDelay ?? 3000).unref();
    if (!first) return;
    try {
      this.#options.onError(error);
    } catch {
      // Whoever listens to our troubles must not add to them.
    }
  }
}

/** Files of a log, oldest first; those that IIS may have left there are not ours. */
async function ownFiles(folder: string, prefix: string): ReturnType<typeof listLogFiles> {
  const files = await listLogFiles(folder, prefix);
  if (prefix !== IIS_PREFIX || files.length === 0) return files;
  const written = await writtenFiles(folder);
  return files.flatMap(file => (written.has(file.name) ? [{ ...file, to: written.get(file.name) ?? file.to }] : []));
}

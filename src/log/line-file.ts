/**
 * Appends lines to `<folder>/<prefix>YYYYMMDD.log`. `add` only collects; the writing follows in the
 * same turn of the event loop, or a tenth of a second after the last append began (256 KiB are written
 * at once): an append for each line of a busy relay would cost as much as its mail. A new
 * file begins with a new UTC day and when a file has passed its size; no line is lost by that.
 *
 * It never throws into the caller. While the disk refuses, lines stay in memory up to a limit and
 * the write is tried again every few seconds; what goes over the limit is dropped, oldest first,
 * and a line in the log says how many. A line is in the file after `flush`, but not synced to the
 * disk: a power cut may take the last seconds of a log. A line must not hold a line end.
 */
import { AppendFile } from './append-file.ts';
import { type Chunk, LineQueue } from './line-queue.ts';
import { DAY, dayOf, listLogFiles, logFilePath, pruneLogFiles, type Retention } from './log-files.ts';

export interface LineFileLimits extends Retention {
  /** Bytes after which a new file begins. */
  readonly maxFileSize: number;
}

export interface LineFileOptions {
  readonly folder: string;
  readonly prefix: string;
  readonly now: () => number;
  /** Lines at the top of each file, and again after a restart. */
  readonly header: (time: number) => readonly string[];
  /** The line that confesses that `count` lines were lost. */
  readonly lostLine: (count: number, time: number) => string;
  /** Called once when writing begins to fail, not again before it has worked. */
  readonly onError: (error: Error) => void;
  /** Called when a new file has begun: the one before is complete. */
  readonly onNewFile?: () => void;
  /** Milliseconds between two tries while writing fails. */
  readonly retryDelay?: number;
  /** Milliseconds between two looks whether the file was moved away. */
  readonly checkInterval?: number;
}

/** Bytes kept in memory while writing fails. */
export const FAILING_LIMIT = 8 * 1024 * 1024;
/** Bytes kept while a write is under way: a disk that hangs without an error must not eat us. */
const WRITING_LIMIT = 64 * 1024 * 1024;
/** A busy event loop gives one append a turn, so an append must be able to carry many chunks. */
const LARGEST_APPEND = 1024 * 1024;
const HOUR = 3_600_000;
/** Between the beginnings of two appends, in milliseconds. */
const PAUSE = 100;
/** What does not wait for that. */
const URGENT = 256 * 1024;

export class LineFile {
  readonly #options: LineFileOptions;
  readonly #queue = new LineQueue();
  #limits: LineFileLimits;
  #file: AppendFile | null = null;
  #fileDay = '';
  #headerDue = true;
  #today = { day: '', start: 0 };
  #scheduled = false;
  #began = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #failing: Error | null = null;
  #closed = false;
  #hourly: NodeJS.Timeout | null = null;

  constructor(options: LineFileOptions, limits: LineFileLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  /** Prunes now and every hour. Lines may be added before; nothing fails here. */
  async open(): Promise<void> {
    this.#hourly ??= setInterval(() => void this.prune(), HOUR).unref();
    await this.prune();
  }

  configure(limits: LineFileLimits): void {
    this.#limits = limits;
    if (this.#hourly !== null) void this.prune();
  }

  /** Why the last write failed; null when it did not. */
  get failing(): Error | null {
    return this.#failing;
  }

  /** The header is written again before the next line: the meaning of the fields has changed. */
  renewHeader(): void {
    this.#headerDue = true;
  }

  add(line: string): void {
    if (this.#closed) return;
    this.#queue.add(this.#dayNow(), line);
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
    const { folder, prefix, now } = this.#options;
    try {
      const files = await listLogFiles(folder, prefix);
      // Before the first line no file is open: the one that would be continued is in use as well.
      const next = files.findLast(file => file.day === dayOf(now()))?.path;
      await pruneLogFiles(files, this.#limits, now(), path => path === (this.#file?.path ?? next));
    } catch {
      // An unreadable folder is reported by the writer, who needs it more.
    }
  }

  #dayNow(): string {
    const time = this.#options.now();
    if (time < this.#today.start || time >= this.#today.start + DAY || this.#today.day === '') {
      this.#today = { day: dayOf(time), start: Math.floor(time / DAY) * DAY };
    }
    return this.#today.day;
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
  #next(): Chunk | undefined {
    const room = this.#limits.maxFileSize - (this.#file?.size ?? 0);
    return this.#queue.take(Math.min(LARGEST_APPEND, room));
  }

  async #append(chunk: Chunk): Promise<void> {
    const file = await this.#fileFor(chunk.day);
    const { header, lostLine, now } = this.#options;
    const dropped = this.#queue.dropped;
    const before = this.#headerDue || file.size === 0 ? [...header(now())] : [];
    if (dropped > 0) before.push(lostLine(dropped, now()));
    await file.append(before.map(line => `${line}\n`).join('') + chunk.text);
    this.#headerDue = false;
    this.#queue.confessed(dropped);
  }

  async #fileFor(day: string): Promise<AppendFile> {
    const { folder, prefix, checkInterval = 1000 } = this.#options;
    const file = this.#file;
    const fits = file !== null && this.#fileDay === day && file.size < this.#limits.maxFileSize;
    if (fits && (await file.isInPlace(checkInterval))) return file;
    await this.#closeFile();
    const files = await listLogFiles(folder, prefix);
    let index = files.findLast(other => other.day === day)?.index ?? 1;
    let next = await AppendFile.open(logFilePath(folder, prefix, day, index));
    while (next.size >= this.#limits.maxFileSize) {
      await next.close();
      index += 1;
      next = await AppendFile.open(logFilePath(folder, prefix, day, index));
    }
    this.#file = next;
    this.#fileDay = day;
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

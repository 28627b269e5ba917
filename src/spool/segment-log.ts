/**
 * The segment log: appends records with group commit. Whatever arrives during a sync is the next
 * batch; there is no timer for records somebody waits for. Records nobody waits for (what became of
 * a message) ride along with the next batch, or go alone after a moment. A segment without live
 * messages is deleted.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrivateFolder, syncFolder } from '../platform/files.ts';
import { Segment } from './segment.ts';
import { type EncodedRecord, encodeRecord } from './segment-record.ts';

/** Where an accepted record lies. */
export interface RecordPlace {
  readonly segment: Segment;
  /** Offset of the message's bytes. */
  readonly bodyAt: number;
}

interface Waiting {
  readonly record: EncodedRecord;
  /** An accepted message counts as live in its segment. */
  readonly counts: boolean;
  readonly resolve: (place: RecordPlace) => void;
  readonly reject: (error: Error) => void;
}

export interface SegmentLogOptions {
  readonly folder: string;
  readonly now: () => number;
  /** Bytes after which a segment takes no more; 64 MiB unless told. */
  readonly segmentSize?: number;
}

const SEGMENT_SIZE = 64 * 1024 * 1024;
const BATCH_BYTES = 8 * 1024 * 1024;
const LAZY_DELAY = 50;
/** After the disk refused what nobody waits for. */
const LAZY_AGAIN = 1000;
const LAST_TRIES = 3;

export class SegmentLog {
  readonly #options: SegmentLogOptions;
  #number: number;
  #current: Segment | null = null;
  readonly #full = new Set<Segment>();
  #waiting: Waiting[] = [];
  #lazy: EncodedRecord[] = [];
  #lazyTimer: NodeJS.Timeout | null = null;
  #removing: Promise<void> | null = null;
  #writing: Promise<void> | null = null;
  #waitingBytes = 0;

  private constructor(options: SegmentLogOptions, number: number) {
    this.#options = options;
    this.#number = number;
  }

  /** @param folder emptied by recovery before */
  static async open(options: SegmentLogOptions): Promise<SegmentLog> {
    await ensurePrivateFolder(options.folder);
    const numbers = (await readdir(options.folder)).flatMap(name =>
      /^\d+\.seg$/.test(name) ? [Number.parseInt(name, 10)] : [],
    );
    return new SegmentLog(options, Math.max(0, ...numbers));
  }

  /** Bytes waiting to be written; above a bound the receiver should read more slowly. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Appends an accepted message; resolves when it is on the disk. @throws what the disk said. */
  accept(json: unknown, body: readonly Buffer[]): Promise<RecordPlace> {
    const record = encodeRecord('accepted', json, body);
    return this.#append(record, true);
  }

  /** Resolves when the disk takes records again. @throws what it says otherwise. */
  async probe(): Promise<void> {
    await this.#append(encodeRecord('progress', { number: 0, done: [] }), false);
  }

  #append(record: EncodedRecord, counts: boolean): Promise<RecordPlace> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, counts, resolve, reject });
      this.#waitingBytes += record.length;
      this.#write();
    });
  }

  /** Notes what became of a message; nobody waits for it. */
  note(kind: 'progress' | 'done', json: unknown): void {
    this.#lazy.push(encodeRecord(kind, json));
    this.#writeLazy(LAZY_DELAY);
  }

  #writeLazy(delay: number): void {
    this.#lazyTimer ??= setTimeout(() => {
      this.#lazyTimer = null;
      this.#write();
    }, delay).unref();
  }

  /** The log no longer answers for a message of this segment. */
  release(segment: Segment): void {
    segment.live--;
    this.#sweep();
  }

  /**
   * Oldest first, and never past one that is still needed: what became of its messages may stand in
   * a later segment.
   */
  #sweep(): void {
    const [oldest] = this.#full;
    if (this.#removing || !oldest || oldest.live > 0) return;
    this.#removing = this.#removeDone().then(couldRemove => {
      this.#removing = null;
      // Another may have become free since this looked at it.
      if (couldRemove) this.#sweep();
    });
  }

  async #removeDone(): Promise<boolean> {
    for (const segment of this.#full) {
      if (segment.live > 0) return true;
      // One that can't be removed keeps the later ones, which say that its messages are done.
      if (!(await segment.remove())) return false;
      this.#full.delete(segment);
    }
    return true;
  }

  /** Segments that are full or older than so many milliseconds, oldest first. */
  olderThan(age: number): Segment[] {
    const limit = this.#options.now() - age;
    return [...this.#full, ...(this.#current ? [this.#current] : [])].filter(
      segment => segment.live > 0 && segment.createdAt <= limit,
    );
  }

  get segments(): number {
    return this.#full.size + (this.#current ? 1 : 0);
  }

  /**
   * Writes what is left and closes the files; segments without live messages go. What a full disk does
   * not take now is given up: a message that was delivered then goes out again after the next start.
   */
  async close(): Promise<void> {
    for (let tries = 0; this.#writing || this.#waiting.length > 0 || this.#lazy.length > 0; ) {
      if (!this.#writing && this.#waiting.length === 0 && ++tries > LAST_TRIES) break;
      this.#write();
      await this.#writing;
    }
    if (this.#lazyTimer) clearTimeout(this.#lazyTimer);
    await this.#removing;
    await this.#removeDone();
    if (this.#current) this.#full.add(this.#current);
    let needed = false;
    for (const segment of this.#full) {
      needed ||= segment.live > 0;
      if (needed) await segment.close();
      else needed = !(await segment.remove());
    }
  }

  #write(): void {
    if (this.#writing || (this.#waiting.length === 0 && this.#lazy.length === 0)) return;
    this.#writing = this.#writeBatch().finally(() => {
      this.#writing = null;
      if (this.#waiting.length > 0) this.#write();
      // Notes whose moment came during this write: nobody else asks for them.
      else if (this.#lazy.length > 0) this.#writeLazy(LAZY_DELAY);
    });
  }

  async #writeBatch(): Promise<void> {
    const lazy = this.#lazy.splice(0);
    const batch: Waiting[] = [];
    for (let bytes = 0; this.#waiting.length > 0 && (batch.length === 0 || bytes < BATCH_BYTES); ) {
      const next = this.#waiting.shift()!;
      bytes += next.record.length;
      batch.push(next);
    }
    try {
      const segment = await this.#segmentForWriting();
      let at = segment.size;
      for (const record of lazy) at += record.length;
      const places = batch.map(({ record }) => {
        const place = { segment, bodyAt: at + record.bodyAt };
        at += record.length;
        return place;
      });
      await segment.append([...lazy, ...batch.map(({ record }) => record)].flatMap(record => record.parts));
      batch.forEach((waiting, index) => {
        if (waiting.counts) segment.live++;
        this.#waitingBytes -= waiting.record.length;
        waiting.resolve(places[index]!);
      });
    } catch (error) {
      // The disk is full or gone: what became of messages must not be forgotten for that.
      this.#lazy.unshift(...lazy);
      for (const waiting of batch) {
        this.#waitingBytes -= waiting.record.length;
        waiting.reject(error as Error);
      }
      this.#retire();
      if (this.#lazy.length > 0) this.#writeLazy(LAZY_AGAIN);
    }
  }

  async #segmentForWriting(): Promise<Segment> {
    if (this.#current && (this.#current.size >= (this.#options.segmentSize ?? SEGMENT_SIZE) || !this.#current.usable))
      this.#retire();
    if (!this.#current) {
      const path = join(this.#options.folder, `${String(++this.#number).padStart(8, '0')}.seg`);
      const segment = await Segment.create(path, this.#options.now());
      try {
        await syncFolder(this.#options.folder);
      } catch (error) {
        await segment.remove();
        throw error;
      }
      this.#current = segment;
    }
    return this.#current;
  }

  /** The current segment takes no more; it goes when its last message is done. */
  #retire(): void {
    const segment = this.#current;
    this.#current = null;
    if (!segment) return;
    this.#full.add(segment);
    this.#sweep();
  }
}

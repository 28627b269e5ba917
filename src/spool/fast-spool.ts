/**
 * The spool with its fast lane. Most mail is delivered within a second: it costs one record in a
 * shared sync (segment-log.ts) and never becomes a file. What stays moves to the queue
 * (queue-spool.ts), where an administrator sees it: a message that was deferred, one that is still
 * there after some seconds, and everything larger than 256 KiB from the start. The log forgets a
 * message only when it is done or safe in the queue; so after a crash everything is in one of the two
 * (or, for a moment, in both), and recovery moves what the log still holds to the queue.
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { type DiskTrouble, DiskWatch } from './disk-watch.ts';
import { writeEnvelopeLines } from './envelope-lines.ts';
import { type LiveMessage, LiveMessages } from './live-messages.ts';
import { HELD_IN_MEMORY } from './message-file.ts';
import { quarantine } from './quarantine.ts';
import { QueueSpool, type QueueSpoolOptions } from './queue-spool.ts';
import type { RecoveryReport } from './recovery.ts';
import { SegmentLog } from './segment-log.ts';
import { replaySegments } from './segment-recovery.ts';
import {
  type AgePage,
  type AgeQuery,
  type Arrival,
  BodyDamaged,
  type HopSummary,
  type ListQuery,
  type MessageBody,
  type MessageFacts,
  type Reception,
  type RecipientChange,
  type Spool,
  SpoolFull,
  type Work,
} from './spool.ts';

/** What stays so long in the log moves to the queue; milliseconds. */
const STAYS = 10_000;
const SWEEP_EVERY = 2_000;
/** More live messages than this: accepting waits until some are delivered or moved. */
const MOST_LIVE = 20_000;
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

export interface FastSpoolOptions extends QueueSpoolOptions {
  /** Bytes of a segment of the log; 64 MiB unless told. */
  readonly segmentSize?: number;
  /** What becomes of an envelope as mail comes in, and a header field that tells of it; null leaves it. */
  readonly arrival?: (
    envelope: Envelope,
    origin: Origin,
  ) => { readonly envelope: Envelope; readonly header: Buffer } | null;
}

export class FastSpool implements Spool {
  readonly #options: FastSpoolOptions;
  readonly #queue: QueueSpool;
  readonly #log: SegmentLog;
  readonly #live: LiveMessages;
  readonly #disk: DiskWatch;
  readonly #sweeper: NodeJS.Timeout;
  #room: (() => void)[] = [];
  #sweeping: Promise<void> | null = null;

  private constructor(options: FastSpoolOptions, queue: QueueSpool, log: SegmentLog) {
    this.#options = options;
    this.#queue = queue;
    this.#log = log;
    this.#live = new LiveMessages(options.hopOf);
    this.#disk = new DiskWatch(() => this.#probe(), options.now);
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_EVERY).unref();
  }

  static async open(
    options: FastSpoolOptions,
  ): Promise<{ readonly spool: FastSpool; readonly recovery: RecoveryReport }> {
    const { spool: queue, recovery } = await QueueSpool.open(options);
    const folder = join(options.dataFolder, 'log-segments');
    const replay = await replaySegments(folder, queue, join(options.dataFolder, 'BadMail'));
    const log = await SegmentLog.open({ folder, now: options.now, segmentSize: options.segmentSize });
    const merged = {
      ...recovery,
      adopted: [...recovery.adopted, ...replay.moved],
      setAside: [...recovery.setAside, ...replay.setAside],
    };
    return { spool: new FastSpool(options, queue, log), recovery: merged };
  }

  receive(asked: Envelope, origin: Origin): Reception {
    const arrival = this.#options.arrival?.(asked, origin) ?? null;
    const envelope = arrival?.envelope ?? asked;
    const identity = this.#queue.nextIdentity();
    let large: Reception | null = null;
    let chunks: Buffer[] = arrival ? [arrival.header] : [];
    let size = arrival?.header.length ?? 0;
    return {
      id: identity.id,
      write: async chunk => {
        if (large) return this.#disk.writes(large.write(chunk));
        chunks.push(chunk);
        size += chunk.length;
        if (size > HELD_IN_MEMORY) {
          large = this.#queue.receive(envelope, origin, identity);
          for (const held of chunks.splice(0)) await this.#disk.writes(large.write(held));
        } else if (this.#log.waitingBytes > MOST_WAITING_BYTES) await this.#waitForRoom();
      },
      commit: async facts =>
        this.#disk.writes(
          large ? large.commit(facts) : this.#commit({ ...identity, envelope, origin, size }, chunks, facts),
        ),
      abort: async () => {
        chunks = [];
        await large?.abort();
      },
    };
  }

  async #commit(
    known: Pick<AcceptedMessage, 'number' | 'id' | 'envelope' | 'origin' | 'size'>,
    body: Buffer[],
    facts: MessageFacts,
  ): Promise<AcceptedMessage> {
    if (!(await this.#queue.hasSpace()))
      throw new SpoolFull('Less disk space is free than general.minimumFreeSpace asks for.');
    while (this.#live.count >= MOST_LIVE) await this.#waitForRoom();
    const message: AcceptedMessage = { ...known, ...facts, receivedAt: this.#options.now() };
    let crc = 0;
    for (const chunk of body) crc = crc32(chunk, crc);
    const place = await this.#log.accept({ message, crc }, body).catch((error: NodeJS.ErrnoException) => {
      throw ['ENOSPC', 'EDQUOT'].includes(String(error.code)) ? new SpoolFull(error.message, { cause: error }) : error;
    });
    const live = this.#live.add(message, crc, place, body);
    this.#options.onAccepted(this.#live.workOf(live));
    return message;
  }

  /**
   * New mail and mail of the queue take turns: who sends now must not wait until a queue of hours has
   * gone out, and the queue must not wait for those who send now.
   */
  async due(hop: string, now: number, limit: number, except: ReadonlySet<number>): Promise<Work[]> {
    // The log first: what moves to the queue meanwhile is then seen in both, never in neither.
    const live = this.#live.ofHop(hop, limit, number => !except.has(number));
    const queued = await this.#queue.due(hop, now, limit, except);
    const known = new Set(queued.map(work => work.message.number));
    return takeTurns(
      live.filter(work => !known.has(work.message.number)),
      queued,
    ).slice(0, limit);
  }

  record(message: AcceptedMessage, changes: readonly RecipientChange[]): Promise<readonly string[]> {
    return this.#disk.writes(this.#record(message, changes));
  }

  async #record(message: AcceptedMessage, changes: readonly RecipientChange[]): Promise<readonly string[]> {
    const live = this.#live.get(message.number);
    if (!live || live.moving) {
      await live?.moving;
      return this.#queue.record(message, changes);
    }
    for (const change of changes) if (change.kind === 'done') live.waiting.delete(change.index);
    if (live.waiting.size === 0) {
      this.#forget(live);
      return [];
    }
    const waiting = changes.filter(change => change.kind === 'waiting');
    const done = changes.flatMap(change => (change.kind === 'done' ? [change.index] : []));
    if (done.length > 0) this.#log.note('progress', { number: message.number, done });
    if (waiting.length === 0) return this.#live.workOf(live).map(work => work.hop);
    await this.#move(live);
    return this.#queue.record(message, waiting);
  }

  /** The message is done, or safe in the queue. */
  #forget(live: LiveMessage): void {
    this.#live.delete(live);
    this.#log.note('done', { number: live.message.number });
    this.#log.release(live.place.segment);
    if (this.#room.length > 0 && this.#live.count < MOST_LIVE && this.#log.waitingBytes <= MOST_WAITING_BYTES)
      for (const go of this.#room.splice(0)) go();
  }

  /** From the log to the queue; the log forgets only what the queue has on the disk. */
  #move(live: LiveMessage): Promise<void> {
    live.moving ??= this.#disk.writes(this.#moveNow(live)).finally(() => {
      live.moving = null;
    });
    return live.moving;
  }

  async #moveNow(live: LiveMessage): Promise<void> {
    const body = await this.#bytesOf(live);
    await this.#queue.keep(live.message, [...live.waiting], body);
    this.#forget(live);
  }

  /** Moves what has been in the log for too long. */
  #sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepNow().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweepNow(): Promise<void> {
    const before = this.#options.now() - STAYS;
    const crowded = this.#live.count > MOST_LIVE / 2;
    const old = this.#live.acceptedBefore(crowded ? this.#options.now() : before, 2000);
    // A few at a time: their files share the syncs of the folder.
    for (let at = 0; at < old.length; at += 32) {
      const moves = await Promise.allSettled(old.slice(at, at + 32).map(live => this.#move(live)));
      const failed = moves.filter(move => move.status === 'rejected');
      if (failed.length > 0) {
        const why = (failed[0]!.reason as Error).message;
        this.#options.onProblem(`Messages could not be moved to the queue, they stay in the log: ${why}`);
      }
      // A disk that refuses all of them refuses the rest too.
      if (failed.length === moves.length) break;
    }
    this.#live.boundMemory();
  }

  async #waitForRoom(): Promise<void> {
    void this.#sweep();
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, 1000);
      this.#room.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  openBody(message: AcceptedMessage): Promise<MessageBody> {
    return this.#disk.reads(this.#openBody(message));
  }

  async #openBody(message: AcceptedMessage): Promise<MessageBody> {
    const live = this.#live.get(message.number);
    if (!live) return this.#queue.openBody(message);
    const bytes = await this.#bytesOf(live);
    return {
      size: message.size,
      read: async () => bytes,
      stream: (start, end) => Readable.from([bytes.subarray(start, end)]),
    };
  }

  async #bytesOf(live: LiveMessage): Promise<Buffer> {
    if (live.body) return live.body.length === 1 ? live.body[0]! : Buffer.concat(live.body);
    const bytes = await live.place.segment.read(live.place.bodyAt, live.message.size);
    if (bytes.length !== live.message.size || crc32(bytes) !== live.crc)
      throw new BodyDamaged(`Message ${live.message.id} in ${live.place.segment.path} is not what was accepted`);
    return bytes;
  }

  async setAside(message: AcceptedMessage, reason: string): Promise<string | null> {
    const live = this.#live.get(message.number);
    if (!live) return this.#queue.setAside(message, reason);
    const bytes = await live.place.segment.read(live.place.bodyAt, message.size);
    const content = Buffer.concat([writeEnvelopeLines(message.envelope), bytes]);
    const movedTo = await quarantine(join(this.#options.dataFolder, 'BadMail'), message.id, reason, content);
    this.#forget(live);
    this.#options.onSetAside({ what: `message ${message.id}`, reason, movedTo });
    return movedTo;
  }

  async aged(query: AgeQuery): Promise<AgePage> {
    // The log first, as in `due`. What waits long enough to be told of is in the queue.
    const live = query.untold ? [] : this.#live.aged(query);
    const { works, next } = await this.#queue.aged(query);
    const known = new Set(works.map(work => work.message.number));
    // Few and short-lived: they come with the last page.
    const more = next === null ? live.filter(work => !known.has(work.message.number)) : [];
    return { works: [...works, ...more], next };
  }

  markDelayed(message: AcceptedMessage, recipients: readonly number[]): Promise<void> {
    return this.#queue.markDelayed(message, recipients);
  }

  async summaries(): Promise<HopSummary[]> {
    return this.#live.addTo(await this.#queue.summaries());
  }

  async nextDue(hop: string, after: number): Promise<number | null> {
    return this.#queue.nextDue(hop, after);
  }

  async list(query: ListQuery): Promise<Work[]> {
    // The log first, as in `due`.
    const live = this.#live.list(query);
    const queued = await this.#queue.list(query);
    const known = new Set(queued.map(work => work.message.number));
    return firstMessages(
      [...queued, ...live.filter(work => !known.has(work.message.number))].sort(byNumber),
      query.limit,
    );
  }

  retryNow(hop: string, now: number): Promise<void> {
    return this.#queue.retryNow(hop, now);
  }

  /** What an administrator decided about a message is kept by the queue: it moves there first. */
  async #toQueue(message: AcceptedMessage): Promise<void> {
    const live = this.#live.get(message.number);
    if (live) await this.#move(live);
  }

  async suspend(message: AcceptedMessage, indexes: readonly number[]): Promise<void> {
    await this.#toQueue(message);
    await this.#queue.suspend(message, indexes);
  }

  async release(message: AcceptedMessage, indexes: readonly number[], now: number): Promise<void> {
    // In the log everything is due.
    if (!this.#live.get(message.number)) await this.#queue.release(message, indexes, now);
  }

  async pin(message: AcceptedMessage, indexes: readonly number[], connector: string): Promise<Arrival[]> {
    await this.#toQueue(message);
    return this.#queue.pin(message, indexes, connector);
  }

  routesChanged(): Promise<boolean> {
    return this.#queue.routesChanged();
  }

  async reroute(): Promise<void> {
    this.#live.reroute();
    await this.#queue.reroute();
  }

  hasSpace(): Promise<boolean> {
    return this.#queue.hasSpace();
  }

  /** What the disk refuses at the moment. */
  get trouble(): DiskTrouble {
    return this.#disk.trouble;
  }

  async #probe(): Promise<void> {
    await this.#log.probe();
    await this.#queue.probe();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#disk.close();
    await this.#sweeping;
    await this.#log.close();
    await this.#queue.close();
  }
}

const byNumber = (a: Work, b: Work) => a.message.number - b.message.number;

/** Of works in order of their messages, those of so many messages. */
function firstMessages(works: readonly Work[], limit: number): Work[] {
  const numbers = new Set<number>();
  const beyond = works.findIndex(work => numbers.add(work.message.number).size > limit);
  return beyond === -1 ? [...works] : works.slice(0, beyond);
}

function takeTurns<T>(one: readonly T[], other: readonly T[]): T[] {
  const all: T[] = [];
  for (let at = 0; at < Math.max(one.length, other.length); at++)
    all.push(...one.slice(at, at + 1), ...other.slice(at, at + 1));
  return all;
}

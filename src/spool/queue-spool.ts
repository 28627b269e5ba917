/**
 * The spool that keeps each message as a readable file in `Queue/` and its state in `queue.db`.
 * Order of a commit: file written and synced, renamed, folder synced, row committed; then, and only
 * then, the caller may say 250. Many messages at the same time share the syncs.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { QueueIdSource } from '../message/queue-id.ts';
import { formatReply } from '../message/reply.ts';
import { ensurePrivateFolder, freeSpace } from '../platform/files.ts';
import { writeEnvelopeLines } from './envelope-lines.ts';
import { FolderSync } from './folder-sync.ts';
import { fileOf, MessageWriter, openMessageFile } from './message-file.ts';
import { quarantine } from './quarantine.ts';
import { type RecoveryReport, recover, type SetAside } from './recovery.ts';
import { hopsOf, insertionOf, toWork } from './rows.ts';
import {
  type AgePage,
  type AgeQuery,
  type Arrival,
  type HopOf,
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
import { type ReadClient, StoreClient } from './store-client.ts';
import { DELIVERED, FAILED, type StoredMessage, WAITING } from './store-schema.ts';

export interface QueueSpoolOptions {
  readonly dataFolder: string;
  readonly now: () => number;
  readonly hopOf: HopOf;
  /** The settings that `hopOf` depends on, as a text: while it is the same, no next hop changes. */
  readonly routes: () => string;
  /** Bytes below which new mail is refused. */
  readonly minimumFreeSpace: () => number;
  /** Rings when a message was committed. */
  readonly onAccepted: (work: readonly Work[]) => void;
  /** Tells that a damaged message was put aside. */
  readonly onSetAside: (what: SetAside) => void;
  /** Tells of trouble that is not a message's fault. */
  readonly onProblem: (sentence: string) => void;
}

const SPACE_CHECKED_FOR = 1000;
/** Rows that are walked over or changed in one go. */
const AT_A_TIME = 2000;
const NEVER = Number.POSITIVE_INFINITY;
const PROBE_NAME = 'probe';

export class QueueSpool implements Spool {
  readonly #options: QueueSpoolOptions;
  readonly #queue: string;
  readonly #badMail: string;
  readonly #store: StoreClient;
  /** For what may take its time. */
  readonly #reader: ReadClient;
  readonly #ids: QueueIdSource;
  readonly #folder: FolderSync;
  readonly #open = new Set<MessageWriter>();
  readonly #committing = new Set<Promise<AcceptedMessage>>();
  /** Where the body of a message that was handed out begins, and its checksum. */
  readonly #bodies = new WeakMap<AcceptedMessage, { readonly offset: number; readonly crc: number }>();
  #space = { checkedAt: 0, enough: true };

  private constructor(options: QueueSpoolOptions, store: StoreClient, reader: ReadClient, newest: number) {
    this.#options = options;
    this.#queue = join(options.dataFolder, 'Queue');
    this.#badMail = join(options.dataFolder, 'BadMail');
    this.#store = store;
    this.#reader = reader;
    this.#ids = new QueueIdSource(options.now, newest);
    this.#folder = new FolderSync(this.#queue);
  }

  /** Opens the folder and brings it in order after whatever ended the last run. */
  static async open(
    options: QueueSpoolOptions,
  ): Promise<{ readonly spool: QueueSpool; readonly recovery: RecoveryReport }> {
    const queue = join(options.dataFolder, 'Queue');
    await ensurePrivateFolder(queue);
    await ensurePrivateFolder(join(options.dataFolder, 'BadMail'));
    const { store, report } = await recover(options.dataFolder, options.hopOf, options.now);
    const reader = await StoreClient.openReader(join(options.dataFolder, 'queue.db'));
    const spool = new QueueSpool(options, store, reader, report.newest);
    // With nothing in it, every next hop is up to date.
    const anything = { hops: null, number: null, after: 0, limit: 1, where: null };
    if ((await reader.call('list', anything)).length === 0) await store.call('setFact', 'routes', options.routes());
    return { spool, recovery: report };
  }

  /** Number and queue id for a message, in order with all others. */
  nextIdentity(): { readonly number: number; readonly id: string } {
    return this.#ids.next();
  }

  receive(envelope: Envelope, origin: Origin, { number, id } = this.#ids.next()): Reception {
    const writer = new MessageWriter(this.#queue, id, writeEnvelopeLines(envelope));
    this.#open.add(writer);
    let over = false;
    return {
      id,
      write: chunk => writer.write(chunk).catch(asSpoolFull),
      commit: async facts => {
        if (over) throw new Error('This reception is over.');
        over = true;
        this.#open.delete(writer);
        const committing = this.#commit(writer, { number, id, envelope, origin }, facts);
        this.#committing.add(committing);
        return committing.finally(() => this.#committing.delete(committing));
      },
      abort: async () => {
        // After a commit the message is ours, whatever became of its sender in the meantime.
        if (over) return;
        over = true;
        this.#open.delete(writer);
        await writer.discard();
      },
    };
  }

  async #commit(
    writer: MessageWriter,
    known: { number: number; id: string; envelope: Envelope; origin: Origin },
    facts: MessageFacts,
  ): Promise<AcceptedMessage> {
    const message: AcceptedMessage = { ...known, ...facts, receivedAt: this.#options.now(), size: writer.size };
    let hops: readonly string[];
    try {
      await this.#requireSpace();
      await writer.finish();
      await this.#folder.sync();
      hops = hopsOf(message, this.#options.hopOf);
      await this.#store.call('insert', insertionOf(message, hops, writer.offset, writer.crc));
    } catch (error) {
      await writer.discard();
      return asSpoolFull(error);
    }
    hops = await this.#catchUp(message, hops);
    this.#bodies.set(message, { offset: writer.offset, crc: writer.crc });
    this.#options.onAccepted(splitByHop(message, hops));
    return message;
  }

  /** @throws SpoolFull below the limit. A disk that can't be asked is not a reason to refuse mail. */
  async #requireSpace(): Promise<void> {
    const now = this.#options.now();
    if (now - this.#space.checkedAt >= SPACE_CHECKED_FOR || !this.#space.enough) {
      const free = await freeSpace(this.#queue).catch(() => Number.POSITIVE_INFINITY);
      this.#space = { checkedAt: now, enough: free >= this.#options.minimumFreeSpace() };
    }
    if (!this.#space.enough) throw new SpoolFull('Less disk space is free than general.minimumFreeSpace asks for.');
  }

  /** Writes and forgets a file and a row. @throws what the disk says. */
  async probe(): Promise<void> {
    const writer = new MessageWriter(this.#queue, PROBE_NAME, Buffer.from('probe\r\n'));
    try {
      await writer.finish();
      await this.#folder.sync();
    } finally {
      await writer.discard();
    }
    await this.#store.call('probe');
  }

  async hasSpace(): Promise<boolean> {
    return this.#requireSpace().then(
      () => true,
      () => false,
    );
  }

  /**
   * Takes a message that was accepted elsewhere (the fast lane) and has these recipients left.
   * Resolves when it is on the disk; false when the queue has it already.
   */
  async keep(message: AcceptedMessage, waiting: readonly number[], body: Buffer): Promise<boolean> {
    // At a start it comes from the log, and the clock may have gone back since it was accepted.
    this.#ids.taken(message.number);
    if (await this.#store.call('has', message.number)) return false;
    const recipients = waiting.map(index => message.envelope.recipients[index]!);
    const writer = new MessageWriter(this.#queue, message.id, writeEnvelopeLines({ ...message.envelope, recipients }));
    let hops: readonly string[];
    try {
      await writer.write(body);
      await writer.finish();
      await this.#folder.sync();
      hops = hopsOf(message, this.#options.hopOf);
      await this.#store.call('insert', withWaiting(insertionOf(message, hops, writer.offset, writer.crc), waiting));
    } catch (error) {
      await writer.discard();
      throw error;
    }
    await this.#catchUp(message, hops);
    this.#bodies.set(message, { offset: writer.offset, crc: writer.crc });
    return true;
  }

  /** The connectors may have changed while the row was written, and `reroute` may have passed it by. */
  async #catchUp(message: AcceptedMessage, hops: readonly string[]): Promise<readonly string[]> {
    const current = hopsOf(message, this.#options.hopOf);
    const moves = current.flatMap((hop, position) =>
      hop === hops[position] ? [] : [{ message: message.number, position, hop }],
    );
    try {
      if (moves.length > 0) await this.#store.call('setHops', moves);
      return current;
    } catch (error) {
      // It is accepted all the same, and gets its hop with the next start or change.
      this.#options.onProblem(`The next hop of message ${message.id} could not be stored: ${(error as Error).message}`);
      return hops;
    }
  }

  async due(hop: string, now: number, limit: number, except: ReadonlySet<number>): Promise<Work[]> {
    const rows = await this.#store.call('due', hop, now, limit, [...except]);
    return this.#works(rows, [hop]).map(work => ({
      ...work,
      recipients: work.recipients.filter(r => r.nextAttempt <= now),
    }));
  }

  async record(message: AcceptedMessage, changes: readonly RecipientChange[]): Promise<readonly string[]> {
    const updates = changes.map(change => ({
      position: change.index,
      status: change.kind === 'waiting' ? WAITING : change.status === 'Delivered' ? DELIVERED : FAILED,
      reply: formatReply(change.reply),
      nextAttempt: change.kind === 'waiting' ? change.nextAttempt : 0,
    }));
    const left = await this.#store.call('update', message.number, updates);
    if (left.length === 0) await this.#forget(message);
    return left;
  }

  /** The file goes first: a row without waiting recipients tells a restart that it is rubbish. */
  async #forget(message: AcceptedMessage): Promise<void> {
    await rm(fileOf(this.#queue, message.id), { force: true });
    await this.#store.call('remove', message.number);
  }

  async openBody(message: AcceptedMessage): Promise<MessageBody> {
    const at = this.#bodies.get(message);
    if (!at) throw new Error(`Message ${message.id} was not handed out by this spool.`);
    return openMessageFile(fileOf(this.#queue, message.id), at.offset, message.size, at.crc);
  }

  setAside(message: AcceptedMessage, reason: string): Promise<string | null> {
    return this.#setRowAside(message.number, message.id, reason);
  }

  async #setRowAside(number: number, id: string, reason: string): Promise<string | null> {
    await ensurePrivateFolder(this.#badMail);
    const movedTo = await quarantine(this.#badMail, id, reason, fileOf(this.#queue, id));
    await this.#store.call('remove', number);
    this.#options.onSetAside({ what: `message ${id}`, reason, movedTo });
    return movedTo;
  }

  async aged(query: AgeQuery): Promise<AgePage> {
    const { found, next } = await this.#reader.call('aged', query);
    const wanted = new Map(found.map(({ stored, positions }) => [stored.message.number, new Set(positions)]));
    const works = this.#works(
      found.map(({ stored }) => stored),
      null,
    ).flatMap(work => {
      const recipients = work.recipients.filter(({ index }) => wanted.get(work.message.number)!.has(index));
      return recipients.length === 0 ? [] : [{ ...work, recipients }];
    });
    return { works, next };
  }

  async markDelayed(message: AcceptedMessage, recipients: readonly number[]): Promise<void> {
    await this.#store.call('setDelayReported', message.number, recipients);
  }

  async summaries(): Promise<HopSummary[]> {
    const rows = await this.#reader.call('summaries');
    return rows.map(row => ({ ...row, nextAttempt: row.nextAttempt ?? NEVER }));
  }

  async nextDue(hop: string, after: number): Promise<number | null> {
    return this.#store.call('nextDue', hop, after);
  }

  async list({ hops, number, after = 0, limit, where = null }: ListQuery): Promise<Work[]> {
    return this.#works(await this.#reader.call('list', { hops, number, after, limit, where }), hops, true);
  }

  async retryNow(hop: string, now: number): Promise<void> {
    // Some at a time, so that mail which comes in meanwhile does not wait.
    while (await this.#store.call('retrySome', hop, now, AT_A_TIME));
  }

  async suspend(message: AcceptedMessage, indexes: readonly number[]): Promise<void> {
    await this.#store.call('suspend', message.number, indexes);
  }

  async release(message: AcceptedMessage, indexes: readonly number[], now: number): Promise<void> {
    await this.#store.call('release', message.number, indexes, now);
  }

  async pin(message: AcceptedMessage, indexes: readonly number[], connector: string): Promise<Arrival[]> {
    const { recipients, reversePath } = message.envelope;
    const { origin } = message;
    const hopOf = (index: number) =>
      this.#options.hopOf({ recipient: recipients[index]!.address, reversePath, origin, pinned: connector });
    const hops = Map.groupBy(indexes, hopOf);
    return Promise.all(
      [...hops].map(async ([hop, positions]) => {
        const joins = await this.#store.call('pin', message.number, positions, connector, hop);
        return { hop, recipients: positions.length, joins };
      }),
    );
  }

  async routesChanged(): Promise<boolean> {
    return (await this.#reader.call('fact', 'routes')) !== this.#options.routes();
  }

  async reroute(): Promise<void> {
    // Read before the walk: what changes during it asks for another.
    const routes = this.#options.routes();
    for (let message = 0, position = -1; ; ) {
      const rows = await this.#reader.call('routed', message, position, AT_A_TIME);
      if (rows.length === 0) break;
      const changes = rows.flatMap(row => {
        const hop = this.#options.hopOf({ ...row, recipient: row.address, origin: JSON.parse(row.origin) as Origin });
        return hop === row.hop ? [] : [{ message: row.message, position: row.position, hop }];
      });
      if (changes.length > 0) await this.#store.call('setHops', changes);
      ({ message, position } = rows[rows.length - 1]!);
    }
    await this.#store.call('setFact', 'routes', routes);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map(writer => writer.discard()));
    // What is being committed may be acknowledged any moment: it comes to its end.
    await Promise.allSettled(this.#committing);
    await this.#reader.close();
    await this.#store.close();
  }

  #works(rows: readonly StoredMessage[], hops: readonly string[] | null, suspendedToo = false): Work[] {
    return rows.flatMap(row => {
      try {
        const works = toWork(row, hops, suspendedToo);
        for (const work of works) this.#bodies.set(work.message, { offset: row.message.offset, crc: row.message.crc });
        return works;
      } catch (error) {
        // One unreadable row must not hold up the rest.
        this.#setRowAside(
          row.message.number,
          row.message.id,
          `The row of message ${row.message.id} in queue.db can't be read: ${(error as Error).message}`,
        ).catch(() => {});
        return [];
      }
    });
  }
}

const isNoSpace = (error: unknown) =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code)) ||
  /database or disk is full/i.test(String((error as Error).message));

function asSpoolFull(error: unknown): never {
  throw isNoSpace(error) ? new SpoolFull((error as Error).message, { cause: error }) : error;
}

/** The other recipients are done already. */
function withWaiting(stored: StoredMessage, waiting: readonly number[]): StoredMessage {
  const left = new Set(waiting);
  return {
    ...stored,
    recipients: stored.recipients.map(row => (left.has(row.position) ? row : { ...row, status: DELIVERED })),
  };
}

function splitByHop(message: AcceptedMessage, hops: readonly string[]): Work[] {
  return [...new Set(hops)].map(hop => ({
    message,
    hop,
    recipients: hops.flatMap((other, index) =>
      other === hop ? [{ index, attempts: 0, nextAttempt: message.receivedAt, lastReply: null }] : [],
    ),
  }));
}

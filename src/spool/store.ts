/**
 * queue.db: which recipients of which message wait for which next hop, until when, and why. One
 * synchronous class around SQLite; it runs in a thread of its own (store-worker.ts), where calls
 * arrive in batches and share one commit.
 *
 * A message's row is written when its file is in place and is the moment of acceptance. When the
 * last recipient is done, `waiting` becomes 0: from then on the file is rubbish. Only after the file
 * is gone is the row deleted, so that a crash in between never makes delivered mail come back.
 */
import { DatabaseSync } from 'node:sqlite';
import { StoreReader } from './store-reader.ts';
import {
  FORMAT,
  isLeft,
  LEFT,
  MESSAGE_COLUMNS,
  prepareTables,
  RECIPIENT_COLUMNS,
  type StoredMessage,
  SUSPENDED,
  WAITING,
} from './store-schema.ts';

export interface RecipientUpdate {
  position: number;
  status: number;
  reply: string;
  nextAttempt: number;
}

/** Where recipients wait now. */
export interface HopChange {
  readonly message: number;
  readonly position: number;
  readonly hop: string;
}

export class Store extends StoreReader {
  constructor(path: string) {
    const db = new DatabaseSync(path);
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;',
    );
    prepareTables(db, path);
    super(db);
  }

  transaction<T>(run: () => T): T {
    // Left open when a ROLLBACK failed on a failing disk.
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      // A failed COMMIT (disk full) may have rolled back already.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  insert({ message, recipients }: StoredMessage): void {
    this.sql(`INSERT INTO message (${MESSAGE_COLUMNS}, waiting) VALUES (${'?,'.repeat(11)} ?)`).run(
      message.number,
      message.id,
      message.reversePath,
      message.options,
      message.origin,
      message.receivedAt,
      message.size,
      message.offset,
      message.crc,
      message.subject,
      message.internetMessageId,
      recipients.filter(isLeft).length,
    );
    const add = this.sql(`INSERT INTO recipient (message, ${RECIPIENT_COLUMNS}) VALUES (${'?,'.repeat(10)} ?)`);
    for (const r of recipients)
      add.run(
        message.number,
        r.position,
        r.address,
        r.notify,
        r.orcpt,
        r.hop,
        r.status,
        r.attempts,
        r.nextAttempt,
        r.lastReply,
        r.pinned,
      );
  }

  /** Stores verdicts. @returns the next hops for which recipients of the message still wait; none when it is done. */
  update(number: number, updates: readonly RecipientUpdate[]): string[] {
    const change = this.sql(
      'UPDATE recipient SET status = ?, attempts = attempts + 1, lastReply = ?, nextAttempt = ? WHERE message = ? AND position = ?',
    );
    for (const u of updates) change.run(u.status, u.reply, u.nextAttempt, number, u.position);
    const left = this.sql(`SELECT hop FROM recipient WHERE message = ? AND status IN ${LEFT}`).all(number) as {
      hop: string;
    }[];
    this.sql('UPDATE message SET waiting = ? WHERE number = ?').run(left.length, number);
    if (left.length === 0) this.sql('DELETE FROM recipient WHERE message = ?').run(number);
    return [...new Set(left.map(({ hop }) => hop))];
  }

  /** Forgets a message and its recipients. */
  remove(number: number): void {
    this.sql('DELETE FROM recipient WHERE message = ?').run(number);
    this.sql('DELETE FROM message WHERE number = ?').run(number);
  }

  setDelayReported(number: number, positions: readonly number[]): void {
    const mark = this.sql('UPDATE recipient SET delayReported = 1 WHERE message = ? AND position = ?');
    for (const position of positions) mark.run(number, position);
  }

  /** Makes some of what waits for a hop due; false when nothing is left to be made so. */
  retrySome(hop: string, now: number, limit: number): boolean {
    const { changes } = this.sql(
      `UPDATE recipient SET nextAttempt = ?1 WHERE (message, position) IN (
         SELECT message, position FROM recipient WHERE hop = ?2 AND status = ${WAITING} AND nextAttempt > ?1
         ORDER BY nextAttempt LIMIT ?3)`,
    ).run(now, hop, limit);
    return Number(changes) === limit;
  }

  suspend(number: number, positions: readonly number[]): void {
    const change = this.sql(
      `UPDATE recipient SET status = ${SUSPENDED} WHERE message = ? AND position = ? AND status = ${WAITING}`,
    );
    for (const position of positions) change.run(number, position);
  }

  /** Due now, suspended or not. */
  release(number: number, positions: readonly number[], now: number): void {
    const change = this.sql(
      `UPDATE recipient SET status = ${WAITING}, nextAttempt = min(nextAttempt, ?) WHERE message = ? AND position = ? AND status IN ${LEFT}`,
    );
    for (const position of positions) change.run(now, number, position);
  }

  /** @returns whether other recipients of the message waited for this hop already. */
  pin(number: number, positions: readonly number[], connector: string, hop: string): boolean {
    const others = this.sql(
      `SELECT 1 FROM recipient WHERE message = ? AND hop = ? AND status IN ${LEFT} AND position NOT IN (SELECT value FROM json_each(?))`,
    ).get(number, hop, JSON.stringify(positions));
    const change = this.sql(
      `UPDATE recipient SET pinned = ?, hop = ? WHERE message = ? AND position = ? AND status IN ${LEFT}`,
    );
    for (const position of positions) change.run(connector, hop, number, position);
    return others !== undefined;
  }

  setHops(changes: readonly HopChange[]): void {
    const change = this.sql('UPDATE recipient SET hop = ? WHERE message = ? AND position = ?');
    for (const { message, position, hop } of changes) change.run(hop, message, position);
  }

  /** Writes what is there already: throws while the disk refuses. */
  probe(): void {
    this.db.exec(`PRAGMA user_version = ${FORMAT}`);
  }

  setFact(name: string, value: string): void {
    this.sql('INSERT INTO fact VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2').run(name, value);
  }
}

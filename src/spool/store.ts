/**
 * queue.db: which recipients of which message wait for which next hop, until when, and why. One
 * synchronous class around SQLite; it runs in a thread of its own (store-worker.ts), where calls
 * arrive in batches and share one commit.
 *
 * A message's row is written when its file is in place and is the moment of acceptance. When the
 * last recipient is done, `waiting` becomes 0: from then on the file is rubbish. Only after the file
 * is gone is the row deleted, so that a crash in between never makes delivered mail come back.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Age, AgeQuery } from './spool.ts';

export interface MessageRow {
  number: number;
  id: string;
  reversePath: string;
  /** JSON: ret, envid, eightBitMime, smtpUtf8. */
  options: string;
  /** JSON of Origin. */
  origin: string;
  receivedAt: number;
  size: number;
  /** Bytes of the file before the message. */
  offset: number;
  crc: number;
  subject: string | null;
  internetMessageId: string | null;
}

export interface RecipientRow {
  position: number;
  address: string;
  notify: string;
  orcpt: string | null;
  hop: string;
  status: number;
  attempts: number;
  nextAttempt: number;
  lastReply: string | null;
  /** The connector an administrator chose. */
  pinned: string | null;
}

export interface StoredMessage {
  message: MessageRow;
  /** All recipients, in envelope order. */
  recipients: RecipientRow[];
}

export interface RecipientUpdate {
  position: number;
  status: number;
  reply: string;
  nextAttempt: number;
}

export interface HopRow {
  hop: string;
  messages: number;
  recipients: number;
  /** Null when all are suspended. */
  nextAttempt: number | null;
}

/** Values of `status`. A suspended recipient still waits, but is never due. */
export const WAITING = 0;
export const DELIVERED = 1;
export const FAILED = 2;
export const SUSPENDED = 3;

const FORMAT = 2;
/** What tables of older formats lack; each is added where it is missing. */
const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  pinned: 'TEXT',
  delayReported: 'INTEGER NOT NULL DEFAULT 0',
};
const LEFT = `(${WAITING}, ${SUSPENDED})`;

const TABLES = `
CREATE TABLE message (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL, reversePath TEXT NOT NULL, options TEXT NOT NULL, origin TEXT NOT NULL,
  receivedAt INTEGER NOT NULL, size INTEGER NOT NULL, offset INTEGER NOT NULL, crc INTEGER NOT NULL,
  subject TEXT, internetMessageId TEXT, waiting INTEGER NOT NULL
) STRICT;
CREATE TABLE recipient (
  message INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL, notify TEXT NOT NULL, orcpt TEXT,
  hop TEXT NOT NULL, status INTEGER NOT NULL, attempts INTEGER NOT NULL, nextAttempt INTEGER NOT NULL, lastReply TEXT,
  pinned TEXT,
  delayReported INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient (hop, nextAttempt, message) WHERE status = ${WAITING};
CREATE INDEX message_age ON message (receivedAt);
`;

const MESSAGE_COLUMNS =
  'number, id, reversePath, options, origin, receivedAt, size, offset, crc, subject, internetMessageId';
const RECIPIENT_COLUMNS = 'position, address, notify, orcpt, hop, status, attempts, nextAttempt, lastReply, pinned';

export class Store {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;',
    );
    const format = (this.#db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (format === 0) this.#db.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${FORMAT}; COMMIT;`);
    else if (format > FORMAT)
      throw new Error(`${path} was written by a newer relay (format ${format}, this one knows ${FORMAT}).`);
    else this.#migrate();
  }

  /** Adds what older formats did not have, all or nothing; what is there already is left alone. */
  #migrate(): void {
    const columns = this.#db.prepare('PRAGMA table_info(recipient)').all() as { name: string }[];
    // Without the table it is no database of ours, and the check says so.
    if (columns.length === 0) return;
    this.transaction(() => {
      for (const [name, definition] of Object.entries(ADDED_COLUMNS)) {
        if (!columns.some(column => column.name === name))
          this.#db.exec(`ALTER TABLE recipient ADD COLUMN ${name} ${definition}`);
      }
      this.#db.exec(`PRAGMA user_version = ${FORMAT}`);
    });
  }

  /** @throws when the file is damaged; cheap for small queues, linear in the file's size. */
  check(): void {
    const row = this.#db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (row.quick_check !== 'ok') throw new Error(`quick_check says: ${row.quick_check}`);
    this.#db.prepare(`SELECT ${MESSAGE_COLUMNS}, waiting FROM message`);
    this.#db.prepare(`SELECT message, ${RECIPIENT_COLUMNS} FROM recipient`);
  }

  transaction<T>(run: () => T): T {
    // Left open when a ROLLBACK failed on a failing disk.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // A failed COMMIT (disk full) may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  insert({ message, recipients }: StoredMessage): void {
    this.#sql(`INSERT INTO message (${MESSAGE_COLUMNS}, waiting) VALUES (${'?,'.repeat(11)} ?)`).run(
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
    const add = this.#sql(`INSERT INTO recipient (message, ${RECIPIENT_COLUMNS}) VALUES (${'?,'.repeat(10)} ?)`);
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
    const change = this.#sql(
      'UPDATE recipient SET status = ?, attempts = attempts + 1, lastReply = ?, nextAttempt = ? WHERE message = ? AND position = ?',
    );
    for (const u of updates) change.run(u.status, u.reply, u.nextAttempt, number, u.position);
    const left = this.#sql(`SELECT hop FROM recipient WHERE message = ? AND status IN ${LEFT}`).all(number) as {
      hop: string;
    }[];
    this.#sql('UPDATE message SET waiting = ? WHERE number = ?').run(left.length, number);
    if (left.length === 0) this.#sql('DELETE FROM recipient WHERE message = ?').run(number);
    return [...new Set(left.map(({ hop }) => hop))];
  }

  /** Forgets a message and its recipients. */
  remove(number: number): void {
    this.#sql('DELETE FROM recipient WHERE message = ?').run(number);
    this.#sql('DELETE FROM message WHERE number = ?').run(number);
  }

  due(hop: string, now: number, limit: number): StoredMessage[] {
    const rows = this.#sql(
      `SELECT DISTINCT message FROM recipient WHERE hop = ? AND status = ${WAITING} AND nextAttempt <= ? ORDER BY nextAttempt, message LIMIT ?`,
    ).all(hop, now, limit) as { message: number }[];
    return this.#load(rows.map(row => row.message));
  }

  /**
   * A page of messages by age. Each call looks at `limit` messages and no more, so that a walk over a
   * long queue never keeps others waiting. @returns the wanted ones, with their wanted recipients.
   */
  aged({ after, before, hops, untold, limit }: AgeQuery): {
    found: { stored: StoredMessage; positions: number[] }[];
    next: Age | null;
  } {
    const [list, isListed] = 'only' in hops ? [hops.only, 'IN'] : [hops.except, 'NOT IN'];
    const names = JSON.stringify(list);
    const wanted = `message = ? AND status = ${WAITING} AND hop ${isListed} (SELECT value FROM json_each(?))${untold ? ' AND delayReported = 0' : ''}`;
    const ofNumber = wanted.replace('message = ?', 'message = number');
    const rows = this.#sql(
      `SELECT number, receivedAt, ${untold ? "reversePath <> '' AND " : ''}EXISTS (SELECT 1 FROM recipient WHERE ${ofNumber}) AS wanted FROM message WHERE (receivedAt, number) > (?, ?) AND receivedAt <= ? AND waiting > 0 ORDER BY receivedAt, number LIMIT ?`,
    ).all(names, after?.receivedAt ?? -1, after?.number ?? -1, before, limit) as unknown as (Age & {
      wanted: number;
    })[];
    const positions = this.#sql(`SELECT position FROM recipient WHERE ${wanted} ORDER BY position`);
    const found = this.#load(rows.filter(row => row.wanted).map(row => row.number)).map(stored => ({
      stored,
      positions: (positions.all(stored.message.number, names) as { position: number }[]).map(row => row.position),
    }));
    const last = rows.at(-1);
    const isLast = rows.length < limit || !last;
    return { found, next: isLast ? null : { receivedAt: last.receivedAt, number: last.number } };
  }

  setDelayReported(number: number, positions: readonly number[]): void {
    const mark = this.#sql('UPDATE recipient SET delayReported = 1 WHERE message = ? AND position = ?');
    for (const position of positions) mark.run(number, position);
  }

  list(hops: readonly string[] | null, number: number | null, limit: number): StoredMessage[] {
    const wanted =
      hops === null
        ? ''
        : ` AND number IN (SELECT message FROM recipient WHERE status IN ${LEFT} AND hop IN (SELECT value FROM json_each(?)))`;
    const exact = number === null ? '' : ' AND number = ?';
    const values = [...(hops === null ? [] : [JSON.stringify(hops)]), ...(number === null ? [] : [number]), limit];
    const rows = this.#sql(`SELECT number FROM message WHERE waiting > 0${wanted}${exact} ORDER BY number LIMIT ?`).all(
      ...values,
    ) as { number: number }[];
    return this.#load(rows.map(row => row.number));
  }

  summaries(): HopRow[] {
    return this.#sql(
      `SELECT hop, count(DISTINCT message) AS messages, count(*) AS recipients, min(CASE WHEN status = ${WAITING} THEN nextAttempt END) AS nextAttempt FROM recipient WHERE status IN ${LEFT} GROUP BY hop`,
    ).all() as unknown as HopRow[];
  }

  nextDue(hop: string, after: number): number | null {
    const row = this.#sql(
      `SELECT min(nextAttempt) AS next FROM recipient WHERE hop = ? AND status = ${WAITING} AND nextAttempt > ?`,
    ).get(hop, after) as { next: number | null };
    return row.next;
  }

  retryNow(hop: string, now: number): void {
    this.#sql(`UPDATE recipient SET nextAttempt = ? WHERE hop = ? AND status = ${WAITING} AND nextAttempt > ?`).run(
      now,
      hop,
      now,
    );
  }

  suspend(number: number, positions: readonly number[]): void {
    const change = this.#sql(
      `UPDATE recipient SET status = ${SUSPENDED} WHERE message = ? AND position = ? AND status = ${WAITING}`,
    );
    for (const position of positions) change.run(number, position);
  }

  /** Due now, suspended or not. */
  release(number: number, positions: readonly number[], now: number): void {
    const change = this.#sql(
      `UPDATE recipient SET status = ${WAITING}, nextAttempt = min(nextAttempt, ?) WHERE message = ? AND position = ? AND status IN ${LEFT}`,
    );
    for (const position of positions) change.run(now, number, position);
  }

  /** @returns whether other recipients of the message waited for this hop already. */
  pin(number: number, positions: readonly number[], connector: string, hop: string): boolean {
    const others = this.#sql(
      `SELECT 1 FROM recipient WHERE message = ? AND hop = ? AND status IN ${LEFT} AND position NOT IN (SELECT value FROM json_each(?))`,
    ).get(number, hop, JSON.stringify(positions));
    const change = this.#sql(
      `UPDATE recipient SET pinned = ?, hop = ? WHERE message = ? AND position = ? AND status IN ${LEFT}`,
    );
    for (const position of positions) change.run(connector, hop, number, position);
    return others !== undefined;
  }

  setHop(number: number, position: number, hop: string): void {
    this.#sql('UPDATE recipient SET hop = ? WHERE message = ? AND position = ?').run(hop, number, position);
  }

  /** Messages with waiting or suspended recipients after a number, for a walk over all of them. */
  after(number: number, limit: number): StoredMessage[] {
    const rows = this.#sql('SELECT number FROM message WHERE number > ? AND waiting > 0 ORDER BY number LIMIT ?').all(
      number,
      limit,
    ) as { number: number }[];
    return this.#load(rows.map(row => row.number));
  }

  /** Whether a message is known, also one that is done but not yet tidied away. */
  has(number: number): boolean {
    return this.#sql('SELECT 1 FROM message WHERE number = ?').get(number) !== undefined;
  }

  /** Writes what is there already: throws while the disk refuses. */
  probe(): void {
    this.#db.exec(`PRAGMA user_version = ${FORMAT}`);
  }

  /** Answers when everything before it is done. */
  ping(): void {}

  /** Every message known, also those done whose file may still be there. */
  known(): { number: number; id: string; waiting: number }[] {
    return this.#sql('SELECT number, id, waiting FROM message').all() as {
      number: number;
      id: string;
      waiting: number;
    }[];
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #load(numbers: readonly number[]): StoredMessage[] {
    const one = this.#sql(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE number = ?`);
    const all = this.#sql(`SELECT ${RECIPIENT_COLUMNS} FROM recipient WHERE message = ? ORDER BY position`);
    return numbers.map(number => ({
      message: one.get(number) as unknown as MessageRow,
      recipients: all.all(number) as unknown as RecipientRow[],
    }));
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

/** Waits, due or suspended. */
export const isLeft = ({ status }: { readonly status: number }): boolean => status === WAITING || status === SUSPENDED;

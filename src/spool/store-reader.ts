/**
 * What queue.db can be asked. In a thread of its own with a connection of its own (store-worker.ts),
 * so that a look through a million messages never holds up a commit; the thread that writes can ask
 * the same.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Condition, toSql } from './condition.ts';
import type { Age, AgeQuery } from './spool.ts';
import {
  LEFT,
  MESSAGE_COLUMNS,
  type MessageRow,
  RECIPIENT_COLUMNS,
  type RecipientRow,
  type StoredMessage,
  WAITING,
} from './store-schema.ts';

export interface HopRow {
  hop: string;
  messages: number;
  recipients: number;
  /** Null when all are suspended. */
  nextAttempt: number | null;
}

export interface ListedRows {
  /** Exact next hops; null for all. */
  readonly hops: readonly string[] | null;
  readonly number: number | null;
  /** Only messages with a higher number. */
  readonly after: number;
  readonly limit: number;
  readonly where: Condition | null;
}

/** A recipient that waits, with what its next hop depends on. */
export interface RoutedRow {
  message: number;
  position: number;
  hop: string;
  address: string;
  pinned: string | null;
  reversePath: string;
  /** JSON of Origin. */
  origin: string;
}

/** How files of the Queue folder and rows differ; numbers of messages. */
export interface Differences {
  readonly highest: number;
  /** Rows whose recipients are all done. */
  readonly done: readonly number[];
  readonly rowsWithoutFile: readonly number[];
  readonly filesWithoutRow: readonly number[];
}

export class StoreReader {
  protected readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  /** What `run` asks, it sees as of one moment. */
  snapshot<T>(run: () => T): T {
    this.db.exec('BEGIN');
    try {
      return run();
    } finally {
      if (this.db.isTransaction) this.db.exec('COMMIT');
    }
  }

  /** @throws when the file is damaged; linear in the file's size, about a second for a million messages. */
  check(): void {
    const row = this.db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (row.quick_check !== 'ok') throw new Error(`quick_check says: ${row.quick_check}`);
    this.db.prepare(`SELECT ${MESSAGE_COLUMNS}, waiting FROM message`);
    this.db.prepare(`SELECT message, ${RECIPIENT_COLUMNS} FROM recipient`);
  }

  /** Messages of a hop that are due, the longest due first, without those in `except`. */
  due(hop: string, now: number, limit: number, except: readonly number[]): StoredMessage[] {
    const seen = new Set(except);
    const found: number[] = [];
    const rows = this.sql(
      `SELECT message FROM recipient WHERE hop = ? AND status = ${WAITING} AND nextAttempt <= ? ORDER BY nextAttempt, message`,
    ).iterate(hop, now) as Iterable<{ message: number }>;
    for (const { message } of rows) {
      if (seen.has(message)) continue;
      seen.add(message);
      if (found.push(message) >= limit) break;
    }
    return this.#load(found);
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
    const rows = this.sql(
      `SELECT number, receivedAt, ${untold ? "reversePath <> '' AND " : ''}EXISTS (SELECT 1 FROM recipient WHERE ${ofNumber}) AS wanted FROM message WHERE (receivedAt, number) > (?, ?) AND receivedAt <= ? AND waiting > 0 ORDER BY receivedAt, number LIMIT ?`,
    ).all(names, after?.receivedAt ?? -1, after?.number ?? -1, before, limit) as unknown as (Age & {
      wanted: number;
    })[];
    const positions = this.sql(`SELECT position FROM recipient WHERE ${wanted} ORDER BY position`);
    const found = this.#load(rows.filter(row => row.wanted).map(row => row.number)).map(stored => ({
      stored,
      positions: (positions.all(stored.message.number, names) as { position: number }[]).map(row => row.position),
    }));
    const last = rows.at(-1);
    const isLast = rows.length < limit || !last;
    return { found, next: isLast ? null : { receivedAt: last.receivedAt, number: last.number } };
  }

  /** Messages with waiting or suspended recipients, by number. */
  list({ hops, number, after, limit, where }: ListedRows): StoredMessage[] {
    const condition = where === null ? null : toSql(where);
    const also = condition === null ? '' : ` AND ${condition.sql}`;
    const values = condition === null ? [] : condition.values;
    if (number !== null) {
      const row = this.sql(`SELECT number FROM message WHERE number = ? AND number > ? AND waiting > 0${also}`);
      return this.#load((row.all(number, after, ...values) as { number: number }[]).map(found => found.number));
    }
    // One hop among many: through the index of its messages. Else through all messages in order.
    const source =
      hops === null
        ? 'message WHERE number > ? AND waiting > 0'
        : hops.length === 1
          ? `recipient CROSS JOIN message ON number = message WHERE hop = ? AND status IN ${LEFT} AND message > ?`
          : `message WHERE EXISTS (SELECT 1 FROM recipient WHERE message = number AND status IN ${LEFT} AND hop IN (SELECT value FROM json_each(?))) AND number > ?`;
    const named = hops === null ? [] : hops.length === 1 ? [hops[0]!] : [JSON.stringify(hops)];
    const rows = this.sql(`SELECT DISTINCT number FROM ${source}${also} ORDER BY number LIMIT ?`);
    return this.#load((rows.all(...named, after, ...values, limit) as { number: number }[]).map(row => row.number));
  }

  summaries(): HopRow[] {
    const rows = this.sql(
      `SELECT hop, count(DISTINCT message) AS messages, count(*) AS recipients FROM recipient INDEXED BY recipient_hop WHERE status IN ${LEFT} GROUP BY hop`,
    ).all() as unknown as Omit<HopRow, 'nextAttempt'>[];
    return rows.map(row => ({ ...row, nextAttempt: this.nextDue(row.hop, -1) }));
  }

  nextDue(hop: string, after: number): number | null {
    const row = this.sql(
      `SELECT min(nextAttempt) AS next FROM recipient WHERE hop = ? AND status = ${WAITING} AND nextAttempt > ?`,
    ).get(hop, after) as { next: number | null };
    return row.next;
  }

  /** Recipients that wait, after one, for a walk over all of them. */
  routed(message: number, position: number, limit: number): RoutedRow[] {
    return this.sql(
      `SELECT r.message, r.position, r.hop, r.address, r.pinned, m.reversePath, m.origin
       FROM recipient r JOIN message m ON m.number = r.message
       WHERE (r.message, r.position) > (?, ?) AND r.status IN ${LEFT} ORDER BY r.message, r.position LIMIT ?`,
    ).all(message, position, limit) as unknown as RoutedRow[];
  }

  /** Whether a message is known, also one that is done but not yet tidied away. */
  has(number: number): boolean {
    return this.sql('SELECT 1 FROM message WHERE number = ?').get(number) !== undefined;
  }

  /** A fact about the queue as a whole. */
  fact(name: string): string | null {
    const row = this.sql('SELECT value FROM fact WHERE name = ?').get(name) as { value: string } | undefined;
    return row?.value ?? null;
  }

  /** Compares the rows with the numbers of the files, which are in ascending order. */
  differences(files: Float64Array): Differences {
    const rows = this.#numbers();
    const rowsWithoutFile: number[] = [];
    const filesWithoutRow: number[] = [];
    for (let r = 0, f = 0; r < rows.length || f < files.length; ) {
      const [row, file] = [rows[r] ?? Number.POSITIVE_INFINITY, files[f] ?? Number.POSITIVE_INFINITY];
      if (row < file) rowsWithoutFile.push(row);
      else if (file < row) filesWithoutRow.push(file);
      if (row <= file) r++;
      if (file <= row) f++;
    }
    const done = this.sql('SELECT number FROM message WHERE waiting = 0').all() as { number: number }[];
    const isDone = new Set(done.map(row => row.number));
    return {
      highest: Math.max(rows.at(-1) ?? 0, files.at(-1) ?? 0),
      done: [...isDone],
      rowsWithoutFile: rowsWithoutFile.filter(number => !isDone.has(number)),
      filesWithoutRow,
    };
  }

  /** Of all rows, ascending. Through an index: a tenth of what the table itself would have to be read for. */
  #numbers(): Float64Array {
    const { count } = this.sql('SELECT count(*) AS count FROM message').get() as { count: number };
    const numbers = new Float64Array(count);
    const statement = this.db.prepare('SELECT number FROM message INDEXED BY message_age');
    statement.setReturnArrays(true);
    let at = 0;
    for (const [number] of statement.iterate() as unknown as Iterable<[number]>) numbers[at++] = number;
    return numbers.sort();
  }

  /** Answers when everything before it is done. */
  ping(): void {}

  close(): void {
    this.#statements.clear();
    this.db.close();
  }

  #load(numbers: readonly number[]): StoredMessage[] {
    const one = this.sql(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE number = ?`);
    const all = this.sql(`SELECT ${RECIPIENT_COLUMNS} FROM recipient WHERE message = ? ORDER BY position`);
    return numbers.map(number => ({
      message: one.get(number) as unknown as MessageRow,
      recipients: all.all(number) as unknown as RecipientRow[],
    }));
  }

  protected sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

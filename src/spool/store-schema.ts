/**
 * The tables of queue.db, and how those of an older relay become these.
 */
import type { DatabaseSync } from 'node:sqlite';

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

/** Both kinds that wait, for SQL. */
export const LEFT = `(${WAITING}, ${SUSPENDED})`;

/** Waits, due or suspended. */
export const isLeft = ({ status }: { readonly status: number }): boolean => status === WAITING || status === SUSPENDED;

export const MESSAGE_COLUMNS =
  'number, id, reversePath, options, origin, receivedAt, size, offset, crc, subject, internetMessageId';
export const RECIPIENT_COLUMNS =
  'position, address, notify, orcpt, hop, status, attempts, nextAttempt, lastReply, pinned';

export const FORMAT = 3;
/** What recipient rows of older formats lack; each is added where it is missing. */
const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  pinned: 'TEXT',
  delayReported: 'INTEGER NOT NULL DEFAULT 0',
};

/** What older formats lack altogether. */
const SINCE_FORMAT_3 = `
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipient_hop ON recipient (hop, message) WHERE status IN ${LEFT};
CREATE INDEX IF NOT EXISTS message_done ON message (number) WHERE waiting = 0;
`;

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
${SINCE_FORMAT_3}`;

/** Makes the tables, or brings those of an older relay up to date. @throws for a newer format. */
export function prepareTables(db: DatabaseSync, path: string): void {
  const format = (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (format > FORMAT)
    throw new Error(`${path} was written by a newer relay (format ${format}, this one knows ${FORMAT}).`);
  if (format === 0) db.exec(`BEGIN; ${TABLES} PRAGMA user_version = ${FORMAT}; COMMIT;`);
  else if (format < FORMAT) migrate(db);
}

/** Adds what older formats did not have, all or nothing; what is there already is left alone. */
function migrate(db: DatabaseSync): void {
  const columns = db.prepare('PRAGMA table_info(recipient)').all() as { name: string }[];
  // Without the table it is no database of ours, and the check says so.
  if (columns.length === 0) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const [name, definition] of Object.entries(ADDED_COLUMNS)) {
      if (!columns.some(column => column.name === name))
        db.exec(`ALTER TABLE recipient ADD COLUMN ${name} ${definition}`);
    }
    db.exec(`${SINCE_FORMAT_3} PRAGMA user_version = ${FORMAT}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

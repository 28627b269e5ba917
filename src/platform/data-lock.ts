/**
 * One relay at a time per data folder. The lock is an exclusive transaction on a tiny SQLite file:
 * an operating-system lock, so it goes with the process however that ends, and no stale lock file
 * ever needs deleting by hand.
 */
import { DatabaseSync } from 'node:sqlite';

export interface DataLock {
  release(): void;
}

/** Takes the lock, or returns null when another process holds it. */
export function lockDataFolder(path: string): DataLock | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String((error as Error).message))) return null;
    throw error;
  }
}

/**
 * Finds the rows of a tracking log file by message or address without reading the file: beside each file
 * that is complete lies `<file>.idx`, a sorted list of (hash of a key, position of the row), eight bytes
 * each. It is derived: made by a walk over the file when somebody asks or when the file is full, and made
 * again when it is missing or older than the file. The file that is still written has none; it is small
 * enough to be searched. Nothing of this happens while a message waits for its 250.
 *
 * A hash can be that of another key as well: whoever asks looks at the rows.
 */
import { type FileHandle, open, rename, stat, writeFile } from 'node:fs/promises';
import { fromCsv, splitList } from './csv.ts';
import { indexPathOf } from './log-files.ts';
import { decodeLine, LineCursor, withoutReturn } from './read-lines.ts';
import { TRACKING_FIELDS } from './tracking-log.ts';

/** What rows are found by. */
export type TrackingKey = 'message' | 'id' | 'recipient' | 'sender' | 'reference';

/** Bytes. A larger file is searched: its entries would fill the memory, and positions have 32 bits. */
const LARGEST_FILE = 1024 * 1024 * 1024;
const MAGIC = 'SRIX0001';
const HEADER = 24;
const ENTRY = 8;

/** FNV-1a over UTF-16 units, with a last mix; 32 bits are plenty within one file. */
export function hashOf(key: TrackingKey, value: string): number {
  const text = `${key}:${key === 'message' ? value.replace(/^<|>$/g, '') : value}`.toLowerCase();
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const KEY_OF_FIELD: Readonly<Record<string, TrackingKey>> = {
  'message-id': 'message',
  'internal-message-id': 'id',
  'sender-address': 'sender',
  reference: 'reference',
};

function hashesOf(line: string, fields: readonly string[]): Set<number> {
  const hashes = new Set<number>();
  const values = fromCsv(line);
  if (values === null || values.length !== fields.length) return hashes;
  for (const [position, field] of fields.entries()) {
    const value = values[position]!;
    if (value === '') continue;
    const key = KEY_OF_FIELD[field];
    if (key !== undefined) hashes.add(hashOf(key, value));
    else if (field === 'recipient-address')
      for (const address of splitList(value)) hashes.add(hashOf('recipient', address));
  }
  return hashes;
}

/** Makes the index of a file that is complete. Gives way to others now and then. */
export async function buildTrackingIndex(path: string): Promise<void> {
  if ((await stat(path)).size > LARGEST_FILE) return;
  const cursor = new LineCursor(path);
  let entries = new BigUint64Array(1 << 16);
  let count = 0;
  const note = (position: number, hash: number) => {
    if (count === entries.length) {
      const larger = new BigUint64Array(entries.length * 2);
      larger.set(entries);
      entries = larger;
    }
    // Little-endian halves: sorted as numbers, the hash rules over the position.
    const halves = new Uint32Array(entries.buffer, count * ENTRY, 2);
    halves[0] = position;
    halves[1] = hash;
    count += 1;
  };
  let fields: readonly string[] = TRACKING_FIELDS;
  let rows = 0;
  let mixed = false;
  const take = (block: string) => {
    let position = cursor.begin;
    for (const raw of block === '' ? [] : block.split('\n')) {
      if (!raw.startsWith('#')) rows += 1;
      if (raw.startsWith('#Fields:')) {
        const before = fields.join();
        fields = raw.slice('#Fields:'.length).trim().split(',');
        mixed ||= rows > 0 && before !== fields.join();
      } else if (!raw.startsWith('#'))
        for (const hash of hashesOf(decodeLine(withoutReturn(raw)), fields)) note(position, hash);
      position += raw.length + 1;
    }
  };
  try {
    for (let block = await cursor.read(); block !== null; block = await cursor.read()) take(block);
    take(cursor.takeRest());
  } finally {
    await cursor.close();
  }
  // A row alone does not say by which fields to read it: such a file (an update came between) is searched.
  if (mixed) return;
  const sorted = entries.subarray(0, count).sort();
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, 'latin1');
  header.writeDoubleLE((await stat(path)).size, 8);
  header.writeDoubleLE(count, 16);
  const temporary = `${indexPathOf(path)}.tmp`;
  await writeFile(temporary, Buffer.concat([header, Buffer.from(sorted.buffer, 0, count * ENTRY)]), { mode: 0o600 });
  await rename(temporary, indexPathOf(path));
}

/** Whether a file has an index that fits it. */
export async function hasIndex(path: string): Promise<boolean> {
  return (await positionsOf(path, [])) !== null;
}

/** A key with the value that is looked for. */
export interface WantedKey {
  readonly key: TrackingKey;
  readonly value: string;
}

/**
 * Where in a file rows with any of the keys may begin, in order; null without an index that fits the file.
 */
export async function positionsOf(path: string, wanted: readonly WantedKey[]): Promise<number[] | null> {
  const handle = await open(indexPathOf(path), 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const header = Buffer.alloc(HEADER);
    await handle.read(header, 0, HEADER, 0);
    const { size } = await stat(path);
    if (header.toString('latin1', 0, 8) !== MAGIC || header.readDoubleLE(8) !== size) return null;
    const entries = new SortedEntries(handle, header.readDoubleLE(16));
    const found = new Set<number>();
    for (const { key, value } of wanted)
      for (const position of await entries.positionsOf(hashOf(key, value))) found.add(position);
    return [...found].sort((a, b) => a - b);
  } finally {
    await handle.close();
  }
}

const PER_BLOCK = 1024;

/** The entries of an index file, read a block at a time. */
class SortedEntries {
  readonly #handle: FileHandle;
  readonly #count: number;
  readonly #block = Buffer.alloc(PER_BLOCK * ENTRY);

  constructor(handle: FileHandle, count: number) {
    this.#handle = handle;
    this.#count = count;
  }

  async positionsOf(wanted: number): Promise<number[]> {
    const positions: number[] = [];
    for (let at = await this.#blockBefore(wanted); at < this.#count; at += PER_BLOCK) {
      const read = await this.#read(at);
      for (let entry = 0; entry < read; entry += 1) {
        const hash = this.#hashAt(entry);
        if (hash > wanted) return positions;
        if (hash === wanted) positions.push(this.#block.readUInt32LE(entry * ENTRY));
      }
      if (read < PER_BLOCK) break;
    }
    return positions;
  }

  /** Where a block begins in which, or behind which, the first entry with the hash stands. */
  async #blockBefore(wanted: number): Promise<number> {
    let low = 0;
    let high = this.#count;
    // Hashes lie evenly, but for values that many rows have: the first guess is by proportion, the others halve.
    let guess = Math.floor((wanted / 2 ** 32) * this.#count - PER_BLOCK / 2);
    while (high - low > PER_BLOCK) {
      const begin = Math.min(Math.max(guess, low), high - 1);
      const read = await this.#read(begin);
      if (read > 0 && this.#hashAt(0) < wanted) {
        if (this.#hashAt(read - 1) >= wanted) return begin;
        low = begin + Math.max(1, read - 1);
      } else if (begin === low) return low;
      else high = begin;
      guess = (low + high) >>> 1;
    }
    return low;
  }

  async #read(at: number): Promise<number> {
    const length = Math.min(PER_BLOCK, this.#count - at) * ENTRY;
    const { bytesRead } = await this.#handle.read(this.#block, 0, length, HEADER + at * ENTRY);
    return Math.floor(bytesRead / ENTRY);
  }

  #hashAt(entry: number): number {
    return this.#block.readUInt32LE(entry * ENTRY + 4);
  }
}

/** The lines of a file that begin at these positions. */
export async function linesAt(path: string, positions: readonly number[]): Promise<string[]> {
  const handle = await open(path, 'r');
  try {
    const lines: string[] = [];
    for (const position of positions) {
      let text = '';
      for (let size = 4096; ; size *= 8) {
        const block = Buffer.alloc(size);
        const { bytesRead } = await handle.read(block, 0, size, position);
        text = block.toString('latin1', 0, bytesRead);
        const end = text.indexOf('\n');
        if (end !== -1) text = text.slice(0, end);
        if (end !== -1 || bytesRead < size) break;
      }
      lines.push(decodeLine(withoutReturn(text)));
    }
    return lines;
  } finally {
    await handle.close();
  }
}

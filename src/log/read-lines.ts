/**
 * The lines of a log file, a block of whole lines at a time, so that memory stays flat however large
 * the file is. A file that has been removed meanwhile has no lines. A "line" beyond 1 MiB is no line of
 * a log and is left out, as are the zeros that a power cut can leave at the end of a file.
 *
 * Raw lines have one character per byte: cheap to make and to search, and nothing is guessed about an
 * old file's characters before a line is wanted. `decodeLine` then reads it as UTF-8 or, where it is
 * none, as Windows' Western code page.
 */
import { type FileHandle, open } from 'node:fs/promises';

const BLOCK = 256 * 1024;
const LONGEST_LINE = 1024 * 1024;

const NOT_ASCII = /[\x80-\xff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const western = new TextDecoder('windows-1252');

export function decodeLine(raw: string): string {
  if (!NOT_ASCII.test(raw)) return raw;
  const bytes = Buffer.from(raw, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return western.decode(bytes);
  }
}

/** Where in a raw text, from a position on, something stands that a wanted line must have; -1 for nowhere. */
export type RawFinder = (text: string, from: number) => number;

/** Finds any of the texts whatever their case. */
export function finderOf(...texts: readonly string[]): RawFinder {
  const [only] = texts;
  if (texts.length === 1 && !/[a-z]/i.test(only!)) return (block, from) => block.indexOf(only!, from);
  const pattern = new RegExp(texts.map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gi');
  return (block, from) => {
    pattern.lastIndex = from;
    return pattern.exec(block)?.index ?? -1;
  };
}

/** The lines of a block in which something is found. */
export function linesWith(block: string, find: RawFinder): string[] {
  const lines: string[] = [];
  for (let at = find(block, 0); at !== -1; ) {
    const end = block.indexOf('\n', at);
    lines.push(block.slice(block.lastIndexOf('\n', at) + 1, end === -1 ? block.length : end));
    at = end === -1 ? -1 : find(block, end + 1);
  }
  return lines;
}

/** Reads on in a file that may still grow: each call of `read` goes on where the last one ended. */
export class LineCursor {
  readonly path: string;
  readonly #block = Buffer.alloc(BLOCK);
  #handle: FileHandle | null = null;
  #position = 0;
  #begin = 0;
  #rest = '';
  #skipping = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#position;
  }

  /** Where in the file begins what was given last; lines that were left out are not in it. */
  get begin(): number {
    return this.#begin;
  }

  /** The whole lines of the next block, raw and without their last end; null at what is the end at the moment. */
  async read(): Promise<string | null> {
    this.#handle ??= await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (this.#handle === null) return null;
    const { bytesRead } = await this.#handle.read(this.#block, 0, BLOCK, this.#position);
    if (bytesRead === 0) return null;
    const position = this.#position;
    this.#position += bytesRead;
    const read = this.#block.toString('latin1', 0, bytesRead);
    const end = read.lastIndexOf('\n');
    const rest = this.#rest;
    if (end === -1) {
      this.#rest = this.#skipping ? '' : rest + read;
      if (this.#rest.length > LONGEST_LINE) {
        this.#rest = '';
        this.#skipping = true;
      }
      return '';
    }
    const from = this.#skipping ? read.indexOf('\n') + 1 : 0;
    this.#skipping = false;
    this.#begin = position + from - rest.length;
    this.#rest = read.slice(end + 1);
    return from > end ? '' : rest + read.slice(from, end);
  }

  /** A last line without an end, once: for files that do not grow any more. */
  takeRest(): string {
    const rest = this.#rest.replace(/\0+$/, '');
    this.#begin = this.#position - this.#rest.length;
    this.#rest = '';
    return rest;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }
}

/**
 * Blocks of whole lines, raw.
 *
 * @param onRead is told how many bytes of the file have been read, for progress
 */
export async function* rawBlocks(path: string, onRead?: (bytes: number) => void): AsyncGenerator<string> {
  const cursor = new LineCursor(path);
  try {
    for (let text = await cursor.read(); text !== null; text = await cursor.read()) {
      yield text;
      onRead?.(cursor.position);
    }
    const rest = cursor.takeRest();
    if (rest !== '') yield rest;
  } finally {
    await cursor.close();
  }
}

export const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

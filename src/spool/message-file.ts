/**
 * One message as a file of the Queue folder. It is written under a temporary name, synced, and only
 * then renamed to `<id>.eml`: a file with that name is always whole. Small messages stay in memory
 * until they are complete and cost one write; larger ones go to the disk as they come.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { PRIVATE_FILE } from '../platform/files.ts';
import { BodyDamaged, type MessageBody } from './spool.ts';

/** Beyond this a message is streamed instead of held. */
export const HELD_IN_MEMORY = 256 * 1024;

export const fileOf = (folder: string, id: string) => join(folder, `${id}.eml`);
export const temporaryFileOf = (folder: string, id: string) => join(folder, `${id}.tmp`);

export class MessageWriter {
  readonly #folder: string;
  readonly #id: string;
  readonly #envelopeLines: Buffer;
  #chunks: Buffer[];
  #held: number;
  #block: Buffer | null = null;
  #handle: FileHandle | null = null;
  #crc = 0;
  #size = 0;

  constructor(folder: string, id: string, envelopeLines: Buffer) {
    this.#folder = folder;
    this.#id = id;
    this.#envelopeLines = envelopeLines;
    this.#chunks = [envelopeLines];
    this.#held = envelopeLines.length;
  }

  /** Bytes of the message so far, without the envelope lines. */
  get size(): number {
    return this.#size;
  }

  /** crc32 of the message so far. */
  get crc(): number {
    return this.#crc;
  }

  /** Bytes of the file before the message. */
  get offset(): number {
    return this.#envelopeLines.length;
  }

  async write(chunk: Buffer): Promise<void> {
    this.#crc = crc32(chunk, this.#crc);
    this.#size += chunk.length;
    if (this.#block) {
      await this.#fill(this.#block, chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held <= HELD_IN_MEMORY) return;
    const held = this.#chunks.splice(0);
    this.#held = 0;
    this.#block = Buffer.allocUnsafe(HELD_IN_MEMORY);
    for (const piece of held) await this.#fill(this.#block, piece);
  }

  /** Collects a large message in one piece of memory, used again and again: else most of its size would be garbage. */
  async #fill(block: Buffer, chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(block, this.#held, at);
      at += copied;
      this.#held += copied;
      if (this.#held === block.length) await this.#flush();
    }
  }

  /** Puts the file in place under its final name; its name is durable once the folder is synced. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#handle!.datasync();
    await this.#handle!.close();
    this.#handle = null;
    await rename(temporaryFileOf(this.#folder, this.#id), fileOf(this.#folder, this.#id));
  }

  /** Removes whatever was written, under either name; never throws. */
  async discard(): Promise<void> {
    this.#chunks = [];
    this.#block = null;
    await this.#handle?.close().catch(() => {});
    this.#handle = null;
    await rm(temporaryFileOf(this.#folder, this.#id), { force: true }).catch(() => {});
    await rm(fileOf(this.#folder, this.#id), { force: true }).catch(() => {});
  }

  async #flush(): Promise<void> {
    const bytes = this.#block ? this.#block.subarray(0, this.#held) : Buffer.concat(this.#chunks.splice(0));
    this.#held = 0;
    this.#handle ??= await open(temporaryFileOf(this.#folder, this.#id), 'wx', PRIVATE_FILE);
    // Not `write`: a short write (full disk) must not pass unseen, and writeFile loops.
    if (bytes.length > 0) await this.#handle.writeFile(bytes);
  }
}

/**
 * Opens a stored message and makes sure it is what was accepted.
 * @throws BodyDamaged when the file is missing, has another length or another checksum.
 */
export async function openMessageFile(path: string, offset: number, size: number, crc: number): Promise<MessageBody> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new BodyDamaged(`${path} is missing`);
    throw error;
  });
  if (found.size !== offset + size)
    throw new BodyDamaged(`${path} has ${found.size} bytes instead of ${offset + size}`);
  // `end` counts itself in, so nothing at all can't be said with it.
  const stream = (start = 0, end = size) =>
    start >= end ? Readable.from([]) : createReadStream(path, { start: offset + start, end: offset + end - 1 });
  if (size > HELD_IN_MEMORY) {
    await checkStream(stream(), path, crc);
    return { size, stream, read: async () => (await readFile(path)).subarray(offset) };
  }
  const bytes = (await readFile(path)).subarray(offset);
  if (crc32(bytes) !== crc) throw new BodyDamaged(`${path} does not have the checksum it had when it was accepted`);
  return { size, stream, read: async () => bytes };
}

async function checkStream(stream: AsyncIterable<Buffer>, path: string, expected: number): Promise<void> {
  let crc = 0;
  for await (const chunk of stream) crc = crc32(chunk, crc);
  if (crc !== expected) throw new BodyDamaged(`${path} does not have the checksum it had when it was accepted`);
}

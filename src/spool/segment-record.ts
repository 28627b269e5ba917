/**
 * One record of the segment log as bytes: a head of fixed size, a JSON part, and for an accepted
 * message its bytes. Length and checksum tell a whole record from the torn end of a crashed write.
 * Pure.
 *
 *   u32 length of what follows the head · u32 crc32 of it · u8 kind · 3 bytes 0 · u32 length of the JSON
 */
import { crc32 } from 'node:zlib';

export type RecordKind = 'accepted' | 'progress' | 'done';

const CODES: Record<RecordKind, number> = { accepted: 1, progress: 2, done: 3 };
const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as RecordKind]));

export const HEAD_SIZE = 16;

/** At the beginning of each segment; a file without it is not ours. */
export const SEGMENT_MAGIC = Buffer.from('SRLOG1\r\n', 'latin1');

/** No record of ours is larger: bodies beyond 256 KiB go to files. */
const LARGEST = 64 * 1024 * 1024;

export interface EncodedRecord {
  readonly parts: readonly Buffer[];
  readonly length: number;
  /** Where the body begins within the record. */
  readonly bodyAt: number;
}

export function encodeRecord(kind: RecordKind, json: unknown, body: readonly Buffer[] = []): EncodedRecord {
  const text = Buffer.from(JSON.stringify(json), 'utf8');
  let crc = crc32(text);
  let bodyLength = 0;
  for (const chunk of body) {
    crc = crc32(chunk, crc);
    bodyLength += chunk.length;
  }
  const head = Buffer.alloc(HEAD_SIZE);
  head.writeUInt32LE(text.length + bodyLength, 0);
  head.writeUInt32LE(crc, 4);
  head.writeUInt8(CODES[kind], 8);
  head.writeUInt32LE(text.length, 12);
  return {
    parts: [head, text, ...body],
    length: HEAD_SIZE + text.length + bodyLength,
    bodyAt: HEAD_SIZE + text.length,
  };
}

export type DecodedRecord =
  | {
      readonly state: 'record';
      readonly kind: RecordKind;
      readonly json: unknown;
      readonly body: Buffer;
      readonly bodyAt: number;
      readonly next: number;
    }
  /** The bytes end before the record does, or are nothing but zeros: the torn end of a write, or simply the end. */
  | { readonly state: 'end' }
  | {
      readonly state: 'damaged';
      readonly reason: string /** Where the next record would begin. */;
      readonly next: number | null;
    };

/** Reads the record at an offset. Never throws, whatever the bytes. */
export function decodeRecord(bytes: Buffer, at: number): DecodedRecord {
  if (bytes.length - at < HEAD_SIZE) return { state: 'end' };
  const length = bytes.readUInt32LE(at);
  const jsonLength = bytes.readUInt32LE(at + 12);
  const kind = KINDS.get(bytes.readUInt8(at + 8));
  if (length > LARGEST || jsonLength > length || kind === undefined) {
    // What a crash leaves of a write whose length reached the disk and whose bytes did not.
    if (bytes.subarray(at).every(byte => byte === 0)) return { state: 'end' };
    return { state: 'damaged', reason: `no record begins at offset ${at}`, next: null };
  }
  const next = at + HEAD_SIZE + length;
  if (next > bytes.length) return { state: 'end' };
  const payload = bytes.subarray(at + HEAD_SIZE, next);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4))
    return { state: 'damaged', reason: `the checksum at offset ${at} is wrong`, next };
  try {
    const json: unknown = JSON.parse(payload.toString('utf8', 0, jsonLength));
    return {
      state: 'record',
      kind,
      json,
      body: payload.subarray(jsonLength),
      bodyAt: at + HEAD_SIZE + jsonLength,
      next,
    };
  } catch {
    return { state: 'damaged', reason: `the record at offset ${at} is no JSON`, next };
  }
}

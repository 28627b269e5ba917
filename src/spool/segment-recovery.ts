/**
 * Reads what the segment log holds after a crash and moves every message that was not done to the
 * queue; then the segments are deleted. A torn end is cut: its message never got a 250. Damaged
 * records are set aside with their bytes and a reason, and the rest of the segment is read on.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedMessage } from '../message/envelope.ts';
import { ensurePrivateFolder } from '../platform/files.ts';
import { quarantine } from './quarantine.ts';
import type { QueueSpool } from './queue-spool.ts';
import type { SetAside } from './recovery.ts';
import { decodeRecord, SEGMENT_MAGIC } from './segment-record.ts';

export interface ReplayReport {
  /** Queue ids of the messages moved to the queue. */
  readonly moved: readonly string[];
  readonly setAside: readonly SetAside[];
}

interface Found {
  readonly message: AcceptedMessage;
  readonly body: Buffer;
  readonly waiting: Set<number>;
}

export async function replaySegments(folder: string, queue: QueueSpool, badMail: string): Promise<ReplayReport> {
  await ensurePrivateFolder(folder);
  const names = (await readdir(folder)).filter(name => /^\d+\.seg$/.test(name)).sort();
  const setAside: SetAside[] = [];
  const found = new Map<number, Found>();
  for (const name of names) await readSegment(join(folder, name), name, found, badMail, setAside);
  const moved: string[] = [];
  const waiting = [...found.values()];
  for (let at = 0; at < waiting.length; at += 64) {
    const part = waiting.slice(at, at + 64);
    const kept = await Promise.all(
      part.map(({ message, body, waiting: left }) => queue.keep(message, [...left], body)),
    );
    moved.push(...part.filter((_, index) => kept[index]).map(({ message }) => message.id));
  }
  // Only now is everything in the queue, on the disk.
  for (const name of names) await rm(join(folder, name), { force: true });
  return { moved, setAside };
}

async function readSegment(
  path: string,
  name: string,
  found: Map<number, Found>,
  badMail: string,
  setAside: SetAside[],
): Promise<void> {
  const bytes = await readFile(path);
  if (!bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) {
    // Created and never written to, or not ours.
    if (bytes.length > SEGMENT_MAGIC.length)
      setAside.push(await keepDamaged(badMail, name, 0, bytes, `${path} is no segment of this log.`));
    return;
  }
  for (let at = SEGMENT_MAGIC.length; ; ) {
    const record = decodeRecord(bytes, at);
    if (record.state === 'end') return;
    if (record.state === 'damaged') {
      setAside.push(
        await keepDamaged(
          badMail,
          name,
          at,
          bytes.subarray(at, record.next ?? bytes.length),
          `${path}: ${record.reason}.`,
        ),
      );
      if (record.next === null) return;
      at = record.next;
      continue;
    }
    apply(record.kind, record.json, record.body, found);
    at = record.next;
  }
}

function apply(kind: string, json: unknown, body: Buffer, found: Map<number, Found>): void {
  if (kind === 'accepted') {
    const { message } = json as { message: AcceptedMessage };
    found.set(message.number, { message, body, waiting: new Set(message.envelope.recipients.keys()) });
    return;
  }
  const { number, done } = json as { number: number; done?: number[] };
  const entry = found.get(number);
  if (!entry) return;
  for (const index of done ?? entry.waiting.keys()) entry.waiting.delete(index);
  if (entry.waiting.size === 0) found.delete(number);
}

async function keepDamaged(
  badMail: string,
  name: string,
  at: number,
  bytes: Buffer,
  reason: string,
): Promise<SetAside> {
  const movedTo = await quarantine(badMail, `${name.replace(/\.seg$/, '')}-${at}`, reason, bytes);
  return { what: `part of log-segments/${name}`, reason, movedTo };
}

/**
 * What replies of mail servers mean and what to do about them: schemas/replies.json, read once. The
 * first entry whose pattern is found in a reply counts.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Explanation {
  /** Whose reply it is: Microsoft 365, Google, general ... */
  readonly about: string;
  readonly meaning: string;
  readonly action: string;
}

interface Entry {
  readonly pattern: RegExp;
  readonly explanation: Explanation;
  /** The server wants fewer connections or messages. */
  readonly asksForLess: boolean;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'replies.json');

const entries: readonly Entry[] = (
  JSON.parse(readFileSync(file, 'utf8')) as {
    replies: readonly (Explanation & { readonly pattern: string; readonly asksForLess?: true })[];
  }
).replies.map(({ pattern, about, meaning, action, asksForLess = false }) => ({
  pattern: new RegExp(pattern, 'i'),
  explanation: { about, meaning, action },
  asksForLess,
}));

const known = new Map<string, Entry | null>();
const MOST = 1000;

function entryFor(reply: string): Entry | null {
  let found = known.get(reply);
  if (found === undefined) {
    found = entries.find(({ pattern }) => pattern.test(reply)) ?? null;
    // A long queue has few replies and many messages; what servers make unique of them must not pile up.
    if (known.size >= MOST) known.clear();
    known.set(reply, found);
  }
  return found;
}

/** Null when nothing is known about it, and for null. */
export function explain(reply: string | null): Explanation | null {
  return reply === null ? null : (entryFor(reply)?.explanation ?? null);
}

/** Whether a server that says so wants fewer connections or messages. Only a temporary reply (4yz) does. */
export function asksForLess(reply: string): boolean {
  return reply.startsWith('4') && (entryFor(reply)?.asksForLess ?? false);
}

/** Everything that fits, the best first: for a code alone that can be several things. */
export function explainAll(reply: string): readonly Explanation[] {
  const found = entries.flatMap(({ pattern, explanation }) => (pattern.test(reply) ? [explanation] : []));
  const special = found.filter(({ about }) => about !== 'general');
  // The general ones only say less of the same.
  return special.length > 0 ? special : found.slice(0, 1);
}

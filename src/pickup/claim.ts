/**
 * A file is ours from the moment it bears a claim: `<name>.<queue id>.taking`, in its own folder. The
 * queue id says after a crash whether the message was accepted: the spool knows it, or it does not.
 */
import { numberOfQueueId } from '../message/queue-id.ts';

const CLAIM = /^(.+)\.([0-9A-HJKMNP-TV-Z]{11})\.taking$/s;

/** File systems allow 255 bytes; the rest is for the claim and for a second name like it. */
const LONGEST_NAME = 200;

export interface Claim {
  /** The file's name before. */
  readonly original: string;
  readonly id: string;
  readonly number: number;
}

export function claimName(name: string, id: string): string {
  return `${shortened(name)}.${id}.taking`;
}

/** Null when the name is no claim. */
export function readClaim(name: string): Claim | null {
  const match = CLAIM.exec(name);
  const number = match && numberOfQueueId(match[2]!);
  return match && number ? { original: match[1]!, id: match[2]!, number } : null;
}

/** Cut where it is too long for an addition; its extension goes with the rest. */
export function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  let short = '';
  for (const character of name) {
    if (Buffer.byteLength(short + character) > LONGEST_NAME) break;
    short += character;
  }
  return short;
}

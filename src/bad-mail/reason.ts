/**
 * Reads what a `.BDR` file says: those this relay writes (bounce/, pickup/, spool/), and those of IIS,
 * which name the error, the sender and the recipients in sentences. Never throws for what it reads.
 */
import { open } from 'node:fs/promises';

export interface Reason {
  readonly text: string | null;
  /** Null when it is not said; empty for the null sender. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly subject: string | null;
  readonly queueId: string | null;
  /** The message is a file of the Pickup folder, as it was. */
  readonly fromPickup: boolean;
}

export const NO_REASON: Reason = {
  text: null,
  sender: null,
  recipients: [],
  subject: null,
  queueId: null,
  fromPickup: false,
};

const READ_AT_MOST = 64 * 1024;
const SHOWN_AT_MOST = 1000;
const PICKUP = 'This file from the Pickup folder could not be sent:';
const OPENINGS = [
  'This message could not be delivered:',
  PICKUP,
  'Unable to deliver this message because the following error occurred:',
];

/** @throws what the disk says. */
export async function readReason(path: string): Promise<Reason> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(READ_AT_MOST);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return parseReason(textOf(bytes.subarray(0, bytesRead)));
  } finally {
    await handle.close();
  }
}

export function parseReason(text: string): Reason {
  const lines = text.split(/\r?\n/).map(line => line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, ' ').trim());
  const first = lines.find(line => line !== '') ?? '';
  const opening = OPENINGS.find(candidate => first.startsWith(candidate));
  const said = opening === undefined ? first : first.slice(opening.length).trim();
  const reply = valuesOf(lines, 'Reply')[0];
  const sender = valuesOf(lines, 'Sender')[0] ?? valuesOf(lines, 'From')[0] ?? sentence(lines);
  return {
    text: (reply === undefined ? said : `${said} The last answer was: ${reply}`).slice(0, SHOWN_AT_MOST) || null,
    sender: sender === undefined ? null : bare(sender),
    recipients: [...valuesOf(lines, 'Recipient'), ...valuesOf(lines, 'To'), ...intendedFor(lines)].map(bare),
    subject: valuesOf(lines, 'Subject')[0] || null,
    queueId: valuesOf(lines, 'Queue id')[0] ?? null,
    fromPickup: opening === PICKUP,
  };
}

function textOf(bytes: Buffer): string {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes.length > 1 && bytes[1] === 0);
  return bytes.toString(isWide ? 'utf16le' : 'utf8').replace(/^\ufeff/, '');
}

const valuesOf = (lines: readonly string[], name: string): string[] =>
  lines.filter(line => line.startsWith(`${name}:`)).map(line => line.slice(name.length + 1).trim());

/** As IIS says it. */
const sentence = (lines: readonly string[]): string | undefined =>
  lines.map(line => /^The message sender was (.*?)\.?$/i.exec(line)?.[1]).find(found => found !== undefined);

function intendedFor(lines: readonly string[]): string[] {
  const at = lines.findIndex(line => /intended for the following recipients/i.test(line));
  return at === -1 ? [] : lines.slice(at + 1).filter(line => line.includes('@'));
}

const bare = (address: string): string => address.replace(/^<(.*)>$/, '$1');

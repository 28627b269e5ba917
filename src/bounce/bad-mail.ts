/**
 * Writes to BadMail what can neither be delivered nor be returned. Two files with one name, as IIS had them:
 * `.BAD` is the message with its envelope lines in front, so that moving it into a Pickup folder
 * sends it again; `.BDR` is the reason in plain words.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedMessage } from '../message/envelope.ts';
import type { Outcome } from '../message/outcome.ts';
import { formatReply, statusOf } from '../message/reply.ts';
import { ensurePrivateFolder, writeFileAtomic } from '../platform/files.ts';

export interface BadMailEntry {
  readonly message: AcceptedMessage;
  readonly results: readonly { readonly index: number; readonly outcome: Outcome }[];
  readonly reason: string;
  /** Envelope lines of the failed recipients, and the message: it may be too large to hold. */
  readonly content: AsyncIterable<Buffer>;
  readonly now: number;
}

/** Writes the pair; the message is in place before its reason. @returns the path of the `.BAD` file. */
export async function writeBadMail(folder: string, entry: BadMailEntry): Promise<string> {
  await ensurePrivateFolder(folder);
  const name = `${entry.message.id}-${entry.results
    .map(result => result.index)
    .join('-')
    .slice(0, 40)}`;
  const path = join(folder, `${name}.BAD`);
  await writeFileAtomic(path, entry.content);
  try {
    await writeFileAtomic(join(folder, `${name}.BDR`), reasonText(entry));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

function reasonText({ message, results, reason, now }: BadMailEntry): string {
  const recipients = results.flatMap(({ index, outcome }) => [
    `Recipient: ${message.envelope.recipients[index]!.address}`,
    `  Status: ${statusOf(outcome.reply)}`,
    `  Reply: ${formatReply(outcome.reply)}`,
    `  Server: ${outcome.remote === null ? 'none' : `${outcome.remote.host} [${outcome.remote.address}]:${outcome.remote.port}`}`,
  ]);
  return [
    `This message could not be delivered: ${reason}`,
    `Time: ${new Date(now).toISOString()}`,
    `Queue id: ${message.id}`,
    `Sender: <${message.envelope.reversePath}>`,
    `Subject: ${message.subject ?? ''}`,
    ...recipients,
    'To send it again, move the .BAD file into a Pickup folder.',
    '',
  ].join('\r\n');
}

/**
 * The BadMail folder for an administrator: what lies there and why, sending it again, reading it,
 * removing it. Names that come from outside are base names of this folder, never paths.
 */

import type { AcceptedMessage } from '../message/envelope.ts';
import { readHeaderBlock } from '../message/header-block.ts';
import { HeadCollector } from '../pickup/head-collector.ts';
import { MailSource } from '../pickup/mail-source.ts';
import { type EnvelopeInstead, markLength, readPickupHead, wrongEncoding } from '../pickup/pickup-head.ts';
import { MessageRefused, WrittenMessage, type WrittenMessageDependencies } from '../pickup/written-message.ts';
import { entriesOf, type FolderEntry, findEntry, removeEntry } from './folder-entries.ts';
import { NO_REASON, type Reason, readReason } from './reason.ts';

export interface BadMailDependencies extends WrittenMessageDependencies {
  readonly folder: string;
  readonly dotHandling: () => 'AsIs' | 'Unstuff' | 'Auto';
}

/** What is known of one message. */
export interface BadMailFacts {
  readonly entry: FolderEntry;
  readonly reason: Reason;
  /** Null when neither the message nor its reason tells; empty for the null sender. */
  readonly sender: string | null;
  readonly recipients: readonly string[];
  readonly subject: string | null;
}

/** Somebody else is at work on this message. */
export class BadMailBusy extends Error {
  override name = 'BadMailBusy';
}

/** As much of a message is looked at to show it. */
const LOOKED_AT = 256 * 1024;
export const NO_LIMITS = { maxRecipients: Number.POSITIVE_INFINITY, maxHeader: Number.POSITIVE_INFINITY };

export class BadMailFolder {
  readonly #deps: BadMailDependencies;
  /** By base name: in somebody's hands. */
  readonly #inWork = new Set<string>();

  constructor(deps: BadMailDependencies) {
    this.#deps = deps;
  }

  entries(wanted?: (identity: string) => boolean): AsyncGenerator<readonly FolderEntry[], void, undefined> {
    return entriesOf(this.#deps.folder, wanted);
  }

  find(identity: string): Promise<FolderEntry | null> {
    return findEntry(this.#deps.folder, identity);
  }

  /** Reads what an entry says; null when it is gone by now. What can't be read is left out. */
  async read(entry: FolderEntry): Promise<BadMailFacts | null> {
    const reason = entry.reason === null ? NO_REASON : await readReason(entry.reason).catch(() => NO_REASON);
    const told = { entry, reason, sender: reason.sender, recipients: reason.recipients, subject: reason.subject };
    if (entry.mail === null) return told;
    const head = await headOf(entry.mail).catch(errorCode);
    if (typeof head === 'string') return head === 'ENOENT' ? null : told;
    const subject = readHeaderBlock(head).subject ?? reason.subject;
    const found = readPickupHead(head, NO_LIMITS);
    if (found.kind === 'refused') return { ...told, subject };
    const { reversePath, recipients } = found.envelope;
    return { entry, reason, sender: reversePath, recipients: recipients.map(({ address }) => address), subject };
  }

  /**
   * Puts the message into the queue, by the way of every message; then its files are removed. A crash between
   * the two leaves both. @throws MessageRefused, BadMailBusy, SpoolFull, or what the disk said.
   * @returns null when it is gone; `left` is what the disk said when the files could not be removed
   */
  async restart(
    entry: FolderEntry,
    instead: EnvelopeInstead,
  ): Promise<{ readonly message: AcceptedMessage; readonly left: string | null } | null> {
    const { mail } = entry;
    if (mail === null)
      throw new MessageRefused(
        'empty',
        'Only the reason is here: the message itself was lost before it came to BadMail.',
      );
    return this.#alone(entry, async () => {
      const source = await MailSource.open(mail).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (!source) return null;
      let message: AcceptedMessage;
      try {
        message = await this.#send(source, entry, instead);
      } finally {
        await source.close();
      }
      const left = await removeEntry(this.#deps.folder, entry).then(() => null, errorCode);
      return { message, left };
    });
  }

  async #send(source: MailSource, entry: FolderEntry, instead: EnvelopeInstead): Promise<AcceptedMessage> {
    const before = await source.facts();
    const reason = entry.reason === null ? NO_REASON : await readReason(entry.reason).catch(() => NO_REASON);
    const handling = reason.fromPickup ? this.#deps.dotHandling() : 'AsIs';
    const unstuff = await source.wantsUnstuffing(handling, markLength(await source.read(0, 4)));
    const written = new WrittenMessage(this.#deps, { instead, unstuff });
    try {
      for await (const chunk of source.raw()) await written.write(chunk);
      const after = await source.facts();
      if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
        throw new BadMailBusy('Somebody is writing the file at this moment.');
      return await written.commit();
    } catch (error) {
      await written.abort();
      throw error;
    }
  }

  /** A piece of the message as it lies there, and how long it is; null when it is gone or only its reason is here. */
  async piece({ mail }: FolderEntry, offset: number, length: number): Promise<{ size: number; bytes: Buffer } | null> {
    if (mail === null) return null;
    const source = await MailSource.open(mail);
    try {
      const { size } = await source.facts();
      const from = Math.min(offset, size);
      return { size, bytes: await source.read(from, Math.min(length, size - from)) };
    } finally {
      await source.close();
    }
  }

  /** @throws BadMailBusy while it is being sent, or what the disk says. */
  remove(entry: FolderEntry): Promise<void> {
    return this.#alone(entry, () => removeEntry(this.#deps.folder, entry));
  }

  async #alone<T>({ identity }: FolderEntry, run: () => Promise<T>): Promise<T> {
    if (this.#inWork.has(identity)) throw new BadMailBusy('It is being sent or removed at this moment.');
    this.#inWork.add(identity);
    try {
      return await run();
    } finally {
      this.#inWork.delete(identity);
    }
  }
}

const errorCode = (error: NodeJS.ErrnoException): string => error.code ?? error.message;

/** The header section of a file, as far as it is looked at. @throws what the disk says */
export async function headOf(path: string): Promise<Buffer> {
  const source = await MailSource.open(path);
  try {
    const start = await source.read(0, 4);
    if (wrongEncoding(start)) return Buffer.alloc(0);
    const head = new HeadCollector();
    let length = 0;
    for await (const piece of source.text(markLength(start))) {
      length += piece.length;
      if (head.push(piece) || length >= LOOKED_AT) break;
    }
    return head.bytes;
  } finally {
    await source.close();
  }
}

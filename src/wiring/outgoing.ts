/**
 * A stored message made into what a connector sends: senders and header fields rewritten, converted for a
 * server that takes no 8-bit content, and signed with DKIM last of all. The spool's copy stays as it came; a
 * second attempt makes the same again. Only the header section is held in memory: the body is read once more
 * for its signature. A message that nothing is to be done to goes out as it lies there.
 */
import { Readable } from 'node:stream';
import type { Offers } from '../deliver/connection.ts';
import type { Sendable } from '../deliver/deliver.ts';
import { BodyHash } from '../dkim/canonical.ts';
import { type Signer, signatureFields } from '../dkim/sign.ts';
import { domainOf } from '../message/address.ts';
import type { AcceptedMessage } from '../message/envelope.ts';
import { fieldValues, rawFields } from '../message/header-block.ts';
import { LineEndingNormalizer } from '../message/line-endings.ts';
import type { Reply } from '../message/reply.ts';
import { downConvert } from '../mime/down-convert.ts';
import { mailboxesIn } from '../rewrite/mailboxes.ts';
import type { Rewriter } from '../rewrite/rewriter.ts';
import { HELD_IN_MEMORY } from '../spool/message-file.ts';
import type { MessageBody } from '../spool/spool.ts';

export interface OutgoingDependencies {
  readonly rewriter: Rewriter;
  readonly dkim: { readonly any: boolean; readonly signersFor: (domain: string) => readonly Signer[] };
  readonly now: () => number;
  readonly message: AcceptedMessage;
  readonly connector: string;
  /** Opens the stored message, which reads it once to see that it is whole. */
  readonly open: () => Promise<MessageBody>;
}

/** Header section with its empty line, and the rest; `rest` can be read again and again. */
interface Parts {
  readonly head: Buffer;
  readonly rest: () => AsyncIterable<Buffer>;
  readonly size: number;
}

interface Made {
  readonly parts: Parts;
  /** Why it can't be had by this server. */
  readonly refused: Reply | null;
}

/** More than this of a header section is not edited. */
const HEADER_AT_MOST = 1024 * 1024;
const END_OF_HEADER = Buffer.from('\r\n\r\n');

export class OutgoingMail {
  readonly #deps: OutgoingDependencies;
  readonly #change: ReturnType<Rewriter['outgoing']>;
  #opened: Promise<MessageBody> | null = null;
  #rewritten: Promise<Parts> | null = null;
  /** By what had to be converted: servers of a hop may offer different things. */
  readonly #made = new Map<string, Promise<Made>>();

  constructor(deps: OutgoingDependencies) {
    this.#deps = deps;
    const { reversePath } = deps.message.envelope;
    this.#change = deps.rewriter.outgoing({ reversePath, origin: deps.message.origin }, deps.connector);
  }

  /** The envelope sender as it goes out. */
  get reversePath(): string {
    return this.#change?.reversePath ?? this.#deps.message.envelope.reversePath;
  }

  /** The message for a server. */
  async forServer(offers: Offers): Promise<Sendable> {
    const { message, dkim } = this.#deps;
    const body = await this.#body();
    const envelope = { ...message.envelope, reversePath: this.reversePath };
    const wanted = { header: message.envelope.smtpUtf8 && !offers.smtpUtf8, content: !offers.eightBitMime };
    if (!this.#change?.header && !dkim.any && !wanted.header && !wanted.content) {
      const whole = body.size > HELD_IN_MEMORY ? body.stream() : await body.read();
      return { envelope, size: body.size, body: whole };
    }
    const key = JSON.stringify(wanted);
    const made = this.#made.get(key) ?? this.#make(wanted);
    this.#made.set(key, made);
    const { parts, refused } = await made;
    if (refused) return { refused };
    const isSmall = parts.size <= HELD_IN_MEMORY;
    return {
      envelope: {
        ...envelope,
        eightBitMime: envelope.eightBitMime && offers.eightBitMime,
        smtpUtf8: envelope.smtpUtf8 && offers.smtpUtf8,
      },
      size: parts.size,
      body: isSmall ? await read(parts) : Readable.from(chunksOf(parts)),
    };
  }

  /** The message in one piece and not signed, for who changes it again before it is sent. */
  async whole(): Promise<Buffer> {
    return this.#change?.header ? read(await this.#parts()) : (await this.#body()).read();
  }

  /** Only when a server is there to get it: a hop that is down must not cost the reading of large mail. */
  #body(): Promise<MessageBody> {
    this.#opened ??= this.#deps.open();
    return this.#opened;
  }

  #parts(): Promise<Parts> {
    this.#rewritten ??= this.#rewrite();
    return this.#rewritten;
  }

  async #rewrite(): Promise<Parts> {
    const body = await this.#body();
    const { head, isCut } = await headOf(body);
    const edited = this.#change?.header ? this.#change.header(head, isCut) : head;
    const rest = () => body.stream(head.length) as NodeJS.ReadableStream & AsyncIterable<Buffer>;
    return { head: edited, rest, size: body.size - head.length + edited.length };
  }

  async #make(wanted: { readonly header: boolean; readonly content: boolean }): Promise<Made> {
    const parts = await this.#parts();
    if (!wanted.header && !wanted.content) return { parts: await this.#sign(parts, parts.size), refused: null };
    const conversion = await downConvert(parts, wanted);
    if (conversion.kind === 'refused') return { parts, refused: conversion.reply };
    if (conversion.kind === 'unchanged') return { parts: await this.#sign(parts, parts.size), refused: null };
    return { parts: await this.#sign(conversion.message, null), refused: null };
  }

  /** @param size null where it is not known yet */
  async #sign({ head, rest }: Omit<Parts, 'size'>, size: number | null): Promise<Parts> {
    const { dkim, now } = this.#deps;
    const domain = authorDomain(head);
    const signers = domain === null ? [] : dkim.signersFor(domain);
    if (signers.length === 0 && size !== null) return { head, rest, size };
    const measured = await measure(rest);
    const fields = signers.length === 0 ? Buffer.alloc(0) : signatureFields(head, measured.hash, signers, now());
    const signed = Buffer.concat([fields, head]);
    return { head: signed, rest, size: signed.length + measured.size };
  }
}

/** Domain of the first author; null when there is none. */
function authorDomain(head: Buffer): string | null {
  const [from] = fieldValues(head, 'from');
  const address = from === undefined ? undefined : mailboxesIn(Buffer.from(from).toString('latin1'))[0];
  return address?.includes('@') ? domainOf(address) || null : null;
}

/** Of a body, in one pass: its size, and the hash of its lines as they go over the wire, whatever lies in the spool. */
async function measure(rest: Parts['rest']): Promise<{ readonly size: number; readonly hash: string }> {
  const lines = new LineEndingNormalizer();
  const hash = new BodyHash();
  let size = 0;
  for await (const chunk of rest()) {
    size += chunk.length;
    for (const piece of lines.push(chunk)) hash.push(piece);
  }
  for (const piece of lines.end()) hash.push(piece);
  return { size, hash: hash.end() };
}

async function* chunksOf({ head, rest }: Parts): AsyncGenerator<Buffer> {
  yield head;
  yield* rest();
}

async function read(parts: Parts): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(parts)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The header section with its empty line. */
async function headOf(body: MessageBody): Promise<{ readonly head: Buffer; readonly isCut: boolean }> {
  if (body.size <= HELD_IN_MEMORY) return { head: cut(await body.read()), isCut: false };
  const stream = body.stream(0, Math.min(body.size, HEADER_AT_MOST)) as NodeJS.ReadableStream & AsyncIterable<Buffer>;
  const chunks: Buffer[] = [];
  let last: Buffer = Buffer.from('\r\n');
  for await (const chunk of stream) {
    chunks.push(chunk);
    // The empty line may be split over chunks.
    const seam = Buffer.concat([last, chunk.subarray(0, 3)]);
    if (seam.includes(END_OF_HEADER) || chunk.includes(END_OF_HEADER)) break;
    last = chunk.subarray(-3);
  }
  const start = Buffer.concat(chunks);
  const head = cut(start);
  return { head, isCut: head.length === start.length && start.length < body.size };
}

function cut(start: Buffer): Buffer {
  const { end } = rawFields(start);
  const hasEmptyLine = start.subarray(end, end + 2).equals(END_OF_HEADER.subarray(2));
  return start.subarray(0, hasEmptyLine ? end + 2 : end);
}

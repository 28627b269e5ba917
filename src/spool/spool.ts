/**
 * The border between those who take mail and those who deliver it: from a resolved `commit` on, this
 * relay is responsible. The promise: what was committed is on the disk and survives a crash at any
 * moment; what was not committed leaves no trace. Callers know nothing of files or databases.
 */
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import type { Reply } from '../message/reply.ts';
import type { Condition } from './condition.ts';

/** A message on its way in. Use one of `commit` and `abort`, once. */
export interface Reception {
  /** Queue id, known from the start so that the Received line can carry it. */
  readonly id: string;
  /** Adds bytes of the message; canonical line ends. Wait for the promise before sending more. */
  write(chunk: Buffer): Promise<void>;
  /** Resolves when the message is on the disk. @throws SpoolFull or what the disk said. */
  commit(facts: MessageFacts): Promise<AcceptedMessage>;
  /** Forgets everything; never throws. */
  abort(): Promise<void>;
}

export interface MessageFacts {
  readonly subject: string | null;
  readonly internetMessageId: string | null;
}

/** Recipients of one message that wait for one next hop. */
export interface Work {
  readonly message: AcceptedMessage;
  readonly hop: string;
  readonly recipients: readonly WaitingRecipient[];
}

export interface WaitingRecipient {
  /** Index into the envelope's recipients. */
  readonly index: number;
  /** Attempts that reached a verdict on this recipient. */
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly nextAttempt: number;
  readonly lastReply: string | null;
  /** An administrator holds it; such recipients are listed, but never due and never too old. */
  readonly suspended?: true;
}

/** What to remember about a recipient after an attempt. */
export type RecipientChange =
  | { readonly index: number; readonly kind: 'done'; readonly status: 'Delivered' | 'Failed'; readonly reply: Reply }
  | { readonly index: number; readonly kind: 'waiting'; readonly reply: Reply; readonly nextAttempt: number };

export interface HopSummary {
  readonly hop: string;
  readonly messages: number;
  readonly recipients: number;
  /** Earliest next attempt; infinite when all are suspended. */
  readonly nextAttempt: number;
}

/** Recipients of one message that came to another next hop. */
export interface Arrival {
  readonly hop: string;
  readonly recipients: number;
  /** Others of the same message waited for this hop already. */
  readonly joins: boolean;
}

/** The bytes of a message, without the envelope lines in front of it. */
export interface MessageBody {
  readonly size: number;
  /** Whole message. */
  read(): Promise<Buffer>;
  /** The same as a stream, for messages too large to hold; a part of it when one is asked for. */
  stream(start?: number, end?: number): NodeJS.ReadableStream;
}

/** A page of messages, in order of their numbers. */
export interface ListQuery {
  /** Exact next hops; null for all. */
  readonly hops: readonly string[] | null;
  readonly number: number | null;
  /** Only messages with a higher number: that of the last one of the page before. */
  readonly after?: number;
  /** Messages; a message is one piece of work per next hop. */
  readonly limit: number;
  /** What the database can leave out; others that don't hold to it may still be in the page. */
  readonly where?: Condition | null;
}

/** A place among the messages by age: after the message with this time and number. */
export interface Age {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly number: number;
}

export interface AgeQuery {
  /** Where the last page ended; null begins with the oldest. */
  readonly after: Age | null;
  /** Messages accepted until then; milliseconds since 1970. */
  readonly before: number;
  readonly hops: { readonly only: readonly string[] } | { readonly except: readonly string[] };
  /** Only messages with a sender, and recipients of whose delay `markDelayed` was never told. */
  readonly untold: boolean;
  /** Messages to be looked at, whether they are wanted or not. */
  readonly limit: number;
}

/** A page of what was asked for; it may be empty and not the last. */
export interface AgePage {
  readonly works: readonly Work[];
  /** Where the next page begins; null when there is none. */
  readonly next: Age | null;
}

export interface Spool {
  /** Begins a message. The next hop of each recipient is decided when it is committed. */
  receive(envelope: Envelope, origin: Origin): Reception;
  /** False when mail should be refused with 452 before it is sent. */
  hasSpace(): Promise<boolean>;
  /** Work of a next hop that is due, oldest first, without the message numbers in `except`. */
  due(hop: string, now: number, limit: number, except: ReadonlySet<number>): Promise<Work[]>;
  /**
   * Stores what became of recipients; a message without waiting recipients is gone afterwards.
   * @returns the next hops for which recipients of the message still wait.
   */
  record(message: AcceptedMessage, changes: readonly RecipientChange[]): Promise<readonly string[]>;
  /** @throws BodyDamaged when the file is missing or not what was accepted. */
  openBody(message: AcceptedMessage): Promise<MessageBody>;
  /** Puts a damaged message aside with its reason, out of the queue. */
  setAside(message: AcceptedMessage, reason: string): Promise<string | null>;
  /** A page of a walk over waiting work, oldest first. Nothing suspended is in it. */
  aged(query: AgeQuery): Promise<AgePage>;
  /** Remembers for good that the sender was told of the delay. */
  markDelayed(message: AcceptedMessage, recipients: readonly number[]): Promise<void>;
  summaries(): Promise<HopSummary[]>;
  /** Earliest next attempt of a next hop after `after`; null when nothing waits so long. */
  nextDue(hop: string, after: number): Promise<number | null>;
  list(query: ListQuery): Promise<Work[]>;
  /** Makes everything of a next hop due now. */
  retryNow(hop: string, now: number): Promise<void>;
  /** Holds recipients of a message back; they survive a restart so. */
  suspend(message: AcceptedMessage, indexes: readonly number[]): Promise<void>;
  /** Makes recipients of a message due now, also suspended ones. */
  release(message: AcceptedMessage, indexes: readonly number[], now: number): Promise<void>;
  /**
   * Gives recipients of a message to a connector, whatever the address spaces say, until they are done.
   * @returns where they are now, each next hop once.
   */
  pin(message: AcceptedMessage, indexes: readonly number[], connector: string): Promise<Arrival[]>;
  /** Whether the connectors changed since the next hops were decided: while no relay ran, that is. */
  routesChanged(): Promise<boolean>;
  /** Decides the next hop of every waiting recipient again, after the connectors changed. */
  reroute(): Promise<void>;
  close(): Promise<void>;
}

/** What the next hop of a recipient depends on. */
export interface RouteQuestion {
  readonly recipient: string;
  readonly reversePath: string;
  readonly origin: Origin;
  /** The connector an administrator chose; while there is no such connector it does not count. */
  readonly pinned: string | null;
}

/** Says which next hop a recipient belongs to; a pure function of the question and the settings. */
export type HopOf = (question: RouteQuestion) => string;

/** No room for mail: answer 452 4.3.1. */
export class SpoolFull extends Error {
  override name = 'SpoolFull';
}

/** The stored message is not what was accepted. */
export class BodyDamaged extends Error {
  override name = 'BodyDamaged';
}

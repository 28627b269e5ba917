/**
 * A message that an administrator hands in as the bytes of a file, piece by piece, on its way into the
 * spool. It is read as a Pickup file is: the envelope of its x-sender and x-receiver lines or of its
 * header, unless somebody says another. Memory does not grow with the message.
 */
import { Intake, IntakeRefused } from '../listener/intake.ts';
import type { Emit } from '../log/events.ts';
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { LineEndingNormalizer } from '../message/line-endings.ts';
import type { Spool } from '../spool/spool.ts';
import { DotRemover } from './dots.ts';
import { HEAD_AT_MOST, HeadCollector } from './head-collector.ts';
import {
  type EnvelopeInstead,
  markLength,
  type PickupLimits,
  type PickupRefusal,
  readPickupHead,
  wrongEncoding,
} from './pickup-head.ts';

export interface WrittenMessageSettings {
  readonly fqdn: string;
  /** Bytes. */
  readonly maxMessageSize: number;
  readonly maxRecipientsPerMessage: number;
  readonly maxHopCount: number;
}

export interface WrittenMessageDependencies {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly settings: () => WrittenMessageSettings;
}

/** The message can't be taken, and never will be as it is; the text is a whole sentence. */
export class MessageRefused extends Error {
  override name = 'MessageRefused';
  readonly rule: PickupRefusal['rule'] | 'size' | 'empty' | 'loop';

  constructor(rule: MessageRefused['rule'], reason: string) {
    super(reason);
    this.rule = rule;
  }
}

export interface WrittenMessageOptions {
  readonly instead?: EnvelopeInstead;
  /** Lines that begin with two dots lose one. */
  readonly unstuff?: boolean;
}

/** As Exchange has it. */
const HEADER_AT_MOST = 64 * 1024;
/** As many bytes as tell how the text is written. */
const START = 4;

const ORIGIN: Origin = {
  source: 'ADMIN',
  clientIp: '127.0.0.1',
  heloName: null,
  listener: null,
  account: null,
  sessionId: null,
};

export const limitsOf = ({ maxRecipientsPerMessage }: WrittenMessageSettings): PickupLimits => ({
  maxRecipients: maxRecipientsPerMessage,
  maxHeader: HEADER_AT_MOST,
});

export const tooLarge = (size: number, { maxMessageSize }: WrittenMessageSettings): string =>
  `The message is ${size} bytes large; ${maxMessageSize} are allowed.`;

export class WrittenMessage {
  readonly #deps: WrittenMessageDependencies;
  readonly #settings: WrittenMessageSettings;
  readonly #instead: EnvelopeInstead;
  readonly #dots: DotRemover | null;
  readonly #lines = new LineEndingNormalizer();
  /** The very first bytes, until they tell how the text is written. */
  #start: Buffer | null = Buffer.alloc(0);
  #head: HeadCollector | null = new HeadCollector();
  #intake: Intake | null = null;
  #envelope: Envelope | null = null;
  #received = 0;
  /** Bytes of the message as it is sent, without our trace header. */
  #size = 0;

  constructor(deps: WrittenMessageDependencies, { instead = {}, unstuff = false }: WrittenMessageOptions = {}) {
    this.#deps = deps;
    this.#settings = deps.settings();
    this.#instead = instead;
    this.#dots = unstuff ? new DotRemover() : null;
  }

  /** Bytes handed in so far. */
  get received(): number {
    return this.#received;
  }

  /** Null until the header section was complete. */
  get envelope(): Envelope | null {
    return this.#envelope;
  }

  /** @throws MessageRefused, SpoolFull or what the disk said; then call `abort`. */
  async write(bytes: Buffer): Promise<void> {
    this.#received += bytes.length;
    if (this.#received > this.#settings.maxMessageSize + HEAD_AT_MOST)
      throw new MessageRefused('size', tooLarge(this.#received, this.#settings));
    if (this.#start !== null) {
      this.#start = Buffer.concat([this.#start, bytes]);
      if (this.#start.length >= START) await this.#begin();
    } else for (const piece of this.#lines.push(bytes)) await this.#take(piece);
  }

  /** Resolves when the message is safe. @throws as `write`. */
  async commit(): Promise<AcceptedMessage> {
    if (this.#received === 0) throw new MessageRefused('empty', 'The message is empty.');
    if (this.#start !== null) await this.#begin();
    for (const piece of this.#lines.end()) await this.#take(piece);
    if (this.#head !== null) await this.#passHead(this.#head.bytes);
    if (this.#dots) await this.#pass(this.#dots.end());
    const message = await refusing(() => this.#intake!.commit());
    this.#deps.emit({ type: 'received', message, localAddress: null });
    return message;
  }

  async abort(): Promise<void> {
    await this.#intake?.abort();
  }

  async #begin(): Promise<void> {
    const start = this.#start!;
    this.#start = null;
    const wrong = wrongEncoding(start);
    if (wrong) throw new MessageRefused(wrong.rule, wrong.reason);
    for (const piece of this.#lines.push(start.subarray(markLength(start)))) await this.#take(piece);
  }

  async #take(piece: Buffer): Promise<void> {
    if (this.#head === null) await this.#pass(this.#dots ? this.#dots.push(piece) : piece);
    else if (this.#head.push(piece)) await this.#passHead(this.#head.bytes);
  }

  async #passHead(head: Buffer): Promise<void> {
    this.#head = null;
    const found = readPickupHead(head, limitsOf(this.#settings), this.#instead);
    if (found.kind === 'refused') throw new MessageRefused(found.rule, found.reason);
    this.#envelope = found.envelope;
    const { spool, now } = this.#deps;
    const { fqdn, maxHopCount } = this.#settings;
    this.#intake = new Intake({
      spool,
      envelope: found.envelope,
      origin: ORIGIN,
      fqdn,
      protocol: 'LOCAL',
      maxHopCount,
      now,
    });
    await this.#pass(found.header);
    const body = head.subarray(found.bodyStart);
    await this.#pass(this.#dots ? this.#dots.push(body) : body);
  }

  async #pass(bytes: Buffer): Promise<void> {
    this.#size += bytes.length;
    if (this.#size > this.#settings.maxMessageSize)
      throw new MessageRefused('size', tooLarge(this.#size, this.#settings));
    await refusing(() => this.#intake!.write(bytes));
  }
}

async function refusing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof IntakeRefused) throw new MessageRefused('loop', `${error.message}.`);
    throw error;
  }
}

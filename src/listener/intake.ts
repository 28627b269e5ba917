/**
 * Takes the bytes of one message from whoever brings it (SMTP, an administrator, the Pickup folder) to the spool:
 * line ends made canonical, trace header added, hops counted, size watched. Memory does not grow with
 * the message: only the header section is held, and the spool says when to wait.
 */
import type { AcceptedMessage, Envelope, Origin } from '../message/envelope.ts';
import { type HeaderFacts, readHeaderBlock } from '../message/header-block.ts';
import { LineEndingNormalizer } from '../message/line-endings.ts';
import type { TlsFacts } from '../platform/tls-facts.ts';
import type { Reception, Spool } from '../spool/spool.ts';
import { missingFields, receivedLine } from './trace-header.ts';

export interface IntakeOptions {
  readonly spool: Spool;
  readonly envelope: Envelope;
  readonly origin: Origin;
  /** For the Received line: the client's name by DNS. */
  readonly clientName?: string | null;
  readonly fqdn: string;
  /** For the Received line: ESMTP, ESMTPA ... */
  readonly protocol: string;
  /** What was agreed with the client, where it encrypts. */
  readonly tls?: TlsFacts | null;
  readonly maxHopCount: number;
  /** What becomes of a message with a bare CR or LF; without this they become line ends. */
  readonly bareLineEndings?: 'Normalize' | 'Reject';
  /** Looks at the header section. @throws IntakeRefused */
  readonly checkHead?: (head: Buffer) => void;
  /** Hears how large the message became. @throws IntakeRefused */
  readonly checkSize?: (size: number) => void;
  readonly now: () => number;
}

/** The message must not be taken: what to answer. */
export class IntakeRefused extends Error {
  override name = 'IntakeRefused';
  readonly code: number;
  readonly rule: string;

  /** @param text begins with the enhanced status code */
  constructor(code: number, text: string, rule: string) {
    super(text);
    this.code = code;
    this.rule = rule;
  }
}

/** More than this of a header section is not looked at. */
const HEADER_AT_MOST = 64 * 1024;
const END_OF_HEADER = Buffer.from('\r\n\r\n');

export class Intake {
  readonly #options: IntakeOptions;
  readonly #reception: Reception;
  readonly #lines = new LineEndingNormalizer();
  #head: Buffer[] | null = [];
  #headLength = 0;
  /** As if a line had just ended: an empty first line ends the header section too. */
  #lastBytes: Buffer = Buffer.from('\r\n');
  #facts: HeaderFacts | null = null;
  /** Bytes given to the spool. */
  #size = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#reception = options.spool.receive(options.envelope, options.origin);
  }

  get id(): string {
    return this.#reception.id;
  }

  /** @throws IntakeRefused, SpoolFull or what the disk said; then call `abort`. */
  async write(chunk: Buffer): Promise<void> {
    const pieces = this.#lines.push(chunk);
    if (this.#lines.changed && this.#options.bareLineEndings === 'Reject')
      throw new IntakeRefused(
        550,
        '5.6.11 A line ends with a bare CR or LF, which is not allowed here',
        'BareLineEndings',
      );
    for (const piece of pieces) await this.#take(piece);
  }

  /** Resolves when the message is safe. @throws as `write`. */
  async commit(): Promise<AcceptedMessage> {
    for (const piece of this.#lines.end()) await this.#take(piece);
    if (this.#head !== null) await this.#passHead(this.#head);
    this.#options.checkSize?.(this.#size);
    const facts = this.#facts!;
    const messageId = facts.messageId ?? `<${this.id}@${this.#options.fqdn}>`;
    return this.#reception.commit({ subject: facts.subject, internetMessageId: messageId });
  }

  async abort(): Promise<void> {
    await this.#reception.abort();
  }

  async #take(piece: Buffer): Promise<void> {
    if (this.#head === null) {
      await this.#keep(piece);
      return;
    }
    this.#head.push(piece);
    this.#headLength += piece.length;
    if (this.#headLength >= HEADER_AT_MOST || this.#endsHeader(piece)) await this.#passHead(this.#head);
  }

  /** The empty line may be split over pieces, so their last bytes are remembered. */
  #endsHeader(piece: Buffer): boolean {
    const border = Buffer.concat([this.#lastBytes, piece.subarray(0, 3)]);
    this.#lastBytes = (piece.length >= 3 ? piece : border).subarray(-3);
    return border.includes(END_OF_HEADER) || piece.includes(END_OF_HEADER);
  }

  #keep(bytes: Buffer): Promise<void> {
    this.#size += bytes.length;
    return this.#reception.write(bytes);
  }

  async #passHead(pieces: readonly Buffer[]): Promise<void> {
    this.#head = null;
    const head = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    const facts = readHeaderBlock(head.subarray(0, HEADER_AT_MOST));
    this.#facts = facts;
    if (facts.hopCount >= this.#options.maxHopCount) {
      throw new IntakeRefused(
        554,
        `5.4.6 Too many hops (${facts.hopCount}): the message is going round in a loop`,
        'MaxHopCount',
      );
    }
    this.#options.checkHead?.(head);
    await this.#keep(Buffer.from(this.#added(facts, head), 'utf8'));
    if (head.length > 0) await this.#keep(head);
  }

  #added(facts: HeaderFacts, head: Buffer): string {
    const { envelope, origin, clientName = null, fqdn, protocol, tls = null, now } = this.#options;
    const onlyRecipient = envelope.recipients.length === 1 ? envelope.recipients[0]!.address : null;
    const about = {
      fqdn,
      id: this.id,
      now: now(),
      protocol,
      tls,
      clientName,
      ...(origin.source === 'PICKUP'
        ? { heloName: 'pickup', clientIp: null }
        : { heloName: origin.heloName, clientIp: origin.clientIp ?? '127.0.0.1' }),
      onlyRecipient,
    };
    // A text without any header must not become part of ours.
    const gap = facts.names.size === 0 && head.subarray(0, 2).toString('latin1') !== '\r\n' ? '\r\n' : '';
    return `${receivedLine(about)}${missingFields(facts.names, about)}${gap}`;
  }
}

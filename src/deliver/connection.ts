/**
 * nodemailer's SMTP connection with what a relay must say on the wire: DSN parameters per recipient
 * (RFC 3461), SMTPUTF8 as the sender declared it (RFC 6531); and with every line reported for the
 * protocol log. It overrides members that are not public: the version is pinned, the members are
 * named in `Internals`, and test/deliver/connection.test.ts holds them to it.
 */
import type { Writable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Envelope, EnvelopeRecipient } from '../message/envelope.ts';
import { encodeXtext } from '../message/xtext.ts';
import { type TlsFacts, tlsFactsOf } from '../platform/tls-facts.ts';
import { type CommandTimes, commandTimes } from './command-times.ts';
import { type DataStream, DotStuffer, stuffWith, WholeMessage } from './dot-stuffer.ts';
import type { SendError } from './reply-of-error.ts';

export type ConnectionOptions = NonNullable<ConstructorParameters<typeof SMTPConnection>[0]>;

/** What the connection carries at a time. */
export interface Parcel {
  readonly envelope: Envelope;
  readonly recipients: readonly EnvelopeRecipient[];
  readonly size: number;
  readonly body: Buffer | NodeJS.ReadableStream;
}

/** What a server takes beyond RFC 5321: content with 8 bits (RFC 6152), addresses and header in UTF-8 (RFC 6531). */
export interface Offers {
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
}

/** A command or a reply as it went over the wire, credentials masked. */
export interface SessionLine {
  readonly part: 'command' | 'response';
  readonly text: string;
  /** Milliseconds since the command. */
  readonly elapsed: number;
  readonly bytes: number;
  /** What was agreed; null in clear text. */
  readonly tls: TlsFacts | null;
}

/** How the server is spoken to. */
export interface ConnectionManners {
  /** Milliseconds; the other times follow from it (command-times.ts). */
  readonly commandTimeout: number;
  /** HELO instead of EHLO: no extension, no TLS. */
  readonly forceHelo: boolean;
  readonly onLine: (line: SessionLine) => void;
}

interface Internals {
  readonly _supportedExtensions: readonly string[];
  readonly _supportedAuth: readonly string[];
  /** From STARTTLS's 220 to the end of the handshake. */
  readonly upgrading?: boolean;
  readonly _envelope: { readonly rejectedErrors: readonly SendError[] } | false;
  /** Complete replies, and perhaps a partial one at the end; bytes held as latin1 text. */
  readonly _responseQueue: readonly string[];
  _sendCommand(text: string, masked?: string): void;
  _getDsnRcptToArgs(): string;
  _processResponse(): unknown;
  /** The socket has closed. */
  _onClose(): void;
  /** What is done with the next replies, in order. */
  readonly _responseActions: ((reply: string) => unknown)[];
  /** The reply to the whole message. */
  _actionSMTPStream(reply: string, callback: unknown): unknown;
  /** Called when the server has asked for the message with 354. */
  _createSendStream(callback: unknown): DataStream;
}

const Base = SMTPConnection as unknown as new (options: ConnectionOptions) => SMTPConnection & Internals;

const isUnfinished = (reply: string) => /(^|\n)\d+-[^\n]*$/.test(reply.trimEnd());

export class Connection extends Base {
  parcel: Parcel | null = null;
  /** Bytes of the current message may have reached the server. */
  dataStarted = false;
  /** Milliseconds for the next reply, where that is less than it may take; null for the usual time. */
  patience: number | null = null;
  /** The reply that was acted on last. */
  lastReply: string | null = null;
  readonly #onLine: (line: SessionLine) => void;
  readonly #times: CommandTimes;
  readonly #forceHelo: boolean;
  /** What no line and no error may show, longest first. */
  #hidden: readonly string[] = [];
  #recipient = 0;
  #sentAt = Date.now();

  constructor(options: ConnectionOptions, manners: ConnectionManners) {
    super(options);
    this.#onLine = manners.onLine;
    this.#times = commandTimes(manners.commandTimeout);
    this.#forceHelo = manners.forceHelo;
  }

  /** Nothing is waited for until the next command. */
  rest(): void {
    this.#waitAtMost(0);
  }

  /** @param time milliseconds of silence; 0 for ever */
  #waitAtMost(time: number): void {
    if (this._socket) this._socket.setTimeout(time);
  }

  /** What the content may be. */
  get takes(): Offers {
    return { eightBitMime: this.offers('8BITMIME'), smtpUtf8: this.offers('SMTPUTF8') };
  }

  offers(extension: 'DSN' | 'SMTPUTF8' | '8BITMIME'): boolean {
    return this._supportedExtensions.includes(extension);
  }

  /** Mechanisms after AUTH in the last EHLO reply, of those that nodemailer knows. */
  get offeredLogOns(): readonly string[] {
    return this._supportedAuth;
  }

  /** From now on these texts are shown as ***, also when the server repeats them. */
  hide(secrets: readonly string[]): void {
    const known = new Set([...this.#hidden, ...secrets]);
    this.#hidden = [...known].filter(secret => secret !== '').sort((a, b) => b.length - a.length);
  }

  masked(text: string): string {
    return this.#hidden.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }

  /** What was agreed with the server; null in clear text. */
  get tls(): TlsFacts | null {
    return this.secure ? tlsFactsOf(this._socket) : null;
  }

  /** Inside the TLS handshake; when it fails there, this stays. */
  get inHandshake(): boolean {
    return this.upgrading === true;
  }

  /** RCPT refusals heard so far; also there when the transaction then failed as a whole. */
  rejections(): readonly SendError[] {
    return this._envelope ? this._envelope.rejectedErrors : [];
  }

  override _sendCommand(text: string, masked?: string): void {
    let line = text;
    if (this.#forceHelo) line = line.replace(/^EHLO /, 'HELO ');
    if (line.startsWith('MAIL FROM:')) {
      this.#recipient = 0;
      this.dataStarted = false;
      if (this.parcel?.envelope.smtpUtf8 && this.offers('SMTPUTF8') && !/ SMTPUTF8(?= |$)/.test(line))
        line += ' SMTPUTF8';
    }
    this.#sentAt = Date.now();
    this.#onLine({
      part: 'command',
      text: masked ?? line,
      elapsed: 0,
      bytes: Buffer.byteLength(line) + 2,
      tls: this.tls,
    });
    // Behind commands that were sent with it, DATA waits as long as they do.
    const isAlone = this._responseActions.length <= 1;
    const usual = line === 'DATA' && isAlone ? this.#times.data : this.#times.command;
    this.#waitAtMost(Math.min(usual, this.patience ?? usual));
    super._sendCommand(line, masked);
  }

  /** Called once per RCPT, in order. */
  override _getDsnRcptToArgs(): string {
    const recipient = this.parcel?.recipients[this.#recipient++];
    if (!recipient || !this.offers('DSN')) return '';
    const notify = recipient.notify.length > 0 ? ` NOTIFY=${recipient.notify.join(',')}` : '';
    return recipient.orcpt ? `${notify} ORCPT=${encodeXtext(recipient.orcpt)}` : notify;
  }

  override _processResponse(): unknown {
    const reply = this._responseQueue[0];
    // Reported before it is acted on, so that the log has reply and next command in order.
    if (reply !== undefined && reply.trim() !== '' && !isUnfinished(reply)) {
      if (this.patience !== null) {
        // Who answers at all may take the usual time for the rest.
        this.patience = null;
        this.#waitAtMost(this.#times.command);
      }
      const bytes = Buffer.from(reply, 'latin1');
      this.lastReply = bytes.toString('utf8').trim();
      this.#onLine({
        part: 'response',
        text: this.masked(this.lastReply),
        elapsed: Date.now() - this.#sentAt,
        bytes: bytes.length + 2,
        tls: this.tls,
      });
    }
    return super._processResponse();
  }

  /** One reply is acted on per turn: what a server said before it hung up may still be waiting. */
  override _onClose(): void {
    for (let left = this._responseQueue.length; left > 0; left--) this._processResponse();
    super._onClose();
  }

  override _createSendStream(callback: unknown): DataStream {
    this.dataStarted = true;
    if (Buffer.isBuffer(this.parcel?.body)) {
      this.#waitAtMost(this.#times.final);
      this._responseActions.push(reply => this._actionSMTPStream(reply, callback));
      return new WholeMessage(new DotStuffer(), this._socket as Writable) as unknown as DataStream;
    }
    this.#waitAtMost(this.#times.block);
    const stream = super._createSendStream(callback);
    stream.once('end', () => this.#waitAtMost(this.#times.final));
    stuffWith(new DotStuffer(), stream);
    return stream;
  }
}

/**
 * What a client sends, cut into command lines and messages. Takes the place of smtp-server's parser,
 * with the members that its connection uses; that one spends a turn of the event loop on each escaped
 * dot, takes a dot after a bare LF for an escaped one, and obeys half a line before the end of the
 * stream. Holds at most one command line and what the streams hold; a message flows on as it comes.
 */
import { Writable } from 'node:stream';
import { DataDecoder } from './data-decoder.ts';
import { MessageStream } from './message-stream.ts';

const CR = 13;
const LF = 10;

/** Octets of a line. RFC 4954 4 asks for 12288 in an AUTH exchange; a Kerberos ticket with many groups has 64,000. */
const LINE_AT_MOST = 64 * 1024;
/** More than this without a line end is no line at all. */
const ENDLESS = 64 * 1024;
const NOTHING = Buffer.alloc(0);
/** Commands done in a row before others get their turn. */
const COMMANDS_PER_TURN = 100;

export interface WireHandlers {
  /** A line without its end; `done` asks for the next one. */
  readonly onCommand: (line: Buffer, done: () => void) => void;
  /** A line that was longer than any command may be, left out. Endless when its end was not waited for. */
  readonly onLongLine: (endless: boolean, done: () => void) => void;
}

export class WireParser extends Writable {
  /** Nothing more is looked at; set by smtp-server's connection. */
  isClosed = false;
  /** Read by smtp-server's connection. */
  _dataMode = false;
  /** Octets of the current message, dots undone. */
  dataBytes = 0;
  readonly #handlers: WireHandlers;
  #chunk: Buffer = NOTHING;
  #at = 0;
  #taken: () => void = () => {};
  /** The beginning of a line whose end has not come; grows by doubling, for clients that send byte by byte. */
  #begun: Buffer = NOTHING;
  /** Octets of the line so far, kept or not. */
  #lineLength = 0;
  #decoder = new DataDecoder();
  #stream: MessageStream | null = null;
  #maxBytes = Number.POSITIVE_INFINITY;
  /** The message is in and `continue` was not called yet, or the other way round. */
  #waitsFor: 'continue' | 'end' | null = null;
  #received = 0;

  constructor(handlers: WireHandlers) {
    super();
    this.#handlers = handlers;
  }

  /** Octets that came so far. */
  get received(): number {
    return this.#received;
  }

  /** Something came behind the line that is being worked on. */
  get hasMore(): boolean {
    return this.#at < this.#chunk.length || this.writableLength > this.#chunk.length;
  }

  /** The message comes faster than it is taken from us. */
  get isFull(): boolean {
    return this.#stream?.writableNeedDrain === true;
  }

  /** What follows is a message. @returns its text, dots undone */
  startDataMode(maxBytes?: number | string | null): MessageStream {
    this._dataMode = true;
    this.dataBytes = 0;
    this.#decoder = new DataDecoder();
    this.#maxBytes = Number(maxBytes) || Number.POSITIVE_INFINITY;
    this.#waitsFor = null;
    this.#stream = new MessageStream();
    return this.#stream;
  }

  /** The message has its reply, so the next command may come. */
  continue(): void {
    if (this.#waitsFor !== 'continue') {
      this.#waitsFor = 'end';
      return;
    }
    this.#waitsFor = null;
    this.#work();
  }

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    this.#received += chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
    this.#taken = taken;
    this.#work();
  }

  /** Goes on with the chunk until it is used up or something has to be waited for. */
  #work(): void {
    let commands = 0;
    for (;;) {
      if (this.isClosed || this.#at >= this.#chunk.length) {
        this.#release();
        return;
      }
      if (this._dataMode) {
        if (!this.#passData()) return;
        continue;
      }
      if (!this.#passLine()) return;
      if (++commands === COMMANDS_PER_TURN) {
        setImmediate(() => this.#work());
        return;
      }
    }
  }

  #release(): void {
    const taken = this.#taken;
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#taken = () => {};
    taken();
  }

  /** @returns whether to go on at once */
  #passLine(): boolean {
    const from = this.#at;
    const lf = this.#chunk.indexOf(LF, from);
    const piece = this.#chunk.subarray(from, lf === -1 ? undefined : lf);
    this.#at = from + piece.length + (lf === -1 ? 0 : 1);
    if (lf === -1) {
      this.#keep(piece);
      return this.#lineLength <= ENDLESS || this.#hand(done => this.#handlers.onLongLine(true, done));
    }
    if (this.#lineLength > 0) this.#keep(piece);
    const line = this.#lineLength > 0 ? this.#begun.subarray(0, this.#lineLength) : piece;
    const tooLong = Math.max(this.#lineLength, line.length) > LINE_AT_MOST;
    this.#begun = NOTHING;
    this.#lineLength = 0;
    if (tooLong) return this.#hand(done => this.#handlers.onLongLine(false, done));
    const command = line[line.length - 1] === CR ? line.subarray(0, -1) : line;
    return this.#hand(done => this.#handlers.onCommand(command, done));
  }

  #keep(piece: Buffer): void {
    const length = this.#lineLength + piece.length;
    if (length <= LINE_AT_MOST) {
      if (length > this.#begun.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(512, 2 * length));
        this.#begun.copy(larger, 0, 0, this.#lineLength);
        this.#begun = larger;
      }
      piece.copy(this.#begun, this.#lineLength);
    } else this.#begun = NOTHING;
    this.#lineLength = length;
  }

  /** Calls a handler. @returns whether it was done before it came back; else it goes on from there. */
  #hand(call: (done: () => void) => void): boolean {
    let inside = true;
    let isDone = false;
    call(() => {
      if (isDone) return;
      isDone = true;
      if (!inside) this.#work();
    });
    inside = false;
    return isDone;
  }

  /** @returns whether to go on at once */
  #passData(): boolean {
    const stream = this.#stream!;
    const { text, end } = this.#decoder.push(this.#at === 0 ? this.#chunk : this.#chunk.subarray(this.#at));
    this.#at = end === -1 ? this.#chunk.length : this.#at + end;
    this.dataBytes += text.length;
    stream.byteLength = this.dataBytes;
    stream.sizeExceeded = this.dataBytes > this.#maxBytes;
    const full = text.length > 0 && stream.writable && !stream.write(text);
    if (end !== -1) return this.#endData(stream);
    if (!full || stream.destroyed) return true;
    return this.#hand(done => {
      // A stream that is given up never drains, it only closes.
      const goOn = () => {
        stream.off('drain', goOn);
        stream.off('close', goOn);
        done();
      };
      stream.on('drain', goOn);
      stream.on('close', goOn);
    });
  }

  #endData(stream: MessageStream): boolean {
    this._dataMode = false;
    this.#stream = null;
    stream.end();
    const goOn = this.#waitsFor === 'end';
    this.#waitsFor = goOn ? null : 'continue';
    return goOn;
  }
}

/**
 * An SMTP client for tests that says exactly what it is told to: single lines, half lines, bytes.
 * It reads whole replies and fails with the transcript when what it hears is not what was expected.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

export interface SmtpReply {
  readonly code: number;
  /** Whole lines, without CRLF. */
  readonly lines: readonly string[];
  /** The last line. */
  readonly text: string;
}

export interface SmtpClientOptions {
  readonly host?: string;
  /** The address this client comes from: any of 127.0.0.0/8 is a client of its own. */
  readonly localAddress?: string;
  /** The connection begins with TLS. */
  readonly tls?: ConnectionOptions;
}

const PATIENCE = 15_000;

export class SmtpClient {
  #socket: Socket;
  readonly #transcript: string[] = [];
  readonly #replies: SmtpReply[] = [];
  readonly #waiting: ((reply: SmtpReply | null) => void)[] = [];
  readonly #ended: Promise<void>;
  #end!: () => void;
  #isOver = false;
  #rest = '';
  #lines: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#ended = new Promise(resolve => {
      this.#end = resolve;
    });
    socket.setNoDelay(true);
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on('data', chunk => this.#read(chunk.toString('utf8')));
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#isOver = true;
      for (const tell of this.#waiting.splice(0)) tell(null);
      this.#end();
    });
  }

  /** STARTTLS, and what was negotiated. @throws when the handshake fails. */
  async startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    await this.say('STARTTLS', 220);
    const plain = this.#socket;
    plain.removeAllListeners();
    plain.on('error', () => {});
    const socket = connectTls({ rejectUnauthorized: false, ...options, socket: plain });
    this.#socket = socket;
    socket.once('error', () => {});
    await once(socket, 'secureConnect');
    this.#listen(socket);
    return socket;
  }

  /** Connects, and does not wait for the greeting. */
  static async open(port: number, options: SmtpClientOptions = {}): Promise<SmtpClient> {
    const where = { port, host: options.host ?? '127.0.0.1', localAddress: options.localAddress };
    const socket = options.tls
      ? connectTls({ rejectUnauthorized: false, ...where, ...options.tls })
      : createConnection(where);
    const client = new SmtpClient(socket);
    await once(socket, options.tls ? 'secureConnect' : 'connect');
    return client;
  }

  /** Connects, hears the greeting and says EHLO. */
  static async ready(port: number, options: SmtpClientOptions = {}): Promise<SmtpClient> {
    const client = await SmtpClient.open(port, options);
    await client.expect(220);
    await client.say('EHLO client.example', 250);
    return client;
  }

  get transcript(): string {
    return this.#transcript.join('\n');
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** The next reply; null when the connection ended instead. */
  async reply(): Promise<SmtpReply | null> {
    const ready = this.#replies.shift();
    if (ready) return ready;
    if (this.#isOver) return null;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply came:\n${this.transcript}`)), PATIENCE);
      this.#waiting.push(reply => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
  }

  async expect(code: number): Promise<SmtpReply> {
    const reply = await this.reply();
    assert.equal(reply?.code, code, `expected ${code}:\n${this.transcript}`);
    return reply!;
  }

  /** Sends a line and waits for its reply, which must have the code if one is given. */
  async say(line: string, code?: number): Promise<SmtpReply> {
    this.send(`${line}\r\n`);
    if (code !== undefined) return this.expect(code);
    const reply = await this.reply();
    assert.ok(reply, `the connection ended:\n${this.transcript}`);
    return reply;
  }

  /** Sends as is. */
  send(bytes: string | Buffer): void {
    this.#transcript.push(`C: ${JSON.stringify(bytes.toString().slice(0, 200))}`);
    this.#socket.write(bytes);
  }

  /** Sends as is and waits until the kernel has taken it. */
  async sendAll(bytes: string | Buffer): Promise<void> {
    this.#transcript.push(`C: (${bytes.length} bytes)`);
    await new Promise<void>(resolve => {
      this.#socket.write(bytes, () => resolve());
    });
  }

  /** MAIL, RCPT and DATA; what follows is the message. */
  async begin(recipients: readonly string[], sender = 'sender@client.example'): Promise<void> {
    await this.say(`MAIL FROM:<${sender}>`, 250);
    for (const recipient of recipients) await this.say(`RCPT TO:<${recipient}>`, 250);
    await this.say('DATA', 354);
  }

  /** A whole transaction; the message goes over the wire as given, then the end of data. @returns the queue id. */
  async mail(
    message: string | Buffer,
    recipients: readonly string[] = ['someone@example.com'],
    sender?: string,
  ): Promise<string> {
    await this.begin(recipients, sender);
    this.send(Buffer.concat([Buffer.from(message), Buffer.from('.\r\n')]));
    return queueIdOf(await this.expect(250));
  }

  /** Resolves when the connection is over. */
  async closed(): Promise<void> {
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`the connection did not end:\n${this.transcript}`)), PATIENCE).unref();
    });
    await Promise.race([this.#ended, late]);
  }

  /** Says QUIT and waits until it is over. */
  async quit(): Promise<void> {
    await this.say('QUIT', 221);
    await this.closed();
  }

  /** Vanishes without a word. */
  async vanish(): Promise<void> {
    this.#socket.destroy();
    await this.#ended;
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.#transcript.push(`S: ${line}`);
      this.#lines.push(line);
      const last = /^(\d{3})(?: |$)/.exec(line);
      if (!last) continue;
      const reply = { code: Number(last[1]), lines: this.#lines, text: line };
      this.#lines = [];
      const tell = this.#waiting.shift();
      if (tell) tell(reply);
      else this.#replies.push(reply);
    }
  }
}

export function queueIdOf(reply: SmtpReply): string {
  const match = /^250 2\.6\.0 Queued as ([0-9A-Z]{11})$/.exec(reply.text);
  assert.ok(match, `no queue id in: ${reply.text}`);
  return match[1]!;
}

/** An SMTP session of a client that sends fast: the envelope goes out in one piece (PIPELINING). */
import { connect, type Socket } from 'node:net';

export class SmtpSession {
  readonly #socket: Socket;
  #text = '';
  #waiting: { resolve: (code: number) => void; reject: (error: Error) => void } | null = null;
  #failed: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      this.#deliver();
    });
    const fail = () => {
      this.#failed ??= new Error('connection lost');
      this.#waiting?.reject(this.#failed);
      this.#waiting = null;
    };
    socket.on('error', fail);
    socket.on('close', fail);
  }

  static async open(port: number): Promise<SmtpSession> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const session = new SmtpSession(socket);
    await session.#expect(220);
    socket.write('EHLO load.test\r\n');
    await session.#expect(250);
    return session;
  }

  /** Resolves with the 250 for the whole message. @throws when a recipient or the message is refused. */
  async send(sender: string, recipients: readonly string[], message: Buffer): Promise<void> {
    const envelope = [`MAIL FROM:<${sender}>`, ...recipients.map(recipient => `RCPT TO:<${recipient}>`), 'DATA', ''];
    this.#socket.write(envelope.join('\r\n'));
    await this.#expect(250);
    for (const _ of recipients) await this.#expect(250);
    await this.#expect(354);
    this.#socket.write(`${message.toString('latin1').replace(/^\./gm, '..')}.\r\n`, 'latin1');
    await this.#expect(250);
  }

  end(): void {
    this.#socket.end('QUIT\r\n');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #expect(code: number): Promise<void> {
    const heard = await new Promise<number>((resolve, reject) => {
      if (this.#failed) reject(this.#failed);
      this.#waiting = { resolve, reject };
      this.#deliver();
    });
    if (heard !== code) throw new Error(`expected ${code}, heard ${heard}`);
  }

  /** Gives the next complete reply to whoever waits. */
  #deliver(): void {
    const reply = /^(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n/.exec(this.#text);
    if (!reply || !this.#waiting) return;
    this.#text = this.#text.slice(reply[0].length);
    const { resolve } = this.#waiting;
    this.#waiting = null;
    resolve(Number(reply[1]));
  }
}

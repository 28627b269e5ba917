/**
 * A mail client that remembers what it was promised: sends numbered messages over several sessions,
 * notes each number that got a 250, and carries on after the relay was killed. A message that got no
 * answer is sent again under the same number, as a real client would do.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface FloodOptions {
  readonly port: number;
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
  readonly messagesPerSession: number;
  /** Recipients of message number n. */
  readonly recipients: (number: number) => readonly string[];
  readonly onAcknowledged: (number: number) => void;
}

/** Sends everything; resolves when every message has its 250. */
export async function flood(options: FloodOptions): Promise<{ readonly attempts: number }> {
  let next = 0;
  let attempts = 0;
  const again: number[] = [];
  const take = () => again.pop() ?? (next < options.messages ? next++ : null);
  const worker = async () => {
    for (let number = take(); number !== null; ) {
      const session = await Session.open(options.port).catch(() => null);
      if (!session) {
        await wait(50);
        continue;
      }
      try {
        for (let sent = 0; number !== null && sent < options.messagesPerSession; sent++) {
          attempts++;
          await session.send(number, options);
          options.onAcknowledged(number);
          number = take();
        }
        session.end();
      } catch {
        session.destroy();
      }
    }
  };
  await Promise.all(Array.from({ length: options.sessions }, worker));
  return { attempts };
}

class Session {
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

  static async open(port: number): Promise<Session> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const session = new Session(socket);
    await session.#expect(220);
    socket.write('EHLO flood.test\r\n');
    await session.#expect(250);
    return session;
  }

  async send(number: number, options: FloodOptions): Promise<void> {
    const recipients = options.recipients(number);
    this.#socket.write(
      `MAIL FROM:<flood@example.com>\r\n${recipients.map(recipient => `RCPT TO:<${recipient}>\r\n`).join('')}DATA\r\n`,
    );
    await this.#expect(250);
    for (const _ of recipients) await this.#expect(250);
    await this.#expect(354);
    const head = `From: flood@example.com\r\nTo: ${recipients[0]}\r\nSubject: flood ${number}\r\nX-Flood: ${number}\r\n\r\n`;
    const line = `${'x'.repeat(70)}\r\n`;
    this.#socket.write(
      `${head}${line.repeat(Math.max(1, Math.floor((options.size - head.length) / line.length)))}.\r\n`,
    );
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

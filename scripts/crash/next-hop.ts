/**
 * A mail server whose verdict on a recipient stands in its name: `x.refuse@` gets a 550, `x.defer2@` a
 * 450 twice and is then taken, all others are taken. What is taken is on the disk before the 250, as
 * the relay may believe it; the 250 itself may come late, so that kills fall in between.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';

/** How often each recipient was deferred so far, over all servers that share it. */
export type Deferrals = Map<string, number>;

export interface NextHopOptions {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly deferrals: Deferrals;
  /** Milliseconds that the 250 for a message comes late. */
  readonly late: () => number;
}

const END = Buffer.from('\r\n.\r\n');

export class NextHop {
  readonly port: number;
  readonly #options: NextHopOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, options: NextHopOptions) {
    this.port = port;
    this.#options = options;
    this.#server = createServer(socket => this.#serve(socket));
  }

  static async start(port: number, options: NextHopOptions): Promise<NextHop> {
    const hop = new NextHop(port, options);
    await new Promise<void>((resolve, reject) => {
      hop.#server.once('error', reject);
      hop.#server.listen(port, '127.0.0.1', resolve);
    });
    return hop;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    const session = new Session(socket, this.#options);
    let serving = Promise.resolve();
    socket.on('data', chunk => {
      serving = serving.then(() => session.work(chunk));
    });
    socket.write('220 next-hop.test ESMTP\r\n');
  }
}

class Session {
  readonly #socket: Socket;
  readonly #options: NextHopOptions;
  #input: Buffer = Buffer.alloc(0);
  #recipients: string[] = [];
  #inData = false;

  constructor(socket: Socket, options: NextHopOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  async work(chunk: Buffer): Promise<void> {
    this.#input = Buffer.concat([this.#input, chunk]);
    for (;;) {
      const end = this.#input.indexOf(this.#inData ? END : '\r\n');
      if (end === -1) return;
      if (this.#inData) {
        const text = this.#input.toString('latin1', 0, end + 2).replace(/^\./gm, '');
        this.#input = this.#input.subarray(end + END.length);
        this.#inData = false;
        await this.#take(text);
      } else {
        const line = this.#input.toString('latin1', 0, end);
        this.#input = this.#input.subarray(end + 2);
        this.#say(this.#answer(line));
      }
    }
  }

  #answer(line: string): string {
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
        return '250-next-hop.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES';
      case 'MAIL':
      case 'RSET':
        this.#recipients = [];
        return '250 2.0.0 ok';
      case 'RCPT':
        return this.#verdict(/<(.*?)>/.exec(line)?.[1] ?? '');
      case 'DATA':
        if (this.#recipients.length === 0) return '554 5.5.1 no valid recipients';
        this.#inData = true;
        return '354 go on';
      case 'QUIT':
        return '221 2.0.0 bye';
      default:
        return '500 5.5.2 unknown command';
    }
  }

  #verdict(address: string): string {
    const { ledger, deferrals } = this.#options;
    if (/\.refuse@/.test(address)) {
      ledger.refused(address, Date.now());
      return '550 5.1.1 there is nobody of that name';
    }
    const wanted = Number(/\.defer(\d+)@/.exec(address)?.[1] ?? 0);
    const before = deferrals.get(address) ?? 0;
    if (before < wanted) {
      deferrals.set(address, before + 1);
      return '450 4.2.1 come again later';
    }
    this.#recipients.push(address);
    return '250 2.1.5 ok';
  }

  async #take(text: string): Promise<void> {
    const { journal, ledger, late } = this.#options;
    const recipients = this.#recipients;
    this.#recipients = [];
    await journal.append(`${new Date().toISOString()} ${recipients.join(',')}`);
    await new Promise(resolve => setTimeout(resolve, late()));
    ledger.taken(recipients, text, Date.now());
    this.#say('250 2.0.0 taken');
  }

  #say(line: string): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(`${line}\r\n`);
    if (line.startsWith('221')) this.#socket.end();
  }
}

/**
 * The next hop of a relay: a small mail server of its own making, so that what it sees does not
 * depend on the package the relay is built with. It keeps commands and bytes as they came.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { freePort, until } from './relay-waiting.ts';

export interface SinkMessage {
  /** Queue id of the relay, from the Received line; null when there is none. */
  readonly id: string | null;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** MAIL and RCPT lines as they came. */
  readonly commands: readonly string[];
  /** As received, doubled dots undone. */
  readonly bytes: Buffer;
  /** As it came over the wire, without the final dot line. */
  readonly wire: Buffer;
}

export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/** Keeps mail in the queue of the relay. */
export const LATER: Refusal = { code: 450, text: '4.2.1 Come again later' };

const END = Buffer.from('\r\n.\r\n');
const EHLO = '250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES';

export class Sink {
  /** Its answer to EHLO. */
  ehlo = EHLO;
  readonly port: number;
  readonly messages: SinkMessage[] = [];
  /** What to answer to a recipient; null takes it. */
  refuse: (recipient: string) => Refusal | null = () => null;
  /** What a recipient's reply waits for. */
  delay: () => Promise<void> = async () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer(socket => this.#serve(socket));
  }

  static async start(): Promise<Sink> {
    const sink = new Sink(await freePort());
    await new Promise<void>((resolve, reject) => {
      sink.#server.once('error', reject);
      sink.#server.listen(sink.port, '127.0.0.1', resolve);
    });
    return sink;
  }

  /** Waits until so many messages have come. */
  async has(count: number): Promise<readonly SinkMessage[]> {
    await until(`${count} message(s) arrive`, () => this.messages.length >= count);
    return this.messages;
  }

  /** Waits for the message with this queue id. */
  messageOf(id: string): Promise<SinkMessage> {
    return until(`message ${id} arrives`, () => this.messages.findLast(message => message.id === id));
  }

  async stop(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    const say = (line: string) => socket.write(`${line}\r\n`);
    let rest: Buffer = Buffer.alloc(0);
    let commands: string[] = [];
    let inData = false;
    let serving = Promise.resolve();
    socket.on('data', chunk => {
      serving = serving.then(() => serve(chunk));
    });
    const serve = async (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        if (inData) {
          // The line end before the first line is that of DATA itself.
          const all = Buffer.concat([Buffer.from('\r\n'), rest]);
          const end = all.indexOf(END);
          if (end === -1) return;
          this.#take(commands, all.subarray(2, end + 2));
          rest = all.subarray(end + END.length);
          [commands, inData] = [[], false];
          say('250 2.0.0 taken');
          continue;
        }
        const end = rest.indexOf('\r\n');
        if (end === -1) return;
        const line = rest.toString('utf8', 0, end);
        rest = rest.subarray(end + 2);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'RCPT') await this.delay();
        const refusal = verb === 'RCPT' ? this.refuse(pathOf(line)) : null;
        if (refusal) say(`${refusal.code} ${refusal.text}`);
        else if (verb === 'EHLO') say(this.ehlo);
        else if (verb === 'DATA') {
          inData = commands.length > 1;
          say(inData ? '354 go on' : '554 5.5.1 no valid recipients');
        } else {
          if (verb === 'MAIL' || verb === 'RSET') commands = [];
          if (verb === 'MAIL' || verb === 'RCPT') commands.push(line);
          say(verb === 'QUIT' ? '221 2.0.0 bye' : '250 2.0.0 ok');
          if (verb === 'QUIT') socket.end();
        }
      }
    };
    say('220 sink.example ESMTP');
  }

  #take(commands: readonly string[], wire: Buffer): void {
    const text = wire.toString('latin1').replace(/(^|\r\n)\./g, '$1');
    const [sender, ...recipients] = commands.map(pathOf);
    this.messages.push({
      id: /^Received: from .*\r\n\tby .* id ([0-9A-Z]{11})\b/.exec(text)?.[1] ?? null,
      sender: sender!,
      recipients,
      commands,
      bytes: Buffer.from(text, 'latin1'),
      wire,
    });
  }
}

const pathOf = (line: string) => /<(.*?)>/.exec(line)?.[1] ?? '';

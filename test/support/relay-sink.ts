/** A mail server that takes everything and keeps envelope and bytes, as the next hop of a relay. */
import { SMTPServer } from 'smtp-server';
import { freePort, until } from './relay-harness.ts';

export interface SinkMessage {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** As received, dots unstuffed. */
  readonly bytes: Buffer;
}

export class Sink {
  readonly port: number;
  readonly messages: SinkMessage[] = [];
  /** What to answer to a recipient; null takes it. */
  refuse: (recipient: string) => { readonly code: number; readonly text: string } | null = () => null;
  /** What a recipient's reply waits for. */
  delay: () => Promise<void> = async () => {};
  readonly #server: SMTPServer;

  private constructor(port: number) {
    this.port = port;
    this.#server = new SMTPServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 100,
      onRcptTo: (address, _session, done) => {
        void this.delay().then(() => {
          const refusal = this.refuse(address.address);
          done(refusal ? Object.assign(new Error(refusal.text), { responseCode: refusal.code }) : null);
        });
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', chunk => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.messages.push({
            sender: mailFrom ? mailFrom.address : '',
            recipients: rcptTo.map(recipient => recipient.address),
            bytes: Buffer.concat(chunks),
          });
          done(null, 'taken');
        });
      },
    });
    this.#server.on('error', () => {});
  }

  static async start(): Promise<Sink> {
    const sink = new Sink(await freePort());
    await new Promise<void>((resolve, reject) => {
      sink.#server.server.once('error', reject);
      sink.#server.listen(sink.port, '127.0.0.1', resolve);
    });
    return sink;
  }

  /** Waits until so many messages have come. */
  async has(count: number): Promise<readonly SinkMessage[]> {
    await until(`${count} message(s) arrive`, () => this.messages.length >= count);
    return this.messages;
  }

  stop(): Promise<void> {
    return new Promise(resolve => this.#server.close(resolve));
  }
}

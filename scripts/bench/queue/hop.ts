/** A next hop that takes everything and remembers in which order it came. */
import { SMTPServer } from 'smtp-server';

export interface Arrival {
  /** The subject. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export class Hop {
  readonly arrivals: Arrival[] = [];
  readonly #server: SMTPServer;

  constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      onData: (stream, _session, done) => {
        let text = '';
        stream.setEncoding('latin1');
        stream.on('data', (chunk: string) => {
          if (text.length < 4096) text += chunk;
        });
        stream.on('end', () => {
          this.arrivals.push({ name: /^Subject: (.*)$/im.exec(text)?.[1]?.trim() ?? '', at: Date.now() });
          done();
        });
      },
    });
  }

  open(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()));
  }
}

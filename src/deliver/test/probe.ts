/**
 * One SMTP conversation, a line at a time, for looking at a server: nothing is decided, everything that
 * was heard is told, and whatever does not come ends with a sentence. Never used to deliver mail.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Remote } from '../../message/outcome.ts';
import { type DaneDemand, daneOptions } from '../dane.ts';
import type { TlsParameters } from '../tls.ts';

/** Why there is no answer, as a value to act on. */
export class NoAnswer extends Error {
  readonly why: 'refused' | 'timeout' | 'unreachable' | 'closed' | 'silence' | 'tls' | 'other';

  constructor(why: NoAnswer['why'], message: string) {
    super(message);
    this.why = why;
  }
}

/** A reply as heard: its code, its text in one line, and the lines. */
export interface Heard {
  readonly code: number;
  readonly text: string;
  readonly lines: readonly string[];
}

const MOST_HELD = 65_536;

export class Probe {
  readonly #timeout: number;
  readonly #signal: AbortSignal;
  #socket: Socket;
  #heard = '';

  private constructor(socket: Socket, timeout: number, signal: AbortSignal) {
    this.#socket = socket;
    this.#timeout = timeout;
    this.#signal = signal;
  }

  /** @throws NoAnswer */
  static async connect(
    { address, port }: Remote,
    times: { readonly connect: number; readonly reply: number },
    signal: AbortSignal,
    localAddress: string | null,
  ): Promise<Probe> {
    const socket = connectTcp({ host: address, port, ...(localAddress === null ? {} : { localAddress }) });
    const late = setTimeout(() => socket.destroy(new NoAnswer('timeout', 'No answer in time')), times.connect);
    const cut = () => socket.destroy();
    signal.addEventListener('abort', cut, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', cut));
    try {
      await happened(socket, 'connect');
    } catch (error) {
      throw error instanceof NoAnswer ? error : noConnection(error as NodeJS.ErrnoException);
    } finally {
      clearTimeout(late);
    }
    const probe = new Probe(socket, times.reply, signal);
    probe.#listen();
    return probe;
  }

  get localAddress(): string {
    return this.#socket.localAddress ?? '';
  }

  /** The next whole reply. @throws NoAnswer */
  async reply(): Promise<Heard> {
    const late = AbortSignal.timeout(this.#timeout);
    for (;;) {
      const lines = this.#heard
        .split('\n')
        .slice(0, -1)
        .map(line => line.replace(/\r$/, ''));
      const last = lines.findIndex(line => !/^\d{3}-/.test(line));
      if (last >= 0) {
        const heard = lines.slice(0, last + 1);
        this.#heard = this.#heard
          .split('\n')
          .slice(last + 1)
          .join('\n');
        const text = heard.map((line, index) => (index === 0 ? line : line.slice(4))).join(' ');
        return { code: Number(/^\d{3}(?= |$)/.exec(heard.at(-1)!)?.[0] ?? 0), text, lines: heard };
      }
      if (this.#socket.destroyed || this.#socket.readableEnded)
        throw new NoAnswer('closed', 'The connection was closed without an answer');
      if (this.#heard.length > MOST_HELD) throw new NoAnswer('other', 'What comes has no end of line');
      const heard = new AbortController();
      const signal = AbortSignal.any([this.#signal, late, heard.signal]);
      try {
        await Promise.race(['data', 'close', 'end'].map(event => once(this.#socket, event, { signal })));
      } catch {
        if (this.#signal.aborted || !late.aborted) throw new NoAnswer('closed', 'The connection was cut');
        throw new NoAnswer('silence', `No answer within ${this.#timeout / 1000} seconds`);
      } finally {
        // No listener is left behind for what was not waited for in the end.
        heard.abort();
      }
    }
  }

  say(line: string): Promise<Heard> {
    this.#socket.write(`${line}\r\n`);
    return this.reply();
  }

  /** Text that gets no answer of its own. */
  write(text: string): void {
    this.#socket.write(text);
  }

  /**
   * The handshake, whatever the server shows: it is looked at afterwards.
   * @param own certificate that we show; null shows none
   * @param dane what TLSA records demand; null where they demand nothing
   * @throws NoAnswer
   */
  async startTls(
    servername: string | undefined,
    own: TlsParameters['certificate'],
    dane: DaneDemand | null,
  ): Promise<TLSSocket> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    const socket = connectTls({
      socket: plain,
      ...(servername === undefined ? {} : { servername }),
      ...(own === null ? {} : { key: own.key, cert: own.certificates }),
      rejectUnauthorized: false,
      // What the server speaks is seen, not only what this relay takes.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
      ...(dane === null ? {} : daneOptions(dane)),
    });
    this.#socket = socket;
    const late = setTimeout(
      () => socket.destroy(new NoAnswer('silence', 'The handshake did not end in time')),
      this.#timeout,
    );
    try {
      await happened(socket, 'secureConnect');
    } catch (error) {
      throw error instanceof NoAnswer ? error : new NoAnswer('tls', (error as Error).message);
    } finally {
      clearTimeout(late);
    }
    this.#listen();
    return socket;
  }

  end(): void {
    if (!this.#socket.destroyed) this.#socket.end('QUIT\r\n');
    this.#socket.destroySoon();
  }

  #listen(): void {
    this.#heard = '';
    this.#socket.on('error', () => {});
    this.#socket.on('data', chunk => {
      this.#heard += chunk.toString('latin1');
    });
  }
}

/** @throws what the socket ended with. */
async function happened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  const closed = once(socket, 'close').then(() => {
    throw new NoAnswer('closed', 'The connection was closed');
  });
  closed.catch(() => {});
  try {
    await Promise.race([once(socket, event), closed]);
  } finally {
    socket.on('error', () => {});
  }
}

function noConnection({ code, message }: NodeJS.ErrnoException): NoAnswer {
  switch (code) {
    case 'ECONNREFUSED':
      return new NoAnswer('refused', 'Connection refused');
    case 'ETIMEDOUT':
      return new NoAnswer('timeout', 'No answer in time');
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new NoAnswer('unreachable', code === 'EHOSTUNREACH' ? 'No route to the host' : 'No route to the network');
    default:
      return new NoAnswer('other', message);
  }
}

/**
 * An SMTP server that does as a test tells it: real sockets on loopback, every reply its own, and
 * everything it got written down. Without orders it behaves like a strict server (no nested MAIL, no
 * DATA without a recipient), so that a client's mistake shows.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { TLSSocket } from 'node:tls';
import type { Certificate } from './smtp-certificate.ts';

/** Cuts the connection instead of a reply. */
export const DROP = Symbol('drop');
/** Never answers. */
export const SILENCE = Symbol('silence');

/** Lines without CRLF; an array says them and then does what its last element says. */
export type Say = string | typeof DROP | typeof SILENCE | readonly [string, typeof DROP];

export interface Script {
  /** Keywords after EHLO. */
  readonly extensions?: readonly string[];
  /** What to answer; undefined for the ordinary answer. `connect` stands for the greeting, `.` for the end of data. */
  readonly on?: (command: string, session: ScriptSession) => Say | undefined;
  readonly certificate?: Certificate;
  /** What STARTTLS comes to after its 220. */
  readonly handshake?: 'works' | 'garbage' | 'cut' | 'silence';
  /** Cuts the connection after so many bytes of a message. */
  readonly cutsDataAfter?: number;
}

export interface ReceivedMessage {
  readonly mail: string;
  readonly recipients: readonly string[];
  /** As it came over the wire, the final dot line included. */
  readonly wire: Buffer;
  /** Dots taken away. */
  readonly text: Buffer;
  readonly secure: boolean;
}

export class ScriptSession {
  readonly number: number;
  readonly commands: string[] = [];
  secure = false;
  mail: string | null = null;
  readonly accepted: string[] = [];
  ended = false;
  socket: Socket;

  constructor(number: number, socket: Socket) {
    this.number = number;
    this.socket = socket;
  }

  reset(): void {
    this.mail = null;
    this.accepted.length = 0;
  }
}

export interface ScriptServer {
  readonly port: number;
  readonly sessions: readonly ScriptSession[];
  readonly messages: readonly ReceivedMessage[];
  /** All commands of all sessions. */
  readonly commands: readonly string[];
  script: Script;
  /** Sessions that are open now. */
  open(): number;
  close(): Promise<void>;
}

const ALL = ['PIPELINING', 'SIZE 10000000', '8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES'];
export const WITHOUT_PIPELINING = ALL.filter(keyword => keyword !== 'PIPELINING');

/** @param place where it listens; a free port of loopback if not given */
export async function scriptServer(
  t: TestContext,
  script: Script = {},
  place: { readonly host: string; readonly port: number } = { host: '127.0.0.1', port: 0 },
): Promise<ScriptServer> {
  const sessions: ScriptSession[] = [];
  const messages: ReceivedMessage[] = [];
  const listener = createServer(socket => {
    const session = new ScriptSession(sessions.length + 1, socket);
    sessions.push(session);
    converse(session, () => server.script, messages);
  });
  listener.listen(place.port, place.host);
  await once(listener, 'listening');
  const server = {
    port: (listener.address() as { port: number }).port,
    sessions,
    messages,
    get commands() {
      return sessions.flatMap(session => session.commands);
    },
    script,
    open: () => sessions.filter(session => !session.ended).length,
    close: async () => {
      for (const session of sessions) session.socket.destroy();
      if (!listener.listening) return;
      listener.close();
      await once(listener, 'close');
    },
  };
  t.after(() => server.close());
  return server;
}

function converse(session: ScriptSession, script: () => Script, messages: ReceivedMessage[]): void {
  let input = Buffer.alloc(0);
  let inData = false;

  const listen = (socket: Socket) => {
    session.socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => {
      session.ended = true;
    });
    socket.on('data', (chunk: Buffer) => {
      input = Buffer.concat([input, chunk]);
      work();
    });
  };

  const say = (what: Say): boolean => {
    if (what === SILENCE) return false;
    if (what === DROP) {
      session.socket.destroy();
      return false;
    }
    if (typeof what !== 'string') {
      session.socket.end(`${what[0]}\r\n`);
      return false;
    }
    session.socket.write(`${what}\r\n`);
    if (what.startsWith('421')) session.socket.end();
    return true;
  };

  const work = () => {
    for (;;) {
      if (session.socket.destroyed) return;
      if (inData) {
        const { cutsDataAfter } = script();
        if (cutsDataAfter !== undefined && input.length >= cutsDataAfter) {
          session.socket.destroy();
          return;
        }
        const end = endOfData(input);
        if (end === -1) return;
        inData = false;
        finish(input.subarray(0, end));
        input = input.subarray(end);
        continue;
      }
      const end = input.indexOf('\r\n');
      if (end === -1) return;
      const command = input.toString('utf8', 0, end);
      input = input.subarray(end + 2);
      session.commands.push(command);
      const verb = command.split(' ')[0]!.toUpperCase();
      const answer = script().on?.(command, session) ?? ordinary(command, session, script());
      if (verb === 'STARTTLS' && typeof answer === 'string' && answer.startsWith('220')) {
        session.socket.write(`${answer}\r\n`);
        upgrade();
        return;
      }
      remember(command, answer, session);
      say(answer);
      if (verb === 'DATA' && typeof answer === 'string' && answer.startsWith('354')) inData = true;
      if (verb === 'QUIT') session.socket.end();
    }
  };

  const finish = (wire: Buffer) => {
    const [mail, recipients] = [session.mail ?? '', [...session.accepted]];
    session.commands.push('.');
    const answer = script().on?.('.', session) ?? `250 2.0.0 Ok: queued as ${messages.length + 1}`;
    messages.push({ mail, recipients, wire, text: withoutDots(wire), secure: session.secure });
    session.reset();
    say(answer);
  };

  const upgrade = () => {
    const plain = session.socket;
    plain.removeAllListeners('data');
    input = Buffer.alloc(0);
    session.reset();
    const { handshake = 'works', certificate } = script();
    if (handshake === 'silence') return;
    if (handshake === 'cut') {
      plain.once('data', () => plain.destroy());
      return;
    }
    if (handshake === 'garbage') {
      plain.once('data', () => plain.end('This is no TLS record at all.\r\n'));
      return;
    }
    const secure = new TLSSocket(plain, { isServer: true, ...certificate });
    session.secure = true;
    listen(secure);
  };

  listen(session.socket);
  say(script().on?.('connect', session) ?? '220 test.example ESMTP');
}

function ordinary(command: string, session: ScriptSession, script: Script): Say {
  switch (command.split(' ')[0]!.toUpperCase()) {
    case 'EHLO': {
      const offers = [...(script.extensions ?? ALL), ...(script.certificate && !session.secure ? ['STARTTLS'] : [])];
      const lines = ['test.example', ...offers];
      return lines.map((line, at) => `250${at === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
    }
    case 'HELO':
      return '250 test.example';
    case 'STARTTLS':
      return script.certificate ? '220 2.0.0 Go ahead' : '502 5.5.1 Not implemented';
    case 'MAIL':
      return session.mail === null ? '250 2.1.0 Ok' : '503 5.5.1 Error: nested MAIL command';
    case 'RCPT':
      return session.mail === null ? '503 5.5.1 Error: need MAIL command' : '250 2.1.5 Ok';
    case 'DATA':
      if (session.mail === null) return '503 5.5.1 Error: need RCPT command';
      return session.accepted.length === 0
        ? '554 5.5.1 Error: no valid recipients'
        : '354 End data with <CR><LF>.<CR><LF>';
    case 'RSET':
      return '250 2.0.0 Ok';
    case 'QUIT':
      return '221 2.0.0 Bye';
    default:
      return '500 5.5.2 Error: unknown command';
  }
}

function remember(command: string, answer: Say, session: ScriptSession): void {
  const good = typeof answer === 'string' && answer.startsWith('2');
  if (/^MAIL /i.test(command) && good) session.mail = command;
  if (/^RCPT /i.test(command) && good) session.accepted.push(command);
  if (/^(RSET|EHLO|HELO)/i.test(command)) session.reset();
}

/** Offset after the final dot line; -1 when it has not come. */
function endOfData(input: Buffer): number {
  if (input.subarray(0, 3).equals(Buffer.from('.\r\n'))) return 3;
  const at = input.indexOf('\r\n.\r\n');
  return at === -1 ? -1 : at + 5;
}

function withoutDots(wire: Buffer): Buffer {
  const body = wire.subarray(0, wire.length - 3).toString('latin1');
  return Buffer.from(body.replace(/(^|\r\n)\./g, '$1'), 'latin1');
}

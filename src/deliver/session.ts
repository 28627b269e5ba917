/**
 * One outgoing SMTP session over one connection (connection.ts). Adds what a relay needs and a mail
 * client does not: one outcome per recipient, temporary or permanent decided where the reply was
 * heard. Whatever happens, a promise resolves; nothing here throws or retries.
 */
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Outcome, Remote } from '../message/outcome.ts';
import { isPermanent, parseReply, type Reply } from '../message/reply.ts';
import { noteVerification } from '../platform/tls-facts.ts';
import { Connection, type ConnectionOptions, type Offers, type Parcel, type SessionLine } from './connection.ts';
import { type DaneDemand, type DaneVerdict, judgeByDane } from './dane.ts';
import { type LogOn, logOnTo } from './log-on.ts';
import { openSocket } from './open-socket.ts';
import { replyOfBrokenTransaction, replyOfConnectError, replyOfTlsError, type SendError } from './reply-of-error.ts';
import { type TlsMode, type TlsParameters, tlsOptionsFor } from './tls.ts';

export interface SessionOptions {
  readonly remote: Remote;
  readonly ehloName: string;
  readonly tls: TlsMode;
  readonly tlsParameters: TlsParameters;
  /** What the certificate must be with mode Dane; null with the others. */
  readonly dane: DaneDemand | null;
  /** Null where nobody logs on. */
  readonly logOn: LogOn | null;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds of silence. */
  readonly commandTimeout: number;
  /** Milliseconds of silence before the greeting. */
  readonly greetingTimeout: number;
  /** Own address to connect from; null leaves it to the system. */
  readonly sourceAddress: string | null;
  /** HELO instead of EHLO. */
  readonly forceHelo: boolean;
  readonly onLine: (line: SessionLine) => void;
}

/** A recipient's verdicts in the order of the parcel, or what broke before any verdict. */
export type ParcelResult =
  | { readonly kind: 'verdicts'; readonly outcomes: readonly Outcome[] }
  | {
      readonly kind: 'broken';
      readonly reply: Reply /** The server may have the message. */;
      readonly dataStarted: boolean;
      /** The server wants a log-on, or another one: nothing was said about the mail. */
      readonly logOnFailed: boolean;
      /** Nothing was heard in time. */
      readonly silent: boolean;
    };

export type OpenResult =
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'refused'; readonly reply: Reply; readonly tlsFailed: boolean; readonly logOnFailed: boolean }
  /** The authorities that DNS means are known only now: to be opened once more with them. */
  | { readonly kind: 'again'; readonly authorities: readonly string[] };

export class Session {
  readonly remote: Remote;
  readonly #connection: Connection;
  readonly #where: string;
  #alive = true;
  /** The last transaction did not end with the message taken. */
  #openTransaction = false;
  /** Messages handed over. */
  sent = 0;
  /** Told once when the other side or the network ends it. */
  onEnd: (() => void) | null = null;
  /** Encrypted. */
  get secure(): boolean {
    return this.#connection.secure;
  }

  private constructor(options: SessionOptions, connection: Connection) {
    const { tls } = connection;
    this.remote = tls === null ? options.remote : { ...options.remote, tls };
    this.#connection = connection;
    this.#where = describe(options.remote);
    connection.on('error', () => this.#end());
    connection.on('end', () => this.#end());
  }

  /** Opens a session: connection, greeting, EHLO, TLS as asked. */
  static async open(options: SessionOptions): Promise<OpenResult> {
    const { remote } = options;
    let socket: Socket;
    try {
      socket = await openSocket(remote.address, remote.port, options.connectTimeout, options.sourceAddress);
    } catch (error) {
      const reply = replyOfConnectError(error as SendError, describe(remote));
      return { kind: 'refused', reply, tlsFailed: false, logOnFailed: false };
    }
    const connection = new Connection({ ...connectionOptions(options), connection: socket }, options);
    return new Promise(resolve => {
      const refuse = (error: SendError) => {
        const tlsFailed = error.code === 'ETLS' || connection.inHandshake;
        connection.close();
        const reply = tlsFailed
          ? replyOfTlsError(error, describe(remote))
          : replyOfConnectError(error, describe(remote));
        resolve({ kind: 'refused', reply, tlsFailed, logOnFailed: false });
      };
      connection.on('error', refuse);
      connection.connect(error => {
        if (error) {
          refuse(error as SendError);
          return;
        }
        connection.off('error', refuse);
        resolve(Session.#distrusted(options, connection) ?? Session.#logOn(options, connection));
      });
    });
  }

  /** What is to be done instead of speaking on, where the certificate is not the one that DNS tells. */
  static #distrusted({ dane, remote }: SessionOptions, connection: Connection): OpenResult | null {
    if (dane === null) return null;
    const socket = connection._socket;
    const verdict: DaneVerdict =
      socket instanceof TLSSocket ? judgeByDane(socket, dane) : { kind: 'bad', why: 'the connection is not encrypted' };
    if (verdict.kind === 'good') {
      noteVerification(socket as TLSSocket, verdict.by);
      return null;
    }
    connection.on('error', () => {});
    connection.quit();
    if (verdict.kind === 'again') return verdict;
    const reply = replyOfTlsError(new Error(verdict.why), describe(remote));
    return { kind: 'refused', reply, tlsFailed: true, logOnFailed: false };
  }

  static async #logOn(options: SessionOptions, connection: Connection): Promise<OpenResult> {
    const session = new Session(options, connection);
    const reply = options.logOn ? await logOnTo(connection, options.remote, options.logOn) : null;
    if (reply === null) return { kind: 'open', session };
    session.quit();
    return { kind: 'refused', reply, tlsFailed: false, logOnFailed: true };
  }

  /** Why the server may be another than it says, or may be overheard; null when neither. */
  get tlsDoubt(): string | null {
    const socket = this.#connection._socket;
    if (!this.secure || !(socket instanceof TLSSocket)) return 'the connection is not encrypted';
    return socket.authorized ? null : `its certificate is not good: ${socket.authorizationError}`;
  }

  /** Whether it can take another parcel. */
  get usable(): boolean {
    const socket = this.#connection._socket;
    return this.#alive && !!socket && !socket.destroyed && socket.writable;
  }

  /** The server promises to report to the sender itself (RFC 3461). */
  get takesDsn(): boolean {
    return this.#connection.offers('DSN');
  }

  /** What the content may be. */
  get offers(): Offers {
    return this.#connection.takes;
  }

  /**
   * Hands one message over. Never rejects.
   * @param patience milliseconds for the first reply, where that is less than it may take
   */
  async send(parcel: Parcel, patience: number | null = null): Promise<ParcelResult> {
    const obstacles = parcel.recipients.map(recipient => this.#obstacleTo(recipient.address));
    const sendable = parcel.recipients.filter((_, index) => obstacles[index] === null);
    const general = this.#obstacleTo(parcel.envelope.reversePath) ?? (sendable.length === 0 ? obstacles[0]! : null);
    if (general !== null) return this.#allFail(parcel, general);
    this.#connection.patience = patience;
    if (this.#openTransaction) {
      const error = await this.#reset();
      if (error)
        return {
          kind: 'broken',
          reply: replyOfBrokenTransaction(error, this.#where),
          dataStarted: false,
          logOnFailed: false,
          silent: isSilence(error),
        };
    }
    const result = await this.#transact({ ...parcel, recipients: sendable });
    if (result.kind === 'broken' || sendable.length === parcel.recipients.length) return result;
    const outcomes = parcel.recipients.map(
      (recipient, index): Outcome =>
        result.outcomes[sendable.indexOf(recipient)] ?? {
          kind: 'failed',
          reply: obstacles[index] ?? notSendable,
          remote: this.remote,
        },
    );
    return { kind: 'verdicts', outcomes };
  }

  /** Why this server can't be told of an address; null when it can. A local part can't be written in another way. */
  #obstacleTo(address: string): Reply | null {
    if (!isSendable(address)) return notSendable;
    if (!hasNonAscii(address) || this.#connection.offers('SMTPUTF8')) return null;
    return {
      code: 550,
      enhanced: '5.6.7',
      text: `${this.#where} does not take addresses with non-ASCII characters (SMTPUTF8): ${address}`,
    };
  }

  /** RSET: after a refusal the server may still hold what it accepted of the last envelope. */
  #reset(): Promise<SendError | null> {
    return new Promise(resolve => {
      const done = (error: SendError | null) => {
        this.#connection.off('error', done);
        this.#connection.off('end', lost);
        this.#openTransaction = false;
        if (error) this.destroy();
        resolve(error);
      };
      // nodemailer forgets a pending reset when the connection breaks.
      const lost = () => done(new Error('connection closed'));
      this.#connection.once('error', done);
      this.#connection.once('end', lost);
      this.#connection.reset(error => done(error as SendError | null));
    });
  }

  #transact(parcel: Parcel): Promise<ParcelResult> {
    const { envelope } = parcel;
    this.#connection.parcel = parcel;
    this.#connection.dataStarted = false;
    const wire = {
      from: envelope.reversePath,
      to: parcel.recipients.map(recipient => recipient.address),
      size: parcel.size,
      use8BitMime: envelope.eightBitMime || envelope.smtpUtf8,
      dsn: { ret: envelope.ret, envid: envelope.envid },
    };
    return new Promise(resolve => {
      this.#connection.send(wire, parcel.body as Buffer, (error, info) => {
        this.sent++;
        this.#connection.patience = null;
        this.#connection.rest();
        this.#connection.parcel = null;
        this.#openTransaction = error !== null;
        resolve(error ? this.#afterError(parcel, error as SendError) : this.#afterSuccess(parcel, info!.response));
      });
    });
  }

  #afterSuccess(parcel: Parcel, response: string): ParcelResult {
    const reply = parseReply(response) ?? { code: 250, enhanced: null, text: response };
    return this.#combine(parcel, () => ({
      kind: 'delivered',
      reply,
      remote: this.remote,
      dsnHandedOver: this.takesDsn,
    }));
  }

  #afterError(parcel: Parcel, error: SendError): ParcelResult {
    if (/larger than allowed/.test(error.message) && error.response === undefined) {
      return this.#allFail(parcel, {
        code: 552,
        enhanced: '5.3.4',
        text: `${this.#where} takes no message of ${parcel.size} bytes: ${error.message}`,
      });
    }
    const heard = error.response === undefined ? null : parseReply(error.response);
    const { dataStarted } = this.#connection;
    const broken = { kind: 'broken' as const, dataStarted, logOnFailed: false, silent: isSilence(error) };
    if (!heard) return { ...broken, reply: replyOfBrokenTransaction(error, this.#where) };
    // RFC 5321 3.8: it speaks of the session, not of the message; a server that idled out says it too.
    if (heard.code === SESSION_OVER && !dataStarted && !this.#hasVerdict()) return { ...broken, reply: heard };
    if (error.command === 'MAIL FROM' && asksForLogOn(heard)) return { ...broken, reply: heard, logOnFailed: true };
    // What a pipelining server says to RCPT after it refused MAIL is only an echo of that.
    if (error.command === 'MAIL FROM') return this.#all(parcel, this.#refused(heard));
    return this.#combine(parcel, () => this.#refused(heard));
  }

  #hasVerdict(): boolean {
    return this.#connection
      .rejections()
      .some(({ response }) => response !== undefined && parseReply(response)?.code !== SESSION_OVER);
  }

  /** RCPT verdicts first; the rest shares what was said of the whole transaction. */
  #combine(parcel: Parcel, rest: () => Outcome): ParcelResult {
    const rejections = new Map(this.#connection.rejections().map(error => [error.recipient, error]));
    const outcomes = parcel.recipients.map(recipient => {
      const rejection = rejections.get(recipient.address);
      if (!rejection) return rest();
      return this.#refused(parseReply(rejection.response ?? '') ?? makesNoSense(rejection.response ?? '', this.#where));
    });
    return { kind: 'verdicts', outcomes };
  }

  #refused(reply: Reply): Outcome {
    return { kind: isPermanent(reply) ? 'failed' : 'deferred', reply, remote: this.remote };
  }

  #allFail(parcel: Parcel, reply: Reply): ParcelResult {
    return this.#all(parcel, { kind: 'failed', reply, remote: this.remote });
  }

  #all(parcel: Parcel, outcome: Outcome): ParcelResult {
    return { kind: 'verdicts', outcomes: parcel.recipients.map(() => outcome) };
  }

  /** Says QUIT and goes; does not wait for the answer. */
  quit(): void {
    if (this.usable) this.#connection.quit();
    else this.#connection.close();
    this.#alive = false;
  }

  /** Breaks the connection under whatever is on its way; who waits for that hears of it as of any break. */
  break(why: string): void {
    this.#alive = false;
    const socket = this.#connection._socket;
    if (socket) socket.destroy(new Error(why));
    else this.#connection.close();
  }

  /** Cuts the connection between messages. */
  destroy(): void {
    this.#alive = false;
    this.#connection.close();
  }

  #end(): void {
    this.#alive = false;
    const tell = this.onEnd;
    this.onEnd = null;
    tell?.();
  }
}

const SESSION_OVER = 421;

const isSilence = ({ code }: SendError): boolean => code === 'ETIMEDOUT';

/** RFC 4954 6, and what Exchange says when nobody logged on: of our settings they speak, not of the mail. */
const asksForLogOn = ({ code, enhanced }: Reply) =>
  [530, 534, 535, 538].includes(code) || (code >= 500 && (enhanced === '5.7.57' || enhanced === '5.7.30'));

const notSendable: Reply = {
  code: 553,
  enhanced: '5.1.3',
  text: 'An address with angle brackets in it can not be handed on',
};

const isSendable = (address: string) => !/[\r\n<>]/.test(address);

const makesNoSense = (response: string, where: string): Reply => ({
  code: 451,
  enhanced: '4.5.0',
  text: `${where} gave an answer that makes no sense: ${response.slice(0, 200)}`,
});

const hasNonAscii = (text: string) => /[^\x00-\x7f]/.test(text);

/** `mail.example.com [192.0.2.1]:25` */
export function describe(remote: Remote): string {
  const address = `[${remote.address}]:${remote.port}`;
  return remote.host === remote.address ? address : `${remote.host} ${address}`;
}

function connectionOptions(options: SessionOptions): ConnectionOptions {
  const { remote, tls } = options;
  const name = isIP(remote.host) === 0 ? remote.host : undefined;
  return {
    host: remote.address,
    port: remote.port,
    secure: false,
    servername: options.dane?.names[0] ?? name,
    name: options.ehloName,
    allowInternalNetworkInterfaces: true,
    // The socket is open already: this now bounds greeting and STARTTLS.
    connectionTimeout: options.commandTimeout,
    greetingTimeout: options.greetingTimeout,
    socketTimeout: options.commandTimeout,
    ignoreTLS: tls === 'None',
    requireTLS: tls === 'Required' || tls === 'Verify' || tls === 'Dane',
    opportunisticTLS: tls === 'Opportunistic',
    tls: tlsOptionsFor(remote, tls, options.tlsParameters, options.dane),
    logger: false,
  };
}

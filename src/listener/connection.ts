/**
 * smtp-server's connection as a relay needs it: greets at once (the package waits 100 ms), reads the
 * wire with our own parser, answers with our own enhanced status codes, keeps count of refused commands,
 * limits sessions, and reports each command with its reply for the protocol log. It overrides members
 * that are not public API: the version is pinned, test/listener/connection.test.ts holds the package
 * to these members, and test/listener/ talks to it over real sockets.
 */
import type { Socket } from 'node:net';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { NameQuestion } from '../platform/reverse-names.ts';
import type { TlsFacts } from '../platform/tls-facts.ts';
import type { ClientRates } from '../policy/client-rates.ts';
import type { SessionCounter } from '../policy/session-limits.ts';
import { asStrict } from './legacy.ts';
import type { Mechanism } from './negotiation.ts';
import { type PathCommand, parsePathCommand } from './path-command.ts';
import type { ClientCertificate } from './tls.ts';
import { WireParser } from './wire-parser.ts';

/** What the handlers leave for the log, beside smtp-server's own session data. */
export interface SessionNotes {
  /** The rule behind the next reply, when it refuses. */
  rule: string | null;
  /** The message the next reply is about. */
  messageId: string | null;
  /** Its Message-ID. */
  internetMessageId: string | null;
  messageBytes: number;
  /** Messages taken so far. */
  messages: number;
  /** What the client showed in the TLS handshake. */
  clientCertificate: ClientCertificate | null;
  /** What was agreed with the client; null in clear text. */
  tls: TlsFacts | null;
  /** Null where nobody asks. */
  clientName: NameQuestion | null;
}

export type RelaySession = SMTPServerSession & { notes: SessionNotes };

/** One command with its reply. */
export interface Exchange {
  readonly connection: RelayConnection;
  readonly verb: string;
  readonly argument: string | null;
  readonly code: number;
  readonly reply: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly elapsed: number;
  readonly rule: string | null;
  readonly messageId: string | null;
  readonly internetMessageId: string | null;
}

export interface ConnectionLimits {
  readonly maxProtocolErrors: number;
  /** Seconds in which a command must be whole. */
  readonly connectionInactivityTimeout: number;
  /** Octets of a message a second, over the same time; 0 asks for none. */
  readonly minimumDataRate: number;
  /** What becomes of a client that goes on where it had to wait for our reply. */
  readonly unauthorizedPipelining: 'Allow' | 'Reject';
  /** Seconds after which a session is ended; null for never. */
  readonly connectionTimeout: number | null;
  /** Takes what old devices say. */
  readonly legacyClients: boolean;
  /** SMTP extensions that are not offered. */
  readonly disabledExtensions: readonly string[];
}

/** What becomes the session's user is for whoever asks for it later. */
export type LogonStep = { readonly challenge: string } | { readonly user: object };

/** AUTH in more than one step. */
export interface LogonExchange {
  /** @param line null when AUTH came without an initial response. @throws SmtpRefusal, which ends it. */
  answer(line: string | null): Promise<LogonStep>;
  end(): void;
}

export interface ConnectionHost {
  readonly counter: SessionCounter;
  readonly rates: ClientRates;
  /** An administrator takes no new sessions for now. */
  readonly suspended: () => boolean;
  /** The rule that keeps an address from connecting; null for none. */
  readonly keepsOut: (address: string) => string | null;
  readonly limits: () => ConnectionLimits;
  /** What a path stands for, in its one spelling, before anybody compares or judges it. */
  readonly meantAddress: (verb: 'MAIL' | 'RCPT', address: string) => string;
  /** Null where nobody asks. */
  readonly nameOf: (address: string) => NameQuestion | null;
  /** Too many failed log-ons from there. */
  readonly isBanned: (address: string) => boolean;
  readonly negotiatedLogon: (session: RelaySession, mechanism: Mechanism) => LogonExchange;
  readonly onExchange: (exchange: Exchange) => void;
  /** Whether an address speaks for clients behind it, with a PROXY header. */
  readonly isBalancer: (address: string) => boolean;
  readonly onBadProxyHeader: (address: string, why: string) => void;
  readonly onRefusedSession: (connection: RelayConnection, rule: string, code: number) => void;
}

const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3} /;
const SHOWN_AT_MOST = 1000;
const MECHANISMS = new Set(['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'XOAUTH2', 'OAUTHBEARER']);
/** A line that begins like this has credentials in it, whatever stands between the words. */
const LIKE_AUTH = /^\s*auth(?![a-z0-9-])/i;

/** Known to SMTP, but nothing for a relay (RFC 5321 4.2.4: 502). */
const NOT_IMPLEMENTED = new Set(['EXPN', 'TURN', 'ETRN', 'ATRN', 'BDAT', 'BURL', 'SEND', 'SOML', 'SAML']);
const SPOKEN = 'HELO EHLO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP AUTH STARTTLS'.split(' ');
const VERBS = new Set([...SPOKEN, ...NOT_IMPLEMENTED]);
/** After these a client has to wait for the reply (RFC 2920 3.1). */
const LAST_OF_GROUP = new Set(['HELO', 'EHLO', 'DATA', 'AUTH']);
/** These have an opinion of their own on control characters. */
const HAS_ARGUMENT_CHECK = new Set(['MAIL', 'RCPT', 'HELO', 'EHLO']);
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
/** Octets of a command line other than AUTH: RFC 5321 4.5.3.1.4 with the parameters of all extensions. */
const COMMAND_AT_MOST = 2048;
/** These bring no message nearer. */
const IDLE = new Set(['NOOP', 'RSET', 'VRFY', 'HELP', 'HELO', 'EHLO']);
const IDLE_AT_MOST = 100;

interface Command {
  readonly verb: string;
  readonly argument: string | null;
  readonly at: number;
  readonly bytes: number;
}

export class RelayConnection extends SMTPConnection {
  readonly notes: SessionNotes = {
    rule: null,
    messageId: null,
    internetMessageId: null,
    messageBytes: 0,
    messages: 0,
    clientCertificate: null,
    tls: null,
    clientName: null,
  };
  /** Milliseconds since 1970. */
  readonly since = Date.now();
  readonly #host: ConnectionHost;
  #command: Command | null = null;
  #entered = false;
  #errors = 0;
  /** The text of the 421 that ends the session at the next moment. */
  #leaving: string | null = null;
  #longest: NodeJS.Timeout | undefined;
  #idleCommands = 0;
  #negotiation: LogonExchange | null = null;
  /** Of the MAIL or RCPT that is being worked on. */
  #path: PathCommand | null = null;
  /** When the client was asked for what it owes us. */
  #askedAt = Date.now();
  #receivedThen = 0;
  /** AUTH was tried here, so a line that is no command may be what its client sent on regardless. */
  #sawAuth = false;
  #isGathering = false;

  constructor(host: ConnectionHost, server: SMTPServer, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(server, socket, options);
    this.#host = host;
    (this.session as RelaySession).notes = this.notes;
  }

  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const parser = new WireParser({
      onCommand: (line, done) => this._onCommand(line, done),
      onLongLine: (endless, done) => this.#onLongLine(endless, done),
    });
    // The members that the package's connection uses are there; test/listener/connection.test.ts names them.
    return parser as unknown as ReturnType<SMTPConnection['_createParser']>;
  }

  /** It was let in; others only hear why not. */
  get entered(): boolean {
    return this.#entered;
  }

  /** When it last got a reply; milliseconds since 1970. */
  get lastActive(): number {
    return this.#askedAt;
  }

  get #wire(): WireParser | null {
    return (this._parser || null) as WireParser | null;
  }

  /** Without the package's wait for early talkers, which delays every connection: a look is enough. */
  override init(): void {
    this._setListeners(() => {
      const begin = () => this.#begin();
      if (this.#host.limits().unauthorizedPipelining === 'Allow') begin();
      // What is there already is read in the next turn.
      else setImmediate(() => setImmediate(begin));
    });
  }

  #begin(): void {
    if (this._closing || this._closed) return;
    const isEarly = this.#wire!.received > 0 && this.#host.limits().unauthorizedPipelining === 'Reject';
    const banned = this.#host.keepsOut(this.remoteAddress);
    if (banned !== null) this.#turnAway(banned, '5.7.1 Connections from your address are not accepted', 554);
    else if (isEarly) this.#turnAwayEarly();
    else if (this.#host.suspended())
      this.#turnAway('SuspendedByAdministrator', '4.3.2 Not accepting mail for now, try again later');
    else if (this.#host.isBanned(this.remoteAddress))
      this.#turnAway('Banned', '4.7.0 Too many failed log-ons from your address, try again later');
    else this.#enter();
  }

  #enter(): void {
    const over = this.#host.rates.tryOne('connections', this.remoteAddress);
    if (over) {
      this.#turnAway(over.rule, `4.7.0 Too many connections from your address, come back in ${over.seconds} seconds`);
      return;
    }
    const entry = this.#host.counter.tryEnter(this.remoteAddress);
    if (entry.entered) {
      this.#entered = true;
      this.notes.clientName = this.#host.nameOf(this.remoteAddress);
      this.#limitTime();
      this.connectionReady();
    } else this.#turnAway(entry.rule, '4.7.0 Too many sessions, try again later');
  }

  #limitTime(): void {
    const longest = this.#host.limits().connectionTimeout;
    if (longest === null) return;
    const end = () => this.leave('4.4.2 The session took too long, connect again');
    this.#longest = setTimeout(end, longest * 1000).unref();
  }

  #turnAwayEarly(): void {
    this.#turnAway('EarlyTalker', '5.5.0 Wait for the greeting', 554);
  }

  #turnAway(rule: string, why: string, code = 421): void {
    this.notes.rule = rule;
    this.#host.onRefusedSession(this, rule, code);
    this.#end(code, `${this.name} ${why}`);
  }

  /** The last reply. */
  #end(code: number, text: string): void {
    this.#reply(code, text, false);
    this.close();
  }

  override _onClose(): void {
    this.#negotiation?.end();
    clearTimeout(this.#longest);
    if (this.#entered) {
      this.#entered = false;
      this.#host.counter.leave(this._originalRemoteAddress);
    }
    super._onClose();
  }

  /** Ends the session with 421: at once when it waits for a command, else after the reply it works on. */
  leave(why = '4.3.2 The service is shutting down'): void {
    this.#leaving = why;
    if (!this._dataStream && !this._handlerPending && !this._closing) this.#sayGoodbye();
  }

  #sayGoodbye(): void {
    this.#reply(421, this.#leaving, false);
  }

  /** Called now and then: ends the session of a client that is too slow in what it owes us. */
  inspect(now: number): void {
    const wire = this.#wire;
    if (!wire || this._closing || this._upgrading) return;
    const { connectionInactivityTimeout, minimumDataRate } = this.#host.limits();
    const waitsForUs = this._handlerPending || (this._dataStream && (!wire._dataMode || wire.isFull));
    if (waitsForUs) this.#ask(now);
    const elapsed = (now - this.#askedAt) / 1000;
    if (elapsed < connectionInactivityTimeout) return;
    if (!wire._dataMode) this.#endSlow('ConnectionInactivityTimeout', '4.4.2 Timeout, closing the connection');
    else if (wire.received - this.#receivedThen < minimumDataRate * elapsed)
      this.#endSlow('MinimumDataRate', '4.4.2 The message comes too slowly, closing the connection');
    else this.#ask(now);
  }

  #endSlow(rule: string, text: string): void {
    this.notes.rule = rule;
    this.#end(421, text);
  }

  #ask(now: number): void {
    this.#askedAt = now;
    this.#receivedThen = this.#wire?.received ?? 0;
  }

  override _onCommand(line: Buffer, callback?: () => void): void {
    const command = this.#read(line);
    this.#command = command;
    if (this._upgrading || this._nextHandler || this._closing) super._onCommand(line, callback);
    else if (!this._ready) this.#turnAwayEarly();
    else if (!this.#isRefused(command, line)) super._onCommand(this.#asMeant(line), callback);
    else if (!this._closing) callback?.();
  }

  #asMeant(line: Buffer): Buffer {
    if (!this.#host.limits().legacyClients) return line;
    return Buffer.from(asStrict(line.toString('utf8'), this.remoteAddress));
  }

  /** Answers what must not reach a handler. */
  #isRefused({ verb }: Command, line: Buffer): boolean {
    const isAuth = LIKE_AUTH.test(line.toString('latin1', 0, 16));
    if (line.length > COMMAND_AT_MOST && !isAuth) {
      this.send(500, '5.5.6 Line too long');
      return true;
    }
    if (!isAuth && !HAS_ARGUMENT_CHECK.has(verb) && CONTROL.test(line.toString('latin1'))) {
      this.send(500, '5.5.2 Control characters in a command');
      return true;
    }
    const mustWait = verb === 'STARTTLS' || this.#host.limits().unauthorizedPipelining === 'Reject';
    if (
      mustWait &&
      (verb === 'STARTTLS' || LAST_OF_GROUP.has(verb)) &&
      this._isSupported(verb) &&
      this.#wire?.hasMore
    ) {
      // Behind STARTTLS it is plain text that somebody put in front of the TLS session (RFC 3207 4.2, CVE-2011-0411).
      this.notes.rule = 'UnauthorizedPipelining';
      this.#end(554, `5.5.0 Wait for the reply to ${verb}`);
      return true;
    }
    if (IDLE.has(verb) && ++this.#idleCommands > IDLE_AT_MOST) {
      this.notes.rule = 'MaxIdleCommands';
      this.#end(421, '4.7.0 Too many commands without a message, closing the connection');
      return true;
    }
    return false;
  }

  #onLongLine(endless: boolean, done: () => void): void {
    this.#command = { verb: this._nextHandler ? 'AUTH' : '-', argument: null, at: Date.now(), bytes: 0 };
    // What was to be the next line of an AUTH exchange has come, such as it was.
    this._nextHandler = false;
    this.#negotiation?.end();
    if (!this._upgrading) this.send(500, '5.5.6 Line too long');
    if (endless) this.close();
    else if (!this._closing) this._whenWritable(done);
  }

  override _getHandler(command: string): ReturnType<SMTPConnection['_getHandler']> {
    return NOT_IMPLEMENTED.has(command) ? notImplemented : super._getHandler(command);
  }

  override handler_AUTH(line: Buffer, callback: () => void): void {
    const [, name = '', initial = null, ...more] = line.toString('latin1').trim().split(/\s+/);
    const mechanism = name.toUpperCase();
    const isOurs = mechanism === 'NTLM' || mechanism === 'GSSAPI';
    if (!isOurs || this.session.user || !this._server.options.authMethods?.includes(mechanism)) {
      super.handler_AUTH(line, callback);
    } else if (more.length > 0) {
      this.send(501, '5.5.4 Too many arguments');
      callback();
    } else {
      this.#negotiation?.end();
      this.#negotiation = this.#host.negotiatedLogon(this.session as RelaySession, mechanism);
      void this.#negotiate(initial).then(callback);
    }
  }

  async #negotiate(line: string | null): Promise<void> {
    try {
      const step = await this.#negotiation!.answer(line);
      if ('challenge' in step) {
        this._nextHandler = (next, done) => void this.#negotiate(next.toString('latin1')).then(done);
        this.send(334, step.challenge);
        return;
      }
      this.session.user = step.user as SMTPServerSession['user'];
      this.session.transmissionType = this._transmissionType();
      this.send(235, 'Authentication successful');
    } catch (error) {
      const { responseCode = 454, message } = error as Error & { responseCode?: number };
      this.send(responseCode, message);
    }
  }

  override handler_MAIL(line: Buffer, callback: () => void): void {
    if (this.#readPath('MAIL', line, callback)) super.handler_MAIL(line, callback);
  }

  override handler_RCPT(line: Buffer, callback: () => void): void {
    if (this.#readPath('RCPT', line, callback)) super.handler_RCPT(line, callback);
  }

  override handler_DATA(line: Buffer, callback: () => void): void {
    this.#idleCommands = 0;
    super.handler_DATA(line, callback);
  }

  #readPath(verb: 'MAIL' | 'RCPT', line: Buffer, callback: () => void): boolean {
    const found = parsePathCommand(verb, line.toString('utf8'), this.session.envelope.smtpUtf8 === true);
    if ('mailbox' in found) {
      this.#path = { ...found, mailbox: this.#host.meantAddress(verb, found.mailbox) };
      return true;
    }
    this.send(found.code, found.text);
    callback();
    return false;
  }

  /** What `readPath` found, in the package's form. */
  override _parseAddressCommand(): ReturnType<SMTPConnection['_parseAddressCommand']> {
    const { mailbox, parameters } = this.#path!;
    return { address: mailbox, args: parameters.size === 0 ? false : Object.fromEntries(parameters) };
  }

  #read(line: Buffer): Command {
    const text = line.toString('utf8');
    const at = Date.now();
    const bytes = line.length + 2;
    // The lines of an AUTH exchange are credentials, whatever they look like.
    if (this._nextHandler) return { verb: 'AUTH', argument: '***', at, bytes };
    if (LIKE_AUTH.test(text)) {
      this.#sawAuth = true;
      return { verb: 'AUTH', argument: maskAuth(text), at, bytes };
    }
    const space = text.indexOf(' ');
    const word = space === -1 ? text : text.slice(0, space);
    const rest = space === -1 ? null : text.slice(space + 1, space + 1 + SHOWN_AT_MOST);
    const shown = word.slice(0, 32);
    const upper = shown.toUpperCase();
    // What is no command of SMTP stands as it came, as in the logs of IIS.
    const verb = VERBS.has(upper) ? upper : shown;
    if (this.#sawAuth && !this._isSupported(verb)) return { verb: '***', argument: null, at, bytes };
    return { verb, argument: rest, at, bytes };
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : undefined;
    this.#reply(code, data, text !== undefined && ENHANCED.test(text) ? false : context);
    if (code >= 400 && code !== 421 && !this._closing && ++this.#errors >= this.#host.limits().maxProtocolErrors) {
      this.notes.rule = 'MaxProtocolErrors';
      this.#command = null;
      this.#reply(421, '4.7.0 Too many errors, closing the connection', false);
    }
    const isStep = code === 354 || code === 334;
    if (this.#leaving !== null && !isStep && !this._closing) this.#sayGoodbye();
  }

  /** The package looks a code up by the name of the command, and `DATA_OK` is both to it. */
  override _getEnhancedStatusCode(code: number, context?: string | false): string {
    const found = super._getEnhancedStatusCode(code, context);
    return found === '' || found[0] === String(code)[0] ? found : super._getEnhancedStatusCode(code);
  }

  #reply(code: number, data: string | string[] | null | undefined, context?: string | false): void {
    this.#report(code, data, context);
    this.#ask(Date.now());
    if (this.#wire?.hasMore) this.#gather();
    super.send(code, Array.isArray(data) ? this.#offered(data) : data, context);
  }

  /** The replies to commands that came together leave together, in one packet. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const socket = this._socket;
    socket.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      socket.uncork();
    });
  }

  /** The lines of EHLO without the extensions that are not offered. */
  #offered(lines: string[]): string[] {
    const hidden = this.#host.limits().disabledExtensions;
    return lines.filter((line, index) => index === 0 || !hidden.includes(line.split(' ', 1)[0]!));
  }

  #report(code: number, data: string | string[] | null | undefined, context?: string | false): void {
    // DATA is one exchange with the verdict on the message; 354 and 334 are steps on the way.
    if (code === 354 || code === 334) return;
    const command = this.#command;
    this.#command = null;
    const { rule, messageId, internetMessageId, messageBytes } = this.notes;
    this.notes.rule = null;
    this.notes.messageId = null;
    this.notes.internetMessageId = null;
    this.notes.messageBytes = 0;
    if (!command && code === 220) return;
    const text = (Array.isArray(data) ? data[0] : data) ?? '';
    const enhanced = this._getEnhancedStatusCode(code, context);
    const reply = enhanced === '' ? `${code} ${text}` : `${code} ${enhanced} ${text}`;
    this.#host.onExchange({
      connection: this,
      verb: command?.verb ?? '-',
      argument: command?.argument ?? null,
      code,
      reply,
      bytesReceived: messageBytes || (command?.bytes ?? 0),
      bytesSent: Array.isArray(data) ? bytesOf(this.#offered(data)) : Buffer.byteLength(reply) + 2,
      elapsed: command ? Date.now() - command.at : 0,
      rule,
      messageId,
      internetMessageId,
    });
  }
}

/** Octets of a reply of several lines: each with its code, a sign and a line end. */
const bytesOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 6, 0);

/** Keeps the mechanism where there clearly is one, hides everything after it. */
function maskAuth(line: string): string | null {
  const [mechanism, ...response] = line.trim().slice('AUTH'.length).trim().split(/\s+/);
  if (!mechanism) return null;
  const shown = MECHANISMS.has(mechanism.toUpperCase()) ? mechanism : '***';
  return response.length > 0 ? `${shown} ***` : shown;
}

function notImplemented(this: SMTPConnection, _line: Buffer, callback: () => void): void {
  this.send(502, '5.5.1 Command not implemented');
  callback();
}

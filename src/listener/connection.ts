/**
 * smtp-server's connection as a relay needs it: greets at once (the package waits 100 ms), answers
 * with our own enhanced status codes, keeps count of refused commands, limits sessions, and reports
 * each command with its reply for the protocol log. It overrides members that are not public API:
 * the version is pinned and test/listener/ talks to it over real sockets.
 */
import type { Socket } from 'node:net';
import type { SMTPServer, SMTPServerSession } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SessionCounter } from '../policy/session-limits.ts';

/** What the handlers leave for the log, beside smtp-server's own session data. */
export interface SessionNotes {
  /** The rule behind the next reply, when it refuses. */
  rule: string | null;
  /** The message the next reply is about. */
  messageId: string | null;
  messageBytes: number;
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
}

export interface ConnectionHost {
  readonly counter: SessionCounter;
  /** An administrator takes no new sessions for now. */
  readonly suspended: () => boolean;
  readonly maxProtocolErrors: () => number;
  readonly onExchange: (exchange: Exchange) => void;
  readonly onRefusedSession: (connection: RelayConnection, rule: string) => void;
}

const ENHANCED = /^[245]\.\d{1,3}\.\d{1,3} /;
const SHOWN_AT_MOST = 1000;
const KNOWN_VERB = /^[A-Za-z0-9-]{1,12}$/;
const MECHANISMS = new Set(['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'GSSAPI', 'XOAUTH2', 'OAUTHBEARER']);
/** A line that begins like this has credentials in it, whatever stands between the words. */
const LIKE_AUTH = /^\s*auth(?![a-z0-9-])/i;

interface Command {
  readonly verb: string;
  readonly argument: string | null;
  readonly at: number;
  readonly bytes: number;
}

export class RelayConnection extends SMTPConnection {
  readonly notes: SessionNotes = { rule: null, messageId: null, messageBytes: 0 };
  readonly #host: ConnectionHost;
  #command: Command | null = null;
  #entered = false;
  #errors = 0;
  #leaving = false;
  /** AUTH was tried here, so a line that is no command may be what its client sent on regardless. */
  #sawAuth = false;

  constructor(host: ConnectionHost, server: SMTPServer, socket: Socket, options?: SMTPConnectionOptions | null) {
    super(server, socket, options);
    this.#host = host;
    (this.session as RelaySession).notes = this.notes;
  }

  /** Without the package's wait for early talkers: it delays every connection. */
  override init(): void {
    this._setListeners(() => {
      if (this.#host.suspended())
        return this.#turnAway('SuspendedByAdministrator', '4.3.2 Not accepting mail for now, try again later');
      const entry = this.#host.counter.tryEnter(this.remoteAddress);
      if (entry.entered) {
        this.#entered = true;
        this.connectionReady();
        return;
      }
      this.#turnAway(entry.rule, '4.7.0 Too many sessions, try again later');
    });
  }

  #turnAway(rule: string, why: string): void {
    this.notes.rule = rule;
    this.#host.onRefusedSession(this, rule);
    this.send(421, `${this.name} ${why}`, false);
  }

  override _onClose(): void {
    if (this.#entered) {
      this.#entered = false;
      this.#host.counter.leave(this._originalRemoteAddress);
    }
    super._onClose();
  }

  /** Ends the session with 421: at once when it waits for a command, else after the reply it works on. */
  leave(): void {
    this.#leaving = true;
    if (!this._dataStream && !this._handlerPending && !this._closing) this.#sayGoodbye();
  }

  #sayGoodbye(): void {
    this.#reply(421, '4.3.2 The service is shutting down', false);
  }

  override _onCommand(line: Buffer, callback?: () => void): void {
    this.#command = this.#read(line);
    super._onCommand(line, callback);
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
    const verb = KNOWN_VERB.test(word) ? word.toUpperCase() : word.slice(0, 32);
    if (this.#sawAuth && !this._isSupported(verb)) return { verb: '***', argument: null, at, bytes };
    return { verb, argument: rest, at, bytes };
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : undefined;
    if (code === 421 && text === 'Error: Command line too long') {
      // RFC 5321 4.5.3.1: 500; where the line ends is lost, so the session ends too.
      this.#reply(500, '5.5.6 Line too long', false);
      this.close();
      return;
    }
    this.#reply(code, data, text !== undefined && ENHANCED.test(text) ? false : context);
    if (code >= 400 && code !== 421 && !this._closing && ++this.#errors >= this.#host.maxProtocolErrors()) {
      this.notes.rule = 'MaxProtocolErrors';
      this.#command = null;
      this.#reply(421, '4.7.0 Too many errors, closing the connection', false);
    }
    const isStep = code === 354 || code === 334;
    if (this.#leaving && !isStep && !this._closing) this.#sayGoodbye();
  }

  /** The package looks a code up by the name of the command, and `DATA_OK` is both to it. */
  override _getEnhancedStatusCode(code: number, context?: string | false): string {
    const found = super._getEnhancedStatusCode(code, context);
    return found === '' || found[0] === String(code)[0] ? found : super._getEnhancedStatusCode(code);
  }

  #reply(code: number, data: string | string[] | null | undefined, context?: string | false): void {
    this.#report(code, data, context);
    super.send(code, data, context);
  }

  #report(code: number, data: string | string[] | null | undefined, context?: string | false): void {
    // DATA is one exchange with the verdict on the message; 354 and 334 are steps on the way.
    if (code === 354 || code === 334) return;
    const command = this.#command;
    this.#command = null;
    const { rule, messageId, messageBytes } = this.notes;
    this.notes.rule = null;
    this.notes.messageId = null;
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
      bytesSent: Buffer.byteLength(reply) + 2,
      elapsed: command ? Date.now() - command.at : 0,
      rule,
      messageId,
    });
  }
}

/** Keeps the mechanism where there clearly is one, hides everything after it. */
function maskAuth(line: string): string | null {
  const [mechanism, ...response] = line.trim().slice('AUTH'.length).trim().split(/\s+/);
  if (!mechanism) return null;
  const shown = MECHANISMS.has(mechanism.toUpperCase()) ? mechanism : '***';
  return response.length > 0 ? `${shown} ***` : shown;
}

/**
 * One address and port that mail clients connect to, carried by smtp-server. Settings that change
 * while it runs hold for the next session; sessions that are open go on.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { RelayProblem } from '../contract/problems.ts';
import { tlsFactsOf } from '../platform/tls-facts.ts';
import { isLoopback } from '../policy/logon-guard.ts';
import { type ConnectionHost, RelayConnection, type RelaySession } from './connection.ts';
import { type GateSettings, type Refused, refusesNameless, refusesToBegin } from './gate.ts';
import { type LogonDependencies, logon } from './logon.ts';
import type { MessageStream } from './message-stream.ts';
import { readProxyHeader } from './proxied-socket.ts';
import {
  forgetParameters,
  onData,
  onMailFrom,
  onRcptTo,
  refuse,
  type SessionDependencies,
  SmtpRefusal,
} from './smtp-session.ts';
import { type ClientCertificate, contextFor, type NamedContext, type TlsSettings } from './tls.ts';

export interface EndpointSettings extends TlsSettings, GateSettings {
  readonly fqdn: string;
  readonly banner: string | null;
  /** Bytes. */
  readonly maxMessageSize: number;
  readonly maxRecipientsPerMessage: number;
  /** Seconds. */
  readonly connectionInactivityTimeout: number;
  readonly authenticationMethods: readonly string[];
  readonly disabledExtensions: readonly string[];
}

export interface EndpointDependencies {
  readonly session: SessionDependencies;
  readonly logon: LogonDependencies;
  readonly host: ConnectionHost;
  readonly settings: () => EndpointSettings;
  /** What TLS is spoken with; empty where there is none. */
  readonly contexts: () => readonly NamedContext[];
  readonly clientCertificateOf: (socket: TLSSocket) => ClientCertificate | null;
  readonly certificateMayRelay: (certificate: ClientCertificate) => boolean;
  readonly onSocketError: (error: Error) => void;
}

// Toys of old sendmail, and commands for trusted proxies only.
const NEVER = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];
const GRACE = 10_000;
/** How often sessions are looked at for clients that are too slow, in milliseconds. */
const INSPECTION = 5000;
const EXTENSIONS = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN'];

/** Time for the last reply to a balancer to leave, in milliseconds. */
const LINGER = 1000;
const NO_HEADER = 'A PROXY protocol header is expected from your address';

/** Of this process; random numbers for each session would cost more than its greeting. */
const SESSIONS = BigInt(`0x${randomBytes(5).toString('hex')}`)
  .toString(32)
  .padStart(8, '0');
let sessions = 0;

const nextSessionId = () => SESSIONS + (sessions++).toString(32).padStart(8, '0');

class RelayServer extends SMTPServer {
  readonly #host: ConnectionHost;

  constructor(host: ConnectionHost, options: SMTPServerOptions) {
    super(options);
    this.#host = host;
  }

  override _expectsProxyHeader(socket: Socket): boolean {
    return this.#host.isBalancer(socket.remoteAddress ?? '');
  }

  override _handleProxy(socket: Socket, done: Parameters<SMTPServer['_handleProxy']>[1]): void {
    if (!this._expectsProxyHeader(socket)) {
      done(null, { id: nextSessionId() });
      return;
    }
    const balancer = socket.remoteAddress ?? '';
    readProxyHeader(socket, outcome => {
      if (outcome.kind === 'client') {
        const { client } = outcome;
        const id = nextSessionId();
        done(null, client === null ? { id } : { id, remoteAddress: client.address, remotePort: client.port });
        return;
      }
      if (outcome.kind === 'bad') {
        this.#host.onBadProxyHeader(balancer, outcome.why);
        socket.on('error', () => {});
        socket.end(`554 5.5.0 ${NO_HEADER}\r\n`);
        setTimeout(() => socket.destroy(), LINGER).unref();
      } else socket.destroy();
      done(new Error(NO_HEADER));
    });
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const connection = new RelayConnection(this.#host, this, socket, options);
    this.connections.add(connection);
    connection.on('error', error => this._onError(error));
    connection.on('connect', data => this._onClientConnect(data));
    connection.init();
  }
}

export class Endpoint {
  readonly address: string;
  readonly port: number;
  readonly #deps: EndpointDependencies;
  readonly #server: RelayServer;
  readonly #inspection: NodeJS.Timeout;

  private constructor(address: string, port: number, deps: EndpointDependencies) {
    this.address = address;
    this.port = port;
    this.#deps = deps;
    this.#server = new RelayServer(deps.host, serverOptions(deps));
    this.#secure();
    // Before it listens the caller hears of errors; from then on they are those of single sockets.
    this.#server.on('error', error => deps.onSocketError(error));
    this.#inspection = setInterval(() => this.#inspect(), INSPECTION).unref();
  }

  #inspect(): void {
    const now = Date.now();
    for (const connection of this.#server.connections) (connection as RelayConnection).inspect(now);
  }

  /** @throws RelayProblem AddressInUse or ListenFailed. */
  static async open(address: string, port: number, deps: EndpointDependencies): Promise<Endpoint> {
    const endpoint = new Endpoint(address, port, deps);
    await endpoint.#listen().catch(error => {
      clearInterval(endpoint.#inspection);
      throw error;
    });
    return endpoint;
  }

  #listen(): Promise<void> {
    const { server } = this.#server;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const id = error.code === 'EADDRINUSE' ? 'AddressInUse' : 'ListenFailed';
        const why = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message;
        reject(
          new RelayProblem(id, `Cannot listen on ${this.address} port ${this.port}: ${why}.`, [], { cause: error }),
        );
      });
      server.listen({ host: this.address, port: this.port, backlog: 1024, exclusive: true }, () => resolve());
    });
  }

  /** Sessions of clients that were let in. */
  get sessions(): RelayConnection[] {
    return ([...this.#server.connections] as RelayConnection[]).filter(({ entered }) => entered);
  }

  /** Takes over changed settings for the next sessions. */
  refresh(): void {
    Object.assign(this.#server.options, changeable(this.#deps));
    this.#secure();
  }

  /** For the next handshakes; those that are done keep their certificate. */
  #secure(): void {
    const [first] = this.#deps.contexts();
    if (first) this.#server.secureContext.set('*', first.context);
  }

  /** Refuses new sessions, ends idle ones with 421, and lets the others end their message before. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => {
        clearInterval(this.#inspection);
        resolve();
      });
      for (const connection of this.#server.connections) (connection as RelayConnection).leave();
    });
  }
}

const isNegotiated = (method: string) => method === 'NTLM' || method === 'GSSAPI';

function offered(deps: EndpointDependencies): string[] {
  const { authenticationMethods } = deps.settings();
  return authenticationMethods.filter(method => !isNegotiated(method) || deps.logon.bridge() !== null);
}

function changeable(deps: EndpointDependencies): SMTPServerOptions {
  const settings = deps.settings();
  return {
    name: settings.fqdn,
    banner: settings.banner ?? undefined,
    size: settings.maxMessageSize,
    maxRecipients: settings.maxRecipientsPerMessage,
    socketTimeout: settings.connectionInactivityTimeout * 1000,
    authMethods: offered(deps),
    requestCert: settings.clientCertificate !== 'None',
    ...Object.fromEntries(EXTENSIONS.map(name => [`hide${name}`, settings.disabledExtensions.includes(name)])),
  } as SMTPServerOptions;
}

function serverOptions(deps: EndpointDependencies): SMTPServerOptions {
  return {
    ...changeable(deps),
    secure: deps.settings().tlsMode === 'Implicit',
    heloResponse: '%s Hello %s',
    rejectOversized: true,
    authOptional: true,
    // Addresses are judged once, by message/address.ts; the package refuses names that exist in practice.
    lenientAddressParsing: true,
    allowInsecureAuth: true,
    disabledCommands: [...NEVER, 'STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    // Whether a client's certificate is worth something is decided later.
    rejectUnauthorized: false,
    closeTimeout: GRACE,
    logger: false,
    SNICallback: (name, done) => done(null, contextFor(deps.contexts(), name)),
    onConnect(session, done) {
      session.disabledCommands = disabledCommands(deps, session as RelaySession);
      done();
    },
    onSecure(socket, session, done) {
      const { notes } = session as RelaySession;
      notes.tls = tlsFactsOf(socket);
      notes.clientCertificate = deps.clientCertificateOf(socket as TLSSocket);
      session.disabledCommands = disabledCommands(deps, session as RelaySession);
      const isMissing = deps.settings().clientCertificate === 'Require' && notes.clientCertificate === null;
      if (!isMissing) return done();
      notes.rule = 'ClientCertificateRequired';
      done(new SmtpRefusal(554, '5.7.0 A client certificate is required'));
    },
    onAuth(auth, session, done) {
      logon(deps.logon, auth, session as RelaySession).then(answer => done(null, answer), done);
    },
    onMailFrom(address, session, done) {
      const relaySession = session as RelaySession;
      deps.session.accounts.endStale(relaySession);
      const settings = deps.settings();
      const answer = (refused: Refused | null) => {
        if (!refused) return onMailFrom(deps.session, address, relaySession, done);
        const { rule, code, text } = refused;
        forgetParameters(relaySession);
        refuse(deps.session, relaySession, 'MAIL', rule, code, text, address.address, null, done);
      };
      const refused = refusesToBegin(settings, relaySession, deps.certificateMayRelay);
      if (refused || settings.reverseDns !== 'Require') return answer(refused);
      refusesNameless(settings, relaySession).then(answer, done);
    },
    onRcptTo: (address, session, done) => onRcptTo(deps.session, address, session as RelaySession, done),
    onData: (stream, session, done) =>
      onData(deps.session, stream as unknown as MessageStream, session as RelaySession, session.localAddress, done),
  } as SMTPServerOptions;
}

/** What is not there for this session now: STARTTLS without a certificate, AUTH where it could be overheard. */
function disabledCommands(deps: EndpointDependencies, { secure, remoteAddress }: RelaySession): string[] {
  const { tlsMode } = deps.settings();
  const hasStartTls = (tlsMode === 'Optional' || tlsMode === 'Required') && deps.contexts().length > 0;
  const isPrivate = secure || (isLoopback(remoteAddress) && tlsMode !== 'Required');
  const hasPasswords = !deps.logon.rights.none || deps.logon.windowsAccounts();
  const mayLogOn = isPrivate && offered(deps).some(method => isNegotiated(method) || hasPasswords);
  return [...NEVER, ...(hasStartTls ? [] : ['STARTTLS']), ...(mayLogOn ? [] : ['AUTH'])];
}

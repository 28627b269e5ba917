/**
 * All endpoints of all listeners: opens what the settings ask for, closes what they no longer ask
 * for, and leaves alone what stays, with its sessions. One count of sessions per listener.
 */
import type { TLSSocket } from 'node:tls';
import { RelayProblem } from '../contract/problems.ts';
import type { Emit, ProtocolLine } from '../log/events.ts';
import { NetworkList } from '../message/network.ts';
import type { ReverseNames } from '../platform/reverse-names.ts';
import { showTls } from '../platform/tls-facts.ts';
import type { WindowsBridge } from '../platform/windows-bridge.ts';
import type { AccountRights } from '../policy/account-rights.ts';
import { ClientRates, type RateLimits } from '../policy/client-rates.ts';
import type { LogonGuard } from '../policy/logon-guard.ts';
import type { PasswordChecker } from '../policy/password-checker.ts';
import type { RelayAnswer, RelayQuestion } from '../policy/relay-restriction.ts';
import { SessionCounter } from '../policy/session-limits.ts';
import type { Spool } from '../spool/spool.ts';
import { AccountGate } from './account-gate.ts';
import { AddressGate, type AddressGateSettings } from './address-gate.ts';
import type { Exchange } from './connection.ts';
import { Endpoint, type EndpointDependencies, type EndpointSettings } from './endpoint.ts';
import { NegotiatedLogon } from './negotiated-logon.ts';
import { describeSession, type OpenSession } from './open-session.ts';
import { meantAddress, type SessionDependencies, type ShortAddresses } from './smtp-session.ts';
import { SourceList } from './source-list.ts';
import { type ClientCertificate, contextOf, type NamedContext, type TlsMaterial } from './tls.ts';

export interface ListenerSettings
  extends Omit<EndpointSettings, 'maxMessageSize' | 'maxRecipientsPerMessage'>,
    AddressGateSettings {
  readonly name: string;
  readonly enabled: boolean;
  readonly bindings: readonly { readonly address: string; readonly port: number }[];
  /** Null takes the general one. */
  readonly maxMessageSize: number | null;
  readonly maxRecipientsPerMessage: number | null;
  readonly maxInboundConnection: number;
  readonly maxInboundConnectionPerSource: number;
  readonly maxProtocolErrors: number;
  /** Octets of a message a second; 0 asks for none. */
  readonly minimumDataRate: number;
  readonly bareLineEndings: 'Normalize' | 'Reject';
  readonly unauthorizedPipelining: 'Allow' | 'Reject';
  /** Networks of load balancers. */
  readonly proxyProtocolFrom: readonly string[];
  /** Seconds; null for no end. */
  readonly connectionTimeout: number | null;
  readonly remoteIPRanges: readonly string[];
  readonly deniedIPRanges: readonly string[];
  readonly legacyClients: boolean;
  readonly windowsAccounts: boolean;
  /** Its conversations are in the protocol log. */
  readonly isLogged: boolean;
}

export interface ListenersDependencies extends ShortAddresses {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  /** The certificates of a listener, the first one first, and what is wrong with those that can't be used. */
  readonly certificates: (listener: string) => {
    readonly materials: readonly TlsMaterial[];
    readonly problems: readonly string[];
  };
  readonly clientCertificateOf: (socket: TLSSocket) => ClientCertificate | null;
  readonly certificateMayRelay: (certificate: ClientCertificate) => boolean;
  readonly mayRelay: (question: RelayQuestion) => RelayAnswer;
  readonly sizeLimitOf: SessionDependencies['sizeLimitOf'];
  readonly settings: () => readonly ListenerSettings[];
  readonly limits: () => {
    readonly maxMessageSize: number;
    readonly maxRecipientsPerMessage: number;
    readonly maxHopCount: number;
  } & RateLimits;
  readonly names: ReverseNames;
  readonly rights: AccountRights;
  readonly guard: LogonGuard;
  readonly passwords: PasswordChecker;
  readonly bridge: () => WindowsBridge | null;
  /** An administrator takes no new sessions for now. */
  readonly suspended: () => boolean;
}

export interface EndpointState {
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly state: 'Listening' | 'Failed' | 'Disabled';
  readonly error: string | null;
}

/** One opened endpoint serves as long as this stays: what begins with TLS can't turn into what does not. */
const keyOf = ({ name, tlsMode }: ListenerSettings, address: string, port: number) =>
  `${name}|${address}|${port}|${tlsMode === 'Implicit' ? 'tls' : ''}`;

/** Milliseconds until an endpoint that can't be opened is tried again. */
const RETRY_INTERVAL = 3000;

/** With the general limits where a listener has none of its own. */
type SettingsInForce = ListenerSettings & EndpointSettings;

interface Security {
  readonly basis: string;
  readonly contexts: readonly NamedContext[];
  readonly problems: readonly string[];
}

const NO_TLS: Security = { basis: '', contexts: [], problems: [] };

export class Listeners {
  readonly #deps: ListenersDependencies;
  readonly #open = new Map<string, Endpoint>();
  /** Also those that are closed while their last sessions end, with the names of their listeners. */
  readonly #endpoints = new Map<Endpoint, string>();
  readonly #failed = new Map<string, string>();
  #retry: NodeJS.Timeout | null = null;
  readonly #counters = new Map<string, SessionCounter>();
  #refreshing: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #sources = new Map<string, SourceList>();
  readonly #security = new Map<string, Security>();
  /** Also of listeners that are gone while their last sessions end. */
  readonly #settings = new Map<string, SettingsInForce>();

  readonly #balancers = new Map<string, NetworkList>();
  /** Over all listeners. */
  readonly #rates: ClientRates;

  constructor(deps: ListenersDependencies) {
    this.#deps = deps;
    this.#rates = new ClientRates(deps.limits, deps.now);
  }

  /**
   * Opens everything, or nothing. @throws RelayProblem of the first endpoint that fails.
   * @param patient serve with what can be opened, and try the rest again: at boot the network comes late
   */
  async start(patient = false): Promise<void> {
    if (patient) return this.refresh();
    this.#read();
    try {
      for (const listener of this.#deps.settings()) {
        for (const { address, port } of listener.enabled ? listener.bindings : [])
          await this.#openOne(listener, address, port);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** After a change of settings. What can't be opened is reported in `states`, the rest serves. */
  refresh(): Promise<void> {
    // A renewed certificate and a change of settings can come at one time.
    const run = this.#refreshing.then(() => (this.#stopped ? undefined : this.#refresh()));
    this.#refreshing = run.catch(() => {});
    return run;
  }

  async #refresh(): Promise<void> {
    this.#read();
    const wanted = new Map(
      this.#deps
        .settings()
        .flatMap(listener =>
          listener.enabled
            ? listener.bindings.map(
                ({ address, port }) => [keyOf(listener, address, port), { listener, address, port }] as const,
              )
            : [],
        ),
    );
    const before = new Map(this.#failed);
    this.#failed.clear();
    for (const [key, endpoint] of this.#open) {
      if (wanted.has(key)) endpoint.refresh();
      else {
        this.#open.delete(key);
        // Its sessions may go on for a while; the port is free at once.
        void this.#close(endpoint);
      }
    }
    for (const [key, { listener, address, port }] of wanted) {
      if (this.#open.has(key)) continue;
      await this.#openOne(listener, address, port).catch((error: Error) => {
        this.#failed.set(key, error.message);
        if (before.get(key) !== error.message)
          this.#deps.emit({ type: 'service', level: 'error', what: `${error.message} It is tried again.` });
      });
      if (before.has(key) && this.#open.has(key))
        this.#deps.emit({
          type: 'service',
          level: 'info',
          what: `Listener ${listener.name} now listens on ${address} port ${port}`,
        });
    }
    this.#tryAgainLater();
  }

  /** An address that is not there yet, or a port that another program gives up. */
  #tryAgainLater(): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#failed.size > 0) this.#retry = setTimeout(() => void this.refresh(), RETRY_INTERVAL).unref();
  }

  /** Refuses new sessions and lets open ones end their message. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#retry) clearTimeout(this.#retry);
    await this.#refreshing;
    const closing = [...this.#open.values()].map(endpoint => this.#close(endpoint));
    this.#open.clear();
    await Promise.all(closing);
  }

  get sessions(): number {
    return [...this.#counters.values()].reduce((sum, counter) => sum + counter.count, 0);
  }

  /** All open sessions of clients. */
  openSessions(): OpenSession[] {
    return [...this.#endpoints].flatMap(([endpoint, listener]) =>
      endpoint.sessions.map(connection => describeSession(connection, listener)),
    );
  }

  /**
   * Ends a session: with 421 after the reply it works on, or by cutting it. What it has a 250 for stays taken.
   * @returns false when there is none of this identity.
   */
  endSession(identity: string, cut: boolean): boolean {
    for (const endpoint of this.#endpoints.keys()) {
      const connection = endpoint.sessions.find(({ id }) => id === identity);
      if (!connection) continue;
      if (cut) connection._socket.destroy();
      else connection.leave('4.3.2 The session was ended by an administrator');
      return true;
    }
    return false;
  }

  /** Open sessions of one listener. */
  sessionsOf(name: string): number {
    return this.#counters.get(name)?.count ?? 0;
  }

  states(): EndpointState[] {
    return this.#deps.settings().flatMap(listener =>
      listener.bindings.map(({ address, port }): EndpointState => {
        const key = keyOf(listener, address, port);
        const tls = listener.enabled ? (this.#security.get(listener.name)?.problems.join(' ') ?? '') : '';
        const error = this.#failed.get(key) ?? (tls || null);
        return {
          listener: listener.name,
          address,
          port,
          state: !listener.enabled ? 'Disabled' : this.#open.has(key) ? 'Listening' : 'Failed',
          error,
        };
      }),
    );
  }

  async #openOne(listener: ListenerSettings, address: string, port: number): Promise<void> {
    const { name, tlsMode } = listener;
    if (tlsMode === 'Implicit' && this.#securityOf(name).contexts.length === 0) {
      const why = this.#securityOf(name).problems.join(' ') || 'it has no certificate.';
      throw new RelayProblem(
        'ListenFailed',
        `Listener ${name} can't begin with TLS on ${address} port ${port}: ${why}`,
      );
    }
    const endpoint = await Endpoint.open(address, port, this.#endpointDependencies(name));
    this.#open.set(keyOf(listener, address, port), endpoint);
    this.#endpoints.set(endpoint, name);
  }

  async #close(endpoint: Endpoint): Promise<void> {
    await endpoint.close();
    this.#endpoints.delete(endpoint);
  }

  /** What is asked for at each session is prepared once for each version of the settings. */
  #read(): void {
    const general = this.#deps.limits();
    for (const listener of this.#deps.settings()) {
      const { name } = listener;
      this.#settings.set(name, {
        ...listener,
        maxMessageSize: listener.maxMessageSize ?? general.maxMessageSize,
        maxRecipientsPerMessage: listener.maxRecipientsPerMessage ?? general.maxRecipientsPerMessage,
      });
      this.#balancers.set(name, new NetworkList(listener.proxyProtocolFrom));
      this.#sources.set(name, new SourceList(listener.remoteIPRanges, listener.deniedIPRanges));
      this.#security.set(name, this.#secured(listener));
    }
  }

  /** A certificate that can't be used any more does not end TLS: the one before stays. */
  #secured(listener: ListenerSettings): Security {
    if (listener.tlsMode === 'Off') return NO_TLS;
    const before = this.#security.get(listener.name) ?? NO_TLS;
    const { materials, problems } = this.#deps.certificates(listener.name);
    const { minimumTlsVersion, cipherProfile } = listener;
    const basis = JSON.stringify([minimumTlsVersion, cipherProfile, materials]);
    if (materials.length === 0) return { ...before, problems };
    if (basis === before.basis) return { ...before, problems };
    try {
      return { basis, contexts: materials.map(material => contextOf(material, listener)), problems };
    } catch (error) {
      return { ...before, problems: [...problems, `TLS can't be set up: ${(error as Error).message}.`] };
    }
  }

  #securityOf(name: string): Security {
    return this.#security.get(name) ?? NO_TLS;
  }

  #settingsOf(name: string): SettingsInForce {
    return this.#settings.get(name)!;
  }

  #counterOf(name: string): SessionCounter {
    let counter = this.#counters.get(name);
    if (!counter) {
      counter = new SessionCounter(() => this.#settingsOf(name));
      this.#counters.set(name, counter);
    }
    return counter;
  }

  #endpointDependencies(name: string): EndpointDependencies {
    const { spool, emit, now, mayRelay, sizeLimitOf, limits, names, rights, guard, passwords, bridge } = this.#deps;
    const settings = () => this.#settingsOf(name);
    const windowsAccounts = () => settings().windowsAccounts;
    const logon = { listener: name, emit, rights, guard, passwords, bridge, windowsAccounts };
    return {
      session: {
        listener: name,
        spool,
        emit,
        now,
        mayRelay,
        sizeLimitOf,
        rates: this.#rates,
        accounts: new AccountGate(rights, by =>
          by === 'WindowsAccount' ? windowsAccounts() : settings().authenticationMethods.includes(by),
        ),
        addresses: new AddressGate(settings),
        fqdn: () => settings().fqdn,
        maxHopCount: () => limits().maxHopCount,
        bareLineEndings: () => settings().bareLineEndings,
      },
      logon,
      host: {
        counter: this.#counterOf(name),
        rates: this.#rates,
        suspended: this.#deps.suspended,
        limits: settings,
        meantAddress: (verb, address) => meantAddress(this.#deps, verb, address),
        nameOf: address => (settings().reverseDns === 'None' ? null : names.ask(address)),
        isBanned: address => guard.isBanned(address),
        negotiatedLogon: (session, mechanism) => new NegotiatedLogon(logon, session, mechanism),
        isBalancer: address => this.#balancers.get(name)!.match(address) !== null,
        onBadProxyHeader: (address, why) =>
          emit({ type: 'service', level: 'warn', what: `Load balancer ${address} on listener ${name}: ${why}` }),
        keepsOut: address => this.#sources.get(name)?.keepsOut(address) ?? null,
        onExchange: exchange => {
          if (settings().isLogged) emit({ type: 'protocol', ...toProtocolLine(exchange, name, now()) });
        },
        onRefusedSession: (connection, rule, code) =>
          emit({
            type: 'refused',
            sessionId: connection.id,
            clientIp: connection.remoteAddress,
            listener: name,
            stage: 'connect',
            rule,
            reply: String(code),
            sender: null,
            recipient: null,
          }),
      },
      settings,
      contexts: () => this.#securityOf(name).contexts,
      clientCertificateOf: this.#deps.clientCertificateOf,
      certificateMayRelay: this.#deps.certificateMayRelay,
      onSocketError: error =>
        emit({ type: 'service', level: 'info', what: `A session of listener ${name} broke: ${error.message}` }),
    };
  }
}

function toProtocolLine(exchange: Exchange, listener: string, time: number): ProtocolLine {
  const { connection } = exchange;
  return {
    time,
    direction: 'Inbound',
    part: 'exchange',
    peerAddress: connection.remoteAddress,
    localAddress: connection.localAddress,
    port: connection.localPort,
    heloName: connection.hostNameAppearsAs || null,
    verb: exchange.verb,
    argument: exchange.argument,
    code: exchange.code,
    reply: exchange.reply,
    bytesSent: exchange.bytesSent,
    bytesReceived: exchange.bytesReceived,
    elapsed: exchange.elapsed,
    sessionId: connection.id,
    messageId: exchange.messageId,
    internetMessageId: exchange.internetMessageId,
    sessionTime: time - connection.since,
    listener,
    connector: null,
    rule: exchange.rule,
    tls: showTls(connection.notes.tls),
  };
}

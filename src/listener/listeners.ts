/**
 * All endpoints of all listeners: opens what the settings ask for, closes what they no longer ask
 * for, and leaves alone what stays, with its sessions. One count of sessions per listener.
 */
import type { Emit, ProtocolLine } from '../log/events.ts';
import { NetworkList } from '../message/network.ts';
import { ClientRates, type RateLimits } from '../policy/client-rates.ts';
import type { RelayAnswer, RelayQuestion } from '../policy/relay-restriction.ts';
import { SessionCounter } from '../policy/session-limits.ts';
import type { Spool } from '../spool/spool.ts';
import type { Exchange } from './connection.ts';
import { Endpoint, type EndpointDependencies } from './endpoint.ts';

export interface ListenerSettings {
  readonly name: string;
  readonly enabled: boolean;
  readonly bindings: readonly { readonly address: string; readonly port: number }[];
  readonly fqdn: string;
  readonly banner: string | null;
  readonly maxInboundConnection: number;
  readonly maxInboundConnectionPerSource: number;
  /** Seconds. */
  readonly connectionInactivityTimeout: number;
  readonly maxProtocolErrors: number;
  /** Octets of a message a second; 0 asks for none. */
  readonly minimumDataRate: number;
  readonly bareLineEndings: 'Normalize' | 'Reject';
  readonly unauthorizedPipelining: 'Allow' | 'Reject';
  /** Networks of load balancers. */
  readonly proxyProtocolFrom: readonly string[];
}

export interface ListenersDependencies {
  readonly spool: Spool;
  readonly emit: Emit;
  readonly now: () => number;
  readonly mayRelay: (question: RelayQuestion) => RelayAnswer;
  readonly settings: () => readonly ListenerSettings[];
  readonly limits: () => {
    readonly maxMessageSize: number;
    readonly maxRecipientsPerMessage: number;
    readonly maxHopCount: number;
  } & RateLimits;
  readonly accounts: () => readonly { readonly name: string; readonly enabled: boolean; readonly verifier: string }[];
  readonly postmaster: () => string;
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

const keyOf = (listener: string, address: string, port: number) => `${listener}|${address}|${port}`;

export class Listeners {
  readonly #deps: ListenersDependencies;
  readonly #open = new Map<string, Endpoint>();
  readonly #failed = new Map<string, string>();
  readonly #counters = new Map<string, SessionCounter>();

  readonly #balancers = new WeakMap<readonly string[], NetworkList>();
  /** Over all listeners. */
  readonly #rates: ClientRates;

  constructor(deps: ListenersDependencies) {
    this.#deps = deps;
    this.#rates = new ClientRates(deps.limits, deps.now);
  }

  /** Opens everything, or nothing. @throws RelayProblem of the first endpoint that fails. */
  async start(): Promise<void> {
    try {
      for (const listener of this.#deps.settings()) {
        for (const { address, port } of listener.enabled ? listener.bindings : [])
          await this.#openOne(listener.name, address, port);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** After a change of settings. What can't be opened is reported in `states`, the rest serves. */
  async refresh(): Promise<void> {
    const wanted = new Map(
      this.#deps
        .settings()
        .flatMap(listener =>
          listener.enabled
            ? listener.bindings.map(
                ({ address, port }) => [keyOf(listener.name, address, port), { listener, address, port }] as const,
              )
            : [],
        ),
    );
    this.#failed.clear();
    for (const [key, endpoint] of this.#open) {
      if (wanted.has(key)) endpoint.refresh();
      else {
        this.#open.delete(key);
        // Its sessions may go on for a while; the port is free at once.
        void endpoint.close();
      }
    }
    for (const [key, { listener, address, port }] of wanted) {
      if (this.#open.has(key)) continue;
      await this.#openOne(listener.name, address, port).catch((error: Error) => {
        this.#failed.set(key, error.message);
        this.#deps.emit({ type: 'service', level: 'error', what: error.message });
      });
    }
  }

  /** Refuses new sessions and lets open ones end their message. */
  async stop(): Promise<void> {
    const closing = [...this.#open.values()].map(endpoint => endpoint.close());
    this.#open.clear();
    await Promise.all(closing);
  }

  get sessions(): number {
    return [...this.#counters.values()].reduce((sum, counter) => sum + counter.count, 0);
  }

  states(): EndpointState[] {
    return this.#deps.settings().flatMap(({ name, enabled, bindings }) =>
      bindings.map(({ address, port }): EndpointState => {
        const key = keyOf(name, address, port);
        const error = this.#failed.get(key) ?? null;
        return {
          listener: name,
          address,
          port,
          state: !enabled ? 'Disabled' : this.#open.has(key) ? 'Listening' : 'Failed',
          error,
        };
      }),
    );
  }

  async #openOne(name: string, address: string, port: number): Promise<void> {
    this.#open.set(keyOf(name, address, port), await Endpoint.open(address, port, this.#endpointDependencies(name)));
  }

  #settingsOf(name: string): ListenerSettings {
    const found = this.#deps.settings().find(listener => listener.name === name);
    // A listener that is gone while its last sessions end: any limits will do for them.
    return found ?? this.#deps.settings()[0]!;
  }

  #counterOf(name: string): SessionCounter {
    let counter = this.#counters.get(name);
    if (!counter) {
      counter = new SessionCounter(() => this.#settingsOf(name));
      this.#counters.set(name, counter);
    }
    return counter;
  }

  /** Built once for each version of the settings, which are frozen. */
  #balancersOf(networks: readonly string[]): NetworkList {
    let list = this.#balancers.get(networks);
    if (!list) {
      list = new NetworkList(networks);
      this.#balancers.set(networks, list);
    }
    return list;
  }

  #endpointDependencies(name: string): EndpointDependencies {
    const { spool, emit, now, mayRelay, limits, accounts, postmaster } = this.#deps;
    const settings = () => this.#settingsOf(name);
    return {
      session: {
        listener: name,
        spool,
        emit,
        now,
        mayRelay,
        rates: this.#rates,
        fqdn: () => settings().fqdn,
        postmaster,
        maxHopCount: () => limits().maxHopCount,
        bareLineEndings: () => settings().bareLineEndings,
      },
      logon: { listener: name, emit, accounts },
      host: {
        counter: this.#counterOf(name),
        rates: this.#rates,
        suspended: this.#deps.suspended,
        limits: settings,
        onExchange: exchange => emit({ type: 'protocol', ...toProtocolLine(exchange, name, now()) }),
        isBalancer: address => this.#balancersOf(settings().proxyProtocolFrom).match(address) !== null,
        onBadProxyHeader: (address, why) =>
          emit({ type: 'service', level: 'warn', what: `Load balancer ${address} on listener ${name}: ${why}` }),
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
      settings: () => ({ ...settings(), ...limits() }),
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
    listener,
    connector: null,
    rule: exchange.rule,
  };
}

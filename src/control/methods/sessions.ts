/** Open SMTP sessions in both directions, and what happened since the start. */
import { RelayProblem } from '../../contract/problems.ts';
import type { OpenSession } from '../../listener/open-session.ts';
import type { Statistics } from '../../log/statistics.ts';
import type { Remote } from '../../message/outcome.ts';
import { wildcardMatcher } from '../../message/wildcard.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';

/** A session with a next hop. */
export interface OutboundSession {
  readonly identity: string;
  readonly connector: string;
  readonly remote: Remote;
  readonly secure: boolean;
  readonly messageId: string | null;
  readonly messages: number;
  readonly since: number;
}

export interface SessionMethodsDependencies {
  readonly now: () => number;
  readonly inboundSessions: () => readonly OpenSession[];
  readonly outboundSessions: () => readonly OutboundSession[];
  /** @returns false when there is no such session. */
  readonly endInbound: (identity: string, cut: boolean) => boolean;
  readonly endOutbound: (identity: string) => boolean;
  readonly statistics: Statistics;
  readonly facts: () => Promise<{ readonly name: string; readonly startedAt: number }>;
}

type Session = Result<'session.list'>[number];
type Statistic = Result<'statistic.list'>[number];

export function sessionMethods(deps: SessionMethodsDependencies): PartOf<'session'> & PartOf<'statistic'> {
  return {
    'session.list': ({ identity = '*', direction, ipAddress = '*' }) => {
      const [byIdentity, byAddress] = [wildcardMatcher(identity), wildcardMatcher(ipAddress)];
      const found = all(deps).filter(
        session =>
          byIdentity(session.identity) &&
          byAddress(session.ipAddress) &&
          (direction === undefined || session.direction === direction),
      );
      if (found.length === 0 && !/[*?]/.test(identity)) throw notFound(identity);
      return found;
    },
    'session.stop': ({ identity, force }) => {
      if (!deps.endInbound(identity, force === true) && !deps.endOutbound(identity)) throw notFound(identity);
      return { removed: 1 };
    },
    'statistic.list': async () => statisticsOf(deps, await deps.facts()),
  };
}

function all({ now, inboundSessions, outboundSessions }: SessionMethodsDependencies): Session[] {
  const time = now();
  const seconds = (since: number) => Math.max(0, Math.round((time - since) / 1000));
  return [
    ...inboundSessions().map(
      (session): Session => ({
        identity: session.identity,
        direction: 'Inbound',
        name: session.listener,
        ipAddress: session.peerAddress,
        port: session.peerPort,
        hostName: session.heloName,
        account: session.account,
        tls: session.tls,
        state: session.state,
        sender: session.sender,
        messageId: null,
        messages: session.messages,
        startTime: isoTime(session.since),
        age: seconds(session.since),
        idle: seconds(session.lastActive),
      }),
    ),
    ...outboundSessions().map(
      (session): Session => ({
        identity: session.identity,
        direction: 'Outbound',
        name: session.connector,
        ipAddress: session.remote.address,
        port: session.remote.port,
        hostName: session.remote.host,
        account: null,
        tls: session.secure ? 'TLS' : null,
        state: session.messageId === null ? 'Idle' : 'Sending',
        sender: null,
        messageId: session.messageId,
        messages: session.messages,
        startTime: isoTime(session.since),
        age: seconds(session.since),
        idle: null,
      }),
    ),
  ];
}

const NOTHING = {
  received: 0,
  bytesReceived: 0,
  refused: 0,
  logonFailures: 0,
  delivered: 0,
  deferred: 0,
  failed: 0,
  lastSuccess: null,
  lastFailure: null,
  lastError: null,
};

function statisticsOf(
  { statistics }: SessionMethodsDependencies,
  { name, startedAt }: { readonly name: string; readonly startedAt: number },
): Statistic[] {
  const since = isoTime(startedAt);
  const { received, bytesReceived, refused, logonFailures, delivered, deferred, failed } = statistics.totals();
  const connectors = [...statistics.connectors].map(
    ([connector, { lastSuccess, lastFailure, ...row }]): Statistic => ({
      scope: 'Connector',
      name: connector,
      ...NOTHING,
      ...row,
      lastSuccess: isoTime(lastSuccess),
      lastFailure: isoTime(lastFailure),
      since,
    }),
  );
  const successes = connectors.flatMap(row => row.lastSuccess ?? []).sort();
  const last = connectors
    .filter(row => row.lastFailure !== null)
    .sort((a, b) => (a.lastFailure! < b.lastFailure! ? 1 : -1))[0];
  return [
    {
      scope: 'Relay',
      name,
      received,
      bytesReceived,
      refused,
      logonFailures,
      delivered,
      deferred,
      failed,
      lastSuccess: successes.at(-1) ?? null,
      lastFailure: last?.lastFailure ?? null,
      lastError: last?.lastError ?? null,
      since,
    },
    ...[...statistics.listeners].map(
      ([listener, row]): Statistic => ({ scope: 'Listener', name: listener, ...NOTHING, ...row, since }),
    ),
    ...connectors,
  ];
}

const notFound = (identity: string) =>
  new RelayProblem('NotFound', `There is no session "${identity}".`, [
    { path: 'identity', value: identity, message: 'does not exist' },
  ]);

/**
 * What of a relay's state an administrator should look at: the only place where it is judged. The state of the
 * relay, its health, the report, /healthz, the checks and the log of the system all tell what is found here. Pure.
 */

/** The state of a relay, as far as it is judged. */
export interface StateFacts {
  readonly endpoints: readonly {
    readonly listener: string;
    readonly address: string;
    readonly port: number;
    readonly state: string;
    readonly error: string | null;
  }[];
  readonly queues: readonly {
    readonly hop: string;
    readonly messages: number;
    /** Failed attempts to reach the hop, in a row. */
    readonly failures: number;
    readonly logOnFailed: boolean;
    readonly suspended: boolean;
    readonly lastError: string | null;
  }[];
  /** What people see of a next hop: a domain, or smart hosts. */
  readonly nextHopOf: (hop: string) => string;
  /** What of a next hop is lowered because it asked for less; null when nothing is. */
  readonly loweredOf: (hop: string) => Lowered | null;
  /** Name of the connector of a next hop; empty for none. */
  readonly connectorOf: (hop: string) => string;
  /** Certificates in use that end soon. */
  readonly certificates: readonly NamedTrouble[];
  /** Why .NET, which a listener asks for, can't be had; null when all is well. */
  readonly bridge: string | null;
  /** About starts before this one that came to a bad end; null when all is well. */
  readonly unexpectedEnds: string | null;
  readonly openToEveryone: boolean;
  readonly enoughSpace: boolean;
  /** What the disk of the spool said to the last write and read that failed; null when all is well. */
  readonly disk: { readonly writing: string | null; readonly reading: string | null };
  /** Logs that can't be written. */
  readonly failingLogs: readonly NamedTrouble[];
  /** Webhooks that take no alerts. */
  readonly failingWebhooks: readonly NamedTrouble[];
  /** What an administrator holds. */
  readonly inbound: Held | null;
  readonly outbound: Held | null;
}

export interface NamedTrouble {
  readonly name: string;
  /** A sentence. */
  readonly text: string;
}

interface Lowered {
  /** Words of the server. */
  readonly reason: string;
  readonly connections: number | null;
  readonly messagesPerMinute: number | null;
}

interface Held {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reason: string | null;
}

export type ProblemArea = 'Service' | 'Listener' | 'Certificate' | 'Queue' | 'Disk' | 'Log';

export interface Problem {
  /** Red is broken now, yellow needs a look. */
  readonly level: 'Red' | 'Yellow';
  readonly area: ProblemArea;
  /** What it is about, the same as long as it lasts whatever the text says, and another for anything else. */
  readonly about: string;
  /** Id in schemas/events.json, where the log of the system is told of it. */
  readonly event: number | null;
  /** A sentence for people. */
  readonly text: string;
}

export type Health = 'Green' | 'Yellow' | 'Red';

export function healthOf(problems: readonly Problem[]): Health {
  if (problems.some(({ level }) => level === 'Red')) return 'Red';
  return problems.length > 0 ? 'Yellow' : 'Green';
}

/** Red ones first. */
export function problemsOf(facts: StateFacts): Problem[] {
  const all = [...ofListeners(facts), ...ofService(facts), ...ofDisk(facts), ...ofHolds(facts), ...ofQueues(facts)];
  return [...all.filter(({ level }) => level === 'Red'), ...all.filter(({ level }) => level === 'Yellow')];
}

type Kind = Pick<Problem, 'level' | 'area'> & { readonly event?: number };

const problem = ({ level, area, event }: Kind, about: string, text: string): Problem => ({
  level,
  area,
  about: `${area} ${about}`,
  event: event ?? null,
  text,
});

const when = (text: string | null | false, kind: Kind, about: string): Problem[] =>
  text ? [problem(kind, about, text)] : [];

function ofListeners({ endpoints }: StateFacts): Problem[] {
  const tls = new Map(
    endpoints.flatMap(({ state, listener, error }) =>
      state === 'Listening' && error !== null ? [[listener, error] as const] : [],
    ),
  );
  const failed = endpoints.filter(({ state }) => state === 'Failed');
  return [
    ...[...tls].map(([listener, error]) =>
      problem(
        { level: 'Red', area: 'Listener' },
        `${listener} TLS`,
        `Listener ${listener} has trouble with TLS: ${error}`,
      ),
    ),
    ...failed.map(({ listener, address, port, error }) =>
      problem(
        { level: 'Red', area: 'Listener', event: 115 },
        `${listener} ${address} ${port}`,
        `Listener ${listener} does not listen on ${address} port ${port}: ${error ?? 'unknown reason'}`,
      ),
    ),
  ];
}

function ofService(facts: StateFacts): Problem[] {
  const { certificates, bridge, unexpectedEnds, failingLogs, failingWebhooks, openToEveryone } = facts;
  const open =
    openToEveryone && 'This is an open relay: everybody may send through it. Correct it with Set-RelayRestriction.';
  return [
    ...certificates.map(({ name, text }) => problem({ level: 'Yellow', area: 'Certificate', event: 1110 }, name, text)),
    ...when(bridge, { level: 'Yellow', area: 'Service' }, 'bridge'),
    ...when(unexpectedEnds, { level: 'Yellow', area: 'Service' }, 'ends'),
    ...failingLogs.map(({ name, text }) => problem({ level: 'Yellow', area: 'Log', event: 1310 }, name, text)),
    ...failingWebhooks.map(({ name, text }) => problem({ level: 'Yellow', area: 'Service' }, `webhook ${name}`, text)),
    ...when(open, { level: 'Red', area: 'Service', event: 1100 }, 'open relay'),
  ];
}

/** A full disk and one that can't be written come to the same: new mail is refused. */
function ofDisk({ enoughSpace, disk: { writing, reading } }: StateFacts): Problem[] {
  const refused = { level: 'Red', area: 'Disk', event: 1300 } as const;
  return [
    ...when(writing && `Mail can't be written to the disk, so it is refused for now: ${writing}.`, refused, 'writing'),
    ...when(
      !enoughSpace && 'New mail is refused with 452: less disk space is free than MinimumFreeSpace asks for.',
      refused,
      'writing',
    ),
    ...when(
      reading && `A stored message can't be read, it is tried again: ${reading}.`,
      { level: 'Yellow', area: 'Disk' },
      'reading',
    ),
  ];
}

function ofHolds({ inbound, outbound }: StateFacts): Problem[] {
  const held = (hold: Held | null, what: string, about: string) =>
    when(
      hold &&
        `${what} since ${new Date(hold.since).toISOString()}: suspended by an administrator${hold.reason ? ` (${hold.reason})` : ''}. Let it go on with Resume-SmtpRelay.`,
      { level: 'Yellow', area: 'Service' },
      about,
    );
  return [
    ...held(inbound, 'New clients are refused with 421', 'inbound'),
    ...held(outbound, 'No mail is delivered', 'outbound'),
  ];
}

const CANT_BE_FOUND = /DNS|does not exist|No enabled connector|takes no mail/;

function ofQueues({ queues, nextHopOf, loweredOf, connectorOf }: StateFacts): Problem[] {
  return queues.flatMap(({ hop, messages, failures, logOnFailed, suspended, lastError }) => {
    const lowered = loweredOf(hop);
    const waits = `${messages} message(s) wait for ${nextHopOf(hop)}: ${lastError}`;
    const event = CANT_BE_FOUND.test(lastError ?? '') ? 4000 : 4006;
    // Also while it is tried again: it is broken until it works.
    const isBroken = messages > 0 && failures > 0;
    return [
      ...when(
        isBroken && logOnFailed && waits,
        { level: 'Red', area: 'Queue', event: 1200 },
        `log-on ${connectorOf(hop) || hop}`,
      ),
      ...when(isBroken && !logOnFailed && waits, { level: 'Yellow', area: 'Queue', event }, hop),
      ...when(
        suspended &&
          `The queue for ${nextHopOf(hop)} is suspended, with ${Math.max(0, messages)} message(s). Let it go on with Resume-SmtpQueue.`,
        { level: 'Yellow', area: 'Queue' },
        `suspended ${hop}`,
      ),
      ...when(
        lowered &&
          messages > 0 &&
          `${nextHopOf(hop)} gets ${less(lowered)}, because it asked for less: ${lowered.reason}`,
        { level: 'Yellow', area: 'Queue' },
        `lowered ${hop}`,
      ),
    ];
  });
}

const less = ({ connections, messagesPerMinute }: Lowered): string =>
  [
    ...(messagesPerMinute === null ? [] : [`${messagesPerMinute} message(s) a minute`]),
    ...(connections === null ? [] : [`${connections} connection(s)`]),
  ].join(' and ');

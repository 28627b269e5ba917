/**
 * The accounts: what the relay promised (a 250 for a message is a promise to each of its recipients),
 * what became of it, and when it was killed. Recipients are known by address: no address is used twice.
 */
import { nameOf } from '../load/message.ts';

/** How the next hops treat a recipient. */
export type Fate = 'take' | 'defer' | 'refuse';

/** What is left on the relay's side at the end. */
export interface Remains {
  /** Addresses of waiting recipients, by the control port. */
  readonly queued: ReadonlySet<string>;
  /** Addresses in the envelope lines of BadMail. */
  readonly badMail: ReadonlySet<string>;
}

/** A report, as the sender's server got it. */
interface Report {
  readonly id: string;
  readonly at: number;
}

/**
 * A verdict is stored with the next sync, which may wait 50 ms (spool/segment-log.ts); the rest is for
 * a machine that does other things as well. What arrived earlier before a kill must not come again.
 */
const UNCOMMITTED = 3000;
/** A server may still read what was on the wire when the relay died. */
const ON_THE_WIRE = 1000;

export class Ledger {
  readonly #promised = new Map<string, Fate>();
  readonly #tried = new Map<string, Fate>();
  readonly #arrivals = new Map<string, number[]>();
  readonly #refusals = new Map<string, number[]>();
  readonly #reports = new Map<string, Report[]>();
  readonly #kills: number[] = [];
  readonly #damaged: string[] = [];
  #acknowledged = 0;

  /** A client is about to send. */
  sending(recipients: ReadonlyMap<string, Fate>): void {
    for (const [address, fate] of recipients) this.#tried.set(address, fate);
  }

  /** A client got its 250. */
  acknowledged(recipients: ReadonlyMap<string, Fate>): void {
    this.#acknowledged++;
    for (const [address, fate] of recipients) this.#promised.set(address, fate);
  }

  get messages(): number {
    return this.#acknowledged;
  }

  /** A next hop took a message: one of the senders', or a report about one. */
  taken(recipients: readonly string[], text: string, at: number): void {
    const about = [...text.matchAll(/^Final-Recipient: rfc822; (\S+)\r?$/gm)].map(match => match[1]!);
    if (about.length > 0) {
      const id = /^Message-ID: (\S+)/m.exec(text)?.[1] ?? '';
      for (const address of about) add(this.#reports, address, { id, at });
    } else if (nameOf(text) === null) this.#damaged.push(...recipients);
    else this.arrived(recipients, at);
  }

  /** A whole message arrived. */
  arrived(recipients: readonly string[], at: number): void {
    for (const address of recipients) add(this.#arrivals, address, at);
  }

  refused(address: string, at: number): void {
    add(this.#refusals, address, at);
  }

  killed(at: number): void {
    this.#kills.push(at);
  }

  /** Promised recipients of whom nothing was seen yet. */
  missing({ queued, badMail }: Remains): string[] {
    const seen = (address: string) =>
      this.#arrivals.has(address) || this.#reports.has(address) || queued.has(address) || badMail.has(address);
    return [...this.#promised.keys()].filter(address => !seen(address));
  }

  balance(remains: Remains) {
    const promised = [...this.#promised.keys()];
    const again = [...this.#tried.keys()].filter(address => !this.#promised.has(address));
    const count = (addresses: readonly string[], where: { has(address: string): boolean }) =>
      addresses.filter(address => where.has(address)).length;
    const repeats = [...this.#arrivals.values(), ...this.#refusals.values()].flatMap(times =>
      times.slice(0, -1).map(at => this.#killAfter(at)),
    );
    return {
      kills: this.#kills.length,
      messages: this.#acknowledged,
      recipients: promised.length,
      delivered: count(promised, this.#arrivals),
      reported: count(promised, this.#reports),
      badMail: count(promised, remains.badMail),
      queued: count(promised, remains.queued),
      lost: this.missing(remains),
      /** Came in another shape than they were sent. */
      damaged: this.#damaged,
      /** Delivered though the next hop refuses them, or reported as failed though it takes them. */
      wrong: [...this.#tried].flatMap(([address, fate]) => this.#wrong(address, fate)),
      /** Deliveries beyond the first, over all recipients. */
      doubled: extra(this.#arrivals),
      doubledReports: extra(this.#reports),
      /** Arrivals and refusals so shortly before a kill that the verdict may not have been stored. */
      doubledAtMost: this.#inFlight(this.#arrivals),
      doubledReportsAtMost: this.#inFlight(this.#refusals) + this.#inFlight(this.#reports),
      /** Arrivals and refusals that were repeated without a kill right after them. */
      unexplained: [...this.#unexplained()],
      /** Milliseconds between the 250 and the kill that made the relay forget it. */
      longestForgotten: Math.round(Math.max(0, ...repeats.filter(Number.isFinite))),
      /** Recipients of messages whose 250 never reached the client; they may come or not. */
      withoutAnswer: { recipients: again.length, arrived: count(again, this.#arrivals) },
    };
  }

  #wrong(address: string, fate: Fate): string[] {
    return this.#arrivals.has(address) && fate === 'refuse'
      ? [`${address} was delivered`]
      : this.#reports.has(address) && fate !== 'refuse'
        ? [`${address} was reported as failed`]
        : [];
  }

  *#unexplained(): Generator<string> {
    for (const [what, events] of [['arrived', this.#arrivals] as const, ['refused', this.#refusals] as const]) {
      for (const [address, times] of events) {
        times.sort((a, b) => a - b);
        for (const at of times.slice(0, -1))
          if (this.#killAfter(at) > UNCOMMITTED)
            yield `${address} ${what} ${times.length} times, first at ${new Date(at).toISOString()}`;
      }
    }
    // Each report tells of a refusal; two different ones need two.
    for (const [address, reports] of this.#reports) {
      const ids = new Set(reports.map(report => report.id)).size;
      if (ids > (this.#refusals.get(address)?.length ?? 0)) yield `${address} has ${ids} reports, more than refusals`;
      for (const { id, at } of reports)
        if (reports.findLast(report => report.id === id)!.at !== at && this.#killAfter(at) > UNCOMMITTED)
          yield `report ${id} on ${address} arrived again`;
    }
  }

  /** Milliseconds from a moment to the next kill; infinite without one. */
  #killAfter(at: number): number {
    const kill = this.#kills.find(time => time >= at - ON_THE_WIRE);
    return kill === undefined ? Number.POSITIVE_INFINITY : Math.max(0, kill - at);
  }

  #inFlight(events: ReadonlyMap<string, readonly (number | Report)[]>): number {
    const times = [...events.values()].flat().map(event => (typeof event === 'number' ? event : event.at));
    return times.filter(at => this.#killAfter(at) <= UNCOMMITTED).length;
  }
}

function add<T>(to: Map<string, T[]>, address: string, event: T): void {
  const events = to.get(address);
  if (events) events.push(event);
  else to.set(address, [event]);
}

const extra = (events: ReadonlyMap<string, readonly unknown[]>) =>
  [...events.values()].reduce((sum, times) => sum + times.length - 1, 0);

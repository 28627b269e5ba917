/**
 * What an administrator does to queues and waiting messages: holding, freeing, trying at once, removing,
 * moving. Whoever changes a message takes it into his hands first (`withMessage`), so that nothing
 * delivers or returns it meanwhile.
 */
import type { Emit } from '../log/events.ts';
import type { Clock } from '../platform/clock.ts';
import type { NextHop } from '../route/next-hop.ts';
import type { Spool, Work } from '../spool/spool.ts';
import { type AttemptDependencies, settle } from './attempt.ts';
import type { Hold, Holds } from './holds.ts';
import type { NextHopQueue, PendingChange } from './next-hop-queue.ts';
import type { Queues } from './queues.ts';

export interface AdministrationDependencies {
  readonly clock: Clock;
  readonly spool: Spool;
  readonly emit: Emit;
  readonly holds: Holds;
  readonly describe: (hop: string) => NextHop;
  readonly attempt: AttemptDependencies;
  readonly queues: Queues;
  /** Starts what may start now, in one queue or in all. */
  readonly pump: (queue: NextHopQueue) => void;
  readonly pumpAll: () => void;
  /** Nobody has this message in his hands any more. */
  readonly freed: (number: number) => void;
  /** The state of a queue changed. */
  readonly tell: (queue: NextHopQueue) => void;
}

export class Administration {
  readonly #deps: AdministrationDependencies;
  readonly #queues: Queues;
  /** More of them came to the queue where they are held: to be read again when they are not. */
  readonly #moved = new Set<number>();

  constructor(deps: AdministrationDependencies) {
    this.#deps = deps;
    this.#queues = deps.queues;
  }

  /** Tries queues at once, also messages that wait for a time of their own. */
  async retry(hops: readonly string[]): Promise<void> {
    const now = this.#deps.clock.now();
    for (const hop of hops) {
      await this.#deps.spool.retryNow(hop, now);
      const queue = this.#queues.of(hop);
      queue.retryNow(now);
      this.#deps.pump(queue);
    }
  }

  /** Holds or frees all deliveries. */
  async holdOutbound(hold: Hold | null): Promise<void> {
    await this.#deps.holds.change(state => ({ ...state, outbound: hold }));
    if (hold) return;
    const now = this.#deps.clock.now();
    for (const queue of this.#queues.all) queue.spare(now);
    this.#deps.pumpAll();
  }

  /** Holds queues: nothing more starts, what is on its way ends. Resolves when that outlives a restart. */
  async suspend(hops: readonly string[]): Promise<void> {
    await this.#deps.holds.change(state => ({ ...state, queues: [...new Set([...state.queues, ...hops])] }));
    for (const hop of hops) {
      const queue = this.#queues.of(hop);
      if (queue.suspended) continue;
      queue.suspend();
      this.#deps.tell(queue);
    }
  }

  /** Lets suspended queues go on. */
  async resume(hops: readonly string[]): Promise<void> {
    const resumed = new Set(hops);
    await this.#deps.holds.change(state => ({ ...state, queues: state.queues.filter(hop => !resumed.has(hop)) }));
    for (const hop of hops) {
      const queue = this.#queues.of(hop);
      if (!queue.suspended) continue;
      queue.resume(this.#deps.clock.now());
      this.#deps.tell(queue);
      this.#deps.pump(queue);
    }
  }

  /**
   * Takes one message of a queue into an administrator's hands while `change` runs: nothing delivers or
   * returns it meanwhile. The work it gets is what waits now; what it gives back is tried next, before
   * all else in the queue. @returns what became of it: 'busy' while it is being delivered, 'gone' when
   * it no longer waits.
   */
  async withMessage(
    hop: string,
    number: number,
    change: (work: Work) => Promise<Work | undefined>,
  ): Promise<'done' | 'busy' | 'gone'> {
    const { generation } = this.#queues;
    const queue = this.#queues.of(hop);
    const at = queue.ready.findIndex(work => work.message.number === number);
    if (at === -1 && (queue.held.has(number) || this.#queues.blocked.has(number))) return 'busy';
    if (at !== -1) queue.ready.splice(at, 1);
    queue.held.add(number);
    // Whatever is decided now, a verdict that could not be reported yet is not the last word any more.
    this.#deps.attempt.unreported.delete(number);
    try {
      const [work] = await this.#deps.spool.list({ hops: [hop], number, limit: 1 });
      if (!work) return 'gone';
      const next = await change(work);
      if (next && generation === this.#queues.generation) queue.ready.unshift(next);
      return 'done';
    } finally {
      this.#queues.changed(queue);
      if (queue.ready[0]?.message.number !== number) queue.held.delete(number);
      queue.more = true;
      this.#deps.freed(number);
      // Perhaps another object by now, if the connectors changed meanwhile.
      this.#deps.pump(this.#queues.of(hop));
    }
  }

  /**
   * Notes what is to be done with a message that is being delivered, when its attempt ends and recipients
   * are left; what was noted last counts. Forgotten when the relay ends before. @returns false when it is not on
   * its way.
   */
  note({ hop, message, recipients }: Work, kind: PendingChange['kind'], withReport = false): boolean {
    const queue = this.#queues.of(hop);
    if (!queue.active.has(message.number)) return false;
    queue.pending.set(message.number, { recipients: new Set(recipients.map(({ index }) => index)), kind, withReport });
    return true;
  }

  /** Takes back a suspension that was noted. @returns false when there was none. */
  unnote(hop: string, number: number): boolean {
    const queue = this.#queues.of(hop);
    return queue.pending.get(number)?.kind === 'PendingSuspend' && queue.pending.delete(number);
  }

  /** An attempt ended: does what was noted for its message. Nothing delivers the message meanwhile. */
  async carryOut({ hop, message }: Work, pending: PendingChange): Promise<void> {
    const change = async (work: Work) => {
      const meant = work.recipients.filter(({ index }) => pending.recipients.has(index));
      if (meant.length === 0) return undefined;
      const part = { ...work, recipients: meant };
      if (pending.kind === 'PendingSuspend') return this.suspendMessage(part);
      return this.removeMessage(part, pending.withReport);
    };
    try {
      await this.withMessage(hop, message.number, change);
      // The connectors may have changed, and the rest of it stands in other queues now.
      for (const other of await this.#deps.spool.list({ hops: null, number: message.number, limit: 1 })) {
        const isMeant = other.recipients.some(({ index, suspended }) => pending.recipients.has(index) && !suspended);
        if (other.hop === hop || !isMeant) continue;
        const result = await this.withMessage(other.hop, message.number, change);
        if (result === 'busy') this.note(other, pending.kind, pending.withReport);
      }
    } catch (error) {
      const verb = pending.kind === 'PendingRemove' ? 'removed' : 'suspended';
      const what = `Message ${message.id} could not be ${verb} after its delivery ended: ${(error as Error).message}`;
      this.#deps.emit({ type: 'service', level: 'error', what });
    }
  }

  /** Removes recipients of a message from its queue, with a report to the sender or without. Call it in `withMessage`. */
  async removeMessage(work: Work, withReport: boolean): Promise<undefined> {
    const reply = { code: 550, enhanced: '5.7.1', text: 'Removed by an administrator' };
    const outcomes = work.recipients.map(({ index }) => ({
      index,
      outcome: { kind: 'failed' as const, reply, remote: null },
    }));
    let isLast: boolean;
    if (withReport && work.message.envelope.reversePath !== '')
      ({ isLast } = await settle(this.#deps.attempt, this.#deps.describe(work.hop), work, outcomes));
    else {
      // Nobody to tell, or nobody is to be told.
      const left = await this.#deps.spool.record(
        work.message,
        outcomes.map(({ index }) => ({ index, kind: 'done', status: 'Failed', reply })),
      );
      isLast = !left.includes(work.hop);
      this.#deps.emit({
        type: 'dropped',
        message: work.message,
        recipients: work.recipients.map(({ index }) => work.message.envelope.recipients[index]!.address),
        reason: 'removed by an administrator',
      });
    }
    this.#queues.departed(this.#queues.of(work.hop), work.recipients.length, isLast);
  }

  /** Makes one message due, and its queue too. Call it in `withMessage` and give back the result. */
  async retryMessage(work: Work): Promise<Work> {
    const now = this.#deps.clock.now();
    const recipients = work.recipients.filter(recipient => !recipient.suspended);
    await this.#deps.spool.release(
      work.message,
      recipients.map(({ index }) => index),
      now,
    );
    this.#queues.of(work.hop).retryNow(now);
    return { ...work, recipients };
  }

  /** Holds a message back. Call it in `withMessage`. */
  async suspendMessage(work: Work): Promise<undefined> {
    await this.#deps.spool.suspend(
      work.message,
      work.recipients.map(({ index }) => index),
    );
  }

  /** Lets a suspended message go on. Call it in `withMessage`. */
  async resumeMessage(work: Work): Promise<undefined> {
    const now = this.#deps.clock.now();
    const indexes = work.recipients.flatMap(({ index, suspended }) => (suspended ? [index] : []));
    await this.#deps.spool.release(work.message, indexes, now);
    this.#queues.of(work.hop).spare(now);
  }

  /** Gives a message to another connector until it is done. Call it in `withMessage`. */
  async moveMessage(work: Work, connector: string): Promise<undefined> {
    const { message, recipients } = work;
    const arrivals = await this.#deps.spool.pin(
      message,
      recipients.map(({ index }) => index),
      connector,
    );
    this.#queues.departed(this.#queues.of(work.hop), recipients.length, true);
    for (const arrival of arrivals) {
      const queue = this.#queues.of(arrival.hop);
      this.#queues.arrived(queue, arrival.recipients, !arrival.joins);
      queue.more = true;
      if (queue.held.has(message.number)) this.#moved.add(message.number);
      this.#deps.pump(queue);
    }
    this.#deps.emit({
      type: 'redirected',
      message,
      recipients: recipients.map(({ index }) => message.envelope.recipients[index]!.address),
      connector,
      from: this.#deps.describe(work.hop).nextHopDomain,
    });
  }

  /** A delivery ended. @returns whether more of its message was moved to the same queue meanwhile. */
  wasMoved(number: number): boolean {
    return this.#moved.delete(number);
  }
}

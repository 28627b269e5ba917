/**
 * Tells senders once that their mail waits for long (RFC 3461 4.1 NOTIFY=DELAY, RFC 3464 "delayed").
 * What is told is remembered first and reported then: a crash between costs a notice that is only a
 * courtesy, while the other order would send it again and again.
 */
import type { Emit } from '../log/events.ts';
import { parseReply, type Reply } from '../message/reply.ts';
import type { Spool, Work } from '../spool/spool.ts';
import { AgeWalk, type Look } from './age-walk.ts';
import type { Reporter } from './attempt.ts';
import type { HopGroup, HopSchedule } from './hop-schedule.ts';

export interface DelayNoticesDependencies {
  readonly spool: Spool;
  readonly reporter: Reporter;
  readonly emit: Emit;
  readonly running: () => boolean;
  /** An attempt is under way; its end may make the notice needless. */
  readonly isBusy: (work: Work) => boolean;
  /** What the hop's servers said last. */
  readonly lastError: (hop: string) => string | null;
}

export class DelayNotices {
  readonly #deps: DelayNoticesDependencies;
  readonly #walks = new Map<string, AgeWalk>();

  constructor(deps: DelayNoticesDependencies) {
    this.#deps = deps;
  }

  /**
   * Never throws; what could not be looked at is looked at the next time.
   * @param about what the groups depend on; when it changed, all is looked at again
   */
  async send(now: number, about: string, groups: readonly HopGroup[]): Promise<void> {
    const walks = new Map(this.#walks);
    this.#walks.clear();
    for (const { schedule, hops } of groups) {
      const key = delayOf(schedule);
      const walk = walks.get(key) ?? new AgeWalk(this.#deps.spool);
      this.#walks.set(key, walk);
      const before = now - schedule.delayNotificationTimeout * 1000;
      const look = (works: readonly Work[]) => this.#look(works, schedule.messageExpirationTimeout * 1000);
      await walk.run(about, { before, hops, untold: true }, look).catch((error: Error) => {
        const what = `Senders of delayed messages could not be told: ${error.message}`;
        this.#deps.emit({ type: 'service', level: 'error', what });
      });
    }
  }

  async #look(works: readonly Work[], expiration: number): Promise<Look> {
    // All recipients of a message are told of in one report, so all of them must be at rest.
    const busy = new Set(works.filter(this.#deps.isBusy).map(work => work.message.number));
    for (const message of byMessage(works.filter(work => !busy.has(work.message.number)))) {
      if (!this.#deps.running()) return 'stop';
      await this.#tell(message, expiration);
    }
    return busy.size === 0 ? 'done' : 'again';
  }

  /** One report for all recipients whose next hops have a schedule in common. */
  async #tell(works: readonly Work[], expiration: number): Promise<void> {
    const { message } = works[0]!;
    const outcomes = works.flatMap(work =>
      work.recipients.map(({ index, lastReply }) => ({
        index,
        outcome: {
          kind: 'deferred' as const,
          reply: lastWords(lastReply ?? this.#deps.lastError(work.hop)),
          remote: null,
        },
      })),
    );
    await this.#deps.spool.markDelayed(
      message,
      outcomes.map(({ index }) => index),
    );
    await this.#deps.reporter.delayed(message, outcomes, message.receivedAt + expiration).catch((error: Error) => {
      const what = `The sender of message ${message.id} could not be told of its delay: ${error.message}`;
      this.#deps.emit({ type: 'service', level: 'error', what });
    });
  }
}

/** What of a schedule decides when a sender is told, and what. */
export const delayOf = (schedule: HopSchedule): string =>
  `${schedule.delayNotificationTimeout} ${schedule.messageExpirationTimeout}`;

function byMessage(works: readonly Work[]): Work[][] {
  const messages = new Map<number, Work[]>();
  for (const work of works) messages.set(work.message.number, [...(messages.get(work.message.number) ?? []), work]);
  return [...messages.values()];
}

function lastWords(text: string | null): Reply {
  const reply = text === null ? null : parseReply(text);
  // A status of class 4 says "delayed" (RFC 3464 2.3.4); whatever else was said stays readable.
  if (reply && reply.code >= 400 && reply.code < 500) return reply;
  return { code: 451, enhanced: '4.4.7', text: text ?? 'Not delivered yet; no server has answered' };
}

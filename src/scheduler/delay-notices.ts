/**
 * Tells senders once that their mail waits for long (RFC 3461 4.1 NOTIFY=DELAY, RFC 3464 "delayed").
 * What is told is remembered first and reported then: a crash between costs a notice that is only a
 * courtesy, while the other order would send it again and again.
 */
import type { Emit } from '../log/events.ts';
import { parseReply, type Reply } from '../message/reply.ts';
import type { Spool, Work } from '../spool/spool.ts';
import type { Reporter } from './attempt.ts';

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

const AT_A_TIME = 100;
/** Mail may come into the queue a while after it was accepted. */
const LATECOMERS = 120_000;

export class DelayNotices {
  readonly #deps: DelayNoticesDependencies;
  /** Everything accepted before was told of; milliseconds since 1970. */
  #done = 0;

  constructor(deps: DelayNoticesDependencies) {
    this.#deps = deps;
  }

  /** Never throws; what could not be looked at is looked at the next time. */
  async send(now: number, timeout: number, expiration: number): Promise<void> {
    const before = now - timeout;
    let after = Math.min(this.#done, before);
    let complete = true;
    try {
      for (;;) {
        const works = await this.#deps.spool.undelayed(after, before, AT_A_TIME);
        // All recipients of a message are told of in one report, so all of them must be at rest.
        const busy = new Set(works.filter(this.#deps.isBusy).map(work => work.message.number));
        const free = works.filter(work => !busy.has(work.message.number));
        if (free.length < works.length) complete = false;
        for (const message of byMessage(free)) {
          if (!this.#deps.running()) return;
          await this.#tell(message, expiration);
        }
        // A page of nothing but busy messages is passed by; else the rest moves up into the page.
        if (works.length < AT_A_TIME) break;
        if (free.length === 0) after = works[works.length - 1]!.message.receivedAt;
      }
      if (complete) this.#done = before - LATECOMERS;
    } catch (error) {
      const what = `Senders of delayed messages could not be told: ${(error as Error).message}`;
      this.#deps.emit({ type: 'service', level: 'error', what });
    }
  }

  /** One report for all recipients, whatever their next hops. */
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

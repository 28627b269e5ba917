/**
 * One attempt to deliver a message to a next hop, and what follows from it: the log, then the verdicts
 * into the spool, and failures only after their report is written. In that order a crash can repeat a
 * delivery or a report, but never lose one.
 */

import type { Emit } from '../log/events.ts';
import type { AcceptedMessage } from '../message/envelope.ts';
import type { Outcome, TransactionResult } from '../message/outcome.ts';
import { formatReply } from '../message/reply.ts';
import { type NextHop, staysHere } from '../route/next-hop.ts';
import type { RecipientChange, Spool, Work } from '../spool/spool.ts';

export interface RecipientOutcome {
  /** Index into the envelope's recipients. */
  readonly index: number;
  readonly outcome: Outcome;
}

/** Tells senders what happened to their mail (bounce/). */
export interface Reporter {
  failed(message: AcceptedMessage, results: readonly RecipientOutcome[]): Promise<void>;
  /** @param until when the relay gives up; milliseconds since 1970 */
  delayed(message: AcceptedMessage, results: readonly RecipientOutcome[], until: number): Promise<void>;
  relayed(message: AcceptedMessage, results: readonly RecipientOutcome[]): Promise<void>;
  /** Final delivery: nobody takes the message further. */
  delivered(message: AcceptedMessage, results: readonly RecipientOutcome[]): Promise<void>;
}

/** Delivers part of a message's recipients (deliver/, given by main.ts). */
export type Deliver = (
  hop: NextHop,
  message: AcceptedMessage,
  indexes: readonly number[],
) => Promise<TransactionResult>;

export interface AttemptDependencies {
  readonly spool: Spool;
  readonly deliver: Deliver;
  readonly reporter: Reporter;
  readonly emit: Emit;
  readonly now: () => number;
  /** Waits so many milliseconds. */
  readonly pause: (delay: number) => Promise<void>;
  /** False once the service stops. */
  readonly running: () => boolean;
  /** Failures whose report could not be written, by message number: the server is not asked again. */
  readonly unreported: Map<number, readonly RecipientOutcome[]>;
  /** When to try again a recipient of this hop that has failed so often. */
  readonly nextAttempt: (hop: NextHop, failures: number) => number;
  /** A message has more recipients than go into one transaction: another one is sent to the hop. */
  readonly sendsAnother: (hop: NextHop) => void;
}

export type AttemptResult =
  /** Recipients that are done with, and what a deferral said. */
  | {
      readonly kind: 'reached';
      readonly done: number;
      /** Nothing of the message is left for this hop. */
      readonly isLast: boolean;
      readonly trouble: string | null;
      /** What the hop said to ask for fewer messages; null when it did not. */
      readonly throttled: string | null;
      readonly nextDue: number | null;
    }
  /** The hop could not be reached (any more); recipients that were done with before. */
  | {
      readonly kind: 'unreachable';
      readonly why: Extract<TransactionResult, { kind: 'unreachable' }>;
      readonly done: number;
      readonly isLast: false;
    };

export async function attempt(
  deps: AttemptDependencies,
  hop: NextHop,
  work: Work,
  mostPerTransaction: number,
): Promise<AttemptResult> {
  const heard = unreportedOf(deps, work);
  let isLast = !(await conclude(deps, work, heard, [work.hop])).includes(work.hop);
  let done = heard.length;
  let trouble: string | null = null;
  let throttled: string | null = null;
  let nextDue: number | null = null;
  const open = work.recipients.filter(recipient => !heard.some(({ index }) => index === recipient.index));
  for (let at = 0; at < open.length; at += mostPerTransaction) {
    const part = open.slice(at, at + mostPerTransaction);
    if (at > 0) deps.sendsAnother(hop);
    const result = await deps.deliver(
      hop,
      work.message,
      part.map(recipient => recipient.index),
    );
    if (result.kind === 'unreachable') {
      logUnreachable(deps, hop, work, part, result);
      return { kind: 'unreachable', why: result, done, isLast: false };
    }
    if (result.throttled) throttled = formatReply(result.throttled);
    const outcomes = part.map((recipient, index) => ({ index: recipient.index, outcome: result.outcomes[index]! }));
    const settled = await settle(deps, hop, { ...work, recipients: part }, outcomes).catch(error => {
      const failed = outcomes.filter(({ outcome }) => outcome.kind === 'failed');
      if (failed.length > 0) deps.unreported.set(work.message.number, failed);
      throw error;
    });
    const { waits } = settled;
    isLast = settled.isLast;
    done += part.length - waits.length;
    for (const wait of waits) {
      nextDue = Math.min(nextDue ?? wait.nextAttempt, wait.nextAttempt);
      trouble = formatReply(wait.reply);
    }
  }
  return { kind: 'reached', done, isLast, trouble, throttled, nextDue };
}

/**
 * Logs verdicts, stores them and reports. @returns those that wait for another attempt, and whether
 * nothing of the message is left for this hop.
 */
export async function settle(
  deps: AttemptDependencies,
  hop: NextHop,
  work: Work,
  outcomes: readonly RecipientOutcome[],
): Promise<{ readonly waits: readonly WaitingChange[]; readonly isLast: boolean }> {
  const attempts = new Map(work.recipients.map(recipient => [recipient.index, recipient.attempts]));
  const changes = outcomes.map(({ index, outcome }): RecipientChange => {
    if (outcome.kind !== 'deferred') {
      return {
        index,
        kind: 'done',
        status: outcome.kind === 'delivered' ? 'Delivered' : 'Failed',
        reply: outcome.reply,
      };
    }
    const nextAttempt = deps.nextAttempt(hop, (attempts.get(index) ?? 0) + 1);
    return { index, kind: 'waiting', reply: outcome.reply, nextAttempt };
  });
  log(deps, hop, work, outcomes, changes);

  await reportSuccess(deps, work, outcomes);
  // What went well first: a report that can't be written must not make delivered mail go out again.
  const isFailed = (change: RecipientChange) => change.kind === 'done' && change.status === 'Failed';
  const before = await recordSurely(
    deps,
    work,
    changes.filter(change => !isFailed(change)),
  );
  const failed = outcomes.filter(({ outcome }) => outcome.kind === 'failed');
  const left = await conclude(deps, work, failed, before);
  return { waits: changes.filter(change => change.kind === 'waiting'), isLast: !left.includes(work.hop) };
}

type WaitingChange = Extract<RecipientChange, { kind: 'waiting' }>;

/** Failures of these recipients that a server told before, when their report could not be written. */
const unreportedOf = ({ unreported }: AttemptDependencies, { message, recipients }: Work) =>
  (unreported.get(message.number) ?? []).filter(({ index }) => recipients.some(other => other.index === index));

/** Reports failures and stores them, in this order. @returns next hops that are still waited for; `before` without failures. */
async function conclude(
  deps: AttemptDependencies,
  work: Work,
  failed: readonly RecipientOutcome[],
  before: readonly string[],
): Promise<readonly string[]> {
  if (failed.length === 0) return before;
  await deps.reporter.failed(work.message, failed);
  const left = await recordSurely(
    deps,
    work,
    failed.map(({ index, outcome }) => ({ index, kind: 'done', status: 'Failed', reply: outcome.reply })),
  );
  deps.unreported.delete(work.message.number);
  return left;
}

/** Good news that can't be written down is given up: sending the mail again would be worse. */
async function reportSuccess(deps: AttemptDependencies, work: Work, outcomes: readonly RecipientOutcome[]) {
  const { message } = work;
  const wanted = outcomes.flatMap(({ index, outcome }) =>
    outcome.kind === 'delivered' &&
    !outcome.dsnHandedOver &&
    message.envelope.recipients[index]!.notify.includes('SUCCESS')
      ? [{ index, outcome }]
      : [],
  );
  const delivered = wanted.filter(({ outcome }) => outcome.droppedAs !== undefined);
  const relayed = wanted.filter(({ outcome }) => outcome.droppedAs === undefined);
  try {
    if (delivered.length > 0) await deps.reporter.delivered(message, delivered);
    if (relayed.length > 0) await deps.reporter.relayed(message, relayed);
  } catch (error) {
    const what = `The report of success for message ${message.id} could not be written: ${(error as Error).message}`;
    deps.emit({ type: 'service', level: 'error', what });
  }
}

function log(
  deps: AttemptDependencies,
  hop: NextHop,
  work: Work,
  outcomes: readonly RecipientOutcome[],
  changes: readonly RecipientChange[],
): void {
  const results = outcomes.map(({ index, outcome }, at) => {
    const change = changes[at]!;
    return { index, outcome, nextAttempt: change.kind === 'waiting' ? change.nextAttempt : null };
  });
  const { message } = work;
  deps.emit({ type: 'attempted', message, ...aboutHop(hop), results });
}

const aboutHop = (hop: NextHop) => ({
  connector: hop.connector ?? '',
  nextHop: hop.nextHopDomain,
  source: staysHere(hop) ? ('GATEWAY' as const) : ('SMTP' as const),
});

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * A verdict that is not stored would be forgotten and the mail sent again, every few seconds while a
 * disk is full. So it is held and offered to the spool until the spool takes it or the service stops.
 */
async function recordSurely(
  deps: AttemptDependencies,
  work: Work,
  changes: readonly RecipientChange[],
): Promise<readonly string[]> {
  if (changes.length === 0) return [work.hop];
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await deps.spool.record(work.message, changes);
    } catch (error) {
      deps.emit({
        type: 'service',
        level: 'error',
        what: `The result of message ${work.message.id} could not be stored, trying again: ${(error as Error).message}`,
      });
      if (!deps.running()) throw error;
      await deps.pause(pause);
    }
  }
}

/** The queue waits, not the message: nothing is stored, but its story tells of the attempt. */
function logUnreachable(
  deps: AttemptDependencies,
  hop: NextHop,
  work: Work,
  part: Work['recipients'],
  result: Extract<TransactionResult, { kind: 'unreachable' }>,
): void {
  const outcome: Outcome = { kind: 'deferred', reply: result.reply, remote: result.remote };
  deps.emit({
    type: 'attempted',
    message: work.message,
    ...aboutHop(hop),
    results: part.map(recipient => ({ index: recipient.index, outcome, nextAttempt: null })),
  });
}

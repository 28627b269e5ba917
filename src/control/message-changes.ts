/**
 * Does something to every message an administrator means, a page at a time: whoever calls goes on with the
 * next page, can tell how far it is, and can stop between two. What is being delivered can't be called back;
 * it is noted where that is possible, and done when its attempt ends.
 */
import { RelayProblem } from '../contract/problems.ts';
import { SpoolFull, type Work } from '../spool/spool.ts';
import type { Result } from './handlers.ts';
import { findMessages, isOneMessage, type MessageSelection, noMessage } from './message-selection.ts';
import { type Message, toMessage } from './queue-view.ts';
import { requireSelection, type SelectionDependencies } from './selection.ts';

/** Messages that are changed at the same time; their writes share a commit. */
const AT_A_TIME = 64;
/** As the contract says. */
const PAGE = 1000;

export interface PageQuery extends MessageSelection {
  readonly after?: number;
  readonly limit?: number;
  readonly count?: boolean;
  readonly show?: boolean;
}

export interface Change {
  /** For sentences: removed, suspended. */
  readonly done: string;
  readonly change: (work: Work) => Promise<Work | undefined>;
  /** Notes it for a message that is being delivered. @returns false when that is of no use. */
  readonly later?: (work: Work) => boolean;
}

type Outcome = 'done' | 'pending' | 'busy' | 'gone';

/** @throws RelayProblem Busy or NotFound for one message that was named; StorageFailed. */
export async function changeMessages(
  deps: SelectionDependencies,
  { after = 0, limit = PAGE, count = false, show = true, ...selection }: PageQuery,
  change: Change,
): Promise<Result<'message.remove'>> {
  requireSelection(selection);
  const { works, next, matched } = await pageOf(deps, selection, { after, limit, count });
  const outcomes = await changeAll(deps, works, change);
  const numbers = (kind: Outcome) =>
    new Set(works.filter((_, at) => outcomes[at] === kind).map(({ message }) => message.number));
  const [done, pending, busy] = [numbers('done'), numbers('pending'), numbers('busy')];
  if (isOneMessage(selection)) {
    if (busy.size > 0) throw isBusy(works.find(({ message }) => busy.has(message.number))!, change.done);
    if (done.size + pending.size === 0) throw noMessage(selection.identity!);
  }
  return {
    done: done.size,
    pending: pending.size,
    busy: busy.size,
    next,
    matched: count ? matched : null,
    messages: show ? await messagesNow(deps, [...done, ...pending]) : [],
  };
}

/** Works of so many messages; a message is never cut. Of what follows only the number is kept, when it is asked for. */
async function pageOf(
  deps: SelectionDependencies,
  selection: MessageSelection,
  { after, limit, count }: { readonly after: number; readonly limit: number; readonly count: boolean },
) {
  const works: Work[] = [];
  let [matched, last] = [0, after];
  let next: number | null = null;
  for await (const work of findMessages(deps, selection, { after, page: count ? PAGE : Math.min(PAGE, limit + 1) })) {
    const { number } = work.message;
    if (number !== last) {
      if (matched === limit) next = last;
      if (next !== null && !count) break;
      matched++;
      last = number;
    }
    if (next === null) works.push(work);
  }
  return { works, next, matched };
}

async function changeAll(
  deps: SelectionDependencies,
  works: readonly Work[],
  { change, later }: Change,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < works.length; at += AT_A_TIME) {
    const part = works.slice(at, at + AT_A_TIME).map(async work => {
      const result = await deps.scheduler.administration
        .withMessage(work.hop, work.message.number, change)
        .catch(asProblem);
      return result === 'busy' && later?.(work) ? 'pending' : result;
    });
    // All of them come to their end before a failure is told.
    for (const result of await Promise.allSettled(part)) {
      if (result.status === 'rejected') throw result.reason;
      outcomes.push(result.value);
    }
  }
  return outcomes;
}

/** As they are now, in whatever queues; those that are gone are left out. */
async function messagesNow(deps: SelectionDependencies, numbers: readonly number[]): Promise<Message[]> {
  const shown: Message[] = [];
  for (const number of numbers) {
    const works = await deps.spool.list({ hops: null, number, limit: 1 });
    shown.push(...works.map(work => toMessage(work, deps)));
  }
  return shown;
}

const isBusy = ({ message }: Work, done: string) =>
  new RelayProblem('Busy', `Message ${message.id} is being delivered and can't be ${done} now.`, [
    { path: 'identity', value: message.id, message: 'is being delivered' },
  ]);

/** The report to the sender needs room too. */
function asProblem(error: unknown): never {
  if (!(error instanceof SpoolFull)) throw error;
  throw new RelayProblem(
    'StorageFailed',
    `The report could not be stored, so the message was not removed: ${error.message}`,
    [],
    { cause: error },
  );
}

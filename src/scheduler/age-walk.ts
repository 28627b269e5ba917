/**
 * Walks over waiting work by age, again and again, and does not look twice at what needs no second
 * look: of a million old messages that rest, only the new ones are read the next time.
 */
import type { Age, AgeQuery, Spool, Work } from '../spool/spool.ts';

/** What a look at a page came to: nothing of it is left, it must be looked at again, or the walk ends here. */
export type Look = 'done' | 'again' | 'stop';

const AT_A_TIME = 500;
/** Mail may come into the queue a while after it was accepted. */
const LATECOMERS = 120_000;

export class AgeWalk {
  readonly #spool: Spool;
  #about = '';
  /** Nothing before it needs another look. */
  #done: Age | null = null;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** @param about what the looks depend on beside the time; when it changed, all is looked at again */
  async run(
    about: string,
    query: Pick<AgeQuery, 'before' | 'hops' | 'untold'>,
    look: (works: readonly Work[]) => Promise<Look>,
  ): Promise<void> {
    if (about !== this.#about) this.#done = null;
    this.#about = about;
    const settled = { receivedAt: query.before - LATECOMERS, number: 0 };
    let complete = true;
    for (let after = this.#done; ; ) {
      const page = await this.#spool.aged({ ...query, after, limit: AT_A_TIME });
      const result = page.works.length === 0 ? 'done' : await look(page.works);
      if (result === 'stop') return;
      complete &&= result === 'done';
      if (complete) this.#done = earlier(page.next ?? settled, settled);
      if (page.next === null) return;
      after = page.next;
    }
  }
}

const earlier = (a: Age, b: Age): Age => (a.receivedAt < b.receivedAt ? a : b);

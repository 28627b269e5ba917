/** The message that waits longest. */
import type { Age, Spool } from './spool.ts';

const PAGE = 100;

/** When the oldest waiting message came, suspended ones left out; milliseconds since 1970, null when none waits. */
export async function oldestOf(spool: Pick<Spool, 'aged'>, now: number): Promise<number | null> {
  for (let after: Age | null = null; ; ) {
    const page = await spool.aged({ after, before: now, hops: { except: [] }, untold: false, limit: PAGE });
    if (page.works.length > 0) return page.works[0]!.message.receivedAt;
    if (page.next === null) return null;
    after = page.next;
  }
}

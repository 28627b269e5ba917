/**
 * Sessions between two messages, by next hop. A session waits a few seconds for the next message,
 * well below any peer's own patience, and then says QUIT.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Session } from './session.ts';

const PATIENCE = 5_000;

interface Idle {
  readonly session: Session;
  readonly timer: Timer;
}

export class IdleSessions {
  readonly #clock: Clock;
  readonly #byHop = new Map<string, Idle[]>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#count;
  }

  countOf(hop: string): number {
    return this.#byHop.get(hop)?.length ?? 0;
  }

  /** The session used last, which is the least likely to be dead. */
  take(hop: string): Session | null {
    const idle = this.#byHop.get(hop);
    for (let entry = idle?.pop(); entry; entry = idle?.pop()) {
      this.#count--;
      entry.timer.cancel();
      if (idle!.length === 0) this.#byHop.delete(hop);
      if (entry.session.usable) return entry.session;
      entry.session.destroy();
    }
    return null;
  }

  put(hop: string, session: Session): void {
    const timer = this.#clock.after(PATIENCE, () => this.#expire(hop, session));
    const idle = this.#byHop.get(hop);
    if (idle) idle.push({ session, timer });
    else this.#byHop.set(hop, [{ session, timer }]);
    this.#count++;
  }

  #expire(hop: string, session: Session): void {
    const idle = this.#byHop.get(hop) ?? [];
    const at = idle.findIndex(entry => entry.session === session);
    if (at === -1) return;
    idle.splice(at, 1);
    this.#count--;
    if (idle.length === 0) this.#byHop.delete(hop);
    session.quit();
  }

  /** Says QUIT to all. */
  closeAll(): void {
    for (const idle of this.#byHop.values()) {
      for (const { session, timer } of idle) {
        timer.cancel();
        session.quit();
      }
    }
    this.#byHop.clear();
    this.#count = 0;
  }
}

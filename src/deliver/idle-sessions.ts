/**
 * Sessions between two messages, by next hop. A session waits a few seconds for the next message and then
 * says QUIT. A server that ends waiting sessions sooner is remembered, and left before it does: what it
 * cuts just when the next message comes costs that message a second attempt.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Session } from './session.ts';

/** Of the time after which a server cut a session. */
const CAUTION = 0.8;
/** Milliseconds. A server that ends sessions sooner is not impatient, it goes down. */
const SHORTEST = 2000;
const REMEMBERED_FOR = 3_600_000;
const MOST = 10_000;

interface Idle {
  readonly session: Session;
  readonly timer: Timer;
}

interface Impatience {
  /** Milliseconds. */
  readonly patience: number;
  readonly until: number;
}

export class IdleSessions {
  readonly #clock: Clock;
  readonly #byHop = new Map<string, Idle[]>();
  readonly #impatient = new Map<string, Impatience>();
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

  /** Of those that suit, the session used last, which is the least likely to be dead. */
  take(hop: string, suits: (session: Session) => boolean = () => true): Session | null {
    for (;;) {
      const session = this.#byHop.get(hop)?.findLast(idle => suits(idle.session))?.session;
      if (!session) return null;
      this.#remove(hop, session);
      session.onEnd = null;
      if (session.usable) return session;
      session.destroy();
    }
  }

  /** @param patience milliseconds to wait for the next message */
  put(hop: string, session: Session, patience: number): void {
    const since = this.#clock.now();
    const timer = this.#clock.after(Math.min(patience, this.#patienceOf(session)), () => {
      if (!this.#remove(hop, session)) return;
      session.onEnd = null;
      session.quit();
    });
    session.onEnd = () => {
      if (!this.#remove(hop, session)) return;
      this.#learn(session, this.#clock.now() - since);
      session.destroy();
    };
    const idle = this.#byHop.get(hop);
    if (idle) idle.push({ session, timer });
    else this.#byHop.set(hop, [{ session, timer }]);
    this.#count++;
  }

  #remove(hop: string, session: Session): boolean {
    const idle = this.#byHop.get(hop) ?? [];
    const at = idle.findIndex(entry => entry.session === session);
    if (at === -1) return false;
    idle[at]!.timer.cancel();
    idle.splice(at, 1);
    this.#count--;
    if (idle.length === 0) this.#byHop.delete(hop);
    return true;
  }

  #patienceOf(session: Session): number {
    const known = this.#impatient.get(keyOf(session));
    if (known === undefined || known.until > this.#clock.now()) return known?.patience ?? Number.POSITIVE_INFINITY;
    this.#impatient.delete(keyOf(session));
    return Number.POSITIVE_INFINITY;
  }

  #learn(session: Session, waited: number): void {
    if (waited < SHORTEST) return;
    if (this.#impatient.size >= MOST) this.#impatient.clear();
    this.#impatient.set(keyOf(session), { patience: waited * CAUTION, until: this.#clock.now() + REMEMBERED_FOR });
  }

  /** Says QUIT to all. */
  closeAll(): void {
    for (const idle of this.#byHop.values()) {
      for (const { session, timer } of idle) {
        timer.cancel();
        session.onEnd = null;
        session.quit();
      }
    }
    this.#byHop.clear();
    this.#count = 0;
  }
}

const keyOf = ({ remote }: Session): string => `${remote.address}|${remote.port}`;

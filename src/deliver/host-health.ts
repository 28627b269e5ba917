/**
 * Remembers servers that could not be used, so that not every message tries them first; each connector
 * for itself, because what it asks of a server (TLS, a log-on) may be what fails. When its time has come,
 * one delivery tries such a server again in its old place, with servers that work right behind it. Where
 * no server works, all are tried in their order: then it is the queue that waits.
 */
import type { Clock } from '../platform/clock.ts';
import type { Target } from '../route/next-hop.ts';

/** Milliseconds until a server is tried again, by failures in a row; the last one repeats. */
const AGAIN_AFTER = [30_000, 60_000, 120_000, 300_000];
const MOST = 10_000;

interface Failure {
  failures: number;
  /** When it is worth another try; milliseconds since 1970. */
  until: number;
}

type Server = Pick<Target, 'address' | 'port'>;

export class HostHealth {
  readonly #clock: Clock;
  readonly #failed = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It could not be reached, greeted with a refusal, or TLS with it failed. */
  failed(connector: string, server: Server): void {
    const failures = (this.#failed.get(keyOf(connector, server))?.failures ?? 0) + 1;
    if (this.#failed.size >= MOST) this.#failed.clear();
    this.#failed.set(keyOf(connector, server), { failures, until: this.#clock.now() + againAfter(failures) });
  }

  worked(connector: string, server: Server): void {
    this.#failed.delete(keyOf(connector, server));
  }

  /** Failed, and it is not yet time to try it again. */
  isDown(connector: string, server: Server): boolean {
    return (this.#failed.get(keyOf(connector, server))?.until ?? 0) > this.#clock.now();
  }

  /** Failed and has not worked since, whether it is time to try it again or not. */
  hasFailed(connector: string, server: Server): boolean {
    return this.#failed.has(keyOf(connector, server));
  }

  /**
   * The order to try servers in. At most one that failed comes before those that work, so that no message
   * waits for two of them; whoever gets it so is the only one for a while.
   */
  inOrder(connector: string, targets: readonly Target[]): readonly Target[] {
    const working = targets.filter(target => !this.hasFailed(connector, target));
    if (working.length === 0 || working.length === targets.length) return targets;
    const first = targets.find(target => !this.isDown(connector, target));
    const probe = first !== undefined && this.hasFailed(connector, first) ? [first] : [];
    for (const target of probe) this.#claim(connector, target);
    const rest = targets.filter(target => !working.includes(target) && !probe.includes(target));
    return [...probe, ...working, ...rest];
  }

  #claim(connector: string, server: Server): void {
    const failure = this.#failed.get(keyOf(connector, server))!;
    failure.until = this.#clock.now() + againAfter(failure.failures + 1);
  }
}

const againAfter = (failures: number): number => AGAIN_AFTER[Math.min(failures, AGAIN_AFTER.length) - 1]!;

const keyOf = (connector: string, { address, port }: Server): string => `${connector}|${address}|${port}`;

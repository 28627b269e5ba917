/**
 * Checks passwords so that nobody's guessing slows the service: scrypt takes a thread of the pool that
 * also syncs files, for some 50 ms, so only a few run at once and the rest waits. Sources take turns, and
 * those with failed log-ons come after those without. Who has waiting more than its share is told to come
 * again. A password that was right is known again without scrypt (its HMAC under a key of this process,
 * in memory only), so that a device that logs on for every message costs next to nothing.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { verifyPassword } from './password.ts';

/** More is waiting than can be worked off soon. */
export class TooManyChecks extends Error {
  override name = 'TooManyChecks';
}

export interface PasswordCheck {
  readonly source: string;
  /** Log-ons failed there before. */
  readonly suspicious: boolean;
  readonly password: string;
  readonly verifier: string;
  /** Asked when its turn comes: false makes it answer false without work. */
  readonly wanted: () => boolean;
}

interface Waiting {
  readonly check: PasswordCheck;
  readonly start: () => void;
}

const PER_SOURCE = 10;
const PER_LANE = 1000;
const KNOWN_AT_MOST = 10_000;

export class PasswordChecker {
  readonly #atOnce: number;
  readonly #key = randomBytes(32);
  /** Verifier -> HMAC of the password that fits it. */
  readonly #known = new Map<string, Buffer>();
  readonly #quiet = new Lane();
  readonly #suspicious = new Lane();
  #running = 0;

  /** @param atOnce a part of the processors: the others have mail to carry */
  constructor(atOnce = Math.max(1, Math.min(4, availableParallelism() >> 1))) {
    this.#atOnce = atOnce;
  }

  /** Whether the password fits. @throws TooManyChecks */
  async check(check: PasswordCheck): Promise<boolean> {
    const digest = createHmac('sha256', this.#key).update(check.password).digest();
    const known = this.#known.get(check.verifier);
    if (known && timingSafeEqual(known, digest)) return true;
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#turn(check);
    try {
      const fits = check.wanted() && (await verifyPassword(check.password, check.verifier));
      if (fits) this.#remember(check.verifier, digest);
      return fits;
    } finally {
      this.#next();
    }
  }

  #turn(check: PasswordCheck): Promise<void> {
    const lane = check.suspicious ? this.#suspicious : this.#quiet;
    if (!lane.hasRoom(check.source)) throw new TooManyChecks('too many passwords are being checked');
    return new Promise(start => lane.add({ check, start }));
  }

  #next(): void {
    const next = this.#quiet.take() ?? this.#suspicious.take();
    if (next) next.start();
    else this.#running--;
  }

  #remember(verifier: string, digest: Buffer): void {
    this.#known.set(verifier, digest);
    if (this.#known.size > KNOWN_AT_MOST) this.#known.delete(this.#known.keys().next().value!);
  }
}

/** What waits, by source; the source whose turn is next comes first. */
class Lane {
  readonly #sources = new Map<string, Waiting[]>();
  #count = 0;

  hasRoom(source: string): boolean {
    return this.#count < PER_LANE && (this.#sources.get(source)?.length ?? 0) < PER_SOURCE;
  }

  add(waiting: Waiting): void {
    const { source } = waiting.check;
    const queue = this.#sources.get(source);
    if (queue) queue.push(waiting);
    else this.#sources.set(source, [waiting]);
    this.#count++;
  }

  take(): Waiting | null {
    const first = this.#sources.entries().next().value;
    if (!first) return null;
    const [source, queue] = first;
    this.#sources.delete(source);
    const next = queue.shift()!;
    if (queue.length > 0) this.#sources.set(source, queue);
    this.#count--;
    return next;
  }
}

/**
 * So many messages in any minute. Counted are the last ones that began, so that a few at once go at once,
 * and no minute, wherever it begins, has more than allowed. The minute is a little longer than the other
 * side's: what begins here a minute apart may arrive there closer together. A restart forgets what was sent.
 */

/** Milliseconds. */
const MINUTE = 60_500;

export class Pace {
  #perMinute: number;
  /** When the last ones began, oldest first; as many as are allowed in a minute, at most. */
  readonly #begun: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  set perMinute(value: number) {
    this.#perMinute = value;
    this.#forget();
  }

  /** When one more may begin; milliseconds since 1970, not after `now` when it may now. */
  nextAt(now: number): number {
    return this.#begun.length < this.#perMinute ? now : this.#begun[0]! + MINUTE;
  }

  /** One begins, allowed or not. */
  take(now: number): void {
    this.#begun.push(now);
    this.#forget();
  }

  #forget(): void {
    if (this.#begun.length > this.#perMinute) this.#begun.splice(0, this.#begun.length - this.#perMinute);
  }
}

/** The paces of connectors, by name. */
export class Paces {
  readonly #paces = new Map<string, Pace>();

  /** @param perMinute null sets no limit, and there is no pace */
  of(connector: string, perMinute: number | null): Pace | null {
    if (perMinute === null) {
      this.#paces.delete(connector);
      return null;
    }
    let pace = this.#paces.get(connector);
    if (pace) pace.perMinute = perMinute;
    else {
      pace = new Pace(perMinute);
      this.#paces.set(connector, pace);
    }
    return pace;
  }
}

/**
 * So many messages in any minute. A few at once go at once, and no minute, wherever it begins, has more than
 * allowed. A message counts from its end: the other side has seen it by then, so that its minutes have no
 * more either, however slowly some arrive there. A restart forgets what was sent.
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

  /** One that was taken at this time has ended now. */
  ended(taken: number, now: number): void {
    const at = this.#begun.lastIndexOf(taken);
    if (at === -1) return;
    this.#begun.splice(at, 1);
    this.#begun.push(now);
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

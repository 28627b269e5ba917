/** Keeps the first of many in an order, without keeping the many. */
export class Best<T> {
  readonly #limit: number;
  readonly #compare: (a: T, b: T) => number;
  #kept: T[] = [];

  constructor(limit: number, compare: (a: T, b: T) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  add(items: Iterable<T>): void {
    for (const item of items) this.#kept.push(item);
    if (this.#kept.length > 2 * this.#limit) this.#cut();
  }

  /** In order. */
  get all(): readonly T[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#limit);
  }
}

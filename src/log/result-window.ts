/**
 * Keeps what a reader was asked for and no more: the first `first` entries (then it is full and
 * reading can stop), or with `tail` the last ones, or all of them. Where both are given, `tail`
 * rules, since the number of first entries has a default and the tail is always meant.
 */
export class ResultWindow<Entry> {
  #entries: Entry[] = [];
  readonly #first: number;
  readonly #tail: number | null;

  constructor(first: number | null | undefined, tail: number | null | undefined) {
    this.#tail = tail ?? null;
    this.#first = this.#tail === null ? (first ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#entries.length >= this.#first;
  }

  add(entry: Entry): void {
    if (this.isFull) return;
    this.#entries.push(entry);
    // Cut seldom, at twice the size: cutting at each entry would move all of them each time.
    if (this.#tail !== null && this.#entries.length >= 2 * this.#tail) this.#entries = this.#entries.slice(-this.#tail);
  }

  entries(): Entry[] {
    return this.#tail === null ? this.#entries : this.#entries.slice(-this.#tail);
  }
}

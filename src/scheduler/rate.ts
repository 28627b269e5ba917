/**
 * Events per second over the last minute, in buckets of five seconds: cheap to count, no timer.
 */

const BUCKET = 5_000;
const BUCKETS = 12;

export class Rate {
  readonly #counts = new Array<number>(BUCKETS).fill(0);
  #newest = 0;

  add(now: number, count = 1): void {
    this.#advance(now);
    this.#counts[this.#newest % BUCKETS]! += count;
  }

  perSecond(now: number): number {
    this.#advance(now);
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    return Math.round((total / ((BUCKETS * BUCKET) / 1000)) * 100) / 100;
  }

  #advance(now: number): void {
    const bucket = Math.floor(now / BUCKET);
    for (let at = Math.max(this.#newest + 1, bucket - BUCKETS + 1); at <= bucket; at++) this.#counts[at % BUCKETS] = 0;
    if (bucket > this.#newest) this.#newest = bucket;
  }
}

/** How many copies of reports may still be sent: so many in any hour, counted since the start. */

const HOUR = 3_600_000;

export class CopyAllowance {
  #sent: number[] = [];
  #told = Number.NEGATIVE_INFINITY;

  /** Takes one, if one is left. */
  take(now: number, perHour: number): boolean {
    this.#sent = this.#sent.filter(time => now - time < HOUR);
    if (this.#sent.length >= perHour) return false;
    this.#sent.push(now);
    return true;
  }

  /** Whether to say that none is left: once an hour. */
  mayTell(now: number): boolean {
    if (now - this.#told < HOUR) return false;
    this.#told = now;
    return true;
  }
}

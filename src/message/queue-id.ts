/**
 * Queue ids: one ascending number a message, made of the time and a counter, so that order of number
 * is order of arrival, also after a restart and when the clock goes back (the numbers then run ahead
 * of the clock until it has caught up). The text form is eleven characters of Crockford's base 32
 * (no I, L, O, U): short, safe in file names, and sorted as the numbers are. Numbers stay below 2^53.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 11;
const FORM = /^[0-9A-HJKMNP-TV-Z]{11}$/i;
const PER_MILLISECOND = 1000;

export class QueueIdSource {
  readonly #now: () => number;
  #last: number;

  /** `greaterThan` is the highest number ever given out, as far as the spool knows. */
  constructor(now: () => number, greaterThan = 0) {
    this.#now = now;
    this.#last = greaterThan;
  }

  /** A number that is in use: what follows is above it. */
  taken(number: number): void {
    this.#last = Math.max(this.#last, number);
  }

  /** A number above all before it, and its text form. */
  next(): { number: number; id: string } {
    const number = Math.max(Math.floor(this.#now()) * PER_MILLISECOND, this.#last + 1);
    if (!Number.isSafeInteger(number)) throw new RangeError(`no queue id can follow ${this.#last}`);
    this.#last = number;
    return { number, id: queueIdOf(number) };
  }
}

/** The number an id stands for, in either case; null when the text is no queue id. */
export function numberOfQueueId(id: string): number | null {
  if (!FORM.test(id)) return null;
  let number = 0;
  for (const letter of id.toUpperCase()) number = number * ALPHABET.length + ALPHABET.indexOf(letter);
  return Number.isSafeInteger(number) ? number : null;
}

/** The text form of a number. */
export function queueIdOf(number: number): string {
  let text = '';
  for (let rest = number; text.length < LENGTH; rest = Math.floor(rest / ALPHABET.length)) {
    text = ALPHABET[rest % ALPHABET.length]! + text;
  }
  return text;
}

/**
 * Patterns for addresses, and what becomes of an address that fits one. In the pattern `*` stands for any
 * characters and `?` for one; in the new address each `*` takes what the one of the same place stood for.
 * Case does not count. Not a regular expression: the worst case is length of pattern times length of
 * address, whatever an administrator or a client writes. Where several readings are possible each `*`
 * takes as little as it can, the last one the rest. Pure.
 */
import { parseMailbox } from '../message/address.ts';

/** The new address; null when the pattern does not fit or what comes out is no address. */
export type AddressChange = (address: string) => string | null;

/** @param newAddress with no more `*` than the pattern has */
export function addressChange(pattern: string, newAddress: string): AddressChange {
  const captures = captureMatcher(ofWhole(pattern));
  const pieces = newAddress.split('*');
  return address => {
    const caught = captures(address);
    if (caught === null) return null;
    const text = pieces.map((piece, at) => (at === 0 ? piece : (caught[at - 1] ?? '') + piece)).join('');
    return parseMailbox(text)?.address ?? null;
  };
}

/** A lone `*` means local part and domain. */
const ofWhole = (pattern: string) => (pattern === '*' ? '*@*' : pattern);

/** What each `*` of a pattern stands for in a text; null when it does not fit. */
export function captureMatcher(pattern: string): (text: string) => string[] | null {
  const wanted = Array.from(pattern, fold);
  return text => {
    const characters = Array.from(text);
    const ends = starsOf(wanted, characters.map(fold));
    return ends?.map(([from, to]) => characters.slice(from, to).join('')) ?? null;
  };
}

/** Each for itself: lower-casing a text can change how many characters it has. */
const fold = (character: string) => character.toLowerCase();

/** Only the last `*` passed can usefully take one more: an earlier one would find the same rest later. */
function starsOf(pattern: readonly string[], text: readonly string[]): [number, number][] | null {
  const stars: [number, number][] = [];
  let p = 0;
  let t = 0;
  let afterStar = -1;
  while (t < text.length) {
    if (pattern[p] === '*') {
      stars.push([t, t]);
      afterStar = ++p;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (afterStar !== -1) {
      const last = stars.at(-1)!;
      last[1]++;
      p = afterStar;
      t = last[1];
    } else return null;
  }
  while (pattern[p] === '*') {
    stars.push([t, t]);
    p++;
  }
  return p === pattern.length ? stars : null;
}

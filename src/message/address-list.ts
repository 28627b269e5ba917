/**
 * Addresses as people and programs write them into header fields (RFC 5322 3.4) and envelope lines:
 * with display names, comments, groups, routes and blanks. Pure; never throws, and looks at each
 * character a fixed number of times, because anyone who may write into the folder chooses the text.
 */
import { parseMailbox } from './address.ts';
import { type Piece, piecesOf, tokensOf } from './mailbox-scanner.ts';

/** Either every address, or the first piece that is none. */
export type AddressList = { readonly addresses: readonly string[] } | { readonly wrong: string };

type Words = Pick<Piece, 'text' | 'angle'>;

/** Longer than any address with its route; some patterns below are only for short texts. */
const MAX_ADDRESS = 1000;
/** ORCPT and ENVID together stay far below it (RFC 3461 4). */
const MAX_ENVELOPE_VALUE = 4000;

/**
 * Reads the value of a From, To, Cc or Bcc field, unfolded or not. A semicolon parts addresses too,
 * as mail programs of people write it. An empty list and an empty group are lists of nobody.
 */
export function parseAddressList(value: string): AddressList {
  const addresses: string[] = [];
  for (const piece of piecesOf(value)) {
    if (piece.angle === null && piece.text.trim() === '') continue;
    const address = addressOf(piece);
    if (address === null) return { wrong: shown(piece) };
    addresses.push(address);
  }
  return { addresses };
}

/** The value of an envelope line: one address, or `<>`, and the ESMTP parameters after it. */
export interface EnvelopeValue {
  /** Empty for `<>`. */
  readonly address: string;
  readonly parameters: string;
}

/** Reads `a@b`, `<a@b> NOTIFY=NEVER`, `"Name" <a@b>` and `<>`; null when it is none of them. */
export function parseEnvelopeValue(value: string): EnvelopeValue | null {
  const text = value.trim();
  if (text.length > MAX_ENVELOPE_VALUE) return null;
  const angle = angleOf(text);
  if (angle === null) {
    const bare = /^((?:"(?:[^"\\]|\\.)*"|[^\s"])+)(?:\s+([\s\S]*))?$/.exec(text);
    const address = bare && addressOf({ text: bare[1]!, angle: null });
    return address === null || bare === null ? null : { address, parameters: bare[2] ?? '' };
  }
  const parameters = text.slice(angle.end).trim();
  // A second address on the line would be lost without a word.
  if (/[<>,;]/.test(parameters.replace(/\S+=\S+/g, ''))) return null;
  if (angle.inside.trim() === '') return { address: '', parameters };
  const address = addressOf({ text: '', angle: angle.inside });
  return address === null ? null : { address, parameters };
}

/** The first `<...>` outside of quotes; quotes inside of it may hold brackets. */
function angleOf(text: string): { readonly inside: string; readonly end: number } | null {
  const token = tokensOf(text).find(({ kind }) => kind === 'angle');
  if (!token || token.to - token.from < 2 || text[token.to - 1] !== '>') return null;
  return { inside: text.slice(token.from + 1, token.to - 1), end: token.to };
}

function addressOf({ text, angle }: Words): string | null {
  if ((angle ?? text).length > MAX_ADDRESS) return null;
  // RFC 5322 4.4: a route before the address says nothing any more.
  const inner = (angle ?? text).trim().replace(/^@[^:"]*:/, '');
  // RFC 5322 4.4: obsolete syntax has blanks around dots and @. Not inside of quotes.
  const tight = inner.startsWith('"') ? inner : inner.replace(/\s*([.@])\s*/g, '$1');
  const mailbox = parseMailbox(tight);
  return mailbox?.domain ? mailbox.address : null;
}

const shown = ({ text, angle }: Words): string =>
  (angle === null ? text : `${text}<${angle}>`)
    .replace(/[\x00-\x1f\x7f]/g, ' ')
    .trim()
    .slice(0, 200);

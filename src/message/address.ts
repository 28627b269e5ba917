import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * Mail addresses (RFC 5321 4.1.2, with UTF-8 as in RFC 6531 3.3). A parsed address can be written
 * into a command or a log line without harm: no control characters, no blanks outside quotes.
 * More lenient than the RFC where real senders need it: a local part over 64 octets, and underscores
 * in a domain (Windows computer names). The local part is never changed: its meaning is its host's.
 */

export interface Mailbox {
  /** localPart@domain; only the local part for a bare `postmaster`. */
  readonly address: string;
  readonly localPart: string;
  /** Lower-case ASCII; empty only for a bare `postmaster`. */
  readonly domain: string;
}

/** RFC 5321 4.5.3.1.3 allows a path of 256 octets, and two of them are the angle brackets. */
const MAX_ADDRESS = 254;

const QUOTED = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u;
const DOT_ATOM = /^[\w!#$%&'*+\-/=?^`{|}~\u0080-\u{10ffff}]+(?:\.[\w!#$%&'*+\-/=?^`{|}~\u0080-\u{10ffff}]+)*$/u;
/** The last `@` outside of the quotes: quotes first, or nothing that is an `@` or a quote. */
const SPLIT = /^("(?:[^"\\]|\\.)*"|[^@"]+)@(.+)$/s;
/** Blanks and controls beyond ASCII, which a reader could not see, be misled by or a log could break a line at. */
const UNSEEN = /[\u0080-\u00a0\u1680\u2000-\u200b\u2028-\u202f\u205f\u2060\u2066-\u2069\u3000\ufeff]/;

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Reads an address without angle brackets; null when it is none. */
export function parseMailbox(text: string): Mailbox | null {
  if (text.length > MAX_ADDRESS || !text.isWellFormed() || UNSEEN.test(text)) return null;
  // RFC 5321 4.1.1.3: the one address without a domain.
  if (/^postmaster$/i.test(text)) return { address: text, localPart: text, domain: '' };
  const parts = SPLIT.exec(text);
  if (!parts) return null;
  const localPart = parts[1]!;
  if (!(localPart.startsWith('"') ? QUOTED : DOT_ATOM).test(localPart)) return null;
  const domain = parseDomain(parts[2]!);
  if (domain === null) return null;
  const address = `${localPart}@${domain}`;
  return Buffer.byteLength(address) > MAX_ADDRESS ? null : { address, localPart, domain };
}

/**
 * Reads a domain name or an address literal (RFC 5321 4.1.3) and gives it back in lower-case ASCII;
 * null when it is neither.
 */
export function parseDomain(text: string): string | null {
  if (text.startsWith('[')) return parseLiteral(text);
  const ascii = isAscii(text) ? text.toLowerCase() : domainOfUnicode(text);
  if (ascii === null || ascii.length > 253) return null;
  return ascii.split('.').every(label => LABEL.test(label)) ? ascii : null;
}

function parseLiteral(text: string): string | null {
  const inside = /^\[(IPv6:)?([0-9a-f.:]+)\]$/i.exec(text);
  if (!inside) return null;
  const valid = inside[1] === undefined ? isIPv4(inside[2]!) : isIPv6(inside[2]!);
  return valid ? text.toLowerCase() : null;
}

/**
 * RFC 5891 5. Only for names with something to convert: domainToASCII follows the rules of URLs,
 * which read `1.2` as an address, undo %-escapes and so make another name than the one written.
 */
function domainOfUnicode(text: string): string | null {
  if (/[\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]/.test(text)) return null;
  const ascii = domainToASCII(text);
  return ascii === '' || isIPv4(ascii) ? null : ascii;
}

/** Lower-case ASCII domain of an address that is already valid; empty when it has none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  if (at === -1) return '';
  const domain = address.slice(at + 1);
  return isAscii(domain) ? domain.toLowerCase() : (parseDomain(domain) ?? '');
}

/** Whether every character is ASCII, so that SMTPUTF8 (RFC 6531) is not needed. */
export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

/**
 * Whether a local part could be taken by a next hop as a route to a third party: `user%third@here`,
 * `third!user@here`, `"user@third"@here`, `@third:user@here` (RFC 5321 appendix C and F.2). Such an
 * address must not profit from "anybody may send to our domain".
 */
export function hasRoutedLocalPart(localPart: string): boolean {
  return /[%!@]/.test(localPart);
}

/**
 * The mailboxes in the value of a From, Sender or Reply-To field (RFC 5322 3.4), changed in place: names,
 * comments, groups, folding and everything else stay byte for byte. Works on the bytes as Latin-1 text.
 * Pure; looks at each character a fixed number of times.
 */
import { parseMailbox } from '../message/address.ts';
import { piecesOf, type Span } from '../message/mailbox-scanner.ts';

/** Recommended and greatest length of a line (RFC 5322 2.1.1). */
const SOFT = 78;
const HARD = 998;

/** What an address becomes; null leaves it. Gets what stands there, also when it has no domain. */
export type MailboxChange = (address: string) => string | null;

/** @param column characters before the value on its first line @returns null when nothing changes */
export function changeMailboxes(value: string, column: number, change: MailboxChange): string | null {
  const out: string[] = [];
  let at = 0;
  let width = column;
  for (const span of spansOf(value)) {
    const old = addressIn(value.slice(span.from, span.to));
    const changed = old === null ? null : change(old);
    if (changed === null || changed === old) continue;
    const fresh = value.slice(span.opens, span.from) + Buffer.from(changed).toString('latin1');
    const before = value.slice(at, span.opens);
    const folded = roomFor(before, widthAfter(width, before), fresh.length + restOfLine(value, span.to));
    out.push(folded, fresh);
    width = widthAfter(width, folded) + fresh.length;
    at = span.to;
  }
  return at === 0 ? null : out.join('') + value.slice(at);
}

function widthAfter(width: number, text: string): number {
  const lineEnd = text.lastIndexOf('\n');
  return lineEnd === -1 ? width + text.length : text.length - lineEnd - 1;
}

/** The addresses that stand there, as they are written. */
export function mailboxesIn(value: string): string[] {
  return spansOf(value).flatMap(span => addressIn(value.slice(span.from, span.to)) ?? []);
}

/** Folds at the end of what stands before an address when its line would become too long. */
function roomFor(before: string, width: number, length: number): string {
  if (width + length <= SOFT) return before;
  let end = before.length;
  while (end > 0 && (before[end - 1] === ' ' || before[end - 1] === '\t')) end--;
  // A line of blanks only would end the header for some readers.
  if (end === 0 || before[end - 1] === '\n') return before;
  if (end < before.length) return `${before.slice(0, end)}\r\n${before.slice(end)}`;
  return before.endsWith(',') && width + length > HARD ? `${before}\r\n ` : before;
}

/** Characters after an address up to where its line may be folded. */
function restOfLine(value: string, at: number): number {
  return /^[^\s,;]*[,;]?/.exec(value.slice(at, at + SOFT))![0].length;
}

/** RFC 5322 4.4: obsolete syntax has routes, and blanks around dots and @. */
function addressIn(text: string): string | null {
  const inner = Buffer.from(text.replace(/\r?\n/g, ''), 'latin1')
    .toString('utf8')
    .trim()
    .replace(/^@[^:"]*:/, '');
  if (inner === '' || inner.includes('\ufffd')) return null;
  return inner.startsWith('"') ? inner : inner.replace(/[ \t]*([.@])[ \t]*/g, '$1');
}

/** Longer than any address; a piece that is longer is none, and is not looked into. */
const MAX_ADDRESS = 1000;

function spansOf(value: string): Span[] {
  return piecesOf(value).flatMap(({ address }) =>
    address !== null && address.to - address.from <= MAX_ADDRESS ? [address] : [],
  );
}

/** An address without a domain gets one; null when it has one, or does not become an address. */
export function withDomain(address: string, domain: string): string | null {
  if (address.includes('@')) return null;
  return parseMailbox(`${address}@${domain}`)?.address ?? null;
}

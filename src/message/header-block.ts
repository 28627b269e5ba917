import { decodeEncodedWords } from './encoded-words.ts';

/**
 * What the relay needs to know of a message's header section (RFC 5322 2.2): which fields there are,
 * how many hops it has had, what to show in logs, and where the body begins. Reads the beginning of a
 * message and never throws, whatever the bytes; each byte is looked at a fixed number of times. The
 * section ends at the empty line or before the first line that is neither field nor continuation.
 */

export { decodeEncodedWords } from './encoded-words.ts';

export interface HeaderFacts {
  /** Field names in lower case. */
  readonly names: ReadonlySet<string>;
  /** Number of Received fields, for loop detection (RFC 5321 6.3). */
  readonly hopCount: number;
  /** Decoded and unfolded, at most 500 characters, without control characters; null when absent. */
  readonly subject: string | null;
  /** As written, angle brackets included; null when absent or empty. */
  readonly messageId: string | null;
  /** Offset after the empty line, of the line that is no field, or the length when neither came. */
  readonly bodyStart: number;
  /** The section has octets above 127 (RFC 6532). */
  readonly eightBit: boolean;
}

/** What is kept of a field for display, and what is looked at to make it. */
const MAX_SHOWN = 500;
const MAX_RAW = 8000;

const FIELD_NAME = /^[!-9;-~]+[ \t]*$/;

/** A field as it stands there. Offsets into the bytes that were read. */
export interface RawField {
  /** In lower case. */
  readonly name: string;
  /** First byte of the name. */
  readonly start: number;
  /** After the colon. */
  readonly value: number;
  /** After the line end of its last line. */
  readonly next: number;
}

/** All fields in order, and where the section stops: at the empty line, at a line that is no field, or at the end. */
export function rawFields(head: Buffer): { readonly fields: readonly RawField[]; readonly end: number } {
  const found: { readonly name: string; readonly field: Field }[] = [];
  const end = eachField(head, (name, field) => found.push({ name, field }));
  const fields = found.map(({ name, field }, at) => ({
    name,
    start: field.start,
    value: field.from,
    next: found[at + 1]?.field.start ?? end,
  }));
  return { fields, end };
}

interface Field {
  readonly start: number;
  /** Offset of the first byte of the value. */
  readonly from: number;
  /** Offset after the last byte, continuation lines included. */
  to: number;
}

/** Reads the header section at the beginning of a message, which may have been cut anywhere. */
export function readHeaderBlock(head: Buffer): HeaderFacts {
  const firsts = new Map<string, Field>();
  let hopCount = 0;
  const at = eachField(head, (name, field) => {
    if (name === 'received') hopCount++;
    if (!firsts.has(name)) firsts.set(name, field);
  });
  return {
    names: new Set(firsts.keys()),
    hopCount,
    subject: subjectOf(head, firsts.get('subject')),
    messageId: messageIdOf(head, firsts.get('message-id')),
    bodyStart: bodyStart(head, at),
    eightBit: /[\x80-\xff]/.test(head.toString('latin1', 0, at)),
  };
}

/** The values of all fields of a name, in lower case, unfolded and whole: who judges by them must not miss an end. */
export function fieldValues(head: Buffer, wanted: string): string[] {
  const found: Field[] = [];
  eachField(head, (name, field) => {
    if (name === wanted) found.push(field);
  });
  return found.map(field => unfold(head, field, Number.POSITIVE_INFINITY));
}

/** @returns where the section stops; by then each field has its end. */
function eachField(head: Buffer, tell: (name: string, field: Field) => void): number {
  let field: Field | null = null;
  let at = 0;
  while (at < head.length) {
    const line = lineAt(head, at);
    if (line.end === at) break;
    const blank = head[at] === 0x20 || head[at] === 0x09;
    if (blank && field !== null) {
      field.to = line.end;
    } else {
      const name = blank ? null : fieldName(head, at, line.end);
      if (name === null) break;
      field = { start: at, from: head.indexOf(0x3a, at) + 1, to: line.end };
      tell(name, field);
    }
    at = line.next;
  }
  return at;
}

/** `end` is the offset of the line end, `next` of the next line. A lone LF is tolerated. */
function lineAt(head: Buffer, at: number): { end: number; next: number } {
  const lf = head.indexOf(0x0a, at);
  if (lf === -1) return { end: head.length, next: head.length };
  return { end: lf > at && head[lf - 1] === 0x0d ? lf - 1 : lf, next: lf + 1 };
}

function fieldName(head: Buffer, at: number, end: number): string | null {
  // RFC 5322 2.1.1 limits a line to 998; the colon of a real field is well before that.
  const start = head.toString('latin1', at, Math.min(end, at + 998));
  const colon = start.indexOf(':');
  // RFC 5322 4.5: obsolete syntax has blanks before the colon.
  if (colon < 1 || !FIELD_NAME.test(start.slice(0, colon))) return null;
  return start.slice(0, colon).trimEnd().toLowerCase();
}

/** The lines stopped at `at`: at an empty line, at a line that is no field, or at the end. */
function bodyStart(head: Buffer, at: number): number {
  if (at >= head.length) return head.length;
  const line = lineAt(head, at);
  if (line.end === at) return line.next;
  // An unfinished line at the end was cut, and nobody can say what it would have been.
  return line.next === head.length && head[head.length - 1] !== 0x0a ? head.length : at;
}

function subjectOf(head: Buffer, field: Field | undefined): string | null {
  return field ? shown(decodeEncodedWords(unfold(head, field))) : null;
}

function messageIdOf(head: Buffer, field: Field | undefined): string | null {
  return (field && shown(unfold(head, field))) || null;
}

/** RFC 5322 2.2.3; UTF-8 where the bytes are UTF-8, else taken one by one so that nothing is lost. */
function unfold(head: Buffer, field: Field, most = MAX_RAW): string {
  const bytes = head.subarray(field.from, Math.min(field.to, field.from + most));
  return decodeRaw(bytes).replace(/\r?\n(?=[ \t])/g, '');
}

function decodeRaw(bytes: Buffer): string {
  try {
    // As a stream, because the cut may have gone through a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return bytes.toString('latin1');
  }
}

function shown(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ').trim();
  // Cut without leaving half of a surrogate pair.
  return clean
    .slice(0, MAX_SHOWN)
    .replace(/[\ud800-\udbff]$/, '')
    .toWellFormed();
}

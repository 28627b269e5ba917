/**
 * The parts of a MIME message (RFC 2046) as it streams by: header sections, contents, and what stands
 * between them. Tolerant as readers are: what has no structure is one text. Holds one line, or a piece of
 * a long one, and one header section. Costs the same for each byte, whatever the message is made of.
 */
import { fieldValues, readHeaderBlock } from '../message/header-block.ts';

export interface Part {
  /** 0 is the message itself. */
  readonly number: number;
  /** In lower case, such as text/plain; empty where none is named. */
  readonly type: string;
  /** In lower case; 7bit where none is named (RFC 2045 6.1). */
  readonly encoding: string;
  /** It, or what holds it, is multipart/signed (RFC 1847); not in the copy of a message that a report returns. */
  readonly isSigned: boolean;
  /** Of a report about mail (RFC 6522). */
  readonly isOfReport: boolean;
  /** Has content of its own. */
  readonly isLeaf: boolean;
  /** Lines that part it; null for others. */
  readonly boundary: string | null;
}

export interface PartHandler {
  /** The header section with its empty line, where there is one. */
  readonly header: (part: Part, head: Buffer) => void;
  /** Content of a leaf, line by line; long lines in pieces. */
  readonly content: (part: Part, piece: Buffer) => void;
  /** A leaf ends. @param isDelimited the last line end belongs to the delimiter that follows */
  readonly end: (part: Part, isDelimited: boolean) => void;
  /** Delimiters, and what only readers without MIME see. */
  readonly between: (piece: Buffer) => void;
}

/** The structure is deeper or larger than any that is meant to be read. */
export class TooComplex extends Error {
  override name = 'TooComplex';
}

const LF = 10;
const LONG_LINE = 16 * 1024;
const HEADER_AT_MOST = 1024 * 1024;
const MOST_PARTS = 10_000;
/** What stands behind it in a field says nothing of the structure any more. */
const LONGEST_VALUE = 8000;
const DEEPEST = 50;

export class StructureReader {
  readonly #handler: PartHandler;
  /** Parts that are open, the outermost first. */
  readonly #open: Part[] = [];
  #state: 'header' | 'content' | 'between' = 'header';
  #head: Buffer[] = [];
  #headLength = 0;
  #count = 0;
  /** A line that has not ended yet. */
  #held: Buffer[] = [];
  #heldLength = 0;
  #atLineStart = true;

  constructor(handler: PartHandler) {
    this.#handler = handler;
  }

  /** @throws TooComplex */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const lineEnd = chunk.indexOf(LF, at);
      const next = lineEnd === -1 ? chunk.length : lineEnd + 1;
      this.#held.push(chunk.subarray(at, next));
      this.#heldLength += next - at;
      if (lineEnd !== -1 || this.#heldLength >= LONG_LINE) this.#flush(lineEnd !== -1);
      at = next;
    }
  }

  /** @throws TooComplex */
  end(): void {
    if (this.#heldLength > 0) this.#flush(true);
    if (this.#state === 'header') this.#endHeader();
    this.#close(0, false);
  }

  #flush(endsLine: boolean): void {
    const piece = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldLength = 0;
    const startsLine = this.#atLineStart;
    this.#atLineStart = endsLine;
    if (startsLine && endsLine && piece[0] === 0x2d && piece[1] === 0x2d && this.#delimiter(piece)) return;
    if (this.#state === 'header') this.#headerLine(piece, startsLine);
    else if (this.#state === 'content') this.#handler.content(this.#open.at(-1)!, piece);
    else this.#handler.between(piece);
  }

  #headerLine(piece: Buffer, startsLine: boolean): void {
    this.#head.push(piece);
    this.#headLength += piece.length;
    if (this.#headLength > HEADER_AT_MOST) throw new TooComplex('a header section is too long');
    if (startsLine && (piece.length === 1 || (piece.length === 2 && piece[0] === 13))) this.#endHeader();
  }

  #endHeader(): void {
    const all = Buffer.concat(this.#head);
    this.#head = [];
    this.#headLength = 0;
    // A line that is no field belongs to the text already (RFC 5322 2.2).
    const { bodyStart } = readHeaderBlock(all);
    const head = all.subarray(0, bodyStart);
    const outer = this.#open.at(-1);
    if (this.#count >= MOST_PARTS || this.#open.length >= DEEPEST) throw new TooComplex('it has too many parts');
    const part = partOf(this.#count++, head, outer);
    this.#open.push(part);
    this.#handler.header(part, head);
    this.#state = part.isLeaf ? 'content' : part.boundary === null ? 'header' : 'between';
    if (bodyStart < all.length) {
      const rest = all.subarray(bodyStart);
      if (this.#state === 'content') this.#handler.content(part, rest);
      else this.#handler.between(rest);
    }
  }

  /** Whether a line parts two parts: of the innermost multipart that it fits. */
  #delimiter(line: Buffer): boolean {
    if (line.length > 200) return false;
    const text = line.toString('latin1').trimEnd();
    for (let at = this.#open.length - 1; at >= 0; at--) {
      const { boundary } = this.#open[at]!;
      if (boundary === null || !text.startsWith(`--${boundary}`)) continue;
      const rest = text.slice(boundary.length + 2);
      if (rest !== '' && rest !== '--') continue;
      if (this.#state === 'header') this.#endHeader();
      this.#close(at + 1, true);
      this.#handler.between(line);
      this.#state = rest === '' ? 'header' : 'between';
      return true;
    }
    return false;
  }

  #close(depth: number, isDelimited: boolean): void {
    for (const part of this.#open.splice(depth).reverse()) if (part.isLeaf) this.#handler.end(part, isDelimited);
  }
}

function partOf(number: number, head: Buffer, outer: Part | undefined): Part {
  const value = (fieldValues(head, 'content-type')[0] ?? '').slice(0, LONGEST_VALUE);
  const type = /^\s*([^\s;()<>@,"[\]?=]+)/.exec(value)?.[1]?.toLowerCase() ?? '';
  const encoding =
    /^\s*([^\s;()]+)/.exec(fieldValues(head, 'content-transfer-encoding')[0] ?? '')?.[1]?.toLowerCase() ?? '7bit';
  const boundary = type.startsWith('multipart/') ? boundaryOf(value) : null;
  const isMessage = /^message\/(rfc822|global)$/.test(type) && !/^(base64|quoted-printable)$/.test(encoding);
  const isOfReport = type === 'multipart/report' || (outer?.isOfReport ?? false);
  const isSigned = (type === 'multipart/signed' && !isOfReport) || (outer?.isSigned ?? false);
  return { number, type, encoding, isSigned, isOfReport, boundary, isLeaf: boundary === null && !isMessage };
}

function boundaryOf(value: string): string | null {
  const found = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(value);
  const boundary = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
  return boundary === undefined || boundary.trim() === '' ? null : boundary.trimEnd();
}

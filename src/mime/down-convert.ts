/**
 * A message for a server that takes no 8-bit content (RFC 6152) or no header in UTF-8 (RFC 6531): parts
 * with 8 bits are encoded, everything else stays byte for byte. What has no 8 bits at all is not taken
 * apart. Else looked at twice: first whether there is anything to do and whether it may be done, then to do
 * it. What is signed (multipart/signed, RFC 1847) is never changed: its signature would no longer hold.
 */
import type { Reply } from '../message/reply.ts';
import { fieldOf, HeaderEdit } from '../rewrite/header-edit.ts';
import { Base64, type ContentEncoder, Mended, QuotedPrintable } from './encoders.ts';
import { type Part, StructureReader, TooComplex } from './structure.ts';
import { headerInAscii } from './utf8-header.ts';

/** Header section with its empty line, and the rest, which can be read again and again. */
export interface Message {
  readonly head: Buffer;
  readonly rest: () => AsyncIterable<Buffer>;
}

export type Conversion =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reply: Reply }
  | { readonly kind: 'changed'; readonly message: Message };

/** @param header also the header section is to be in ASCII @param content also the content */
export async function downConvert(
  message: Message,
  { header, content }: { readonly header: boolean; readonly content: boolean },
): Promise<Conversion> {
  if (await isAscii(message)) return { kind: 'unchanged' };
  const found = await survey(message);
  if ('reply' in found) return { kind: 'refused', reply: found.reply };
  const encoders = content ? found.eightBit : new Map<number, Part>();
  if (content && found.between && found.isSigned) return { kind: 'refused', reply: SIGNED };
  for (const part of encoders.values()) {
    const reply = obstacleTo(part);
    if (reply) return { kind: 'refused', reply };
  }
  if (header && found.innerHeader) return { kind: 'refused', reply: CANT_WRITE_HEADER };
  const ascii = header ? headerInAscii(message.head) : message.head;
  if (ascii === null) return { kind: 'refused', reply: CANT_WRITE_HEADER };
  if (encoders.size === 0 && !(content && found.between) && ascii.equals(message.head)) return { kind: 'unchanged' };
  const part0 = encoders.get(0) ?? found.first;
  const head = content ? headerFor(part0, ascii, encoders.has(0)) : ascii;
  const rest = content ? () => converted(message, encoders) : message.rest;
  return { kind: 'changed', message: { head, rest } };
}

async function isAscii({ head, rest }: Message): Promise<boolean> {
  if (hasEightBits(head)) return false;
  for await (const chunk of rest()) if (hasEightBits(chunk)) return false;
  return true;
}

interface Survey {
  readonly first: Part;
  /** Leaves with 8 bits, by number. */
  readonly eightBit: Map<number, Part>;
  /** Inner header sections, or what stands between parts, have 8 bits. */
  readonly innerHeader: boolean;
  readonly between: boolean;
  /** Some part is signed. */
  readonly isSigned: boolean;
}

async function survey({ head, rest }: Message): Promise<Survey | { readonly reply: Reply }> {
  let first: Part | null = null;
  const eightBit = new Map<number, Part>();
  let innerHeader = false;
  let between = false;
  let isSigned = false;
  const reader = new StructureReader({
    header: (part, bytes) => {
      first ??= part;
      isSigned ||= part.isSigned;
      if (part.number > 0 && hasEightBits(bytes)) innerHeader = true;
    },
    content: (part, piece) => {
      if (!eightBit.has(part.number) && hasEightBits(piece)) eightBit.set(part.number, part);
    },
    end: () => {},
    between: piece => {
      between ||= hasEightBits(piece);
    },
  });
  try {
    reader.push(head);
    for await (const chunk of rest()) reader.push(chunk);
    reader.end();
  } catch (error) {
    if (error instanceof TooComplex) return { reply: refused('5.6.3', `it can't be read as MIME: ${error.message}`) };
    throw error;
  }
  return { first: first!, eightBit, innerHeader, between, isSigned };
}

/** Writes what follows the first header section. */
async function* converted({ head, rest }: Message, encoded: ReadonlyMap<number, Part>): AsyncGenerator<Buffer> {
  let out: Buffer[] = [];
  const encoders = new Map<number, ContentEncoder>();
  const reader = new StructureReader({
    header: (part, bytes) => {
      if (part.number > 0) out.push(headerFor(part, bytes, encoded.has(part.number)));
    },
    content: (part, piece) => {
      if (!encoded.has(part.number)) {
        out.push(piece);
        return;
      }
      let encoder = encoders.get(part.number);
      if (!encoder) {
        encoder = encoderFor(part);
        encoders.set(part.number, encoder);
      }
      out.push(encoder.push(piece));
    },
    end: (part, isDelimited) => {
      const encoder = encoders.get(part.number);
      encoders.delete(part.number);
      if (encoder) out.push(encoder.end(isDelimited));
    },
    // Nobody reads it but people whose program knows no MIME.
    between: piece => out.push(hasEightBits(piece) ? without(piece) : piece),
  });
  reader.push(head);
  for await (const chunk of rest()) {
    reader.push(chunk);
    if (out.length > 0) yield Buffer.concat(out);
    out = [];
  }
  reader.end();
  if (out.length > 0) yield Buffer.concat(out);
}

const encodingFor = (part: Part): string =>
  part.encoding === 'quoted-printable' || isText(part) ? 'quoted-printable' : 'base64';

function encoderFor(part: Part): ContentEncoder {
  if (part.encoding === 'quoted-printable') return new Mended();
  return isText(part) ? new QuotedPrintable() : new Base64();
}

const isText = ({ type }: Part) => type === '' || type.startsWith('text/');

/** The header section of a part that says how it is written now. */
function headerFor(part: Part, head: Buffer, isEncoded: boolean): Buffer {
  // A signature covers the header sections of the parts too.
  if (part.isSigned) return head;
  const encoding = isEncoded ? encodingFor(part) : '7bit';
  const wasWide = part.encoding === '8bit' || part.encoding === 'binary';
  if (part.encoding === encoding || (!isEncoded && !(wasWide && !part.isLeaf))) return head;
  const edit = new HeaderEdit(head, false);
  const field = fieldOf('Content-Transfer-Encoding', encoding);
  if (!edit.replace(name => name === 'content-transfer-encoding', field)) {
    const last = ['content-type', 'mime-version'].find(name => edit.has(name));
    if (last) edit.addBehind(last, field);
    else edit.add(field);
  }
  // RFC 1428 5: what it means was never said.
  if (!edit.has('content-type')) edit.add(fieldOf('Content-Type', 'text/plain; charset=unknown-8bit'));
  if (part.number === 0 && !edit.has('mime-version')) edit.add(fieldOf('MIME-Version', '1.0'));
  return edit.toBuffer();
}

function obstacleTo(part: Part): Reply | null {
  if (part.isSigned) return SIGNED;
  if (part.encoding === 'base64') return refused('5.6.3', 'a part that says it is base64 has 8-bit content');
  if (/^(message|multipart)\//.test(part.type))
    return refused('5.6.3', `a part of type ${part.type} has 8-bit content`);
  return null;
}

function refused(enhanced: string, why: string): Reply {
  const text = `The next hop does not take 8-bit content (8BITMIME), and the message can't be converted: ${why}`;
  return { code: 554, enhanced, text };
}

const SIGNED = refused(
  '5.6.2',
  'a part with 8-bit content is signed (multipart/signed), and to encode it would break the signature',
);

const CANT_WRITE_HEADER: Reply = {
  code: 554,
  enhanced: '5.6.7',
  text: "The next hop does not take header fields in UTF-8 (SMTPUTF8), and those of the message can't be written in ASCII",
};

function hasEightBits(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! > 127) return true;
  return false;
}

const without = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replace(/[\x80-\xff]/g, '?'), 'latin1');

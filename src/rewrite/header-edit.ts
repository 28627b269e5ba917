/**
 * A header section with some fields taken out, changed or added. What is not named stays byte for byte,
 * and in its place; the body is never looked at. Pure.
 */
import { encodeField } from '../message/encoded-words.ts';
import { type RawField, rawFields } from '../message/header-block.ts';

/** Recommended and greatest length of a line (RFC 5322 2.1.1). */
const SOFT = 78;
const HARD = 998;

export class HeaderEdit {
  readonly #head: Buffer;
  readonly #end: number;
  readonly #fields: readonly RawField[];
  /** What takes the place of a field, by its index; empty takes it out. */
  readonly #instead = new Map<number, Buffer>();
  #front: Buffer = Buffer.alloc(0);

  /** @param head beginning of a message; @param isCut it goes on after this, perhaps within a field */
  constructor(head: Buffer, isCut: boolean) {
    const { fields, end } = rawFields(head);
    this.#head = head;
    // Of a field that was cut nobody knows the rest.
    this.#fields = isCut && end === head.length ? fields.slice(0, -1) : fields;
    this.#end = end;
  }

  get changed(): boolean {
    return this.#instead.size > 0 || this.#front.length > 0;
  }

  /** Values of the fields with a name in lower case, byte for byte as Latin-1, line end included. */
  valuesOf(name: string): string[] {
    return this.#indexesOf(field => field.name === name).map(index => this.#valueOf(index));
  }

  has(name: string): boolean {
    return this.#indexesOf(field => field.name === name).length > 0;
  }

  /** Changes values in place; null leaves one. Gets and gives Latin-1, without the last line end. */
  change(name: string, edit: (value: string, column: number) => string | null): void {
    for (const index of this.#indexesOf(field => field.name === name)) {
      const { start, value, next } = this.#fields[index]!;
      const raw = this.#instead.get(index) ?? this.#head.subarray(start, next);
      const colon = value - start;
      const text = raw.toString('latin1', colon);
      const lineEnd = /\r?\n$/.exec(text)?.[0] ?? '';
      const changed = edit(text.slice(0, text.length - lineEnd.length), colon);
      if (changed === null) continue;
      this.#instead.set(index, Buffer.from(raw.toString('latin1', 0, colon) + changed + lineEnd, 'latin1'));
    }
  }

  /** Takes fields out. @param fits decides by name in lower case and unfolded value */
  remove(fits: (name: string, value: string) => boolean): void {
    for (const index of this.#indexesOf(() => true)) if (this.#fits(index, fits)) this.#instead.set(index, NOTHING);
  }

  /** Puts a field in the place of the first that fits, takes the others out. @returns whether there was one */
  replace(fits: (name: string, value: string) => boolean, field: Buffer): boolean {
    const found = this.#indexesOf(() => true).filter(index => this.#fits(index, fits));
    found.forEach((index, at) => {
      this.#instead.set(index, at === 0 ? field : NOTHING);
    });
    return found.length > 0;
  }

  /** Puts a field in front of all others. */
  add(field: Buffer): void {
    this.#front = Buffer.concat([field, this.#front]);
  }

  /** Puts a field behind the first one of a name. */
  addBehind(name: string, field: Buffer): void {
    const index = this.#fields.findIndex(one => one.name === name);
    if (index === -1) return;
    const { start, next } = this.#fields[index]!;
    this.#instead.set(index, Buffer.concat([this.#instead.get(index) ?? this.#head.subarray(start, next), field]));
  }

  /** The section as it is now, and what followed it in the bytes given. */
  toBuffer(): Buffer {
    if (!this.changed) return this.#head;
    const pieces = this.#fields.map(
      ({ start, next }, index) => this.#instead.get(index) ?? this.#head.subarray(start, next),
    );
    const rest = this.#fields.at(-1)?.next ?? 0;
    // A text without any header must not become part of ours.
    const gap = this.#fields.length === 0 && this.#end === 0 && !startsEmpty(this.#head) ? EMPTY_LINE : NOTHING;
    return Buffer.concat([this.#front, ...pieces, gap, this.#head.subarray(rest)]);
  }

  #indexesOf(fits: (field: RawField) => boolean): number[] {
    return this.#fields.flatMap((field, index) =>
      fits(field) && this.#instead.get(index)?.length !== 0 ? [index] : [],
    );
  }

  #fits(index: number, fits: (name: string, value: string) => boolean): boolean {
    const value = Buffer.from(this.#valueOf(index), 'latin1').toString('utf8');
    return fits(this.#fields[index]!.name, value.replace(/\r?\n/g, '').trim());
  }

  #valueOf(index: number): string {
    const { start, value, next } = this.#fields[index]!;
    const instead = this.#instead.get(index);
    return instead ? instead.toString('latin1', value - start) : this.#head.toString('latin1', value, next);
  }
}

const NOTHING = Buffer.alloc(0);
const EMPTY_LINE = Buffer.from('\r\n');

const startsEmpty = (head: Buffer) => head.length === 0 || head.subarray(0, 2).equals(EMPTY_LINE);

/** A field of the same value, byte for byte, under another name. @param value Latin-1 with its line end */
export function fieldWithValue(name: string, value: string): Buffer {
  const isLong = name.length + 1 + value.search(/\r?\n|$/) > HARD;
  return Buffer.from(`${name}:${isLong ? '\r\n ' : ''}${value}`, 'latin1');
}

/** A field with its line ends: folded at blanks, with encoded words where they are needed (RFC 2047). */
export function fieldOf(name: string, text: string): Buffer {
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  const lines = isPlain ? folded(name, text) : encodeField(name, text);
  const fits = lines.every(line => line.length <= HARD);
  return Buffer.from(`${(fits ? lines : encodeField(name, text, true)).join('\r\n')}\r\n`);
}

/** RFC 5322 2.2.3: unfolded it is the same text again. */
function folded(name: string, text: string): string[] {
  const lines: string[] = [];
  let line = `${name}:`;
  for (const word of ` ${text}`.match(/[ ]+[^ ]*/g) ?? []) {
    const isFirst = lines.length === 0 && line.length === name.length + 1;
    if (line.length + word.length > SOFT && !isFirst && word.trim() !== '') {
      lines.push(line);
      line = word;
    } else line += word;
  }
  return [...lines, line];
}

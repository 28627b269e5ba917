/**
 * A header section in UTF-8 (RFC 6532) written in ASCII: texts and names as encoded words (RFC 2047), domains
 * as A-labels (RFC 5890). Addresses with other letters before the @ can't be written so. What is ASCII stays byte for byte. Pure.
 */
import { isAscii, parseMailbox } from '../message/address.ts';
import { decodeEncodedWords, encodeField } from '../message/encoded-words.ts';
import { rawFields } from '../message/header-block.ts';
import { type Token, tokensOf } from '../message/mailbox-scanner.ts';
import { changeMailboxes } from '../rewrite/mailboxes.ts';

const ADDRESSES = /^(resent-)?(from|sender|reply-to|to|cc|bcc)$/;
/** Their words have a form of their own, in which no encoded word may stand (RFC 2047 5). */
const STRUCTURED =
  /^(content-.*|mime-version|message-id|in-reply-to|references|date|return-path|dkim-signature|list-.*)$/;
const BEYOND_ASCII = /[\x80-\xff]/;

/** Null when it can't be written in ASCII. */
export function headerInAscii(head: Buffer): Buffer | null {
  const { fields } = rawFields(head);
  const pieces: Buffer[] = [];
  for (const { name, start, value, next } of fields) {
    const raw = head.subarray(start, next);
    if (!BEYOND_ASCII.test(raw.toString('latin1'))) {
      pieces.push(raw);
      continue;
    }
    const title = head.toString('latin1', start, value - 1).trimEnd();
    const field = fieldInAscii(name, title, head.toString('latin1', value, next).replace(/\r?\n/g, ''));
    if (field === null) return null;
    pieces.push(Buffer.from(field));
  }
  return Buffer.concat([...pieces, head.subarray(fields.at(-1)?.next ?? 0)]);
}

/** @param raw value in one line, its bytes as Latin-1 */
function fieldInAscii(name: string, title: string, raw: string): string | null {
  const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8').trim();
  const text = utf8(raw);
  // What servers wrote on the way is for people who look for faults.
  if (name === 'received') return `${title}: ${text.replace(/[^\x20-\x7e\t]/g, '?')}\r\n`;
  if (STRUCTURED.test(name)) return null;
  if (!ADDRESSES.test(name)) return `${encodeField(title, decodeEncodedWords(text)).join('\r\n')}\r\n`;
  const named = changeMailboxes(raw, 0, address => (isAscii(address) ? null : asciiAddress(address)));
  // What became longer was folded.
  const value = addressesInAscii(utf8((named ?? raw).replace(/\r\n/g, '')));
  return value === null ? null : `${title}: ${value}\r\n`;
}

const OTHER = /[^\x00-\x7f]/;

/**
 * Phrase by phrase: names and comments become encoded words, addresses are left. Folded behind commas that
 * part addresses, never within a name or a comment.
 */
function addressesInAscii(text: string): string | null {
  let out = '';
  let phrase: Token[] = [];
  let folds = false;
  const put = (piece: string) => {
    if (piece === '') return;
    const isBlank = piece.trim() === '';
    if (folds && isBlank) return;
    out += folds ? `\r\n ${piece.trimStart()}` : piece;
    folds = false;
  };
  const textOf = ({ from, to }: Token) => text.slice(from, to);
  const endPhrase = (): boolean => {
    const raw = phrase.map(textOf).join('');
    const isAddress = phrase.some(token => token.kind === 'text' && textOf(token).includes('@'));
    put(OTHER.test(raw) ? nameInAscii(raw, phrase.map(textOf)) : raw);
    phrase = [];
    return !(isAddress && OTHER.test(raw));
  };
  const tokens = tokensOf(text);
  const isName = beforeAngle(tokens);
  for (const [at, token] of tokens.entries()) {
    const raw = textOf(token);
    if (token.kind === 'text' || token.kind === 'quoted') {
      phrase.push(token);
      continue;
    }
    // Before an address in brackets it is a name, whatever signs are in it.
    if (!endPhrase() && !isName[at]) return null;
    if (token.kind === 'comment') put(OTHER.test(raw) ? commentInAscii(raw) : raw);
    else if (OTHER.test(raw)) return null;
    else put(raw);
    folds ||= token.kind === 'special' && raw === ',';
  }
  return endPhrase() ? out : null;
}

/** For each token whether an address in brackets comes before the next comma. */
function beforeAngle(tokens: readonly Token[]): boolean[] {
  let isNamed = false;
  return tokens
    .toReversed()
    .map(({ kind }) => {
      isNamed = kind === 'angle' || (isNamed && kind !== 'special');
      return isNamed;
    })
    .reverse();
}

/** One sequence of encoded words: between two of them blanks would be lost (RFC 2047 6.2). */
function nameInAscii(raw: string, pieces: readonly string[]): string {
  const plain = pieces.map(piece => (piece.startsWith('"') ? unquoted(piece) : piece)).join('');
  const [, before, after] = /^(\s*)[\s\S]*?(\s*)$/.exec(raw)!;
  return `${before}${words(decodeEncodedWords(plain.trim().replace(/\s+/g, ' ')))}${after}`;
}

const unquoted = (quoted: string) => quoted.slice(1, quoted.endsWith('"') ? -1 : undefined).replace(/\\(.)/g, '$1');

const commentInAscii = (raw: string) => `(${words(raw.slice(1, raw.endsWith(')') ? -1 : undefined))})`;

const words = (text: string): string => encodeField('', text, true).join('\r\n').slice(2);

/** A domain with other letters has a form in ASCII (RFC 5890); what is before the @ has none. */
function asciiAddress(address: string): string | null {
  const mailbox = parseMailbox(address);
  return mailbox !== null && isAscii(mailbox.address) ? mailbox.address : null;
}

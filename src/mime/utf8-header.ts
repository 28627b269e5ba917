/**
 * A header section in UTF-8 (RFC 6532) written in ASCII: texts and names as encoded words (RFC 2047).
 * Addresses with other letters before the @ can't be written so. What is ASCII stays byte for byte. Pure.
 */
import { encodeField } from '../message/encoded-words.ts';
import { rawFields } from '../message/header-block.ts';

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
    const text = head.toString('utf8', value, next).replace(/\r?\n/g, '').trim();
    const field = fieldInAscii(name, title, text);
    if (field === null) return null;
    pieces.push(Buffer.from(field));
  }
  return Buffer.concat([...pieces, head.subarray(fields.at(-1)?.next ?? 0)]);
}

function fieldInAscii(name: string, title: string, text: string): string | null {
  // What servers wrote on the way is for people who look for faults.
  if (name === 'received') return `${title}: ${text.replace(/[^\x20-\x7e\t]/g, '?')}\r\n`;
  if (STRUCTURED.test(name)) return null;
  if (!ADDRESSES.test(name)) return `${encodeField(title, text).join('\r\n')}\r\n`;
  const value = addressesInAscii(text);
  return value === null ? null : `${title}: ${value}\r\n`;
}

/** Quoted strings, addresses in brackets, comments, and runs of words between the specials. */
const TOKEN = /"(?:[^"\\]|\\.)*"|<[^<>]*>|\([^()]*\)|[,;:]|[^"<>(),;:]+|./g;
const OTHER = /[^\x00-\x7f]/;

function addressesInAscii(text: string): string | null {
  const out: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (!OTHER.test(token)) out.push(token);
    else if (token.startsWith('<') || (token.includes('@') && !token.startsWith('"') && !token.startsWith('(')))
      return null;
    else if (token.startsWith('(')) out.push(`(${words(token.slice(1, -1))})`);
    else if (token.startsWith('"')) out.push(words(token.slice(1, -1).replace(/\\(.)/g, '$1')));
    else
      out.push(token.replace(/^(\s*)([\s\S]*?)(\s*)$/, (_, a: string, word: string, b: string) => a + words(word) + b));
  }
  return out.join('').replace(/,\s*(?=\S)/g, ',\r\n ');
}

const words = (text: string): string => encodeField('', text, true).join('\r\n').slice(2);

/**
 * MAIL FROM and RCPT TO (RFC 5321 4.1.1.2, 4.1.1.3): the mailbox and the parameters behind it. Quoted
 * local parts may hold blanks and `@`; a source route is stripped, so that what is judged is the last
 * mailbox (appendix C). What a parameter carries is decoded and can do no harm in a log or a header.
 * Whether the mailbox is one, and may be mailed to, is not decided here. Pure.
 */
import { isAscii } from '../message/address.ts';
import { decodeXtext } from '../message/xtext.ts';

export interface PathCommand {
  /** Between the angle brackets, without a source route; empty for `<>`. */
  readonly mailbox: string;
  /** Keywords in capitals; true where no value was given. */
  readonly parameters: ReadonlyMap<string, string | true>;
}

/** What to answer; the text begins with the enhanced status code. */
export interface PathRefusal {
  readonly code: number;
  readonly text: string;
}

type Verb = 'MAIL' | 'RCPT';

const LINE = {
  MAIL: /^mail from[ \t]*:[ \t]*<((?:"(?:[^"\\<>]|\\[^<>])*"|[^"<>])*)>(?:[ \t]+(.*))?$/is,
  RCPT: /^rcpt to[ \t]*:[ \t]*<((?:"(?:[^"\\<>]|\\[^<>])*"|[^"<>])*)>(?:[ \t]+(.*))?$/is,
};
const ROUTE = /^@[^\s,:@"]+(?:,@[^\s,:@"]+)*:/;
const KEYWORD = /^[a-z0-9][a-z0-9-]*$/i;
/** RFC 5321 4.1.2 `esmtp-value`, and the `=` and UTF-8 that some clients put there unescaped. */
const VALUE = /^[^\x00-\x20\x7f-\x9f\u2028\u2029\ufffd]+$/;

/** What this relay offers in its answer to EHLO, and AUTH=, which is read over (RFC 4954 5). */
const KNOWN: Record<Verb, ReadonlySet<string>> = {
  MAIL: new Set(['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH']),
  RCPT: new Set(['NOTIFY', 'ORCPT']),
};
const XTEXT = new Set(['ENVID', 'ORCPT', 'AUTH']);
/** RFC 3461 4.2 and 4.4, in octets as sent. */
const LONGEST: Record<string, number> = { ENVID: 100, ORCPT: 500 };

/** @param smtpUtf8 the MAIL of this transaction had SMTPUTF8; of a MAIL itself it need not be said */
export function parsePathCommand(verb: Verb, line: string, smtpUtf8: boolean): PathCommand | PathRefusal {
  const found = LINE[verb].exec(line);
  if (!found) return badAddress(verb);
  const mailbox = found[1]!.replace(ROUTE, '');
  const parameters = new Map<string, string | true>();
  for (const word of (found[2] ?? '').split(/[ \t]+/)) {
    if (word === '') continue;
    const refusal = take(verb, word, parameters);
    if (refusal) return refusal;
  }
  // Bytes that were no UTF-8 are no address whatever was declared.
  if (mailbox.includes('\ufffd')) return badAddress(verb);
  if (!isAscii(mailbox) && !smtpUtf8 && !parameters.has('SMTPUTF8'))
    return { code: 553, text: '5.6.7 An address with non-ASCII characters needs SMTPUTF8 in the MAIL command' };
  return { mailbox, parameters };
}

function take(verb: Verb, word: string, parameters: Map<string, string | true>): PathRefusal | null {
  const equals = word.indexOf('=');
  const keyword = (equals === -1 ? word : word.slice(0, equals)).toUpperCase();
  if (!KEYWORD.test(keyword)) return { code: 501, text: '5.5.4 Bad parameter syntax' };
  if (!KNOWN[verb].has(keyword))
    return { code: 555, text: `5.5.4 Parameter ${keyword.slice(0, 32)} is not known here` };
  if (parameters.has(keyword)) return { code: 501, text: `5.5.4 Parameter ${keyword} is there twice` };
  const written = equals === -1 ? true : word.slice(equals + 1);
  const value = written === true || !XTEXT.has(keyword) ? written : decodeXtext(written);
  const isText = value !== null && (value === true || (value !== '' && (XTEXT.has(keyword) || VALUE.test(value))));
  if (!isText || Buffer.byteLength(word) > limitOf(keyword))
    return { code: 501, text: `5.5.4 Bad value of parameter ${keyword}` };
  parameters.set(keyword, value);
  return null;
}

const limitOf = (keyword: string) => keyword.length + 1 + (LONGEST[keyword] ?? 500);

const badAddress = (verb: Verb): PathRefusal =>
  verb === 'MAIL'
    ? { code: 501, text: '5.1.7 Bad sender address syntax' }
    : { code: 501, text: '5.1.3 Bad recipient address syntax' };

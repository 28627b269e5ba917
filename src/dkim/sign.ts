/**
 * DKIM-Signature fields for a message (RFC 6376, RFC 8463), made last of all, when nothing changes the
 * message any more. Own code on node:crypto, about a hundred lines: nodemailer's signer knows no Ed25519
 * and holds the whole body; mailauth, which does both, comes with forty packages and is what the tests
 * verify with. All keys share one pass over the body. Pure but for the random part of RSA.
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { type RawField, rawFields } from '../message/header-block.ts';
import { relaxedField } from './canonical.ts';

export interface Signer {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: 'RSA' | 'Ed25519';
  readonly key: KeyObject;
}

/** Signed where they are there; RFC 6376 5.4.1. Trace fields and what servers add are left out. */
const SIGNED = [
  'from',
  'sender',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'to',
  'cc',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-post',
  'list-owner',
  'list-archive',
];
/** Named once more than they are there, so that nobody can add another one (RFC 6376 8.15). */
const NO_MORE_OF = ['from', 'subject', 'date', 'to', 'cc', 'reply-to'];
const LINE = 76;

/**
 * The fields to put in front of the message, one for each key, line ends included.
 * @param head header section with canonical line ends @param now milliseconds since 1970
 */
export function signatureFields(head: Buffer, bodyHash: string, signers: readonly Signer[], now: number): Buffer {
  const { names, text } = signedFields(head);
  const fields = signers.map(signer => {
    const field = unsigned(signer, names, bodyHash, Math.floor(now / 1000));
    const value = field.slice(field.indexOf(':') + 1);
    const data = Buffer.from(text + relaxedField('DKIM-Signature', value), 'latin1');
    return `${field}${inLines(signatureOf(signer, data))}\r\n`;
  });
  return Buffer.from(fields.join(''), 'latin1');
}

function signatureOf({ algorithm, key }: Signer, data: Buffer): string {
  // RFC 8463 3: Ed25519 signs the hash, not the text.
  if (algorithm === 'Ed25519') return sign(null, createHash('sha256').update(data).digest(), key).toString('base64');
  return sign('sha256', data, key).toString('base64');
}

/** Of several fields of a name the last one is signed first (RFC 6376 5.4.2). */
function signedFields(head: Buffer): { readonly names: readonly string[]; readonly text: string } {
  const byName = new Map<string, RawField[]>();
  for (const field of rawFields(head).fields) byName.set(field.name, [field, ...(byName.get(field.name) ?? [])]);
  const names: string[] = [];
  let text = '';
  for (const name of SIGNED) {
    const found = byName.get(name) ?? [];
    for (const { value, next } of found) {
      names.push(name);
      text += `${relaxedField(name, head.toString('latin1', value, next))}\r\n`;
    }
    if (NO_MORE_OF.includes(name)) names.push(name);
  }
  return { names, text };
}

/** Everything up to the signature itself. */
function unsigned(signer: Signer, names: readonly string[], bodyHash: string, seconds: number): string {
  const { domain, selector, algorithm } = signer;
  const tags = [
    'v=1;',
    `a=${algorithm === 'RSA' ? 'rsa' : 'ed25519'}-sha256;`,
    'c=relaxed/relaxed;',
    `d=${domain};`,
    `s=${selector};`,
    `t=${seconds};`,
    ...`h=${names.join(':')};`.split(/(?<=:)/),
    `bh=${bodyHash};`,
  ];
  let out = 'DKIM-Signature:';
  let width = out.length;
  for (const tag of tags) {
    const isNew = /^\w+=/.test(tag);
    if (width + tag.length + 1 > LINE) {
      out += '\r\n\t';
      width = 1;
    } else if (isNew) {
      out += ' ';
      width++;
    }
    out += tag;
    width += tag.length;
  }
  return `${out}\r\n\tb=`;
}

const inLines = (base64: string) => base64.match(/.{1,72}/g)!.join('\r\n\t');

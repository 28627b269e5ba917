/**
 * The TXT record of a DKIM key (RFC 6376 3.6.1): written as DNS servers want it, and compared with what
 * DNS has. Pure.
 */

export interface PublicPart {
  readonly algorithm: 'RSA' | 'Ed25519';
  /** Base64. */
  readonly publicKey: string;
}

export const recordValue = ({ algorithm, publicKey }: PublicPart): string =>
  `v=DKIM1; k=${algorithm === 'RSA' ? 'rsa' : 'ed25519'}; p=${publicKey}`;

/** In strings of at most 255 characters, which is the most a string of DNS holds (RFC 1035 3.3.14). */
export const recordStrings = (part: PublicPart): string =>
  recordValue(part)
    .match(/.{1,255}/g)!
    .map(text => `"${text}"`)
    .join(' ');

/** Tags of a record; null when it is no list of tags. */
export function tagsOf(record: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>();
  for (const part of record.split(';')) {
    if (part.trim() === '') continue;
    const found = /^\s*([A-Za-z]\w*)\s*=([\s\S]*)$/.exec(part);
    if (!found || tags.has(found[1]!)) return null;
    tags.set(found[1]!, found[2]!.replace(/\s+/g, ''));
  }
  return tags;
}

export type RecordVerdict =
  | { readonly status: 'Valid' }
  | {
      readonly status: 'Missing' | 'Mismatch' | 'Invalid' | 'Revoked';
      readonly message: string;
      readonly hint: string;
    };

/** What verifiers would make of these TXT records for a key. */
export function judgeRecords(records: readonly string[], part: PublicPart): RecordVerdict {
  const keys = records.map(tagsOf).filter(tags => tags?.has('p'));
  if (records.length === 0 || keys.length === 0) {
    const message = records.length === 0 ? 'There is no TXT record.' : 'There is a TXT record, but it is no DKIM key.';
    return { status: 'Missing', message, hint: 'Add a TXT record with RecordName and RecordValue.' };
  }
  // RFC 6376 3.6.2.2: with several records nobody knows which one a verifier takes.
  if (keys.length > 1)
    return {
      status: 'Invalid',
      message: 'There are several keys at this name.',
      hint: 'Leave only one of them there.',
    };
  const tags = keys[0]!;
  const wrong = (message: string, hint = 'Put RecordValue in its place.'): RecordVerdict => ({
    status: 'Invalid',
    message,
    hint,
  });
  if ((tags.get('v') ?? 'DKIM1') !== 'DKIM1') return wrong(`The record says v=${tags.get('v')}; it must be DKIM1.`);
  if (tags.get('p') === '')
    return {
      status: 'Revoked',
      message: 'The record says that the key is revoked (p=).',
      hint: 'Make a key with another selector.',
    };
  const kind = part.algorithm === 'RSA' ? 'rsa' : 'ed25519';
  if ((tags.get('k') ?? 'rsa') !== kind)
    return wrong(`The record says k=${tags.get('k') ?? 'rsa'}; the key is ${kind}.`);
  const hashes = tags.get('h')?.split(':');
  if (hashes && !hashes.includes('sha256')) return wrong('The record does not allow sha256 (h=).');
  const services = tags.get('s')?.split(':');
  if (services && !services.some(service => service === '*' || service === 'email'))
    return wrong('The record is not for mail (s=).');
  if (tags.get('p') !== part.publicKey)
    return {
      status: 'Mismatch',
      message: 'The record holds another key.',
      hint: 'Put RecordValue in its place; when it was changed just now, wait until DNS has it everywhere.',
    };
  return { status: 'Valid' };
}

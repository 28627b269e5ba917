/** The forms in which address lists of the metabase come: hexadecimal, numbers, dotted quads, or already decoded texts. */
import { ipv4Value } from '../message/ip.ts';
import {
  assembled,
  type IpSecurityList,
  ListError,
  type ListedAddress,
  type ListWarning,
  listedAddress,
  MOST_ADDRESSES,
  type ReadHalf,
  warningsOf,
} from './ip-security-list.ts';

/** What an address list is at most, as bytes: 100 000 addresses and 4096 groups in both lists. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * The bytes of a list: hexadecimal text, numbers (also as texts, also `0x18`), or dotted quads of four
 * bytes each, as Salt keeps them. Null stays null: there is no value.
 * @throws ListError
 */
export function bytesOfList(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return bytesOfText(value.trim());
  if (!Array.isArray(value)) throw new ListError('not-a-list', 'it is neither text nor a list of bytes');
  if (value.length > MOST_BYTES) throw new ListError('count-out-of-range', `it has ${value.length} items`);
  if (value.length > 0 && value.every(item => typeof item === 'string' && ipv4Value(item.trim()) !== null))
    return Uint8Array.from(value.flatMap(item => String(item).trim().split('.').map(Number)));
  return Uint8Array.from(value, byteOf);
}

function bytesOfText(text: string): Uint8Array {
  if (text.length > 4 * MOST_BYTES) throw new ListError('count-out-of-range', `it has ${text.length} characters`);
  if (text.includes('...') || text.includes('…'))
    throw new ListError(
      'truncated-by-powershell-formatting',
      'it was cut when it was shown; export it with Export-Clixml, ConvertTo-Json or Export-IisSmtpConfiguration.ps1',
    );
  if (/[,;]|0x/i.test(text))
    return Uint8Array.from(
      text
        .replace(/^\{|\}$/g, '')
        .split(/[\s,;]+/)
        .filter(part => part !== ''),
      byteOf,
    );
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new ListError('not-a-list', 'it is not hexadecimal');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

function byteOf(item: unknown): number {
  const text = String(item).trim();
  const value = /^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 255)) throw new ListError('not-a-list', `'${text.slice(0, 40)}' is no byte`);
  return value;
}

/** An address list as ADSI and WMI hand it out; null for a part that is not told. */
export class DecodedList {
  readonly grantByDefault: boolean;
  readonly ipGrant: readonly string[] | null;
  readonly ipDeny: readonly string[] | null;
  readonly domainGrant: readonly string[] | null;
  readonly domainDeny: readonly string[] | null;
  /** The same list as it is stored, where both are known. */
  readonly bytes: unknown;

  /** @param values its parts, by the names that COM has for them in any case */
  constructor(values: Readonly<Record<string, unknown>>, bytes?: unknown) {
    const byName = new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]));
    const texts = (name: string): string[] | null => {
      const value = byName.get(name);
      if (value === undefined) return null;
      return (Array.isArray(value) ? value : value === null ? [] : [value]).map(String);
    };
    const truth = byName.get('grantbydefault');
    this.grantByDefault = truth === true || truth === -1 || truth === 1;
    this.ipGrant = texts('ipgrant');
    this.ipDeny = texts('ipdeny');
    this.domainGrant = texts('domaingrant');
    this.domainDeny = texts('domaindeny');
    this.bytes = bytes;
  }

  /** ADSI makes up such an object for a value that is not there. */
  get saysNothing(): boolean {
    const parts = [this.ipGrant, this.ipDeny, this.domainGrant, this.domainDeny];
    return this.grantByDefault && this.bytes === undefined && parts.every(part => part !== null && part.length === 0);
  }
}

/** The same list in our terms. What cannot be read makes its half incomplete. @throws ListError */
export function listOfTexts({ grantByDefault, ipGrant, ipDeny, domainGrant, domainDeny }: DecodedList): IpSecurityList {
  const warnings = new Set<ListWarning>();
  const granted = readTexts(ipGrant, warnings);
  const denied = readTexts(ipDeny, warnings);
  return assembled({
    denied: { ...denied, incomplete: denied.incomplete || domainDeny === null },
    // Both say it; in doubt the narrower one holds.
    granted: { ...granted, isThere: granted.isThere || !grantByDefault },
    names: { denied: (domainDeny ?? []).length > 0, granted: (domainGrant ?? []).length > 0 },
    leftover: 0,
    warnings,
  });
}

function readTexts(texts: readonly string[] | null, warnings: Set<ListWarning>): ReadHalf {
  if (texts !== null && texts.length > MOST_ADDRESSES)
    throw new ListError('count-out-of-range', `there are more than ${MOST_ADDRESSES} addresses`);
  const addresses: ListedAddress[] = [];
  let incomplete = texts === null;
  for (const text of texts ?? []) {
    const listed = readAddressText(text);
    if (listed === null) warnings.add('text-not-understood');
    else {
      addresses.push(listed);
      for (const warning of warningsOf(listed)) warnings.add(warning);
    }
    incomplete ||= listed === null || listed.cidr === null;
  }
  return { addresses, isThere: (texts ?? []).length > 0, incomplete };
}

/** `192.0.2.0, 255.255.255.0`, with or without blanks and a semicolon; an address alone is one host. Else null. */
export function readAddressText(text: string): ListedAddress | null {
  const parts = text.trim().replace(/;$/, '').split(',');
  if (parts.length > 2) return null;
  const address = ipv4Value(parts[0]!.trim());
  const mask = parts.length === 1 ? 0xffff_ffffn : ipv4Value(parts[1]!.trim());
  return address === null || mask === null ? null : listedAddress(Number(address), Number(mask));
}

/** The two address lists of a virtual server, read out of whatever form they came in. */
import { AddressSet } from '../address-set.ts';
import { decodeIpSecurityList, type IpSecurityList, ListError } from '../ip-security-list.ts';
import { bytesOfList, DecodedList, listOfTexts } from '../ip-security-text.ts';
import type { Found, ServerView } from './server-view.ts';

export type ReadList = { readonly list: IpSecurityList } | { readonly error: string };

export function readList(view: ServerView, name: 'RelayIpList' | 'IPSecurity'): ReadList {
  const found = view.find(name);
  if (isMadeUp(found)) return { list: decodeIpSecurityList(null) };
  if (found !== null && found.doubt !== null) return { error: found.doubt };
  if (found === null && !view.source.complete) return { error: 'this kind of file does not tell it' };
  const value = found?.value ?? null;
  try {
    if (!(value instanceof DecodedList)) return { list: decodeIpSecurityList(bytesOfList(value)) };
    const list = listOfTexts(value);
    return value.bytes === undefined || saysTheSame(list, decodeIpSecurityList(bytesOfList(value.bytes)))
      ? { list }
      : { error: 'its bytes and what the old server said of it differ' };
  } catch (error) {
    if (error instanceof ListError) return { error: `${error.message} (${error.problem})` };
    throw error;
  }
}

/** Stored nowhere, and an object all the same. */
export const isMadeUp = (found: Found | null): boolean =>
  found !== null && found.origin === 'SchemaDefault' && found.value instanceof DecodedList && found.value.saysNothing;

const saysTheSame = (a: IpSecurityList, b: IpSecurityList): boolean =>
  a.mode === b.mode && setOf(a.grant).equals(setOf(b.grant)) && setOf(a.deny).equals(setOf(b.deny));

/** Networks of a list; masks that make none are left out, and the list says that it is incomplete. */
export const cidrsOf = (addresses: IpSecurityList['grant']): string[] =>
  addresses.flatMap(({ cidr }) => (cidr === null ? [] : [cidr]));

export const setOf = (addresses: IpSecurityList['grant']): AddressSet => AddressSet.of(cidrsOf(addresses));

const WORDS: Record<string, string> = {
  'host-bits-set': 'host bits were cleared',
  'total-differs': 'the count in the value is wrong, the groups were taken',
  'mask-not-contiguous': 'masks whose one-bits are not contiguous were left out',
  'group-skipped': 'groups that are not IPv4 were left out',
  'domain-name-rules-not-decoded': 'rules by domain name were left out, since names of clients prove nothing',
  'both-lists-present': 'denied addresses were taken out of the granted ones',
  'text-not-understood': 'entries that are no address were left out',
};

/** What had to be changed of a list, in words. */
export const wordsOf = ({ warnings, leftover }: IpSecurityList): string[] =>
  warnings.flatMap(warning =>
    warning === 'leftover-bytes' ? `${leftover} bytes are left over` : (WORDS[warning] ?? []),
  );

/** Who a message says it is from, held against who may send. */
import { parseAddressList } from '../message/address-list.ts';
import { fieldValues } from '../message/header-block.ts';

export type AuthorVerdict =
  | { readonly kind: 'allowed' }
  /** Without an author the reader's program shows whatever it finds. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'foreign'; readonly address: string };

/** All addresses of all From fields must be allowed; what can't be read is not. */
export function judgeAuthors(head: Buffer, isAllowed: (address: string) => boolean): AuthorVerdict {
  const lists = fieldValues(head, 'from').map(parseAddressList);
  for (const list of lists) if ('wrong' in list) return { kind: 'foreign', address: list.wrong };
  const addresses = lists.flatMap(list => ('wrong' in list ? [] : list.addresses));
  const foreign = addresses.find(address => !isAllowed(address));
  if (foreign !== undefined) return { kind: 'foreign', address: foreign };
  return addresses.length === 0 ? { kind: 'missing' } : { kind: 'allowed' };
}

/** For a reply. */
export const shownAddress = (address: string): string => address.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);

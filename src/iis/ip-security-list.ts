/**
 * The address lists of the IIS metabase (IPSECLIST: RelayIpList 36970 and IPSecurity 6019). Everything is
 * unsigned 32-bit little endian; a place is an offset from the start with the high bit set. Layout:
 * four places (denied addresses, granted addresses, two name lists), an unknown word, the end of the
 * lists; an address list is a count of groups, a count of addresses, and 20 bytes for each group; the
 * items of a group are four bytes each in network order, first the mask of all of them.
 *
 * What comes in may be damaged or made up, so every place and count is held against the length before
 * anything is read or kept.
 */

export interface ListedAddress {
  readonly address: string;
  readonly mask: string;
  /** `192.0.2.0/24`, host bits cleared; null when the one-bits of the mask are not contiguous. */
  readonly cidr: string | null;
}

export type ListWarning =
  | 'absent'
  | 'empty-value'
  | 'placeholder-0.0.0.0'
  | 'grant-list-without-addresses'
  | 'host-bits-set'
  | 'both-lists-present'
  | 'domain-name-rules-not-decoded'
  | 'mask-not-contiguous'
  | 'group-skipped'
  | 'total-differs'
  | 'leftover-bytes'
  | 'text-not-understood';

export interface IpSecurityList {
  /** onlyListed: nobody but `grant`. allExcept: everybody but `deny`. */
  readonly mode: 'onlyListed' | 'allExcept';
  readonly grant: readonly ListedAddress[];
  readonly deny: readonly ListedAddress[];
  /** A part of the list could not be read; then nothing may be let in because it is not denied. */
  readonly grantIncomplete: boolean;
  readonly denyIncomplete: boolean;
  /** Names stand in the first or the second name list. */
  readonly deniedNames: boolean;
  readonly grantedNames: boolean;
  /** Bytes behind everything that was understood. */
  readonly leftover: number;
  readonly warnings: readonly ListWarning[];
}

export type ListProblem =
  | 'too-short'
  | 'offset-flag-missing'
  | 'offset-out-of-range'
  | 'count-out-of-range'
  | 'data-out-of-range'
  | 'not-a-list'
  | 'truncated-by-powershell-formatting';

/** The value cannot be an address list. */
export class ListError extends Error {
  readonly problem: ListProblem;

  constructor(problem: ListProblem, message: string) {
    super(message);
    this.name = 'ListError';
    this.problem = problem;
  }
}

const HEADER = 24;
const GROUP = 20;
const ITEM = 4;
const MOST_GROUPS = 4096;
export const MOST_ADDRESSES = 100_000;
const IS_PLACE = 0x8000_0000;
const IPV4 = 2;

/** One half of a list as it was read. */
export interface ReadHalf {
  readonly addresses: readonly ListedAddress[];
  /** Something stands there, also where no address could be read of it. */
  readonly isThere: boolean;
  readonly incomplete: boolean;
}

export interface ReadParts {
  readonly denied: ReadHalf;
  readonly granted: ReadHalf;
  readonly names: { readonly denied: boolean; readonly granted: boolean };
  readonly leftover: number;
  readonly warnings: Set<ListWarning>;
}

/** What the halves mean together, whatever form they came in. Whoever grants anything, a name too, lets in only that. */
export function assembled({ denied, granted, names, leftover, warnings }: ReadParts): IpSecurityList {
  if (names.denied || names.granted) warnings.add('domain-name-rules-not-decoded');
  const onlyListed = granted.isThere || names.granted;
  if (onlyListed && denied.isThere) warnings.add('both-lists-present');
  const grant = granted.addresses.filter(({ address, mask }) => address !== '0.0.0.0' || mask !== ALL_BITS);
  if (grant.length < granted.addresses.length) warnings.add('placeholder-0.0.0.0');
  else if (granted.isThere && grant.length === 0 && !granted.incomplete && !names.granted)
    warnings.add('grant-list-without-addresses');
  return {
    mode: onlyListed ? 'onlyListed' : 'allExcept',
    grant,
    deny: denied.addresses,
    grantIncomplete: granted.incomplete,
    denyIncomplete: denied.incomplete,
    deniedNames: names.denied,
    grantedNames: names.granted,
    leftover,
    warnings: [...warnings],
  };
}

/**
 * Decodes a value as it is stored. Null means that there is none (only the list, with nothing in it); no
 * bytes at all mean everybody, which is an open relay.
 * @throws ListError
 */
export function decodeIpSecurityList(bytes: Uint8Array | null): IpSecurityList {
  if (bytes === null) return nothing('onlyListed', 'absent');
  if (bytes.length === 0) return nothing('allExcept', 'empty-value');
  return new Decoder(bytes).decode();
}

function nothing(mode: IpSecurityList['mode'], warning: ListWarning): IpSecurityList {
  return {
    mode,
    grant: [],
    deny: [],
    grantIncomplete: false,
    denyIncomplete: false,
    deniedNames: false,
    grantedNames: false,
    leftover: 0,
    warnings: [warning],
  };
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #warnings = new Set<ListWarning>();
  #addresses = 0;
  /** Where the furthest thing ends that was understood. */
  #end = HEADER;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  decode(): IpSecurityList {
    if (this.#bytes.length < HEADER)
      throw new ListError('too-short', `it has ${this.#bytes.length} bytes, and its head alone has ${HEADER}`);
    const [deny, grant, deniedNames, grantedNames] = [0, 4, 8, 12].map(at => this.#place(at)) as [
      number,
      number,
      number,
      number,
    ];
    const denied = this.#addressList(deny);
    const granted = this.#addressList(grant);
    const names = { denied: this.#hasNames(deniedNames), granted: this.#hasNames(grantedNames) };
    const leftover = Math.max(this.#bytes.length - this.#end, 0);
    // Names that stand here are not decoded, so their bytes are no surprise.
    if (leftover > 0 && !names.denied && !names.granted) this.#warnings.add('leftover-bytes');
    return assembled({ denied, granted, names, leftover, warnings: this.#warnings });
  }

  #addressList(at: number): ReadHalf {
    const [groups, total] = this.#counts(at);
    if (groups > MOST_GROUPS || at + 8 + groups * GROUP > this.#bytes.length)
      throw new ListError('count-out-of-range', `the list at ${at} says that it has ${groups} groups`);
    const addresses: ListedAddress[] = [];
    let incomplete = false;
    let skipped = false;
    for (let group = 0; group < groups; group++) {
      const head = at + 8 + group * GROUP;
      const [family, items, size] = [this.#word(head), this.#word(head + 4), this.#word(head + 8)] as const;
      if (family !== IPV4 || size !== ITEM) {
        this.#warnings.add('group-skipped');
        incomplete = true;
        skipped = true;
        continue;
      }
      const read = this.#group(this.#place(head + 16), items);
      addresses.push(...read);
      if (read.some(({ cidr }) => cidr === null)) incomplete = true;
    }
    this.#touch(at + 8 + groups * GROUP);
    if (!skipped && total !== addresses.length) this.#warnings.add('total-differs');
    // It counts addresses that are nowhere.
    if (total > addresses.length) incomplete = true;
    return { addresses, isThere: groups > 0 || total > 0, incomplete };
  }

  /** The mask and the addresses of one group. */
  #group(at: number, items: number): ListedAddress[] {
    if (items === 0) return [];
    this.#addresses += items - 1;
    if (this.#addresses > MOST_ADDRESSES)
      throw new ListError('count-out-of-range', `there are more than ${MOST_ADDRESSES} addresses`);
    if (at + items * ITEM > this.#bytes.length)
      throw new ListError('data-out-of-range', `${items} items at ${at} end behind the last byte`);
    this.#touch(at + items * ITEM);
    const mask = this.#view.getUint32(at);
    const addresses: ListedAddress[] = [];
    for (let item = 1; item < items; item++) {
      const listed = listedAddress(this.#view.getUint32(at + item * ITEM), mask);
      for (const warning of warningsOf(listed)) this.#warnings.add(warning);
      addresses.push(listed);
    }
    return addresses;
  }

  #hasNames(at: number): boolean {
    const [names, total] = this.#counts(at);
    this.#touch(at + 8);
    return names > 0 || total > 0;
  }

  #counts(at: number): readonly [number, number] {
    if (at + 8 > this.#bytes.length)
      throw new ListError('offset-out-of-range', `a list begins at ${at}, behind the last byte`);
    return [this.#word(at), this.#word(at + 4)];
  }

  /** A word that says where something is. */
  #place(at: number): number {
    const word = this.#word(at);
    if (word < IS_PLACE) throw new ListError('offset-flag-missing', `the word at ${at} is not marked as a place`);
    const place = word - IS_PLACE;
    if (place < HEADER || place > this.#bytes.length)
      throw new ListError('offset-out-of-range', `the word at ${at} leads to ${place}, outside of the list`);
    return place;
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #touch(end: number): void {
    this.#end = Math.max(this.#end, end);
  }
}

const ALL_BITS = '255.255.255.255';

/** An address with its mask, both as 32-bit numbers. */
export function listedAddress(address: number, mask: number): ListedAddress {
  const length = Math.clz32(~mask >>> 0);
  const contiguous = length === 32 || (mask << length) >>> 0 === 0;
  const network = (address & mask) >>> 0;
  return {
    address: quad(address),
    mask: quad(mask),
    cidr: contiguous ? `${quad(network)}/${length}` : null,
  };
}

/** What is odd about an address. */
export function warningsOf({ address, cidr }: ListedAddress): ListWarning[] {
  if (cidr === null) return ['mask-not-contiguous'];
  return cidr.startsWith(`${address}/`) ? [] : ['host-bits-set'];
}

const quad = (value: number): string => [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join('.');

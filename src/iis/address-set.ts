/** Sets of IPv4 addresses: union, intersection and difference, for lists that must never grow. */
import { formatIp, parseNetwork } from '../message/network.ts';

interface Range {
  readonly first: number;
  readonly last: number;
}

export class AddressSet {
  /** In order, apart from each other. */
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  static readonly everybody = new AddressSet([{ first: 0, last: 0xffff_ffff }]);
  static readonly nobody = new AddressSet([]);

  /** Of IPv4 entries as the settings have them; what is none adds nothing. */
  static of(entries: readonly string[]): AddressSet {
    const ranges = entries.flatMap(entry => {
      const network = parseNetwork(entry);
      return 'error' in network || network.family !== 4
        ? []
        : [{ first: Number(network.first), last: Number(network.last) }];
    });
    return new AddressSet(merged(ranges));
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  and(other: AddressSet): AddressSet {
    const common: Range[] = [];
    let [i, j] = [0, 0];
    while (i < this.#ranges.length && j < other.#ranges.length) {
      const [a, b] = [this.#ranges[i]!, other.#ranges[j]!];
      const [first, last] = [Math.max(a.first, b.first), Math.min(a.last, b.last)];
      if (first <= last) common.push({ first, last });
      if (a.last < b.last) i++;
      else j++;
    }
    return new AddressSet(common);
  }

  without(other: AddressSet): AddressSet {
    return this.and(other.#complement());
  }

  equals(other: AddressSet): boolean {
    return JSON.stringify(this.#ranges) === JSON.stringify(other.#ranges);
  }

  /** As entries of the settings: an address, a network where it is one, else a range. */
  entries(): string[] {
    return this.#ranges.map(({ first, last }) => {
      const size = last - first + 1;
      const bits = Math.log2(size);
      const isNetwork = Number.isInteger(bits) && first % size === 0;
      if (isNetwork) return size === 1 ? text(first) : `${text(first)}/${32 - bits}`;
      return `${text(first)}-${text(last)}`;
    });
  }

  #complement(): AddressSet {
    const rest: Range[] = [];
    let next = 0;
    for (const { first, last } of this.#ranges) {
      if (first > next) rest.push({ first: next, last: first - 1 });
      next = last + 1;
    }
    if (next <= 0xffff_ffff) rest.push({ first: next, last: 0xffff_ffff });
    return new AddressSet(rest);
  }
}

const text = (value: number): string => formatIp({ family: 4, value: BigInt(value) });

function merged(ranges: readonly Range[]): Range[] {
  const result: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const open = result.at(-1);
    if (!open || first > open.last + 1) result.push({ first, last });
    else open.last = Math.max(open.last, last);
  }
  return result;
}

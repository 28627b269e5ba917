/**
 * The domains this relay takes mail for from everybody: those that may be relayed to, and those whose
 * mail stays here in a drop folder. Who decides whether mail is taken and who decides where it goes ask
 * the same table, so that what was taken for a folder never leaves through a connector. The very name
 * counts before the nearest `*.` entry above it. Pure.
 */
import { type AddressSpace, parseAddressSpace } from './address-space.ts';

export interface DomainSettings {
  readonly name: string;
  readonly allowRelay: boolean;
  /** Folder its mail is written into; null when it is sent on. */
  readonly dropDirectory: string | null;
}

interface Entry {
  readonly domain: DomainSettings;
  readonly space: AddressSpace;
}

export class AcceptedDomains {
  readonly #exact: ReadonlyMap<string, Entry>;
  readonly #subdomains: readonly Entry[];

  constructor(domains: readonly DomainSettings[]) {
    const entries = domains.filter(isAccepted).flatMap(entryOf);
    this.#exact = new Map(entries.map(entry => [entry.space.text, entry]));
    this.#subdomains = entries
      .filter(({ space }) => space.text.startsWith('*.'))
      .sort((a, b) => b.space.specificity - a.space.specificity);
  }

  /** The entry that takes this recipient domain; null when there is none. */
  find(domain: string): DomainSettings | null {
    if (domain === '') return null;
    const found = this.#exact.get(domain) ?? this.#subdomains.find(({ space }) => space.matches(domain));
    return found?.domain ?? null;
  }
}

const isAccepted = ({ allowRelay, dropDirectory }: DomainSettings): boolean => allowRelay || dropDirectory !== null;

/** An unreadable name accepts nothing, and neither does `*`: that would be an open relay by another name. */
function entryOf(domain: DomainSettings): Entry[] {
  const space = parseAddressSpace(domain.name);
  return space === null || space.text === '*' ? [] : [{ domain, space }];
}

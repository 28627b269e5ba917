/**
 * A virtual server as IIS sees it: a property that it has not comes from the service above it, then from the
 * schema. It remembers what was asked for, so that nothing is passed over in silence.
 */
import { parseAddressSpace } from '../../message/address-space.ts';
import { DecodedList } from '../ip-security-text.ts';
import type { IisKey, IisProperty, IisSource } from '../source.ts';
import { readBoolean, readNumber, ValueError } from '../values.ts';
import { type Entries, type Origin, shown, type Verdict } from './entry.ts';

export interface Found {
  readonly value: unknown;
  readonly origin: Origin;
  readonly location: string;
  readonly doubt: string | null;
}

export interface DomainView {
  /** As the settings would have it, where it is a domain at all. */
  readonly name: string;
  readonly key: IisKey;
}

/** A number or truth with where it comes from. */
export interface Known<T> {
  readonly value: T;
  readonly origin: Origin;
  /** It could be read, and nothing speaks against it. Of what is not sure the narrowest must be assumed. */
  readonly sure: boolean;
}

export class ServerView {
  readonly number: number;
  readonly location: string;
  readonly #entries: Entries;
  readonly #source: IisSource;
  readonly #asked = new Set<string>();
  #domains: readonly DomainView[] | null = null;
  #byName: ReadonlyMap<string, DomainView> | null = null;
  /** What could not be read, by name in lower case: it goes into the entry of the value. */
  readonly #unread = new Map<string, string>();

  constructor(source: IisSource, number: number, entries: Entries) {
    this.#source = source;
    this.number = number;
    this.#entries = entries;
    this.location = this.#key?.location ?? `/LM/SmtpSvc/${number}`;
  }

  get source(): IisSource {
    return this.#source;
  }

  get #key(): IisKey | undefined {
    return this.#source.keys.get(`smtpsvc/${this.number}`);
  }

  find(name: string): Found | null {
    this.#asked.add(name.toLowerCase());
    const [own, service] = [this.#key, this.#source.keys.get('smtpsvc')];
    const at = (key: IisKey | undefined) => key?.properties.get(name.toLowerCase());
    const [ownProperty, serviceProperty] = [at(own), at(service)];
    const found = (key: IisKey, property: IisProperty, origin: Origin, doubt = property.doubt): Found => ({
      value: property.value ?? null,
      origin,
      location: key.location,
      doubt,
    });
    if (own && ownProperty?.stored) return found(own, ownProperty, 'Server');
    if (service && serviceProperty?.stored) {
      const isAnother = ownProperty !== undefined && !isSame(ownProperty.value, serviceProperty.value);
      const doubt = isAnother ? 'the virtual server shows another value than the service has' : serviceProperty.doubt;
      return found(service, serviceProperty, 'Service', doubt);
    }
    // What is stored nowhere comes from the schema, if the old server showed it.
    if (own && ownProperty) return found(own, ownProperty, 'SchemaDefault');
    return service && serviceProperty ? found(service, serviceProperty, 'SchemaDefault') : null;
  }

  /** Text of a property; null when it is absent or empty. */
  text(name: string): string | null {
    const found = this.find(name);
    const text = found === null || found.value === null ? '' : String(found.value).trim();
    return text === '' ? null : text;
  }

  /** A number; one that can't be read is reported and counts as absent. */
  numberOf(name: string, schemaDefault: number, flags: Record<string, number> = {}): Known<number> {
    return this.#read(name, schemaDefault, value => readNumber(value, flags));
  }

  truthOf(name: string, schemaDefault: boolean): Known<boolean> {
    return this.#read(name, schemaDefault, readBoolean);
  }

  #read<T>(name: string, schemaDefault: T, read: (value: unknown) => T): Known<T> {
    const found = this.find(name);
    const unread = (why: string): Known<T> => {
      this.#unread.set(name.toLowerCase(), why);
      return { value: schemaDefault, origin: found?.origin ?? 'SchemaDefault', sure: false };
    };
    if (found === null) return { value: schemaDefault, origin: 'SchemaDefault', sure: this.#source.complete };
    if (found.value === null && found.doubt !== null) return unread(found.doubt);
    if (found.value === null) return { value: schemaDefault, origin: 'SchemaDefault', sure: true };
    try {
      return { value: read(found.value), origin: found.origin, sure: found.doubt === null };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      return unread(error.message);
    }
  }

  /** Writes an entry about a property of this server, or adds to the one that is there. */
  tell(setting: string, verdict: Verdict): void {
    const found = this.find(setting);
    const place = { setting, virtualServer: this.number };
    const facts = {
      ...place,
      value: found?.value ?? null,
      origin: found?.origin ?? 'SchemaDefault',
      location: found?.location ?? this.location,
    };
    this.#entries.tell(facts, verdict);
    const unread = this.#unread.get(setting.toLowerCase());
    if (unread !== undefined)
      this.#entries.tell(facts, {
        outcome: 'Refused',
        ...(verdict.mapsTo === undefined ? {} : { mapsTo: verdict.mapsTo }),
        reason: `It cannot be read: ${unread}.`,
        action: 'Look at the value on the old server, and set it here by hand.',
      });
    else if (found !== null && found.doubt !== null && !verdict.reason?.includes(found.doubt))
      this.#entries.tell(facts, {
        outcome: 'CarriedWithChange',
        ...(verdict.mapsTo === undefined ? {} : { mapsTo: verdict.mapsTo }),
        reason: `It is not sure: ${found.doubt}.`,
      });
  }

  /** An entry of its own for one of several items of a property; the only one is the property. */
  tellItem(setting: string, item: string, verdict: Verdict): void {
    const found = this.find(setting);
    if (shown(setting, found?.value) === item) this.tell(setting, verdict);
    else
      this.#entries.tell(
        {
          virtualServer: this.number,
          location: found?.location ?? this.location,
          setting,
          value: found?.value ?? null,
          origin: found?.origin ?? 'SchemaDefault',
          item,
        },
        verdict,
      );
  }

  /** Writes an entry about a property of one of its domains. */
  tellDomain({ key }: DomainView, setting: string, verdict: Verdict): void {
    const value = key.properties.get(setting.toLowerCase())?.value ?? null;
    this.#entries.tell(
      { virtualServer: this.number, location: key.location, setting, value, origin: 'Domain' },
      verdict,
    );
  }

  /** Whether an entry speaks of a property of a domain. */
  saysOf({ key }: DomainView, setting: string): boolean {
    return this.#entries.has(key.location, setting);
  }

  /** Its domains, in the order of the file. */
  domains(): readonly DomainView[] {
    this.#domains ??= this.#readDomains();
    return this.#domains;
  }

  #readDomains(): DomainView[] {
    const prefix = `smtpsvc/${this.number}/domain/`;
    return [...this.#source.keys].flatMap(([place, key]) => {
      const name = place.slice(prefix.length);
      if (!place.startsWith(prefix) || name.includes('/')) return [];
      return [{ name: parseAddressSpace(name)?.text ?? name, key }];
    });
  }

  domainNamed(name: string): DomainView | undefined {
    this.#byName ??= new Map(this.domains().map(domain => [domain.name, domain]));
    return this.#byName.get(name);
  }

  /** Keys below it that are neither itself nor domains. */
  others(): IisKey[] {
    const prefix = `smtpsvc/${this.number}/`;
    return [...this.#source.keys].flatMap(([place, key]) =>
      place.startsWith(prefix) && !/^domain\/[^/]+$/.test(place.slice(prefix.length)) ? [key] : [],
    );
  }

  /** Its own properties that nobody asked for. */
  leftOver(): IisProperty[] {
    return [...(this.#key?.properties ?? [])].flatMap(([name, property]) => (this.#asked.has(name) ? [] : [property]));
  }
}

function isSame(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => JSON.stringify(value instanceof DecodedList ? { ...value, bytes: null } : value);
  return plain(a) === plain(b);
}

/** Text of a domain's own property; null when it is absent or empty. */
export function domainText(domain: DomainView, name: string): string | null {
  const value = domain.key.properties.get(name.toLowerCase())?.value;
  const text = value === null || value === undefined ? '' : String(value).trim();
  return text === '' ? null : text;
}

/**
 * A virtual server as IIS sees it: a property that it has not comes from the service above it, then from the
 * schema. It remembers what was asked for, so that nothing is passed over in silence.
 */
import { type IisKey, type IisProperty, type IisSource, placeOf } from '../source.ts';
import { readBoolean, readNumber, ValueError } from '../values.ts';
import { type Origin, type PlanEntry, shown, type Verdict } from './entry.ts';

export interface Found {
  readonly value: unknown;
  readonly origin: Origin;
  readonly location: string;
  readonly doubtful: boolean;
}

export interface DomainView {
  readonly name: string;
  readonly key: IisKey;
}

/** A number or truth with where it comes from. */
export interface Known<T> {
  readonly value: T;
  readonly origin: Origin;
}

export class ServerView {
  readonly number: number;
  readonly location: string;
  readonly entries: PlanEntry[];
  readonly #source: IisSource;
  readonly #asked = new Set<string>();

  constructor(source: IisSource, number: number, entries: PlanEntry[]) {
    this.#source = source;
    this.number = number;
    this.entries = entries;
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
    const places: [string, Origin][] = [
      [`smtpsvc/${this.number}`, 'Server'],
      ['smtpsvc', 'Service'],
    ];
    for (const [place, origin] of places) {
      const key = this.#source.keys.get(place);
      const property = key?.properties.get(name.toLowerCase());
      if (key && property)
        return { value: property.value, origin, location: key.location, doubtful: property.doubtful };
    }
    return null;
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
    if (found === null || found.value === null) return { value: schemaDefault, origin: 'SchemaDefault' };
    try {
      return { value: read(found.value), origin: found.origin };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.tell(name, {
        outcome: 'Refused',
        reason: `It cannot be read: ${error.message}.`,
        action: 'Look at the value on the old server, and set it here by hand.',
      });
      return { value: schemaDefault, origin: 'SchemaDefault' };
    }
  }

  /** Writes an entry about a property of this server. */
  tell(setting: string, verdict: Verdict): void {
    const found = this.find(setting);
    this.tellOf(
      setting,
      found?.value ?? null,
      found?.origin ?? 'SchemaDefault',
      found?.location ?? this.location,
      verdict,
    );
  }

  tellOf(setting: string, value: unknown, origin: Origin, location: string, verdict: Verdict): void {
    this.entries.push({
      virtualServer: this.number,
      location,
      setting,
      value: shown(setting, value),
      origin,
      mapsTo: verdict.mapsTo ?? null,
      newValue: verdict.newValue === undefined ? null : shown('', verdict.newValue),
      outcome: verdict.outcome,
      reason: verdict.reason ?? null,
      action: verdict.action ?? null,
    });
  }

  /** Its domains, in the order of the file. */
  domains(): DomainView[] {
    const prefix = `smtpsvc/${this.number}/domain/`;
    return [...this.#source.keys].flatMap(([place, key]) =>
      place.startsWith(prefix) && !place.slice(prefix.length).includes('/')
        ? [{ name: placeOf(key.location).slice(prefix.length), key }]
        : [],
    );
  }

  /** Keys below it that are neither itself nor domains. */
  others(): IisKey[] {
    const prefix = `smtpsvc/${this.number}/`;
    return [...this.#source.keys].flatMap(([place, key]) =>
      place.startsWith(prefix) && !/^domain(\/[^/]+)?$/.test(place.slice(prefix.length)) ? [key] : [],
    );
  }

  /** Properties that nobody asked for, of the server and, where it shows through, of the service. */
  leftOver(): { readonly property: IisProperty; readonly origin: Origin; readonly location: string }[] {
    const own = this.#key?.properties ?? new Map<string, IisProperty>();
    const service = this.#source.keys.get('smtpsvc');
    const rest = (key: IisKey | undefined, origin: Origin) =>
      [...(key?.properties ?? [])].flatMap(([name, property]) =>
        this.#asked.has(name) || (origin === 'Service' && own.has(name))
          ? []
          : [{ property, origin, location: key!.location }],
      );
    return [...rest(this.#key, 'Server'), ...rest(service, 'Service')];
  }
}

/** Text of a domain's own property; null when it is absent or empty. */
export function domainText(domain: DomainView, name: string): string | null {
  const value = domain.key.properties.get(name.toLowerCase())?.value;
  const text = value === null || value === undefined ? '' : String(value).trim();
  return text === '' ? null : text;
}

/**
 * What the log of the system is told: each state once when it begins and once when it ends, under the ids of
 * schemas/events.json, which stay. Messages are not told of one by one; they stand in the tracking log.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RelayEvent } from '../log/events.ts';

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** A state that lasts, as it is found at a look. */
export interface State {
  readonly id: number;
  /** Tells it from others of the same id, such as the name of a listener. */
  readonly about: string;
  readonly text: string;
}

interface Entry {
  readonly id: number;
  readonly level: Notice['level'];
  readonly what: string;
  /** Id under which its end is told; null when it has none. */
  readonly ends: number | null;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'events.json');
export const catalogue = (JSON.parse(readFileSync(file, 'utf8')) as { events: readonly Entry[] }).events;
const entryOf = (id: number): Entry => catalogue.find(entry => entry.id === id)!;

const CANT_BE_FOUND = /DNS|does not exist|No enabled connector|takes no mail/;

export class Notices {
  readonly #write: (notice: Notice) => void;
  readonly #states = new Map<string, State>();
  /** Next hops that can't be reached, with the id they were told under. */
  readonly #hops = new Map<string, number>();

  constructor(write: (notice: Notice) => void) {
    this.#write = write;
  }

  /** Something that has no end. */
  say(id: number, text: string): void {
    this.#write({ id, level: entryOf(id).level, text });
  }

  add(event: RelayEvent): void {
    if (event.type === 'quarantined') this.say(1400, `${event.what} was set aside: ${event.reason}`);
    if (event.type !== 'queue') return;
    const key = `${event.connector} ${event.nextHop}`;
    const told = this.#hops.get(key);
    if (event.status === 'Retry' && told === undefined) {
      const id = CANT_BE_FOUND.test(event.reason ?? '') ? 4000 : 4006;
      this.#hops.set(key, id);
      const through = event.connector === '' ? '' : ` through connector ${event.connector}`;
      this.say(id, `Mail for ${event.nextHop}${through} can't be delivered: ${event.reason ?? 'no reason was given'}`);
    } else if ((event.status === 'Ready' || event.status === 'Active') && told !== undefined) {
      this.#hops.delete(key);
      this.#end(told, `Mail for ${event.nextHop} is delivered again.`);
    }
  }

  /** What is so now: tells what is new, and what is over. */
  look(states: readonly State[]): void {
    const now = new Map(states.map(state => [`${state.id} ${state.about}`, state]));
    for (const [key, state] of now) if (!this.#states.has(key)) this.say(state.id, state.text);
    for (const [key, state] of this.#states) if (!now.has(key)) this.#end(state.id, `It is over: ${state.text}`);
    this.#states.clear();
    for (const [key, state] of now) this.#states.set(key, state);
  }

  #end(id: number, text: string): void {
    const { ends } = entryOf(id);
    if (ends !== null) this.#write({ id: ends, level: 'info', text });
  }
}

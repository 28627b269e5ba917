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
  /** Tells a state from others; empty for what is no state. */
  readonly about: string;
  /** The id under which what ends here was told of; null for what does not end anything. */
  readonly ends: number | null;
}

/** A state that lasts, as it is found at a look. */
export interface State {
  readonly id: number;
  /** Tells it from all others, whatever its id and text are just now. */
  readonly about: string;
  readonly text: string;
}

interface Entry {
  readonly id: number;
  readonly level: Notice['level'];
  readonly what: string;
  /** Id under which its end is told; null when it has none. */
  readonly ends: number | null;
  /** The kind of alert by which people are told of it; null when they are not. */
  readonly alert: string | null;
}

const file = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'schemas', 'events.json');
export const catalogue = (JSON.parse(readFileSync(file, 'utf8')) as { events: readonly Entry[] }).events;
const entryOf = (id: number): Entry => catalogue.find(entry => entry.id === id)!;

export class Notices {
  readonly #write: (notice: Notice) => void;
  /** As they were told, by what they are about. */
  #states = new Map<string, State>();

  constructor(write: (notice: Notice) => void) {
    this.#write = write;
  }

  /** Something that has no end. */
  say(id: number, text: string): void {
    this.#begin(id, '', text);
  }

  add(event: RelayEvent): void {
    if (event.type === 'quarantined') this.say(1400, `${event.what} was set aside: ${event.reason}`);
  }

  /** What is so now: tells what is new, and what is over. */
  look(states: readonly State[]): void {
    const now = new Map<string, State>();
    for (const state of states) {
      if (now.has(state.about)) continue;
      // What lasts keeps the id it was told under, so that its end fits.
      const told = this.#states.get(state.about);
      now.set(state.about, told ?? state);
      if (!told) this.#begin(state.id, state.about, state.text);
    }
    for (const { about, id, text } of this.#states.values())
      if (!now.has(about)) this.#end(id, about, `It is over: ${text}`);
    this.#states = now;
  }

  #begin(id: number, about: string, text: string): void {
    this.#write({ id, level: entryOf(id).level, text, about, ends: null });
  }

  #end(id: number, about: string, text: string): void {
    const { ends } = entryOf(id);
    if (ends !== null) this.#write({ id: ends, level: 'info', text, about, ends: id });
  }
}

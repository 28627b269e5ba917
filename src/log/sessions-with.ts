/**
 * Sessions in which an address stands in a MAIL or RCPT command. Who asks for a sender or recipient wants to see
 * the whole conversation; a line that has no session id stands for itself.
 */
import type { ProtocolEntry } from './protocol-entry.ts';
import { toW3c } from './w3c.ts';

const PATH_OF = { MAIL: /^\+?FROM:\+*(?:<([^>]*)>?|(.*))/i, RCPT: /^\+?TO:\+*(?:<([^>]*)>?|(.*))/i };

export class SessionsWith {
  readonly verb: 'MAIL' | 'RCPT';
  readonly #part: string;
  readonly #wanted: string;
  readonly #sessions = new Set<string>();

  /** @param part of the address; `<>` for the null reverse-path */
  constructor(verb: 'MAIL' | 'RCPT', part: string) {
    this.verb = verb;
    this.#part = part;
    const bare = part.replace(/^<|>$/g, '');
    // Compared as written, where a plus in an address and a blank are the same.
    this.#wanted = bare === '' ? '' : toW3c(bare).toLowerCase();
  }

  /** Takes notice of a line that may be such a command. */
  see(entry: ProtocolEntry): void {
    if (entry.session !== null && this.#matches(entry)) this.#sessions.add(entry.session);
  }

  /** Whether a line belongs to such a session, as far as it was seen. */
  lets(entry: ProtocolEntry): boolean {
    return entry.session === null ? this.#matches(entry) : this.#sessions.has(entry.session);
  }

  #matches({ command, argument }: ProtocolEntry): boolean {
    if (argument === null || command?.toUpperCase() !== this.verb) return false;
    const match = PATH_OF[this.verb].exec(toW3c(argument));
    const path = match?.[1] ?? match?.[2];
    if (path === undefined) return false;
    return this.#part === '<>' ? path === '' : path.toLowerCase().includes(this.#wanted);
  }
}

/**
 * The DNS servers that are asked, in order: the next one at once when one fails or refuses, after a short time when
 * one is silent, and all that were silent once more with more patience. One that was silent comes last for a while,
 * so that a dead server costs its time once and not with every message.
 */
import { exchange, type Packet, parseServer, type Question, SILENCE } from './dns-exchange.ts';

/** Milliseconds a server has for its answer, round by round. */
const PATIENCE = [2000, 5000] as const;
const AVOIDED_FOR = 30_000;
/** With these codes a server has said what there is to say; others mean that it could not. */
const ANSWERS = new Set(['NOERROR', 'NXDOMAIN']);

export class DnsServers {
  readonly #servers: () => readonly string[];
  readonly #now: () => number;
  readonly #silentUntil = new Map<string, number>();

  /** @param servers asked each time; address or address:port */
  constructor(servers: () => readonly string[], now: () => number) {
    this.#servers = servers;
    this.#now = now;
  }

  /** @throws Error that says what each server did */
  async ask(question: Question): Promise<Packet> {
    const failures = new Map<string, string>();
    let open = this.#inOrder();
    for (const patience of PATIENCE) {
      const silent: string[] = [];
      for (const server of open) {
        const answer = await this.#askOne(server, question, patience);
        if (typeof answer !== 'string') return answer;
        failures.set(server, answer);
        if (answer === SILENCE) silent.push(server);
      }
      open = silent;
    }
    throw new Error([...failures].map(([server, why]) => `${server}: ${why}`).join(', '));
  }

  #inOrder(): string[] {
    const now = this.#now();
    const isSilent = (server: string) => (this.#silentUntil.get(server) ?? 0) > now;
    const servers = [...new Set(this.#servers())];
    return [...servers.filter(server => !isSilent(server)), ...servers.filter(isSilent)];
  }

  /** @returns the answer, or why there is none */
  async #askOne(server: string, question: Question, patience: number): Promise<Packet | string> {
    try {
      const packet = await exchange(parseServer(server), question, patience);
      this.#silentUntil.delete(server);
      return ANSWERS.has(packet.rcode) ? packet : packet.rcode;
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      if (message === SILENCE) this.#silentUntil.set(server, this.#now() + AVOIDED_FOR);
      return code ?? message;
    }
  }
}

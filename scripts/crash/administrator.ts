/**
 * An administrator who never sits still: moves messages between connectors, suspends and resumes
 * messages and queues, tries them at once; all through the control port, while mail flows and the
 * relay dies under his hands.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { type RelayProcess, RpcRefusal } from '../load/relay-process.ts';
import type { Random } from './random.ts';

/** What may be answered when the mail, or another act, was faster. */
const isExpected = ({ id, message }: RpcRefusal) => id === 'Busy' || id === 'NotFound' || /is suspended/.test(message);

interface Listed {
  readonly identity: string;
  readonly nextHopConnector: string;
}

export class Administrator {
  readonly #relay: RelayProcess;
  readonly #random: Random;
  /** How often each thing was done. */
  readonly done: Record<string, number> = {};
  /** Refusals that nobody should get. */
  readonly unexpected: string[] = [];
  #idle = false;

  constructor(relay: RelayProcess, random: Random) {
    this.#relay = relay;
    this.#random = random;
  }

  async work(running: () => boolean): Promise<void> {
    while (running()) {
      await wait(this.#random.between(10, 120));
      if (!this.#idle) await this.#act();
    }
  }

  /** Holds a queue and touches nothing more, so that its mail grows old in the log and moves to the queue. */
  async hold(connector: string): Promise<void> {
    this.#idle = true;
    const queue = (await this.#list('queue.list')).find(({ nextHopConnector }) => nextHopConnector === connector);
    if (queue) await this.#try('queue.suspend', { identity: queue.identity });
  }

  /** Goes on. */
  release(): void {
    this.#idle = false;
  }

  /** Lets everything go that is held, and tries all of it. */
  async freeAll(): Promise<void> {
    for (const method of ['message.resume', 'queue.resume', 'queue.retry']) await this.#try(method, { identity: '*' });
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const act = random.pick(['move', 'move', 'message.suspend', 'message.resume', 'message.retry', 'queue']);
    if (act === 'queue') {
      const method = random.pick(['queue.suspend', 'queue.resume', 'queue.resume', 'queue.retry']);
      const queue = random.pick(await this.#list('queue.list'));
      const identity = method === 'queue.resume' ? '*' : queue?.identity;
      if (identity) await this.#try(method, { identity });
      return;
    }
    const messages = await this.#list('message.list', { resultSize: 200 });
    const message = random.pick(messages);
    // What is held must come free again, or everything is held in the end.
    if (act === 'message.resume')
      await this.#try(act, { identity: random.chance(0.5) ? '*' : (message?.identity ?? '*') });
    else if (message && act !== 'move') await this.#try(act, { identity: message.identity });
    else if (message && ['North', 'South'].includes(await this.#connectorOf(message)))
      await this.#try('message.move', { identity: message.identity, connector: random.pick(['North', 'South']) });
  }

  /** Moving between the two that give verdicts only; smtp-sink would take what they refuse. */
  async #connectorOf({ identity }: Listed): Promise<string> {
    const number = identity.slice(0, identity.indexOf('\\'));
    return (await this.#list('queue.list')).find(queue => queue.identity === number)?.nextHopConnector ?? '';
  }

  async #list(method: string, params: object = {}): Promise<readonly Listed[]> {
    return ((await this.#try(method, params)) ?? []) as readonly Listed[];
  }

  async #try(method: string, params: object): Promise<unknown> {
    try {
      const result = await this.#relay.rpc(method, params);
      this.done[method] = (this.done[method] ?? 0) + 1;
      return result;
    } catch (error) {
      // Anything else is the relay that was killed.
      if (error instanceof RpcRefusal && !isExpected(error)) this.unexpected.push(`${method}: ${error.message}`);
      return null;
    }
  }
}

/**
 * The real relay as a process that can be killed at any moment and started again on the same data.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeEnvironment, nodeFlags } from '../../src/platform/node-options.ts';

export interface RelayProcessOptions {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly dataFolder: string;
  readonly controlPort: number;
  /** A folder for compiled code, written when the relay ends in peace: most of a short life would be compiling. */
  readonly compileCache?: string;
}

/** What the control port refused. */
export class RpcRefusal extends Error {
  /** Of the catalogue of problems. */
  readonly id: string;

  constructor(id: string, message: string) {
    super(message);
    this.id = id;
  }
}

export class RelayProcess {
  readonly #options: RelayProcessOptions;
  #child: ChildProcess | null = null;

  constructor(options: RelayProcessOptions) {
    this.#options = options;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts it; what it does next is not waited for. */
  launch(): void {
    const { command, compileCache } = this.#options;
    this.#child = spawn(process.execPath, [...nodeFlags, ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...nodeEnvironment, ...process.env, ...(compileCache && { NODE_COMPILE_CACHE: compileCache }) },
    });
  }

  /** While it runs. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Waits until it answers. @throws when it ends instead. */
  async ready(): Promise<void> {
    // A minute: the machine may be busy.
    for (let tries = 0; tries < 1200; tries++) {
      const answers = this.rpc('relay.get', {}).then(
        () => true,
        () => false,
      );
      if (await answers) return;
      this.requireAlive();
      await wait(50);
    }
    throw new Error('the relay did not start');
  }

  /** @throws when it has ended by itself. */
  requireAlive(): void {
    if (this.#child && this.#child.exitCode !== null)
      throw new Error(`the relay ended by itself, with code ${this.#child.exitCode}`);
  }

  /** kill -9, and waits until it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** @throws RpcRefusal, or what the network said */
  async rpc(method: string, params: object): Promise<unknown> {
    const token = (await readFile(join(this.#options.dataFolder, 'control.token'), 'utf8')).trim();
    const response = await fetch(`http://127.0.0.1:${this.#options.controlPort}/rpc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string; data: { id: string } } };
    if (answer.error) throw new RpcRefusal(answer.error.data.id, answer.error.message);
    return answer.result;
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise(resolve => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  }
}

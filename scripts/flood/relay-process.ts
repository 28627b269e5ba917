/**
 * The real relay as a process that can be killed at any moment and started again on the same data.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface RelayProcessOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly controlPort: number;
  readonly smartHostPort: number;
}

export class RelayProcess {
  readonly #options: RelayProcessOptions;
  #child: ChildProcess | null = null;

  constructor(options: RelayProcessOptions) {
    this.#options = options;
  }

  get processId(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    const { dataFolder, port, controlPort, smartHostPort } = this.#options;
    const args = [
      '--data',
      dataFolder,
      '--port',
      String(port),
      '--control-port',
      String(controlPort),
      '--smart-host',
      `127.0.0.1:${smartHostPort}`,
      '--quiet',
    ];
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { UV_THREADPOOL_SIZE: '16', ...process.env },
    });
    for (let tries = 0; tries < 400; tries++) {
      if (
        await this.rpc('relay.get', {}).then(
          () => true,
          () => false,
        )
      )
        return;
      if (this.#child.exitCode !== null) throw new Error(`the relay ended with code ${this.#child.exitCode}`);
      await wait(50);
    }
    throw new Error('the relay did not start');
  }

  /** kill -9, and waits until it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async rpc(method: string, params: object): Promise<unknown> {
    const token = (await readFile(join(this.#options.dataFolder, 'control.token'), 'utf8')).trim();
    const response = await fetch(`http://127.0.0.1:${this.#options.controlPort}/rpc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (answer.error) throw new Error(answer.error.message);
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

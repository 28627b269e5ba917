/**
 * Where the flood ends: smtp-sink (a real server of Postfix) writes each message into a file, and
 * this counts how often each number arrived.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, open, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export class Sink {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #seen = new Set<string>();
  readonly #arrivals = new Map<number, number>();

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  /** @param more further options of smtp-sink, its fault switches for example */
  static async start(port: number, folder: string, more: readonly string[] = []): Promise<Sink> {
    await mkdir(folder, { recursive: true });
    // smtp-sink gives up root for the account nobody, which must be able to write here.
    await chmod(dirname(folder), 0o711);
    await chmod(folder, 0o777);
    const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn('smtp-sink', [...asRoot, ...more, '-d', `${folder}/%H%M.`, `127.0.0.1:${port}`, '1000'], {
      stdio: 'inherit',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    });
    for (let tries = 0; tries < 100; tries++) {
      if (await reachable(port)) return new Sink(port, folder, child);
      await wait(50);
    }
    throw new Error('smtp-sink did not start');
  }

  /** How often each number has arrived so far. */
  async arrivals(): Promise<ReadonlyMap<number, number>> {
    for (const name of await readdir(this.#folder)) {
      if (this.#seen.has(name)) continue;
      const number = await numberOf(join(this.#folder, name));
      if (number === null) continue;
      this.#seen.add(name);
      this.#arrivals.set(number, (this.#arrivals.get(number) ?? 0) + 1);
    }
    return this.#arrivals;
  }

  stop(): void {
    this.#process.kill();
  }
}

async function numberOf(path: string): Promise<number | null> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const match = /^X-Flood: (\d+)/m.exec(buffer.toString('latin1', 0, bytesRead));
    return match ? Number(match[1]) : null;
  } finally {
    await handle.close();
  }
}

function reachable(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

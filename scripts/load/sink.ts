/**
 * Where load ends: smtp-sink (a real server of Postfix) writes each message into a file; this reads
 * the files, once each, and takes them away.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nameOf } from './message.ts';

/** A named message (message.ts) that has come whole. */
export interface SinkMessage {
  readonly name: string;
  readonly recipients: readonly string[];
  /** When its last byte came; milliseconds since 1970. */
  readonly at: number;
}

export class Sink {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

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

  /** What has come whole since the last call. */
  async read(): Promise<SinkMessage[]> {
    const messages: SinkMessage[] = [];
    for (const name of await readdir(this.#folder)) {
      const message = await readDump(join(this.#folder, name));
      // One that is being written is read the next time; smtp-sink removes what broke off.
      if (message) messages.push(message);
    }
    return messages;
  }

  /** It is there and says nothing any more, in sessions that are open and in new ones. Until `wake`. */
  hush(): void {
    this.#process.kill('SIGSTOP');
  }

  wake(): void {
    this.#process.kill('SIGCONT');
  }

  /** Resolves when its port is free again. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise(resolve => this.#process.once('exit', resolve));
    this.#process.kill();
    // Who is stopped hears of nothing else.
    this.wake();
    await ended;
  }
}

async function readDump(path: string): Promise<SinkMessage | null> {
  const text = await readFile(path, 'latin1').catch(() => null);
  const name = text === null ? null : nameOf(text.slice(text.indexOf('\nReceived:')));
  if (text === null || name === null) return null;
  const { mtimeMs } = await stat(path);
  await rm(path);
  const recipients = [...text.matchAll(/^X-Rcpt-Args: <([^>]*)>/gm)].map(match => match[1]!);
  return { name, recipients, at: mtimeMs };
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

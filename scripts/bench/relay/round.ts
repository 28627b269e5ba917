/** One round of one system: smtp-source, the system, smtp-sink. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Group } from './group.ts';
import type { System } from './systems.ts';

export interface Load {
  readonly messages: number;
  readonly warmUp: number;
  readonly sessions: number;
  /** Bytes of a message. */
  readonly size: number;
  readonly reuse: boolean;
}

export interface Measured {
  readonly system: string;
  /** Messages a second until the last 250. */
  readonly accept: number;
  /** Messages a second until the last one was at the sink. */
  readonly endToEnd: number;
  /** Processor milliseconds for each message, of the system alone. */
  readonly processor: number;
  /** MiB when the last 250 had come. */
  readonly memory: number;
  /** Messages not yet at the sink at that moment. */
  readonly backlog: number;
  /** Messages at the sink beyond those that were sent; less than none: lost. */
  readonly extra: number;
}

const PATH = `${process.env.PATH}:/usr/sbin`;
const PATIENCE = 120_000;

export async function measure(system: System, sinkPort: number, load: Load): Promise<Measured> {
  const groups = { system: new Group('system'), load: new Group('load') };
  const sink = await CountingSink.start(sinkPort, groups.load);
  try {
    if (system.port !== sinkPort) system.start(groups.system);
    await greets(system.port);
    await send(system.port, { ...load, messages: load.warmUp }, groups.load);
    await sink.until(load.warmUp);
    await wait(300);
    const [before, processor, begin] = [sink.count, groups.system.processorTime, performance.now()];
    await send(system.port, load, groups.load);
    const accepted = performance.now();
    const memory = groups.system.memory;
    const backlog = before + load.messages - sink.count;
    await sink.until(before + load.messages);
    const arrived = performance.now();
    // What the system does behind the last message is its work too.
    await wait(300);
    return {
      system: system.name,
      accept: (1000 * load.messages) / (accepted - begin),
      endToEnd: (1000 * load.messages) / (arrived - begin),
      processor: (groups.system.processorTime - processor) / load.messages,
      memory,
      backlog,
      extra: sink.count - before - load.messages,
    };
  } finally {
    await system.stop();
    groups.system.killAll();
    await sink.stop();
    await wait(200);
    groups.system.remove();
    groups.load.remove();
  }
}

class CountingSink {
  readonly #process: ChildProcess;
  /** Messages so far. */
  count = 0;
  #tail = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout!.setEncoding('latin1').on('data', (chunk: string) => {
      this.#tail = (this.#tail + chunk).slice(-200);
      const last = [...this.#tail.matchAll(/mesg=(\d+)\D/g)].at(-1);
      if (last) this.count = Number(last[1]);
    });
  }

  static async start(port: number, group: Group): Promise<CountingSink> {
    const [program, args] = group.wrap('smtp-sink', [
      '-4',
      '-u',
      'nobody',
      '-c',
      '-m',
      '1000',
      `127.0.0.1:${port}`,
      '1000',
    ]);
    const sink = new CountingSink(
      spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, PATH } }),
    );
    await greets(port);
    return sink;
  }

  async until(count: number): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (this.count < count && performance.now() < end) await wait(5);
  }

  async stop(): Promise<void> {
    await new Promise(resolve => this.#process.once('exit', resolve).kill());
  }
}

function send(port: number, { messages, sessions, size, reuse }: Load, group: Group): Promise<void> {
  const options = ['-4', ...(reuse ? ['-d'] : []), '-s', String(sessions), '-m', String(messages), '-l', String(size)];
  const envelope = ['-f', 'from@source.bench.test', '-t', 'to@sink.bench.test', `127.0.0.1:${port}`];
  const [program, args] = group.wrap('smtp-source', [...options, ...envelope]);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PATH } });
    child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`smtp-source ended with ${code}`))));
  });
}

async function greets(port: number): Promise<void> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    const isThere = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1');
      socket.setTimeout(1000, () => socket.destroy());
      socket.once('data', () => socket.end('QUIT\r\n', () => resolve(true)));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
    if (isThere) return;
    await wait(100);
  }
  throw new Error(`nobody greets on port ${port}`);
}

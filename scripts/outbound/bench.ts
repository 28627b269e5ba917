/** A relay between clients that send at a steady rate and smtp-sinks that can be killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../load/free-port.ts';
import { namedMessage } from '../load/message.ts';
import { RelayProcess } from '../load/relay-process.ts';
import { Sink } from '../load/sink.ts';
import { SmtpSession } from '../load/smtp-session.ts';

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Milliseconds. */
const LONGEST_STOP = 60_000;
const SENDER = 'load@example.com';

/** An smtp-sink with a port of its own. */
export class Host {
  readonly port: number;
  readonly #folder: string;
  #sink: Sink | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(folder: string): Promise<Host> {
    const host = new Host(await freePort(), folder);
    await host.up();
    return host;
  }

  async up(): Promise<void> {
    this.#sink = await Sink.start(this.port, this.#folder);
  }

  /** Kills it; what it has stays to be read. */
  async down(): Promise<void> {
    await this.#sink?.stop();
  }

  /** Takes connections and says nothing. */
  hush(): void {
    this.#sink?.hush();
  }

  wake(): void {
    this.#sink?.wake();
  }

  read(): ReturnType<Sink['read']> {
    return this.#sink!.read();
  }
}

export class Bench {
  readonly relay: RelayProcess;
  readonly hosts: readonly Host[];
  readonly #folder: string;
  #port = 0;

  private constructor(folder: string, relay: RelayProcess, hosts: readonly Host[]) {
    this.#folder = folder;
    this.relay = relay;
    this.hosts = hosts;
  }

  /** A relay whose connector SmartHost goes to the first of so many sinks. */
  static async start(hostCount: number): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-outbound-'));
    const hosts: Host[] = [];
    for (let at = 0; at < hostCount; at++) hosts.push(await Host.start(join(folder, `sink${at}`)));
    const [dataFolder, smtpPort, controlPort] = [join(folder, 'data'), await freePort(), await freePort()];
    const options = {
      data: dataFolder,
      port: String(smtpPort),
      'control-port': String(controlPort),
      'smart-host': `127.0.0.1:${hosts[0]!.port}`,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const relay = new RelayProcess({ dataFolder, controlPort, command: [PROGRAM, ...args, '--quiet'] });
    const bench = new Bench(folder, relay, hosts);
    await relay.start().catch(async error => {
      await bench.stop();
      throw error;
    });
    const { endpoints } = (await relay.rpc('relay.get', {})) as { endpoints: { port: number }[] };
    bench.#port = endpoints[0]!.port;
    await relay.rpc('settings.set', { messageRateLimit: null, recipientRateLimit: null }).catch(() => {});
    return bench;
  }

  /** Sends messages of these names over so many sessions. @param gap milliseconds between two of one session */
  async send(names: readonly string[], domain: string, sessions: number, gap = 0): Promise<Map<string, number>> {
    const acknowledged = new Map<string, number>();
    let next = 0;
    const worker = async () => {
      const session = await SmtpSession.open(this.#port);
      for (let at = next++; at < names.length; at = next++) {
        const name = names[at]!;
        const recipient = `r${at}@${domain}`;
        await session.send(SENDER, [recipient], namedMessage(name, SENDER, recipient, 1024));
        acknowledged.set(name, Date.now());
        if (gap > 0) await wait(gap);
      }
      session.end();
    };
    await Promise.all(Array.from({ length: sessions }, worker));
    return acknowledged;
  }

  async stop(): Promise<void> {
    // A relay that does not end is told of by others; here it must not keep the bench.
    const late = setTimeout(() => void this.relay.kill(), LONGEST_STOP);
    await this.relay.stop();
    clearTimeout(late);
    for (const host of this.hosts) await host.down();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The value below which this part of the sorted values lies. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

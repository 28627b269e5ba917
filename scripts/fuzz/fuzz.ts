/**
 * Talks to a real relay, in this process, in sessions made from a seed (grammar.ts), many at a time,
 * cut into packets at random borders, and holds it to: every answer a reply, every session over soon,
 * the same answers wherever the packets ended, every 250 arrived once at the next hop, and nothing
 * there that must not leave a relay (next-hop.ts). A session that fails is made smaller and printed.
 *
 *   node scripts/fuzz/fuzz.ts --inputs 1000000 --seed 1 --sessions 50
 *   node scripts/fuzz/fuzz.ts --seed 1 --only 4711      # one session of that run again
 *
 * Ends with 0 when nothing was found.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Relay } from '../../src/relay.ts';
import { Random } from '../crash/random.ts';
import { freePort } from '../load/free-port.ts';
import { converse, FAREWELL } from './client.ts';
import { type FuzzSession, makeSession, packets } from './grammar.ts';
import { NextHop } from './next-hop.ts';

export interface FuzzPlan {
  readonly seed: number;
  readonly inputs: number;
  /** At a time. */
  readonly sessions: number;
  /** Number of the one session to try; null for all. */
  readonly only: number | null;
  readonly onProgress?: (inputs: number, rss: number) => void;
}

export interface FuzzResult {
  readonly seed: number;
  readonly inputs: number;
  readonly sessions: number;
  readonly seconds: number;
  readonly accepted: number;
  readonly arrived: number;
  /** MiB, after a tenth of the run and at its end. */
  readonly rssEarly: number;
  readonly rssEnd: number;
  readonly findings: readonly string[];
}

/** Every this many sessions are held a second time, cut otherwise. */
const TWICE = 10;

export async function runFuzz(plan: FuzzPlan): Promise<FuzzResult> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-fuzz-'));
  const hop = await NextHop.start(await freePort());
  const port = await freePort();
  await prepare(folder, port, hop.port);
  const wishes = { port: null, submissionPort: null, controlPort: null, smartHost: null, relayNetworks: [] };
  const relay = await Relay.start({ dataFolder: folder, wishes, console: false });
  try {
    return await new Run(plan, port, hop).all();
  } finally {
    await relay.stop(10_000);
    hop.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Without what may differ: ids, and what STARTTLS is told, since what comes in the same packet behind it is
 * refused and what comes in the next one is taken for a handshake.
 */
const comparable = (answers: string) =>
  answers
    .replace(/Queued as \S+/g, 'Queued')
    .replace(/(?:220 2\.0\.0 Ready to start TLS|554 5\.5\.0 Wait for the reply to STARTTLS)\r\n$/, '');

async function prepare(folder: string, port: number, nextHop: number): Promise<void> {
  const settings = {
    version: 1,
    general: { fqdn: 'relay.test', controlPort: await freePort(), minimumFreeSpace: 0, maxMessageSize: 20_000 },
    listeners: [{ name: 'Default', bindings: [{ address: '127.0.0.1', port }], maxInboundConnectionPerSource: 10_000 }],
    restriction: { entries: [{ entry: '192.0.2.1' }] },
    domains: [{ name: 'open.example', allowRelay: true }],
    connectors: [
      { name: 'Next', type: 'SmartHost', smartHosts: [{ host: '127.0.0.1', port: nextHop }], tlsMode: 'None' },
    ],
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
}

class Run {
  readonly #plan: FuzzPlan;
  readonly #port: number;
  readonly #hop: NextHop;
  readonly #acknowledged = new Set<string>();
  readonly #findings: string[] = [];
  #next = 0;
  #inputs = 0;
  #rssEarly = 0;
  #told = 0;

  constructor(plan: FuzzPlan, port: number, hop: NextHop) {
    this.#plan = plan;
    this.#port = port;
    this.#hop = hop;
  }

  async all(): Promise<FuzzResult> {
    const { seed, only, sessions } = this.#plan;
    const begin = Date.now();
    if (only === null) await Promise.all(Array.from({ length: sessions }, () => this.#work()));
    else await this.#try(only);
    const seconds = (Date.now() - begin) / 1000;
    await this.#untilArrived();
    const lost = [...this.#acknowledged].filter(id => !this.#hop.arrived.has(id));
    if (lost.length > 0)
      this.#findings.push(`${lost.length} messages got a 250 and did not arrive: ${lost.slice(0, 5)}`);
    return {
      seed,
      inputs: this.#inputs,
      sessions: only === null ? this.#next : 1,
      seconds,
      accepted: this.#acknowledged.size,
      arrived: this.#hop.arrived.size,
      rssEarly: this.#rssEarly,
      rssEnd: rss(),
      findings: [...this.#findings, ...this.#hop.violations],
    };
  }

  async #work(): Promise<void> {
    const { inputs } = this.#plan;
    while (this.#inputs < inputs && this.#findings.length < 10) {
      await this.#try(this.#next++);
      if (this.#rssEarly === 0 && this.#inputs > inputs / 10) this.#rssEarly = rss();
      if (this.#inputs < this.#told + inputs / 20) continue;
      this.#told = this.#inputs;
      this.#plan.onProgress?.(this.#inputs, rss());
    }
  }

  /** Everything about a session comes from the seed and its number. */
  async #try(number: number): Promise<void> {
    const random = new Random(this.#plan.seed * 1_000_003 + number);
    const session = makeSession(random);
    this.#inputs += session.inputs.length;
    const cuts = random.between(0, 2 ** 31);
    const twice = number % TWICE === 0 && session.vanishesAfter === null;
    const fault = await this.#faultOf(session, cuts, twice);
    if (fault === null) return;
    const small = await this.#smaller(session, candidate => this.#faultOf(candidate, cuts, twice));
    const inputs = small.inputs.map(input => JSON.stringify(input.toString('latin1').slice(0, 300))).join(' ');
    this.#findings.push(`session ${number}: ${fault}: ${inputs}`);
  }

  async #faultOf(session: FuzzSession, cuts: number, twice: boolean): Promise<string | null> {
    const first = await this.#hold(session, new Random(cuts));
    if (first.fault !== null || !twice) return first.fault;
    const second = await this.#hold(session, new Random(cuts + 1));
    if (second.fault !== null) return second.fault;
    const [one, other] = [first, second].map(({ answers }) => comparable(answers));
    return one === other ? null : `other packets, other answers: ${JSON.stringify([one, other])}`;
  }

  async #hold(session: FuzzSession, random: Random): Promise<{ answers: string; fault: string | null }> {
    const { inputs, vanishesAfter } = session;
    const all = Buffer.concat(inputs);
    const bytes = vanishesAfter === null ? Buffer.concat([all, FAREWELL]) : all.subarray(0, vanishesAfter);
    const conversation = await converse(this.#port, packets(random, bytes), vanishesAfter !== null);
    for (const [, id] of conversation.answers.matchAll(/Queued as (\S+)/g)) this.#acknowledged.add(id!);
    return conversation;
  }

  /** Leaves out inputs as long as something is still wrong. */
  async #smaller(
    session: FuzzSession,
    faultOf: (session: FuzzSession) => Promise<string | null>,
  ): Promise<FuzzSession> {
    let small = session;
    for (let at = 0; at < small.inputs.length && small.inputs.length > 1; ) {
      const candidate = { ...small, inputs: small.inputs.toSpliced(at, 1) };
      if ((await faultOf(candidate)) === null) at++;
      else small = candidate;
    }
    return small;
  }

  async #untilArrived(): Promise<void> {
    const isThere = () => [...this.#acknowledged].every(id => this.#hop.arrived.has(id));
    for (let tries = 0; tries < 300 && !isThere(); tries++) await wait(100);
  }
}

function rss(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Math.round(process.memoryUsage().rss / 1024 / 1024);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { inputs: option, seed: option, sessions: option, only: option } });
  const result = await runFuzz({
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    inputs: Number(values.inputs ?? 100_000),
    sessions: Number(values.sessions ?? 50),
    only: values.only === undefined ? null : Number(values.only),
    onProgress: (inputs, megabytes) => process.stderr.write(`${inputs} inputs, RSS ${megabytes} MiB\n`),
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exit(result.findings.length > 0 ? 1 : 0);
}

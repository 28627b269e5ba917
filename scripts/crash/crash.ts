/**
 * Kills the real relay (kill -9) at random moments, also while it starts and recovers, with everything
 * in play: several senders, messages of which some recipients are taken, some deferred and some
 * refused, two next hops with verdicts and smtp-sink, large messages, segments that turn over, and an
 * administrator who moves, holds and tries things. Then it holds the relay to its word: each recipient
 * of a message that got a 250 was delivered, is still queued, was reported to the sender, or lies in
 * BadMail; and nothing came twice but what was on its way at a kill.
 *
 *   node scripts/crash/crash.ts --kills 200 --messages 20000 --sessions 8 --seed 1
 *
 * Prints a summary as JSON; ends with 0 only when the relay kept its word. With --keep the data stay.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../load/free-port.ts';
import { RelayProcess } from '../load/relay-process.ts';
import { Sink } from '../load/sink.ts';
import { Administrator } from './administrator.ts';
import { Journal } from './journal.ts';
import { Ledger, type Remains } from './ledger.ts';
import { type Deferrals, NextHop } from './next-hop.ts';
import { Random } from './random.ts';
import { send } from './senders.ts';

const PROGRAM = fileURLToPath(new URL('./relay.ts', import.meta.url));

export interface CrashPlan {
  readonly seed: number;
  readonly kills: number;
  /** Messages with a 250 at least; the load goes on until the last kill. */
  readonly messages: number;
  readonly sessions: number;
  /** Bytes of a segment of the log. */
  readonly segmentSize: number;
  /** Share of lives in which a queue is held for so long that its mail leaves the log by age. */
  readonly longLives: number;
  /** Leaves the folder behind. */
  readonly keep: boolean;
}

export type CrashResult = Awaited<ReturnType<typeof runCrashes>>;

export async function runCrashes(plan: CrashPlan) {
  const begin = Date.now();
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-crash-'));
  const dataFolder = join(folder, 'data');
  const ledger = new Ledger();
  const random = new Random(plan.seed);
  const journal = await Journal.open(join(folder, 'taken.log'));
  const deferrals: Deferrals = new Map();
  const hop = async () =>
    NextHop.start(await freePort(), { journal, ledger, deferrals, late: () => random.between(0, 25) });
  const [north, south] = [await hop(), await hop()];
  const sink = await Sink.start(await freePort(), join(folder, 'sink'));
  const [port, controlPort] = [await freePort(), await freePort()];
  await writeSettings(dataFolder, { port, controlPort, north: north.port, south: south.port, sink: sink.port });
  const command = [PROGRAM, dataFolder, String(plan.segmentSize)] as const;
  const relay = new RelayProcess({ command, dataFolder, controlPort, compileCache: join(folder, 'compiled') });
  const administrator = new Administrator(relay, new Random(plan.seed + 1));
  const stage = { load: true, administration: true };
  try {
    await relay.start();
    await relay.stop();
    relay.launch();
    const collecting = collect(sink, ledger, () => stage.administration);
    const administrating = administrator.work(() => stage.load);
    const sending = send({ port, sessions: plan.sessions, random, ledger, running: () => stage.load });
    const lives = await killAgainAndAgain({ plan, relay, ledger, administrator, random, dataFolder });
    while (ledger.messages < plan.messages) await wait(20);
    stage.load = false;
    await Promise.all([sending, administrating]);
    const drained = await drain(relay, administrator);
    stage.administration = false;
    await collecting;
    const remains = await lookAtRemains(relay, dataFolder);
    for (let tries = 0; tries < 20 && ledger.missing(remains).length > 0; tries++) {
      await wait(100);
      await readSink(sink, ledger);
    }
    await relay.stop();
    const { kills, ...balance } = ledger.balance(remains);
    return {
      seed: plan.seed,
      kills,
      killsDuringStart: lives.duringStart,
      segments: lives.segments,
      ...balance,
      drained,
      leftovers: await leftoversIn(dataFolder),
      administration: administrator.done,
      unexpectedRefusals: administrator.unexpected,
      seconds: Math.round((Date.now() - begin) / 1000),
    };
  } finally {
    stage.load = false;
    stage.administration = false;
    await relay.kill();
    north.stop();
    south.stop();
    await sink.stop();
    await journal.close();
    if (plan.keep) process.stderr.write(`${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/** True when the relay kept its word. */
export const isKept = (result: CrashResult): boolean =>
  [result.lost, result.damaged, result.wrong, result.unexplained, result.unexpectedRefusals, result.leftovers].every(
    list => list.length === 0,
  ) &&
  result.queued === 0 &&
  result.doubled <= result.doubledAtMost &&
  result.doubledReports <= result.doubledReportsAtMost;

interface Ports {
  readonly port: number;
  readonly controlPort: number;
  readonly north: number;
  readonly south: number;
  readonly sink: number;
}

async function writeSettings(dataFolder: string, ports: Ports): Promise<void> {
  const connector = (name: string, port: number, ...addressSpaces: string[]) => ({
    name,
    type: 'SmartHost',
    addressSpaces,
    smartHosts: [{ host: '127.0.0.1', port }],
    tlsMode: 'None',
  });
  const settings = {
    version: 1,
    general: { fqdn: 'relay.test', controlPort: ports.controlPort, retryInterval: [1, 1, 2], minimumFreeSpace: 0 },
    listeners: [{ name: 'Default', bindings: [{ address: '127.0.0.1', port: ports.port }] }],
    connectors: [
      connector('Load', ports.sink, '*'),
      // What is reported to senders comes to North too.
      connector('North', ports.north, 'north.test', 'senders.test'),
      connector('South', ports.south, 'south.test'),
    ],
  };
  await mkdir(dataFolder, { mode: 0o700 });
  await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(settings));
}

interface Killing {
  readonly plan: CrashPlan;
  readonly relay: RelayProcess;
  readonly ledger: Ledger;
  readonly administrator: Administrator;
  readonly random: Random;
  readonly dataFolder: string;
}

/** One life after the other; in the end the relay runs. */
async function killAgainAndAgain({ plan, relay, ledger, administrator, random, dataFolder }: Killing) {
  const segments: number[] = [];
  let duringStart = 0;
  for (let kill = 0; kill < plan.kills; kill++) {
    // The first life makes the data folder and lets mail in, so that the others have something to recover.
    const early = kill > 0 && random.chance(0.35);
    if (early) {
      duringStart++;
      await wait(random.between(0, 900));
    } else {
      await relay.ready();
      if (random.chance(plan.longLives)) {
        await administrator.hold('South');
        await wait(random.between(10_500, 14_000));
      } else await wait(random.between(0, 2500));
    }
    relay.requireAlive();
    ledger.killed(Date.now());
    await relay.kill();
    segments.push(await highestSegment(dataFolder));
    administrator.release();
    relay.launch();
  }
  await relay.ready();
  return {
    duringStart,
    segments: { mostInOneLife: Math.max(0, ...segments), all: segments.reduce((a, b) => a + b, 0) },
  };
}

/** How many segments this life of the log has begun; each life counts from 1. */
async function highestSegment(dataFolder: string): Promise<number> {
  const names = await readdir(join(dataFolder, 'log-segments')).catch(() => []);
  return Math.max(0, ...names.map(name => Number.parseInt(name, 10) || 0));
}

async function readSink(sink: Sink, ledger: Ledger): Promise<void> {
  for (const { recipients, at } of await sink.read()) ledger.arrived(recipients, at);
}

/** Reads along, so that the files do not pile up. */
async function collect(sink: Sink, ledger: Ledger, running: () => boolean): Promise<void> {
  while (running()) {
    await readSink(sink, ledger);
    await wait(200);
  }
}

/** Lets the relay finish, as long as it gets on. @returns whether nothing waits any more. */
async function drain(relay: RelayProcess, administrator: Administrator): Promise<boolean> {
  const patience = 60_000;
  let before = Number.POSITIVE_INFINITY;
  for (let deadline = Date.now() + patience; Date.now() < deadline; ) {
    await administrator.freeAll();
    const { queued } = (await relay.rpc('relay.get', {})) as { queued: number };
    if (queued === 0) return true;
    if (queued < before) deadline = Date.now() + patience;
    before = Math.min(before, queued);
    await wait(500);
  }
  return false;
}

async function lookAtRemains(relay: RelayProcess, dataFolder: string): Promise<Remains> {
  const messages = (await relay.rpc('message.list', {})) as { recipients: { emailAddress: string }[] }[];
  const queued = messages.flatMap(({ recipients }) => recipients.map(({ emailAddress }) => emailAddress));
  const badMail = join(dataFolder, 'BadMail');
  const files = (await readdir(badMail)).filter(name => name.endsWith('.BAD'));
  const heads = await Promise.all(files.map(name => readFile(join(badMail, name), 'latin1')));
  const addresses = heads.flatMap(head => [...head.matchAll(/^x-receiver: <([^>]*)>/gm)].map(match => match[1]!));
  return { queued: new Set(queued), badMail: new Set(addresses) };
}

/** What a stopped relay without mail should not have: files of messages and of the log, and halves of files. */
async function leftoversIn(dataFolder: string): Promise<string[]> {
  const folders = ['Queue', 'log-segments'];
  const halves = (await readdir(dataFolder, { recursive: true })).filter(name => name.endsWith('.tmp'));
  const names = await Promise.all(
    folders.map(async name => (await readdir(join(dataFolder, name))).map(file => `${name}/${file}`)),
  );
  return [...names.flat(), ...halves];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      seed: option,
      kills: option,
      messages: option,
      sessions: option,
      'segment-size': option,
      keep: { type: 'boolean' },
    },
  });
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
  const result = await runCrashes({
    seed: number(values.seed, Date.now() % 1_000_000),
    kills: number(values.kills, 200),
    messages: number(values.messages, 20_000),
    sessions: number(values.sessions, 8),
    segmentSize: number(values['segment-size'], 256 * 1024),
    longLives: 0.04,
    keep: values.keep ?? false,
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = isKept(result) ? 0 : 1;
}

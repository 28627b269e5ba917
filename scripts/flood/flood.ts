/**
 * Sends thousands of messages through the relay into smtp-sink, kills the relay (kill -9) in the
 * middle as often as asked, and holds it to its word: every message that got a 250 arrives. What
 * arrives more often than it was acknowledged is counted and told.
 *
 *   node scripts/flood/flood.ts --messages 10000 --sessions 20 --size 4096 --kills 3
 *
 * Ends with 0 when nothing was lost, and without kills nothing doubled.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { flood } from './client.ts';
import { RelayProcess } from './relay-process.ts';
import { Sink } from './sink.ts';

export interface FloodResult {
  readonly acknowledged: number;
  readonly arrived: number;
  readonly lost: readonly number[];
  /** Deliveries beyond the first of each message. */
  readonly doubled: number;
  readonly kills: number;
  /** Times that the client sent a message, answered or not. */
  readonly attempts: number;
  /** Seconds until the last 250, and until the last arrival. */
  readonly acceptSeconds: number;
  readonly totalSeconds: number;
}

export interface FloodPlan {
  readonly messages: number;
  readonly sessions: number;
  readonly size: number;
  readonly kills: number;
  readonly messagesPerSession: number;
}

export async function runFlood(plan: FloodPlan): Promise<FloodResult> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-flood-'));
  const sink = await Sink.start(await freePort(), join(folder, 'sink'));
  const relay = new RelayProcess({
    dataFolder: join(folder, 'data'),
    port: await freePort(),
    controlPort: await freePort(),
    smartHostPort: sink.port,
  });
  try {
    await relay.start();
    const { port } = ((await relay.rpc('relay.get', {})) as { endpoints: { port: number }[] }).endpoints[0]!;
    const begin = Date.now();
    const acknowledged = new Set<number>();
    const killing = killInTheMiddle(relay, plan, acknowledged);
    const { attempts } = await flood({
      ...plan,
      port,
      recipients: number => [`r${number}@example.net`],
      onAcknowledged: number => acknowledged.add(number),
    });
    const acceptSeconds = (Date.now() - begin) / 1000;
    await killing;
    await untilEmpty(relay);
    const arrivals = await untilArrived(sink, acknowledged);
    const total = [...arrivals.values()].reduce((sum, count) => sum + count, 0);
    return {
      acknowledged: acknowledged.size,
      arrived: arrivals.size,
      lost: [...acknowledged].filter(number => !arrivals.has(number)),
      doubled: total - arrivals.size,
      kills: plan.kills,
      attempts,
      acceptSeconds,
      totalSeconds: (Date.now() - begin) / 1000,
    };
  } finally {
    await relay.stop();
    sink.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Kills at moments spread over the run, by what was acknowledged so far. */
async function killInTheMiddle(relay: RelayProcess, plan: FloodPlan, acknowledged: ReadonlySet<number>): Promise<void> {
  for (let kill = 1; kill <= plan.kills; kill++) {
    const at = Math.floor((plan.messages * kill) / (plan.kills + 1));
    while (acknowledged.size < at) await wait(2);
    await relay.kill();
    await relay.start();
  }
}

async function untilEmpty(relay: RelayProcess): Promise<void> {
  for (;;) {
    const { queued } = (await relay.rpc('relay.get', {})) as { queued: number };
    if (queued === 0) return;
    // The hop may be in Retry after a kill met the sink in an odd moment.
    await relay.rpc('queue.retry', { identity: '*' });
    await wait(200);
  }
}

/** smtp-sink closes its files a moment after its 250. */
async function untilArrived(sink: Sink, acknowledged: ReadonlySet<number>): Promise<ReadonlyMap<number, number>> {
  let arrivals = await sink.arrivals();
  for (let tries = 0; tries < 20 && [...acknowledged].some(number => !arrivals.has(number)); tries++) {
    await wait(100);
    arrivals = await sink.arrivals();
  }
  return arrivals;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { messages: option, sessions: option, size: option, kills: option, 'per-session': option },
  });
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
  const result = await runFlood({
    messages: number(values.messages, 10_000),
    sessions: number(values.sessions, 20),
    size: number(values.size, 4096),
    kills: number(values.kills, 0),
    messagesPerSession: number(values['per-session'], 10),
  });
  process.stdout.write(
    `${JSON.stringify({ ...result, lost: result.lost.slice(0, 20), lostCount: result.lost.length }, null, 2)}\n`,
  );
  process.exitCode = result.lost.length > 0 || (result.kills === 0 && result.doubled > 0) ? 1 : 0;
}

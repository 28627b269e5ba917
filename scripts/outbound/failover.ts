/**
 * Three smart hosts that are killed in turn under load, and brought back: no message waits longer than the
 * time of a connection, none is lost, none comes twice.
 *
 *   node scripts/outbound/failover.ts --messages 3000 --rate 60 --timeout 5
 *
 * Ends with 0 when that holds.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bench, quantile } from './bench.ts';

export interface FailoverPlan {
  readonly messages: number;
  /** Messages a second, at most. */
  readonly rate: number;
  /** Seconds to open a connection. */
  readonly timeout: number;
}

export interface FailoverResult {
  readonly acknowledged: number;
  readonly lost: number;
  /** Deliveries beyond the first of each message. */
  readonly doubled: number;
  /** By host. */
  readonly arrived: readonly number[];
  /** Milliseconds from the 250 to arrival. */
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  readonly seconds: number;
}

const SESSIONS = 6;

export async function runFailover({ messages, rate, timeout }: FailoverPlan): Promise<FailoverResult> {
  const bench = await Bench.start(3);
  const { hosts, relay } = bench;
  try {
    await relay.rpc('settings.set', { connectionTimeout: timeout });
    await relay.rpc('connector.set', {
      name: 'SmartHost',
      smartHosts: hosts.map(({ port }) => ({ host: '127.0.0.1', port })),
      // A message whose server died between its last byte and the reply is in doubt, and asks again so soon.
      retryInterval: [1],
    });
    const begin = Date.now();
    const names = Array.from({ length: messages }, (_, at) => `m${at}`);
    const sending = bench.send(names, 'example.net', SESSIONS, (1000 * SESSIONS) / rate);
    // Each is dead for a sixth of the time; the next one dies when it is back.
    const step = (messages / rate / 7) * 1000;
    for (const host of hosts) {
      await wait(step);
      await host.down();
      await wait(step);
      await host.up();
    }
    const acknowledged = await sending;
    const arrivals = new Map<string, number[]>();
    const arrived = hosts.map(() => 0);
    for (let tries = 0; tries < 300 && arrivals.size < messages; tries++) {
      for (const [at, host] of hosts.entries()) {
        for (const { name, at: time } of await host.read()) {
          arrivals.set(name, [...(arrivals.get(name) ?? []), time]);
          arrived[at]!++;
        }
      }
      await wait(100);
    }
    const waits = [...arrivals].map(([name, times]) => Math.min(...times) - acknowledged.get(name)!);
    const sorted = waits.sort((a, b) => a - b);
    return {
      acknowledged: acknowledged.size,
      lost: [...acknowledged.keys()].filter(name => !arrivals.has(name)).length,
      doubled: [...arrivals.values()].reduce((sum, times) => sum + times.length - 1, 0),
      arrived,
      median: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      longest: sorted.at(-1) ?? 0,
      seconds: (Date.now() - begin) / 1000,
    };
  } finally {
    await bench.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { messages: option, rate: option, timeout: option } });
  const plan = {
    messages: Number(values.messages ?? 3000),
    rate: Number(values.rate ?? 60),
    timeout: Number(values.timeout ?? 5),
  };
  const result = await runFailover(plan);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.lost === 0 && result.doubled === 0 && result.longest <= plan.timeout * 1000 ? 0 : 1;
}

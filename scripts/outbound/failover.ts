/**
 * Three smart hosts that are killed in turn under load, or fall silent, and come back: no message waits longer
 * than the time of a connection, none is lost, none comes twice. Messages whose last byte was out when their
 * host fell silent are in doubt and wait for its word; they are counted.
 *
 *   node scripts/outbound/failover.ts --messages 3000 --rate 60 --timeout 5 --outages dead,silent,dead
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
  /** What befalls the first host, then the second, then the third; as many as there are. */
  readonly outages: readonly ('dead' | 'silent')[];
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
  /** Messages that waited longer than a connection may take. */
  readonly late: number;
  readonly seconds: number;
}

const SESSIONS = 6;

export async function runFailover({ messages, rate, timeout, outages }: FailoverPlan): Promise<FailoverResult> {
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
    // As long as all are well before; the next one goes when it is back.
    const step = (messages / rate / (2 * outages.length + 1)) * 1000;
    for (const [at, outage] of outages.entries()) {
      const host = hosts[at]!;
      await wait(step);
      if (outage === 'dead') await host.down();
      else host.hush();
      await wait(step);
      if (outage === 'dead') await host.up();
      else host.wake();
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
      late: sorted.filter(time => time > timeout * 1000).length,
      seconds: (Date.now() - begin) / 1000,
    };
  } finally {
    await bench.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { messages: option, rate: option, timeout: option, outages: option },
  });
  const plan = {
    messages: Number(values.messages ?? 3000),
    rate: Number(values.rate ?? 60),
    timeout: Number(values.timeout ?? 5),
    outages: (values.outages ?? 'dead,silent,dead').split(',') as FailoverPlan['outages'],
  };
  const result = await runFailover(plan);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  // As many deliveries as can be on their way at a time may be in doubt with each that falls silent.
  const inDoubt = plan.outages.filter(outage => outage === 'silent').length * 20;
  process.exitCode = result.lost === 0 && result.doubled === 0 && result.late <= inDoubt ? 0 : 1;
}

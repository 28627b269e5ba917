/**
 * Holds a connector to its messages a minute, over minutes of the real clock with thousands waiting, and
 * sends through another connector meanwhile.
 *
 *   node scripts/outbound/rate.ts --minutes 10 --waiting 5000 --rate 30
 *
 * Ends with 0 when the rate was held within 5 %, no minute had more, and the other connector did not wait.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Bench, quantile } from './bench.ts';

const option = { type: 'string' } as const;
const { values } = parseArgs({ options: { minutes: option, waiting: option, rate: option } });
const minutes = Number(values.minutes ?? 10);
const waiting = Number(values.waiting ?? 5000);
const rate = Number(values.rate ?? 30);
const MINUTE = 60_000;

const bench = await Bench.start(2);
const [limited, free] = bench.hosts as [(typeof bench.hosts)[0], (typeof bench.hosts)[0]];
try {
  await bench.relay.rpc('connector.set', {
    name: 'SmartHost',
    smartHosts: [{ host: '127.0.0.1', port: free.port }],
  });
  await bench.relay.rpc('connector.create', {
    name: 'Limited',
    type: 'SmartHost',
    addressSpaces: ['limited.example'],
    smartHosts: [{ host: '127.0.0.1', port: limited.port }],
    maxMessagesPerMinute: rate,
  });
  const begin = Date.now();
  const names = Array.from({ length: waiting }, (_, at) => `limited${at}`);
  await bench.send(names, 'limited.example', 10);
  const accepted = (Date.now() - begin) / 1000;
  const times: number[] = [];
  const waits: number[] = [];
  const sent = new Map<string, number>();
  const statuses = new Set<string>();
  for (let at = 0; Date.now() - begin < minutes * MINUTE; at++) {
    for (const [name, time] of await bench.send([`free${at}`], 'free.example', 1)) sent.set(name, time);
    await wait(500);
    for (const { name, at: time } of await free.read()) waits.push(time - sent.get(name)!);
    for (const message of await limited.read()) times.push(message.at - begin);
    const queues = (await bench.relay.rpc('queue.list', {})) as { status: string; lastError: string | null }[];
    for (const { status, lastError } of queues) statuses.add(lastError === null ? status : `${status}: ${lastError}`);
  }
  const within = times.filter(time => time < minutes * MINUTE).sort((a, b) => a - b);
  const most = Math.max(...within.map(from => within.filter(time => time >= from && time < from + MINUTE).length));
  const sorted = waits.sort((a, b) => a - b);
  const deviation = within.length / (minutes * rate) - 1;
  const result = {
    minutes,
    waiting,
    acceptedInSeconds: accepted,
    rate,
    sent: within.length,
    deviation: `${(deviation * 100).toFixed(1)} %`,
    mostInAnyMinute: most,
    perMinute: Array.from({ length: minutes }, (_, m) => within.filter(t => Math.floor(t / MINUTE) === m).length),
    others: { sent: sent.size, arrived: sorted.length, median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
    slowestOther: sorted.at(-1),
    statuses: [...statuses],
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  const isUnaffected = sorted.length >= sent.size - 2 && quantile(sorted, 0.99) < 2000;
  process.exitCode = Math.abs(deviation) <= 0.05 && most <= rate && isUnaffected ? 0 : 1;
} finally {
  await bench.stop();
}

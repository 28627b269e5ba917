/**
 * What a long queue to a dead next hop costs: memory, the time of a restart until SMTP is served, how
 * long an administrator waits, and, when the hop is back, in what order the queue goes out and how long
 * mail that is new has to wait meanwhile. Prints figures, judges nothing.
 *
 *   node scripts/bench/queue/queue.ts --messages 1000000 --drain 60
 *
 * `--keep <folder>` keeps the data folder, and uses the one that is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../../load/free-port.ts';
import { namedMessage } from '../../load/message.ts';
import { RelayProcess } from '../../load/relay-process.ts';
import { SmtpSession } from '../../load/smtp-session.ts';
import { generateQueue } from './generate.ts';
import { Hop } from './hop.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    drain: { type: 'string', default: '30' },
    keep: { type: 'string' },
  },
});
const count = Number(values.messages);
const say = (what: string, figure: string | number) => process.stdout.write(`${what.padEnd(62)} ${figure}\n`);

const dataFolder = values.keep ?? (await mkdtemp(join(tmpdir(), 'smtp-relay-queue-')));
const [port, controlPort, hopPort] = [await freePort(), await freePort(), await freePort()];
const program = ['--data', dataFolder, '--port', port, '--control-port', controlPort].map(String);
const relay = new RelayProcess({
  command: ['src/main.ts', ...program, '--smart-host', `127.0.0.1:${hopPort}`],
  dataFolder,
  controlPort,
});
const hop = new Hop();

try {
  if (!existsSync(join(dataFolder, 'Queue'))) {
    // A first start writes the settings; the second finds the queue.
    await relay.start();
    const connectors = (await relay.rpc('connector.list', {})) as { name: string; enabled: boolean }[];
    await relay.stop();
    const begin = Date.now();
    generateQueue(dataFolder, count, `${connectors.find(({ enabled }) => enabled)!.name}|`, () => {});
    say('queue generated, messages', count);
    say('  seconds', (Date.now() - begin) / 1000);
  }
  await start('first start');
  await relay.stop();
  await start('restart after a stop');
  await relay.kill();
  await start('restart after kill -9');
  await administrator();
  await acceptWhileDead();
  await drain(Number(values.drain));
} finally {
  await relay.stop();
  await hop.close();
  if (!values.keep) await rm(dataFolder, { recursive: true, force: true });
}

async function start(what: string): Promise<void> {
  const begin = performance.now();
  relay.launch();
  while (!(await greets())) {
    relay.requireAlive();
    await wait(20);
  }
  say(`${what}: until SMTP is served, ms`, Math.round(performance.now() - begin));
  await relay.ready();
  while ((await queued()) < count) await wait(50);
  say('  until the queue is counted, ms', Math.round(performance.now() - begin));
  await memory('  memory of the service, MB');
}

function greets(): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.end('QUIT\r\n');
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function queued(): Promise<number> {
  const queues = (await relay.rpc('queue.list', {})) as { messageCount: number }[];
  return queues.reduce((sum, queue) => sum + queue.messageCount, 0);
}

async function memory(what: string): Promise<void> {
  const status = await readFile(`/proc/${relay.processId}/status`, 'utf8').catch(() => '');
  const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
  say(what, `${Math.round(kilobytes('VmRSS') / 1024)} (most so far ${Math.round(kilobytes('VmHWM') / 1024)})`);
}

async function ask(what: string, method: string, params: object): Promise<void> {
  const begin = performance.now();
  const found = (await relay.rpc(method, params)) as unknown[];
  say(`${what}, ms (${found.length} found)`, Math.round(performance.now() - begin));
}

/** Over the control port, and as cmdlets. */
async function administrator(): Promise<void> {
  await ask('queue.list', 'queue.list', {});
  const some = { filter: "FromAddress -like '*@a.example'", resultSize: 100 };
  await ask("message.list FromAddress -like '*@a.example', 100", 'message.list', some);
  await ask('message.list of a sender that is not there', 'message.list', {
    filter: "FromAddress -like '*@nobody.example'",
    resultSize: 100,
  });
  await ask('message.list of the first 1000', 'message.list', { resultSize: 1000 });
  await ask('message.list of the 10 largest', 'message.list', { sortOrder: ['-Size'], resultSize: 10 });
  const measure = [
    'Import-Module ./SmtpRelay.psd1; $null = Get-SmtpRelay',
    'foreach ($round in 1..3) { "Get-SmtpQueue, ms".PadRight(63) + [int](Measure-Command { Get-SmtpQueue }).TotalMilliseconds',
    `"Get-SmtpMessage -Filter -ResultSize 100, ms".PadRight(63) + [int](Measure-Command { Get-SmtpMessage -Filter "FromAddress -like '*@a.example'" -ResultSize 100 }).TotalMilliseconds }`,
  ];
  spawnSync('dotnet', ['pwsh', '-NoProfile', '-NonInteractive', '-Command', measure.join('; ')], {
    stdio: 'inherit',
    env: { ...process.env, SMTP_RELAY_DATA: dataFolder },
  });
  await memory('memory after that, MB');
}

async function acceptWhileDead(): Promise<void> {
  const session = await SmtpSession.open(port);
  const times: number[] = [];
  for (let at = 0; at < 1000; at++) {
    const begin = performance.now();
    await session.send('new@b.example', ['x@example.net'], namedMessage(`dead-${at}`, 'new@b.example', 'x', 2048));
    times.push(performance.now() - begin);
  }
  session.end();
  say('1000 new messages taken, one session: ms each, median and worst', spread(times));
}

/** The hop is back: the queue goes out, and new mail comes in. */
async function drain(seconds: number): Promise<void> {
  await hop.open(hopPort);
  await relay.rpc('queue.retry', { identity: '*' });
  const begin = Date.now();
  const sent = new Map<string, number>();
  const session = await SmtpSession.open(port);
  while (Date.now() - begin < seconds * 1000) {
    const name = `fresh-${sent.size}`;
    sent.set(name, Date.now());
    await session.send('new@b.example', ['x@example.net'], namedMessage(name, 'new@b.example', 'x', 2048));
    await wait(50);
  }
  session.end();
  const passed = (Date.now() - begin) / 1000;
  await memory(`memory while the queue goes out, after ${seconds} s, MB`);
  const old = hop.arrivals.flatMap(({ name }) => {
    const number = /^Report number (\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  say('messages of the queue delivered per second', Math.round(old.length / passed));
  say('  farthest one went out from its turn, messages', Math.max(...old.map((number, at) => Math.abs(number - at))));
  const waits = hop.arrivals.flatMap(({ name, at }) => (sent.has(name) ? [at - sent.get(name)!] : []));
  say(`  ${waits.length} of ${sent.size} new ones arrived: ms, median and worst`, spread(waits));
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} ${sorted.at(-1)?.toFixed(1)}`;
}

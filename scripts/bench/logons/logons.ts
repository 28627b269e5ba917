/**
 * What a good client notices of 10,000 failed log-ons from 50 addresses: messages a second of one client
 * that logs on for each message, in quiet and under attack; once where the addresses get banned, and once
 * where they can't be, which leaves only the bounds of the password checks.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { hashPassword } from '../../../src/policy/password.ts';
import { RelayProcess } from '../../load/relay-process.ts';

const ATTEMPTS = 10_000;
const QUIET_SECONDS = 10;
const LONGEST_SECONDS = 60;
const PASSWORD = 'correct horse battery';

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Messages of a client that connects, logs on and sends, again and again. @returns per second */
async function messagesPerSecond(port: number, until: Promise<unknown>): Promise<number> {
  let isOver = false;
  void until.then(() => {
    isOver = true;
  });
  const begin = performance.now();
  let sent = 0;
  while (!isOver) {
    const transport = createTransport({
      host: '127.0.0.1',
      port,
      ignoreTLS: true,
      auth: { user: 'good', pass: PASSWORD },
    });
    await transport.sendMail({ from: 'good@example.com', to: 'someone@example.com', subject: 'x', text: 'x' });
    transport.close();
    sent++;
  }
  return sent / ((performance.now() - begin) / 1000);
}

function attack(port: number, kind: string): Promise<{ heard: string; seconds: number }> {
  const begin = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'attacker.ts'), `${port}`, `${ATTEMPTS}`, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_SECONDS * 1000,
  });
  let output = '';
  child.stdout.on('data', chunk => {
    output += chunk;
  });
  return new Promise(resolve =>
    child.once('close', () =>
      resolve({
        heard: output.trim() || `not done after ${LONGEST_SECONDS} s`,
        seconds: (performance.now() - begin) / 1000,
      }),
    ),
  );
}

async function run(kind: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-bench-'));
  const [port, controlPort] = [await freePort(), await freePort()];
  const settings = {
    version: 1,
    general: { fqdn: 'relay.test', controlPort, minimumFreeSpace: 0 },
    listeners: [
      {
        name: 'Default',
        bindings: [{ address: '127.0.0.1', port }],
        proxyProtocolFrom: ['127.0.0.9'],
        tlsMode: 'Optional',
      },
    ],
    accounts: [{ name: 'good', verifier: await hashPassword(PASSWORD) }],
    domains: [{ name: 'example.com', dropDirectory: join(folder, 'drop') }],
  };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  const main = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');
  const relay = new RelayProcess({ command: [main, '--data', folder], dataFolder: folder, controlPort });
  try {
    await relay.start();
    const rest = (seconds: number) => new Promise(resolve => setTimeout(resolve, seconds * 1000));
    await messagesPerSecond(port, rest(2));
    const quiet = await messagesPerSecond(port, rest(QUIET_SECONDS));
    const under = attack(port, kind);
    const busy = await messagesPerSecond(port, under);
    const { heard, seconds } = await under;
    const percent = Math.round((100 * busy) / quiet);
    process.stdout.write(
      `${kind}: quiet ${quiet.toFixed(1)}/s, under attack ${busy.toFixed(1)}/s (${percent} %); ` +
        `${ATTEMPTS} attempts in ${seconds.toFixed(1)} s, heard ${heard}\n`,
    );
  } finally {
    await relay.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

for (const kind of process.argv.length > 2 ? process.argv.slice(2) : ['balancer', 'loopback']) await run(kind);

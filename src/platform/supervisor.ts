/**
 * The service host where neither a Windows service nor systemd is used: a detached process that
 * starts the relay, starts it again when it crashes (a little later each time), and ends when the
 * relay ends by itself. `relay.pid` names the supervisor; what the relay prints goes to
 * `logs/console.log`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeFileAtomic } from './files.ts';
import { nodeEnvironment, nodeFlags } from './node-options.ts';

const STARTS_WITHIN = 60_000;
const STEADY_AFTER = 60_000;
const LONGEST_PAUSE = 60_000;
const LARGEST_CONSOLE_LOG = 1024 * 1024;

const environment = { ...nodeEnvironment, ...process.env };

const programArguments = (...more: string[]) => [
  ...new Set([...nodeFlags, ...process.execArgv]),
  process.argv[1]!,
  ...more,
];

/** Starts a supervisor and waits until its relay serves. @returns an exit code. */
export async function startInBackground(dataFolder: string): Promise<number> {
  const consoleLog = openConsoleLog(dataFolder);
  const begin = statSync(consoleLog.path).size;
  const child = spawn(process.execPath, programArguments('--supervise', '--data', dataFolder), {
    detached: true,
    stdio: ['ignore', consoleLog.handle, consoleLog.handle],
    env: environment,
    windowsHide: true,
  });
  closeSync(consoleLog.handle);
  const ended = new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)));
  const state = join(dataFolder, 'relay.state.json');
  for (let waited = 0; waited < STARTS_WITHIN; waited += 100) {
    const code = await Promise.race([ended, wait(100).then(() => null)]);
    if (code !== null) {
      process.stderr.write(
        lastLine(consoleLog.path, begin) || `SmtpRelay: the relay ended with code ${code}; see ${consoleLog.path}.\n`,
      );
      return code || 1;
    }
    if (existsSync(state) && isOurs(state, child)) {
      child.unref();
      return 0;
    }
  }
  child.kill('SIGTERM');
  process.stderr.write(
    `SmtpRelay: the relay did not serve within ${STARTS_WITHIN / 1000} seconds and was stopped; see ${consoleLog.path}.\n`,
  );
  return 1;
}

/** The relay of this start, not the file of one that was killed. */
function isOurs(state: string, supervisor: ChildProcess): boolean {
  try {
    const { startTime, supervisorId } = JSON.parse(readFileSync(state, 'utf8')) as {
      startTime: string;
      supervisorId: number | null;
    };
    return supervisorId === supervisor.pid && startTime !== '';
  } catch {
    return false;
  }
}

/** Runs the relay until it ends by itself or this process is told to end. @returns an exit code. */
export async function supervise(dataFolder: string): Promise<number> {
  await writeFileAtomic(join(dataFolder, 'relay.pid'), `${process.pid}\n`);
  let stopping = false;
  let child: ChildProcess | null = null;
  const pauses = new AbortController();
  const stop = () => {
    stopping = true;
    pauses.abort();
    child?.kill('SIGTERM');
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    for (let pause = 1000, first = true; ; first = false) {
      const startedAt = Date.now();
      child = spawn(process.execPath, programArguments('--quiet', '--data', dataFolder), {
        stdio: 'inherit',
        env: { ...environment, SMTP_RELAY_SUPERVISOR: String(process.pid) },
        windowsHide: true,
      });
      const code = await new Promise<number | null>(resolve => child!.once('exit', resolve));
      if (stopping || code === 0) return 0;
      const lived = Date.now() - startedAt;
      // A relay that never came up has said why; trying again would only hide it.
      if (first && lived < 5000 && code === 1) return 1;
      pause = lived > STEADY_AFTER ? 1000 : Math.min(pause * 2, LONGEST_PAUSE);
      process.stderr.write(
        `SmtpRelay: the relay ended with ${code === null ? 'a signal' : `code ${code}`} after ${Math.round(lived / 1000)} s; starting it again in ${pause / 1000} s.\n`,
      );
      await wait(pause, undefined, { signal: pauses.signal }).catch(() => {});
      if (stopping) return 0;
    }
  } finally {
    await rm(join(dataFolder, 'relay.pid'), { force: true });
  }
}

function openConsoleLog(dataFolder: string): { readonly path: string; readonly handle: number } {
  const folder = join(dataFolder, 'logs');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'console.log');
  if (existsSync(path) && statSync(path).size > LARGEST_CONSOLE_LOG) renameSync(path, join(folder, 'console.old.log'));
  return { path, handle: openSync(path, 'a', 0o600) };
}

function lastLine(path: string, from: number): string {
  const lines = readFileSync(path).subarray(from).toString('utf8').trimEnd().split('\n');
  const telling = lines.findLast(line => line.startsWith('SmtpRelay: ')) ?? lines.at(-1) ?? '';
  return telling === '' ? '' : `${telling}\n`;
}

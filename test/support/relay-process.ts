/** The relay as the program people start: a process of its own, with its output and its exit code. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../../src/platform/node-options.ts';
import { ControlClient, until } from './relay-harness.ts';

// Compiled once for all processes of a test file: most of a short process would be that.
const compileCache = mkdtempSync(join(tmpdir(), 'smtp-relay-test-'));
process.on('exit', () => rmSync(compileCache, { recursive: true, force: true }));

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class RelayProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  private constructor(args: readonly string[], environment: NodeJS.ProcessEnv, preload: URL | null) {
    const node = [...nodeFlags, ...(preload ? ['--import', preload.href] : [])];
    this.child = spawn(process.execPath, [...node, PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', ...(preload ? ['ipc' as const] : [])],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...environment },
    });
    this.child.stdout!.on('data', chunk => {
      this.stdout += chunk;
    });
    this.child.stderr!.on('data', chunk => {
      this.stderr += chunk;
    });
    // 'close' comes when the output has been read as well, but a background child may hold it open.
    this.ended = new Promise(resolve =>
      this.child.once('exit', (code, signal) => setImmediate(() => resolve({ code, signal }))),
    );
  }

  /** @param preload a module that runs first and hears what the test says with `child.send` */
  static spawn(args: readonly string[], environment: NodeJS.ProcessEnv = {}, preload: URL | null = null): RelayProgram {
    return new RelayProgram(args, environment, preload);
  }

  /** Runs it to its end. */
  static async run(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Ended & { stdout: string; stderr: string }> {
    const program = new RelayProgram(args, environment, null);
    const ended = await program.ended;
    return { ...ended, stdout: program.stdout, stderr: program.stderr };
  }

  /** Waits until the relay of this data folder serves, started by this process or its supervisor. */
  async serves(folder: string): Promise<RelayState> {
    return until(
      'the relay serves',
      () => {
        if (this.child.exitCode !== null && this.child.exitCode !== 0) throw new Error(`it ended: ${this.stderr}`);
        return stateOf(folder);
      },
      20_000,
    );
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

export interface RelayState {
  readonly processId: number;
  readonly supervisorId: number | null;
  readonly controlPort: number;
  readonly version: string;
  readonly startTime: string;
}

/** What a relay that serves says about itself; null when there is none. */
export function stateOf(folder: string): RelayState | null {
  const path = join(folder, 'relay.state.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}

export async function controlOf(folder: string): Promise<ControlClient> {
  return ControlClient.of(folder, stateOf(folder)!.controlPort);
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    // A zombie answers to signals as well; it is over all the same.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** One line, one or two sentences, no stack. */
export function assertClear(stderr: string, ...parts: string[]): void {
  assert.match(stderr, /^SmtpRelay: [^\n]+\.\n$/);
  assert.doesNotMatch(stderr, /\n\s+at |node:internal/);
  for (const part of parts) assert.ok(stderr.includes(part), `"${part}" is missing in: ${stderr}`);
}

/** Another program on a port. */
export function listenOn(at: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(at, '127.0.0.1', () => resolve(server));
  });
}

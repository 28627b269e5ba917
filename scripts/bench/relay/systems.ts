/** What is compared: this relay as it is installed, Postfix as it comes, and no relay at all. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeEnvironment, nodeFlags } from '../../../src/platform/node-options.ts';
import type { Group } from './group.ts';

export interface System {
  readonly name: string;
  /** Where mail goes in. */
  readonly port: number;
  start(group: Group): void;
  stop(): Promise<void>;
}

export interface Place {
  readonly folder: string;
  readonly port: number;
  readonly controlPort: number;
  readonly sinkPort: number;
}

const SCRIPT = fileURLToPath(new URL('postfix.sh', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** The load generator and the sink alone: nothing can be faster here. */
export const nothing = (sinkPort: number): System => ({
  name: 'no relay',
  port: sinkPort,
  start: () => {},
  stop: async () => {},
});

export function postfix({ folder, port, sinkPort }: Place): System {
  const env = { ...process.env, PF_DIR: join(folder, 'postfix'), PF_PORT: String(port), PF_NEXT: String(sinkPort) };
  const call = (what: string) => spawnSync(SCRIPT, [what], { env, stdio: 'ignore' });
  // Postfix insists on folders that nobody else can write to and its own accounts can enter.
  chmodSync(folder, 0o755);
  call('create');
  return {
    name: 'postfix',
    port,
    start: group => {
      const [program, args] = group.wrap(SCRIPT, ['start']);
      spawn(program, args, { env, stdio: 'ignore', detached: true });
    },
    stop: async () => {
      call('stop');
      call('empty');
    },
  };
}

/** All logs on, as after an installation. @param tls offers STARTTLS and uses it to the next hop */
export function smtpRelay({ folder, port, controlPort, sinkPort }: Place, root = PROGRAM, name = 'smtp-relay'): System {
  const data = join(folder, name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const settings = {
    version: 1,
    general: { fqdn: 'relay.bench.test', controlPort },
    listeners: [{ name: 'Default', bindings: [{ address: '127.0.0.1', port }] }],
    restriction: { entries: [{ entry: '127.0.0.0/8' }] },
    connectors: [{ name: 'Sink', type: 'SmartHost', smartHosts: [{ host: '127.0.0.1', port: sinkPort }] }],
  };
  writeFileSync(join(data, 'settings.json'), JSON.stringify(settings));
  let child: ChildProcess | null = null;
  return {
    name,
    port,
    start: group => {
      const [program, args] = group.wrap(process.execPath, [...nodeFlags, root, '--data', data, '--quiet']);
      child = spawn(program, args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...nodeEnvironment, ...process.env },
        // As a service has it: a session of its own, which the kernel's scheduler treats like the others'.
        detached: true,
      });
    },
    stop: async () => {
      const running = child;
      if (!running || running.exitCode !== null) return;
      await new Promise(resolve => running.once('exit', resolve).kill('SIGTERM'));
    },
  };
}

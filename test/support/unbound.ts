/** A validating resolver (Debian's unbound) before zones that are signed (ldns), on free ports of loopback. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createDns } from '../../src/platform/dns.ts';
import { noNsd, nsdWith, SOA } from './nsd.ts';
import { freePort, until } from './relay-waiting.ts';

const PROGRAMS = ['/usr/sbin/unbound', '/usr/bin/ldns-keygen', '/usr/bin/ldns-signzone'];
const missing = PROGRAMS.filter(program => !existsSync(program));
const run = promisify(execFile);

/** Why there can't be one here; false when there can. */
export const noUnbound = noNsd || (missing.length > 0 && `${missing.join(', ')} is not installed`);

interface ZoneToSign {
  /** In a file's syntax. */
  readonly records: string;
  readonly isSigned: boolean;
  /** What is done to the signed zone, as somebody would who stands between. */
  readonly forge?: (zone: string) => string;
}

/** @returns the resolver's address; it trusts the keys of the signed zones and no others */
export async function unbound(t: TestContext, zones: Readonly<Record<string, ZoneToSign>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-unbound-'));
  const anchors: string[] = [];
  const files: Record<string, string> = {};
  for (const [name, { records, isSigned, forge }] of Object.entries(zones)) {
    const whole = `$ORIGIN ${name}.\n${SOA}${records}\n`;
    if (isSigned) {
      const { zone, anchor } = await signed(folder, name, whole);
      files[name] = forge ? forge(zone) : zone;
      anchors.push(anchor);
    } else files[name] = whole;
  }
  const behind = await nsdWith(t, files);
  const [host, port] = ['127.0.0.1', await freePort()];
  const parts = [
    'server:',
    `  interface: ${host}`,
    `  port: ${port}`,
    '  username: ""',
    '  chroot: ""',
    `  directory: "${folder}"`,
    `  pidfile: "${join(folder, 'unbound.pid')}"`,
    `  logfile: "${join(folder, 'unbound.log')}"`,
    '  use-syslog: no',
    '  do-daemonize: no',
    '  do-not-query-localhost: no',
    '  num-threads: 1',
    '  module-config: "validator iterator"',
    '  local-zone: "test." nodefault',
    ...anchors.map(anchor => `  trust-anchor: "${anchor}"`),
    'remote-control:',
    '  control-enable: no',
    ...Object.keys(zones).flatMap(name => [
      'stub-zone:',
      `  name: ${name}`,
      `  stub-addr: ${behind.replace(':', '@')}`,
    ]),
  ];
  await writeFile(join(folder, 'unbound.conf'), `${parts.join('\n')}\n`);
  const child = spawn(PROGRAMS[0]!, ['-c', join(folder, 'unbound.conf')], { stdio: 'ignore' });
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const address = `${host}:${port}`;
  const [first] = Object.keys(zones);
  await until('unbound answers', async () => (await createDns([address]).mx(`ns.${first}`)).kind === 'none', 30_000);
  return address;
}

async function signed(folder: string, name: string, zone: string): Promise<{ zone: string; anchor: string }> {
  const file = join(folder, `${name}.zone`);
  await writeFile(file, zone);
  const key = (await run('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', name], { cwd: folder })).stdout.trim();
  await run('ldns-signzone', ['-f', `${file}.signed`, file, key], { cwd: folder });
  const anchor = await readFile(join(folder, `${key}.ds`), 'utf8');
  return { zone: await readFile(`${file}.signed`, 'utf8'), anchor: anchor.trim().replace(/\s+/g, ' ') };
}

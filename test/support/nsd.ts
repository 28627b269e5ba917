/** A real DNS server (Debian's nsd) on a free port of loopback, with zones of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createDns } from '../../src/platform/dns.ts';
import { freePort, until } from './relay-waiting.ts';

const PROGRAM = '/usr/sbin/nsd';

/** Why there can't be one here; false when there can. */
export const noNsd = existsSync(PROGRAM) ? false : 'nsd is not installed';

export const SOA = '$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n';

/**
 * @param zones records of each zone in a file's syntax; null for a zone that the server has not got, so that it
 * answers SERVFAIL
 * @returns its address, for `createDns` and the relay's DnsServer
 */
export function nsd(t: TestContext, zones: Readonly<Record<string, string | null>>): Promise<string> {
  const whole = Object.entries(zones).map(
    ([name, records]) => [name, records === null ? null : `${SOA}${records}\n`] as const,
  );
  return nsdWith(t, Object.fromEntries(whole));
}

/** The same with whole files of zones, SOA and the host `ns` included. */
export async function nsdWith(t: TestContext, zones: Readonly<Record<string, string | null>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-nsd-'));
  const port = await freePort();
  const parts = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  username: ""',
    '  database: ""',
    '  server-count: 1',
    '  rrl-ratelimit: 0',
    ...['zonesdir', 'xfrdir'].map(name => `  ${name}: "${folder}"`),
    ...['pidfile', 'xfrdfile', 'zonelistfile', 'logfile'].map(name => `  ${name}: "${join(folder, name)}"`),
    'remote-control:',
    '  control-enable: no',
  ];
  for (const [name, text] of Object.entries(zones)) {
    parts.push('zone:', `  name: "${name}"`, `  zonefile: "${name}.zone"`);
    if (text !== null) await writeFile(join(folder, `${name}.zone`), text);
  }
  const configuration = join(folder, 'nsd.conf');
  await writeFile(configuration, `${parts.join('\n')}\n`);
  const child: ChildProcess = spawn(PROGRAM, ['-d', '-c', configuration], { stdio: 'ignore' });
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const address = `127.0.0.1:${port}`;
  const [zone] = Object.keys(zones);
  await until('nsd answers', async () => (await createDns([address]).addresses(`ns.${zone}`)).kind === 'found', 30_000);
  return address;
}

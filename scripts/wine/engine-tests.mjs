/**
 * Runs below Wine, in Windows' node.exe: engine-tests.mjs LIST.json TAP. The list is { files, skip }: test files, and
 * the names of tests to leave out. A program of its own, because a command line of Wine's cmd holds neither so many
 * files nor every character of a name. Its output goes to a file: a pipe of Linux is none of Windows.
 */
import { spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';

const [, , list, tap, said] = process.argv;
const { files, skip } = JSON.parse(readFileSync(list, 'utf8'));
const exactly = name => `/^${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$/`;
const output = openSync(said, 'w');
const { status } = spawnSync(
  process.execPath,
  [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    '--test-timeout=180000',
    '--test-reporter=tap',
    `--test-reporter-destination=${tap}`,
    ...skip.map(name => `--test-skip-pattern=${exactly(name)}`),
    ...files,
  ],
  { stdio: ['ignore', output, output] },
);
process.exit(status ?? 1);

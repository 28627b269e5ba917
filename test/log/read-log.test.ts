/** The program that reads logs for PowerShell: its question and its end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/read-log.ts', import.meta.url));
const logs = fileURLToPath(new URL('../health', import.meta.url));

function ask(text: string) {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    input: text,
    encoding: 'utf8',
  });
}

describe('the program that reads logs', () => {
  it('understands a question behind a byte order mark', () => {
    const question = JSON.stringify({ kind: 'clients', folder: logs, query: {} });
    const { status, stdout, stderr } = ask(`\uFEFF${question}\n`);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.equal(stdout, '');
    assert.notEqual(ask('\uFEFFno question\n').status, 0);
  });
});

/** The real bridge, and what was learned of edge-js the hard way: each trap has a test. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BRIDGE_FOLDER, loadWindowsBridge } from '../../src/platform/windows.ts';
import { until } from '../support/relay-waiting.ts';

const root = join(import.meta.dirname, '..', '..');
const skip = existsSync(join(BRIDGE_FOLDER, 'EdgeJs.dll')) ? false : 'the bridge is not built (npm run bridge)';
const modulePath = join(root, 'src', 'platform', 'windows.ts');

/** Runs code in a process of its own. */
const separately = (code: string, env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  });

describe('edge-js', () => {
  it('is named in one file of the engine', () => {
    const naming = globSync('src/**/*.ts', { cwd: root }).filter(file =>
      /['"]edge-js['"]/.test(readFileSync(join(root, file), 'utf8')),
    );
    assert.deepEqual(
      naming.map(file => file.replaceAll('\\', '/')),
      ['src/platform/windows.ts'],
    );
  });

  it('is not loaded with the module, only when it is asked for', () => {
    const { stdout, stderr } = separately(
      `await import(${JSON.stringify(modulePath)}); console.log(Object.keys((await import('node:module')).default._cache).some(name => name.includes('edge')))`,
    );
    assert.equal(stdout.trim(), 'false', stderr);
  });

  it('that is not built is an error with a sentence', () => {
    const { stdout, stderr } = separately(
      `const { loadWindowsBridge } = await import(${JSON.stringify(modulePath)}); try { loadWindowsBridge(); } catch (error) { console.log(error.message); }`,
      { SMTP_RELAY_BRIDGE: join(root, 'nowhere') },
    );
    assert.match(stdout, /nowhere.+ is missing \(build it with: npm run bridge\)/, stderr);
  });
});

describe('the bridge', { skip }, () => {
  it('is refused to a worker, which would abort the process', async () => {
    loadWindowsBridge();
    const worker = new Worker(
      `import(${JSON.stringify(modulePath)}).then(({ loadWindowsBridge }) => { loadWindowsBridge(); }).catch(error => require('node:worker_threads').parentPort.postMessage(error.message))`,
      { eval: true },
    );
    const message = await new Promise(resolve => worker.once('message', resolve));
    assert.equal(message, '.NET can be loaded by the main thread only');
    await worker.terminate();
    assert.equal(await loadWindowsBridge().open(), 0);
  });

  it('leaves the cryptography of Node as it is', () => {
    loadWindowsBridge();
    assert.equal(createHash('sha256').update('abc').digest('hex').slice(0, 8), 'ba7816bf');
    assert.equal(createHmac('sha256', 'k').update('abc').digest('hex').length, 64);
  });

  it('answers what is no token, and never throws', async () => {
    const bridge = loadWindowsBridge();
    for (const bytes of [
      '',
      '\0',
      'NTLMSSP',
      'NTLMSSP\0',
      '\x60',
      '\x60\x84\xff\xff\xff\xff',
      `\x60\x0b\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02`,
      `\x60\x08\x06\x06\x2b\x06\x01\x05\x05\x02`,
    ]) {
      const exchange = bridge.exchange();
      const answer = await exchange.step(Buffer.from(bytes, 'latin1'));
      assert.notEqual(answer.kind, 'done', JSON.stringify(bytes));
      exchange.end();
    }
    await until('no context is open', async () => (await bridge.open()) === 0);
  });

  it('takes whole tokens, NUL and all, up to a size', async () => {
    const answer = await loadWindowsBridge()
      .exchange()
      .step(Buffer.alloc(64 * 1024 + 1));
    assert.deepEqual(answer, { kind: 'refused', why: 'TokenTooLong' });
  });

  const ntlm = existsSync('/etc/gss/mech.d/mech.ntlmssp.conf') || process.platform === 'win32';
  const type1 = Buffer.from('4e544c4d5353500001000000b78208e2000000000000000000000000000000000a005d580000000f', 'hex');

  it('says no after a broken last token, where IsAuthenticated says yes', { skip: !ntlm }, async () => {
    const exchange = loadWindowsBridge().exchange();
    assert.equal((await exchange.step(type1)).kind, 'more');
    const answer = await exchange.step(Buffer.from('NTLMSSP\0\x03\0\0\0', 'latin1'));
    assert.equal(answer.kind, 'refused');
    // And it stays no.
    assert.equal((await exchange.step(type1)).kind, 'more', 'a new context, not the old one');
    exchange.end();
    assert.equal(await exchange.wrap(Buffer.alloc(4)), null);
    assert.deepEqual(await exchange.step(type1), { kind: 'refused', why: 'NoContext' });
  });

  it('has so many contexts and no more, and disposes of each', { skip: !ntlm }, async () => {
    const bridge = loadWindowsBridge();
    const exchanges = Array.from({ length: 505 }, () => bridge.exchange());
    const answers = [];
    for (const exchange of exchanges) answers.push(await exchange.step(type1));
    assert.equal(answers.filter(answer => answer.kind === 'more').length, 500);
    assert.deepEqual(answers.at(-1), { kind: 'refused', why: 'TooManyContexts' });
    for (const exchange of exchanges) exchange.end();
    await until('no context is open', async () => (await bridge.open()) === 0);
  });

  it('disposes of a context that ends while .NET is at work', { skip: !ntlm }, async () => {
    const bridge = loadWindowsBridge();
    const steps = Array.from({ length: 50 }, () => {
      const exchange = bridge.exchange();
      const step = exchange.step(type1);
      exchange.end();
      return step;
    });
    assert.ok((await Promise.all(steps)).every(answer => answer.kind === 'refused'));
    await until('no context is open', async () => (await bridge.open()) === 0);
  });

  it('does not grow with its answers', async () => {
    const bridge = loadWindowsBridge();
    const token = Buffer.alloc(1024, 'x');
    const calls = async (count: number) => {
      for (let i = 0; i < count; i++) await bridge.exchange().step(token);
    };
    await calls(5000);
    const before = process.memoryUsage.rss();
    await calls(30_000);
    // The synchronous form of edge-js keeps 1 KiB and more for each.
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    assert.ok(grown < 25, `${grown.toFixed(1)} MiB`);
  });

  it('knows no Windows accounts where there are none', { skip: process.platform === 'win32' }, async () => {
    const bridge = loadWindowsBridge();
    for (const password of ['secret', '', 'a\0b']) assert.equal(await bridge.checkPassword('DOM\\bob', password), null);
    assert.equal(await bridge.checkPassword('DOM\\bob\0', 'secret'), null);
  });

  it('is built for .NET 10 alone, in one folder', () => {
    const config = JSON.parse(readFileSync(join(BRIDGE_FOLDER, 'EdgeJs.runtimeconfig.json'), 'utf8'));
    assert.equal(config.runtimeOptions.framework.version, '10.0.0');
    assert.match(execFileSync('dotnet', ['--list-runtimes'], { encoding: 'utf8' }), /Microsoft\.NETCore\.App 10\./);
  });
});

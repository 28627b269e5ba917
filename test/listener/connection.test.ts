/** What the subclass of smtp-server's connection stands on: members that are not public. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { RelayConnection } from '../../src/listener/connection.ts';
import { WireParser } from '../../src/listener/wire-parser.ts';

const PINNED = '3.21.6';
const read = (path: string) =>
  JSON.parse(readFileSync(path, 'utf8')) as { version: string; dependencies: Record<string, string> };

test('smtp-server is pinned to the version that the overridden members were read in', () => {
  const installed = createRequire(import.meta.url).resolve('smtp-server/package.json');
  assert.equal(read(installed).version, PINNED);
  const own = read(fileURLToPath(new URL('../../package.json', import.meta.url)));
  assert.equal(own.dependencies['smtp-server'], PINNED);
});

test('every member that our connection overrides is there', () => {
  const names = Object.getOwnPropertyNames(RelayConnection.prototype).filter(
    name => name !== 'constructor' && (name.startsWith('_') || name.startsWith('handler_') || name === 'init'),
  );
  assert.ok(names.length >= 10, names.join());
  for (const name of names)
    assert.equal(typeof (SMTPConnection.prototype as never)[name], 'function', `${name} is gone`);
  for (const name of ['send', 'close', 'connectionReady', '_setListeners', '_isSupported', '_whenWritable'])
    assert.equal(typeof (SMTPConnection.prototype as never)[name], 'function', `${name} is gone`);
  for (const name of ['connect', '_handleProxy', '_expectsProxyHeader'])
    assert.equal(typeof (SMTPServer.prototype as never)[name], 'function', `${name} is gone`);
});

test('our parser has what the connection of the package uses of its own', () => {
  const source = SMTPConnection.toString();
  const used = new Set([...source.matchAll(/parser\.(\w+)/gi)].map(match => match[1]!));
  const before = new SMTPStream();
  const parser = new WireParser({ onCommand: () => {}, onLongLine: () => {} });
  const missing = [...used].filter(name => !(name in parser));
  // Set by _createParser, which is overridden.
  assert.deepEqual(missing, ['oncommand']);
  for (const name of used) assert.ok(name in before, name);
  assert.ok(used.has('startDataMode') && used.has('continue') && used.has('_dataMode') && used.has('isClosed'));
});

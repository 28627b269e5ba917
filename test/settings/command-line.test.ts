/** The command line: what it means, and what it says about mistakes. */
import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HELP, parseCommandLine } from '../../src/command-line.ts';
import { RelayProblem } from '../../src/contract/problems.ts';

const NONE = { port: null, submissionPort: null, controlPort: null, smartHost: null, relayNetworks: [] };

describe('parseCommandLine', () => {
  it('without options runs the relay with its own settings', () => {
    const before = process.env.SMTP_RELAY_DATA;
    delete process.env.SMTP_RELAY_DATA;
    try {
      const { action, dataFolder, wishes, quiet } = parseCommandLine([]);
      assert.deepEqual([action, wishes, quiet], ['run', NONE, false]);
      const places: string[] = ['/var/lib/smtp-relay', join(homedir(), '.local/state/smtp-relay')];
      if (process.platform !== 'win32') assert.ok(places.includes(dataFolder), dataFolder);
      process.env.SMTP_RELAY_DATA = 'elsewhere';
      assert.equal(parseCommandLine([]).dataFolder, resolve('elsewhere'));
      assert.equal(parseCommandLine(['--data', 'here']).dataFolder, resolve('here'));
    } finally {
      delete process.env.SMTP_RELAY_DATA;
      if (before !== undefined) process.env.SMTP_RELAY_DATA = before;
    }
  });

  it('takes every option of the help', () => {
    assert.deepEqual([...new Set(HELP.match(/--[a-z-]+/g))].sort(), [
      '--background',
      '--control-port',
      '--data',
      '--help',
      '--init',
      '--patient',
      '--port',
      '--relay-network',
      '--service',
      '--smart-host',
      '--submission-port',
      '--version',
    ]);
    assert.deepEqual(
      parseCommandLine([
        ...['--data', '/tmp/x', '--port', '26', '--control-port=8026', '--smart-host', 'mail.example:587'],
        ...['--submission-port', '587'],
        ...['--relay-network', '10.1.2.3/8, 192.0.2.5', '--relay-network', '10.0.0.1-10.0.0.9', '--init'],
      ]),
      {
        action: 'init',
        dataFolder: resolve('/tmp/x'),
        quiet: false,
        patient: false,
        wishes: {
          port: 26,
          submissionPort: 587,
          controlPort: 8026,
          smartHost: { host: 'mail.example', port: 587 },
          relayNetworks: ['10.0.0.0/8', '192.0.2.5', '10.0.0.1-10.0.0.9'],
        },
      },
    );
    for (const action of ['init', 'background', 'supervise', 'service', 'help', 'version'])
      assert.equal(parseCommandLine([`--${action}`]).action, action);
    assert.equal(parseCommandLine(['-h', '--version']).action, 'help');
    for (const option of ['--service', '--patient']) assert.equal(parseCommandLine([option]).patient, true);
  });

  for (const [text, host, port] of [
    ['mail.example', 'mail.example', 25],
    ['10.0.0.1:2525', '10.0.0.1', 2525],
    ['[2001:db8::1]', '2001:db8::1', 25],
    ['[2001:db8::1]:587', '2001:db8::1', 587],
  ] as const)
    it(`reads the smart host ${text}`, () => {
      assert.deepEqual(parseCommandLine(['--smart-host', text]).wishes.smartHost, { host, port });
    });

  for (const args of [
    ['--prot', '25'],
    ['word'],
    ['--port'],
    ['--port', '0'],
    ['--port', '65536'],
    ['--port', '25x'],
    ['--port', '-1'],
    ['--control-port', '1e3'],
    ['--smart-host', ''],
    ['--smart-host', 'a:b:c'],
    ['--smart-host', 'mail.example:'],
    ['--smart-host', 'mail.example:99999'],
    ['--relay-network', '10.0.0.0/33'],
    ['--relay-network', '10.0.0.1,,10.0.0.2'],
    ['--init', '--background'],
    ['--init=yes'],
  ])
    it(`refuses ${args.join(' ')} with a UsageError that says why`, () => {
      assert.throws(
        () => parseCommandLine(args),
        (error: unknown) => error instanceof RelayProblem && error.id === 'UsageError' && error.message.length > 20,
      );
    });

  it('throws nothing but UsageErrors', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--port', '--smart-host', '--relay-network', '--init', '--data', '-h', '--'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), args => {
        try {
          parseCommandLine(args);
        } catch (error) {
          assert.ok(error instanceof RelayProblem && error.id === 'UsageError', String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});

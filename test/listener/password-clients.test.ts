/** PLAIN and LOGIN with the programs that people use. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createTransport } from 'nodemailer';
import { TestRelay, until } from '../support/relay-harness.ts';
import { hasProgram, run } from '../support/tls.ts';

const PASSWORD = 'correct horse battery';
const root = join(import.meta.dirname, '..', '..');

let relay: TestRelay;
before(async () => {
  relay = await TestRelay.start({
    listener: { tlsMode: 'Optional' },
    restriction: { entries: [{ entry: '192.0.2.250' }] },
  });
  await relay.control.call('account.create', { name: 'scanner', password: PASSWORD });
});
after(() => relay.stop());

/** Runs it, and waits for the message that it got through with. */
async function getsThrough(send: () => Promise<{ code: number | null; output: string }>): Promise<void> {
  const count = relay.sink.messages.length;
  const { code, output } = await send();
  assert.equal(code, 0, output);
  await until('the message arrived', () => relay.sink.messages.length > count);
}

const PROGRAMS: Record<string, (method: string, password: string) => [string, string[]]> = {
  curl: (method, password) => [
    'curl',
    [
      ...['-sv', '--ssl-reqd', '-k', `smtp://127.0.0.1:${relay.port}`, '--login-options', `AUTH=${method}`],
      ...['-u', `scanner:${password}`, '--mail-from', 'a@b.example', '--mail-rcpt', 'someone@example.com', '-T', '-'],
    ],
  ],
  swaks: (method, password) => [
    'swaks',
    [
      ...['--server', `127.0.0.1:${relay.port}`, '-tls', '--auth', method, '--auth-user', 'scanner'],
      ...['--auth-password', password, '--from', 'a@b.example', '--to', 'someone@example.com'],
    ],
  ],
};

for (const [program, command] of Object.entries(PROGRAMS))
  describe(program, { skip: hasProgram(program) ? false : `${program} is not installed` }, () => {
    for (const method of ['PLAIN', 'LOGIN'])
      it(`gets through with ${method}, and not with a wrong password`, async () => {
        await getsThrough(() => run(...command(method, PASSWORD), 'Subject: x\r\n\r\nx\r\n'));
        const count = relay.sink.messages.length;
        const { code, output } = await run(...command(method, 'wrong password'), 'Subject: x\r\n\r\nx\r\n');
        assert.notEqual(code, 0, output);
        assert.match(output, /535/);
        assert.equal(relay.sink.messages.length, count);
      });
  });

describe('nodemailer', () => {
  for (const method of ['PLAIN', 'LOGIN'])
    it(`gets through with ${method}`, async () => {
      const transport = createTransport({
        host: '127.0.0.1',
        port: relay.port,
        tls: { rejectUnauthorized: false },
        authMethod: method,
        auth: { user: 'scanner', pass: PASSWORD },
      });
      await transport.sendMail({ from: 'a@b.example', to: 'someone@example.com', subject: 'x', text: 'x' });
      transport.close();
    });
});

describe('SmtpClient of .NET', { skip: hasProgram('dotnet') ? false : 'the .NET SDK is not installed' }, () => {
  it('gets through with credentials (LOGIN)', async () => {
    await getsThrough(() =>
      run('dotnet', [
        ...['pwsh', '-NoProfile', '-NonInteractive', '-WorkingDirectory', root, '-Command'],
        `$ErrorActionPreference = 'Stop'; $client = [System.Net.Mail.SmtpClient]::new('127.0.0.1', ${relay.port}); $client.Credentials = [System.Net.NetworkCredential]::new('scanner', '${PASSWORD}'); $client.Send('a@b.example', 'someone@example.com', 'x', 'x')`,
      ]),
    );
  });
});

/** PLAIN and LOGIN against Windows accounts. What Windows itself says is never asked here (docs/verification.md). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountGate } from '../../src/listener/account-gate.ts';
import type { RelaySession } from '../../src/listener/connection.ts';
import { type LogonDependencies, logon } from '../../src/listener/logon.ts';
import type { RelayEvent } from '../../src/log/events.ts';
import { AccountRights } from '../../src/policy/account-rights.ts';
import { LogonGuard } from '../../src/policy/logon-guard.ts';
import { hashPassword } from '../../src/policy/password.ts';
import { PasswordChecker } from '../../src/policy/password-checker.ts';
import { fakeBridge } from '../support/fake-bridge.ts';

const own = {
  name: 'own@example.com',
  enabled: true,
  verifier: await hashPassword('of our own'),
  sendAs: [],
  allowedRecipients: [],
  remoteIPRanges: [],
  maxMessagesPerHour: null,
};

function dependencies(windowsAccounts: boolean) {
  const events: RelayEvent[] = [];
  const guardSettings = { maxLogonFailures: 10, logonFailureWindow: 600, banDuration: 60, banExemptIPRanges: [] };
  const deps: LogonDependencies = {
    listener: 'Default',
    emit: event => void events.push(event),
    rights: new AccountRights(() => [own], Date.now),
    guard: new LogonGuard({
      settings: () => guardSettings,
      now: Date.now,
      bans: [],
      save: async () => {},
      onBanned: () => {},
    }),
    passwords: new PasswordChecker(1),
    bridge: () =>
      fakeBridge({ 'dom\\bob': 'secret', 'bob@dom.example': 'secret', 'own@example.com': 'of windows', bob: 'x' }),
    windowsAccounts: () => windowsAccounts,
  };
  const session = { id: 'S', remoteAddress: '127.0.0.1', notes: {} } as unknown as RelaySession;
  const as = (username: string, password: string) =>
    logon(deps, { method: 'PLAIN', username, password } as never, session).then(
      answer => (answer.user as unknown as { account: string }).account,
      (error: Error) => error.message,
    );
  return { as, events };
}

const REFUSED = '5.7.8 Authentication failed';

describe('a listener with Windows accounts', () => {
  it('knows DOMAIN\\user and user@domain, and says so in the log as Windows says it', async () => {
    const { as, events } = dependencies(true);
    assert.equal(await as('dom\\bob', 'secret'), 'DOM\\BOB');
    assert.equal(await as('bob@dom.example', 'secret'), 'BOB@DOM.EXAMPLE');
    assert.deepEqual(
      events.map(event => event.type === 'logon' && [event.account, event.success]),
      [
        ['DOM\\BOB', true],
        ['BOB@DOM.EXAMPLE', true],
      ],
    );
    assert.equal(await as('dom\\bob', 'wrong'), REFUSED);
  });

  it('takes bare names, and names of its own, for its own accounts only', async () => {
    const { as } = dependencies(true);
    assert.equal(await as('bob', 'x'), REFUSED);
    assert.equal(await as('own@example.com', 'of windows'), REFUSED);
    assert.equal(await as('own@example.com', 'of our own'), 'own@example.com');
  });
});

describe('a listener without', () => {
  it('asks nobody', async () => {
    const { as } = dependencies(false);
    assert.equal(await as('dom\\bob', 'secret'), REFUSED);
  });
});

describe('who logged on without an account of the relay', () => {
  it('is a stranger as soon as the listener has that way no more', () => {
    const ways = new Set<string>(['NTLM', 'GSSAPI', 'WindowsAccount']);
    const gate = new AccountGate(new AccountRights(() => [], Date.now), by => ways.has(by));
    for (const by of ['NTLM', 'GSSAPI', 'WindowsAccount'] as const) {
      const user = { account: 'DOM\\bob', verifier: null, by };
      const session = { user, transmissionType: 'ESMTPSA', remoteAddress: '127.0.0.1' } as unknown as RelaySession;
      gate.endStale(session);
      assert.equal(session.user, user);
      assert.equal(gate.refusesToGoOn(session, 'someone@example.com'), null);
      assert.ok('undo' in gate.begin(session));
      ways.delete(by);
      assert.equal(gate.refusesToGoOn(session, 'someone@example.com')?.code, 530);
      assert.equal((gate.begin(session) as { code: number }).code, 530);
      gate.endStale(session);
      assert.deepEqual([session.user, session.transmissionType], [undefined, 'ESMTPS']);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountRights, type AccountSettings } from '../../src/policy/account-rights.ts';

const account = (changes: Partial<AccountSettings> = {}): AccountSettings => ({
  name: 'Scanner',
  enabled: true,
  verifier: 'x',
  sendAs: [],
  allowedRecipients: [],
  remoteIPRanges: [],
  maxMessagesPerHour: null,
  ...changes,
});

describe('an account', () => {
  it('is found by its name in any case', () => {
    const rights = new AccountRights(() => [account()], Date.now);
    assert.equal(rights.find('scanner')?.name, 'Scanner');
    assert.equal(rights.find('scanne'), null);
    assert.equal(rights.none, false);
  });

  it('may send as the addresses and wildcards it has, in any case, and as anybody when it has none', () => {
    const rights = new AccountRights(() => [], Date.now);
    const some = account({ sendAs: ['Scanner@example.com', '*@*.example.com'] });
    for (const address of ['scanner@EXAMPLE.com', 'x@a.example.com', 'x@a.b.example.com'])
      assert.equal(rights.maySendAs(some, address), true, address);
    for (const address of ['x@example.com', 'scanner@example.com.evil.example', 'xscanner@example.com', ''])
      assert.equal(rights.maySendAs(some, address), false, address);
    assert.equal(rights.maySendAs(account(), 'x@anywhere.example'), true);
  });

  it('may come from where it is listed, and from anywhere when nothing is', () => {
    const rights = new AccountRights(() => [], Date.now);
    const some = account({ remoteIPRanges: ['10.0.0.0/8', '2001:db8::/32'] });
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1'])
      assert.equal(rights.mayComeFrom(some, address), true, address);
    for (const address of ['11.0.0.1', '::1', 'x']) assert.equal(rights.mayComeFrom(some, address), false, address);
    assert.equal(rights.mayComeFrom(account(), '198.51.100.1'), true);
  });

  it('has room for so many messages in any hour; what came to nothing is given back', () => {
    let now = 0;
    const some = account({ maxMessagesPerHour: 3 });
    const rights = new AccountRights(
      () => [some],
      () => now,
    );
    assert.ok(rights.take(some));
    now = 30 * 60_000;
    const undo = rights.take(some)!;
    assert.ok(rights.take(some));
    assert.equal(rights.hasRoom(some), false);
    assert.equal(rights.take(some), null);
    undo();
    assert.ok(rights.take(some));
    assert.equal(rights.take(some), null);
    now = 59 * 60_000;
    assert.equal(rights.hasRoom(some), false);
    now = 60 * 60_000;
    assert.ok(rights.take(some));
    assert.equal(rights.take(some), null);
    now = 91 * 60_000;
    assert.ok(rights.take(some));
  });
});

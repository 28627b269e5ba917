import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Ban, LogonGuard, type LogonGuardSettings, networkOf } from '../../src/policy/logon-guard.ts';

const DEFAULTS: LogonGuardSettings = {
  maxLogonFailures: 3,
  logonFailureWindow: 600,
  banDuration: 3600,
  banExemptIPRanges: [],
};

function guard(changes: Partial<LogonGuardSettings> = {}, bans: readonly Ban[] = []) {
  const state = { now: 1_000_000, settings: { ...DEFAULTS, ...changes }, saved: [] as Ban[][], told: [] as string[] };
  const made = new LogonGuard({
    settings: () => state.settings,
    now: () => state.now,
    bans,
    save: async current => void state.saved.push([...current]),
    onBanned: ban => state.told.push(ban.source),
  });
  const fail = (address: string, times = 1) => {
    for (let i = 0; i < times; i++) made.failed(address, {});
  };
  return { made, state, fail };
}

describe('a source', () => {
  it('is an IPv4 address, also when it is mapped, or the /64 of IPv6', () => {
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(networkOf('2001:db8:1:2::/64'), '2001:db8:1:2::/64');
    assert.equal(networkOf('?'), '?');
  });
});

describe('a failed log-on', () => {
  it('is answered later the more of them came from the source, in whatever session', () => {
    const { made } = guard({ maxLogonFailures: 0 });
    const delays = Array.from({ length: 7 }, () => made.failed('192.0.2.1', {}));
    assert.deepEqual(delays, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    assert.equal(made.failed('192.0.2.2', {}), 1000);
  });

  it('of this computer or a listed address counts in its session only', () => {
    const { made } = guard({ banExemptIPRanges: ['192.0.2.0/24'] });
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '192.0.2.7']) {
      const session = {};
      assert.deepEqual([made.failed(address, session), made.failed(address, session)], [1000, 2000]);
      assert.equal(made.failed(address, {}), 1000);
    }
  });

  it('is forgotten after the window', () => {
    const { made, state, fail } = guard();
    fail('192.0.2.1', 2);
    assert.equal(made.isSuspicious('192.0.2.1'), true);
    state.now += 600_001;
    assert.equal(made.isSuspicious('192.0.2.1'), false);
    fail('192.0.2.1', 2);
    assert.equal(made.isBanned('192.0.2.1'), false);
  });
});

describe('a ban', () => {
  it('begins with the last failure that is allowed, and ends by itself', () => {
    const { made, state, fail } = guard();
    fail('192.0.2.1', 2);
    assert.equal(made.isBanned('192.0.2.1'), false);
    fail('192.0.2.1');
    assert.equal(made.isBanned('192.0.2.1'), true);
    assert.equal(made.isBanned('192.0.2.2'), false);
    assert.deepEqual(made.bans, [{ source: '192.0.2.1', failures: 3, since: 1_000_000, until: 4_600_000 }]);
    assert.deepEqual([state.saved.at(-1), state.told], [made.bans, ['192.0.2.1']]);
    state.now += 3_600_000;
    assert.equal(made.isBanned('192.0.2.1'), false);
    assert.deepEqual(made.bans, []);
  });

  it('holds for the whole /64 of an IPv6 address, whose addresses count together', () => {
    const { made, fail } = guard();
    for (const end of ['1', 'ffff', 'a:b:c:d']) fail(`2001:db8:0:1::${end}`.replace('::a:', ':a:'));
    assert.equal(made.isBanned('2001:db8:0:1::99'), true);
    assert.equal(made.isBanned('2001:db8:0:2::99'), false);
  });

  it('never meets this computer or a listed address, however often they fail', () => {
    const { made, state, fail } = guard({ banExemptIPRanges: ['192.0.2.0/24', '2001:db8::1'] });
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.0.2.200', '2001:db8::1']) {
      fail(address, 100);
      assert.equal(made.isBanned(address), false, address);
    }
    assert.deepEqual([made.bans, state.told], [[], []]);
  });

  it('ends for an address that is listed later, and is not given where nobody is to be banned', () => {
    const { made, state, fail } = guard();
    fail('192.0.2.1', 3);
    state.settings = { ...DEFAULTS, banExemptIPRanges: ['192.0.2.1'] };
    assert.equal(made.isBanned('192.0.2.1'), false);
    const nobody = guard({ maxLogonFailures: 0 });
    nobody.fail('192.0.2.1', 50);
    assert.equal(nobody.made.isBanned('192.0.2.1'), false);
  });

  it('is lifted with its failures, by any address of its network', async () => {
    const { made, state, fail } = guard();
    fail('2001:db8::1', 3);
    assert.equal(await made.lift('2001:db8::2'), true);
    assert.deepEqual([made.bans, state.saved.at(-1)], [[], []]);
    fail('2001:db8::1', 2);
    assert.equal(made.isBanned('2001:db8::1'), false);
    assert.equal(await made.lift('192.0.2.1'), false);
  });

  it('of the time before goes on', () => {
    const ban = { source: '192.0.2.1', failures: 3, since: 0, until: 2_000_000 };
    const { made, state } = guard({}, [ban]);
    assert.equal(made.isBanned('192.0.2.1'), true);
    state.now = 2_000_000;
    assert.deepEqual(made.bans, []);
  });

  it('needs memory for so many sources only', () => {
    const { made, fail } = guard();
    fail('192.0.2.1', 2);
    for (let i = 0; i < 50_000; i++) made.failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, {});
    assert.equal(made.isSuspicious('192.0.2.1'), false);
  });
});

/** Wished settings against those in force. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashPassword } from '../../src/policy/password.ts';
import { differences } from '../../src/settings/compare.ts';
import { toSettings } from '../../src/settings/store.ts';

const actual = toSettings({
  version: 1,
  general: { maxHopCount: 20 },
  connectors: [
    { name: 'A', type: 'SmartHost', smartHosts: [{ host: 'a.example', port: 25 }] },
    { name: 'B', type: 'Direct' },
  ],
  accounts: [{ name: 'scanner', verifier: await hashPassword('a-Long-Passw0rd') }],
});

describe('wished settings', () => {
  it('that are in force differ in nothing, whole or in part', () => {
    assert.deepEqual(differences({}, actual), []);
    assert.deepEqual(differences(structuredClone(actual), actual), []);
    assert.deepEqual(differences({ general: { maxHopCount: 20 } }, actual), []);
    assert.deepEqual(differences({ connectors: [{ name: 'b' }, { name: 'a', type: 'SmartHost' }] }, actual), []);
  });

  it('that leave things to defaults, or name them in another order, differ in nothing', () => {
    const now = toSettings({
      version: 1,
      restriction: { entries: [{ entry: '10.0.0.1' }, { entry: '10.0.0.2', comment: 'two' }] },
      connectors: [
        {
          name: 'A',
          type: 'SmartHost',
          addressSpaces: ['a.example', 'b.example'],
          smartHosts: [{ host: 'a.example' }, { host: 'b.example', port: 587 }],
        },
      ],
      dkimKeys: [
        { domain: 'a.example', selector: 's1', algorithm: 'Ed25519', publicKey: `${'A'.repeat(43)}=` },
        { domain: 'b.example', selector: 's1', algorithm: 'Ed25519', publicKey: `${'B'.repeat(43)}=` },
      ],
    });
    const wish = {
      restriction: { entries: [{ comment: 'two', entry: '10.0.0.2' }, { entry: '10.0.0.1' }] },
      connectors: [
        {
          name: 'A',
          addressSpaces: ['b.example', 'a.example'],
          smartHosts: [{ host: 'a.example' }, { port: 587, host: 'b.example' }],
        },
      ],
      dkimKeys: [
        { selector: 's1', domain: 'b.example', algorithm: 'Ed25519', publicKey: `${'B'.repeat(43)}=` },
        { domain: 'a.example', selector: 's1', algorithm: 'Ed25519', publicKey: `${'A'.repeat(43)}=` },
      ],
    };
    assert.deepEqual(differences(wish, now), []);
    // Smart hosts are tried in their order.
    wish.connectors[0]!.smartHosts.reverse();
    assert.deepEqual(
      differences(wish, now).map(({ path }) => path),
      ['connectors[A].smartHosts'],
    );
  });

  it('say where they differ', () => {
    const wish = {
      general: { maxHopCount: 9 },
      connectors: [
        { name: 'a', smartHosts: [{ host: 'other.example', port: 587 }] },
        { name: 'C', type: 'Direct' },
      ],
    };
    assert.deepEqual(differences(wish, actual), [
      { path: 'general.maxHopCount', desired: '9', actual: '20' },
      {
        path: 'connectors[a].smartHosts',
        desired: '[{"host":"other.example","port":587}]',
        actual: JSON.stringify(actual.connectors[0]!.smartHosts),
      },
      { path: 'connectors[C]', desired: '{"name":"C","type":"Direct"}', actual: null },
      { path: 'connectors[B]', desired: null, actual: JSON.stringify(actual.connectors[1]) },
    ]);
  });

  it('never show what a password is checked with', () => {
    const found = differences({ accounts: [{ name: 'new' }] }, actual);
    assert.deepEqual(
      found.map(({ path }) => path),
      ['accounts[new]', 'accounts[scanner]'],
    );
    assert.doesNotMatch(JSON.stringify(found), /verifier|\$/);
  });

  it('that could not be in force are refused with their place', () => {
    assert.throws(() => differences({ general: { maxHopCount: 1 } }, actual), /maxHopCount/);
    assert.throws(() => differences({ generel: {} }, actual), /generel/);
  });
});

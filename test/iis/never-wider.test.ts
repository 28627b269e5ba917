/**
 * The rule over all, for thousands of configurations: a client that may relay through a listener here could
 * through the virtual server it came from. Both sides are asked for addresses in and around every entry.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planOf } from '../../src/iis/plan.ts';
import { readSource } from '../../src/iis/read-source.ts';
import { NetworkList } from '../../src/message/network.ts';
import { RelayPolicy } from '../../src/policy/relay-restriction.ts';
import { defaultSettings, toSettings } from '../../src/settings/store.ts';
import { encodeList, type Group, hexOf } from './encode.ts';

/** Few networks, so that lists overlap often. */
const word = fc.oneof(
  fc.integer({ min: 0xc000_0200, max: 0xc000_021f }),
  fc.constantFrom(0, 0x7f00_0001, 0x0a00_0000, 0x0a01_0203, 0xffff_ffff),
);
const mask = fc.constantFrom(
  0xffff_ffff,
  0xffff_ffff,
  0xffff_fff0,
  0xffff_ff00,
  0xff00_0000,
  0x8000_0000,
  0,
  0xff00_ff00,
);
const groups = fc.array(fc.record({ mask, addresses: fc.array(word, { maxLength: 4 }) }), { maxLength: 3 });

interface List {
  readonly kind: 'absent' | 'empty' | 'broken' | 'list';
  readonly deny: readonly Group[];
  readonly grant: readonly Group[];
}

const list: fc.Arbitrary<List> = fc.record({
  kind: fc.constantFrom('absent', 'empty', 'broken', 'list', 'list', 'list', 'list'),
  deny: fc.oneof(fc.constant([]), groups),
  grant: groups,
});
const server = fc.record({
  relay: list,
  connect: fc.oneof(fc.constant<List>({ kind: 'absent', deny: [], grant: [] }), list),
  forAuth: fc.boolean(),
});

const holds = (groups: readonly Group[], address: number): boolean =>
  groups.some(({ mask, addresses }) => addresses.some(other => ((other ^ address) & mask) === 0));

/** What IIS does, by the specification: a grant list holds alone, and who is denied is out. */
function lets({ kind, deny, grant }: List, address: number, absent: boolean): boolean {
  if (kind === 'absent') return absent;
  if (kind === 'empty') return true;
  // Nobody knows what IIS makes of it; then the importer may let nobody in.
  if (kind === 'broken') return false;
  if (holds(deny, address)) return false;
  return grant.length === 0 || holds(grant, address);
}

function attribute(name: string, { kind, deny, grant }: List): string {
  if (kind === 'absent') return '';
  const hex = hexOf(encodeList(deny, grant));
  return ` ${name}="${kind === 'empty' ? '' : kind === 'broken' ? hex.slice(0, 60) : hex}"`;
}

const quad = (value: number) => [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join('.');

const samples = (servers: readonly { relay: List; connect: List }[]): number[] => {
  const edges = servers.flatMap(({ relay, connect }) =>
    [relay, connect].flatMap(({ deny, grant }) =>
      [...deny, ...grant].flatMap(({ mask, addresses }) =>
        addresses.flatMap(address => {
          const [first, last] = [(address & mask) >>> 0, (address | ~mask) >>> 0];
          return [address, first, last, (first - 1) >>> 0, (last + 1) >>> 0];
        }),
      ),
    ),
  );
  return [...new Set([...edges, 0x0102_0304, 0xc633_6401, 0x7f00_0001])];
};

test('no client relays that could not before', () => {
  let relaying = 0;
  let configurations = 0;
  fc.assert(
    fc.property(
      fc.array(server, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<readonly string[]>([], ['192.0.2.0/28'], ['10.0.0.0/8', '192.0.2.8']),
      (servers, openTo) => {
        const keys = servers.map(
          ({ relay, connect, forAuth }, index) =>
            `<IIsSmtpServer Location="/LM/SmtpSvc/${index + 1}" ServerBindings=":${2500 + index}:" RelayForAuth="${forAuth ? 1 : 0}"${attribute('RelayIpList', relay)}${attribute('IPSecurity', connect)}/>`,
        );
        const xml = `<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty>${keys.join('')}</MBProperty></configuration>`;
        const plan = planOf(readSource(Buffer.from(xml)), {
          current: defaultSettings(),
          windows: false,
          merge: false,
          virtualServers: null,
          openTo,
          dropDirectory: '/data/Drop',
        });
        const settings = toSettings(plan.settings);
        const policy = new RelayPolicy(settings.restriction, settings.domains);
        configurations++;
        assert.ok(!settings.restriction.allowAuthenticated || servers.every(({ forAuth }) => forAuth));
        for (const [index, { relay, connect }] of servers.entries()) {
          const listener = settings.listeners.find(({ name }) => name === plan.virtualServers[index]!.listener)!;
          assert.ok(listener.bindings.every(({ port }) => port === 2500 + index));
          if (!listener.enabled) continue;
          const remote = listener.remoteIPRanges.length === 0 ? null : new NetworkList(listener.remoteIPRanges);
          const denied = new NetworkList(listener.deniedIPRanges);
          for (const address of samples(servers)) {
            const ipAddress = quad(address);
            const connects = (remote === null || remote.match(ipAddress) !== null) && denied.match(ipAddress) === null;
            const question = { ipAddress, account: null, sender: null, recipient: 'someone@elsewhere.example' };
            if (connects) assert.ok(lets(connect, address, true), `${ipAddress} connects`);
            if (!connects || !policy.decide(question).allowed) continue;
            relaying++;
            assert.ok(lets(relay, address, false), `${ipAddress} relays through server ${index + 1}: ${xml}`);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
  // The rule would hold for an importer that lets nobody in.
  assert.ok(configurations >= 3000 && relaying > 1000, `${relaying} clients relay in ${configurations} configurations`);
});

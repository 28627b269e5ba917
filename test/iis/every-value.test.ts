/** Every value of the old server has one outcome: none is passed over in silence, none is told twice. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { planOf } from '../../src/iis/plan.ts';
import { readSource } from '../../src/iis/read-source.ts';
import { type IisSource, placeOf } from '../../src/iis/source.ts';
import { defaultSettings, toSettings } from '../../src/settings/store.ts';
import { encodeList, hexOf } from './encode.ts';

const folder = new URL('./scenarios/', import.meta.url);

interface Options {
  readonly windows: boolean;
  readonly merge: boolean;
  readonly virtualServers: readonly number[] | null;
}

const ALL: Options = { windows: false, merge: false, virtualServers: null };

function check(source: IisSource, options: Options): void {
  const plan = planOf(source, { current: defaultSettings(), openTo: [], dropDirectory: '/data/Drop', ...options });
  const portable = JSON.parse(JSON.stringify(plan.settings).replaceAll(/[A-Z]:(\\\\[^"]*)/g, '/x'));
  assert.doesNotThrow(() => toSettings(portable));
  const told = new Map<string, string[]>();
  for (const { virtualServer, location, setting, value } of plan.entries) {
    const at = `${placeOf(location)} ${setting.toLowerCase()}`;
    const what = `${virtualServer} ${value}`;
    assert.ok(!told.get(at)?.includes(what), `told twice: ${at} ${what}`);
    told.set(at, [...(told.get(at) ?? []), what]);
  }
  for (const [place, { properties, className }] of source.keys) {
    const isRead = place === 'smtpsvc' || plan.virtualServers.some(({ number }) => isOf(place, number));
    const settings = isRead ? [...properties.keys()] : [(className || '(key)').toLowerCase()];
    for (const setting of settings)
      assert.ok(told.has(`${place} ${setting}`), `nothing is said of ${setting} of ${place}`);
  }
}

/** A virtual server or a domain of it; of other keys the key is told. */
const isOf = (place: string, number: number): boolean =>
  place === `smtpsvc/${number}` || new RegExp(`^smtpsvc/${number}/domain/[^/]+$`).test(place);

for (const name of globSync('*', { cwd: fileURLToPath(folder) }).filter(file => !file.endsWith('.expected.json')))
  test(`every value of ${name}`, () => {
    const source = readSource(readFileSync(new URL(name, folder)));
    for (const windows of [false, true])
      for (const merge of [false, true])
        for (const virtualServers of [null, [1]]) check(source, { windows, merge, virtualServers });
  });

const lists = [
  hexOf(encodeList([], [{ mask: 0xffff_ffff, addresses: [0xc000_0201] }])),
  hexOf(encodeList([{ mask: 0xffff_ff00, addresses: [0xc000_0201] }], [])),
];
const values = fc.constantFrom(
  ...['', '0', '1', '2', '3', '25', '4294967295', '-1', 'TRUE', 'FALSE', 'nonsense', 'a.example', '[192.0.2.1]'],
  ...['b.example;c d', '15,30', '15,x', ':25:', '192.0.2.1:25:&#10;:2525:x', 'C:\\inetpub\\x', 'x@a.example', ...lists],
  ...['262', '264', '4194304', '00'.repeat(20), '{FF16065F-DE82-11CF-BC0A-00AA006111E0}', 'AuthBasic | AuthNTLM'],
);
const NAMES =
  'ServerBindings SecureBindings ServerComment ServerAutoStart ServerState MaxConnections ConnectionTimeout FullyQualifiedDomainName DefaultDomain ConnectResponse MaxMessageSize MaxSessionSize MaxBatchedMessages MaxRecipients MaxSmtpErrors HopCount EnableReverseDnsLookup AllowVerify SmtpHeloNoDomain SmtpInboundCommandSupportOptions AuthFlags AccessSSLFlags SSLCertHash RelayIpList RelayForAuth IPSecurity SmtpDisableRelay SmtpIpRestrictionFlag AlwaysUseSsl SmtpSSLRequireTrustedCA SmartHost SmartHostType RouteAction RouteUserName RoutePassword RemoteSmtpPort RemoteTimeout MaxOutConnections MaxOutConnectionsPerDomain SmtpRemoteProgressiveRetry SmtpRemoteDelayExpireMinutes SmtpRemoteNDRExpireMinutes RemoteRetryInterval MasqueradeDomain DoMasquerade SendNdrTo ShouldPickupMail EtrnDays PickupDirectory DropDirectory SmtpDotStuffPickupDirFiles LogType LogPluginClsid LogFilePeriod LogFileTruncateSize LogFileLocaltimeRollover Strange'.split(
    ' ',
  );
const OF_DOMAINS = 'RouteAction RouteActionString RouteUserName RoutePassword RelayIpList RelayForAuth Strange'.split(
  ' ',
);
const bag = (names: readonly string[]) =>
  fc.uniqueArray(fc.tuple(fc.constantFrom(...names), values), { maxLength: 25, selector: ([name]) => name });
const element = (tag: string, location: string, properties: readonly (readonly [string, string])[]) =>
  `<${tag} Location="${location}" ${properties.map(([name, value]) => `${name}="${value}"`).join(' ')}/>`;

test('every value of files made at random', () => {
  fc.assert(
    fc.property(
      bag(NAMES),
      fc.array(bag(NAMES), { minLength: 1, maxLength: 2 }),
      fc.array(fc.tuple(fc.constantFrom('a.example', '*.a.example', 'x.a.example', '*', 'b b'), bag(OF_DOMAINS)), {
        maxLength: 3,
      }),
      fc.record({ windows: fc.boolean(), merge: fc.boolean() }),
      (service, servers, domains, options) => {
        const seen = new Set<string>();
        const keys = [
          element('IIsSmtpService', '/LM/SmtpSvc', service),
          ...servers.map((server, index) => element('IIsSmtpServer', `/LM/SmtpSvc/${index + 1}`, server)),
          ...domains.flatMap(([name, properties], index) => {
            const location = `/LM/SmtpSvc/${(index % servers.length) + 1}/Domain/${name}`;
            if (seen.has(location)) return [];
            seen.add(location);
            return element('IIsSmtpDomain', location, properties);
          }),
        ];
        const xml = `<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty>${keys.join('')}</MBProperty></configuration>`;
        check(readSource(Buffer.from(xml)), { ...ALL, ...options });
      },
    ),
    { numRuns: 600, seed: 20261125 },
  );
});

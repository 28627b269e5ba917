/** What becomes of single values, where it is not plain: closed listeners, merges, routes, senders. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanOptions } from '../../src/iis/plan/plan-options.ts';
import type { PlanEntry } from '../../src/iis/plan.ts';
import { planOf } from '../../src/iis/plan.ts';
import { readSource } from '../../src/iis/read-source.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { defaultSettings, toSettings } from '../../src/settings/store.ts';
import { encodeList, hexOf } from './encode.ts';

interface Planned {
  readonly settings: Settings;
  readonly entries: readonly PlanEntry[];
  readonly of: (setting: string) => PlanEntry;
}

function plan(text: string, options: Partial<PlanOptions> = {}): Planned {
  const planned = planOf(readSource(Buffer.from(text)), {
    current: defaultSettings(),
    windows: false,
    merge: false,
    virtualServers: null,
    openTo: [],
    dropDirectory: '/data/Drop',
    ...options,
  });
  const { entries } = planned;
  return {
    entries,
    settings: toSettings(planned.settings),
    of: name => entries.find(({ setting }) => setting === name)!,
  };
}

const xml = (server: string, others = '') =>
  `<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty><IIsSmtpServer Location="/LM/SmtpSvc/1" ServerBindings=":2600:" ServerComment="Old" ${server}/>${others}</MBProperty></configuration>`;
const domain = (name: string, attributes: string) =>
  `<IIsSmtpDomain Location="/LM/SmtpSvc/1/Domain/${name}" ${attributes}/>`;

/** Off, and no way in for who only turns it on. */
function isClosed({ settings: { listeners } }: Planned): void {
  const listener = listeners.find(({ name }) => name === 'Old')!;
  assert.equal(listener.enabled, false);
  assert.deepEqual(listener.deniedIPRanges, ['0.0.0.0/0', '::/0']);
  assert.equal(listener.requireAuthentication, true);
}

test('what cannot be read is taken for the narrower, and told once', () => {
  const auth = plan(xml('AuthFlags="AuthAnonymos"'));
  isClosed(auth);
  assert.equal(auth.of('AuthFlags').outcome, 'Refused');
  const tls = plan(xml(`AccessSSLFlags="AccessTLS" SSLCertHash="${'00'.repeat(20)}"`));
  assert.equal(tls.settings.listeners[0]!.tlsMode, 'Required');
  assert.equal(tls.of('AccessSSLFlags').outcome, 'Refused');
  const start = plan(xml('ServerAutoStart="yes"'));
  assert.equal(start.settings.listeners[0]!.enabled, false);
  assert.equal(start.of('ServerAutoStart').outcome, 'Refused');
  for (const { entries } of [auth, tls, start])
    assert.equal(entries.filter(({ outcome }) => outcome === 'Refused').length, 1);
});

test('a flag that stands twice with different values is taken for the narrower', () => {
  const twice = (name: string, id: number, first: string, second: string) =>
    `<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty><IIsSmtpServer Location="/LM/SmtpSvc/1" ServerBindings=":2600:" ServerComment="Old" ${name}="${first}"><Custom Name="${name}" ID="${id}" Value="${second}"/></IIsSmtpServer></MBProperty></configuration>`;
  isClosed(plan(twice('AuthFlags', 6000, '2', '1')));
  assert.equal(plan(twice('ServerAutoStart', 1017, 'FALSE', 'TRUE')).settings.listeners[0]!.enabled, false);
  isClosed(plan(twice('AccessSSLFlags', 6030, '8', '0')));
});

test('a listener of which nobody knows who may connect, or that nobody could use, is closed', () => {
  isClosed(plan(xml('IPSecurity="1800"')));
  isClosed(plan(xml('AuthFlags="0"')));
  isClosed(plan(xml('AccessSSLFlags="8"')));
  isClosed(plan(xml(`AccessSSLFlags="72" SSLCertHash="${'00'.repeat(20)}"`)));
  const names = hexOf(encodeList([], [], { denied: 0, granted: 1 }));
  const byName = plan(xml(`IPSecurity="${names}"`));
  isClosed(byName);
  assert.equal(byName.of('IPSecurity').outcome, 'Refused');
  assert.equal(plan(xml('AccessSSLFlags="8"')).of('AccessSSLFlags').outcome, 'Refused');
});

test('a relay list of names only lets nobody in, and a person hears of it', () => {
  const names = hexOf(encodeList([], [], { denied: 0, granted: 2 }));
  const { settings, of } = plan(xml(`RelayIpList="${names}"`), { openTo: ['10.0.0.0/8'] });
  assert.deepEqual(settings.restriction.entries, []);
  assert.match(of('RelayIpList').action ?? '', /Add-RelayRestriction/);
});

test('with -Merge a listener opens only onto what its virtual server let through', () => {
  const list = hexOf(encodeList([], [{ mask: 0xffff_ff00, addresses: [0xc000_0200] }]));
  const source = xml(`RelayIpList="${list}"`);
  const current = (restriction: object, domains: string[] = []) =>
    toSettings({
      ...defaultSettings(),
      restriction: { mode: 'OnlyListed', entries: [{ entry: '192.0.2.7' }], allowAuthenticated: false, ...restriction },
      domains: domains.map(name => ({ name, allowRelay: true })),
    });
  const fits = plan(source, { merge: true, current: current({}) });
  assert.equal(fits.settings.listeners.find(({ name }) => name === 'Old')!.enabled, true);
  assert.deepEqual(
    fits.entries.filter(({ outcome }) => outcome === 'Refused'),
    [],
  );
  for (const now of [
    current({ mode: 'AllExceptListed' }),
    current({ entries: [{ entry: '192.0.3.1' }] }),
    current({ allowAuthenticated: true }),
    current({ clientCertificates: [{ certificate: 'CN=a' }] }),
    current({}, ['a.example']),
  ]) {
    const wider = plan(source, { merge: true, current: now });
    isClosed(wider);
    assert.equal(wider.of('RelayIpList').outcome, 'Refused');
    assert.deepEqual(wider.settings.restriction, now.restriction);
  }
});

test('with -Merge what stays as it is here is not refused', () => {
  const current = toSettings({
    ...defaultSettings(),
    restriction: { mode: 'OnlyListed', entries: [], allowAuthenticated: false },
  });
  const { entries, of } = plan(
    xml(
      'SmartHost="hub.example.com" SmartHostType="2" RouteAction="264" RouteUserName="u" RoutePassword="00" MaxOutConnections="x" DefaultDomain="d.example" RelayIpList=""',
      domain('r.example', 'RouteAction="4098" RouteActionString="mx.example"'),
    ),
    { merge: true, current },
  );
  assert.deepEqual(
    entries.filter(({ outcome }) => outcome === 'Refused' || outcome === 'NeedsSecret'),
    [],
  );
  assert.equal(of('SmartHost').outcome, 'Ignored');
  assert.match(of('SmartHost').reason!, /With -Merge/);
  assert.equal(of('RouteActionString').outcome, 'Carried');
});

test('rights of one domain that are said in several ways open it for nobody', () => {
  for (const attributes of [
    'RouteAction="5120"',
    'RouteAction="6144"',
    'RouteAction="4096" RelayIpList=""',
    'RouteAction="4096" RelayForAuth="1"',
  ]) {
    const { settings, of } = plan(xml('', domain('a.example', attributes)));
    assert.deepEqual(settings.domains, [], attributes);
    assert.equal(of('RouteAction').outcome, 'Refused', attributes);
  }
  assert.equal(plan(xml('', domain('a.example', 'RouteAction="4096"'))).settings.domains[0]!.allowRelay, true);
});

test('a wildcard does not open a domain below it that has a key without the right', () => {
  const both = domain('*.a.example', 'RouteAction="4096"') + domain('x.a.example', 'RouteAction="0"');
  assert.deepEqual(plan(xml('', both)).settings.domains, []);
  const all = domain('*.a.example', 'RouteAction="4096"') + domain('x.a.example', 'RouteAction="1"');
  assert.deepEqual(
    plan(xml('', all)).settings.domains.map(({ name }) => name),
    ['*.a.example', 'x.a.example'],
  );
});

test('SmartHostType: never, direct first, always', () => {
  const type = (text: string) => {
    const { settings, of } = plan(xml(text));
    const [{ type, enabled, smartHosts }] = settings.connectors as [Settings['connectors'][number]];
    return [type, enabled, smartHosts.map(({ host }) => host), of('SmartHostType').outcome];
  };
  assert.deepEqual(type('SmartHost="hub.example" SmartHostType="0"'), ['Direct', true, [], 'Carried']);
  assert.deepEqual(type('SmartHost="hub.example" SmartHostType="1"'), [
    'DirectThenSmartHost',
    true,
    ['hub.example'],
    'Carried',
  ]);
  assert.deepEqual(type('SmartHost="hub.example" SmartHostType="2"'), ['SmartHost', true, ['hub.example'], 'Carried']);
  assert.deepEqual(type('SmartHostType="1"'), ['Direct', true, [], 'CarriedWithChange']);
  // Mail that must not go out by itself waits.
  assert.deepEqual(type('SmartHostType="2"'), ['Direct', false, [], 'Refused']);
  const { settings, of } = plan(
    xml('SmartHost="hub.example" SmartHostType="1" RouteAction="264" RouteUserName="u" RoutePassword="00"'),
  );
  assert.equal(settings.connectors[0]!.authenticationMethod, 'Automatic');
  assert.equal(of('RoutePassword').outcome, 'NeedsSecret');
  const direct = plan(xml('RouteAction="264" RouteUserName="u" RoutePassword="00"'));
  assert.equal(direct.settings.connectors[0]!.authenticationMethod, 'None');
  assert.equal(direct.of('RouteUserName').outcome, 'NotSupported');
});

test('of the way out too, what cannot be read is taken for the narrower', () => {
  const { settings, of } = plan(
    xml('SmartHost="hub.example" SmartHostType="always" RouteAction="SSL?" ShouldPickupMail="perhaps"'),
  );
  const [{ type, tlsMode }] = settings.connectors as [Settings['connectors'][number]];
  assert.deepEqual([type, tlsMode, settings.general.pickupEnabled], ['SmartHost', 'Required', false]);
  for (const name of ['SmartHostType', 'RouteAction', 'ShouldPickupMail'])
    assert.equal(of(name).outcome, 'Refused', name);
  assert.equal(plan(xml('SmartHost="hub.example" SmartHostType="7"')).settings.connectors[0]!.type, 'SmartHost');
});

test('the default domain, HELO, and senders in the place of local ones', () => {
  const { settings, of } = plan(
    xml(
      'DefaultDomain="d.example" MasqueradeDomain="public.example" DoMasquerade="TRUE"',
      domain('helo.example', 'RouteAction="4194306" RouteActionString="mx.example"') +
        domain('tls.example', 'RouteAction="4194310" RouteActionString="mx.example"') +
        domain('direct.example', 'RouteAction="4"'),
    ),
  );
  assert.equal(settings.general.defaultDomain, 'd.example');
  assert.deepEqual(
    settings.domains.map(({ name }) => name),
    ['d.example'],
  );
  const connector = (name: string) => settings.connectors.find(one => one.name === `Domain ${name}`)!;
  assert.equal(connector('helo.example').forceHelo, true);
  assert.deepEqual([connector('tls.example').forceHelo, connector('tls.example').tlsMode], [false, 'Required']);
  assert.deepEqual([connector('direct.example').type, connector('direct.example').tlsMode], ['Direct', 'Required']);
  const [{ type, address, newAddress, rewriteIn, replyTo }] = settings.rewriteRules as [
    Settings['rewriteRules'][number],
  ];
  assert.deepEqual(
    [type, address, newAddress, rewriteIn, replyTo],
    ['Sender', '*@d.example', '*@public.example', 'Envelope', 'Never'],
  );
  assert.equal(of('MasqueradeDomain').outcome, 'CarriedWithChange');
  const off = plan(xml('DefaultDomain="d.example" MasqueradeDomain="public.example"'));
  assert.deepEqual(off.settings.rewriteRules, []);
  assert.match(
    off.of('MasqueradeDomain').action!,
    /^New-SmtpRewriteRule -Name Masquerade -Type Sender -Address '\*@d\.example'/,
  );
});

const adsutil = (...lines: string[]) =>
  [
    'cscript adsutil.vbs enum smtpsvc/1',
    'ServerBindings : (LIST) (1 Items)',
    '  ":2600:"',
    'ServerComment : (STRING) "Old"',
    ...lines,
  ].join('\n');

test('what adsutil does not print is not known', () => {
  const absent = plan(adsutil());
  isClosed(absent);
  assert.deepEqual(
    ['RelayIpList', 'IPSecurity', 'AuthFlags', 'ServerAutoStart'].map(name => absent.of(name).outcome),
    ['Refused', 'Refused', 'Refused', 'Refused'],
  );
  const empty = plan(adsutil('IPSecurity : (IPSEC) ""', 'RelayIpList : (IPSEC) ""', 'AuthFlags : (INTEGER) 1'));
  isClosed(empty);
  assert.equal(empty.of('IPSecurity').outcome, 'Refused');
  assert.match(empty.of('RelayIpList').reason!, /adsutil does not print/);
});

const listBytes = [...encodeList([], [{ mask: 0xffff_ffff, addresses: [0xc000_020a] }])];
const exported = (properties: object, addressLists: object, service: object = {}) =>
  JSON.stringify({
    format: 'SmtpRelay.IisSmtpExport',
    version: 1,
    keys: [
      { location: '/LM/SmtpSvc', class: 'IIsSmtpService', properties: service },
      {
        location: '/LM/SmtpSvc/1',
        class: 'IIsSmtpServer',
        properties: { ServerBindings: { value: [':2600:'] }, ServerComment: { value: 'Old' }, ...properties },
        addressLists,
      },
    ],
  });
const texts = {
  grantByDefault: false,
  ipGrant: ['192.0.2.10, 255.255.255.255'],
  ipDeny: [],
  domainGrant: [],
  domainDeny: [],
};

test('of an address list the bytes and the texts must say the same', () => {
  const RelayIpList = { type: 'Byte[]', value: listBytes };
  assert.equal(plan(exported({ RelayIpList }, { RelayIpList: texts })).of('RelayIpList').outcome, 'Carried');
  const other = { ...texts, ipGrant: ['192.0.2.0, 255.255.255.0'] };
  const differs = plan(exported({ RelayIpList }, { RelayIpList: other }));
  assert.deepEqual(differs.settings.restriction.entries, []);
  assert.match(differs.of('RelayIpList').reason!, /differ/);
  // Bytes alone are decoded, and a list that could not be read is not the same as none.
  assert.equal(plan(exported({ RelayIpList }, {})).of('RelayIpList').outcome, 'Carried');
  assert.equal(
    plan(exported({ RelayIpList: { type: 'Unreadable', value: 'unreadable' } }, {})).of('RelayIpList').outcome,
    'Refused',
  );
  isClosed(plan(exported({ AuthFlags: { type: 'Unreadable', value: null } }, {})));
  // What ADSI makes up of nothing is nothing; what it shows and nobody is said to have is still what held.
  const madeUp = { ...texts, grantByDefault: true, ipGrant: [], stored: false };
  const nothing = plan(exported({}, { IPSecurity: madeUp, RelayIpList: madeUp }));
  assert.equal(nothing.settings.listeners[0]!.enabled, true);
  assert.equal(nothing.of('RelayIpList').outcome, 'Defaulted');
  const shown = plan(exported({}, { IPSecurity: { ...texts, stored: false } }));
  assert.deepEqual(shown.settings.listeners[0]!.remoteIPRanges, ['192.0.2.10']);
});

test('a value that the old server only showed comes from the service or the schema', () => {
  const { of } = plan(
    exported(
      {
        HopCount: { value: 15, stored: false },
        MaxRecipients: { value: 100, stored: false },
        MaxConnections: { value: 5 },
      },
      {},
      { HopCount: { value: 15, stored: true } },
    ),
  );
  assert.deepEqual(
    ['HopCount', 'MaxRecipients', 'MaxConnections'].map(name => [of(name).origin, of(name).outcome]),
    [
      ['Service', 'Carried'],
      ['SchemaDefault', 'Defaulted'],
      ['Server', 'Carried'],
    ],
  );
});

test('periods of the protocol log', () => {
  const bySize = plan(xml('LogFilePeriod="0" LogFileTruncateSize="20971520" LogFileLocaltimeRollover="TRUE"'));
  const { protocolLogPeriod, protocolLogMaxFileSize, protocolLogLocalTimeRollover } = bySize.settings.logging;
  assert.deepEqual(
    [protocolLogPeriod, protocolLogMaxFileSize, protocolLogLocalTimeRollover],
    ['Size', 20_971_520, true],
  );
  const monthly = plan(xml('LogFilePeriod="3" LogFileTruncateSize="20971520"'));
  assert.equal(monthly.settings.logging.protocolLogPeriod, 'Month');
  assert.equal(monthly.of('LogFileTruncateSize').outcome, 'Ignored');
  assert.equal(plan(xml('LogFilePeriod="9"')).of('LogFilePeriod').outcome, 'Refused');
  assert.equal(plan(xml('LogFilePeriod="0" LogFileTruncateSize="1"')).settings.logging.protocolLogMaxFileSize, 65_536);
});

test('what asks for nothing is not said to be lost', () => {
  const { of } = plan(
    xml(
      'AllowVerify="FALSE" AddNoHeaders="FALSE" ShouldDeliver="TRUE" MaxSessionSize="0" EtrnDays="0" SmtpHeloNoDomain="FALSE" AdminACL="" DoMasquerade="FALSE"',
    ),
  );
  for (const name of [
    'AllowVerify',
    'AddNoHeaders',
    'ShouldDeliver',
    'MaxSessionSize',
    'EtrnDays',
    'SmtpHeloNoDomain',
    'AdminACL',
    'DoMasquerade',
  ])
    assert.equal(of(name).outcome, 'Ignored', name);
  assert.equal(plan(xml('ShouldDeliver="FALSE"')).of('ShouldDeliver').outcome, 'NotSupported');
});

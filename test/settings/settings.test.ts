/** The settings file: what is in force by default, what is refused, and how a change is kept. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { RelayProblem } from '../../src/contract/problems.ts';
import { relaySchema } from '../../src/contract/schemas.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { fqdnOf, postmasterOf } from '../../src/settings/settings.ts';
import { defaultSettings, SettingsStore, toSettings } from '../../src/settings/store.ts';
import { withWishes } from '../../src/settings/wishes.ts';
import { removeFolder, temporaryFolder } from '../support/relay-harness.ts';
import { BAD_SETTINGS } from './bad-settings.ts';

function problemOf(run: () => unknown): RelayProblem {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof RelayProblem, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'it should have been refused' });
}

describe('the default settings', () => {
  it('let nobody but this computer connect and relay', () => {
    const { listeners, restriction, domains, accounts, connectors } = defaultSettings();
    assert.deepEqual(
      listeners.map(({ name, enabled, bindings }) => ({ name, enabled, bindings })),
      [{ name: 'Default', enabled: true, bindings: [{ address: '127.0.0.1', port: 2525 }] }],
    );
    assert.deepEqual(restriction, {
      mode: 'OnlyListed',
      entries: [
        { entry: '127.0.0.0/8', comment: 'this computer' },
        { entry: '::1', comment: 'this computer' },
      ],
      allowAuthenticated: true,
      clientCertificates: [],
    });
    assert.deepEqual([domains, accounts], [[], []]);
    assert.deepEqual(connectors, [
      {
        name: 'Internet',
        type: 'Direct',
        addressSpaces: ['*'],
        enabled: true,
        cost: 1,
        smartHosts: [],
        port: 25,
        tlsMode: 'Opportunistic',
        fqdn: null,
        maxConnections: 20,
        maxMessagesPerConnection: 100,
        senders: [],
        senderDomains: [],
        remoteIPRanges: [],
        listeners: [],
        accounts: [],
        smartHostSelection: 'Ordered',
        dropDirectory: null,
        sourceAddress: null,
        forceHelo: false,
        maxMessageSize: null,
        maxMessagesPerMinute: null,
        idleTimeout: 5,
        maxRecipientsPerTransaction: 100,
        retryInterval: null,
        messageExpirationTimeout: null,
        delayNotificationTimeout: null,
        authenticationMethod: 'None',
        authenticationUserName: null,
        allowClearTextAuthentication: false,
        tenantId: null,
        clientId: null,
        tokenCertificate: null,
        minimumTlsVersion: '1.2',
        tlsDomain: null,
        tlsCertificate: null,
        tokenEndpoint: null,
        tokenScope: null,
        graphEndpoint: 'https://graph.microsoft.com/v1.0',
        preset: null,
        protocolLoggingLevel: 'General',
        comment: null,
      },
    ]);
  });

  it('have these limits and times', () => {
    const settings = defaultSettings();
    assert.deepEqual(settings.general, {
      fqdn: null,
      postmaster: null,
      alertDelay: 300,
      defaultDomain: null,
      maxMessageSize: 37_748_736,
      maxRecipientsPerMessage: 1000,
      maxHopCount: 30,
      retryInterval: [60, 300, 900, 1800, 3600, 14_400],
      messageExpirationTimeout: 172_800,
      maxOutboundConnections: 100,
      connectionTimeout: 30,
      commandTimeout: 300,
      dnsServer: [],
      dnsServerValidates: false,
      badMailMaxAge: 2_592_000,
      badMailMaxSize: 1_073_741_824,
      minimumFreeSpace: 104_857_600,
      delayNotificationTimeout: 43_200,
      ndrCopyTo: null,
      ndrCopyPerHour: 100,
      pickupEnabled: true,
      pickupDirectory: null,
      pickupDotHandling: 'AsIs',
      connectionRateLimit: 0,
      messageRateLimit: 0,
      recipientRateLimit: 0,
      byteRateLimit: 0,
      maxLogonFailures: 10,
      logonFailureWindow: 600,
      banDuration: 3600,
      banExemptIPRanges: [],
      controlPort: 8025,
    });
    assert.deepEqual(settings.logging, {
      protocolLoggingLevel: 'Verbose',
      protocolLogFormat: 'W3C',
      protocolLogFields: [],
      protocolLogPeriod: 'Day',
      protocolLogLocalTimeRollover: false,
      protocolLogPath: null,
      protocolLogMaxFileSize: null,
      protocolLogMaxAge: 2_592_000,
      protocolLogMaxDirectorySize: 1_073_741_824,
      messageTrackingLogPath: null,
      messageTrackingLogSubjectLoggingEnabled: true,
      messageTrackingLogMaxFileSize: null,
      messageTrackingLogMaxAge: 2_592_000,
      messageTrackingLogMaxDirectorySize: 1_073_741_824,
      activityLogPath: null,
      activityLogMaxFileSize: null,
      activityLogMaxAge: 2_592_000,
      activityLogMaxDirectorySize: 1_073_741_824,
    });
    const { name, enabled, bindings, ...limits } = settings.listeners[0]!;
    assert.deepEqual(limits, {
      fqdn: null,
      banner: null,
      maxInboundConnection: 1000,
      maxInboundConnectionPerSource: 100,
      connectionInactivityTimeout: 600,
      maxProtocolErrors: 20,
      minimumDataRate: 100,
      bareLineEndings: 'Normalize',
      unauthorizedPipelining: 'Allow',
      reverseDns: 'None',
      proxyProtocolFrom: [],
      connectionTimeout: null,
      maxMessagesPerConnection: null,
      maxMessageSize: null,
      maxRecipientsPerMessage: null,
      tlsMode: 'Optional',
      minimumTlsVersion: '1.2',
      cipherProfile: 'Default',
      certificates: [],
      clientCertificate: 'None',
      authenticationMethods: ['PLAIN', 'LOGIN'],
      windowsAccounts: false,
      requireAuthentication: false,
      remoteIPRanges: [],
      deniedIPRanges: [],
      allowedSenders: [],
      allowedRecipients: [],
      legacyClients: false,
      disabledExtensions: [],
      protocolLoggingLevel: 'General',
      comment: null,
    });
  });

  it('are frozen all the way down', () => {
    const settings = defaultSettings() as unknown as {
      general: { dnsServer: string[] };
      listeners: { bindings: object[] }[];
    };
    assert.throws(() => settings.general.dnsServer.push('x'), TypeError);
    assert.throws(() => settings.listeners[0]!.bindings.pop(), TypeError);
  });

  it('do not change what they are made from, nor each other', () => {
    const given = { version: 1, listeners: [{ name: 'A', bindings: [{ address: '127.0.0.1', port: 25 }] }] };
    const before = structuredClone(given);
    toSettings(given);
    assert.deepEqual(given, before);
    assert.deepEqual(defaultSettings(), defaultSettings());
  });

  it('of earlier versions have their logging settings where they are now, and what stands there wins', () => {
    const general = {
      maxHopCount: 17,
      protocolLoggingLevel: 'None',
      logSubject: false,
      logMaxAge: 7200,
      logMaxSize: 2e6,
    };
    const now = toSettings({ version: 1, general, logging: { activityLogMaxAge: 3600 } });
    assert.equal(now.general.maxHopCount, 17);
    const { logging } = now;
    assert.deepEqual(
      [logging.protocolLoggingLevel, logging.messageTrackingLogSubjectLoggingEnabled, logging.protocolLogMaxAge],
      ['None', false, 7200],
    );
    assert.deepEqual([logging.messageTrackingLogMaxAge, logging.activityLogMaxAge], [7200, 3600]);
    assert.deepEqual(
      [logging.protocolLogMaxDirectorySize, logging.activityLogMaxDirectorySize],
      [2_000_000, 2_000_000],
    );
    assert.deepEqual(toSettings(now), now);
  });

  it('make names from the computer where none is set', () => {
    const settings = toSettings({ version: 1, general: { fqdn: 'relay.test' } });
    assert.equal(fqdnOf(settings), 'relay.test');
    assert.equal(postmasterOf(settings), 'postmaster@relay.test');
    assert.equal(postmasterOf(toSettings({ version: 1, general: { postmaster: 'me@b.example' } })), 'me@b.example');
  });
});

describe('settings that are refused', () => {
  for (const { title, settings, problems } of BAD_SETTINGS)
    it(`for ${title}`, () => {
      const problem = problemOf(() => toSettings(settings));
      assert.equal(problem.id, 'InvalidSettings');
      const found = problem.details.map(({ path, message }) => [path, message]);
      assert.deepEqual(found.sort(), problems.map(entry => [...entry]).sort());
      for (const [path, message] of problems) assert.ok(problem.message.includes(`${path || 'settings'} ${message}`));
    });

  it('never for anything but a RelayProblem, whatever they are', () => {
    const names = Object.keys(relaySchema.properties);
    const someSettings = fc.dictionary(fc.constantFrom(...names, '__proto__', 'x'), fc.jsonValue(), { maxKeys: 8 });
    const nearly = fc.record({
      version: fc.constant(1),
      general: fc.dictionary(fc.constantFrom('fqdn', 'dnsServer', 'retryInterval', 'maxHopCount'), fc.jsonValue()),
      listeners: fc.array(fc.record({ name: fc.jsonValue(), bindings: fc.jsonValue() }), { maxLength: 3 }),
      restriction: fc.record({ entries: fc.array(fc.record({ entry: fc.string() })) }),
      connectors: fc.array(fc.record({ name: fc.string(), type: fc.constantFrom('Direct', 'SmartHost') }), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), someSettings, nearly), value => {
        try {
          const settings = toSettings(value);
          assert.deepEqual(toSettings(JSON.parse(JSON.stringify(settings))), settings);
        } catch (error) {
          assert.ok(error instanceof RelayProblem, String(error));
          assert.ok(error.details.length > 0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('not for listeners that are off, or that share a port on different addresses or families', () => {
    const listener = (name: string, address: string, enabled = true) => ({
      name,
      enabled,
      bindings: [{ address, port: 25 }],
    });
    for (const listeners of [
      [listener('A', '127.0.0.1'), listener('B', '127.0.0.1', false)],
      [listener('A', '127.0.0.1'), listener('B', '127.0.0.2')],
      [listener('A', '0.0.0.0'), listener('B', '::1')],
      [],
    ])
      toSettings({ version: 1, listeners });
    toSettings({ version: 1, listeners: [{ name: 'A', bindings: [{ address: '127.0.0.2', port: 8025 }] }] });
  });
});

describe('wishes of a command line', () => {
  const none = { port: null, submissionPort: null, controlPort: null, smartHost: null, relayNetworks: [] };
  const wish = (wishes: object, settings: Settings = defaultSettings()) =>
    toSettings(withWishes(settings, { ...none, ...wishes }));

  it('for nothing change nothing', () => {
    assert.deepEqual(wish({}), defaultSettings());
  });

  it('add a submission listener that takes mail only under TLS and after a log-on, once', () => {
    const once = wish({ port: 25, submissionPort: 587 });
    const [first, second] = once.listeners;
    assert.deepEqual(first!.bindings, [{ address: '127.0.0.1', port: 25 }]);
    assert.deepEqual(second!.bindings, [{ address: '0.0.0.0', port: 587 }]);
    assert.deepEqual([second!.name, second!.tlsMode, second!.requireAuthentication], ['Submission', 'Required', true]);
    assert.deepEqual(wish({ port: 25, submissionPort: 587 }, once), once);
  });

  it('for networks open the listener to them, and asking twice adds nothing', () => {
    const once = wish({ relayNetworks: ['10.0.0.0/8'], port: 2526 });
    assert.deepEqual(once.listeners[0]!.bindings, [{ address: '0.0.0.0', port: 2526 }]);
    assert.deepEqual(
      once.restriction.entries.map(({ entry }) => entry),
      ['127.0.0.0/8', '::1', '10.0.0.0/8'],
    );
    assert.deepEqual(wish({ relayNetworks: ['10.0.0.0/8'], port: 2526 }, once), once);
  });

  it('for a smart host take the place of looking up MX hosts, and a later one takes its place', () => {
    const first = wish({ smartHost: { host: 'a.example', port: 25 } });
    assert.deepEqual(
      first.connectors.map(({ name, enabled }) => [name, enabled]),
      [
        ['Internet', false],
        ['SmartHost', true],
      ],
    );
    const second = wish({ smartHost: { host: 'b.example', port: 587 } }, first);
    assert.deepEqual(second.connectors[1]!.smartHosts, [{ host: 'b.example', port: 587, weight: 1 }]);
    assert.equal(second.connectors.length, 2);
  });

  it('for a control port are checked against the listeners', () => {
    assert.equal(problemOf(() => wish({ controlPort: 2525 })).details[0]!.path, 'listeners[0].bindings[0].port');
  });
});

describe('SettingsStore', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  const file = () => join(folder, 'settings.json');
  const history = async () => (await readdir(join(folder, 'history'))).sort();
  const hops = (maxHopCount: number) => (current: Settings) => ({
    ...current,
    general: { ...current.general, maxHopCount },
  });

  it('makes the file once and reads it after that', async () => {
    const made = await SettingsStore.open(folder, 1000);
    assert.deepEqual([made.created, made.version, made.changed], [true, 1, 1000]);
    await made.change(hops(9), 2000);
    assert.deepEqual([made.version, made.changed], [2, 2000]);
    const read = await SettingsStore.open(folder, 3000);
    assert.deepEqual([read.created, read.version], [false, 2]);
    assert.deepEqual(read.current, made.current);
    assert.deepEqual(JSON.parse(await readFile(file(), 'utf8')), made.current);
  });

  it('keeps file and folder to this account alone', { skip: process.platform === 'win32' }, async () => {
    await SettingsStore.open(folder, 0);
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, 'history'))).mode & 0o777, 0o700);
    assert.equal((await stat(join(folder, 'history', '000001.json'))).mode & 0o777, 0o600);
  });

  it('takes a file that begins with a byte order mark, as Windows editors write it', async () => {
    await writeFile(file(), `\ufeff${JSON.stringify({ version: 1, general: { maxHopCount: 12 } })}`);
    assert.equal((await SettingsStore.open(folder, 0)).current.general.maxHopCount, 12);
  });

  for (const [title, text, says] of [
    ['is not JSON', '{"version": 1,', /is not JSON/],
    ['is empty', '', /is not JSON/],
    [
      'has values that are not allowed',
      '{"version":1,"general":{"maxHopCount":1}}',
      /is not valid: general\.maxHopCount must be between 3 and 100/,
    ],
  ] as const)
    it(`does not start with a file that ${title}, and leaves it as it is`, async () => {
      await writeFile(file(), text);
      await assert.rejects(SettingsStore.open(folder, 0), (error: RelayProblem) => {
        assert.equal(error.id, 'SettingsUnreadable');
        assert.match(error.message, says);
        assert.ok(error.message.includes(file()));
        return true;
      });
      assert.equal(await readFile(file(), 'utf8'), text);
      assert.deepEqual(await history(), []);
    });

  it('does not start with a file that cannot be read', async () => {
    await mkdir(file());
    await assert.rejects(SettingsStore.open(folder, 0), { id: 'SettingsUnreadable' });
  });

  it('tells of a change when it is on the disk and in force', async () => {
    const store = await SettingsStore.open(folder, 0);
    const heard: number[] = [];
    const end = store.subscribe((now, before) => {
      assert.equal(store.current, now);
      heard.push(before.general.maxHopCount, now.general.maxHopCount);
    });
    await store.change(hops(9), 0);
    await store.change(hops(9), 0);
    end();
    await store.change(hops(10), 0);
    assert.deepEqual(heard, [30, 9]);
  });

  it('runs changes one after the other, each on what the one before left', async () => {
    const store = await SettingsStore.open(folder, 0);
    await Promise.all(
      Array.from({ length: 12 }, () =>
        store.change(
          current => ({ ...current, general: { ...current.general, maxHopCount: current.general.maxHopCount + 1 } }),
          0,
        ),
      ),
    );
    assert.equal(store.current.general.maxHopCount, 42);
    assert.equal(store.version, 13);
  });

  it('leaves everything as it was when a change is refused or its making fails, and goes on', async () => {
    const store = await SettingsStore.open(folder, 0);
    const before = await readFile(file(), 'utf8');
    await assert.rejects(store.change(hops(0), 0), { id: 'InvalidSettings' });
    await assert.rejects(
      store.change(() => {
        throw new RangeError('no');
      }, 0),
      RangeError,
    );
    assert.equal(await readFile(file(), 'utf8'), before);
    assert.deepEqual(await history(), ['000001.json']);
    assert.equal((await store.change(hops(9), 0)).general.maxHopCount, 9);
  });

  it('leaves the old settings in force when the file cannot be written, and keeps no trace in the history', async () => {
    const store = await SettingsStore.open(folder, 0);
    const heard: unknown[] = [];
    store.subscribe(now => void heard.push(now));
    await rename(file(), `${file()}.aside`);
    await mkdir(join(file(), 'in the way'), { recursive: true });
    await assert.rejects(store.change(hops(9), 0), (error: RelayProblem) => {
      assert.equal(error.id, 'StorageFailed');
      assert.match(error.message, /The old ones stay in force\.$/);
      return true;
    });
    assert.deepEqual([store.current.general.maxHopCount, store.version, heard], [30, 1, []]);
    assert.deepEqual(await history(), ['000001.json']);
    assert.deepEqual((await readdir(folder)).sort(), ['history', 'settings.json', 'settings.json.aside']);
    await rm(file(), { recursive: true });
    await store.change(hops(9), 0);
    assert.deepEqual([store.current.general.maxHopCount, store.version], [9, 2]);
  });

  it('keeps the last 20 versions and goes on counting after a restart', async () => {
    let store = await SettingsStore.open(folder, 0);
    for (let i = 0; i < 24; i++) await store.change(hops(40 + i), 0);
    assert.equal(store.version, 25);
    const names = await history();
    assert.deepEqual([names.length, names[0], names.at(-1)], [20, '000006.json', '000025.json']);
    store = await SettingsStore.open(folder, 0);
    await store.change(hops(5), 0);
    assert.equal(store.version, 26);
    assert.equal((await history()).at(-1), '000026.json');
    const newest = JSON.parse(await readFile(join(folder, 'history', '000026.json'), 'utf8'));
    assert.deepEqual(newest, store.current);
  });
});

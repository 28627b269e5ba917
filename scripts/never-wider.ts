/**
 * Makes IIS configurations at random, imports them, and asks both sides about clients in and around every
 * entry: nobody may get in, or send, or relay here who could not there. Listeners that are off are asked as if
 * somebody had enabled them without a look.
 *
 *   node scripts/never-wider.ts --configurations 100000 --seed 1
 *   node scripts/never-wider.ts --configurations 100000 --seed 1 --merge
 *
 * Throws at the first that is wider, with the configuration.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { planOf } from '../src/iis/plan.ts';
import { readSource } from '../src/iis/read-source.ts';
import { NetworkList } from '../src/message/network.ts';
import { RelayPolicy } from '../src/policy/relay-restriction.ts';
import type { Listener, Settings } from '../src/settings/settings.ts';
import { defaultSettings, toSettings } from '../src/settings/store.ts';
import { encodeList, type Group, hexOf, type Names } from '../test/iis/encode.ts';

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
  readonly names: Names;
}

const rarely = (max: number) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max }) });
const list: fc.Arbitrary<List> = fc.record({
  kind: fc.constantFrom('absent', 'empty', 'broken', 'list', 'list', 'list', 'list'),
  deny: fc.oneof(fc.constant([]), groups),
  grant: fc.oneof(fc.constant([]), groups, groups),
  names: fc.record({ denied: rarely(2), granted: rarely(2) }),
});
const NO_LIST: List = { kind: 'absent', deny: [], grant: [], names: { denied: 0, granted: 0 } };

/** Flags as they stand in the file, and what they mean; null for what nobody can tell. */
const authFlags = fc.constantFrom(
  { text: null, value: 1 },
  { text: '1', value: 1 },
  { text: 'AuthAnonymous | AuthBasic', value: 3 },
  { text: '2', value: 2 },
  { text: '0', value: 0 },
  { text: 'AuthAnonymos', value: null },
  { text: '', value: null },
);
const sslFlags = fc.constantFrom(
  { text: null, value: 0 },
  { text: null, value: 0 },
  { text: '0', value: 0 },
  { text: 'AccessSSL | AccessSSL128', value: 264 },
  { text: '8', value: 8 },
  { text: '72', value: 72 },
  { text: 'AccessTLS', value: null },
);
const DOMAINS = ['a.example', 'b.a.example', 'c.b.a.example', '*.a.example', '*.b.a.example', 'd.example'];
const domain = fc.record({
  name: fc.constantFrom(...DOMAINS),
  bits: fc.constantFrom('1', '16', '4096', '4096', '5120', '6144', '0', '2', 'x', '32'),
  ownList: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const server = fc.record({
  relay: list,
  connect: fc.oneof(fc.constant(NO_LIST), list),
  forAuth: fc.boolean(),
  authFlags,
  sslFlags,
  certificate: fc.boolean(),
  starts: fc.constantFrom(null, 'TRUE', 'FALSE', 'yes'),
  domains: fc.uniqueArray(domain, { maxLength: 3, selector: ({ name }) => name }),
});
type Server = typeof server extends fc.Arbitrary<infer T> ? T : never;

/** What the relay lets through before, for -Merge; often nothing that could be too much. */
const before = fc.record({
  mode: fc.constantFrom<'OnlyListed' | 'AllExceptListed'>('OnlyListed', 'OnlyListed', 'OnlyListed', 'AllExceptListed'),
  entries: fc.array(fc.constantFrom('192.0.2.0/28', '192.0.2.4', '127.0.0.1', '10.0.0.0/8', '::1'), { maxLength: 2 }),
  allowAuthenticated: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  certificate: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  domains: fc.oneof(
    { weight: 3, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...DOMAINS), { maxLength: 1 }) },
  ),
});
type Before = typeof before extends fc.Arbitrary<infer T> ? T : never;

interface Client {
  readonly address: number;
  readonly secure: boolean;
  readonly account: boolean;
  readonly certificate: boolean;
  readonly recipient: string;
}

const holds = (groups: readonly Group[], address: number): boolean =>
  groups.some(({ mask, addresses }) => addresses.some(other => ((other ^ address) & mask) === 0));

/** What IIS does, by the specification. Where nobody knows what it does it must be taken to let nobody in. */
function lets({ kind, deny, grant, names }: List, address: number, absent: boolean): boolean {
  if (kind === 'absent') return absent;
  if (kind === 'empty') return true;
  if (kind === 'broken' || names.denied > 0) return false;
  if (holds(deny, address)) return false;
  return (grant.length === 0 && names.granted === 0) || holds(grant, address);
}

/** The key of a domain that counts: the very name, else the nearest wildcard above it. */
function takesFromStrangers({ domains }: Server, recipient: string): boolean {
  const labels = recipient.split('.');
  const names = [recipient, ...labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join('.')}`)];
  const found = names.flatMap(name => domains.filter(domain => domain.name === name))[0];
  if (!found) return false;
  return ['1', '16', '32'].includes(found.bits) || (found.bits === '4096' && !found.ownList);
}

/** Whether IIS lets a client begin a message. */
function admits({ connect, authFlags, sslFlags, certificate }: Server, { address, secure, account }: Client): boolean {
  if (!lets(connect, address, true) || authFlags.value === null) return false;
  if (account ? (authFlags.value & 2) === 0 : (authFlags.value & 1) === 0) return false;
  const ssl = sslFlags.value ?? 8;
  // Certificates of clients count only when they come from an authority that is trusted.
  return (ssl & 8) === 0 && (ssl & 64) === 0 ? true : secure && certificate && (ssl & 64) === 0;
}

const relays = (server: Server, client: Client): boolean =>
  lets(server.relay, client.address, false) ||
  (client.account && server.forAuth) ||
  takesFromStrangers(server, client.recipient);

function attribute(name: string, { kind, deny, grant, names }: List): string {
  if (kind === 'absent') return '';
  const hex = hexOf(encodeList(deny, grant, names));
  return ` ${name}="${kind === 'empty' ? '' : kind === 'broken' ? hex.slice(0, 60) : hex}"`;
}

const PORT = 2600;

function metabaseOf(servers: readonly Server[]): string {
  const said = (name: string, text: string | null) => (text === null ? '' : ` ${name}="${text}"`);
  const keys = servers.flatMap(
    ({ relay, connect, forAuth, authFlags, sslFlags, certificate, starts, domains }, index) => [
      `<IIsSmtpServer Location="/LM/SmtpSvc/${index + 1}" ServerBindings=":${PORT + index}:" RelayForAuth="${forAuth ? 1 : 0}"${attribute('RelayIpList', relay)}${attribute('IPSecurity', connect)}${said('AuthFlags', authFlags.text)}${said('AccessSSLFlags', sslFlags.text)}${said('ServerAutoStart', starts)}${said('SSLCertHash', certificate ? '00'.repeat(20) : null)}/>`,
      ...domains.map(
        ({ name, bits, ownList }) =>
          `<IIsSmtpDomain Location="/LM/SmtpSvc/${index + 1}/Domain/${name}" RouteAction="${bits}"${ownList ? ' RelayIpList="00"' : ''}/>`,
      ),
    ],
  );
  return `<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty>${keys.join('')}</MBProperty></configuration>`;
}

const SHA1 = 'AB'.repeat(20);

function settingsBefore({ mode, entries, allowAuthenticated, certificate, domains }: Before): Settings {
  return toSettings({
    ...defaultSettings(),
    restriction: {
      mode,
      entries: [...new Set(entries)].map(entry => ({ entry })),
      allowAuthenticated,
      clientCertificates: certificate ? [{ certificate: SHA1 }] : [],
    },
    domains: domains.map(name => ({ name, allowRelay: true })),
  });
}

const quad = (value: number) => [24, 16, 8, 0].map(shift => (value >>> shift) & 255).join('.');

function clientsFor(servers: readonly Server[]): Client[] {
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
  const addresses = [...new Set([...edges, 0x0102_0304, 0xc633_6401, 0x7f00_0001, 0xc000_0204])];
  const clear = { secure: false, account: false, certificate: false };
  const kinds = [
    clear,
    { ...clear, secure: true },
    { ...clear, secure: true, account: true },
    { ...clear, secure: true, certificate: true },
  ];
  return addresses.flatMap((address, index) =>
    kinds.flatMap(kind => {
      const some = DOMAINS[index % DOMAINS.length]!.replace('*', 'x');
      return ['elsewhere.example', some].map(recipient => ({ address, ...kind, recipient }));
    }),
  );
}

/** Whether the listener, were it enabled, lets a client begin a message. */
function admitsHere(listener: Listener, { remote, denied, certificates }: Ranges, client: Client): boolean {
  const ipAddress = quad(client.address);
  if (remote !== null && remote.match(ipAddress) === null) return false;
  if (denied.match(ipAddress) !== null) return false;
  if (client.account && listener.authenticationMethods.length === 0) return false;
  if (listener.tlsMode === 'Required' && !client.secure) return false;
  return !listener.requireAuthentication || client.account || (client.certificate && certificates);
}

interface Ranges {
  readonly remote: NetworkList | null;
  readonly denied: NetworkList;
  /** Certificates of clients may relay, and so count as a log-on. */
  readonly certificates: boolean;
}

export interface NeverWiderResult {
  readonly configurations: number;
  /** Questions that were asked of both sides. */
  readonly asked: number;
  /** Clients that may relay here, of those that were asked about. */
  readonly relaying: number;
  /** Listeners that are on. */
  readonly open: number;
}

/** @throws AssertionError at the first configuration that lets in more than the old server did */
export function neverWider(run: { seed: number; configurations: number; merge: boolean }): NeverWiderResult {
  const count = { configurations: 0, asked: 0, relaying: 0, open: 0 };
  const check = (servers: readonly Server[], openTo: readonly string[], was: Before) => {
    const xml = metabaseOf(servers);
    const plan = planOf(readSource(Buffer.from(xml)), {
      current: run.merge ? settingsBefore(was) : defaultSettings(),
      windows: false,
      merge: run.merge,
      virtualServers: null,
      openTo,
      dropDirectory: '/data/Drop',
    });
    const settings = toSettings(plan.settings);
    const policy = new RelayPolicy(settings.restriction, settings.domains);
    count.configurations++;
    for (const [index, server] of servers.entries()) {
      const listener = settings.listeners.find(({ name }) => name === plan.virtualServers[index]!.listener)!;
      assert.ok(listener.bindings.every(({ port }) => port === PORT + index));
      if (listener.enabled) {
        count.open++;
        assert.ok(server.starts === null || server.starts === 'TRUE', `it was not started: ${xml}`);
      }
      const ranges = {
        remote: listener.remoteIPRanges.length === 0 ? null : new NetworkList(listener.remoteIPRanges),
        denied: new NetworkList(listener.deniedIPRanges),
        certificates: settings.restriction.clientCertificates.length > 0,
      };
      for (const client of clientsFor(servers)) {
        count.asked++;
        if (!admitsHere(listener, ranges, client)) continue;
        const words = `${JSON.stringify({ ...client, address: quad(client.address) })} at server ${index + 1}: ${xml} ${JSON.stringify(was)}`;
        assert.ok(admits(server, client), `gets in: ${words}`);
        const { allowed } = policy.decide({
          ipAddress: quad(client.address),
          account: client.account ? 'someone' : null,
          certificate: client.certificate ? { sha1: SHA1, sha256: '', trustedName: null } : null,
          sender: null,
          recipient: `someone@${client.recipient}`,
        });
        if (!allowed) continue;
        count.relaying++;
        assert.ok(relays(server, client), `relays: ${words}`);
      }
    }
  };
  fc.assert(
    fc.property(
      fc.array(server, { minLength: 1, maxLength: 3 }),
      fc.constantFrom<readonly string[]>([], ['192.0.2.0/28'], ['10.0.0.0/8', '192.0.2.8']),
      before,
      check,
    ),
    { numRuns: run.configurations, seed: run.seed },
  );
  return count;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      configurations: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      merge: { type: 'boolean', default: false },
    },
  });
  const begin = performance.now();
  const result = neverWider({
    seed: Number(values.seed),
    configurations: Number(values.configurations),
    merge: values.merge,
  });
  process.stdout.write(`${JSON.stringify({ ...result, seconds: (performance.now() - begin) / 1000 }, null, 2)}\n`);
}

/** Settings that must be refused: a change of settings that are fine, and every problem that must be named. */

export interface BadSettings {
  readonly title: string;
  readonly settings: unknown;
  /** Path and message of each problem, in any order. */
  readonly problems: readonly (readonly [path: string, message: string])[];
}

const base = { version: 1 };
const listener = (name: string, ...bindings: [string, number][]) => ({
  name,
  bindings: bindings.map(([address, port]) => ({ address, port })),
});
const account = (name: string) => ({ name, verifier: 'scrypt$16384$AAAA$BBBB' });
const range = (from: number, to: number) => `must be between ${from} and ${to}`;
const SPELLING = 'is not allowed here: A name without wildcards, slashes or quotes.';
const NETWORK = 'must be an IPv4 or IPv6 address, a network such as 10.0.0.0/8, or a range such as 10.0.0.1-10.0.0.9';
const SPACE = 'must be *, example.com or *.example.com';
const HOST = 'must be a host name or an IP address';
const DNS = 'must be an IP address, or address:port ([address]:port for IPv6)';
const DANE =
  'Dane needs DNS answers whose signatures (DNSSEC) were verified: name a validating resolver that you trust in general.dnsServer, best one on this computer, and set general.dnsServerValidates; or choose MtaSts';
const taken = (address: string, port: number, path: string, name: string) =>
  `${address} port ${port} is taken by ${path} of listener "${name}"; give one of them another port or address`;

const general = (key: string, value: unknown, message: string): BadSettings => ({
  title: `general.${key} is ${JSON.stringify(value)}`,
  settings: { ...base, general: { [key]: value } },
  problems: [[`general.${key}`, message]],
});
const logging = (key: string, value: unknown, message: string): BadSettings => ({
  title: `logging.${key} is ${JSON.stringify(value)}`,
  settings: { ...base, logging: { [key]: value } },
  problems: [[`logging.${key}`, message]],
});
const connector = (changes: object, ...problems: [string, string][]): BadSettings => ({
  title: `a connector with ${JSON.stringify(changes)}`,
  settings: { ...base, connectors: [{ name: 'A', type: 'Direct', ...changes }] },
  problems: problems.map(([path, message]) => [`connectors[0].${path}`, message] as const),
});
const listeners = (title: string, list: readonly object[], ...problems: [string, string][]): BadSettings => ({
  title,
  settings: { ...base, listeners: list },
  problems,
});

export const BAD_SETTINGS: readonly BadSettings[] = [
  { title: 'no object', settings: 7, problems: [['', 'must be object']] },
  { title: 'null', settings: null, problems: [['', 'must be object']] },
  { title: 'a list', settings: [], problems: [['', 'must be object']] },
  { title: 'another version', settings: { version: 2 }, problems: [['version', 'must be equal to constant']] },
  {
    title: 'a misspelt part',
    settings: { ...base, conectors: [] },
    problems: [['conectors', 'there is no such setting; did you mean "connectors"?']],
  },
  {
    title: 'a misspelt setting',
    settings: { ...base, general: { maxMessagSize: 2048 } },
    problems: [['general.maxMessagSize', 'there is no such setting; did you mean "maxMessageSize"?']],
  },
  {
    title: 'several things at once',
    settings: { version: 1, general: { maxHopCount: 0, fqdn: 'a b' }, restriction: { mode: 'Nobody' }, domains: [{}] },
    problems: [
      ['general.maxHopCount', range(3, 100)],
      ['general.fqdn', 'must be a host name such as relay.example.com'],
      ['restriction.mode', 'must be one of OnlyListed, AllExceptListed'],
      ['domains[0].name', 'is required'],
    ],
  },

  general('fqdn', '', 'must be a host name such as relay.example.com'),
  general('fqdn', '10.0.0.1', 'must be a host name such as relay.example.com'),
  general('fqdn', 'a..b', 'must be a host name such as relay.example.com'),
  general('fqdn', 'b\u00fccher.example', 'must be a host name such as relay.example.com'),
  general('fqdn', 'a\r\nb', 'must be a host name such as relay.example.com'),
  general('postmaster', 'nobody@', 'must be a mail address'),
  general('maxMessageSize', 1023, range(1024, 2147483647)),
  general('maxMessageSize', 2147483648, range(1024, 2147483647)),
  general('maxMessageSize', 1024.5, 'must be integer'),
  general('maxMessageSize', '36MB', 'must be integer'),
  general('maxMessageSize', null, 'must be integer'),
  general('maxRecipientsPerMessage', 0, range(1, 50000)),
  general('maxHopCount', 101, range(3, 100)),
  general('retryInterval', [], 'must NOT have fewer than 1 items'),
  general('retryInterval', 60, 'must be array'),
  general('messageExpirationTimeout', 4, range(5, 7776000)),
  general('maxOutboundConnections', 0, range(1, 5000)),
  general('connectionTimeout', 0, range(1, 3600)),
  general('commandTimeout', 4, range(5, 3600)),
  general('pickupEnabled', 'yes', 'must be boolean'),
  general('minimumFreeSpace', -1, range(0, 1099511627776)),
  general('controlPort', 0, range(1, 65535)),
  general('controlPort', 65536, range(1, 65535)),
  logging('protocolLoggingLevel', 'verbose', 'must be one of None, Verbose'),
  logging('messageTrackingLogSubjectLoggingEnabled', 'yes', 'must be boolean'),
  logging('protocolLogMaxAge', 3599, range(3600, 315360000)),
  logging('activityLogMaxDirectorySize', 1048575, range(1048576, 1099511627776)),
  logging('protocolLogPath', 'logs', 'must be the full path of a folder'),
  logging('protocolLogPeriod', 'Daily', 'must be one of Hour, Day, Week, Month, Size'),
  logging('protocolLogFields', ['date', 'c-ip'], 'must have time among them'),
  logging(
    'messageTrackingLogMaxFileSize',
    536870913,
    'must be at most half of messageTrackingLogMaxDirectorySize, which is 1073741824',
  ),
  {
    title: 'fields of our own in the format of IIS',
    settings: { ...base, logging: { protocolLogFormat: 'Compatible', protocolLogFields: ['time', 'x-rule'] } },
    problems: [
      ['logging.protocolLogFields', "can't have x-rule in the format Compatible, which has only the fields of IIS"],
    ],
  },
  {
    title: 'a waiting time of zero among good ones',
    settings: { ...base, general: { retryInterval: [60, 0, 300] } },
    problems: [['general.retryInterval[1]', range(1, 604800)]],
  },
  ...['dns.example', '10.0.0.1:0', '10.0.0.1:65536', '[10.0.0.1]:53', '[::1:53', '::1]:53'].map(
    (server): BadSettings => ({
      title: `the DNS server ${server}`,
      settings: { ...base, general: { dnsServer: ['10.0.0.1', server] } },
      problems: [['general.dnsServer[1]', DNS]],
    }),
  ),

  listeners(
    'a listener without a name',
    [{ bindings: [{ address: '127.0.0.1', port: 25 }] }],
    ['listeners[0].name', 'is required'],
  ),
  listeners(
    'a listener without bindings',
    [{ name: 'A', bindings: [] }],
    ['listeners[0].bindings', 'must NOT have fewer than 1 items'],
  ),
  listeners(
    'an address that is none',
    [listener('A', ['localhost', 25])],
    ['listeners[0].bindings[0].address', 'must be an IPv4 or IPv6 address'],
  ),
  listeners(
    'a port that is none',
    [listener('A', ['127.0.0.1', 65536])],
    ['listeners[0].bindings[0].port', range(1, 65535)],
  ),
  listeners(
    'a banner with a line end',
    [{ ...listener('A', ['127.0.0.1', 25]), banner: 'a\r\n250 b' }],
    ['listeners[0].banner', 'is not allowed here: Text after the name in the greeting.'],
  ),
  listeners(
    'an inactivity time-out of nothing',
    [{ ...listener('A', ['127.0.0.1', 25]), connectionInactivityTimeout: 1 }],
    ['listeners[0].connectionInactivityTimeout', range(5, 3600)],
  ),
  ...['*', 'a/b', ' a', 'a ', 'a"b', 'a\nb'].map(name =>
    listeners(
      `the listener name ${JSON.stringify(name)}`,
      [listener(name, ['127.0.0.1', 25])],
      ['listeners[0].name', SPELLING],
    ),
  ),
  listeners(
    'two listeners of one name, in another case',
    [listener('A', ['127.0.0.1', 25]), listener('a', ['127.0.0.1', 26])],
    ['listeners[1].name', 'is the name of listeners[0] already'],
  ),
  listeners(
    'two listeners on one port',
    [listener('A', ['127.0.0.1', 25]), listener('B', ['127.0.0.1', 25])],
    ['listeners[1].bindings[0].port', taken('127.0.0.1', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'one binding twice',
    [listener('A', ['127.0.0.1', 25], ['127.0.0.1', 25])],
    ['listeners[0].bindings[1].port', taken('127.0.0.1', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'all addresses and one of them',
    [listener('A', ['0.0.0.0', 25]), listener('B', ['10.0.0.1', 25])],
    ['listeners[1].bindings[0].port', taken('10.0.0.1', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'one address and all of them',
    [listener('A', ['10.0.0.1', 25]), listener('B', ['0.0.0.0', 25])],
    ['listeners[1].bindings[0].port', taken('0.0.0.0', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'all of IPv6, which takes IPv4 as well',
    [listener('A', ['::', 25]), listener('B', ['127.0.0.1', 25])],
    ['listeners[1].bindings[0].port', taken('127.0.0.1', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'one IPv6 address in two spellings',
    [listener('A', ['::1', 25]), listener('B', ['0:0:0:0:0:0:0:1', 25])],
    ['listeners[1].bindings[0].port', taken('0:0:0:0:0:0:0:1', 25, 'listeners[0].bindings[0]', 'A')],
  ),
  listeners(
    'the control port',
    [listener('A', ['127.0.0.1', 8025])],
    ['listeners[0].bindings[0].port', 'is the control port (general.controlPort); choose another one'],
  ),
  listeners(
    'the control port by all addresses',
    [listener('A', ['0.0.0.0', 8025])],
    ['listeners[0].bindings[0].port', 'is the control port (general.controlPort); choose another one'],
  ),

  ...[
    '10.0.0',
    '10.0.0.0/33',
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-::1',
    'localhost',
    '',
    '10.0.0.0/255.0.255.0',
    'fe80::1%eth0',
    '010.0.0.1',
  ].map(
    (entry): BadSettings => ({
      title: `the restriction entry "${entry}"`,
      settings: { ...base, restriction: { entries: [{ entry: '10.0.0.0/8' }, { entry }] } },
      problems: [['restriction.entries[1].entry', NETWORK]],
    }),
  ),
  {
    title: 'a restriction entry that is a text',
    settings: { ...base, restriction: { entries: ['10.0.0.1'] } },
    problems: [['restriction.entries[0]', 'must be object']],
  },

  ...['', 'a..b', '*.', '*.*.example', 'a b', '@b.example', '-a.example'].map(
    (name): BadSettings => ({
      title: `the domain "${name}"`,
      settings: { ...base, domains: [{ name }] },
      problems: [['domains[0].name', SPACE]],
    }),
  ),
  {
    title: 'a domain twice',
    settings: { ...base, domains: [{ name: 'a.example' }, { name: 'b.example' }, { name: 'A.Example' }] },
    problems: [['domains[2].name', 'is the name of domains[0] already']],
  },

  {
    title: 'an account twice',
    settings: { ...base, accounts: [account('scanner'), account('Scanner')] },
    problems: [['accounts[1].name', 'is the name of accounts[0] already']],
  },
  {
    title: 'an account with a password instead of a verifier',
    settings: { ...base, accounts: [{ name: 'scanner', password: 'secret' }] },
    problems: [
      ['accounts[0].verifier', 'is required'],
      [
        'accounts[0].password',
        'there is no such setting; known here: name, enabled, verifier, sendAs, allowedRecipients, remoteIPRanges, maxMessagesPerHour',
      ],
    ],
  },
  {
    title: 'an account whose verifier is the password',
    settings: { ...base, accounts: [{ name: 'scanner', verifier: 'secret' }] },
    problems: [
      ['accounts[0].verifier', 'is not allowed here: scrypt hash of the password; the password itself is never kept.'],
    ],
  },

  connector({ type: 'Smarthost' }, [
    'type',
    'must be one of SmartHost, Direct, DirectThenSmartHost, Graph, Drop, Capture',
  ]),
  connector({ addressSpaces: [] }, ['addressSpaces', 'must NOT have fewer than 1 items']),
  connector({ addressSpaces: ['*', '*.*'] }, ['addressSpaces[1]', SPACE]),
  connector({ cost: 0 }, ['cost', range(1, 100)]),
  connector({ tlsMode: 'Always' }, ['tlsMode', 'must be one of None, Opportunistic, Required, Verify, MtaSts, Dane']),
  connector({ maxConnections: 1001 }, ['maxConnections', range(1, 1000)]),
  connector({ type: 'SmartHost' }, ['smartHosts', 'a SmartHost connector needs at least one smart host']),
  connector({ smartHosts: [{ host: 'a.example' }] }, [
    'smartHosts',
    'a Direct connector has no smart hosts; use type SmartHost or DirectThenSmartHost',
  ]),
  connector({ type: 'SmartHost', smartHosts: [{ host: 'a b' }] }, ['smartHosts[0].host', HOST]),
  connector({ type: 'SmartHost', smartHosts: [{ host: 'a.example:25' }] }, ['smartHosts[0].host', HOST]),
  connector({ type: 'SmartHost', smartHosts: [{ host: 'a.example', port: 0 }] }, [
    'smartHosts[0].port',
    range(1, 65535),
  ]),
  connector({ type: 'DirectThenSmartHost' }, [
    'smartHosts',
    'a DirectThenSmartHost connector needs at least one smart host',
  ]),
  connector({ type: 'SmartHost', smartHosts: [{ host: 'a.example', weight: 0 }] }, [
    'smartHosts[0].weight',
    range(1, 1000),
  ]),
  connector({ type: 'Drop' }, ['dropDirectory', 'is needed for type Drop']),
  connector({ dropDirectory: '/srv/drop' }, ['dropDirectory', 'is only for type Drop']),
  connector({ type: 'Drop', dropDirectory: 'drop' }, ['dropDirectory', 'must be the full path of a folder']),
  connector({ listeners: ['Nobody'] }, ['listeners', '"Nobody" is no listener of this relay; see Get-SmtpListener']),
  connector({ senders: ['contoso.example'] }, [
    'senders[0]',
    'must be a mail address, wildcards allowed, such as *@example.com; or <> for the null sender',
  ]),
  connector({ senderDomains: ['a b'] }, ['senderDomains[0]', SPACE]),
  connector({ remoteIPRanges: ['10.0.0.0/33'] }, ['remoteIPRanges[0]', NETWORK]),
  connector({ maxMessageSize: 1023 }, ['maxMessageSize', range(1024, 2147483647)]),
  connector({ maxMessagesPerMinute: 0 }, ['maxMessagesPerMinute', range(1, 100000)]),
  connector({ idleTimeout: 0 }, ['idleTimeout', range(1, 600)]),
  general(
    'dnsServerValidates',
    true,
    'is for servers that are named: put the validating resolver into dnsServer, such as 127.0.0.1',
  ),
  connector({ forceHelo: true, tlsMode: 'Verify' }, ['forceHelo', 'is without TLS, which tlsMode Verify asks for']),
  connector({ tlsMode: 'Dane' }, ['tlsMode', DANE]),
  connector(
    { tlsMode: 'Dane', type: 'SmartHost', smartHosts: [{ host: 'a.example' }] },
    ['tlsMode', 'Dane is for type Direct: it goes by what DNS says of a domain; choose Verify for smart hosts'],
    ['tlsMode', DANE],
  ),
  connector({ forceHelo: true, tlsMode: 'MtaSts' }, ['forceHelo', 'is without TLS, which tlsMode MtaSts asks for']),
  connector({ sourceAddress: 'eth0' }, ['sourceAddress', 'must be an IPv4 or IPv6 address']),
  connector({ authenticationMethod: 'PLAIN' }, [
    'authenticationMethod',
    'can not be used with MX hosts, which anybody can name; use type SmartHost, or DirectThenSmartHost, which logs on to its smart hosts only',
  ]),
  connector(
    {
      type: 'DirectThenSmartHost',
      smartHosts: [{ host: 'a.example' }],
      authenticationMethod: 'PLAIN',
      tlsMode: 'None',
    },
    [
      'tlsMode',
      'would send the password in clear text; choose Required or Verify, or say allowClearTextAuthentication for a private network',
    ],
  ),
  connector({ type: 'DirectThenSmartHost', smartHosts: [{ host: 'a.example' }], tlsMode: 'MtaSts' }, [
    'tlsMode',
    'MtaSts is for type Direct: mail that it keeps from the mail hosts of a domain would go out by the smart hosts all the same',
  ]),
  connector({ type: 'SmartHost', smartHosts: ['a.example'] }, ['smartHosts[0]', 'must be object']),
  {
    title: 'two connectors of one name',
    settings: {
      ...base,
      connectors: [
        { name: 'A', type: 'Direct' },
        { name: 'A', type: 'Direct' },
      ],
    },
    problems: [['connectors[1].name', 'is the name of connectors[0] already']],
  },
];

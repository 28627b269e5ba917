/**
 * Must show of the diagnosis: prepared failures, each made for real, and what an administrator is told of
 * them by the queue or the report, the story of the message, and the test of the connector. Each must name
 * the culprit; the sentences come from schemas/replies.json, from which docs/troubleshooting.md is made.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Control } from '../../src/contract/control.generated.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { dnsServer, type Zone } from '../support/smtp-dns-server.ts';
import { DROP, type Script, SILENCE, scriptServer } from '../support/smtp-script-server.ts';

const PASSWORD = 'M4trix-Secret-Password';
const CLIENT_SECRET = 'M4trix-Client-Secret';

interface Case {
  readonly name: string;
  /** Null: no server, but what the connector says. */
  readonly server?: Script;
  readonly connector?: object;
  readonly zone?: Readonly<Record<string, Zone>>;
  readonly password?: boolean;
  /** In LastError or the status of the failure. */
  readonly error: RegExp;
  /** In what it means or what to do. */
  readonly culprit: RegExp;
  /** A step of Test-SmtpConnector fails with this; undefined where only a message shows it. */
  readonly step?: RegExp;
}

const at = (verb: string, reply: string): Script => ({
  on: command => (command.toUpperCase().startsWith(verb) ? reply : undefined),
});
const direct = { type: 'Direct', smartHosts: [] };
const tls: Script = { certificate: selfSigned() ?? undefined };
const withAuth: Script = {
  ...tls,
  extensions: ['PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN LOGIN'],
  on: command => (/^AUTH/i.test(command) ? '535 5.7.8 Error: authentication failed' : undefined),
};
const login = {
  authenticationMethod: 'PLAIN',
  authenticationUserName: 'relay@matrix.test',
  allowClearTextAuthentication: true,
  tlsMode: 'None',
};

const CASES: readonly Case[] = [
  {
    name: 'DNS gone',
    connector: direct,
    zone: { 'c0.matrix.test': { fails: 'SERVFAIL' } },
    error: /DNS/,
    culprit: /could not be resolved|DNS/,
    step: /DNS|look-up/i,
  },
  {
    name: 'DNS silent for the smart host',
    connector: { smartHosts: [{ host: 'silent.matrix.test', port: 25 }] },
    zone: { 'silent.matrix.test': { fails: 'REFUSED' } },
    error: /silent\.matrix\.test/,
    culprit: /could not be resolved|DNS/,
    step: /silent\.matrix\.test/,
  },
  {
    name: 'domain does not exist',
    connector: direct,
    error: /5\.1\.2|5\.4\.4|does not exist/,
    culprit: /does not exist/,
    step: /does not exist/,
  },
  {
    name: 'domain takes no mail (null MX)',
    connector: direct,
    zone: { 'c3.matrix.test': { mx: [[0, '.']] } },
    error: /5\.1\.10|null MX|no mail/i,
    culprit: /takes no mail|does not exist/,
    step: /no mail|null MX/i,
  },
  {
    name: 'smart host does not exist',
    connector: { smartHosts: [{ host: 'nowhere.matrix.test', port: 25 }] },
    error: /nowhere\.matrix\.test/,
    culprit: /could not be resolved|name/,
    step: /nowhere\.matrix\.test/,
  },
  {
    name: 'connection refused',
    connector: { smartHosts: [{ host: '127.0.0.1', port: 1 }] },
    error: /refused/,
    culprit: /nothing listens|firewall/,
    step: /refused/,
  },
  {
    name: 'cut instead of a greeting',
    server: { on: command => (command === 'connect' ? DROP : undefined) },
    error: /clos|broke|ended|cut|reset/i,
    culprit: /./,
    step: /./,
  },
  {
    name: 'no greeting',
    server: { on: command => (command === 'connect' ? SILENCE : undefined) },
    error: /time|silent|answer|greet/i,
    culprit: /./,
    step: /./,
  },
  {
    name: 'blocked by a list',
    server: at('CONNECT', '554 5.7.1 Service unavailable; client blocked using zen.spamhaus.org'),
    error: /spamhaus/,
    culprit: /blocklist/,
    step: /spamhaus|blocklist/,
  },
  {
    name: 'too many connections',
    server: at('CONNECT', '421 4.7.0 Too many connections'),
    error: /421/,
    culprit: /takes none now|ends the session|policy|load/,
    step: /421|Too many/,
  },
  {
    name: 'TLS needed and not offered',
    connector: { tlsMode: 'Required' },
    server: {},
    error: /TLS|STARTTLS/,
    culprit: /TLS|encrypt/,
    step: /TLS/,
  },
  {
    name: 'TLS broken',
    connector: { tlsMode: 'Required' },
    server: { ...tls, handshake: 'garbage' },
    error: /TLS with .* failed/,
    culprit: /encrypted connection/,
    step: /TLS|handshake/i,
  },
  {
    name: 'certificate not trusted',
    connector: { tlsMode: 'Verify', host: 'localhost' },
    zone: { localhost: { a: ['127.0.0.1'] } },
    server: tls,
    error: /self.signed|certificate/i,
    culprit: /not trusted/,
    step: /certificate|trust/i,
  },
  {
    name: 'certificate of another name',
    connector: { tlsMode: 'Verify' },
    server: tls,
    error: /certificate|altname|self.signed|name/i,
    culprit: /certificate/,
    step: /certificate|name/i,
  },
  {
    name: 'wrong password',
    connector: login,
    server: withAuth,
    password: true,
    error: /535/,
    culprit: /password is wrong/,
    step: /535|password/,
  },
  {
    name: 'password missing',
    connector: login,
    server: withAuth,
    error: /No password is kept/,
    culprit: /not given/,
    step: /No secret is kept/,
  },
  {
    name: 'no log-on offered',
    connector: login,
    server: {},
    password: true,
    error: /log-on/,
    culprit: /does not offer/,
    step: /log-on|AUTH/,
  },
  {
    name: 'log-on wanted',
    server: at('MAIL', '530 5.7.57 Client not authenticated to send mail'),
    error: /530/,
    culprit: /log|anonymous|authenticat/i,
    step: /530|authenticated/,
  },
  {
    name: 'token refused',
    connector: {
      authenticationMethod: 'XOAUTH2',
      authenticationUserName: 'a@matrix.test',
      clientId: 'x',
      tokenEndpoint: 'http://127.0.0.1:1/token',
    },
    server: { ...withAuth, extensions: ['AUTH XOAUTH2'] },
    error: /token|client secret/i,
    culprit: /token|not given/,
    step: /secret|token/i,
  },
  {
    name: 'greylisting',
    server: at('RCPT', '451 4.7.1 Greylisting in action, please try again later'),
    error: /Greylisting/,
    culprit: /greylisting/,
    step: /451|greylist/i,
  },
  {
    name: 'recipient unknown',
    server: at('RCPT', '550 5.1.1 No such user here'),
    error: /5\.1\.1/,
    culprit: /recipient does not exist/,
    step: /550|exist/,
  },
  {
    name: 'mailbox full',
    server: at('RCPT', '452 4.2.2 The mailbox is over quota'),
    error: /quota/,
    culprit: /mailbox of the recipient is full/,
    step: /quota|full/,
  },
  {
    name: 'no relay for us',
    server: at('RCPT', '554 5.7.1 <x>: Relay access denied'),
    error: /Relay access denied/,
    culprit: /does not relay for us/,
    step: /[Rr]elay/,
  },
  {
    name: 'sender refused',
    server: at('MAIL', '553 5.1.8 Sender address rejected: Domain not found'),
    error: /5\.1\.8/,
    culprit: /sender address is not accepted/i,
    step: /[Ss]ender/,
  },
  {
    name: 'SPF',
    server: at('.', '550 5.7.23 The message was rejected because of Sender Policy Framework violation (SPF)'),
    error: /SPF/,
    culprit: /SPF record/,
  },
  {
    name: 'DMARC',
    server: at('.', '550 5.7.26 Unauthenticated email from matrix.test is not accepted due to domain DMARC policy'),
    error: /DMARC/,
    culprit: /DMARC|SPF|DKIM/,
  },
  {
    name: 'no reverse name',
    server: at('MAIL', '550 5.7.25 The IP address does not have a PTR record'),
    error: /PTR/,
    culprit: /reverse DNS/,
    step: /PTR|reverse/,
  },
  {
    name: 'too large',
    server: at('MAIL', '552 5.3.4 Message size exceeds fixed limit'),
    error: /5\.3\.4/,
    culprit: /larger than/,
    step: /larger|size/,
  },
  { name: 'loop', server: at('.', '554 5.4.6 Too many hops'), error: /5\.4\.6/, culprit: /circles/ },
  { name: 'content', server: at('.', '554 5.7.1 Message content rejected'), error: /content/, culprit: /policy/ },
  {
    name: 'no room there',
    server: at('MAIL', '452 4.3.1 Insufficient system storage'),
    error: /storage/,
    culprit: /no room on its disk/,
    step: /storage|room/,
  },
  {
    name: 'TLS wanted by the server',
    connector: { tlsMode: 'None' },
    server: at('MAIL', '530 5.7.0 Must issue a STARTTLS command first'),
    error: /STARTTLS/,
    culprit: /only over TLS/,
    step: /STARTTLS/,
  },
];

/** What was told of one failure, for the record. */
type Told = { name: string; lastError: string; meaning: string; trace: string; step: string };

test(`${CASES.length} prepared failures: each is named by the queue or the tracking log, by the story of the message and by the test of the connector`, async t => {
  assert.ok(CASES.length >= 25);
  const dns = await dnsServer(t, Object.assign({}, ...CASES.map(({ zone }) => zone ?? {})));
  const connectors = await Promise.all(
    CASES.map(async ({ server, connector }, index) => {
      const { host = '127.0.0.1', ...own } = (connector ?? {}) as { host?: string };
      const smartHosts = server ? [{ host, port: (await scriptServer(t, server)).port }] : [];
      return {
        name: `C${index}`,
        type: 'SmartHost',
        addressSpaces: [`c${index}.matrix.test`],
        smartHosts,
        tlsMode: 'Opportunistic',
        ...own,
      };
    }),
  );
  const relay = await TestRelay.start({
    general: { dnsServer: [dns.address], commandTimeout: 5, connectionTimeout: 3 },
    connectors,
  });
  t.after(() => relay.stop());
  for (const [index, { password }] of CASES.entries())
    if (password)
      await relay.control.call('credential.set', {
        name: `C${index}`,
        password: PASSWORD,
        userName: 'relay@matrix.test',
      } as never);
  const tokenCase = CASES.findIndex(({ name }) => name === 'token refused');
  await relay.control.call('credential.set', { name: `C${tokenCase}`, clientSecret: CLIENT_SECRET } as never);
  const client = await relay.client();
  const ids: string[] = [];
  for (const index of CASES.keys())
    ids.push(await client.mail(`Subject: case ${index}\r\n\r\nsome text\r\n`, [`someone@c${index}.matrix.test`]));
  const wrong: string[] = [];
  const told: Told[] = [];
  await Promise.all(
    CASES.map(async (one, index) => {
      const found = await tellOf(relay, index, ids[index]!, one.step !== undefined);
      told.push({ name: one.name, ...found });
      const complain = (what: string, text: string, wanted: RegExp) =>
        wanted.test(text) || wrong.push(`${one.name}: ${what} says "${text}", not ${wanted}`);
      complain('LastError', found.lastError, one.error);
      complain('the meaning', found.meaning, one.culprit);
      complain('the story', found.trace, one.error);
      if (one.step) complain('the test of the connector', found.step, one.step);
    }),
  );
  t.diagnostic(JSON.stringify(told.length));
  assert.deepEqual(wrong, []);
  const { secrets } = relay.control;
  for (const secret of [PASSWORD, CLIENT_SECRET]) secrets.add(secret, ['relay@matrix.test']);
  const looked = await secrets.lookThrough(relay.folder);
  assert.ok(looked > 5);
  t.diagnostic(`${looked} files looked at for ${secrets.size} forms of secrets`);
});

async function tellOf(relay: TestRelay, index: number, id: string, tested: boolean): Promise<Omit<Told, 'name'>> {
  const seen = await until(
    `case ${index} has a verdict`,
    async () => {
      const [message] = await relay.control.call('message.list', { filter: `InternalMessageId -eq '${id}'` });
      if (message?.lastError) return { lastError: message.lastError, meaning: message.lastErrorMeaning };
      const [row] = await relay.control.call('tracking.read', { internalMessageId: id, eventId: 'FAIL' });
      if (!row) return null;
      const [known] = await relay.control.call('status.resolve', { status: row.recipientStatus[0]! });
      return { lastError: row.recipientStatus[0]!, meaning: known?.meaning ?? null };
    },
    60_000,
  );
  const [known] = await relay.control.call('status.resolve', { status: seen.lastError });
  const [story] = await relay.control.call('tracking.trace', { internalMessageId: id });
  return {
    lastError: seen.lastError,
    meaning: `${seen.meaning ?? ''} ${known?.action ?? ''}`,
    trace: `${story?.summary ?? ''} ${story?.events.flatMap(({ recipientStatus }) => recipientStatus).join(' ') ?? ''}`,
    step: tested ? await testOf(relay, index) : '',
  };
}

/** The steps that failed. */
async function testOf(relay: TestRelay, index: number): Promise<string> {
  const words: string[] = [];
  const add = ({ steps }: Control['connector.test']['result']) => {
    for (const { status, detail, reply, action } of steps)
      if (status === 'Failed' || status === 'Warning') words.push([detail, reply, action].filter(Boolean).join(' '));
    return steps.length;
  };
  const begun = await until(
    'a test may begin',
    () =>
      relay.control
        .call('connector.test', {
          name: `C${index}`,
          recipient: `someone@c${index}.matrix.test`,
          sender: 'sender@matrix.test',
        })
        .catch((error: Error) => (/running already/.test(error.message) ? null : Promise.reject(error))),
    60_000,
  );
  for (let after = add(begun), page = begun; !page.done; after += add(page))
    page = await relay.control.call('connector.test', { test: begun.test, after });
  return words.join(' | ');
}

test('a port that a firewall drops, in a network of its own', t => {
  const can =
    process.getuid?.() === 0 &&
    existsSync('/usr/sbin/iptables') &&
    spawnSync('unshare', ['-n', 'iptables', '-L', '-n']).status === 0;
  if (!can) return t.skip('needs root, unshare and iptables (Debian package iptables)');
  const script = fileURLToPath(new URL('../support/filtered-port.ts', import.meta.url));
  const run = spawnSync(
    'unshare',
    [
      '-n',
      'sh',
      '-c',
      `ip link set lo up && iptables -A OUTPUT -p tcp -d 127.9.9.9 --dport 25 -j DROP && exec "${process.execPath}" --disable-warning=ExperimentalWarning "${script}"`,
    ],
    { encoding: 'utf8', timeout: 100_000 },
  );
  assert.equal(run.status, 0, run.stderr + run.stdout);
  const { lastError, meaning, action, step } = JSON.parse(run.stdout) as Record<string, string>;
  assert.match(lastError!, /^451 4\.4\.1 Could not connect to \[127\.9\.9\.9\]:25: .*(no answer|timed out)/);
  assert.match(meaning!, /firewall drops the packets/);
  assert.match(action!, /port 25/);
  assert.match(step!, /127\.9\.9\.9|answer|firewall/);
});

test('our own side: a restriction, a limit of a connector, and a disk without room are named too', async t => {
  const relay = await TestRelay.start({ restriction: { mode: 'OnlyListed', entries: [{ entry: '127.0.0.1' }] } });
  t.after(() => relay.stop());
  const stranger = await relay.client({ localAddress: '127.0.0.9' });
  await stranger.say('MAIL FROM:<a@matrix.test>', 250);
  await stranger.say('RCPT TO:<b@elsewhere.test>', 550);
  const question = { ipAddress: '127.0.0.9', recipient: 'b@elsewhere.test' };
  const decision = await relay.control.call('restriction.test', question);
  assert.equal(decision.allowed, false);
  assert.match((await relay.logs()).activity, /Refused 127\.0\.0\.9 at RCPT on Default by OnlyListed/);
  await relay.control.call('connector.set', { name: 'Next', maxMessageSize: 1024 });
  const client = await relay.client();
  const large = await client.say('MAIL FROM:<a@matrix.test> SIZE=5000');
  const refused = large.code === 250 ? await client.say('RCPT TO:<b@elsewhere.test>') : large;
  assert.match(refused.text, /^552 5\.3\.4 /);
  const meaning = (await relay.control.call('status.resolve', { status: refused.text }))[0]!.meaning;
  assert.match(meaning, /larger than/);
  await relay.control.call('settings.set', { minimumFreeSpace: 1_000_000_000_000 });
  // Free space is asked for now and then, not for each message.
  await until('new mail is refused', async () => {
    const late = await relay.client();
    const { code } = await late.say('MAIL FROM:<a@matrix.test>');
    await late.quit();
    return code === 452;
  });
  const { warnings } = await relay.control.call('relay.get');
  assert.ok(warnings.some(warning => /less disk space is free than MinimumFreeSpace/.test(warning)));
  // A clock that is wrong: test/health/health.test.ts.
});

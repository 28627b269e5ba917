/**
 * Each TLS mode against each kind of server, with a real Postfix as next hop: what arrives encrypted, what in clear
 * text, and what waits and says why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { testAuthority } from '../support/policy-host.ts';
import { noPostfix, Postfix } from '../support/postfix.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { dnsServer } from '../support/smtp-dns-server.ts';
import { hasProgram, opensslCertificate, type TestChain } from '../support/tls.ts';

const HOST = 'mail.example.test';
const skip = noPostfix || (hasProgram('openssl') ? false : 'needs openssl');
const ENCRYPTED = 'encrypted';
const CLEAR = 'clear';

type Fate = typeof ENCRYPTED | typeof CLEAR | RegExp;
interface Case {
  readonly mode: string;
  readonly server: string;
  readonly settings?: object;
  readonly fate: Fate;
}

const TABLE: Record<string, Record<string, Fate>> = {
  None: { plain: CLEAR, selfsigned: CLEAR, wrongname: CLEAR, good: CLEAR, expired: CLEAR, old: CLEAR },
  Opportunistic: {
    plain: CLEAR,
    selfsigned: ENCRYPTED,
    wrongname: ENCRYPTED,
    good: ENCRYPTED,
    expired: ENCRYPTED,
    old: CLEAR,
  },
  Required: {
    plain: /^451 4\.7\.5 TLS with mail\.example\.test .*is not to be had: 502/,
    selfsigned: ENCRYPTED,
    wrongname: ENCRYPTED,
    good: ENCRYPTED,
    expired: ENCRYPTED,
    old: /^451 4\.7\.5 TLS with mail\.example\.test .*failed/,
  },
  Verify: {
    plain: /^451 4\.7\.5 TLS with mail\.example\.test .*is not to be had: 502/,
    selfsigned: /^451 4\.7\.5 .*self-signed/,
    wrongname: /^451 4\.7\.5 .*altnames/,
    good: ENCRYPTED,
    expired: /^451 4\.7\.5 .*expired/,
    old: /^451 4\.7\.5 TLS with mail\.example\.test .*failed/,
  },
};

const CASES: readonly Case[] = [
  ...Object.entries(TABLE).flatMap(([mode, row]) =>
    Object.entries(row).map(([server, fate]) => ({ mode, server, fate })),
  ),
  // What a connector says of TLS beside the mode.
  { mode: 'Verify', server: 'wrongname', settings: { tlsDomain: 'other.example.test' }, fate: ENCRYPTED },
  { mode: 'Verify', server: 'good', settings: { tlsDomain: 'other.example.test' }, fate: /^451 4\.7\.5 .*altnames/ },
  { mode: 'Required', server: 'old', settings: { minimumTlsVersion: '1.0' }, fate: ENCRYPTED },
  { mode: 'Required', server: 'good', settings: { minimumTlsVersion: '1.3' }, fate: ENCRYPTED },
  { mode: 'Verify', server: 'asking', settings: { tlsCertificate: 'Shown' }, fate: ENCRYPTED },
  { mode: 'Verify', server: 'asking', fate: /^4/ },
];

const pem = ({ key, leaf, intermediate }: TestChain) => `${key}${leaf}${intermediate}`;
const within = (name: string) => ['smtpd_tls_security_level = may', `smtpd_tls_chain_files = $etc/${name}.pem`];

test('each TLS mode does with each kind of server what it says', { skip, timeout: 170_000 }, async t => {
  const authority = testAuthority(t);
  const good = authority.issue({ name: HOST });
  const self = opensslCertificate(`CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`)!;
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, good.root]);
  t.after(() => setDefaultCACertificates(trusted));
  const oldOnly = ['smtpd_tls_protocols = >=TLSv1, <=TLSv1', 'tls_medium_cipherlist = DEFAULT:@SECLEVEL=0'];
  const postfix = await Postfix.start(
    t,
    [
      'smtpd_tls_received_header = yes',
      'message_size_limit = 30000',
      'smtpd_recipient_restrictions = check_recipient_access regexp:$etc/recipients, permit',
    ],
    {
      recipients: '/^refuse@/ 550 5.7.1 Not wanted here\n/^later@/ 450 4.2.1 Come back later\n',
      'good.pem': pem(good),
      'wrongname.pem': pem(authority.issue({ name: 'other.example.test' })),
      'expired.pem': pem(authority.issue({ name: HOST, days: -1 })),
      'old.pem': pem(authority.issue({ name: HOST, newkey: ['rsa:2048'] })),
      'selfsigned.pem': `${self.key}${self.cert}`,
      'clients.pem': good.root,
    },
    {
      plain: ['smtpd_tls_security_level = none'],
      selfsigned: within('selfsigned'),
      wrongname: within('wrongname'),
      good: within('good'),
      expired: within('expired'),
      old: [...within('old'), ...oldOnly],
      asking: [
        ...within('good'),
        'smtpd_tls_security_level = encrypt',
        'smtpd_tls_req_ccert = yes',
        'smtpd_tls_CAfile = $etc/clients.pem',
      ],
    },
  );
  const dns = await dnsServer(t, { [HOST]: { a: ['127.0.0.1'] } });
  const relay = await TestRelay.start({
    general: { dnsServer: [dns.address], retryInterval: [3600] },
    connectors: [{ name: 'Nowhere', type: 'Capture' }],
  });
  t.after(() => relay.stop());
  const { control } = relay;
  const shown = authority.issue({ name: 'relay.test', extensions: 'subjectAltName=DNS:relay.test\n' });
  await control.call('certificate.import', { name: 'Shown', content: [Buffer.from(pem(shown)).toString('base64')] });

  const connect = (name: string, { mode, server, settings }: Omit<Case, 'fate'>, senders: readonly string[]) =>
    control.call('connector.create', {
      name,
      type: 'SmartHost',
      smartHosts: [{ host: HOST, port: postfix.ports[server] }],
      tlsMode: mode,
      senders,
      ...settings,
    } as never);
  const send = async (sender: string, recipients: readonly string[], text = 'Subject: x\r\n\r\nx\r\n') => {
    const client = await relay.client();
    const id = await client.mail(text, recipients, sender);
    await client.quit();
    return id;
  };

  const cases = CASES.map((each, at) => ({ ...each, name: `case${at}` }));
  for (const each of cases) {
    await connect(each.name, each, [`${each.name}@senders.test`]);
    await send(`${each.name}@senders.test`, [`${each.name}@example.test`]);
  }
  for (const { name, mode, server, settings, fate } of cases) {
    const title = `${mode}, ${server}${settings ? `, ${JSON.stringify(settings)}` : ''}`;
    await t.test(`${title}: ${fate}`, async () => {
      if (fate instanceof RegExp) {
        const said = await until(
          `the queue of ${name} says why it waits`,
          async () =>
            (await control.call('queue.list', {})).find(({ nextHopConnector }) => nextHopConnector === name)?.lastError,
          30_000,
        );
        assert.match(said, fate);
        assert.deepEqual(await postfix.delivered(`${name}@example.test`), []);
        return;
      }
      const text = await postfix.untilDelivered(`${name}@example.test`);
      const seen = /\(using (\S+) with cipher (\S+)/.exec(text);
      assert.equal(seen ? ENCRYPTED : CLEAR, fate, text.slice(0, 600));
      if (server === 'old') assert.ok(seen === null || seen[1] === 'TLSv1');
      if (server === 'asking')
        assert.match(text, /Client CN "relay\.test", Issuer "Test Intermediate" \(verified OK\)/);
    });
  }

  await t.test('the protocol log and the tracking log tell what Postfix saw', async () => {
    const at = cases.find(({ mode, server, settings }) => mode === 'Verify' && server === 'good' && !settings)!;
    const text = await postfix.untilDelivered(`${at.name}@example.test`);
    const [, version, cipher] = /\(using (\S+) with cipher (\S+)/.exec(text)!;
    const { protocol, tracking } = await relay.logs();
    const line = protocol.split('\n').find(each => each.includes(`RCPT - TO:<${at.name}@example.test>`))!;
    assert.ok(line.endsWith(` ${version}+${cipher}`), line);
    assert.ok(tracking.includes(`]:${postfix.ports.good}, ${version} ${cipher}`), tracking);
  });

  await t.test('over TLS too, recipients are refused one by one and a size limit holds', async () => {
    await connect('Mixed', { mode: 'Verify', server: 'good' }, ['mixed@senders.test', 'large@senders.test']);
    const reports = { name: 'Reports', type: 'SmartHost', smartHosts: [{ host: '127.0.0.1', port: relay.sink.port }] };
    await control.call('connector.create', { ...reports, addressSpaces: ['senders.test'] } as never);
    const to = (...names: string[]) => names.map(name => `${name}@example.test`);
    const id = await send('mixed@senders.test', to('anna', 'refuse', 'later', 'unknown', 'bert'));
    await postfix.untilDelivered('anna@example.test');
    await postfix.untilDelivered('bert@example.test');
    const reportFor = async (sender: string) => {
      const found = await until(`the report to ${sender} comes`, () =>
        relay.sink.messages.find(({ recipients }) => recipients.includes(sender)),
      );
      return found.bytes.toString('latin1').replace(/\r\n[ \t]+/g, ' ');
    };
    const report = await reportFor('mixed@senders.test');
    assert.match(report, /550 5\.7\.1 <refuse@example\.test>: .*Not wanted here/);
    assert.match(report, /550 5\.1\.1 <unknown@example\.test>/);
    const [left] = await control.call('message.list', { filter: `InternalMessageId -eq '${id}'` });
    assert.deepEqual(
      left!.recipients.map(({ emailAddress }) => emailAddress),
      to('later'),
    );
    await send('large@senders.test', to('emil'), `Subject: x\r\n\r\n${'large\r\n'.repeat(6000)}`);
    assert.match(await reportFor('large@senders.test'), /552 5\.3\.4/);
    assert.deepEqual(await postfix.delivered('emil@example.test'), []);
  });
});

/**
 * MTA-STS from end to end: a relay that sends direct, a DNS server, a policy host over HTTPS and a mail host, whose
 * certificate is good for one name only.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { policyHost } from '../support/policy-host.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { dnsServer } from '../support/smtp-dns-server.ts';
import { scriptServer } from '../support/smtp-script-server.ts';
import { hasProgram } from '../support/tls.ts';

const skip = hasProgram('openssl') ? false : 'needs openssl';
const policy = (mode: string, mx: string) => `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: 604800\n`;

test('what policies of domains ask for is done, and kept over a restart', { skip, timeout: 120_000 }, async t => {
  const policies = await policyHost(t);
  const { key, leaf, intermediate, root } = policies.authority.issue({ name: 'mail.good.example' });
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, root]);
  t.after(() => setDefaultCACertificates(trusted));
  const mailHost = await scriptServer(t, { certificate: { key, cert: leaf + intermediate } });
  const zones = (domain: string, mx = `mail.${domain}`) => ({
    [domain]: { mx: [[10, mx]] as const },
    [mx]: { a: ['127.0.0.1'] },
    [`mta-sts.${domain}`]: { a: ['127.0.0.1'] },
    [`_mta-sts.${domain}`]: { txt: ['v=STSv1; id=1;'] },
  });
  const dns = await dnsServer(t, {
    ...zones('good.example'),
    ...zones('forged.example', 'mail.evil.example'),
    ...zones('wrong.example'),
    ...zones('testing.example'),
    'without.example': { mx: [[10, 'mail.without.example']] },
    'mail.without.example': { a: ['127.0.0.1'] },
  });
  policies.policies.set('good.example', policy('enforce', '*.good.example'));
  policies.policies.set('forged.example', policy('enforce', 'mail.forged.example'));
  policies.policies.set('wrong.example', policy('enforce', 'mail.wrong.example'));
  policies.policies.set('testing.example', policy('testing', 'mail.testing.example'));
  const relay = await TestRelay.start(
    {
      general: { dnsServer: [dns.address], retryInterval: [3600] },
      connectors: [{ name: 'Internet', type: 'Direct', port: mailHost.port, tlsMode: 'MtaSts' }],
    },
    { policyHosts: { port: policies.port, authorities: policies.authorities } },
  );
  t.after(() => relay.stop());
  const send = async (domain: string) => {
    const client = await relay.client();
    const id = await client.mail('Subject: x\r\n\r\nx\r\n', [`a@${domain}`]);
    await client.quit();
    return id;
  };
  const arrives = (domain: string, count = 1) =>
    until(`mail for ${domain} arrives`, () => {
      const found = mailHost.messages.filter(({ recipients }) => recipients.some(text => text.includes(`a@${domain}`)));
      return found.length === count ? found : null;
    });
  // The policy host makes a certificate for each new name, which can take its time on a busy machine.
  const saysOf = (domain: string) =>
    until(
      `the queue of ${domain} says why it waits`,
      async () => {
        const queues = await relay.control.call('queue.list', {});
        return queues.find(({ nextHopDomain }) => nextHopDomain === domain)?.lastError;
      },
      30_000,
    );

  await t.test('a host that is named and shows a good certificate gets the mail', async () => {
    await send('good.example');
    assert.equal((await arrives('good.example'))[0]!.secure, true);
    const { protocol, tracking } = await relay.logs();
    assert.match(protocol, / RCPT - TO:<a@good\.example>.* TLSv1\.3\+TLS_AES_\w+$/m);
    assert.match(tracking, /mail\.good\.example \[127\.0\.0\.1\]:\d+, TLSv1\.3 TLS_AES_\w+/);
  });

  await t.test('a host that is not named gets none, whatever DNS says', async () => {
    await send('forged.example');
    assert.match(await saysOf('forged.example'), /^451 4\.7\.5 The MTA-STS policy of forged\.example names none/);
    assert.ok(!mailHost.commands.some(command => command.includes('forged.example')));
  });

  await t.test('a host with a certificate for another name gets none, and is not asked in clear text', async () => {
    await send('wrong.example');
    assert.match(
      await saysOf('wrong.example'),
      /^451 4\.7\.5 .*altnames.*\(demanded by the MTA-STS policy of wrong\.example\)$/,
    );
    assert.ok(!mailHost.commands.some(command => command.includes('wrong.example')));
  });

  await t.test('in testing mode the mail goes, and the log says what is wrong', async () => {
    await send('testing.example');
    await arrives('testing.example');
    const { activity } = await relay.logs();
    assert.match(
      activity,
      /mail\.testing\.example does not follow the MTA-STS policy of testing\.example.*testing mode/,
    );
  });

  await t.test('a domain without a policy gets its mail as with Opportunistic', async () => {
    await send('without.example');
    assert.equal((await arrives('without.example'))[0]!.secure, true);
  });

  await t.test('who takes the announcement away does not take the policy away, also after a restart', async () => {
    dns.zones.delete('_mta-sts.forged.example');
    dns.zones.set('_mta-sts.good.example', { fails: 'SERVFAIL' });
    await relay.restart();
    await send('forged.example');
    await send('good.example');
    assert.equal((await arrives('good.example', 2))[1]!.secure, true);
    await until('both wait', async () => {
      const queues = await relay.control.call('queue.list', {});
      return queues.find(({ nextHopDomain }) => nextHopDomain === 'forged.example')?.messageCount === 2;
    });
    assert.ok(!mailHost.commands.some(command => command.includes('forged.example')));
  });
});

/** DANE by a real validating resolver: what DNSSEC proves, what it does not, and what somebody forged. */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createDns } from '../../src/platform/dns.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { selfSigned } from '../support/smtp-certificate.ts';
import { scriptServer } from '../support/smtp-script-server.ts';
import { noUnbound, unbound } from '../support/unbound.ts';

const certificate = selfSigned() ?? undefined;
const skip = noUnbound || (certificate ? false : 'needs openssl');

test('mail goes by what a validating resolver says', { skip, timeout: 120_000 }, async t => {
  const mailHost = await scriptServer(t, { certificate });
  const key = new X509Certificate(certificate!.cert).publicKey.export({ type: 'spki', format: 'der' });
  const good = createHash('sha256').update(key).digest('hex');
  const bad = '0'.repeat(64);
  const owner = `_${mailHost.port}._tcp`;
  const dns = await unbound(t, {
    'signed.test': {
      isSigned: true,
      records: [
        'good MX 10 mail.good',
        'mail.good A 127.0.0.1',
        `${owner}.mail.good TLSA 3 1 1 ${good}`,
        'bad MX 10 mail.bad',
        'mail.bad A 127.0.0.1',
        `${owner}.mail.bad TLSA 3 1 1 ${bad}`,
        'alias MX 10 mail.alias',
        'mail.alias CNAME mail.good',
        'none MX 10 mail.none',
        'mail.none A 127.0.0.1',
      ].join('\n'),
    },
    'plain.test': {
      isSigned: false,
      records: `@ MX 10 mail\nmail A 127.0.0.1\n${owner}.mail TLSA 3 1 1 ${bad}`,
    },
    'forged.test': {
      isSigned: true,
      records: `@ MX 10 mail\nmail A 127.0.0.1\n${owner}.mail TLSA 3 1 1 ${bad}`,
      // The digest of another certificate, under the old signature.
      forge: zone => zone.replaceAll(bad, good),
    },
  });
  const asked = createDns([dns], Date.now, true);
  const proof = { name: `${owner}.mail.none.signed.test` };
  assert.deepEqual({ ...(await asked.tlsa(proof.name)), reason: '' }, { kind: 'none', reason: '', proof });
  assert.equal((await asked.tlsa(`${owner}.mail.forged.test`)).kind, 'temporary');

  const relay = await TestRelay.start({
    general: { dnsServer: [dns], dnsServerValidates: true, retryInterval: [3600] },
    connectors: [{ name: 'Internet', type: 'Direct', port: mailHost.port, tlsMode: 'Dane' }],
  });
  t.after(() => relay.stop());
  const goes = ['good.signed.test', 'alias.signed.test', 'none.signed.test', 'plain.test'];
  const waits = ['bad.signed.test', 'forged.test'];
  for (const domain of [...goes, ...waits]) {
    const client = await relay.client();
    await client.mail('Subject: x\r\n\r\nx\r\n', [`a@${domain}`]);
    await client.quit();
  }
  const got = () => mailHost.messages.map(({ recipients }) => /@([^>]+)/.exec(recipients[0]!)![1]!).sort();
  await until('those arrive that may', () => got().length === goes.length, 30_000);
  const queues = await until(
    'the others wait',
    async () => {
      const all = await relay.control.call('queue.list', {});
      const told = waits.map(domain => all.find(({ nextHopDomain }) => nextHopDomain === domain)?.lastError ?? '');
      return told.includes('') ? null : told;
    },
    30_000,
  );
  assert.deepEqual(got(), goes.toSorted());
  assert.match(queues[0]!, /demanded by the TLSA records of _\d+\._tcp\.mail\.bad\.signed\.test/);
  assert.match(queues[1]!, /look-up of the TLSA record of .*forged\.test failed .*SERVFAIL/);
  const { tracking } = await relay.logs();
  const verdictOf = (domain: string) =>
    /DANE-../.exec(tracking.split('\n').find(line => line.includes(`a@${domain}`) && line.includes('SEND')) ?? '')?.[0];
  assert.deepEqual(goes.map(verdictOf), ['DANE-EE', 'DANE-EE', undefined, undefined]);
});

/** What receivers believe of a sender: keys, policies and records in a DNS server and a policy host of the tests. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { recordValue } from '../../src/dkim/record.ts';
import type { Check } from '../../src/health/check.ts';
import { checkDeliverability, type SigningKey } from '../../src/health/deliverability.ts';
import { createDns } from '../../src/platform/dns.ts';
import { publishedPolicy } from '../../src/sts/published-policy.ts';
import { policyHost } from '../support/policy-host.ts';
import { TestRelay } from '../support/relay-harness.ts';
import { type DnsServer, dnsServer, type Zone } from '../support/smtp-dns-server.ts';
import { hasProgram } from '../support/tls.ts';

const KEY: SigningKey = {
  name: 's1._domainkey.a.test',
  domain: 'a.test',
  algorithm: 'Ed25519',
  publicKey: 'ZGtpbSBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXRlcy4=',
  error: null,
};
const RECORD = { txt: [recordValue(KEY)] };
const [ADDRESS, COVERS, FORBIDS] = ['192.0.2.7', { txt: ['v=spf1 ip4:192.0.2.7 -all'] }, { txt: ['v=spf1 -all'] }];

async function look(
  t: TestContext,
  zones: Readonly<Record<string, Zone>>,
  {
    sender = 'x@a.test',
    keys = [KEY],
    addresses = [ADDRESS],
  }: { sender?: string; keys?: SigningKey[]; addresses?: string[] },
): Promise<(name: Check['name']) => Check> {
  const dns = createDns([(await dnsServer(t, zones)).address]);
  const policyOf = async () => ({ kind: 'none' }) as const;
  const checks = await checkDeliverability({ dns, sender, addresses, keys, policyOf });
  return name => checks.find(check => check.name === name)!;
}

test('the key of a sender is compared with its record, and says what is wrong', async t => {
  const dkim = async (zones: Readonly<Record<string, Zone>>, keys = [KEY]) => (await look(t, zones, { keys }))('Dkim');
  const good = await dkim({ [KEY.name]: RECORD });
  assert.deepEqual([good.status, good.target], ['Passed', KEY.name]);
  const missing = await dkim({});
  assert.equal(missing.status, 'Failed');
  assert.match(missing.detail, /s1\._domainkey\.a\.test.* no TXT record/);
  assert.match(missing.action!, /Get-SmtpDkimKey/);
  assert.match((await dkim({ [KEY.name]: { txt: ['v=DKIM1; k=ed25519; p=b3RoZXI='] } })).detail, /another key/);
  assert.equal((await dkim({ [KEY.name]: { fails: 'SERVFAIL' } })).status, 'Warning');
  const unread = await dkim({ [KEY.name]: RECORD }, [{ ...KEY, error: 'its private key is not there' }]);
  assert.match(`${unread.status} ${unread.detail}`, /^Failed .*its private key is not there/);
  const none = await dkim({}, []);
  assert.deepEqual([none.status, none.target], ['Skipped', 'a.test']);
  assert.match(none.action!, /New-SmtpDkimKey -Domain a\.test/);
});

test('DMARC: what passes, how it is aligned, and which policy holds', async t => {
  const reject = { txt: ['v=DMARC1; p=reject; sp=quarantine'] };
  const strict = { txt: ['v=DMARC1; p=reject; adkim=s'] };
  const dmarc = async (zones: Readonly<Record<string, Zone>>, rest: Parameters<typeof look>[2] = {}) => {
    const { status, detail } = (await look(t, zones, rest))('Dmarc');
    return `${status} ${detail}`;
  };
  const key = { [KEY.name]: RECORD };
  const sub = { sender: 'x@sub.a.test' };
  assert.match(
    await dmarc({ 'a.test': COVERS, '_dmarc.a.test': reject, ...key }),
    /^Passed .*by SPF and by DKIM.*reject/,
  );
  assert.match(await dmarc({ 'a.test': FORBIDS, '_dmarc.a.test': reject, ...key }), /^Passed .*passes by DKIM/);
  assert.match(await dmarc({ 'a.test': COVERS, '_dmarc.a.test': reject }, { keys: [] }), /^Passed .*passes by SPF/);
  assert.match(await dmarc({ 'a.test': FORBIDS, '_dmarc.a.test': reject }), /^Failed .*neither .*policy .* is reject/);
  assert.match(await dmarc({ 'a.test': FORBIDS, '_dmarc.a.test': { txt: ['v=DMARC1; p=none'] } }), /^Warning /);
  // The policy of the domain above: sp, and a key of the domain above, which only strict alignment does not take.
  assert.match(await dmarc({ '_dmarc.a.test': reject }, sub), /^Failed .*policy .* is quarantine/);
  assert.match(await dmarc({ '_dmarc.a.test': reject, ...key }, sub), /^Passed .*by DKIM.*quarantine/);
  assert.match(await dmarc({ '_dmarc.a.test': strict, ...key }, sub), /^Failed .*adkim=s.*policy .* is reject/);
  // A smart host sends on.
  assert.match(await dmarc({ '_dmarc.a.test': reject, ...key }, { addresses: [] }), /^Passed .*by DKIM/);
  assert.match(
    await dmarc({ '_dmarc.a.test': reject }, { addresses: [], keys: [] }),
    /^Passed .*depends on .*smart host/,
  );
  assert.match(await dmarc({}), /^Warning .*no DMARC record/);
});

const POLICY = (mode: string, mx: string) => `version: STSv1\nmode: ${mode}\nmx: ${mx}\nmax_age: 86400\n`;

test('MTA-STS: as the policy host says it, and whether it names the mail hosts', {
  skip: hasProgram('openssl') ? false : 'needs openssl',
}, async t => {
  const host = await policyHost(t);
  const zones: Record<string, Zone> = {};
  for (const name of ['good', 'wrong', 'testing', 'broken', 'twice']) {
    zones[`mta-sts.${name}.test`] = { a: ['127.0.0.1'] };
    zones[`_mta-sts.${name}.test`] = { txt: ['v=STSv1; id=1;'] };
    zones[`${name}.test`] = { mx: [[10, `mx.${name}.test`]] };
  }
  zones['_mta-sts.twice.test'] = { txt: ['v=STSv1; id=1;', 'v=STSv1; id=2;'] };
  zones['_mta-sts.fails.test'] = { fails: 'SERVFAIL' };
  host.policies.set('good.test', POLICY('enforce', '*.good.test'));
  host.policies.set('wrong.test', POLICY('enforce', 'mail.wrong.test'));
  host.policies.set('testing.test', POLICY('testing', 'mail.testing.test'));
  host.policies.set('broken.test', 'hello');
  const dns = createDns([(await dnsServer(t, zones)).address]);
  const hosts = { dns, port: host.port, authorities: host.authorities, timeout: 10_000 };
  const sts = async (name: string) => {
    const checks = await checkDeliverability({
      dns,
      sender: `x@${name}.test`,
      addresses: [],
      keys: [],
      policyOf: domain => publishedPolicy(domain, hosts),
    });
    const { status, detail } = checks.find(check => check.name === 'MtaSts')!;
    return `${status} ${detail}`;
  };
  assert.match(await sts('good'), /^Passed .*mode enforce.*mx\.good\.test/);
  assert.match(await sts('wrong'), /^Failed .*does not name mx\.wrong\.test/);
  assert.match(await sts('testing'), /^Warning .*does not name mx\.testing\.test/);
  assert.match(await sts('broken'), /^Failed .*is no policy/);
  assert.match(await sts('twice'), /^Failed .*more than one/);
  assert.match(await sts('fails'), /^Warning /);
  assert.match(await sts('nothing'), /^Skipped /);
});

test('a relay is asked afresh: what was entered into DNS a moment ago counts', async t => {
  const server: DnsServer = await dnsServer(t, {});
  const relay = await TestRelay.start({ general: { dnsServer: [server.address] } });
  t.after(() => relay.stop());
  const { recordName, recordValue: value } = await relay.control.call('dkim.create', {
    domain: 'a.test',
    selector: 's1',
    enabled: true,
  });
  const dkim = async () => {
    const wish = { timeServer: 'a:b:c', deliverability: true, sender: 'x@sub.a.test' };
    const checks = await relay.control.call('health.test', wish);
    const { target, status } = checks.find(({ name }) => name === 'Dkim')!;
    return `${target} ${status}`;
  };
  const name = async () => (await relay.control.call('reversedns.test', { ipAddress: '192.0.2.7' })).status;
  const compared = async () => (await relay.control.call('dkim.test', { name: recordName })).status;
  server.zones.set(recordName, { txt: ['v=DKIM1; p=b3RoZXI='], ttl: 3600 });
  server.zones.set('7.2.0.192.in-addr.arpa', { ptr: ['other.test'], ttl: 3600 });
  assert.deepEqual([await dkim(), await name(), await compared()], [`${recordName} Failed`, 'Failed', 'Mismatch']);
  server.zones.set(recordName, { txt: [value], ttl: 3600 });
  server.zones.set('other.test', { a: ['192.0.2.7'] });
  assert.deepEqual([await dkim(), await name(), await compared()], [`${recordName} Passed`, 'Passed', 'Valid']);
});

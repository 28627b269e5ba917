/**
 * DANE from end to end (RFC 7672): a relay that sends direct, a DNS server that says which answers DNSSEC proves, and
 * mail hosts with certificates that their TLSA records mean or do not mean.
 */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Control } from '../../src/contract/control.generated.ts';
import { TestRelay, until } from '../support/relay-harness.ts';
import { dnsServer, type Tlsa, type Zone } from '../support/smtp-dns-server.ts';
import { scriptServer } from '../support/smtp-script-server.ts';
import { hasProgram, opensslCertificate, TestAuthority } from '../support/tls.ts';

const skip = hasProgram('openssl') ? false : 'needs openssl';

const digest = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest();
const keyOf = (pem: string) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
const rawOf = (pem: string) => new X509Certificate(pem).raw;
const record = (usage: number, selector: 0 | 1, matching: 0 | 1 | 2, pem: string): Tlsa => {
  const bytes = selector === 0 ? rawOf(pem) : keyOf(pem);
  return [usage, selector, matching, matching === 0 ? bytes : digest(matching === 1 ? 'sha256' : 'sha512', bytes)];
};

interface Case {
  readonly tlsa?: readonly Tlsa[];
  /** Differs from `mail.` and the domain, which the certificate carries only for some. */
  readonly host?: string;
  readonly address?: string;
  /** What DNSSEC does not prove. */
  readonly unproven?: 'mx' | 'address' | 'tlsa';
  readonly tlsaFails?: boolean;
  /** What the queue says; else the mail arrives encrypted, with this verdict in the logs. */
  readonly waits?: RegExp;
  readonly verdict?: 'DANE-EE' | 'DANE-TA';
}

test('certificates are those that DNS tells, or no mail goes there', { skip, timeout: 120_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'smtp-relay-dane-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const san = (...names: string[]) => `subjectAltName=${names.map(name => `DNS:${name}`).join(',')}\n`;
  const authority = new TestAuthority(folder);
  const issued = authority.issue({
    name: 'mail.example',
    extensions: san(
      'mail.ta-key.example',
      'mail.ta-intermediate.example',
      'mail.ta-whole.example',
      'mail.ta-told.example',
      'mail.ta-absent.example',
      'ta-domain.example',
      'real.example',
    ),
  });
  const { leaf, intermediate, root } = issued;
  const chain = { key: issued.key, cert: leaf + intermediate + root };
  const stranger = opensslCertificate('CN=Stranger')!.cert;
  const late = authority.issue({ name: 'mail.ta-late.example', days: -1 });
  const expired = { key: late.key, cert: late.leaf + late.intermediate };

  const mailHost = await scriptServer(t, { certificate: chain });
  const at = (host: string) => ({ host, port: mailHost.port });
  const hosts = [
    mailHost,
    await scriptServer(t, { certificate: expired }, at('127.0.0.3')),
    await scriptServer(t, {}, at('127.0.0.4')),
    await scriptServer(t, { certificate: { key: issued.key, cert: leaf + intermediate } }, at('127.0.0.5')),
  ];

  const none = /\(demanded by the TLSA records of _\d+\._tcp\.mail\.[a-z-]+\.example\)$/;
  const cases: Record<string, Case> = {
    'ee-key': { tlsa: [record(3, 1, 1, leaf)], verdict: 'DANE-EE' },
    'ee-certificate': { tlsa: [record(3, 0, 2, leaf)], verdict: 'DANE-EE' },
    'ee-whole': { tlsa: [record(3, 0, 0, leaf)], verdict: 'DANE-EE' },
    'ee-of-two': { tlsa: [record(3, 1, 1, stranger), record(3, 1, 1, leaf)], verdict: 'DANE-EE' },
    'ee-expired': { tlsa: [record(3, 1, 1, late.leaf)], address: '127.0.0.3', verdict: 'DANE-EE' },
    'ee-wrong': { tlsa: [record(3, 1, 1, stranger)], waits: none },
    'ee-weaker': { tlsa: [record(3, 1, 2, stranger), record(3, 1, 1, leaf)], waits: none },
    'ee-of-issuer': { tlsa: [record(3, 1, 1, intermediate)], waits: none },
    'ta-key': { tlsa: [record(2, 1, 1, root)], verdict: 'DANE-TA' },
    'ta-intermediate': { tlsa: [record(2, 0, 2, intermediate)], verdict: 'DANE-TA' },
    'ta-whole': { tlsa: [record(2, 0, 0, root)], verdict: 'DANE-TA' },
    'ta-told': { tlsa: [record(2, 0, 0, root)], address: '127.0.0.5', verdict: 'DANE-TA' },
    'ta-absent': { tlsa: [record(2, 0, 1, root)], address: '127.0.0.5', waits: none },
    'ta-domain': { tlsa: [record(2, 1, 1, root)], verdict: 'DANE-TA' },
    'ta-name': { tlsa: [record(2, 1, 1, root)], waits: /but it is for another name \(demanded by the TLSA/ },
    'ta-late': { tlsa: [record(2, 1, 1, intermediate)], address: '127.0.0.3', waits: /has expired \(demanded by/ },
    'ta-of-leaf': { tlsa: [record(2, 1, 1, leaf)], waits: none },
    'ta-stranger': { tlsa: [record(2, 1, 1, stranger)], waits: none },
    unusable: { tlsa: [record(1, 1, 1, stranger), [3, 1, 1, Buffer.alloc(7)], [3, 2, 1, Buffer.alloc(32)]] },
    'unusable-clear': {
      tlsa: [record(0, 1, 1, stranger)],
      address: '127.0.0.4',
      waits: /is not to be had: .*demanded by/,
    },
    clear: { tlsa: [record(3, 1, 1, leaf)], address: '127.0.0.4', waits: /is not to be had: .*demanded by the TLSA/ },
    without: {},
    'tlsa-unproven': { tlsa: [record(3, 1, 1, stranger)], unproven: 'tlsa' },
    'address-unproven': { tlsa: [record(3, 1, 1, stranger)], unproven: 'address' },
    'mx-unproven': { tlsa: [record(3, 1, 1, stranger)], unproven: 'mx' },
    servfail: { tlsaFails: true, waits: /^451 4\.4\.3 DNS look-up of the TLSA record of .*SERVFAIL/ },
  };

  const zones: Record<string, Zone> = {};
  const owner = (host: string) => `_${mailHost.port}._tcp.${host}`;
  for (const [name, { tlsa, address = '127.0.0.1', unproven, tlsaFails }] of Object.entries(cases)) {
    const [domain, host] = [`${name}.example`, `mail.${name}.example`];
    zones[domain] = { mx: [[10, host]], proven: unproven !== 'mx' };
    zones[host] = { a: [address], proven: unproven !== 'address' };
    zones[owner(host)] = tlsaFails ? { fails: 'SERVFAIL' } : { tlsa: tlsa ?? [], proven: unproven !== 'tlsa' };
  }
  // A host that is an alias, and a domain with two hosts, of which one can't be judged now.
  Object.assign(zones, {
    'alias.example': { mx: [[10, 'mail.alias.example']], proven: true },
    'mail.alias.example': { cname: 'real.example', proven: true },
    'real.example': { a: ['127.0.0.1'], proven: true },
    [owner('real.example')]: { tlsa: [record(2, 0, 1, intermediate)], proven: true },
    'second.example': {
      mx: [
        [10, 'mail.servfail.example'],
        [20, 'mail.ee-key.example'],
      ],
      proven: true,
    },
  } satisfies Record<string, Zone>);
  const dns = await dnsServer(t, zones);
  const relay = await TestRelay.start({
    general: { dnsServer: [dns.address], dnsServerValidates: true, retryInterval: [3600] },
    connectors: [{ name: 'Internet', type: 'Direct', port: mailHost.port, tlsMode: 'Dane' }],
  });
  t.after(() => relay.stop());
  const send = async (domain: string) => {
    const client = await relay.client();
    await client.mail('Subject: x\r\n\r\nx\r\n', [`a@${domain}`]);
    await client.quit();
  };
  const messagesFor = (domain: string) =>
    hosts.flatMap(({ messages }) => messages).filter(one => one.recipients.some(text => text.includes(`a@${domain}>`)));
  const arrives = async (domain: string, verdict: Case['verdict']) => {
    const [message] = await until(`mail for ${domain} arrives`, () => {
      const found = messagesFor(domain);
      return found.length > 0 ? found : null;
    });
    assert.equal(message!.secure, true, domain);
    const told = (text: string) =>
      text
        .split('\n')
        .filter(line => line.includes(`a@${domain}`))
        .join('\n');
    const { tracking, protocol } = await until(`the log tells of ${domain}`, async () => {
      const logs = await relay.logs();
      return told(logs.tracking).includes('SEND') ? logs : null;
    });
    const shown = (text: string) => /DANE-../.exec(told(text))?.[0];
    assert.deepEqual([shown(tracking), shown(protocol)], [verdict, verdict], domain);
  };

  await Promise.all([...Object.keys(cases), 'alias', 'second'].map(name => send(`${name}.example`)));
  for (const [name, { waits, verdict }] of Object.entries(cases))
    await t.test(`${name}: ${waits ? 'waits' : (verdict ?? 'arrives')}`, async () => {
      const domain = `${name}.example`;
      if (!waits) return arrives(domain, verdict);
      const lastError = await until(`the queue of ${domain} says why it waits`, async () => {
        const queues = await relay.control.call('queue.list', {});
        return queues.find(({ nextHopDomain }) => nextHopDomain === domain)?.lastError;
      });
      assert.match(lastError, waits);
      assert.deepEqual(messagesFor(domain), []);
    });
  await t.test('a host that is an alias is judged where the alias leads', () => arrives('alias.example', 'DANE-TA'));
  await t.test('a host that can not be judged now is left out for the next', () =>
    arrives('second.example', 'DANE-EE'),
  );

  await t.test('an authority that was seen once is known at the next message', async () => {
    for (const { socket, ended } of mailHost.sessions) if (!ended) socket.destroy();
    const sessions = mailHost.sessions.length;
    await send('ta-key.example');
    await until('it arrives', () => messagesFor('ta-key.example').length === 2);
    assert.equal(mailHost.sessions.length, sessions + 1);
  });

  await t.test('an authority that was seen once does not count when the records mean another', async () => {
    const name = owner('mail.ta-domain.example');
    dns.zones.set(name, { tlsa: [record(2, 1, 1, stranger)], proven: true });
    for (const { socket, ended } of mailHost.sessions) if (!ended) socket.destroy();
    await send('ta-domain.example');
    const lastError = await until('the queue says why it waits', async () => {
      const queues = await relay.control.call('queue.list', {});
      return queues.find(({ nextHopDomain }) => nextHopDomain === 'ta-domain.example')?.lastError;
    });
    assert.match(lastError, none);
    assert.equal(messagesFor('ta-domain.example').length, 1);
  });

  await t.test('a test of the connector tells the verdict', async () => {
    const tested = async (recipient: string) => {
      let run = await relay.control.call('connector.test', { name: 'Internet', recipient });
      const steps: Control['connector.test']['result']['steps'] = [...run.steps];
      while (!run.done) {
        run = await relay.control.call('connector.test', { test: run.test, after: steps.length });
        steps.push(...run.steps);
      }
      const of = (name: string) => steps.findLast(({ step }) => step === name);
      return { dns: of('Dns')!.detail, certificate: of('Certificate'), last: steps.at(-1)! };
    };
    const good = await tested('a@ta-key.example');
    assert.match(good.dns, /DNSSEC proves TLSA records: _\d+\._tcp\.mail\.ta-key\.example\./);
    assert.match(good.certificate!.detail, /^The certificate is the one .* \(DANE-TA\)\.$/);
    assert.equal(good.last.step, 'RcptTo');
    const bad = await tested('a@ee-wrong.example');
    assert.equal(bad.last.step, 'Certificate');
    assert.equal(bad.last.status, 'Failed');
    assert.match(bad.last.detail, /^DANE: its certificate is none that its TLSA records mean/);
    assert.match((await tested('a@without.example')).dns, /DNSSEC proves no TLSA records/);
    assert.match((await tested('a@servfail.example')).last.detail, /TLSA record .* SERVFAIL/);
  });
});

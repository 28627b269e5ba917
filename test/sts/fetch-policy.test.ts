import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDns } from '../../src/platform/dns.ts';
import { fetchPolicy, type PolicyHosts } from '../../src/sts/fetch-policy.ts';
import { policyHost } from '../support/policy-host.ts';
import { dnsServer } from '../support/smtp-dns-server.ts';
import { hasProgram } from '../support/tls.ts';

const POLICY = 'version: STSv1\nmode: enforce\nmx: mail.a.example\nmax_age: 86400\n';
const skip = hasProgram('openssl') ? false : 'needs openssl';

test('a policy is fetched from its host over HTTPS only, with a good certificate, in time and size', {
  skip,
}, async t => {
  const host = await policyHost(t);
  const names = Object.fromEntries(
    ['a', 'gone', 'moved', 'html', 'huge', 'endless', 'silent', 'cut', 'wrong', 'nonsense'].map(name => [
      `mta-sts.${name}.example`,
      { a: ['127.0.0.1'] },
    ]),
  );
  const server = await dnsServer(t, names);
  const hosts: PolicyHosts = {
    dns: createDns([server.address]),
    port: host.port,
    timeout: 30_000,
    authorities: host.authorities,
  };
  const fails = (name: string, says: RegExp, changes: Partial<PolicyHosts> = {}) =>
    t.test(`${name}: ${says.source}`, async () => {
      await assert.rejects(fetchPolicy(`${name}.example`, { ...hosts, ...changes }), says);
    });
  host.policies.set('a.example', POLICY);
  assert.deepEqual(await fetchPolicy('a.example', hosts), { mode: 'enforce', mx: ['mail.a.example'], maxAge: 86_400 });
  assert.deepEqual(host.asked, ['mta-sts.a.example/.well-known/mta-sts.txt']);

  await fails('gone', /the answer was 404/);
  host.policies.set('moved.example', response => response.writeHead(302, { Location: '/other' }).end());
  await fails('moved', /the answer was 302/);
  host.policies.set('html.example', response => response.writeHead(200, { 'Content-Type': 'text/html' }).end(POLICY));
  await fails('html', /text\/html, not text\/plain/);
  host.policies.set('huge.example', `${POLICY}${'x'.repeat(70_000)}`);
  await fails('huge', /more than 65536 bytes/);
  host.policies.set('endless.example', response => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    const drip = setInterval(() => response.write('x\n'), 20);
    response.on('close', () => clearInterval(drip));
  });
  await fails('endless', /no answer in time|aborted/, { timeout: 1500 });
  host.policies.set('silent.example', () => {});
  await fails('silent', /no answer in time|aborted/, { timeout: 1500 });
  host.policies.set('cut.example', response => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': '500' }).write(POLICY);
    setTimeout(() => response.destroy(), 50);
  });
  await fails('cut', /could not be read/);
  host.policies.set('wrong.example', POLICY);
  host.wrongNames.set('mta-sts.wrong.example', 'mta-sts.other.example');
  await fails('wrong', /altnames/);
  await fails('a', /unable to (verify|get)|self-signed/, { authorities: null });
  host.policies.set('nonsense.example', 'hello');
  await fails('nonsense', /is no policy: its version/);
  await fails('nowhere', /does not exist in DNS/);
});

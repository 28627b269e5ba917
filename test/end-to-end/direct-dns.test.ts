/**
 * Direct delivery by what a real DNS server says (nsd): mail hosts on addresses of loopback of their own, and what
 * becomes of mail for each kind of domain.
 */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { encode } from 'dns-packet';
import { noNsd, nsd } from '../support/nsd.ts';
import { smartHost, TestRelay, until } from '../support/relay-harness.ts';
import { scriptServer } from '../support/smtp-script-server.ts';

const [FIRST, SECOND] = ['127.0.0.11', '127.0.0.12'];
const LONG = 'a-label-that-is-long-enough-to-fill-the-answer';
const fifty = Array.from({ length: 50 }, (_, index) => index + 1);

const ZONE = [
  'order MX 20 second.order\norder MX 10 first.order',
  `first.order A ${FIRST}\nsecond.order A ${SECOND}`,
  // Nobody listens on the first host's address.
  `fallback MX 10 away.fallback\nfallback MX 20 second.order\naway.fallback A 127.0.0.13`,
  'dead MX 10 one.dead\ndead MX 20 two.dead\none.dead A 127.0.0.13\ntwo.dead A 127.0.0.14',
  'null MX 0 .',
  'alias CNAME order',
  'aliashost MX 10 name.aliashost\nname.aliashost CNAME first.order',
  `onlya A ${FIRST}`,
  'nohost MX 10 nothing.nohost',
  'halfbroken MX 10 mail.broken.test.',
  'text TXT "no mail here"',
  // Too much for one packet; and only the last one leads anywhere.
  ...fifty.map(number => `many MX ${number} ${LONG}-${number}.many`),
  `${LONG}-50.many A ${SECOND}`,
  ...fifty.map(number => `equal MX 10 ${LONG}-${number}.equal\n${LONG}-${number}.equal A ${FIRST}`),
].join('\n');

/** Whether the answer to an MX question comes cut by UDP. */
async function isCut(server: string, name: string): Promise<boolean> {
  const [host, port] = server.split(':');
  const socket = createSocket('udp4');
  socket.send(encode({ type: 'query', id: 1, questions: [{ type: 'MX', name }] }), Number(port), host);
  const [bytes] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return (bytes[2]! & 2) !== 0;
}

test('mail goes where DNS says, waits while DNS does not know, and is returned when there is nobody', {
  skip: noNsd,
  timeout: 150_000,
}, async t => {
  const dns = await nsd(t, { 'dns.test': ZONE, 'broken.test': null });
  const first = await scriptServer(t, {}, { host: FIRST, port: 0 });
  const second = await scriptServer(t, {}, { host: SECOND, port: first.port });
  const relay = await TestRelay.start({
    general: { dnsServer: [dns], retryInterval: [3600], connectionTimeout: 5 },
    connectors: [{ name: 'Internet', type: 'Direct', port: first.port }],
  });
  t.after(() => relay.stop());
  // Reports go to the sink.
  const reports = smartHost(relay.sink.port, { name: 'Reports', addressSpaces: ['senders.test'] });
  await relay.control.call('connector.create', reports as never);
  const send = async (domain: string) => {
    const client = await relay.client();
    await client.mail('Subject: x\r\n\r\nx\r\n', [`a@${domain}`], `${domain}@senders.test`);
    await client.quit();
  };
  const arrived = (server: typeof first, domain: string) =>
    server.messages.filter(({ recipients }) => recipients.some(text => text.includes(`a@${domain}`))).length;

  for (const [domain, server, what] of [
    ['order.dns.test', first, 'the mail host with the lowest preference gets it'],
    ['fallback.dns.test', second, 'the next one, where the first is not there'],
    ['alias.dns.test', first, 'the mail host of the name that an alias stands for'],
    ['aliashost.dns.test', first, 'a mail host that is an alias'],
    ['onlya.dns.test', first, 'a domain with an address only is its own mail host'],
    ['many.dns.test', second, 'the only one of fifty that has an address'],
    ['equal.dns.test', first, 'one of fifty equal ones'],
  ] as const)
    await t.test(`${domain}: ${what}`, async () => {
      await send(domain);
      await until(`mail for ${domain} arrives`, () => arrived(server, domain) > 0, 30_000);
      assert.equal(arrived(first, domain) + arrived(second, domain), 1);
    });

  await t.test('fifty mail hosts do not fit into one packet', async () => {
    assert.ok(await isCut(dns, 'many.dns.test'));
    assert.ok(!(await isCut(dns, 'order.dns.test')));
  });

  for (const [domain, says] of [
    ['dead.dns.test', /^451 4\.4\.1 Could not connect to (one|two)\.dead\.dns\.test/],
    ['broken.test', /^451 4\.4\.3 .*MX record of broken\.test failed.*SERVFAIL/],
    ['halfbroken.dns.test', /^451 4\.4\.3 .*address of mail\.broken\.test failed.*SERVFAIL/],
    ['elsewhere.example', /^451 4\.4\.3 .*REFUSED/],
  ] as const)
    await t.test(`${domain} waits: ${says.source}`, async () => {
      await send(domain);
      const said = await until(
        `the queue of ${domain} says why`,
        async () => {
          const queues = await relay.control.call('queue.list', {});
          return queues.find(({ nextHopDomain }) => nextHopDomain === domain)?.lastError;
        },
        30_000,
      );
      assert.match(said, says);
    });

  for (const [domain, says] of [
    ['null.dns.test', /5\.1\.10 .*accepts no mail \(null MX\)/],
    ['gone.dns.test', /5\.1\.2 .*gone\.dns\.test has no mail host/],
    ['text.dns.test', /5\.1\.2 .*text\.dns\.test has no mail host/],
    ['nohost.dns.test', /5\.4\.4 .*None of the mail hosts of nohost\.dns\.test has an address/],
  ] as const)
    await t.test(`${domain} comes back: ${says.source}`, async () => {
      await send(domain);
      const report = await until(
        `the report on ${domain} comes`,
        () => relay.sink.messages.find(({ recipients }) => recipients.includes(`${domain}@senders.test`)),
        30_000,
      );
      assert.match(report.bytes.toString('latin1').replace(/\r\n[ \t]+/g, ' '), says);
    });

  // Nothing that DNS was in doubt about was returned.
  assert.equal((await relay.control.call('relay.get')).queued, 4);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from '../support/smtp-certificate.ts';
import { Courier, inShort, kinds, targetOf } from '../support/smtp-delivery.ts';
import { HandClock } from '../support/smtp-hand-clock.ts';
import { DROP, scriptServer } from '../support/smtp-script-server.ts';

const certificate = selfSigned() ?? undefined;
const oldest = { minimumVersion: '1.2', domain: 'old.example', certificate: null } as const;
const skip = certificate ? false : 'needs openssl';

test('opportunistic TLS encrypts to a server whose certificate nobody vouches for', { skip }, async t => {
  const server = await scriptServer(t, { certificate });
  const courier = new Courier(t);
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.equal(server.messages[0]!.secure, true);
  assert.deepEqual(
    courier.conversation().filter(line => /^C: (EHLO|STARTTLS)/.test(line)),
    ['C: EHLO relay.example.com', 'C: STARTTLS', 'C: EHLO relay.example.com'],
  );
});

test('opportunistic TLS goes in the clear where TLS is not offered, or refused after all', { skip }, async t => {
  const without = await scriptServer(t);
  assert.equal(kinds(await new Courier(t).send([without])), 'delivered');
  const refusing = await scriptServer(t, {
    certificate,
    extensions: ['DSN', 'PIPELINING'],
    on: command => (command === 'STARTTLS' ? '454 4.7.0 No TLS today' : undefined),
  });
  const result = await new Courier(t).send([refusing]);
  assert.ok(result.kind === 'tried' && result.outcomes[0]!.kind === 'delivered' && result.outcomes[0]!.dsnHandedOver);
  assert.equal(refusing.messages[0]!.secure, false);
  assert.equal(refusing.sessions.length, 1);
});

test('no TLS means no TLS', { skip }, async t => {
  const server = await scriptServer(t, { certificate });
  await new Courier(t).send([server], { manners: { tls: 'None' } });
  assert.ok(!server.commands.includes('STARTTLS'));
  assert.equal(server.messages[0]!.secure, false);
});

test('that one connector had to fall back to the clear is nothing for another one to go by', { skip }, async t => {
  const server = await scriptServer(t, { certificate, handshake: 'cut' });
  const courier = new Courier(t);
  await courier.send([server], { manners: { connector: 'Old', tlsParameters: oldest }, hop: 'Old' });
  server.script = { certificate };
  await courier.send([server], { manners: { connector: 'New' }, hop: 'New' });
  assert.deepEqual(
    server.messages.map(message => message.secure),
    [false, true],
  );
});

test('a network that breaks in a handshake and after it is no reason to go in the clear for an hour', {
  skip,
}, async t => {
  const server = await scriptServer(t, { certificate, handshake: 'cut' });
  const courier = new Courier(t);
  server.script = { ...server.script, on: (_, { number }) => (number === 2 ? DROP : undefined) };
  assert.equal(kinds(await courier.send([server])), 'unreachable');
  server.script = { certificate };
  assert.equal(kinds(await courier.send([server])), 'delivered');
  assert.equal(server.messages[0]!.secure, true);
});

for (const handshake of ['garbage', 'cut', 'silence'] as const) {
  test(`a handshake that ends with ${handshake} falls back to the clear, and that is remembered for an hour`, {
    skip,
  }, async t => {
    const server = await scriptServer(t, { certificate, handshake });
    const clock = new HandClock();
    const courier = new Courier(t, clock);
    const manners = { commandTimeout: 200 };
    assert.equal(kinds(await courier.send([server], { manners })), 'delivered');
    assert.equal(server.sessions.length, 2);
    courier.deliverer.closeIdle();

    await clock.advance(3_599_000);
    assert.equal(kinds(await courier.send([server], { manners })), 'delivered');
    assert.equal(server.sessions.length, 3);
    assert.equal(server.commands.filter(command => command === 'STARTTLS').length, 1);
    courier.deliverer.closeIdle();

    await clock.advance(2000);
    server.script = { certificate };
    assert.equal(kinds(await courier.send([server], { manners: { commandTimeout: 5000 } })), 'delivered');
    assert.deepEqual(
      server.messages.map(message => message.secure),
      [false, false, true],
    );
  });

  test(`a handshake that ends with ${handshake} is not sent in the clear when TLS is required`, { skip }, async t => {
    const server = await scriptServer(t, { certificate, handshake });
    const result = await new Courier(t).send([server], { manners: { tls: 'Required', commandTimeout: 200 } });
    assert.match(String(inShort(result)), /^unreachable 451 4\.7\.5 TLS with .* failed/);
    assert.equal(server.messages.length, 0);
  });
}

test('required TLS takes any certificate, and defers where there is no TLS', { skip }, async t => {
  const server = await scriptServer(t, { certificate });
  assert.equal(kinds(await new Courier(t).send([server], { manners: { tls: 'Required' } })), 'delivered');
  assert.equal(server.messages[0]!.secure, true);
  const without = await scriptServer(t);
  const result = await new Courier(t).send([without], { manners: { tls: 'Required' } });
  assert.equal(kinds(result), 'unreachable');
  assert.ok(!without.commands.some(command => command.startsWith('MAIL')));
});

test('required TLS is not given up for a server that is remembered as broken', { skip }, async t => {
  const server = await scriptServer(t, { certificate, handshake: 'garbage' });
  const courier = new Courier(t);
  await courier.send([server]);
  courier.deliverer.closeIdle();
  assert.equal(kinds(await courier.send([server], { manners: { tls: 'Required' } })), 'unreachable');
});

test('verified TLS refuses a certificate that nobody vouches for, and says why', { skip }, async t => {
  const server = await scriptServer(t, { certificate });
  const result = await new Courier(t).send([server], { manners: { tls: 'Verify' } });
  assert.match(String(inShort(result)), /^unreachable 451 4\.7\.5 .*self-signed certificate/i);
  assert.equal(server.messages.length, 0);
});

test('verified TLS takes a trusted certificate for the name of the server, and no other name', { skip }, async t => {
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificate!.cert]);
  t.after(() => setDefaultCACertificates(trusted));
  const server = await scriptServer(t, { certificate });
  assert.equal(
    kinds(await new Courier(t).send([targetOf(server, 'localhost')], { manners: { tls: 'Verify' } })),
    'delivered',
  );
  assert.equal(server.messages[0]!.secure, true);
  const other = await new Courier(t).send([targetOf(server, 'mail.example.net')], { manners: { tls: 'Verify' } });
  assert.match(String(inShort(other)), /^unreachable 451 4\.7\.5 /);
  const byAddress = await new Courier(t).send([targetOf(server, '127.0.0.1')], { manners: { tls: 'Verify' } });
  assert.equal(kinds(byAddress), 'unreachable');
});

test('verified TLS takes another name than that of the host where one is set, and only that', { skip }, async t => {
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificate!.cert]);
  t.after(() => setDefaultCACertificates(trusted));
  const server = await scriptServer(t, { certificate });
  const manners = (domain: string) =>
    ({ tls: 'Verify', tlsParameters: { minimumVersion: '1.2', domain, certificate: null } }) as const;
  for (const host of ['mail.example.net', '127.0.0.1', 'localhost']) {
    const to = [targetOf(server, host)];
    assert.equal(kinds(await new Courier(t).send(to, { manners: manners('localhost') })), 'delivered', host);
    assert.equal(kinds(await new Courier(t).send(to, { manners: manners('other.example') })), 'unreachable', host);
  }
});

test('version and cipher are known of each line that was encrypted, and of the server in the outcome', {
  skip,
}, async t => {
  const server = await scriptServer(t, { certificate });
  const courier = new Courier(t);
  const result = await courier.send([server]);
  const facts = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
  assert.deepEqual(result.kind === 'tried' && result.outcomes[0]!.remote?.tls, facts);
  const [clear, encrypted] = [courier.lines.filter(line => !line.tls), courier.lines.filter(line => line.tls)];
  assert.equal(clear.at(-1)!.text.slice(0, 3), '220', 'the last one in clear text is the reply to STARTTLS');
  assert.equal(encrypted[0]!.text, 'EHLO relay.example.com');
  for (const line of encrypted) assert.deepEqual(line.tls, facts);
  const without = await new Courier(t).send([await scriptServer(t)]);
  assert.ok(without.kind === 'tried' && !('tls' in without.outcomes[0]!.remote!));
});

test('what a server says in the clear behind its STARTTLS reply is not believed', { skip }, async t => {
  const server = await scriptServer(t, {
    certificate,
    on: command => (command === 'STARTTLS' ? '220 2.0.0 Go ahead\r\n250-evil.example\r\n250 DSN' : undefined),
    extensions: ['PIPELINING'],
  });
  const result = await new Courier(t).send([server]);
  assert.ok(result.kind === 'tried' && result.outcomes[0]!.kind === 'delivered' && !result.outcomes[0]!.dsnHandedOver);
});

for (const [title, injected] of [
  ['a whole conversation', '250 evil.example\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 Go on\r\n250 2.0.0 Taken'],
  ['half a reply', '250-evil.example\r\n250-DSN\r\n250 '],
  ['the begin of a line', '2'],
  ['many lines', '250-x\r\n'.repeat(1000)],
])
  test(`verdicts that somebody puts in the clear behind the STARTTLS reply do not count: ${title}`, {
    skip,
  }, async t => {
    const server = await scriptServer(t, {
      certificate,
      on: (command, session) => {
        if (command === 'STARTTLS') return `220 2.0.0 Go ahead\r\n${injected}`;
        return session.secure && /^RCPT/.test(command) ? '550 5.1.1 Nobody of that name' : undefined;
      },
    });
    const result = await new Courier(t).send([server], { manners: { tls: 'Required' } });
    assert.equal(kinds(result), 'failed');
    assert.match(String(inShort(result)), /5\.1\.1 Nobody of that name/);
    assert.equal(server.messages.length, 0);
  });

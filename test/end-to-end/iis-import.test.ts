/** An imported configuration at work: ports, who may relay, limits, retry times, secrets, and the way back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { encodeList, hexOf } from '../iis/encode.ts';
import { freePort, TestRelay, textOf } from '../support/relay-harness.ts';
import { SmtpClient } from '../support/relay-smtp.ts';

const LISTED = '127.0.0.7';
const UNLISTED = '127.0.0.8';
const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

async function started(t: TestContext): Promise<TestRelay> {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  return relay;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

function metabase(port: number, smartHostPort: number, attributes = ''): string {
  const list = hexOf(encodeList([], [{ mask: 0xffff_ffff, addresses: [number(LISTED)] }]));
  return `<?xml version ="1.0"?>
<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty>
<IIsSmtpService Location ="/LM/SmtpSvc" MaxRecipients="2" SmtpRemoteProgressiveRetry="1,2,3,4" DefaultDomain="local.example"/>
<IIsSmtpServer Location ="/LM/SmtpSvc/1" ServerComment="Old" ServerBindings="127.0.0.1:${port}:" RelayIpList="${list}"
 MaxMessageSize="2048" SmartHost="[127.0.0.1]" SmartHostType="2" RemoteSmtpPort="${smartHostPort}" LogType="1" ${attributes}/>
</MBProperty></configuration>`;
}

test('after the import the relay does what the old server did', async t => {
  const relay = await started(t);
  const port = await freePort();
  const before = await relay.control.call('settings.get');
  const content = base64(metabase(port, relay.sink.port));
  const plan = await relay.control.call('iis.plan', { content });
  assert.equal(plan.applied, false);
  assert.deepEqual(await relay.control.call('settings.get'), before, 'a plan changes nothing');
  const done = await relay.control.call('iis.import', { content });
  assert.equal(done.applied, true);
  assert.deepEqual(done.settings, plan.settings, 'what was planned was done');

  const listed = await SmtpClient.ready(port, { localAddress: LISTED });
  await listed.say('MAIL FROM:<app@example.com>', 250);
  await listed.say('RCPT TO:<one@elsewhere.example>', 250);
  await listed.say('DATA', 354);
  await listed.say('Subject: Moved in\r\n\r\nIt works.\r\n.', 250);
  await relay.sink.has(1);

  const unlisted = await SmtpClient.ready(port, { localAddress: UNLISTED });
  await unlisted.say('MAIL FROM:<app@example.com>', 250);
  await unlisted.say('RCPT TO:<one@elsewhere.example>', 550);
  await unlisted.say('RCPT TO:<one@local.example>', 250);

  const { lines } = await listed.say('EHLO app.example', 250);
  assert.ok(lines.some(line => line.includes('SIZE 2048')));
  await listed.say('MAIL FROM:<app@example.com> SIZE=4000', 552);
  await listed.say('MAIL FROM:<app@example.com>', 250);
  await listed.say('RCPT TO:<one@elsewhere.example>', 250);
  await listed.say('RCPT TO:<two@elsewhere.example>', 250);
  await listed.say('RCPT TO:<three@elsewhere.example>', 452);
  assert.deepEqual((await relay.control.call('settings.get')).retryInterval, [60, 120, 180, 240]);
  await assert.rejects(SmtpClient.ready(relay.port), 'the listener from before is gone');

  const back = await relay.control.call('settings.restore', { version: done.previousVersion! });
  assert.deepEqual(back.retryInterval, before.retryInterval);
  await assert.rejects(SmtpClient.ready(port, { localAddress: LISTED }));
  await (await SmtpClient.ready(relay.port)).say('NOOP', 250);
  await assert.rejects(relay.control.call('settings.restore', { version: 999 }), /Version 999 is not kept/);
});

test('passwords are asked for, kept out of every file but the vault, and Strict refuses without them', async t => {
  const relay = await started(t);
  const content = base64(
    metabase(await freePort(), relay.sink.port, 'RouteAction="264" RouteUserName="customer" RoutePassword="00aabb"'),
  );
  const listeners = await relay.control.call('listener.list');
  await assert.rejects(relay.control.call('iis.import', { content, strict: true }), /RoutePassword/);
  assert.deepEqual(await relay.control.call('listener.list'), listeners);
  const credentials = [{ userName: 'Customer', password: 'o2n8-very-secret' }];
  const done = await relay.control.call('iis.import', { content, strict: true, credentials });
  assert.equal(done.settings.find(({ setting }) => setting === 'RoutePassword')?.outcome, 'Carried');
  assert.ok(!JSON.stringify(done).includes('o2n8') && !JSON.stringify(done).includes('00aabb'));
  const [kept] = await relay.control.call('credential.list');
  assert.deepEqual([kept!.name, kept!.kind, kept!.userName], ['SmartHost', 'Password', 'customer']);
  assert.ok(!readFileSync(`${relay.folder}/settings.json`, 'utf8').includes('o2n8'));
  // The next import without a password does not send the one that is kept to another server.
  const again = await relay.control.call('iis.import', { content: base64(metabase(await freePort(), 2)) });
  assert.ok(again.applied);
  assert.deepEqual(
    (await relay.control.call('credential.list')).map(({ kind }) => kind),
    ['None'],
  );
  assert.equal(await textOf(`${relay.folder}/logs`).then(text => text.includes('o2n8')), false);
});

test('an open relay does not become one here, unless networks are named', async t => {
  const relay = await started(t);
  const content = base64(
    metabase(await freePort(), relay.sink.port).replace(/RelayIpList="[0-9a-f]*"/, 'RelayIpList=""'),
  );
  await relay.control.call('iis.import', { content });
  assert.deepEqual((await relay.control.call('restriction.get')).entries, []);
  const open = { content, openTo: ['0.0.0.0/0'] };
  await assert.rejects(relay.control.call('iis.import', open), /open relay/);
  await relay.control.call('iis.import', { content, openTo: ['10.0.0.0/8'] });
  assert.deepEqual(
    (await relay.control.call('restriction.get')).entries.map(({ entry }) => entry),
    ['10.0.0.0/8'],
  );
});

test('a listener that came closed stays closed for who only turns it on', async t => {
  const relay = await started(t);
  const port = await freePort();
  await relay.control.call('iis.import', { content: base64(metabase(port, relay.sink.port, 'IPSecurity="1800"')) });
  await assert.rejects(SmtpClient.ready(port, { localAddress: LISTED }));
  await relay.control.call('listener.set', { name: 'Old', enabled: true });
  await assert.rejects(SmtpClient.ready(port, { localAddress: LISTED }), 'it listens, and lets nobody in');
  await relay.control.call('listener.set', {
    name: 'Old',
    remoteIPRanges: [LISTED],
    deniedIPRanges: [],
    requireAuthentication: false,
  });
  await (await SmtpClient.ready(port, { localAddress: LISTED })).say('MAIL FROM:<app@example.com>', 250);
  await assert.rejects(SmtpClient.ready(port, { localAddress: UNLISTED }));
});

test('a merge adds listeners and routes, also with Strict, and opens no door onto a wider list', async t => {
  const relay = await started(t);
  const [first, second] = [await freePort(), await freePort()];
  const merged = { merge: true, strict: true };
  const domain =
    '<IIsSmtpDomain Location="/LM/SmtpSvc/1/Domain/partner.example" RouteAction="2" RouteActionString="[127.0.0.1]"/></MBProperty>';
  const content = (port: number) => base64(metabase(port, relay.sink.port).replace('</MBProperty>', domain));
  // The relay of the test lets all of this computer relay, the old server one address.
  await assert.rejects(relay.control.call('iis.import', { content: content(first), ...merged }), /RelayIpList/);
  await relay.control.call('iis.import', { content: content(first), merge: true });
  await assert.rejects(SmtpClient.ready(first, { localAddress: LISTED }));
  await relay.control.call('restriction.set', {
    mode: 'OnlyListed',
    entries: [{ entry: LISTED }],
    allowAuthenticated: false,
  });
  const done = await relay.control.call('iis.import', {
    content: base64(metabase(second, relay.sink.port).replace('"Old"', '"New"')),
    ...merged,
  });
  assert.ok(done.applied);
  const listed = await SmtpClient.ready(second, { localAddress: LISTED });
  await listed.say('MAIL FROM:<app@example.com>', 250);
  await listed.say('RCPT TO:<one@elsewhere.example>', 250);
  const unlisted = await SmtpClient.ready(second, { localAddress: UNLISTED });
  await unlisted.say('MAIL FROM:<app@example.com>', 250);
  await unlisted.say('RCPT TO:<one@elsewhere.example>', 550);
  await (await SmtpClient.ready(relay.port)).say('NOOP', 250);
  assert.ok((await relay.control.call('connector.list')).some(({ name }) => name === 'Domain partner.example'));
});

test('what is no configuration is refused with a word why', async t => {
  const relay = await started(t);
  for (const [text, why] of [
    ['', /It is no MetaBase.xml/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><configuration/>', /DTD/],
    ['<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0">&a;</configuration>', /not well-formed/],
    ['<configuration/>', /not the <configuration> of an IIS 6 metabase/],
    ['{"format":"SmtpRelay.IisSmtpExport","version":2}', /version 2/],
    ['[]', /no SMTP virtual server/],
  ] as const)
    await assert.rejects(relay.control.call('iis.plan', { content: base64(text) }), why);
  const content = base64(metabase(2525, 25));
  await assert.rejects(relay.control.call('iis.plan', { content, virtualServers: [7] }), /no virtual server 7/);
});

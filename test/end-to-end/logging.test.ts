/** The logs of a real relay while its sessions go on: rotation, changes of everything, clean stops; no line is lost. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Control } from '../../src/contract/control.generated.ts';
import { removeFolder, TestRelay, temporaryFolder, textOf, until } from '../support/relay-harness.ts';

type Change = Control['logging.set']['params'];

const SESSIONS = 8;
const LINES = 90;

/** The files of a folder, without the list of those that are ours. */
async function logsOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.log')).sort();
  return (await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))).join('');
}

/** Each says its own numbers, all at once, as clients with PIPELINING do. */
async function talk(relay: TestRelay, round: number): Promise<string[]> {
  const said: string[] = [];
  const session = async (number: number) => {
    const client = await relay.client();
    const words = Array.from({ length: LINES }, (_, line) => `n${round}-${number}-${line}-${'x'.repeat(120)}`);
    client.send(words.map(word => `NOOP ${word}\r\n`).join(''));
    for (const _ of words) await client.expect(250);
    await client.say('QUIT', 221);
    said.push(...words);
  };
  await Promise.all(Array.from({ length: SESSIONS }, (_, number) => session(number)));
  return said;
}

test('no line of real sessions is lost or doubled over rotations, changes of everything, and clean stops', async t => {
  const elsewhere = await temporaryFolder();
  const relay = await TestRelay.start({
    logging: { protocolLogPeriod: 'Size', protocolLogMaxFileSize: 65_536 },
  });
  t.after(async () => {
    await relay.stop();
    await removeFolder(elsewhere);
  });
  const changes: Change[] = [
    {},
    { protocolLogFormat: 'Compatible' },
    { protocolLogPath: join(elsewhere, 'SMTPSVC1'), protocolLogFields: ['time', 'cs-method', 'cs-uri-query'] },
    { protocolLogPeriod: 'Hour' },
    { protocolLogFormat: 'W3C', protocolLogFields: [] },
    { protocolLogPath: null, protocolLogPeriod: 'Size' },
  ];
  // The contract is made ready at the first call, and nobody is heard meanwhile.
  await relay.control.call('logging.get');
  const said: string[] = [];
  for (const [round, change] of changes.entries()) {
    // In the middle of it.
    const [words] = await Promise.all([talk(relay, round), relay.control.call('logging.set', change)]);
    said.push(...words);
    if (round % 3 === 2) await relay.restart();
  }
  await relay.restart();
  const own = join(relay.folder, 'logs', 'protocol');
  const text = (await logsOf(own)) + (await logsOf(join(elsewhere, 'SMTPSVC1')));
  const found = text.match(/n\d+-\d+-\d+-x{120}/g) ?? [];
  assert.equal(found.length, said.length);
  assert.deepEqual(new Set(found), new Set(said));
  const names = [...(await readdir(own)), ...(await readdir(join(elsewhere, 'SMTPSVC1')))];
  assert.ok(names.includes('extend1.log') && names.includes('u_extend2.log'), names.join(' '));
  assert.ok(names.filter(name => name.endsWith('.log')).length > 8, names.join(' '));
  // Every line stands below the fields it was written by.
  for (const block of text.split(/^#Fields: /m).slice(1)) {
    const [fields, ...lines] = block.split(/\r?\n/).filter(line => !line.startsWith('#'));
    const count = fields!.trim().split(' ').length;
    assert.ok(lines.every(line => line === '' || line.split(' ').length === count));
  }
});

test('a level of its own holds for a listener and for a connector, whatever is said for all', async t => {
  const relay = await TestRelay.start({ logging: { protocolLoggingLevel: 'None' } });
  t.after(() => relay.stop());
  const deliver = async (name: string) => {
    const client = await relay.client();
    await client.mail(`Subject: ${name}\r\n\r\nx\r\n`);
    await until(`${name} has arrived`, () =>
      relay.sink.messages.some(({ bytes }) => bytes.includes(`Subject: ${name}`)),
    );
    const { protocol } = await relay.logs();
    return [/ DATA - \+?<[^>]+> 250 /, / OutboundConnectionCommand /].map(line => line.test(protocol));
  };
  assert.deepEqual(await deliver('nowhere'), [false, false]);
  await relay.control.call('connector.set', { name: 'Next', protocolLoggingLevel: 'Verbose' });
  assert.deepEqual(await deliver('out'), [false, true]);
  await relay.control.call('logging.set', { protocolLogFormat: 'Compatible' });
  await relay.control.call('listener.set', { name: 'Default', protocolLoggingLevel: 'Verbose' });
  assert.deepEqual(await deliver('both'), [true, true]);
});

test('what a real session leaves in the format of IIS is what IIS would leave', async t => {
  const relay = await TestRelay.start({ logging: { protocolLogFormat: 'Compatible' } });
  t.after(() => relay.stop());
  const client = await relay.client();
  await client.say('user-agent: Mozilla/4.0 (compatible)', 500);
  await client.mail('Message-ID: <1@app.example.com>\r\nSubject: x\r\n\r\nx\r\n');
  await client.say('QUIT', 221);
  await until('it has arrived', () => relay.sink.messages.length === 1);
  await relay.logs();
  const protocol = await logsOf(join(relay.folder, 'logs', 'protocol'));
  const lines = protocol.split('\r\n').map(line => line.split(' '));
  const inbound = lines.filter(values => values.length === 21 && !values[3]!.startsWith('Outbound'));
  const shown = inbound.map(([, , , , site, , address, port, verb, stem, query, status]) =>
    [site, address, port, verb, stem, query, status].join(' '),
  );
  const name = inbound.find(([, , , , , , , , verb]) => verb === 'QUIT')![10];
  const [ehlo, junk, mail, rcpt, data, quit] = shown;
  assert.equal(ehlo, `SMTPSVC1 127.0.0.1 0 EHLO - +${name} 250`);
  assert.equal(junk, 'SMTPSVC1 127.0.0.1 0 user-agent: - +Mozilla/4.0+(compatible) 500');
  assert.match(mail!, /^SMTPSVC1 127\.0\.0\.1 0 MAIL - \+FROM:<\S+ 250$/);
  assert.match(rcpt!, /^SMTPSVC1 127\.0\.0\.1 0 RCPT - \+TO:<\S+ 250$/);
  assert.equal(data, 'SMTPSVC1 127.0.0.1 0 DATA - +<1@app.example.com> 250');
  assert.equal(quit, `SMTPSVC1 127.0.0.1 0 QUIT - ${name} 240`);
  const outbound = lines.filter(([, , , user]) => user?.startsWith('Outbound'));
  assert.ok(outbound.length > 6);
  for (const [, , , user, , , own, port, , , query, status, , sent] of outbound) {
    assert.deepEqual([own, status], ['-', '0']);
    assert.equal(port, String(relay.sink.port));
    if (user === 'OutboundConnectionCommand') assert.equal(sent, '4');
    else assert.match(query!, /^\d{3}[+-]/);
  }
  // The client that said nothing of a Message-ID hears of one that was made, without the plus.
  const second = await relay.client();
  await second.mail('Subject: y\r\n\r\ny\r\n');
  assert.match((await relay.logs()).protocol, / DATA - <[^ >]+@relay\.test> 250 /);
  assert.doesNotMatch(protocol, /[^\r]\n/);
});

test('a folder that can not be written stops no mail, and is told of until it can be written again', async t => {
  const elsewhere = await temporaryFolder();
  const relay = await TestRelay.start();
  t.after(async () => {
    await relay.stop();
    await removeFolder(elsewhere);
  });
  const folder = join(elsewhere, 'logs');
  await relay.control.call('logging.set', { protocolLogPath: folder });
  await removeFolder(folder);
  await writeFile(folder, 'not a folder');
  await (await relay.client()).mail('Subject: x\r\n\r\nx\r\n');
  await until('health tells of it', async () =>
    (await relay.control.call('relay.get')).warnings.some(warning => warning.includes('protocol log')),
  );
  assert.match((await relay.logs()).activity, /The protocol log cannot be written/);
  await removeFolder(folder);
  await until('it is written again', async () => (await textOf(folder)).includes(' DATA '), 20_000);
  assert.match(await readFile(join(folder, (await readdir(folder))[0]!), 'utf8'), /^#Software/);
});

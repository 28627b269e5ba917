/**
 * A real Postfix as next hop that takes, defers, refuses, greylists and is limited in size: what becomes
 * of each recipient, by the control port, the tracking log and the stored mail.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { namedMessage, nameOf } from '../../scripts/load/message.ts';
import { greylisting, noPostfix, Postfix } from '../support/postfix.ts';
import { smartHost, TestRelay, until } from '../support/relay-harness.ts';

const SIZE_LIMIT = 30_000;
const RULES = [
  '/^later@/ 450 4.2.1 Come back later',
  '/^full@/ 452 4.2.2 Mailbox full',
  '/^refuse@/ 550 5.7.1 Not wanted here',
];

interface Scene {
  readonly relay: TestRelay;
  readonly postfix: Postfix;
  /** Sends a message of this name to local parts of example.test. @returns its queue id. */
  readonly send: (name: string, localParts: readonly string[], size?: number) => Promise<string>;
  /** Addresses that still wait, with what is said of them. */
  readonly waiting: (id: string) => Promise<Record<string, string | null>>;
  /** Waits until all but these recipients are done with. */
  readonly leaves: (id: string, localParts: readonly string[]) => Promise<void>;
  /** Reports that came to the sender of this message. */
  readonly reports: (name: string) => string[];
  /** Event and recipients of the tracking log, in order. */
  readonly events: (id: string) => Promise<string[]>;
}

async function scene(t: TestContext): Promise<Scene> {
  const { port: policy } = await greylisting(t);
  const postfix = await Postfix.start(
    t,
    [
      `message_size_limit = ${SIZE_LIMIT}`,
      'smtpd_sender_restrictions = check_sender_access regexp:$etc/senders',
      `smtpd_recipient_restrictions = check_recipient_access regexp:$etc/recipients, check_policy_service inet:127.0.0.1:${policy}`,
      'header_checks = regexp:$etc/headers',
    ],
    {
      recipients: `${RULES.join('\n')}\n`,
      senders: '/^unwanted@/ REJECT Sender not wanted\n',
      headers: '/^Subject: spam/ REJECT Looks like spam\n',
    },
  );
  const relay = await TestRelay.start({
    general: { retryInterval: [3600] },
    connectors: [smartHost(postfix.port, { name: 'Postfix', addressSpaces: ['example.test'] })],
  });
  t.after(() => relay.stop());
  const box = smartHost(relay.sink.port, { name: 'Senders', addressSpaces: ['senders.test'] });
  await relay.control.call('connector.create', box as never);
  const { control, sink } = relay;
  const address = (localPart: string) => `${localPart}@example.test`;
  const send: Scene['send'] = async (name, localParts, size = 5000) => {
    const [recipients, sender] = [localParts.map(address), `${name}@senders.test`];
    const text = namedMessage(name, sender, recipients[0]!, size).toString('latin1').replace(/^\./gm, '..');
    const client = await relay.client();
    const id = await client.mail(text, recipients, sender);
    await client.quit();
    return id;
  };
  const waiting: Scene['waiting'] = async id => {
    const messages = await control.call('message.list', { filter: `InternalMessageId -eq '${id}'` });
    return Object.fromEntries(
      messages.flatMap(({ recipients }) => recipients.map(({ emailAddress, lastError }) => [emailAddress, lastError])),
    );
  };
  const leaves: Scene['leaves'] = async (id, localParts) => {
    const expected = localParts.map(address);
    await until(`only ${expected} wait`, async () => {
      const left = await waiting(id);
      return Object.keys(left).join() === expected.join() && Object.values(left).every(said => said !== null);
    });
  };
  const reports: Scene['reports'] = name =>
    sink.messages
      .filter(({ recipients }) => recipients.includes(`${name}@senders.test`))
      .map(({ bytes }) => bytes.toString('latin1'));
  const events: Scene['events'] = async id => {
    await relay.relay.log.flush();
    const entries = await control.call('tracking.read', {});
    return entries
      .filter(entry => entry.internalMessageId === id || entry.reference?.includes(id))
      .map(({ eventId, recipients }) => `${eventId} ${recipients.join(' ')}`);
  };
  return { relay, postfix, send, waiting, leaves, reports, events };
}

/** What a report says of each recipient. */
const verdicts = (report: string) =>
  Object.fromEntries(
    [...report.matchAll(/^Final-Recipient: rfc822; (\S+)\r\n(?:[^\r\n]+\r\n)*?Diagnostic-Code: (.*)\r$/gm)].map(
      match => [match[1]!, match[2]!],
    ),
  );

test('each outcome at a real Postfix lands where it should', { skip: noPostfix, timeout: 120_000 }, async t => {
  const { relay, postfix, send, waiting, leaves, reports, events } = await scene(t);
  const { control } = relay;

  await t.test('what it takes is stored for each recipient, whole and once', async () => {
    const id = await send('taken', ['anna', 'bert']);
    await leaves(id, []);
    for (const recipient of ['anna@example.test', 'bert@example.test']) {
      assert.equal(nameOf(await postfix.untilDelivered(recipient)), 'taken');
      assert.equal((await postfix.delivered(recipient)).length, 1);
    }
    assert.deepEqual(await events(id), [
      'RECEIVE anna@example.test bert@example.test',
      'SEND anna@example.test bert@example.test',
    ]);
    assert.deepEqual(reports('taken'), []);
  });

  let mixed = '';
  await t.test('in one transaction each recipient has its own fate', async () => {
    mixed = await send('mixed', ['carl', 'later', 'refuse', 'unknown', 'full', 'dora']);
    await leaves(mixed, ['later', 'full']);
    const left = await waiting(mixed);
    assert.match(left['later@example.test']!, /^450 4\.2\.1 <later@example\.test>: .*Come back later$/);
    assert.match(left['full@example.test']!, /^452 4\.2\.2 <full@example\.test>: .*Mailbox full$/);
    for (const recipient of ['carl@example.test', 'dora@example.test'])
      assert.equal(nameOf(await postfix.untilDelivered(recipient)), 'mixed');
    // One report for both that were refused, in the server's words.
    await until('the report comes', () => reports('mixed').length > 0);
    const said = verdicts(reports('mixed')[0]!);
    assert.deepEqual(Object.keys(said), ['refuse@example.test', 'unknown@example.test']);
    assert.match(said['refuse@example.test']!, /^smtp; 550 5\.7\.1 <refuse@example\.test>: .*Not wanted here$/);
    assert.match(said['unknown@example.test']!, /^smtp; 550 5\.1\.1 <unknown@example\.test>: .*User unknown/);
    const [queue] = await control.call('queue.list');
    assert.notEqual(queue!.status, 'Retry', 'a server that answers is no server out of reach');
  });

  await t.test('what is larger than it takes is returned unsent', async () => {
    const id = await send('large', ['emil'], SIZE_LIMIT + 10_000);
    await leaves(id, []);
    await until('the report comes', () => reports('large').length > 0);
    assert.match(verdicts(reports('large')[0]!)['emil@example.test']!, /552 5\.3\.4 /);
    assert.deepEqual(await postfix.delivered('emil@example.test'), []);
  });

  await t.test('what it refuses for its sender or its content is returned for all recipients', async () => {
    for (const [name, says] of [
      ['unwanted', /554 5\.7\.1 .*Sender not wanted/],
      ['spam', /550 5\.7\.1 Looks like spam/],
    ] as const) {
      const id = await send(name, ['fritz', 'gerd']);
      await leaves(id, []);
      await until('the report comes', () => reports(name).length > 0);
      const said = verdicts(reports(name)[0]!);
      assert.deepEqual(Object.keys(said), ['fritz@example.test', 'gerd@example.test']);
      for (const text of Object.values(said)) assert.match(text, says);
      assert.deepEqual(
        (await events(id)).map(line => line.split(' ')[0]),
        ['RECEIVE', 'FAIL', 'DSN'],
      );
    }
    assert.deepEqual(await postfix.delivered('fritz@example.test'), []);
  });

  await t.test('what is greylisted comes through at the next attempt', async () => {
    const id = await send('grey', ['hans', 'grey1', 'grey2']);
    await leaves(id, ['grey1', 'grey2']);
    for (const said of Object.values(await waiting(id))) assert.match(said!, /^450 4\.7\.1 .*Greylisted, come back/);
    await control.call('message.retry', { identity: id });
    await leaves(id, []);
    for (const recipient of ['hans', 'grey1', 'grey2']) {
      await postfix.untilDelivered(`${recipient}@example.test`);
      assert.equal((await postfix.delivered(`${recipient}@example.test`)).length, 1);
    }
    assert.deepEqual(
      (await events(id)).map(line => line.split(' ')[0]),
      ['RECEIVE', 'SEND', 'DEFER', 'DEFER', 'SEND'],
    );
  });

  await t.test('what was deferred arrives when Postfix takes it, and the others get nothing twice', async () => {
    await postfix.change('recipients', `${RULES.filter(rule => rule.includes('refuse')).join('\n')}\n`);
    await until('nothing waits', async () => {
      await control.call('queue.retry', { identity: '*' });
      return (await control.call('relay.get')).queued === 0;
    });
    for (const name of ['carl', 'dora', 'later', 'full']) {
      const recipient = `${name}@example.test`;
      assert.equal(nameOf(await postfix.untilDelivered(recipient)), 'mixed');
      assert.equal((await postfix.delivered(recipient)).length, 1, recipient);
    }
    assert.deepEqual(await waiting(mixed), {});
    assert.deepEqual(await relay.queueFiles(), []);
    for (const name of ['mixed', 'large', 'unwanted', 'spam']) assert.equal(reports(name).length, 1, name);
  });
});

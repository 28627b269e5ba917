/** Every method of the contract, over real HTTP against a real relay; each result is what the contract says. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { controlSchema, type Validator, validatorFor } from '../../src/contract/schemas.ts';
import { type ControlClient, freePort, type Method, smartHost, TestRelay, until } from '../support/relay-harness.ts';
import { Sink } from '../support/relay-sink.ts';
import { dnsServer, type Zone } from '../support/smtp-dns-server.ts';

const methods = Object.keys(controlSchema.properties) as Method[];
const called = new Set<Method>();
const validators = new Map<Method, Validator>();

let relay: TestRelay;
let sink: Sink;
let control: ControlClient;

/** The client of a relay that checks each result against the contract and notes the method. */
function checked(of: TestRelay): ControlClient {
  const call = of.control.call.bind(of.control);
  of.control.call = async (method, params) => {
    const result = await call(method, params);
    let validate = validators.get(method);
    if (!validate) {
      validate = validatorFor(`control.schema.json#/properties/${method}/properties/result`);
      validators.set(method, validate);
    }
    const given = structuredClone(result);
    assert.deepEqual(validate(given), [], `${method}: ${JSON.stringify(result)}`);
    // A validator fills in defaults: nothing may have been missing.
    assert.deepEqual(given, result, `${method} leaves something out`);
    called.add(method);
    return result;
  };
  return of.control;
}

before(async () => {
  sink = await Sink.start();
  relay = await TestRelay.start({ connectors: [smartHost(sink.port)] });
  control = checked(relay);
});
after(async () => {
  await relay.stop();
  await sink.stop();
});

describe('rpc.discover and relay.get', () => {
  it('give the contract itself', async () => {
    assert.deepEqual(await control.call('rpc.discover'), controlSchema);
  });

  it('give the state of the service', async () => {
    const state = await control.call('relay.get');
    assert.equal(state.name, 'relay.test');
    assert.equal(state.status, 'Running');
    assert.equal(state.dataPath, relay.folder);
    assert.equal(state.controlPort, control.port);
    assert.equal(state.processId, process.pid);
    assert.deepEqual(state.endpoints, [
      { listener: 'Default', address: '127.0.0.1', port: relay.port, state: 'Listening', error: null },
    ]);
    assert.deepEqual([state.health, state.warnings], ['Green', []]);
  });
});

describe('settings', () => {
  it('are changed, kept in settings.json and counted', async () => {
    const before = await control.call('settings.get');
    const now = await control.call('settings.set', { maxHopCount: 17, pickupEnabled: false });
    assert.deepEqual([now.maxHopCount, now.pickupEnabled], [17, false]);
    assert.equal(now.settingsVersion, before.settingsVersion + 1);
    const file = JSON.parse(await readFile(join(relay.folder, 'settings.json'), 'utf8'));
    assert.equal(file.general.maxHopCount, 17);
    assert.equal(file.general.maxMessageSize, before.maxMessageSize);
    await control.call('settings.set', { pickupEnabled: true });
  });

  it('of the logs are changed alone, with the folders that they mean', async () => {
    const before = await control.call('logging.get');
    assert.equal(before.protocolLogDirectory, join(relay.folder, 'logs', 'protocol'));
    const folder = join(relay.folder, 'logs', 'elsewhere');
    const now = await control.call('logging.set', { activityLogPath: folder, protocolLogMaxAge: 7200 });
    assert.deepEqual(now, {
      ...before,
      activityLogPath: folder,
      activityLogDirectory: folder,
      protocolLogMaxAge: 7200,
    });
    const refused = await control.fails('logging.set', { messageTrackingLogPath: join(relay.folder, 'Queue') });
    assert.deepEqual([refused.id, refused.paths], ['InvalidParameter', ['messageTrackingLogPath']]);
    const blocked = await control.fails('logging.set', { protocolLogPath: join(relay.folder, 'settings.json') });
    assert.match(blocked.message, /^protocolLogPath can't be used by the account of the relay: /);
    assert.deepEqual(
      await control.call('logging.set', { activityLogPath: null, protocolLogMaxAge: 2_592_000 }),
      before,
    );
  });

  it('that stay as they are make no new version', async () => {
    const before = await control.call('settings.get');
    assert.deepEqual(await control.call('settings.set', { maxHopCount: before.maxHopCount }), before);
    assert.deepEqual(await control.call('settings.set', {}), before);
  });

  it('that are changed at the same time do not lose each other', async () => {
    const changes: [string, number][] = Array.from({ length: 20 }, (_, i) => [`10.0.0.${i}`, i]);
    const fields = ['maxHopCount', 'maxRecipientsPerMessage', 'connectionTimeout', 'maxOutboundConnections'] as const;
    await Promise.all([
      ...changes.map(([entry]) => control.call('restriction.add', { entries: [{ entry }] })),
      ...fields.map((field, i) => control.call('settings.set', { [field]: 50 + i })),
      ...changes.map(([, i]) => control.call('domain.create', { name: `d${i}.example` })),
    ]);
    const { entries } = await control.call('restriction.get');
    for (const [entry] of changes)
      assert.ok(
        entries.some(other => other.entry === entry),
        entry,
      );
    const general = await control.call('settings.get');
    for (const [i, field] of fields.entries()) assert.equal(general[field], 50 + i);
    assert.equal((await control.call('domain.list')).length, 20);
    for (const { name } of await control.call('domain.list')) await control.call('domain.remove', { name });
    await control.call('restriction.remove', { entries: changes.map(([entry]) => entry) });
  });

  it('that contradict each other are refused in the words of the caller', async () => {
    const error = await control.fails('settings.set', { controlPort: relay.port });
    assert.equal(error.id, 'InvalidParameter');
    assert.deepEqual(error.paths, [`listeners[0].bindings[0].port`]);
    const connector = await control.fails('connector.set', { name: 'Next', smartHosts: [] });
    assert.deepEqual([connector.id, connector.paths], ['InvalidParameter', ['smartHosts']]);
  });

  it('with a DNS server that cannot be used are refused and do not end the relay', async () => {
    for (const server of ['127.0.0.1:99999', '127.0.0.1:0', '[1.2.3.4:53', '1.2.3.4]:53', '::1:', '[1.2.3.4]:53'])
      assert.deepEqual((await control.fails('settings.set', { dnsServer: [server] })).paths, ['dnsServer[0]'], server);
    const good = ['127.0.0.1', '127.0.0.1:5353', '::1', '[::1]:53'];
    assert.deepEqual((await control.call('settings.set', { dnsServer: good })).dnsServer, good);
    await control.call('settings.set', { dnsServer: [] });
  });
});

describe('restriction', () => {
  it('is read, replaced, added to and taken from; entries are kept in one spelling', async () => {
    const entries = [
      { entry: '10.1.2.3/8', comment: 'a network' },
      { entry: '192.168.0.1-192.168.0.1' },
      { entry: '2001:DB8:0::1' },
      { entry: '10.0.0.0/255.0.0.0' },
    ];
    const set = await control.call('restriction.set', { entries });
    assert.deepEqual(set.entries, [
      { entry: '10.0.0.0/8', comment: 'a network' },
      { entry: '192.168.0.1', comment: null },
      { entry: '2001:db8::1', comment: null },
    ]);
    assert.equal(set.openToEveryone, false);
    const added = await control.call('restriction.add', {
      entries: [{ entry: '10.9.9.9/8' }, { entry: '172.16.0.0/12' }],
    });
    assert.deepEqual(
      added.entries.map(({ entry }) => entry),
      ['10.0.0.0/8', '192.168.0.1', '2001:db8::1', '172.16.0.0/12'],
    );
    const removed = await control.call('restriction.remove', { entries: ['10.255.0.1/8', '2001:0db8::0001'] });
    assert.deepEqual(
      removed.entries.map(({ entry }) => entry),
      ['192.168.0.1', '172.16.0.0/12'],
    );
    assert.deepEqual(await control.call('restriction.get'), removed);
  });

  it('removes all that is named or nothing', async () => {
    const before = await control.call('restriction.get');
    const error = await control.fails('restriction.remove', { entries: ['192.168.0.1', '9.9.9.9'] });
    assert.equal(error.id, 'NotFound');
    assert.deepEqual(error.error.data.problems, [{ path: 'entries', value: '9.9.9.9', message: 'is not in the list' }]);
    assert.deepEqual(await control.call('restriction.get'), before);
  });

  it('names the bad entries', async () => {
    const error = await control.fails('restriction.add', {
      entries: [{ entry: '10.0.0.0/8' }, { entry: '10.0.0.300' }, { entri: 'x' }],
    });
    assert.equal(error.id, 'InvalidParameter');
    assert.deepEqual(error.paths.sort(), ['entries[1].entry', 'entries[2].entri', 'entries[2].entry']);
  });

  for (const [title, method, params] of [
    ['the other mode', 'restriction.set', { mode: 'AllExceptListed' }],
    ['an entry for everybody', 'restriction.add', { entries: [{ entry: '0.0.0.0/0' }] }],
    ['halves that make a whole', 'restriction.set', { entries: [{ entry: '0.0.0.0/1' }, { entry: '128.0.0.0/1' }] }],
    ['all of IPv6', 'restriction.add', { entries: [{ entry: '2000::/3' }] }],
  ] as const)
    it(`does not become an open relay by ${title} unless that is said`, async () => {
      const before = await control.call('restriction.get');
      const error = await control.fails(method, params);
      assert.equal(error.id, 'OpenRelay');
      assert.match(error.message, /Nothing was changed/);
      assert.deepEqual(await control.call('restriction.get'), before);
      const open = await control.call(method, { ...params, acceptOpenRelay: true } as never);
      assert.equal((open as { openToEveryone: boolean }).openToEveryone, true);
      const state = await control.call('relay.get');
      assert.equal(state.health, 'Red');
      assert.match(state.warnings.join(' '), /open relay/);
      const warnings = async () => (await relay.logs()).activity.split('This is an open relay').length;
      const warned = await warnings();
      assert.ok(warned > 1);
      // What has nothing to do with it is no reason to say it again.
      for (const postmaster of ['a@b.example', null]) await control.call('settings.set', { postmaster });
      assert.equal(await warnings(), warned);
      await control.call('restriction.set', { mode: 'OnlyListed', entries: before.entries });
      assert.equal((await control.call('relay.get')).health, 'Green');
    });

  it('explains a decision with the way the mail would take', async () => {
    await control.call('restriction.set', { entries: [{ entry: '127.0.0.0/8' }] });
    const yes = await control.call('restriction.test', {
      ipAddress: '127.0.0.1',
      recipient: 'a@b.example',
      sender: 'x@y.example',
    });
    assert.deepEqual(
      [yes.allowed, yes.rule, yes.connector, yes.nextHop],
      [true, 'OnlyListed:127.0.0.0/8', 'Next', `127.0.0.1:${sink.port}`],
    );
    const no = await control.call('restriction.test', { ipAddress: '10.0.0.1' });
    assert.deepEqual([no.allowed, no.rule, no.connector, no.nextHop], [false, 'OnlyListed:none', null, null]);
    assert.deepEqual((await control.fails('restriction.test', { ipAddress: '10.0.0' })).paths, ['ipAddress']);
    await control.call('restriction.set', {
      clientCertificates: [{ certificate: 'CN=press.example' }, { certificate: 'ab'.repeat(20) }],
    });
    for (const [clientCertificate, rule] of [
      ['AB'.repeat(20), `ClientCertificate:${'ab'.repeat(20)}`],
      ['CN=Press.Example', 'ClientCertificate:CN=press.example'],
      ['CN=other.example', 'OnlyListed:none'],
      ['cd'.repeat(32), 'OnlyListed:none'],
    ] as const) {
      const answer = await control.call('restriction.test', { ipAddress: '10.0.0.1', clientCertificate });
      assert.equal(answer.rule, rule, clientCertificate);
    }
    const wrong = { ipAddress: '10.0.0.1', clientCertificate: 'press.example' };
    assert.deepEqual((await control.fails('restriction.test', wrong)).paths, ['clientCertificate']);
  });
});

describe('lists of named things', () => {
  it('domains are made, changed, listed and removed', async () => {
    assert.deepEqual(await control.call('domain.create', { name: 'contoso.com' }), {
      name: 'contoso.com',
      allowRelay: false,
      dropDirectory: null,
    });
    const changed = { name: 'contoso.com', allowRelay: true, dropDirectory: null };
    assert.deepEqual(await control.call('domain.set', { name: 'CONTOSO.com', allowRelay: true }), changed);
    assert.deepEqual(await control.call('domain.list'), [changed]);
    assert.equal((await control.fails('domain.create', { name: 'Contoso.Com' })).id, 'AlreadyExists');
    assert.deepEqual(await control.call('domain.remove', { name: 'contoso.com' }), { removed: 1 });
    for (const method of ['domain.set', 'domain.remove'])
      assert.equal((await control.fails(method, { name: 'contoso.com' })).id, 'NotFound');
    assert.deepEqual((await control.fails('domain.create', { name: 'a..b' })).paths, ['name']);
  });

  it('accounts are made, changed, listed and removed; nothing of the password comes back', async () => {
    const made = await control.call('account.create', { name: 'scanner', password: 'long enough' });
    const rights = { sendAs: [], allowedRecipients: [], remoteIPRanges: [], maxMessagesPerHour: null };
    assert.deepEqual(made, { name: 'scanner', enabled: true, ...rights, lastLogon: null });
    assert.equal(
      (await control.fails('account.create', { name: 'SCANNER', password: 'long enough' })).id,
      'AlreadyExists',
    );
    assert.deepEqual(await control.call('account.set', { name: 'scanner', enabled: false }), {
      ...made,
      enabled: false,
    });
    assert.deepEqual(await control.call('account.set', { name: 'scanner', password: 'another one' }), {
      ...made,
      enabled: false,
    });
    assert.deepEqual(await control.call('account.list'), [{ ...made, enabled: false }]);
    const limits = { sendAs: ['*@example.com'], remoteIPRanges: ['10.0.0.0/8'], maxMessagesPerHour: 5 };
    assert.deepEqual(await control.call('account.set', { name: 'scanner', ...limits }), {
      ...made,
      enabled: false,
      ...limits,
    });
    const bad = { sendAs: ['everybody'], remoteIPRanges: ['10.0.0'], maxMessagesPerHour: 0 };
    assert.deepEqual((await control.fails('account.set', { name: 'scanner', ...bad })).paths.sort(), [
      'maxMessagesPerHour',
      'remoteIPRanges[0]',
      'sendAs[0]',
    ]);
    assert.deepEqual(await control.call('account.remove', { name: 'scanner' }), { removed: 1 });
    assert.equal((await control.fails('account.set', { name: 'scanner' })).id, 'NotFound');
  });

  it('bans are listed and lifted', async () => {
    assert.deepEqual(await control.call('ban.list'), []);
    const { paths, id } = await control.fails('ban.remove', { ipAddress: '192.0.2.9' });
    assert.deepEqual([id, paths], ['NotFound', ['ipAddress']]);
    const banned = await TestRelay.start();
    try {
      const ban = { source: '192.0.2.9', failures: 10, since: Date.now(), until: Date.now() + 3_600_000 };
      await writeFile(join(banned.folder, 'bans.json'), JSON.stringify({ version: 1, bans: [ban] }));
      await banned.restart();
      const listed = await checked(banned).call('ban.list', { ipAddress: '192.0.2.*' });
      assert.deepEqual(
        listed.map(({ ipAddress, failures }) => [ipAddress, failures]),
        [['192.0.2.9', 10]],
      );
      assert.deepEqual(await checked(banned).call('ban.remove', { ipAddress: '192.0.2.9' }), { removed: 1 });
    } finally {
      await banned.stop();
    }
  });

  it('connectors are made, changed, listed and removed; what is not named stays as it is', async () => {
    const made = await control.call('connector.create', {
      name: 'Partner',
      type: 'SmartHost',
      smartHosts: [{ host: 'mail.partner.example' }],
      addressSpaces: ['partner.example', '*.partner.example'],
      cost: 5,
      comment: 'by contract',
    });
    assert.deepEqual(made.smartHosts, [{ host: 'mail.partner.example', port: 25, weight: 1 }]);
    assert.deepEqual([made.tlsMode, made.maxConnections, made.enabled], ['Opportunistic', 20, true]);
    const changed = await control.call('connector.set', { name: 'partner', tlsMode: 'Required' });
    assert.deepEqual(changed, { ...made, tlsMode: 'Required' });
    assert.deepEqual(
      (await control.call('connector.list')).map(({ name }) => name),
      ['Next', 'Partner'],
    );
    const missing = await control.fails('connector.set', { name: 'Partnre', cost: 1 });
    assert.deepEqual([missing.id, missing.paths], ['NotFound', ['name']]);
    assert.match(missing.message, /did you mean "Partner"\?/);
    assert.equal((await control.fails('connector.create', { name: 'PARTNER', type: 'Direct' })).id, 'AlreadyExists');
    assert.deepEqual((await control.fails('connector.create', { name: 'New' })).paths, ['type']);
    assert.deepEqual((await control.fails('connector.create', { name: 'New', type: 'SmartHost' })).paths, [
      'smartHosts',
    ]);
    assert.deepEqual(await control.call('connector.remove', { name: 'Partner' }), { removed: 1 });
    assert.equal((await control.fails('connector.remove', { name: 'Partner' })).id, 'NotFound');
  });
});

describe('a message of an administrator', () => {
  const message = { sender: 'boss@relay.test', subject: 'Pr\u00fcfung \u2013 a test', body: '.dot\nline\u00e4' };

  it('is delivered like any other, and its result can be waited for', async () => {
    const { internalMessageId, finished, recipients } = await control.call('message.submit', {
      ...message,
      recipients: ['a@b.example', 'c@d.example'],
    });
    assert.equal(recipients.length, 2);
    if (!finished) {
      const result = await until('it is delivered', async () => {
        const latest = await control.call('message.result', { internalMessageId, wait: 10 });
        return latest.finished && latest;
      });
      for (const { result: outcome, connector, remote, reply } of result.recipients)
        assert.deepEqual(
          [outcome, connector, remote, reply?.slice(0, 3)],
          ['Delivered', 'Next', `127.0.0.1 [127.0.0.1]:${sink.port}`, '250'],
        );
    }
    const [received] = await sink.has(1);
    assert.equal(received!.sender, 'boss@relay.test');
    const text = received!.bytes.toString('utf8');
    assert.match(text, /^Received: from unknown \(\[127\.0\.0\.1\]\)\r\n\tby relay\.test \(SmtpRelay\) with LOCAL id /);
    assert.match(text, /\r\nDate: .*\r\nMessage-ID: </);
    assert.ok(text.endsWith('\r\n\r\n.dot\r\nline\u00e4\r\n'));
    const tracking = await control.call('tracking.read', { internalMessageId });
    assert.deepEqual(
      tracking.map(entry => entry.eventId),
      ['SUBMIT', 'SEND'],
    );
    assert.equal(tracking[0]!.messageSubject, message.subject);
    const [story] = await control.call('tracking.trace', { internalMessageId });
    assert.deepEqual([story!.status, story!.sender, story!.events.length], ['Delivered', 'boss@relay.test', 2]);
    assert.match(story!.summary, /250/);
    assert.ok((await control.call('log.read', { direction: 'Outbound' })).some(entry => entry.command === 'DATA'));
  });

  it('that is refused by the next hop has a failed result with the reply', async () => {
    sink.refuse = recipient => (recipient.startsWith('no') ? { code: 550, text: '5.1.1 Never heard of' } : null);
    const { internalMessageId } = await control.call('message.submit', {
      ...message,
      recipients: ['no@b.example', 'yes@b.example'],
    });
    const { recipients } = await until('it has a result', async () => {
      const latest = await control.call('message.result', { internalMessageId, wait: 10 });
      return latest.finished && latest;
    });
    assert.deepEqual(
      recipients.map(({ recipient, result }) => `${recipient} ${result}`),
      ['no@b.example Failed', 'yes@b.example Delivered'],
    );
    assert.equal(recipients[0]!.reply, '550 5.1.1 Never heard of');
  });

  it('needs addresses, and a result needs a message', async () => {
    const error = await control.fails('message.submit', { ...message, recipients: ['fine@b.example', 'not fine'] });
    assert.deepEqual([error.id, error.paths], ['InvalidParameter', ['recipients[1]']]);
    assert.deepEqual((await control.fails('message.submit', { ...message, recipients: ['postmaster'] })).paths, [
      'recipients[0]',
    ]);
    assert.deepEqual(
      (await control.fails('message.submit', { ...message, sender: 'x', recipients: ['a@b.example'] })).paths,
      ['sender'],
    );
    assert.equal((await control.fails('message.result', { internalMessageId: '00000000000' })).id, 'NotFound');
  });

  it('cannot bring header lines of its own in the subject', async () => {
    sink.refuse = () => null;
    await control.call('message.submit', {
      ...message,
      subject: 'x\r\nBcc: evil@x.example\r\n\r\nbody',
      recipients: ['a@b.example'],
    });
    const text = await until('it arrives', () =>
      sink.messages.map(({ bytes }) => bytes.toString()).find(bytes => bytes.includes('evil@x.example')),
    );
    assert.match(text, /\r\nSubject: x Bcc: evil@x\.example body\r\n/);
  });
});

describe('queues and waiting messages', () => {
  let waiting: TestRelay;
  let client: ControlClient;
  let ids: string[];

  before(async () => {
    waiting = await TestRelay.start({
      connectors: [
        smartHost(1),
        smartHost(1, { name: 'Other', addressSpaces: ['other.example'], smartHosts: [{ host: '127.0.0.9', port: 1 }] }),
      ],
    });
    client = checked(waiting);
    const smtp = await waiting.client();
    ids = [
      await smtp.mail('Subject: one\r\nMessage-ID: <one@x>\r\n\r\nx\r\n'),
      await smtp.mail('Subject: two\r\n\r\nx\r\n', ['a@other.example', 'b@example.com']),
      await smtp.mail('Subject: three\r\n\r\nx\r\n', ['c@other.example']),
    ];
    await until('both queues wait', async () => {
      const queues = await client.call('queue.list');
      return queues.length === 2 && queues.every(queue => queue.status === 'Retry' && queue.messageCount === 2);
    });
  });
  after(() => waiting.stop());

  it('are listed with what keeps them', async () => {
    const queues = await client.call('queue.list');
    const [next, other] = [
      queues.find(queue => queue.nextHopConnector === 'Next')!,
      queues.find(queue => queue.nextHopConnector === 'Other')!,
    ];
    assert.equal(next.nextHopDomain, '127.0.0.1:1');
    assert.equal(other.nextHopDomain, '127.0.0.9:1');
    for (const queue of [next, other]) {
      assert.deepEqual(
        [queue.deliveryType, queue.messageCount, queue.recipientCount],
        ['SmartHostConnectorDelivery', 2, 2],
      );
      assert.match(queue.lastError!, /ECONNREFUSED|refused/i);
      assert.ok(Date.parse(queue.nextRetryTime!) > Date.now());
    }
    assert.match((await client.call('relay.get')).warnings.join('\n'), /2 message\(s\) wait for 127\.0\.0\.9:1/);
    assert.equal((await client.call('relay.get')).queued, 4);
  });

  it('are found by number, by name and by wildcards', async () => {
    const all = await client.call('queue.list');
    for (const queue of all) {
      for (const identity of [queue.identity, queue.nextHopDomain, `server\\${queue.identity}`])
        assert.deepEqual(
          (await client.call('queue.list', { identity })).map(found => found.identity),
          [queue.identity],
        );
    }
    assert.equal((await client.call('queue.list', { identity: '127.0.0.*' })).length, 2);
    assert.equal((await client.call('queue.list', { identity: '*.9:?' })).length, 1);
    assert.deepEqual(await client.call('queue.list', { identity: 'nothing*' }), []);
    assert.equal((await client.call('queue.list', { resultSize: 1 })).length, 1);
    assert.equal((await client.call('queue.list', { resultSize: null })).length, 2);
    assert.equal((await client.fails('queue.list', { identity: 'nothing' })).id, 'NotFound');
    assert.equal((await client.fails('queue.list', { resultSize: 0 })).id, 'InvalidParameter');
  });

  it('show their messages, once for each queue', async () => {
    const messages = await client.call('message.list');
    assert.deepEqual(
      messages.map(({ internalMessageId }) => internalMessageId).sort(),
      [ids[0], ids[1], ids[1], ids[2]].sort(),
    );
    const one = messages.find(({ internalMessageId }) => internalMessageId === ids[0])!;
    assert.deepEqual(
      [one.subject, one.fromAddress, one.internetMessageId, one.status, one.sourceIP, one.messageSourceName],
      ['one', 'sender@client.example', '<one@x>', 'Retry', '127.0.0.1', 'SMTP:Default'],
    );
    assert.deepEqual(
      one.recipients.map(({ emailAddress, status }) => [emailAddress, status]),
      [['someone@example.com', 'Pending']],
    );
  });

  it('messages are found by identity, queue id, queue and wildcards', async () => {
    const all = await client.call('message.list');
    const one = all.find(({ internalMessageId }) => internalMessageId === ids[0])!;
    for (const identity of [one.identity, ids[0]!, ids[0]!.toLowerCase(), one.identity.split('\\')[1]!])
      assert.deepEqual(
        (await client.call('message.list', { identity })).map(message => message.identity),
        [one.identity],
      );
    const idsOf = async (params: object) =>
      (await client.call('message.list', params)).map(message => message.internalMessageId).sort();
    const everything = all.map(({ internalMessageId }) => internalMessageId).sort();
    for (const identity of ['*', '*\\*', `${ids[0]!.slice(0, 4)}*`, `*\\${one.identity.split('\\')[1]!.slice(0, 4)}*`])
      assert.deepEqual(await idsOf({ identity }), everything, identity);
    assert.deepEqual(await idsOf({ queue: '127.0.0.9:1' }), [ids[1], ids[2]].sort());
    assert.deepEqual(await idsOf({ queue: '127.0.0.9*' }), [ids[1], ids[2]].sort());
    assert.deepEqual(await idsOf({ identity: '127.0.0.9:1\\*' }), [ids[1], ids[2]].sort());
    assert.deepEqual(await idsOf({ identity: ids[1] }), [ids[1], ids[1]]);
    assert.deepEqual(
      await idsOf({ identity: `${ids[2]!.slice(0, -1)}?`, queue: '*' }),
      everything.filter(id => id.startsWith(ids[2]!.slice(0, -1))),
    );
    assert.equal((await client.call('message.list', { resultSize: 2 })).length, 2);
    assert.deepEqual(await idsOf({ identity: 'ZZZ*' }), []);
    assert.equal((await client.fails('message.list', { identity: '00000000001' })).id, 'NotFound');
    assert.equal((await client.fails('message.list', { identity: 'nonsense' })).id, 'InvalidParameter');
    assert.equal((await client.fails('message.list', { queue: 'nonsense' })).id, 'NotFound');
  });

  it('are suspended and resumed', async () => {
    for (const queue of await client.call('queue.suspend', { identity: '*' })) assert.equal(queue.status, 'Suspended');
    for (const queue of await client.call('queue.resume', { identity: '*' }))
      assert.notEqual(queue.status, 'Suspended');
  });

  it('messages are suspended, resumed, tried and removed', async () => {
    const identity = ids[0]!;
    assert.deepEqual(
      (await client.call('message.suspend', { identity })).messages.map(({ status }) => status),
      ['Suspended'],
    );
    assert.equal((await client.fails('message.retry', { identity })).id, 'InvalidParameter');
    assert.equal((await client.call('message.resume', { identity })).done, 1);
    await until('it is not on its way', async () => {
      const [message] = await client.call('message.list', { identity });
      return message!.status !== 'Active';
    });
    assert.equal((await client.call('message.retry', { identity })).done, 1);
    const extra = await (await waiting.client()).mail('Subject: extra\r\n\r\nx\r\n');
    const removed = await client.call('message.remove', { identity: extra, withNDR: false });
    assert.equal(removed.done + removed.pending, 1);
    await until(
      'it is gone',
      async () => (await client.call('message.list', { filter: "Subject -eq 'extra'" })).length === 0,
    );
    assert.equal((await client.fails('message.remove', { identity: extra })).id, 'NotFound');
  });

  it('messages are exported, put in again and moved', async () => {
    const { content, size } = await client.call('message.export', { identity: ids[2]! });
    const bytes = Buffer.from(content, 'base64');
    assert.equal(bytes.length, size);
    const copy = await client.call('message.import', { content });
    assert.deepEqual(
      [copy.subject, copy.recipients, copy.fromAddress],
      ['three', ['c@other.example'], 'sender@client.example'],
    );
    const { messages } = await until('it could be moved', () =>
      client.call('message.move', { identity: copy.internalMessageId!, connector: 'next' }).catch(() => null),
    );
    assert.equal(messages[0]!.nextHopDomain, '127.0.0.1:1');
    await client.call('message.remove', { identity: copy.internalMessageId!, withNDR: false });
  });

  it('bad mail is listed, exported, sent again and cleared', async () => {
    const file = join(waiting.folder, 'BadMail', 'one.BAD');
    await writeFile(file, 'x-sender: <>\r\nx-receiver: <d@example.com>\r\nSubject: bad\r\n\r\nx');
    assert.equal((await client.call('badmail.list'))[0]!.file, file);
    assert.equal((await client.call('badmail.export', { identity: 'one' })).identity, 'one');
    const { internalMessageId } = await client.call('badmail.restart', { identity: 'one' });
    await client.call('message.remove', { identity: internalMessageId!, withNDR: false });
    assert.deepEqual(await client.call('badmail.clear', { identity: '*' }), { removed: 0, more: false });
    assert.deepEqual(await client.call('captured.list'), []);
    assert.deepEqual(await client.call('captured.clear', { identity: '*' }), { removed: 0 });
  });

  it('are tried again when told to, and go where the connectors lead now', async () => {
    const retried = await client.call('queue.retry', { identity: '*' });
    assert.equal(retried.length, 2);
    assert.equal((await client.fails('queue.retry', { identity: 'nothing' })).id, 'NotFound');
    const before = sink.messages.length;
    sink.refuse = () => null;
    await client.call('connector.remove', { name: 'Other' });
    await client.call('connector.set', { name: 'Next', smartHosts: [{ host: '127.0.0.1', port: sink.port }] });
    await sink.has(before + 3);
    await until('the queues are empty', async () => (await client.call('relay.get')).queued === 0);
    assert.deepEqual(await client.call('message.list'), []);
    assert.deepEqual(await waiting.queueFiles(), []);
  });
});

describe('the logs', () => {
  it('answer to every kind of question', async () => {
    const client = await relay.client({ localAddress: '127.0.0.1' });
    const id = await client.mail('Subject: findable\r\nMessage-ID: <find@me>\r\n\r\nx\r\n', [
      'needle@haystack.example',
    ]);
    await client.quit();
    const [data] = await control.call('log.read', { messageId: id, direction: 'Inbound' });
    assert.equal(data!.command, 'DATA');
    const session = await control.call('log.read', { session: data!.session! });
    assert.deepEqual(
      session.map(entry => entry.command),
      ['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT'],
    );
    assert.ok((await control.call('log.read', { recipient: 'needle' })).length >= 5);
    assert.equal((await control.call('log.read', { tail: 1 })).length, 1);
    assert.deepEqual(await control.call('log.read', { start: '2100-01-01T00:00:00Z' }), []);
    for (const query of [
      { internalMessageId: id },
      { recipients: ['needle@*'] },
      { messageSubject: 'find' },
      { messageId: '<find@me>', source: 'SMTP' as const },
      { sender: 'sender@client.example', recipients: ['needle@haystack.example'] },
    ])
      assert.ok(
        (await control.call('tracking.read', { eventId: 'RECEIVE', ...query })).some(
          entry => entry.internalMessageId === id,
        ),
        JSON.stringify(query),
      );
    assert.deepEqual((await control.fails('log.read', { start: 'yesterday' })).paths, ['start']);
  });
});

describe('wished settings', () => {
  it('are compared with those in force', async () => {
    const { settings } = relay.relay;
    assert.deepEqual(await control.call('settings.compare', { content: JSON.stringify(settings) }), []);
    const wished = { general: { maxHopCount: settings.general.maxHopCount + 1 } };
    const [difference, ...more] = await control.call('settings.compare', { content: JSON.stringify(wished) });
    assert.deepEqual(more, []);
    assert.match(difference!.path, /maxHopCount/);
    assert.equal(difference!.desired, String(wished.general.maxHopCount));
  });
});

describe('listener', () => {
  it('methods give a listener with its state', async () => {
    const bindings = [{ address: '127.0.0.1', port: await freePort() }];
    const made = await control.call('listener.create', { name: 'Second', bindings, tlsMode: 'Off' });
    assert.deepEqual([made.name, made.status, made.sessions, made.maxMessageSize], ['Second', 'Listening', 0, null]);
    const changed = await control.call('listener.set', { name: 'second', enabled: false, comment: 'spare' });
    assert.deepEqual([changed.status, changed.comment], ['Disabled', 'spare']);
    assert.equal((await control.call('listener.list')).length, 2);
    assert.equal((await control.call('listener.test', { name: 'Second' }))[0]!.status, 'Failed');
    assert.deepEqual(await control.call('listener.remove', { name: 'Second' }), { removed: 1 });
  });
});

describe('certificate', () => {
  it('methods give a certificate with its state and never its key', async () => {
    const made = await control.call('certificate.create', { name: 'One', dnsNames: ['a.example'] });
    assert.deepEqual([made.status, made.source, made.usedBy], ['Valid', 'Stored', []]);
    const pem = await readFile(join(relay.folder, 'certificates', 'one.pem'));
    const content = [pem.toString('base64')];
    const taken = await control.call('certificate.import', { name: 'Two', content, comment: 'copy' });
    assert.deepEqual([taken.thumbprint, taken.comment], [made.thumbprint, 'copy']);
    const changed = await control.call('certificate.set', { name: 'two', listeners: ['Default'] });
    assert.deepEqual(changed.usedBy, []);
    assert.deepEqual((await control.call('certificate.list')).map(({ name }) => name).sort(), ['One', 'Two']);
    assert.deepEqual(await control.call('certificate.remove', { name: 'Two', force: true }), { removed: 1 });
  });
});

describe('credential.list and credential.set', () => {
  it('tell what is kept, and not the secret', async () => {
    await control.call('connector.create', {
      name: 'LogsOn',
      type: 'SmartHost',
      addressSpaces: ['logs-on.example'],
      smartHosts: [{ host: 'mail.logs-on.example' }],
    });
    const kept = await control.call('credential.set', { name: 'LogsOn', userName: 'me', password: 'hush' });
    assert.deepEqual([kept.kind, kept.userName], ['Password', 'me']);
    const all = await control.call('credential.list');
    assert.deepEqual(
      all.find(({ name }) => name === 'LogsOn'),
      kept,
    );
    assert.doesNotMatch(JSON.stringify(all), /hush/);
    const gone = await control.call('credential.set', { name: 'LogsOn', remove: true });
    assert.deepEqual([gone.kind, gone.changed], ['None', null]);
    await control.call('connector.remove', { name: 'LogsOn' });
  });
});

describe('connector.test', () => {
  it('gives its steps as they come', async () => {
    let run = await control.call('connector.test', { name: 'Next' });
    const steps = [...run.steps];
    while (!run.done) {
      run = await control.call('connector.test', { test: run.test, after: steps.length });
      steps.push(...run.steps);
    }
    assert.ok(steps.some(({ step, status }) => step === 'Ehlo' && status === 'Passed'));
  });
});

describe('preset.list', () => {
  it('makes a connector for every service, and tells what is to be done there', async () => {
    const all = await control.call('preset.list');
    assert.equal(all.length, 8);
    const about = {
      authenticationUserName: 'printer@contoso.example',
      tenantId: 'contoso.example',
      clientId: '1-2-3',
      smartHosts: [{ host: 'mx.example.com' }],
    };
    for (const preset of all) {
      const given = Object.fromEntries(
        Object.entries(about).filter(([name]) => preset.needs.some(need => need.toLowerCase() === name.toLowerCase())),
      );
      const made = await control.call('connector.create', {
        name: preset.name,
        preset: preset.name,
        addressSpaces: [`${preset.name}.example`],
        ...given,
      });
      assert.equal(made.preset, preset.name);
      assert.deepEqual([made.type, made.tlsMode === 'Verify' || made.tlsMode === preset.tlsMode], [preset.type, true]);
      const [own] = await control.call('preset.list', { connector: preset.name });
      const steps = own!.steps.join('\n');
      assert.doesNotMatch(steps, /[{}]/);
      assert.match(steps, new RegExp(`-Identity ${preset.name}`));
      if (preset.needs.includes('ClientId')) assert.match(steps, /1-2-3/);
      await control.call('connector.remove', { name: preset.name });
    }
    assert.equal((await control.fails('preset.list', { connector: 'Next' })).id, 'NotFound');
  });

  it('leaves what is said to who says it', async () => {
    const made = await control.call('connector.create', {
      name: 'Ses',
      preset: 'AmazonSes',
      addressSpaces: ['ses.example'],
      smartHosts: [{ host: 'email-smtp.eu-west-1.amazonaws.com', port: 2587 }],
      maxConnections: 3,
    });
    assert.deepEqual(
      [made.smartHosts?.[0]?.port, made.maxConnections, made.tlsMode, made.authenticationMethod],
      [2587, 3, 'Verify', 'Automatic'],
    );
    await control.call('connector.remove', { name: 'Ses' });
    const missing = await control.fails('connector.create', { name: 'M', preset: 'Microsoft365Smtp' });
    assert.deepEqual(missing.paths, ['authenticationUserName']);
  });
});

describe('status.resolve', () => {
  it('tells what a reply means, and nothing of what nobody knows', async () => {
    const [found] = await control.call('status.resolve', { status: ' 550 5.7.64 ' });
    assert.equal(found!.status, '550 5.7.64');
    assert.match(found!.meaning, /inbound connector/);
    assert.deepEqual(await control.call('status.resolve', { status: 'nonsense' }), []);
  });
});

describe('report.create', () => {
  it('gives a page', async () => {
    assert.match((await control.call('report.create', { days: 1 })).content, /^<!DOCTYPE html>/);
  });
});

describe('health.test and reversedns.test', () => {
  it('tell what is well and what is not', async () => {
    const checks = await control.call('health.test', { timeServer: '127.0.0.1:1' });
    assert.ok(checks.some(({ name, status }) => name === 'Listener' && status === 'Passed'));
    assert.equal((await control.call('reversedns.test', { ipAddress: '192.0.2.1' })).ipAddress, '192.0.2.1');
  });
});

describe('session.list, session.stop and statistic.list', () => {
  it('show a session, end it, and count', async () => {
    await relay.quiet();
    const client = await relay.client();
    const [session] = await control.call('session.list', { direction: 'Inbound' });
    assert.deepEqual(await control.call('session.stop', { identity: session!.identity }), { removed: 1 });
    assert.equal((await client.reply())!.code, 421);
    const [whole] = await control.call('statistic.list');
    assert.equal(whole!.scope, 'Relay');
  });
});

describe('iis.plan, iis.import and settings.restore', () => {
  it('plan, take over and take back', async () => {
    const content = Buffer.from(
      '<configuration xmlns="urn:microsoft-catalog:XML_Metabase_V64_0"><MBProperty><IIsSmtpServer Location="/LM/SmtpSvc/1" ServerBindings=":2599:" ServerAutoStart="FALSE"/></MBProperty></configuration>',
    ).toString('base64');
    const { settingsVersion } = await control.call('settings.get');
    assert.equal((await control.call('iis.plan', { content, merge: true })).applied, false);
    const done = await control.call('iis.import', { content, merge: true });
    assert.deepEqual(done.virtualServers, [{ number: 1, listener: 'SMTP Virtual Server 1' }]);
    assert.equal(done.previousVersion, settingsVersion);
    assert.equal(done.settingsVersion, settingsVersion + 1);
    const back = await control.call('settings.restore', { version: settingsVersion });
    assert.equal(back.settingsVersion, settingsVersion + 2);
  });
});

describe('relay.suspend and relay.resume', () => {
  it('give the state of the service', async () => {
    assert.equal((await control.call('relay.suspend', { inbound: true })).inboundSuspended, true);
    assert.equal((await control.call('relay.resume', {})).inboundSuspended, false);
  });
});

describe('relay.stop', () => {
  it('answers, then ends the relay; afterwards nobody listens', async () => {
    const ending = await TestRelay.start();
    try {
      const client = checked(ending);
      assert.deepEqual(await client.call('relay.stop', { timeout: 1 }), { stopping: true });
      await ending.relay.stopped;
      await assert.rejects(client.call('relay.get'), { code: 'ECONNREFUSED' });
      await assert.rejects(ending.connect(), { code: 'ECONNREFUSED' });
    } finally {
      await ending.stop();
    }
  });
});

describe('webhooks and alert mail', () => {
  it('are made, changed, tested, listed and removed', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const { secret, ...made } = await control.call('webhook.create', { name: 'Ops', url });
    assert.match(secret, /^whsec_/);
    assert.deepEqual([made.enabled, made.events, made.waiting, made.lastError], [true, [], 0, null]);
    const changed = await control.call('webhook.set', { name: 'OPS', events: ['LogOn'], enabled: false });
    assert.deepEqual(changed, { ...made, events: ['LogOn'], enabled: false });
    assert.deepEqual(await control.call('webhook.list'), [changed]);
    assert.equal((await control.call('webhook.test', { name: 'Ops' })).ok, false);
    assert.deepEqual(await control.call('webhook.remove', { name: 'Ops' }), { removed: 1 });
    assert.equal((await control.fails('webhook.set', { name: 'Ops' })).id, 'NotFound');
    const before = await control.call('alertmail.get');
    const set = await control.call('alertmail.set', { recipients: ['ops@corp.example'], maxPerDay: 5 });
    assert.deepEqual(set, { ...before, recipients: ['ops@corp.example'], maxPerDay: 5 });
    const { messageId, recipients } = await control.call('alertmail.test');
    assert.match(messageId, /^\w{11}$/);
    assert.deepEqual(recipients, ['ops@corp.example']);
    // A queue id is good for an id, in either case.
    const [trace] = await control.call('tracking.trace', { messageId: messageId.toLowerCase() });
    assert.equal(trace?.internalMessageId, messageId);
    assert.ok((await control.call('tracking.read', { messageId })).length > 0);
    await control.call('alertmail.set', { recipients: [], maxPerDay: before.maxPerDay });
  });
});

describe('rewrite rules', () => {
  it('are made, changed, listed and removed', async () => {
    const made = await control.call('rewrite.create', {
      name: 'Printers',
      type: 'Sender',
      newAddress: 'scan@contoso.com',
    });
    assert.deepEqual([made.address, made.priority, made.replyTo, made.connectors], ['*', 100, 'Automatic', []]);
    const changed = await control.call('rewrite.set', {
      name: 'PRINTERS',
      address: '*@*.local',
      newAddress: '*@contoso.com',
    });
    assert.deepEqual(changed, { ...made, address: '*@*.local', newAddress: '*@contoso.com' });
    assert.deepEqual(await control.call('rewrite.list'), [changed]);
    assert.equal((await control.fails('rewrite.create', { ...made, name: 'printers' })).id, 'AlreadyExists');
    assert.deepEqual(await control.call('rewrite.remove', { name: 'Printers' }), { removed: 1 });
    assert.equal((await control.fails('rewrite.set', { name: 'Printers' })).id, 'NotFound');
  });

  const broken: Record<string, [object, string]> = {
    'without the new address': [{ type: 'Sender' }, 'newAddress'],
    'with more * than the pattern has': [
      { type: 'Sender', address: 'a@b.example', newAddress: '*@c.example' },
      'newAddress',
    ],
    'with an address that is none': [{ type: 'Recipient', newAddress: 'nobody' }, 'newAddress'],
    'for a field without name': [{ type: 'Header', headerValue: 'x' }, 'headerName'],
    'for a field without text': [{ type: 'Header', headerName: 'X-A' }, 'headerValue'],
    'that sets a field by a wildcard': [{ type: 'Header', headerName: 'X-*', headerValue: 'x' }, 'headerName'],
    'with a line end in the text': [
      { type: 'Header', headerName: 'X-A', headerValue: 'a\r\nBcc: x@y.example' },
      'headerValue',
    ],
    'that changes how the body is read': [
      { type: 'Header', headerName: 'Content-Type', headerValue: 'x' },
      'headerName',
    ],
    'that takes the author out': [{ type: 'Header', headerAction: 'Remove', headerName: 'From' }, 'headerName'],
    'of a connector that is not there': [
      { type: 'Sender', newAddress: 'a@b.example', connectors: ['Nowhere'] },
      'connectors',
    ],
    'of recipients for a connector': [
      { type: 'Recipient', newAddress: 'a@b.example', connectors: ['Next'] },
      'connectors',
    ],
  };
  for (const [what, [rule, path]] of Object.entries(broken)) {
    it(`${what} are refused`, async () => {
      const { id, paths } = await control.fails('rewrite.create', { name: 'Broken', ...rule });
      assert.equal(id, 'InvalidParameter');
      assert.deepEqual([...new Set(paths)], [path]);
    });
  }
});

describe('DKIM keys', () => {
  it('are made, listed, switched off and removed; the private key never comes back', async () => {
    const rsa = await control.call('dkim.create', { domain: 'contoso.com', selector: 'one' });
    assert.deepEqual(
      [rsa.name, rsa.algorithm, rsa.keySize, rsa.enabled],
      ['one._domainkey.contoso.com', 'RSA', 2048, true],
    );
    assert.match(rsa.recordValue, /^v=DKIM1; k=rsa; p=MIIB[A-Za-z0-9+/]{380,}$/);
    const strings = [...rsa.recordStrings.matchAll(/"([^"]*)"/g)].map(([, text]) => text!);
    assert.ok(strings.length === 2 && strings.every(text => text.length <= 255));
    assert.equal(strings.join(''), rsa.recordValue);
    const short = await control.call('dkim.create', {
      domain: 'contoso.com',
      selector: 'two',
      algorithm: 'Ed25519',
      enabled: false,
    });
    assert.match(short.recordValue, /^v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=$/);
    assert.equal((await control.fails('dkim.create', { domain: 'Contoso.com', selector: 'ONE' })).id, 'AlreadyExists');
    const off = await control.call('dkim.set', { name: rsa.name, enabled: false, comment: 'old' });
    assert.deepEqual(off, { ...rsa, enabled: false, comment: 'old' });
    const all = await control.call('dkim.list');
    assert.deepEqual(all, [off, short]);
    const kept = await readFile(join(relay.folder, 'dkim', 'one._domainkey.contoso.com.key'));
    assert.ok(kept.length > 1000);
    assert.doesNotMatch(await readFile(join(relay.folder, 'settings.json'), 'utf8'), /PRIVATE KEY/);
    for (const { name } of all) await control.call('dkim.remove', { name });
    await assert.rejects(readFile(join(relay.folder, 'dkim', 'one._domainkey.contoso.com.key')), { code: 'ENOENT' });
    assert.equal((await control.fails('dkim.test', { name: rsa.name })).id, 'NotFound');
  });

  it('are taken over from PEM, and refused with a reason when they can not sign', async () => {
    const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1' = 'pkcs8') =>
      key.export({ type, format: 'pem' }).toString();
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const name = { domain: 'contoso.com', selector: 'mail' };
    const made = await control.call('dkim.import', { ...name, content: pem(rsa, 'pkcs1') });
    assert.equal(made.publicKey, createPublicKey(rsa).export({ type: 'spki', format: 'der' }).toString('base64'));
    const other = pem(generateKeyPairSync('ed25519').privateKey);
    assert.equal((await control.fails('dkim.import', { ...name, content: other })).id, 'AlreadyExists');
    assert.equal((await control.call('dkim.import', { ...name, content: other, replace: true })).algorithm, 'Ed25519');
    const bad = {
      'is no private key': 'no key, whatever it says',
      'has 512 bits': pem(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey),
      'is a key of kind ec': pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    };
    for (const [why, content] of Object.entries(bad)) {
      const refusal = await control.fails('dkim.import', { ...name, content, replace: true });
      assert.equal(refusal.id, 'InvalidParameter');
      assert.ok(refusal.message.includes(why), refusal.message);
      assert.ok(!JSON.stringify(refusal.error).includes(content.slice(0, 60)), 'the key is shown');
    }
    assert.equal((await control.call('dkim.list'))[0]!.algorithm, 'Ed25519');
    await control.call('dkim.remove', { name: made.name });
  });

  it('are compared with DNS', async t => {
    const server = await dnsServer(t, {});
    const before = relay.relay.settings.general.dnsServer;
    await control.call('settings.set', { dnsServer: [server.address] });
    const key = await control.call('dkim.create', { domain: 'contoso.com', selector: 'dns' });
    const status = async (zone: Zone | null) => {
      if (zone) server.zones.set(key.name, zone);
      return (await control.call('dkim.test', { name: key.name })).status;
    };
    assert.equal(await status(null), 'Missing');
    assert.equal(await status({ txt: ['v=spf1 -all'] }), 'Missing');
    assert.equal(await status({ txt: [key.recordValue] }), 'Valid');
    assert.equal(await status({ txt: [`k=rsa;p= ${key.publicKey} ; t=s`, 'v=spf1 -all'] }), 'Valid');
    assert.equal(await status({ txt: [key.recordValue.replace(/p=..../, 'p=AAAA')] }), 'Mismatch');
    assert.equal(await status({ txt: [key.recordValue, key.recordValue] }), 'Invalid');
    assert.equal(await status({ txt: [key.recordValue.replace('rsa', 'ed25519')] }), 'Invalid');
    assert.equal(await status({ txt: ['v=DKIM1; p='] }), 'Revoked');
    assert.equal(await status({ fails: 'SERVFAIL' }), 'Unknown');
    await control.call('dkim.remove', { name: key.name });
    await control.call('settings.set', { dnsServer: [...before] });
  });
});

it('every method of the contract was called', () => {
  assert.deepEqual(
    methods.filter(method => !called.has(method)),
    [],
  );
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { FaultyRelay, LARGE, SMALL } from '../support/faulty-relay.ts';
import type { FileFault } from '../support/file-faults.ts';
import { type RpcError, textOf } from '../support/relay-harness.ts';
import { LATER } from '../support/relay-sink.ts';
import { until } from '../support/relay-waiting.ts';

const STORED = 'Queue/.*\\.eml$';
const TEMPORARY = 'Queue/.*\\.tmp$';
const SEGMENT = 'log-segments/\\d+\\.seg$';

const READING: readonly { readonly name: string; readonly fault: FileFault; readonly size: number }[] = [
  { name: 'its size', fault: { call: 'stat', path: STORED, code: 'EIO' }, size: LARGE },
  { name: 'opening it to check it', fault: { call: 'openStream', path: STORED, code: 'EIO' }, size: LARGE },
  { name: 'checking it', fault: { call: 'readStream', path: STORED, code: 'EIO', skip: 2 }, size: LARGE },
  {
    name: 'opening it to send it',
    fault: { call: 'openStream', path: STORED, code: 'EIO', skip: 1, times: 1 },
    size: LARGE,
  },
  { name: 'sending it', fault: { call: 'readStream', path: STORED, code: 'EIO', skip: 10, times: 1 }, size: LARGE },
  { name: 'reading a small one', fault: { call: 'readFile', path: STORED, code: 'EIO' }, size: SMALL },
];

test('a stored message that can not be read waits and is delivered whole when it can', {
  timeout: 120_000,
}, async t => {
  const relay = await FaultyRelay.start(t);
  for (const { name, fault, size } of READING) {
    await t.test(name, async () => {
      let deferred = false;
      relay.sink.refuse = () => {
        if (deferred || size === LARGE) return null;
        deferred = true;
        return LATER;
      };
      await relay.fail(fault);
      const [{ code }] = [await relay.send(size)];
      assert.equal(code, 250);
      await relay.isMet();
      if (!fault.times) assert.match((await relay.isHealth('Yellow')).join(), /can't be read/);
      await relay.lift();
      relay.isAlive();
      await wait(50);
      await relay.control.call('queue.retry', { identity: '*' });
      await relay.delivers();
    });
  }
  assert.deepEqual(await relay.files('BadMail'), []);
  await relay.isTidy();
});

test('what can not move to the queue stays in the log, also over a crash', async t => {
  const relay = await FaultyRelay.start(t);
  relay.sink.refuse = () => LATER;
  await relay.fail({ call: 'open', path: TEMPORARY, code: 'ENOSPC' });
  await relay.sendMany(5);
  await relay.isHealth('Red');
  assert.deepEqual(await relay.files('Queue'), []);
  await relay.lift();
  await until('the messages are in the queue', async () => (await relay.files('Queue')).length === 5);
  await relay.isHealth('Green').catch(() => {});
  await relay.fail({ call: 'datasync', path: TEMPORARY, code: 'EIO', loses: true });
  await relay.sendMany(5);
  await relay.isMet();
  await relay.crash();
  relay.sink.refuse = () => null;
  await relay.control.call('queue.retry', { identity: '*' });
  await relay.delivers();
  await relay.isTidy();
});

test('a report or a BadMail file that can not be written is written later, and the server is asked once', async t => {
  const relay = await FaultyRelay.start(t);
  let asked = 0;
  relay.sink.refuse = recipient => {
    if (recipient !== 'nobody@example.net') return null;
    asked++;
    return { code: 550, text: '5.1.1 No such user' };
  };
  await relay.fail(
    { call: 'writev', path: SEGMENT, code: 'EIO', skip: 1 },
    { call: 'open', path: 'BadMail/', code: 'ENOSPC' },
  );
  await relay.send(SMALL, 'nobody@example.net', '');
  await until('the server has refused it', () => asked === 1);
  await relay.lift();
  await relay.fail({ call: 'writev', path: SEGMENT, code: 'EIO', skip: 1 });
  await relay.send(SMALL, 'nobody@example.net');
  await relay.isMet();
  await relay.lift();
  await until(
    'the report arrives',
    () => relay.sink.messages.some(message => message.recipients.includes('sender@client.example')),
    25_000,
  );
  await until('BadMail has the message', async () => (await relay.files('BadMail')).length === 2, 25_000);
  assert.equal(asked, 2);
  relay.isAlive();
});

test('logs that can not be written stop no mail, are told of, and go on by themselves', async t => {
  const relay = await FaultyRelay.start(t);
  await relay.fail({ call: 'appendFile|open', path: 'logs/', code: 'ENOSPC' });
  for (const { code } of await relay.sendMany(3)) assert.equal(code, 250);
  await relay.delivers();
  assert.match((await relay.isHealth('Yellow')).join(' '), /tracking log can't be written/);
  await relay.lift();
  await relay.isHealth('Green');
  const lines = await textOf(join(relay.folder, 'logs', 'tracking'));
  assert.equal(lines.match(/,RECEIVE,/g)?.length, 3);
});

test('settings and holds that can not be written stay as they were, also after a restart', async t => {
  const relay = await FaultyRelay.start(t);
  const before = (await relay.control.call('settings.get')).maxHopCount;
  const data = `${relay.folder}`;
  for (const fault of [
    { call: 'open', path: '(?:settings|suspended|history/).*tmp$', code: 'ENOSPC' },
    { call: 'writeFile', path: '(?:settings|suspended)', code: 'ENOSPC', bytes: 20 },
    { call: 'sync', path: '(?:settings|suspended)', code: 'EIO', loses: true },
    { call: 'rename', path: '(?:settings|suspended).json$', code: 'EIO' },
    { call: 'sync', path: `^${data}$`, code: 'EIO' },
  ]) {
    await relay.fail(fault);
    for (const change of [
      () => relay.control.call('settings.set', { maxHopCount: before + 1 }),
      () => relay.control.call('relay.suspend', { inbound: true }),
    ])
      await assert.rejects(change(), (error: RpcError) => error.id === 'StorageFailed', JSON.stringify(fault));
    await relay.lift();
    // A restart costs seconds; what could differ after it is the last step of a replacement.
    if (fault.call === 'sync' || fault.call === 'rename') await relay.crash();
    assert.equal((await relay.control.call('settings.get')).maxHopCount, before, JSON.stringify(fault));
    assert.equal((await relay.control.call('relay.get')).inboundSuspended, false, JSON.stringify(fault));
  }
  await relay.isTidy();
});

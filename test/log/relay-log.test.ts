import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { RelayEvent } from '../../src/log/events.ts';
import { readProtocolLog } from '../../src/log/protocol-reader.ts';
import { RelayLog, type RelayLogSettings } from '../../src/log/relay-log.ts';
import { readTrackingLog } from '../../src/log/tracking-reader.ts';
import { defaultSettings } from '../../src/settings/store.ts';
import { allLines, inbound, message, NOON, temporaryFolder } from './samples.ts';

const settings: RelayLogSettings = defaultSettings().logging;
const build = (folder: string) =>
  new RelayLog({ folder, version: '1.2.3', computerName: 'RELAY01', now: () => NOON, console: false }, settings);
const service: RelayEvent = { type: 'service', level: 'info', what: 'started' };

test('hands each event to the log it belongs to, readable after a flush', async t => {
  const log = build(await temporaryFolder(t));
  await log.open();
  const { emit, folders } = log;
  emit({ type: 'protocol', ...inbound() });
  emit({ type: 'received', message: message(), localAddress: null });
  emit({ type: 'badmail', message: message(), recipients: ['b@example.net'], reason: 'r', file: 'f' });
  emit(service);
  await log.flush();
  assert.equal((await readProtocolLog(folders.protocol, {})).length, 1);
  assert.deepEqual(
    (await readTrackingLog(folders.tracking, {})).map(row => row.eventId),
    ['RECEIVE', 'BADMAIL'],
  );
  assert.deepEqual(
    (await allLines(folders.activity)).map(line => JSON.parse(line).event),
    ['badmail', 'service'],
  );
  assert.equal(log.statistics.totals().received, 1);
  await log.close();
});

test('tells subscribers until they end it, and one that throws harms nobody', async t => {
  const log = build(await temporaryFolder(t));
  const heard: string[] = [];
  log.subscribe(() => {
    throw new Error('oops');
  });
  const end = log.subscribe(event => void heard.push(event.type));
  log.emit(service);
  end();
  log.emit(service);
  await log.close();
  assert.deepEqual(heard, ['service']);
  assert.equal((await allLines(log.folders.activity)).length, 2);
});

test('lets the subject be left out while it runs', async t => {
  const log = build(await temporaryFolder(t));
  log.configure({ ...settings, messageTrackingLogSubjectLoggingEnabled: false });
  log.emit({ type: 'received', message: message(), localAddress: null });
  await log.close();
  assert.equal((await readTrackingLog(log.folders.tracking, {}))[0]!.messageSubject, null);
});

test('says in the activity log, once, when another log cannot be written', async t => {
  const log = build(await temporaryFolder(t));
  await writeFile(log.folders.protocol, 'not a folder');
  for (let times = 0; times < 3; times += 1) {
    log.emit({ type: 'protocol', ...inbound() });
    await log.flush();
  }
  await log.flush();
  const said = (await allLines(log.folders.activity)).map(line => JSON.parse(line));
  assert.equal(said.length, 1);
  assert.equal(said[0].level, 'error');
  assert.match(said[0].message, /^The protocol log cannot be written: /);
  await rm(log.folders.protocol);
  await log.close();
  assert.equal((await readProtocolLog(log.folders.protocol, {})).length, 3);
});

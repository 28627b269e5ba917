/**
 * What the tests of the log have in common: a folder that goes away, a clock turned by hand, and
 * events to start from.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ProtocolLine } from '../../src/log/events.ts';
import type { AcceptedMessage } from '../../src/message/envelope.ts';

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-log-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const NOON = Date.parse('2026-03-04T12:00:00.000Z');

/** Lines of all files of a folder, in order of writing. */
export async function allLines(folder: string): Promise<string[]> {
  const order = (name: string) => Number(/-(\d+)\.log$/.exec(name)?.[1] ?? 1);
  const day = (name: string) => name.replace(/(-\d+)?\.log$/, '');
  const names = (await readdir(folder)).sort((a, b) => day(a).localeCompare(day(b)) || order(a) - order(b));
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(text => text.split('\n').slice(0, -1));
}

export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('It did not happen within 5 seconds');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

export const inbound = (changes: Partial<ProtocolLine> = {}): ProtocolLine => ({
  time: NOON,
  direction: 'Inbound',
  part: 'exchange',
  peerAddress: '192.0.2.10',
  localAddress: '192.0.2.25',
  port: 25,
  heloName: 'APPSRV01',
  verb: 'MAIL',
  argument: 'FROM:<app@example.com>',
  code: 250,
  reply: '2.1.0 Sender OK',
  bytesSent: 44,
  bytesReceived: 31,
  elapsed: 3,
  sessionId: 'S1',
  messageId: null,
  listener: 'Default',
  connector: null,
  rule: null,
  tls: null,
  ...changes,
});

export const outbound = (changes: Partial<ProtocolLine> = {}): ProtocolLine => ({
  ...inbound(),
  direction: 'Outbound',
  part: 'response',
  peerAddress: '198.51.100.25',
  localAddress: null,
  heloName: null,
  verb: null,
  argument: '250 2.1.0 Ok',
  reply: '2.1.0 Ok',
  bytesSent: 0,
  bytesReceived: 12,
  listener: null,
  connector: 'Internet',
  sessionId: 'S2',
  messageId: 'Q1',
  ...changes,
});

export const message = (changes: Partial<AcceptedMessage> = {}): AcceptedMessage => ({
  number: 1,
  id: 'Q1',
  envelope: {
    reversePath: 'app@example.com',
    recipients: ['anna@example.net', 'bert@example.net', 'cleo@example.org'].map(address => ({
      address,
      notify: [],
      orcpt: null,
    })),
    ret: null,
    envid: null,
    eightBitMime: false,
    smtpUtf8: false,
  },
  origin: {
    source: 'SMTP',
    clientIp: '192.0.2.10',
    heloName: 'APPSRV01',
    listener: 'Default',
    account: null,
    sessionId: 'S1',
  },
  receivedAt: NOON - 1500,
  size: 2884,
  subject: 'Report, "weekly"',
  internetMessageId: '<1@example.com>',
  ...changes,
});

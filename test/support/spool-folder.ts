/**
 * Spools for tests: on real folders that go away, opened and reopened as a restart would, with
 * everything they tell written down.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { domainOf } from '../../src/message/address.ts';
import type { AcceptedMessage, Envelope, EnvelopeRecipient, Origin } from '../../src/message/envelope.ts';
import { QueueSpool, type QueueSpoolOptions } from '../../src/spool/queue-spool.ts';
import type { RecoveryReport, SetAside } from '../../src/spool/recovery.ts';
import type { Spool, Work } from '../../src/spool/spool.ts';

const closers = new Map<string, (() => Promise<void>)[]>();

/** A folder that is removed after the test, when the spools in it are closed. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-spool-'));
  closers.set(folder, []);
  t.after(async () => {
    for (const close of closers.get(folder)!) await close();
    closers.delete(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return folder;
}

export interface OpenSpool {
  readonly folder: string;
  readonly queue: string;
  readonly badMail: string;
  readonly spool: QueueSpool;
  readonly recovery: RecoveryReport;
  readonly accepted: Work[];
  readonly setAside: SetAside[];
}

/** Opens the spool of a folder made by `temporaryFolder`; the next hop of a recipient is its domain. */
export async function openSpool(folder: string, changes: Partial<QueueSpoolOptions> = {}): Promise<OpenSpool> {
  const accepted: Work[] = [];
  const setAside: SetAside[] = [];
  const { spool, recovery } = await QueueSpool.open({
    dataFolder: folder,
    now: () => Date.now(),
    hopOf: ({ recipient }) => domainOf(recipient),
    routes: () => 'by domain',
    minimumFreeSpace: () => 0,
    onAccepted: works => accepted.push(...works),
    onSetAside: what => setAside.push(what),
    onProblem: () => {},
    ...changes,
  });
  closers.get(folder)?.push(() => spool.close());
  const [queue, badMail] = [join(folder, 'Queue'), join(folder, 'BadMail')];
  return { folder, queue, badMail, spool, recovery, accepted, setAside };
}

export const ORIGIN: Origin = {
  source: 'SMTP',
  clientIp: '192.0.2.10',
  heloName: 'APPSRV01',
  listener: 'Default',
  account: null,
  sessionId: 'S1',
};

export const recipient = (address: string, changes: Partial<EnvelopeRecipient> = {}): EnvelopeRecipient => ({
  address,
  notify: [],
  orcpt: null,
  ...changes,
});

export const envelopeOf = (
  recipients: readonly (string | EnvelopeRecipient)[] = ['anna@example.net'],
  changes: Partial<Envelope> = {},
): Envelope => ({
  reversePath: 'app@example.com',
  recipients: recipients.map(one => (typeof one === 'string' ? recipient(one) : one)),
  ret: null,
  envid: null,
  eightBitMime: false,
  smtpUtf8: false,
  ...changes,
});

export const TEXT = Buffer.from('Subject: Report\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n');

/** Puts a message in, in pieces of `pieces` bytes. */
export async function put(
  spool: Spool,
  text: Buffer = TEXT,
  envelope: Envelope = envelopeOf(),
  pieces = 64 * 1024,
): Promise<AcceptedMessage> {
  const reception = spool.receive(envelope, ORIGIN);
  for (let at = 0; at < text.length; at += pieces) await reception.write(text.subarray(at, at + pieces));
  return reception.commit({ subject: 'Report', internetMessageId: '<1@example.com>' });
}

export async function streamed(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export const filesIn = async (folder: string) => (await readdir(folder)).sort();

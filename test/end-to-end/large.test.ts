/** A message of 150 MB takes its way without being held in memory: delivered, returned, or kept as bad mail. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { freePort, removeFolder, smartHost, temporaryFolder, until, writeSettings } from '../support/relay-harness.ts';
import { controlOf, RelayProgram } from '../support/relay-process.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = 150 * MEGABYTE;
const MORE_MEMORY = 60 * MEGABYTE;
const HEADER = Buffer.from('From: <a@b.example>\r\nTo: <x@example.net>\r\nSubject: large\r\n\r\n');
/** Lines that differ, as of an attachment, and now and then one that begins with a dot. */
const BLOCK = Buffer.from(
  Array.from({ length: 12_000 }, (_, at) => `${at % 4000 === 7 ? '.' : ''}${randomBytes(30).toString('hex')}\r\n`).join(
    '',
  ),
);
const BLOCKS = Math.ceil(SIZE / BLOCK.length);
const STUFFED = Buffer.from(BLOCK.toString('latin1').replace(/^\./gm, '..'), 'latin1');

interface Received {
  readonly sender: string;
  readonly size: number;
  /** Of what follows the header. */
  readonly digest: string;
  readonly text: string;
}

const digestOfBody = (): string => {
  const hash = createHash('sha256');
  for (let at = 0; at < BLOCKS; at++) hash.update(BLOCK);
  return hash.digest('hex');
};

/** A next hop that hashes what it gets; mail for `refused@` it refuses after the final dot. */
async function openSink(t: TestContext, port: number): Promise<Received[]> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: 0,
    logger: false,
    onData: (stream, session, done) => {
      const hash = createHash('sha256');
      let size = 0;
      let head: Buffer | null = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (head === null) {
          hash.update(chunk);
          return;
        }
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        hash.update(head.subarray(end + 4));
        text = head.toString('latin1');
        head = null;
      });
      let text = '';
      stream.on('end', () => {
        const mailFrom = session.envelope.mailFrom;
        const sender = mailFrom === false ? '' : mailFrom.address;
        const isRefused = session.envelope.rcptTo.some(({ address }) => address.startsWith('refused@'));
        if (isRefused) {
          done(Object.assign(new Error('Too large for me'), { responseCode: 552 }));
          return;
        }
        received.push({ sender, size, digest: hash.digest('hex'), text });
        done();
      });
    },
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', () => resolve()));
  t.after(() => new Promise<void>(resolve => server.close(() => resolve())));
  return received;
}

async function send(port: number, sender: string, recipient: string, blocks = BLOCKS): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
  const expect = async (code: number) => {
    for (;;) {
      const { value } = await replies.next();
      const line = String(value);
      if (line[3] === '-') continue;
      assert.equal(Number(line.slice(0, 3)), code, line);
      return;
    }
  };
  const say = async (line: string, code: number) => {
    socket.write(`${line}\r\n`);
    await expect(code);
  };
  const push = (chunk: Buffer) =>
    new Promise<void>(resolve => {
      if (socket.write(chunk)) resolve();
      else socket.once('drain', resolve);
    });
  await expect(220);
  await say('EHLO large.test', 250);
  await say(`MAIL FROM:<${sender}>`, 250);
  await say(`RCPT TO:<${recipient}>`, 250);
  await say('DATA', 354);
  await push(HEADER);
  for (let at = 0; at < blocks; at++) await push(STUFFED);
  await say('.', 250);
  socket.end('QUIT\r\n');
}

async function memoryOf(processId: number): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${processId}/status`, 'latin1');
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

const skip = process.platform === 'linux' ? false : 'memory is read from /proc, which only Linux has';

test('150 MB go through with less than 60 MB more memory', { skip, timeout: 170_000 }, async t => {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  const sinkPort = await freePort();
  const { port } = await writeSettings(folder, {
    connectors: [smartHost(sinkPort)],
    general: { maxMessageSize: 200 * MEGABYTE },
  });
  const received = await openSink(t, sinkPort);
  const relay = RelayProgram.spawn(['--data', folder, '--quiet']);
  t.after(() => relay.kill());
  const { processId } = await relay.serves(folder);
  const control = await controlOf(folder);
  const empty = () => until('an empty queue', async () => (await control.call('relay.get')).queued === 0, 60_000);
  const digest = digestOfBody();
  // A relay at work: what any mail needs is there.
  for (let at = 0; at < 300; at++) await send(port, 'a@b.example', 'x@example.net', at % 100 === 0 ? 1 : 0);
  await empty();
  received.length = 0;
  const before = await memoryOf(processId);

  await send(port, 'a@b.example', 'x@example.net');
  await empty();
  assert.equal(received.length, 1);
  assert.equal(received[0]!.digest, digest);
  const delivered = await memoryOf(processId);

  await send(port, 'a@b.example', 'refused@example.net');
  await empty();
  const report = received[1]!;
  assert.equal(report.sender, '');
  assert.match(report.text, /^Subject: Undeliverable: large/m);
  // Its header comes back, not its 150 MB.
  assert.ok(report.size < 100_000, `${report.size}`);

  await send(port, '', 'refused@example.net');
  await empty();
  const bad = (await readdir(join(folder, 'BadMail'))).filter(name => name.endsWith('.BAD'));
  assert.equal(bad.length, 1);
  assert.ok((await stat(join(folder, 'BadMail', bad[0]!))).size > SIZE);
  assert.deepEqual(await readdir(join(folder, 'Queue')), []);
  const { most } = await memoryOf(processId);
  const megabytes = (bytes: number) => Math.round(bytes / MEGABYTE);
  t.diagnostic(
    `memory at first ${megabytes(before.now)} MB, most until delivered ${megabytes(delivered.most)} MB, most of all ${megabytes(most)} MB`,
  );
  assert.ok(most - before.now < MORE_MEMORY, `${megabytes(most - before.now)} MB more`);
});

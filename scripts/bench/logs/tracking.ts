/**
 * What the index of the tracking log costs and gives: writes events as the relay does, indexes the full
 * files, and looks for one message and one recipient among all of them.
 *   node scripts/bench/logs/tracking.ts [--events 10000000]
 */
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileNameOf } from '../../../src/log/log-names.ts';
import { findStories } from '../../../src/log/message-trace.ts';
import { buildTrackingIndex } from '../../../src/log/tracking-index.ts';
import { TRACKING_PREFIX, trackingHeader } from '../../../src/log/tracking-log.ts';
import { readTrackingLog, type TrackingQuery } from '../../../src/log/tracking-reader.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '10000000' } } });
const events = Number(values.events);
const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-bench-tracking-'));
const FILE_SIZE = 16 * 1024 * 1024;
const now = Date.now();
const start = now - 29 * 86_400_000;

// A RECEIVE and a SEND for each message, as the relay writes them.
const line = (number: number): string => {
  const message = number >> 1;
  const time = new Date(start + Math.floor((number / events) * (now - start))).toISOString();
  const end = `Q${message},<${message}.aBcDeFgHiJk@app.example.com>,user${message}@example.net,`;
  const rest = `2884,1,,"Report, weekly ${message}",app${message % 1000}@example.com,app${message % 1000}@example.com,`;
  return number % 2 === 0
    ? `${time},192.0.2.10,APPSRV01,192.0.2.25,RELAY01,session S${message},Default,SMTP,RECEIVE,${end},${rest}`
    : `${time},,RELAY01,198.51.100.25,mx.example.net,mx.example.net [198.51.100.25]:25,Internet,SMTP,SEND,${end}250 2.0.0 Ok queued as 4F1A,${rest}0.412`;
};

let index = 0;
for (let number = 0; number < events; ) {
  index += 1;
  // All under one day, as a busy day has them; the number of files is what counts.
  const file = await open(join(folder, fileNameOf(TRACKING_PREFIX, '20260304', index)), 'w');
  let size = 0;
  let text = `${trackingHeader('bench', now).join('\n')}\n`;
  while (number < events && size < FILE_SIZE) {
    for (let count = 0; count < 5000 && number < events; count += 1, number += 1) text += `${line(number)}\n`;
    size += text.length;
    await file.write(text);
    text = '';
  }
  await file.close();
}
const sizeOf = (suffix: string) =>
  readdirSync(folder)
    .filter(name => name.endsWith(suffix))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
process.stdout.write(`${events} events, ${(sizeOf('.log') / 1e6).toFixed(0)} MB in ${index} files\n`);

const before = process.cpuUsage();
for (let file = 1; file < index; file += 1)
  await buildTrackingIndex(join(folder, fileNameOf(TRACKING_PREFIX, '20260304', file)));
const used = process.cpuUsage(before);
const microseconds = (used.user + used.system) / events;
process.stdout.write(
  `index: ${(sizeOf('.idx') / 1e6).toFixed(0)} MB, ${microseconds.toFixed(1)} microseconds of processor an event, beside the mail\n`,
);

const message = events >> 2;
const read = (query: TrackingQuery) => () => readTrackingLog(folder, query);
const questions: readonly [string, () => Promise<readonly object[]>][] = [
  ['a message id', read({ messageId: `<${message}.aBcDeFgHiJk@app.example.com>` })],
  ['a recipient', read({ recipients: [`user${message}@example.net`] })],
  ['a queue id', read({ internalMessageId: `Q${message}` })],
  ['a recipient that is not there', read({ recipients: ['nobody@example.net'] })],
  ['the story of a recipient', () => findStories(folder, { recipient: `user${message}@example.net`, resultSize: 10 })],
  ['the last ten stories of a busy sender', () => findStories(folder, { sender: 'app7@example.com', resultSize: 10 })],
];
for (const [name, ask] of questions) {
  for (const round of ['first', 'again']) {
    const begun = performance.now();
    const busy = process.cpuUsage();
    const answers = await ask();
    const cpu = process.cpuUsage(busy);
    process.stdout.write(
      `${name}, ${round}: ${answers.length} answers in ${((performance.now() - begun) / 1000).toFixed(2)} s (processor ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s)\n`,
    );
  }
}
await rm(folder, { recursive: true });

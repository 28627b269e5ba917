/**
 * How fast a large W3C file is searched for one client, and with how much memory: makes a file of the
 * shape of IIS logs (2 GB if not told otherwise), then asks src/read-log.ts as
 * Get-SmtpLog does.
 *   node scripts/bench/logs/read.ts [--gigabytes 2] [--keep]
 */
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { gigabytes: { type: 'string', default: '2' }, keep: { type: 'boolean' } } });
const wanted = Number(values.gigabytes) * 1e9;
const folder = join(tmpdir(), 'smtp-relay-bench-logs');
const path = join(folder, 'ex240304.log');

const FIELDS =
  '#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2024-03-04 00:00:00\r\n#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer) \r\n';

async function make(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = createWriteStream(path, { highWaterMark: 4 * 1024 * 1024 });
  file.write(FIELDS);
  let written = 0;
  for (let number = 0; written < wanted; ) {
    let block = '';
    for (let count = 0; count < 2000; count += 1, number += 1) {
      const time = new Date(Date.UTC(2024, 2, 4) + number).toISOString().slice(0, 19).replace('T', ' ');
      const start = `${time} 192.0.2.${number % 250} APPSRV01 SMTPSVC1 RELAY01 192.0.2.253 0`;
      block +=
        `${start} EHLO - +APPSRV01 250 0 275 13 0 SMTP - - - -\r\n` +
        `${start} MAIL - +FROM:<app${number % 1000}@example.com> 250 0 44 31 0 SMTP - - - -\r\n` +
        `${start} RCPT - +TO:<user${number}@example.net> 250 0 32 29 0 SMTP - - - -\r\n` +
        `${start} DATA - <RELAY01aBcDeFgHiJk${number}@relay01.example.com> 250 0 132 2413 531 SMTP - - - -\r\n` +
        `${start} QUIT - APPSRV01 240 1015 68 4 0 SMTP - - - -\r\n`;
    }
    written += block.length;
    if (!file.write(block)) await new Promise<void>(resolve => file.once('drain', () => resolve()));
  }
  await new Promise<void>(resolve => file.end(() => resolve()));
}

async function ask(name: string, question: object): Promise<void> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/read-log.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write(`${JSON.stringify(question)}\n`);
  let values = 0;
  let mostMemory = 0;
  let ticks = 0;
  const look = setInterval(() => {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    mostMemory = Math.max(mostMemory, Number(kib ?? 0));
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ');
    ticks = Number(stat[13]) + Number(stat[14]);
  }, 200);
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('{"value"')) values += 1;
  clearInterval(look);
  const seconds = (performance.now() - begun) / 1000;
  const size = statSync(path).size / 1e6;
  process.stdout.write(
    `${name}: ${values} answers in ${seconds.toFixed(1)} s (processor ${(ticks / 100).toFixed(0)} s), ${(size / seconds).toFixed(0)} MB/s, at most ${(mostMemory / 1024).toFixed(0)} MiB\n`,
  );
}

await make();
process.stdout.write(`${(statSync(path).size / 1e9).toFixed(2)} GB\n`);
await ask('one client of 250', { kind: 'lines', paths: [path], query: { clientIP: '192.0.2.17' } });
await ask('a client that is not there', { kind: 'lines', paths: [path], query: { clientIP: '203.0.113.1' } });
await ask('conversations of one client', { kind: 'sessions', paths: [path], query: { clientIP: '192.0.2.17' } });
await ask('client report', { kind: 'clients', paths: [path], query: {} });
if (!values.keep) await rm(folder, { recursive: true });

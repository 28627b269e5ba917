/** The report of a real tracking log, whole and hostile, and as a real browser shows it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { TRACKING_FIELDS } from '../../src/log/tracking-log.ts';
import { aggregate } from '../../src/report/aggregate.ts';
import { reportThread } from '../../src/wiring/report.ts';
import { removeFolder, smartHost, TestRelay, temporaryFolder, until } from '../support/relay-harness.ts';

const HOUR = 3_600_000;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await temporaryFolder();
  t.after(() => removeFolder(folder));
  return folder;
}

type Row = Partial<Record<(typeof TRACKING_FIELDS)[number], string>>;

const quoted = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

/** A tracking log of the days before a time. */
async function writeLog(folder: string, rows: readonly (Row & { at: number })[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const byDay = new Map<string, string[]>();
  for (const { at, ...row } of [...rows].sort((a, b) => a.at - b.at)) {
    const when = new Date(at).toISOString();
    const day = when.slice(0, 10).replaceAll('-', '');
    const values: Row = {
      source: 'SMTP',
      'internal-message-id': 'M1',
      'total-bytes': '1000',
      'recipient-count': '1',
      ...row,
      'date-time': when,
    };
    const line = TRACKING_FIELDS.map(field => quoted(values[field] ?? '')).join(',');
    byDay
      .set(day, byDay.get(day) ?? [])
      .get(day)!
      .push(line);
  }
  for (const [day, lines] of byDay)
    await writeFile(
      join(folder, `MSGTRK${day}-1.log`),
      [`#Fields: ${TRACKING_FIELDS.join(',')}`, ...lines, ''].join('\n'),
    );
}

test('figures are those of the log, in the right spans', async t => {
  const folder = await folderOf(t);
  const now = Date.parse('2026-03-10T12:30:00Z');
  await writeLog(folder, [
    { at: now - HOUR, 'event-id': 'RECEIVE', 'client-ip': '192.0.2.1', 'recipient-address': 'a@x.test;b@x.test' },
    {
      at: now - HOUR,
      'event-id': 'SEND',
      'recipient-count': '2',
      'connector-id': 'Next',
      'server-hostname': 'mx.x.test',
      'message-latency': '0.4',
    },
    {
      at: now - HOUR,
      'event-id': 'DEFER',
      'recipient-address': 'c@x.test',
      'recipient-status': '451 4.7.1 Greylisted for <c@x.test>',
    },
    {
      at: now - 2 * HOUR,
      'event-id': 'FAIL',
      'recipient-address': 'c@x.test',
      'recipient-status': '550 5.1.1 <c@x.test>: no such user here',
    },
    {
      at: now - 2 * HOUR,
      'event-id': 'FAIL',
      'recipient-address': 'd@x.test',
      'recipient-status': '550 5.1.1 <d@x.test>: no such user here',
    },
    { at: now - 40 * HOUR, 'event-id': 'RECEIVE', 'client-ip': '192.0.2.9' },
  ]);
  const figures = await aggregate(folder, 1, now);
  assert.deepEqual([figures.buckets.length, figures.step], [24, HOUR]);
  const last = figures.buckets.filter(({ received, failed }) => received + failed > 0);
  assert.deepEqual(
    last.map(bucket => [
      new Date(bucket.from).toISOString().slice(11, 13),
      bucket.received,
      bucket.delivered,
      bucket.deferred,
      bucket.failed,
    ]),
    [
      ['10', 0, 0, 0, 2],
      ['11', 1, 2, 1, 0],
    ],
  );
  assert.deepEqual(
    figures.clients.map(({ name, count }) => [name, count]),
    [['192.0.2.1', 1]],
  );
  assert.equal(figures.nextHops[0]!.name, 'Next \u2192 mx.x.test');
  assert.equal(figures.latencies[0]!.count, 2);
  // Two recipients, one reason.
  assert.equal(figures.failures.length, 1);
  assert.deepEqual([figures.failures[0]!.count, figures.failures[0]!.examples], [2, ['c@x.test', 'd@x.test']]);
  assert.ok(figures.failures[0]!.meaning && figures.failures[0]!.action);
  assert.match(figures.deferrals[0]!.meaning!, /greylist|later/i);
  assert.equal((await aggregate(folder, 3, now)).clients.length, 2);
});

test('a long log is read beside the relay, with the same figures, and one that can not be read is told', async t => {
  const folder = await folderOf(t);
  const now = Date.parse('2026-03-10T12:30:00Z');
  const row = { 'event-id': 'SEND', 'connector-id': 'Next', 'server-hostname': 'mx.x.test', 'message-latency': '0.4' };
  await writeLog(
    folder,
    Array.from({ length: 10_000 }, (_, at) => ({ at: now - HOUR - at, ...row })),
  );
  const busy = async (run: () => Promise<unknown>) => {
    const before = performance.eventLoopUtilization();
    const result = await run();
    return { result, active: performance.eventLoopUtilization(before).active };
  };
  const thread = reportThread();
  t.after(() => thread.close());
  const here = await busy(() => aggregate(folder, 1, now));
  const beside = await busy(() => thread.call('aggregate', folder, 1, now));
  assert.deepEqual(beside.result, here.result);
  assert.ok(beside.active < here.active / 2, `${beside.active} ms of this thread, ${here.active} without another`);
  await assert.rejects(thread.call('aggregate', '\0', 1, now), /null bytes/);
});

test('a real relay is told of, and what strangers wrote stays text', async t => {
  const relay = await TestRelay.start();
  t.after(() => relay.stop());
  relay.sink.refuse = recipient =>
    recipient.startsWith('evil') ? { code: 550, text: '5.7.1 <script>alert(1)</script> "onload=" \u001b[31m' } : null;
  const client = await relay.client();
  await client.mail('Subject: one\r\n\r\nx\r\n', ['a@example.org', 'evil@example.org']);
  await relay.control.call(
    'connector.create',
    smartHost(1, { name: 'Dead', addressSpaces: ['dead.example'] }) as never,
  );
  await client.mail('Subject: two\r\n\r\nx\r\n', ['b@dead.example']);
  await until('both have a verdict', async () => {
    const [whole] = await relay.control.call('statistic.list');
    return whole!.failed > 0 && (await relay.control.call('queue.list')).some(({ lastError }) => lastError !== null);
  });
  const { content } = await relay.control.call('report.create', { days: 1 });
  assert.match(content, /<h1>relay\.test<\/h1>/);
  assert.match(content, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.doesNotMatch(content, /<script|\u001b|https?:\/\/(?!www\.w3\.org)|url\(|@import|<link|<img|<iframe/);
  assert.match(content, /1<\/b> for <b>127\.0\.0\.1:1/);
  assert.match(content, /Yellow|yellow/);
  await relay.quiet();
});

/** A week of an office: quiet nights, a busy noon, an outage. */
function week(now: number): (Row & { at: number })[] {
  const rows: (Row & { at: number })[] = [];
  const clients = ['10.1.0.17', '10.1.0.20', '10.1.4.2', '192.0.2.44', '2001:db8::25'];
  for (let hour = 0; hour < 7 * 24; hour++) {
    const at = now - hour * HOUR;
    const noon = 14 - Math.abs(12 - new Date(at).getUTCHours());
    for (let one = 0; one < noon * 3; one++) {
      const client = clients[(one * one + hour) % clients.length]!;
      rows.push({
        at: at - one * 1000,
        'event-id': 'RECEIVE',
        'client-ip': client,
        'total-bytes': String(20_000 + one * 999),
      });
      const isOutage = hour > 60 && hour < 70;
      if (isOutage)
        rows.push({
          at: at - one * 1000,
          'event-id': 'DEFER',
          'recipient-address': 'x@contoso.example',
          'recipient-status': '451 4.4.1 Could not connect to smtp.contoso.example [198.51.100.3]:25: no answer',
        });
      else if (one % 17 === 3)
        rows.push({
          at,
          'event-id': 'FAIL',
          'recipient-address': `user${one}@fabrikam.example`,
          'recipient-status': '550 5.1.1 no such user',
        });
      else
        rows.push({
          at,
          'event-id': 'SEND',
          'connector-id': one % 3 ? 'Microsoft365' : 'Direct',
          'server-hostname': one % 3 ? 'contoso.mail.protection.outlook.com' : 'mx1.fabrikam.example',
          'message-latency': String(one % 9 === 0 ? 75 : 0.7),
        });
    }
    if (hour % 9 === 0)
      rows.push({
        at,
        'event-id': 'FAIL',
        'recipient-address': 'billing@adatum.example',
        'recipient-status': '552 5.2.2 Mailbox full: over quota',
      });
  }
  return rows;
}

test('a browser shows it, light and dark, wide and on a phone, and loads nothing', async t => {
  if (!existsSync('/usr/bin/chromium')) return t.skip('chromium is not installed (Debian package chromium)');
  const relay = await TestRelay.start({ connectors: [smartHost(1)] });
  t.after(() => relay.stop());
  await writeLog(relay.relay.log.folders.tracking, week(Date.now()));
  const client = await relay.client();
  await client.mail('Subject: two\r\n\r\nx\r\n', ['b@dead.example']);
  await until('it was tried', async () => (await relay.control.call('queue.list')).some(({ lastError }) => lastError));
  const folder = process.env.SMTP_RELAY_REPORT_SHOTS ?? (await folderOf(t));
  const page = join(folder, 'report.html');
  await writeFile(page, (await relay.control.call('report.create', { days: 7 })).content);
  await relay.quiet();
  const profile = await folderOf(t);
  const browse = (...args: string[]) =>
    spawnSync(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--hide-scrollbars',
        `--user-data-dir=${profile}`,
        ...args,
        pathToFileURL(page).href,
      ],
      {
        encoding: 'utf8',
        timeout: 100_000,
        maxBuffer: 50_000_000,
      },
    );
  const shots = [
    ['wide', 1200, 2300, []],
    ['dark', 1200, 2300, ['--blink-settings=preferredColorScheme=0']],
    ['phone', 500, 3400, []],
  ] as const;
  for (const [name, width, height, more] of shots) {
    const file = join(folder, `${name}.png`);
    const { status, stderr } = browse(`--screenshot=${file}`, `--window-size=${width},${height}`, ...more);
    assert.equal(status, 0, stderr);
    assert.ok(statSync(file).size > 30_000, `${name} is almost empty`);
    assert.equal((await readFile(file)).readUInt32BE(16), width);
  }
  // What the browser made of it: whole, and with every part drawn.
  const dom = browse('--dump-dom');
  assert.equal(dom.status, 0, dom.stderr);
  assert.ok((dom.stdout.match(/<rect /g) ?? []).length > 100);
  assert.match(dom.stdout, /contoso\.mail\.protection\.outlook\.com/);
  assert.match(dom.stdout, /<footer>SmtpRelay/);
});

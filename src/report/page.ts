/**
 * The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere; light
 * and dark as the reader's system is; readable on a phone. Everything in it that came from others is escaped.
 */
import { durationInWords, sizeInWords } from '../message/in-words.ts';
import type { Bucket, Figure, Figures, Reason } from './aggregate.ts';

export interface PageFacts {
  readonly name: string;
  readonly version: string;
  readonly health: 'Green' | 'Yellow' | 'Red';
  readonly warnings: readonly string[];
  /** What waits now. */
  readonly queues: readonly {
    readonly nextHop: string;
    readonly connector: string;
    readonly status: string;
    readonly messages: number;
    /** Seconds since the first failure; null when there is none. */
    readonly trouble: number | null;
    readonly lastError: string | null;
    readonly meaning: string | null;
    readonly action: string | null;
  }[];
  /** Age of the oldest waiting message in seconds; null when none waits. */
  readonly oldest: number | null;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value: string | number): string =>
  String(value)
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '?')
    .replace(/[&<>"']/g, found => ESCAPES[found]!);

const number = (value: number): string => value.toLocaleString('en-GB');
const time = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

export function reportPage(facts: PageFacts, figures: Figures): string {
  const { buckets } = figures;
  const total = (key: 'received' | 'delivered' | 'deferred' | 'failed') =>
    buckets.reduce((sum, bucket) => sum + bucket[key], 0);
  const period = `${time(figures.from)} to ${time(figures.to)} UTC`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Mail report of ${text(facts.name)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${text(facts.name)}</h1>
<p>Mail report, ${period}</p>
</header>
<main>
${healthOf(facts)}
<section class="tiles">
${tile('Received', total('received'), `messages, ${sizeInWords(figures.bytes)}`, 'in')}
${tile('Delivered', total('delivered'), 'recipients', 'out')}
${tile('Deferred', total('deferred'), 'attempts put off', 'later')}
${tile('Failed', total('failed'), 'recipients', 'bad')}
</section>
<section>
<h2>Messages received and recipients delivered</h2>
${columns(buckets, figures.step, [
  ['received', 'in', 'received'],
  ['delivered', 'out', 'delivered'],
])}
</section>
<section>
<h2>Deferred and failed</h2>
${columns(buckets, figures.step, [
  ['deferred', 'later', 'deferred'],
  ['failed', 'bad', 'failed'],
])}
</section>
<div class="pair">
<section><h2>Who sends, in messages</h2>${bars(figures.clients, 'in', 'Nobody sent a message.')}</section>
<section><h2>Where it goes, in recipients</h2>${bars(figures.nextHops, 'out', 'Nothing was delivered.')}</section>
</div>
<div class="pair">
<section><h2>Time to delivery, in recipients</h2>${bars(figures.latencies, 'out', 'Nothing was delivered.')}</section>
<section><h2>What waits now</h2>${queueOf(facts)}</section>
</div>
<section><h2>Why mail failed</h2>${reasons(figures.failures, 'Nothing failed.')}</section>
<section><h2>Why mail was put off</h2>${reasons(figures.deferrals, 'Nothing was put off.')}</section>
</main>
<footer>SmtpRelay ${text(facts.version)}. Made ${time(figures.to)} UTC.</footer>
</body>
</html>
`;
}

function healthOf({ health, warnings }: PageFacts): string {
  const list = warnings.map(warning => `<li>${text(warning)}</li>`).join('');
  const word = { Green: 'All is well', Yellow: 'Needs a look', Red: 'Broken in some part' }[health];
  return `<section class="health ${health.toLowerCase()}"><strong>${word}</strong>${list ? `<ul>${list}</ul>` : ''}</section>`;
}

const tile = (label: string, value: number, note: string, colour: string) =>
  `<div class="tile ${colour}"><span>${label}</span><b>${number(value)}</b><small>${text(note)}</small></div>`;

type Series = readonly [key: 'received' | 'delivered' | 'deferred' | 'failed', colour: string, label: string];

const WIDTH = 960;
const HEIGHT = 240;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;

/** Columns side by side for each span of time. */
function columns(buckets: readonly Bucket[], step: number, series: readonly Series[]): string {
  const top = niceTop(Math.max(1, ...buckets.flatMap(bucket => series.map(([key]) => bucket[key]))));
  const height = HEIGHT - BOTTOM - TOP;
  const slot = (WIDTH - LEFT) / buckets.length;
  const wide = Math.max(1, (slot * 0.76) / series.length);
  const y = (value: number) => TOP + height * (1 - value / top);
  const lines = [0, 0.5, 1].map(part => {
    const at = y(top * part).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH}" y1="${at}" y2="${at}" class="grid"/><text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${number(top * part)}</text>`;
  });
  const every = Math.ceil(buckets.length / 8);
  const shapes = buckets.map((bucket, at) => {
    const left = LEFT + at * slot + slot * 0.12;
    const span = `${time(bucket.from)}, ${step / 3_600_000} h`;
    const words = series.map(([key, , label]) => `${number(bucket[key])} ${label}`).join(', ');
    const rects = series.map(([key, colour], index) => {
      const value = bucket[key];
      const tall = value === 0 ? 0 : Math.max(2, TOP + height - y(value));
      return `<rect class="${colour}" x="${(left + index * wide).toFixed(1)}" y="${(TOP + height - tall).toFixed(1)}" width="${Math.max(1, wide - 1).toFixed(1)}" height="${tall.toFixed(1)}" rx="1.5"/>`;
    });
    const label =
      at % every === 0
        ? `<text x="${left.toFixed(1)}" y="${HEIGHT - 6}">${time(bucket.from).slice(5, step < 86_400_000 ? 16 : 10)}</text>`
        : '';
    return `<g><title>${span}: ${words}</title>${rects.join('')}</g>${label}`;
  });
  const legend = series.map(([, colour, label]) => `<span><i class="${colour}"></i>${label}</span>`).join('');
  return `<div class="legend">${legend}</div><div class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${series.map(([, , label]) => label).join(' and ')} over time">${lines.join('')}${shapes.join('')}</svg></div>`;
}

/** A round number at or above, of which the half is whole. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 3, 4, 5, 6, 8, 10].find(one => one * power >= value)!;
  return 2 * Math.ceil((factor * power) / 2);
}

function bars(figures: readonly Figure[], colour: string, nothing: string): string {
  const most = Math.max(...figures.map(({ count }) => count), 0);
  if (most === 0) return `<p class="nothing">${nothing}</p>`;
  const rows = figures.map(({ name, count, note }) => {
    const share = (100 * count) / most;
    return `<li><div class="row"><span class="name">${text(name)}</span><span class="count">${number(count)}${note ? ` <small>${text(note)}</small>` : ''}</span></div><div class="track"><div class="fill ${colour}" style="width:${count === 0 ? 0 : Math.max(1, share).toFixed(1)}%"></div></div></li>`;
  });
  return `<ul class="bars">${rows.join('')}</ul>`;
}

function queueOf({ queues, oldest }: PageFacts): string {
  if (queues.length === 0) return '<p class="nothing">Nothing waits.</p>';
  const age = oldest === null ? '' : `<p>The oldest message waits for ${durationInWords(oldest)}.</p>`;
  const rows = queues.map(queue => {
    const since = queue.trouble === null ? '' : `, in trouble for ${durationInWords(queue.trouble)}`;
    return `<li><b>${number(queue.messages)}</b> for <b>${text(queue.nextHop)}</b> <small>${text(queue.connector)}, ${text(queue.status)}${since}</small>${queue.lastError ? `<code>${text(queue.lastError)}</code>` : ''}${hint(queue.meaning, queue.action)}</li>`;
  });
  return `${age}<ul class="reasons">${rows.join('')}</ul>`;
}

function reasons(list: readonly Reason[], nothing: string): string {
  if (list.length === 0) return `<p class="nothing">${nothing}</p>`;
  const rows = list.map(
    ({ reply, meaning, action, count, examples }) =>
      `<li><b>${number(count)}</b> <code>${text(reply)}</code>${hint(meaning, action)}<small>such as ${examples.map(text).join(', ')}</small></li>`,
  );
  return `<ul class="reasons">${rows.join('')}</ul>`;
}

const hint = (meaning: string | null, action: string | null): string =>
  meaning === null ? '' : `<p class="hint">${text(meaning)} <em>${text(action ?? '')}</em></p>`;

const STYLE = `
:root{--page:#f4f5f7;--card:#fff;--ink:#1c2430;--soft:#5b6675;--line:#dfe3e8;--in:#2f6fde;--out:#1f9d6b;--later:#d48a00;--bad:#cf3a3a}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b212a;--ink:#e6eaf0;--soft:#97a3b3;--line:#2c3541;--in:#6ea0ff;--out:#4cc795;--later:#f0b23e;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main,footer{max-width:1060px;margin:0 auto;padding:0 20px}
header{padding-top:28px}h1{margin:0;font-size:28px;line-height:1.2;overflow-wrap:anywhere}header p,footer{color:var(--soft);margin:4px 0 20px}
footer{padding-bottom:28px;font-size:14px}
h2{margin:0 0 12px;font-size:17px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:0 0 16px}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:16px;background:none;border:0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-top:4px solid;border-radius:10px;padding:14px 16px;display:flex;flex-direction:column}
.tile.in{border-top-color:var(--in)}.tile.out{border-top-color:var(--out)}.tile.later{border-top-color:var(--later)}.tile.bad{border-top-color:var(--bad)}
.tile span,.tile small,small{color:var(--soft)}.tile b{font-size:30px;line-height:1.25;font-variant-numeric:tabular-nums}small{font-size:13px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:16px}.pair section{min-width:0}
.health{border-left:6px solid}.health ul{margin:6px 0 0;padding-left:20px;overflow-wrap:anywhere}
.green{border-left-color:var(--out)}.yellow{border-left-color:var(--later)}.red{border-left-color:var(--bad)}
.chart{overflow-x:auto}svg{display:block;width:100%;min-width:620px;height:auto}svg text{fill:var(--soft);font-size:12px}.grid{stroke:var(--line)}
rect.in{fill:var(--in)}rect.out{fill:var(--out)}rect.later{fill:var(--later)}rect.bad{fill:var(--bad)}
.legend{display:flex;gap:18px;margin-bottom:6px;color:var(--soft);font-size:14px}.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:6px}
i.in,.fill.in{background:var(--in)}i.out,.fill.out{background:var(--out)}i.later{background:var(--later)}i.bad{background:var(--bad)}
ul.bars,ul.reasons{list-style:none;margin:0;padding:0}.bars li{margin-bottom:10px}.row{display:flex;justify-content:space-between;gap:12px;font-size:15px}
.name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}.count{white-space:nowrap;font-variant-numeric:tabular-nums}
.track{height:8px;border-radius:4px;background:var(--line);margin-top:3px}.fill{height:8px;border-radius:4px}
.reasons li{border-top:1px solid var(--line);padding:10px 0}.reasons li:first-child{border-top:0;padding-top:0}
code{display:block;font:13px/1.45 ui-monospace,Consolas,monospace;background:var(--page);border-radius:6px;padding:6px 8px;margin:6px 0;overflow-wrap:anywhere}
.hint{margin:4px 0}.hint em{font-style:normal;color:var(--in)}.nothing{color:var(--soft);margin:0}
@media (max-width:720px){header,main,footer{padding-left:12px;padding-right:12px}.tiles{grid-template-columns:1fr 1fr;gap:10px}.pair{grid-template-columns:1fr;gap:0}.tile b{font-size:24px}section{padding:14px}svg{min-width:0}svg text{font-size:20px}}
@media print{body{background:#fff}section,.tile{break-inside:avoid}}
`.replaceAll('\n', '');

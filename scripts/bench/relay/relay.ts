/**
 * The relay against Postfix and against no relay, in rounds that take turns, so that a busy moment of
 * the machine meets all of them: rates, processor time and memory as medians, and the ratio to Postfix.
 *
 *   node scripts/bench/relay/relay.ts --rounds 5 --messages 5000 --sessions 20 --size 4096
 *   ... --reuse yes|no|both   --with /other/tree   --without postfix   --json result.json
 *
 * --with compares another checkout of this project too. Linux, root, Postfix installed; it is not run.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../load/free-port.ts';
import { type Load, type Measured, measure } from './round.ts';
import { nothing, postfix, type System, smtpRelay } from './systems.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '5000' },
    'warm-up': { type: 'string', default: '1000' },
    sessions: { type: 'string', default: '20' },
    size: { type: 'string', default: '4096' },
    reuse: { type: 'string', default: 'both' },
    with: { type: 'string' },
    without: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'smtp-relay-bench-'));
const sinkPort = await freePort();
const place = async () => ({ folder, sinkPort, port: await freePort(), controlPort: await freePort() });
const without = values.without.split(',');
const systems: System[] = [
  nothing(sinkPort),
  ...(without.includes('postfix') ? [] : [postfix(await place())]),
  smtpRelay(await place()),
  ...(values.with ? [smtpRelay(await place(), join(values.with, 'src', 'main.ts'), 'other')] : []),
];
const rows: (Measured & { round: number; reuse: boolean })[] = [];
try {
  const modes = values.reuse === 'both' ? [false, true] : [values.reuse === 'yes'];
  for (const reuse of modes) {
    const load: Load = {
      messages: Number(values.messages),
      warmUp: Number(values['warm-up']),
      sessions: Number(values.sessions),
      size: Number(values.size),
      reuse,
    };
    for (let round = 1; round <= Number(values.rounds); round++)
      for (const system of systems) {
        rows.push({ round, reuse, ...(await measure(system, sinkPort, load)) });
        process.stderr.write('.');
      }
    process.stderr.write('\n');
    print(reuse);
  }
  if (values.json) await writeFile(values.json, JSON.stringify({ machine: machine(), options: values, rows }, null, 1));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function machine() {
  const { length, 0: first } = cpus();
  return { processors: length, model: first?.model, memory: totalmem(), kernel: release(), node: process.version };
}

function print(reuse: boolean): void {
  const { messages, sessions, size, rounds } = values;
  const how = reuse ? 'connections reused' : 'a connection for each message';
  const line = (cells: readonly (string | number)[]) =>
    console.log(
      String(cells[0]).padEnd(12) +
        cells
          .slice(1)
          .map(cell => String(cell).padStart(13))
          .join(''),
    );
  console.log(`\n${messages} messages of ${size} bytes, ${sessions} sessions, ${how}; medians of ${rounds} rounds`);
  line(['', 'accept/s', 'end to end/s', 'CPU ms', 'PSS MiB', 'backlog', 'extra']);
  const base = rowOf('postfix', reuse);
  for (const { name } of systems) {
    const row = rowOf(name, reuse);
    line([
      name,
      Math.round(row.accept),
      Math.round(row.endToEnd),
      row.processor.toFixed(3),
      Math.round(row.memory),
      row.backlog,
      row.extra,
    ]);
    if (Number.isNaN(base.accept) || name === 'postfix' || name === 'no relay') continue;
    line([
      ' to postfix',
      `x ${(row.accept / base.accept).toFixed(2)}`,
      `x ${(row.endToEnd / base.endToEnd).toFixed(2)}`,
      `1/${(base.processor / row.processor).toFixed(1)}`,
    ]);
  }
}

function rowOf(name: string, reuse: boolean): Measured {
  const own = rows.filter(row => row.system === name && row.reuse === reuse);
  const median = (key: Exclude<keyof Measured, 'system'>) =>
    own.map(row => row[key]).sort((a, b) => a - b)[own.length >> 1] ?? Number.NaN;
  const [accept, endToEnd, processor] = [median('accept'), median('endToEnd'), median('processor')];
  return {
    system: name,
    accept,
    endToEnd,
    processor,
    memory: median('memory'),
    backlog: median('backlog'),
    extra: median('extra'),
  };
}

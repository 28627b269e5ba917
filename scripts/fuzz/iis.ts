/**
 * Feeds damaged IIS configurations to the importer: whole files in every form, and address lists. An input
 * must be read and planned, or refused with a sentence, within a second, whatever stands in it.
 *
 *   node scripts/fuzz/iis.ts --inputs 1000000 --seed 1
 *   node scripts/fuzz/iis.ts --seed 1 --only 4711       # one input of that run again
 *
 * Ends with 0 when nothing was found.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeIpSecurityList, ListError } from '../../src/iis/ip-security-list.ts';
import { bytesOfList } from '../../src/iis/ip-security-text.ts';
import { planOf } from '../../src/iis/plan.ts';
import { readSource } from '../../src/iis/read-source.ts';
import { SourceError } from '../../src/iis/source.ts';
import { defaultSettings } from '../../src/settings/store.ts';
import { encodeList } from '../../test/iis/encode.ts';
import { Random } from '../crash/random.ts';

export interface IisFuzzResult {
  readonly inputs: number;
  /** Inputs that were understood, at least in part. */
  readonly read: number;
  readonly refused: number;
  /** Milliseconds of the slowest input, and what the heap grew by, in MiB. */
  readonly slowest: number;
  readonly heap: number;
  readonly seconds: number;
  readonly findings: readonly string[];
}

const TOO_SLOW = 1000;

interface Seeds {
  readonly files: readonly Buffer[];
  readonly lists: readonly Buffer[];
}

function seeds(): Seeds {
  const folder = new URL('../../test/iis/', import.meta.url);
  const vectors = JSON.parse(readFileSync(new URL('vectors.json', folder), 'utf8'));
  const names = globSync('*', { cwd: fileURLToPath(new URL('scenarios/', folder)) })
    .filter(name => !name.endsWith('.expected.json'))
    .sort();
  const withNames = encodeList([], [{ mask: 0xffff_ffff, addresses: [0xc000_0201] }], { denied: 2, granted: 1 });
  return {
    files: [
      Buffer.from(vectors.metabaseXml[0].xml),
      ...names.map(name => readFileSync(new URL(`scenarios/${name}`, folder))),
    ],
    lists: [
      ...vectors.relayIpList.flatMap(({ hex }: { hex: string | null }) => (hex ? [Buffer.from(hex, 'hex')] : [])),
      Buffer.from(withNames),
    ],
  };
}

const WORDS = [
  '<',
  '>',
  '"',
  '&amp;',
  '&#0;',
  '&x;',
  '<!DOCTYPE a>',
  ']]>',
  '<!--',
  '{',
  '[',
  '4294967295',
  '-1',
  '\0',
  '/LM/SmtpSvc/1',
  '=',
  '\uFFFD',
  '0x',
  ';',
  '|',
];

/** One to a few changes: bytes turned, cut out, doubled, words put in, numbers made large. */
function damage(seed: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(seed);
  for (let change = random.between(1, 4); change > 0; change--) {
    const at = random.between(0, bytes.length);
    const end = Math.min(bytes.length, at + random.between(1, 40));
    switch (random.between(0, 5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.between(0, 255);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(WORDS)), bytes.subarray(at)]);
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      default:
        if (at + 4 <= bytes.length)
          bytes.writeUInt32LE(random.pick([0, 1, 0x8000_0000, 0xffff_ffff, bytes.length]), at);
    }
  }
  return bytes;
}

export function fuzzIis({ seed, inputs, only }: { seed: number; inputs: number; only: number | null }): IisFuzzResult {
  const { files, lists } = seeds();
  const current = defaultSettings();
  const findings: string[] = [];
  let [read, refused, slowest] = [0, 0, 0];
  const begin = performance.now();
  const heap = process.memoryUsage().heapUsed;
  for (let number = only ?? 0; number < (only === null ? inputs : only + 1); number++) {
    const random = new Random(seed * 1_000_003 + number);
    const isFile = random.chance(0.3);
    const bytes = damage(random.pick(isFile ? files : lists), random);
    const start = process.cpuUsage();
    try {
      if (isFile)
        planOf(readSource(bytes), {
          current,
          windows: random.chance(0.5),
          merge: random.chance(0.2),
          virtualServers: null,
          openTo: [],
          dropDirectory: '/var/drop',
        });
      else decodeIpSecurityList(bytesOfList(random.chance(0.5) ? bytes : bytes.toString('hex')));
      read++;
    } catch (error) {
      if (error instanceof ListError || error instanceof SourceError) refused++;
      else findings.push(`input ${number}: ${(error as Error).stack}`);
    }
    // Of the processor, not of the clock: others use this machine too.
    const used = process.cpuUsage(start);
    const time = (used.user + used.system) / 1000;
    slowest = Math.max(slowest, time);
    if (time > TOO_SLOW) findings.push(`input ${number}: took ${Math.round(time)} ms`);
    if (findings.length > 20) break;
  }
  const grown = (process.memoryUsage().heapUsed - heap) / 1_048_576;
  return {
    inputs,
    read,
    refused,
    slowest: Math.round(slowest),
    heap: Math.round(grown),
    seconds: (performance.now() - begin) / 1000,
    findings,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  });
  const result = fuzzIis({
    seed: Number(values.seed),
    inputs: Number(values.inputs),
    only: values.only === undefined ? null : Number(values.only),
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.findings.length === 0 ? 0 : 1;
}

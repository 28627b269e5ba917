/**
 * Loaded before the program under test (`node --import`): its file functions then fail as the test
 * says, while it runs. What fails is decided by name and path; what is written before a failure is
 * really written, and a sync that fails can lose what came since the last good one, as a kernel does
 * that drops pages it could not write.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

export interface FileFault {
  /** Functions, as a pattern: of a file handle (`writev`, `datasync`), of fs.promises (`rename`, `open`), `openStream`, `readStream`, `renameSync`, `unlinkSync`. */
  readonly call: string;
  /** Part of the path, as a pattern; a rename shows both as `from -> to`. */
  readonly path: string;
  /** The error; without one the call succeeds with `bytes` of what was asked for. */
  readonly code?: string;
  /** What is read or written before it ends. */
  readonly bytes?: number;
  /** What was written and not synced becomes zeros. */
  readonly loses?: boolean;
  /** Calls that go well first. */
  readonly skip?: number;
  /** Calls that fail; all when left out. */
  readonly times?: number;
}

type Function = (...args: never[]) => unknown;
type Functions = Record<string, Function>;
type Handle = fs.promises.FileHandle;

interface Active {
  readonly fault: FileFault;
  readonly call: RegExp;
  readonly path: RegExp;
  seen: number;
  hits: number;
}

let active: Active[] = [];

/** The fault this call meets. */
function faultOf(call: string, path: string): FileFault | null {
  for (const rule of active) {
    if (!rule.call.test(call) || !rule.path.test(path)) continue;
    rule.seen++;
    const { skip = 0, times = Number.POSITIVE_INFINITY } = rule.fault;
    if (rule.seen <= skip || rule.hits >= times) continue;
    rule.hits++;
    return rule.fault;
  }
  return null;
}

const errorOf = (code: string, call: string, path: string) =>
  Object.assign(new Error(`${code}: injected, ${call} '${path}'`), { code, syscall: call, path });

const sample = await fs.promises.open(new URL(import.meta.url));
const prototype = Object.getPrototypeOf(sample) as Functions;
await sample.close();
const real: Functions = {};
const paths = new WeakMap<object, string>();
/** Bytes that are on the disk for certain. */
const synced = new WeakMap<object, number>();

for (const call of ['read', 'write', 'writev', 'writeFile', 'appendFile', 'datasync', 'sync', 'truncate', 'readFile']) {
  real[call] = prototype[call]!;
  prototype[call] = async function (this: Handle, ...args: never[]) {
    const path = paths.get(this) ?? '';
    const fault = faultOf(call, path);
    if (!fault) {
      const result = await real[call]!.apply(this, args);
      if (/sync$/.test(call)) synced.set(this, (await this.stat()).size);
      return result;
    }
    const done = await partly(this, call, args as unknown[], fault);
    if (fault.code === undefined) return done;
    if (/sync$/.test(call) && fault.loses) await lose(this);
    throw errorOf(fault.code, call, path);
  };
}

/** Reads or writes no more than the fault lets pass. */
async function partly(handle: Handle, call: string, args: readonly unknown[], fault: FileFault): Promise<unknown> {
  const { bytes = 0 } = fault;
  const write = (data: Buffer, position: number | null) => {
    const part = data.subarray(0, bytes);
    return real.write!.apply(handle, [
      fault.loses ? Buffer.alloc(part.length) : part,
      0,
      part.length,
      position,
    ] as never[]);
  };
  if (bytes === 0) return undefined;
  if (call === 'read')
    return real.read!.apply(handle, [args[0], args[1], Math.min(bytes, args[2] as number), args[3]] as never[]);
  if (call === 'write') return write((args[0] as Buffer).subarray(args[1] as number), args[3] as number);
  if (call === 'writev') return write(Buffer.concat(args[0] as Buffer[]), args[1] as number);
  if (call === 'writeFile' || call === 'appendFile') return write(Buffer.from(args[0] as Buffer), null);
  return undefined;
}

async function lose(handle: Handle): Promise<void> {
  const from = synced.get(handle) ?? 0;
  const { size } = await handle.stat();
  if (size > from) await real.write!.apply(handle, [Buffer.alloc(size - from), 0, size - from, from] as never[]);
}

const promises = fs.promises as unknown as Functions;
for (const call of ['open', 'readFile', 'writeFile', 'rename', 'rm', 'mkdir', 'stat', 'readdir', 'statfs', 'link']) {
  const original = promises[call]!;
  promises[call] = async (...args: never[]) => {
    const path = call === 'rename' || call === 'link' ? `${args[0]} -> ${args[1]}` : String(args[0]);
    const fault = faultOf(call, path);
    if (fault) throw errorOf(fault.code!, call, path);
    const result = await original(...args);
    if (call === 'open') {
      paths.set(result as object, path);
      synced.set(result as object, (await (result as Handle).stat()).size);
    }
    return result;
  };
}

const callbacks = fs as unknown as Functions;
const streams = new Map<number, string>();
const { open, read } = callbacks;
callbacks.open = (...args: never[]) => {
  const done = args.at(-1) as unknown as (error: Error | null, descriptor?: number) => void;
  const path = String(args[0]);
  const fault = faultOf('openStream', path);
  if (fault) return setImmediate(done, errorOf(fault.code!, 'open', path));
  const told = (error: Error | null, descriptor?: number) => {
    if (descriptor !== undefined) streams.set(descriptor, path);
    done(error, descriptor);
  };
  return open!(...[...args.slice(0, -1), told as never]);
};
callbacks.read = (...args: never[]) => {
  const path = streams.get(args[0] as unknown as number) ?? '';
  const fault = faultOf('readStream', path);
  if (fault) return setImmediate(args.at(-1) as never, errorOf(fault.code!, 'read', path));
  return read!(...args);
};
for (const call of ['renameSync', 'unlinkSync']) {
  const original = callbacks[call]!;
  callbacks[call] = (...args: never[]) => {
    const fault = faultOf(call, args.join(' -> '));
    if (fault) throw errorOf(fault.code!, call, String(args[0]));
    return original(...args);
  };
}
syncBuiltinESMExports();

/** These faults from now on, in this process. */
export function failFiles(...faults: readonly FileFault[]): void {
  active = faults.map(fault => ({
    fault,
    call: new RegExp(`^(?:${fault.call})$`),
    path: new RegExp(fault.path),
    seen: 0,
    hits: 0,
  }));
}

if (isMainThread) {
  failFiles(...(JSON.parse(process.env.SMTP_RELAY_TEST_FAULTS ?? '[]') as FileFault[]));
  // The test says what fails from now on and hears how often what it said before was met.
  process.on('message', (faults: readonly FileFault[] | 'hits') => {
    const hits = active.map(rule => rule.hits);
    if (faults !== 'hits') failFiles(...faults);
    process.send!(hits);
  });
  process.channel?.unref();
}

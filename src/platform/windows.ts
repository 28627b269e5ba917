/**
 * The one file that loads edge-js, and with it .NET, into this process: about 200 ms and 45 MiB, so only
 * when something asks for it. What was learned of edge-js 26.1.0, each held by test/platform/windows.test.ts:
 * - one thread of a process only, the main one: a worker that loads it aborts the process;
 * - always with a callback: the synchronous form leaks its result;
 * - what goes over as text ends at its first NUL, so passwords and tokens go as bytes;
 * - .NET's use of OpenSSL would bind to that of Node and crash, so the system's is loaded first.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { TokenAnswer, TokenExchange, WindowsBridge } from './windows-bridge.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const packaged = join(root, 'bridge');

/** In a package `bridge`, else where scripts/build-bridge.mjs puts it; SMTP_RELAY_BRIDGE names another folder. */
export const BRIDGE_FOLDER: string =
  process.env.SMTP_RELAY_BRIDGE ?? (existsSync(packaged) ? packaged : join(root, '.tools', 'bridge'));
const DLL = 'EdgeJs.dll';
const NATIVE = 'edge_coreclr.node';

type Callback = (error: Error | null, answer: Answer) => void;
type Method = (input: object, callback: Callback) => void;
type Edge = { func?: (where: { assemblyFile: string; typeName: string; methodName: string }) => Method };

interface Answer {
  readonly ok: boolean;
  readonly why?: string;
  readonly context?: number;
  readonly done?: boolean;
  readonly token?: Buffer;
  readonly identity?: string;
  readonly count?: number;
}

/** The bridge, and what only its tests ask. */
export interface LoadedBridge extends WindowsBridge {
  /** Contexts that are open in .NET. */
  open(): Promise<number>;
}

let loaded: LoadedBridge | null = null;

/** Loads .NET, once. @throws Error with a sentence when it can't be. */
export function loadWindowsBridge(): LoadedBridge {
  loaded ??= new EdgeBridge(loadEdge());
  return loaded;
}

function requireEdge(): Edge {
  try {
    return createRequire(import.meta.url)('edge-js') as Edge;
  } catch (error) {
    // Windows names the file that could not be loaded, but not what it missed.
    if (process.platform !== 'win32' || (error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') throw error;
    throw new Error(`${(error as Error).message} (is the Visual C++ Redistributable installed?)`, { cause: error });
  }
}

function loadEdge(): (typeName: string, methodName: string) => Method {
  if (!isMainThread) throw new Error('.NET can be loaded by the main thread only');
  const assemblyFile = join(BRIDGE_FOLDER, DLL);
  if (!existsSync(assemblyFile)) throw new Error(`${assemblyFile} is missing (build it with: npm run bridge)`);
  if (process.platform === 'linux') loadOpenSsl();
  const native = join(BRIDGE_FOLDER, NATIVE);
  Object.assign(process.env, {
    EDGE_USE_CORECLR: '1',
    EDGE_USE_RUNTIME_CONFIG: '1',
    EDGE_BOOTSTRAP_DIR: BRIDGE_FOLDER,
    ...(existsSync(native) ? { EDGE_NATIVE: native } : {}),
  });
  const edge = requireEdge();
  return (typeName, methodName) => {
    const { func } = edge;
    if (!func) throw new Error('edge-js did not load');
    return func({ assemblyFile, typeName: `SmtpRelay.Bridge.${typeName}`, methodName });
  };
}

/** Node exports an OpenSSL of its own, to which that of the system would bind. */
function loadOpenSsl(): void {
  const { RTLD_NOW, RTLD_DEEPBIND } = constants.dlopen as { RTLD_NOW: number; RTLD_DEEPBIND: number };
  for (const library of ['libcrypto.so.3', 'libssl.so.3']) {
    try {
      process.dlopen({ exports: {} }, library, RTLD_NOW | RTLD_DEEPBIND);
    } catch {
      // "Module did not self-register": it is no addon, but it stays loaded.
    }
  }
}

class EdgeBridge implements LoadedBridge {
  readonly #methods: Readonly<Record<'Step' | 'Wrap' | 'Unwrap' | 'End' | 'Open' | 'Check', Method>>;

  constructor(method: (typeName: string, methodName: string) => Method) {
    const negotiation = (name: string) => method('Negotiation', name);
    this.#methods = {
      Step: negotiation('Step'),
      Wrap: negotiation('Wrap'),
      Unwrap: negotiation('Unwrap'),
      End: negotiation('End'),
      Open: negotiation('Open'),
      Check: method('WindowsLogon', 'Check'),
    };
  }

  exchange(): TokenExchange {
    return new EdgeExchange((name, input) => this.#call(name, input));
  }

  async checkPassword(name: string, password: string): Promise<string | null> {
    if (name.includes('\0')) return null;
    const bytes = Buffer.from(password, 'utf8');
    const { ok, identity } = await this.#call('Check', { name, password: bytes });
    bytes.fill(0);
    return ok && identity ? identity : null;
  }

  async open(): Promise<number> {
    return (await this.#call('Open', {})).count ?? 0;
  }

  /** Never rejects: C# answers what fails, and edge-js throws the rest here or there. */
  #call(name: 'Step' | 'Wrap' | 'Unwrap' | 'End' | 'Open' | 'Check', input: object): Promise<Answer> {
    return new Promise(resolve => {
      const failed = (error: Error) => resolve({ ok: false, why: error.message });
      try {
        this.#methods[name](input, (error, answer) => (error ? failed(error) : resolve(answer)));
      } catch (error) {
        failed(error as Error);
      }
    });
  }
}

class EdgeExchange implements TokenExchange {
  readonly #call: (name: 'Step' | 'Wrap' | 'Unwrap' | 'End', input: object) => Promise<Answer>;
  #context = 0;
  #isOver = false;

  constructor(call: (name: 'Step' | 'Wrap' | 'Unwrap' | 'End', input: object) => Promise<Answer>) {
    this.#call = call;
  }

  async step(token: Buffer): Promise<TokenAnswer> {
    if (this.#isOver) return { kind: 'refused', why: 'NoContext' };
    const answer = await this.#call('Step', { context: this.#context, token });
    this.#context = answer.context ?? 0;
    // It ended while .NET was at work.
    if (this.#isOver) this.#dispose();
    if (!answer.ok || this.#isOver) return { kind: 'refused', why: answer.why ?? 'NoContext' };
    const said = answer.token ?? Buffer.alloc(0);
    return answer.done ? { kind: 'done', token: said, identity: answer.identity! } : { kind: 'more', token: said };
  }

  wrap(text: Buffer): Promise<Buffer | null> {
    return this.#transform('Wrap', text);
  }

  unwrap(token: Buffer): Promise<Buffer | null> {
    return this.#transform('Unwrap', token);
  }

  end(): void {
    this.#isOver = true;
    this.#dispose();
  }

  async #transform(name: 'Wrap' | 'Unwrap', token: Buffer): Promise<Buffer | null> {
    if (this.#isOver || this.#context === 0) return null;
    const answer = await this.#call(name, { context: this.#context, token });
    return answer.ok ? (answer.token ?? null) : null;
  }

  #dispose(): void {
    if (this.#context === 0) return;
    void this.#call('End', { context: this.#context });
    this.#context = 0;
  }
}

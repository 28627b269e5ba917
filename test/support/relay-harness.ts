/**
 * A real relay for tests, in this process: its own data folder, free ports, real sockets and files.
 * Its mail goes to a sink that keeps what comes, unless other connectors are given.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Control } from '../../src/contract/control.generated.ts';
import { RelayProblem } from '../../src/contract/problems.ts';
import { Relay, type RelayOptions } from '../../src/relay.ts';
import { Sink } from './relay-sink.ts';
import { SmtpClient, type SmtpClientOptions } from './relay-smtp.ts';
import { freePort, until } from './relay-waiting.ts';
import { Secrets } from './secrets.ts';

export { freePort, until } from './relay-waiting.ts';

export type Method = keyof Control;

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data: {
    readonly id: string;
    readonly action: string;
    readonly problems: readonly { path: string; value?: unknown; message: string }[];
  };
}

/** A JSON-RPC error, as the client sees it. */
export class RpcError extends Error {
  readonly error: RpcErrorObject;

  constructor(error: RpcErrorObject) {
    super(error.message);
    this.error = error;
  }

  get id(): string {
    return this.error.data.id;
  }

  get paths(): string[] {
    return this.error.data.problems.map(problem => problem.path);
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface TestSettings {
  readonly general?: object;
  readonly logging?: object;
  readonly listener?: object;
  readonly listeners?: readonly object[];
  readonly certificates?: readonly object[];
  readonly restriction?: object;
  readonly domains?: readonly object[];
  readonly accounts?: readonly object[];
  readonly connectors?: readonly object[];
}

/** Nobody listens on port 1. */
export const DEAD_PORT = 1;

export const smartHost = (port: number, changes: object = {}) => ({
  name: 'Next',
  type: 'SmartHost',
  smartHosts: [{ host: '127.0.0.1', port }],
  tlsMode: 'None',
  ...changes,
});

/** An empty folder under the system's place for such things; remove it with `removeFolder`. */
export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'smtp-relay-test-'));

export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });

/** One request over a connection of its own. */
export function http(port: number, options: RequestOptions, body?: string | Buffer): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...options }, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Speaks to the control port of a data folder as an administrator would. */
export class ControlClient {
  readonly port: number;
  readonly token: string;
  /** All that were given away by this client, its token too. */
  readonly secrets = new Secrets();
  #id = 0;

  constructor(port: number, token: string) {
    this.port = port;
    this.token = token;
    this.secrets.add(token);
  }

  static async of(dataFolder: string, port: number): Promise<ControlClient> {
    return new ControlClient(port, (await readFile(join(dataFolder, 'control.token'), 'utf8')).trim());
  }

  /** Posts a body that need not be JSON. */
  post(body: string | Buffer, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return http(
      this.port,
      {
        method: 'POST',
        path: '/rpc',
        headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json', ...headers },
      },
      body,
    );
  }

  get(path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return http(this.port, { path, headers: { Authorization: `Bearer ${this.token}`, ...headers } });
  }

  /** @throws RpcError */
  async call<Name extends Method>(method: Name, params?: Control[Name]['params']): Promise<Control[Name]['result']> {
    const id = ++this.#id;
    this.secrets.hear(params);
    const answer = await this.post(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    assert.equal(answer.status, 200, answer.text);
    const response = JSON.parse(answer.text) as { id: number; result: never; error?: RpcErrorObject };
    assert.equal(response.id, id);
    if (response.error) throw new RpcError(response.error);
    return response.result;
  }

  /** The error of a call that must fail. Takes what the contract does not allow. */
  async fails(method: string, params?: unknown): Promise<RpcError> {
    try {
      await this.call(method as Method, params as never);
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    }
    throw new assert.AssertionError({ message: `${method} should have failed` });
  }
}

export class TestRelay {
  relay: Relay;
  readonly folder: string;
  readonly port: number;
  readonly control: ControlClient;
  /** Where the mail goes, unless the settings say otherwise. */
  readonly sink: Sink;
  readonly #parts: Pick<RelayOptions, 'policyHosts'>;
  readonly #clients = new Set<SmtpClient>();

  private constructor(
    relay: Relay,
    port: number,
    control: ControlClient,
    sink: Sink,
    parts: Pick<RelayOptions, 'policyHosts'>,
  ) {
    this.#parts = parts;
    this.relay = relay;
    this.sink = sink;
    this.folder = relay.dataFolder;
    this.port = port;
    this.control = control;
  }

  /** Starts one with these settings beside those every test needs. Stop it with `stop`. */
  static async start(settings: TestSettings = {}, parts: Pick<RelayOptions, 'policyHosts'> = {}): Promise<TestRelay> {
    const sink = await Sink.start();
    for (let tries = 1; ; tries++) {
      const folder = await temporaryFolder();
      try {
        const connectors = [smartHost(sink.port)];
        const { port, controlPort } = await writeSettings(folder, { connectors, ...settings });
        const relay = await Relay.start({ dataFolder: folder, wishes: NO_WISHES, console: false, ...parts });
        return new TestRelay(relay, port, await ControlClient.of(folder, controlPort), sink, parts);
      } catch (error) {
        await removeFolder(folder);
        // Another test may have taken the port between looking and listening.
        if (error instanceof RelayProblem && error.id === 'AddressInUse' && tries < 5) continue;
        await sink.stop();
        throw error;
      }
    }
  }

  /** Opens a session; it is ended with the relay at the latest. */
  async connect(options: SmtpClientOptions = {}): Promise<SmtpClient> {
    return this.#keep(await SmtpClient.open(this.port, options));
  }

  /** The same, greeted and after EHLO. */
  async client(options: SmtpClientOptions = {}): Promise<SmtpClient> {
    return this.#keep(await SmtpClient.ready(this.port, options));
  }

  #keep(client: SmtpClient): SmtpClient {
    this.#clients.add(client);
    client.socket.once('close', () => this.#clients.delete(client));
    return client;
  }

  /** The file of a message that the next hop deferred; it is made when the message moves to the queue. */
  storedFile(id: string): Promise<string> {
    const path = join(this.folder, 'Queue', `${id}.eml`);
    return until(`${path} is there`, () => readFile(path, 'utf8').catch(() => null));
  }

  /** A message as the next hop got it, one character a byte. */
  async sent(id: string): Promise<string> {
    return (await this.sink.messageOf(id)).bytes.toString('latin1');
  }

  /** The same without the Received line of this relay. */
  async sentWithoutTrace(id: string): Promise<string> {
    const text = await this.sent(id);
    const trace = /^Received: from [^\r\n]*\r\n(?:\t[^\r\n]*\r\n)*/.exec(text);
    assert.ok(trace, text.slice(0, 300));
    return text.slice(trace[0].length);
  }

  /** Names of the files in the Queue folder. */
  async queueFiles(): Promise<string[]> {
    return (await readdir(join(this.folder, 'Queue'))).sort();
  }

  /** Rows of queue.db. */
  rows(): number {
    const database = new DatabaseSync(join(this.folder, 'queue.db'), { readOnly: true });
    try {
      return (database.prepare('SELECT count(*) AS n FROM message').get() as { n: number }).n;
    } finally {
      database.close();
    }
  }

  /** Waits until nothing waits any more: no message, no file, no row. */
  async empty(): Promise<void> {
    await until('nothing waits', async () => {
      const { queued } = await this.control.call('relay.get');
      return queued === 0 && (await this.queueFiles()).length === 0 && this.rows() === 0;
    });
    assert.deepEqual(await this.control.call('message.list'), []);
  }

  /** Lets all clients vanish and waits until no session is open. */
  async quiet(): Promise<void> {
    for (const client of this.#clients) await client.vanish();
    await until('all sessions are over', async () => (await this.control.call('relay.get')).sessions === 0);
  }

  /** Everything written to the logs so far, by folder. */
  async logs(): Promise<{ protocol: string; tracking: string; activity: string }> {
    await this.relay.log.flush();
    const { protocol, tracking, activity } = this.relay.log.folders;
    return { protocol: await textOf(protocol), tracking: await textOf(tracking), activity: await textOf(activity) };
  }

  /** Stops it and starts it again with the same data folder and ports. */
  async restart(): Promise<void> {
    for (const client of this.#clients) await client.vanish();
    await this.relay.stop(0);
    this.relay = await Relay.start({
      dataFolder: this.folder,
      wishes: NO_WISHES,
      console: false,
      ...this.#parts,
    });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.vanish();
    await this.relay.stop(0);
    await this.sink.stop();
    try {
      await this.control.secrets.lookThrough(this.folder);
    } finally {
      await removeFolder(this.folder);
    }
  }
}

export const NO_WISHES = { port: null, submissionPort: null, controlPort: null, smartHost: null, relayNetworks: [] };

/** Writes settings.json as an administrator could have, on free ports. */
export async function writeSettings(
  folder: string,
  settings: TestSettings = {},
): Promise<{ port: number; controlPort: number }> {
  const [port, controlPort] = [await freePort(), await freePort()];
  const { general, listener, listeners, ...rest } = settings;
  const file = {
    version: 1,
    general: { fqdn: 'relay.test', controlPort, minimumFreeSpace: 0, ...general },
    listeners: listeners ?? [
      { name: 'Default', bindings: [{ address: '127.0.0.1', port }], tlsMode: 'Off', ...inPort(listener, port) },
    ],
    connectors: [smartHost(DEAD_PORT)],
    ...rest,
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(file));
  return { port, controlPort };
}

/** Bindings that leave out the port get the free one. */
function inPort(listener: object | undefined, port: number): object {
  const bindings = (listener as { bindings?: object[] } | undefined)?.bindings;
  return bindings ? { ...listener, bindings: bindings.map(binding => ({ port, ...binding })) } : { ...listener };
}

/** All files of a folder and the folders in it, one after the other; empty when there is no such folder. */
export async function textOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return (await Promise.all(files.sort().map(file => readFile(file, 'utf8')))).join('');
}

/**
 * The real program on files that fail (file-faults.ts), with a client that remembers what it was
 * promised and a next hop that keeps what comes. At the end every message with a 250 must be there,
 * byte for byte, and nothing may be left of the others.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import type { FileFault } from './file-faults.ts';
import {
  type ControlClient,
  removeFolder,
  smartHost,
  type TestSettings,
  temporaryFolder,
  writeSettings,
} from './relay-harness.ts';
import { controlOf, isAlive, RelayProgram, stateOf } from './relay-process.ts';
import { Sink } from './relay-sink.ts';
import { SmtpClient } from './relay-smtp.ts';
import { until } from './relay-waiting.ts';

const PRELOAD = new URL('./file-faults.ts', import.meta.url);

export interface Sent {
  readonly number: number;
  readonly text: string;
  readonly code: number;
  readonly reply: string;
}

export const SMALL = 2_000;
/** Goes to the Queue folder from the start. */
export const LARGE = 400_000;

export class FaultyRelay {
  readonly folder: string;
  readonly sink: Sink;
  readonly sent: Sent[] = [];
  port = 0;
  program!: RelayProgram;
  control!: ControlClient;
  #number = 0;
  #read = 0;
  readonly #texts = new Map<number, string>();
  readonly #arrivals = new Map<number, number>();

  private constructor(folder: string, sink: Sink) {
    this.folder = folder;
    this.sink = sink;
  }

  /** @param faults in force from the first instruction on */
  static async start(t: TestContext, settings: TestSettings = {}, folder?: string): Promise<FaultyRelay> {
    const sink = await Sink.start();
    const relay = new FaultyRelay(folder ?? (await temporaryFolder()), sink);
    t.after(async () => {
      await relay.program?.kill();
      await sink.stop();
      if (folder === undefined) await removeFolder(relay.folder);
    });
    const { general, ...rest } = settings;
    const made = await writeSettings(relay.folder, {
      connectors: [smartHost(sink.port)],
      general: { retryInterval: [1], ...general },
      ...rest,
    });
    relay.port = made.port;
    await relay.open();
    return relay;
  }

  /** Starts the program and waits until it serves. @param faults in force from its first instruction on */
  async open(faults: readonly FileFault[] = []): Promise<void> {
    this.spawn(faults);
    const { pid } = this.program.child;
    await until(
      'the relay serves',
      () => {
        if (this.program.child.exitCode !== null) throw new Error(`it ended: ${this.program.stderr}`);
        return stateOf(this.folder)?.processId === pid;
      },
      20_000,
    );
    this.control = await controlOf(this.folder);
  }

  spawn(faults: readonly FileFault[] = []): void {
    const environment = { SMTP_RELAY_TEST_FAULTS: JSON.stringify(faults) };
    this.program = RelayProgram.spawn(['--data', this.folder, '--quiet'], environment, PRELOAD);
  }

  /** Kills it as a power cut would, as far as a process can tell, and starts it again. */
  async crash(faults: readonly FileFault[] = []): Promise<void> {
    await this.program.kill();
    await this.open(faults);
  }

  /** These faults from now on, and no others. @returns how often each of those before was met */
  async fail(...faults: readonly FileFault[]): Promise<readonly number[]> {
    const answer = once(this.program.child, 'message');
    this.program.child.send(faults as never);
    const [hits] = await answer;
    return hits as number[];
  }

  /** Waits until each of the faults in force was met. */
  async isMet(): Promise<void> {
    await until('the faults are met', async () => {
      const answer = once(this.program.child, 'message');
      this.program.child.send('hits');
      return ((await answer)[0] as number[]).every(count => count > 0);
    });
  }

  /** The disk works again. @returns how often each fault was met */
  lift(): Promise<readonly number[]> {
    return this.fail();
  }

  /** Sends a numbered message; whatever happens there must be an answer. */
  async send(size = SMALL, recipient = 'someone@example.net', sender?: string): Promise<Sent> {
    const number = ++this.#number;
    const line = `${String(number).padStart(8, '0')} ${'x'.repeat(60)}\r\n`;
    const text = `From: a@example.com\r\nSubject: ${number}\r\nX-Number: ${number}\r\n\r\n${line.repeat(Math.ceil(size / line.length))}`;
    this.#texts.set(number, text);
    const client = await SmtpClient.ready(this.port);
    try {
      const mail = await client.say(`MAIL FROM:<${sender ?? 'sender@client.example'}>`);
      if (mail.code !== 250) return this.#keep({ number, text, code: mail.code, reply: mail.text });
      await client.say(`RCPT TO:<${recipient}>`, 250);
      await client.say('DATA', 354);
      await client.sendAll(text);
      const end = await client.say('.');
      // The session goes on, whatever became of the message.
      await client.say('NOOP', 250);
      return this.#keep({ number, text, code: end.code, reply: end.text });
    } finally {
      await client.vanish();
    }
  }

  sendMany(count: number, size = SMALL): Promise<Sent[]> {
    return Promise.all(Array.from({ length: count }, () => this.send(size)));
  }

  #keep(sent: Sent): Sent {
    this.sent.push(sent);
    return sent;
  }

  health() {
    return this.control.call('relay.get').then(({ health, warnings }) => ({ health, warnings }));
  }

  /** Waits until the health is this; gives back its warnings. */
  isHealth(wanted: 'Green' | 'Yellow' | 'Red'): Promise<readonly string[]> {
    let last = '';
    return until(`health ${wanted}`, async () => {
      const { health, warnings } = await this.health();
      last = `${health}: ${warnings.join(' ')}`;
      return health === wanted ? warnings : null;
    }).catch(error => {
      throw new Error(`${(error as Error).message} (${last})`);
    });
  }

  /** Numbers that have arrived, with how often. Each must be what was sent, whole. */
  arrived(): ReadonlyMap<number, number> {
    for (const { bytes } of this.sink.messages.slice(this.#read)) {
      this.#read++;
      const text = bytes.toString('latin1');
      const number = Number(/^X-Number: (\d+)/m.exec(text.slice(0, 2000))?.[1] ?? 0);
      if (number === 0) continue;
      assert.ok(text.endsWith(this.#texts.get(number)!), `message ${number} did not arrive as it was sent`);
      this.#arrivals.set(number, (this.#arrivals.get(number) ?? 0) + 1);
    }
    return this.#arrivals;
  }

  /** Waits until everything that got a 250 has arrived and nothing waits any more. */
  async delivers(): Promise<void> {
    const promised = this.sent.filter(({ code }) => code === 250).map(({ number }) => number);
    await until(
      'every acknowledged message arrives',
      () => promised.every(number => this.arrived().has(number)),
      15_000,
    ).catch(error => {
      const missing = promised.filter(number => !this.arrived().has(number));
      throw new Error(
        `${(error as Error).message}: ${missing.join(' ')} missing\n${this.program.stderr}${this.program.stdout}`,
      );
    });
    await until('nothing waits', async () => (await this.control.call('relay.get')).queued === 0);
  }

  isAlive(): void {
    assert.ok(isAlive(this.program.child.pid!), `the process ended: ${this.program.stderr}`);
  }

  /** Nothing may be left behind: no file of a message, no row, no temporary file. Call it when all is delivered. */
  async isTidy(): Promise<void> {
    await until(
      'the Queue folder is empty',
      async () => (await this.files('Queue')).length === 0 && this.rows() === 0,
    ).catch(async error => {
      throw new Error(`${(error as Error).message}: ${(await this.files('Queue')).join(' ')}, ${this.rows()} rows`);
    });
    const names = await readdir(this.folder, { recursive: true });
    assert.deepEqual(
      names.filter(name => name.endsWith('.tmp')),
      [],
    );
  }

  async files(folder: string): Promise<string[]> {
    return (await readdir(join(this.folder, folder))).sort();
  }

  rows(): number {
    const database = new DatabaseSync(join(this.folder, 'queue.db'), { readOnly: true });
    try {
      return (database.prepare('SELECT count(*) AS n FROM message').get() as { n: number }).n;
    } finally {
      database.close();
    }
  }
}

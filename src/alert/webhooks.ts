/**
 * Alerts to webhooks. What is to be sent lies in a folder until it was taken, one file for each call, so that neither a
 * receiver that is away nor a restart loses it; calls of one webhook go out in order. After a day, or when too many wait,
 * the oldest is given up and named in the log.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../platform/clock.ts';
import { ensurePrivateFolder, removeTemporaryFiles, writeFileAtomic } from '../platform/files.ts';
import type { Alert } from './alert.ts';
import { callWebhook, type WebhookAnswer } from './webhook-request.ts';

export interface WebhookSettings {
  readonly name: string;
  readonly enabled: boolean;
  readonly url: string;
  /** Kinds of alerts; empty for all. */
  readonly events: readonly string[];
}

export interface WebhooksDependencies {
  readonly folder: string;
  readonly clock: Clock;
  readonly settings: () => readonly WebhookSettings[];
  readonly relay: () => { readonly name: string; readonly version: string };
  /** @throws Error with a sentence when there is none or it can't be read. */
  readonly secretOf: (name: string) => Promise<string>;
  readonly tell: (level: 'info' | 'warn', what: string) => void;
}

export interface WebhookState {
  /** Calls that wait. */
  readonly waiting: number;
  /** Milliseconds since 1970. */
  readonly lastSuccess: number | null;
  /** Why the last call failed; null when it did not. */
  readonly lastError: string | null;
}

interface Call {
  readonly webhook: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly body: string;
}

/** What waits for a webhook, oldest first. */
interface Line {
  readonly files: string[];
  readonly gathered: Alert[];
  omitted: number;
  gathering: Timer | null;
  /** Waits for the next attempt. */
  retry: Timer | null;
  busy: Promise<void> | null;
  failures: number;
  lastSuccess: number | null;
  lastError: string | null;
}

const GATHER = 1000;
const IN_ONE_CALL = 100;
const GATHERED_AT_MOST = 1000;
const FILES_AT_MOST = 500;
const LONGEST_WAIT = 86_400_000;
/** Milliseconds from one attempt to the next. */
const DELAYS = [10_000, 60_000, 300_000, 900_000, 3_600_000];

export class Webhooks {
  readonly #deps: WebhooksDependencies;
  /** By name in lower case. */
  readonly #lines = new Map<string, Line>();
  /** No receiver that is slow holds up a stop. */
  readonly #closing = new AbortController();

  constructor(deps: WebhooksDependencies) {
    this.#deps = deps;
  }

  /** Takes up what was left. */
  async open(): Promise<void> {
    await ensurePrivateFolder(this.#deps.folder);
    await removeTemporaryFiles(this.#deps.folder);
    for (const file of (await readdir(this.#deps.folder)).filter(name => name.endsWith('.json')).sort()) {
      const call = await this.#read(file);
      if (call) this.#lineOf(call.webhook).files.push(file);
      else await this.#remove(file);
    }
    this.settingsChanged();
  }

  add(alert: Alert): void {
    for (const { name, enabled, events } of this.#deps.settings()) {
      if (!enabled || (events.length > 0 && !events.includes(alert.kind))) continue;
      const line = this.#lineOf(name);
      if (line.gathered.length < GATHERED_AT_MOST) line.gathered.push(alert);
      else line.omitted++;
      line.gathering ??= this.#deps.clock.after(GATHER, () => {
        line.gathering = null;
        void this.#write(name, line).then(() => this.#go(name, line));
      });
    }
  }

  /** Who is gone is told nothing any more; who may have been mended is tried at once. */
  settingsChanged(): void {
    const known = new Map(this.#deps.settings().map(webhook => [webhook.name.toLowerCase(), webhook]));
    for (const [key, line] of this.#lines) {
      const webhook = known.get(key);
      if (webhook?.enabled) this.again(webhook.name);
      else {
        this.#halt(line);
        line.gathered.length = 0;
        if (!webhook) {
          this.#lines.delete(key);
          void Promise.all(line.files.map(file => this.#remove(file)));
        }
      }
    }
  }

  /** Tries what waits without waiting. */
  again(name: string): void {
    const line = this.#lines.get(name.toLowerCase());
    if (!line) return;
    line.retry?.cancel();
    line.retry = null;
    this.#go(name, line);
  }

  stateOf(name: string): WebhookState {
    const line = this.#lines.get(name.toLowerCase());
    return {
      waiting: line?.files.length ?? 0,
      lastSuccess: line?.lastSuccess ?? null,
      lastError: line?.lastError ?? null,
    };
  }

  /** Calls it now, with an alert of no account. */
  async test({ name, url }: WebhookSettings): Promise<WebhookAnswer> {
    return this.#call(name, url, { id: `msg_${randomUUID()}`, body: this.#bodyOf('smtprelay.test', [], 0) });
  }

  /** What has not been written yet is written, for the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const [, line] of this.#lines) {
      this.#halt(line);
      await line.busy;
    }
    for (const { name } of this.#deps.settings()) await this.#write(name, this.#lineOf(name));
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #halt(line: Line): void {
    for (const timer of [line.gathering, line.retry]) timer?.cancel();
    line.gathering = null;
    line.retry = null;
  }

  #lineOf(name: string): Line {
    const key = name.toLowerCase();
    let line = this.#lines.get(key);
    if (!line) {
      line = {
        files: [],
        gathered: [],
        omitted: 0,
        gathering: null,
        retry: null,
        busy: null,
        failures: 0,
        lastSuccess: null,
        lastError: null,
      };
      this.#lines.set(key, line);
    }
    return line;
  }

  async #write(name: string, line: Line): Promise<void> {
    const { clock, folder } = this.#deps;
    while (line.gathered.length > 0) {
      const alerts = line.gathered.splice(0, IN_ONE_CALL);
      const omitted = line.gathered.length === 0 ? line.omitted : 0;
      line.omitted -= omitted;
      const now = clock.now();
      const id = `msg_${randomUUID()}`;
      const call: Call = { webhook: name, id, created: now, body: this.#bodyOf('smtprelay.alert', alerts, omitted) };
      const file = `${String(now).padStart(15, '0')}-${id.slice(4, 12)}.json`;
      try {
        await writeFileAtomic(join(folder, file), JSON.stringify(call));
        line.files.push(file);
      } catch (error) {
        this.#deps.tell('warn', `Alerts for webhook ${name} could not be stored: ${(error as Error).message}`);
      }
    }
    while (line.files.length > FILES_AT_MOST) await this.#giveUp(name, line, `more than ${FILES_AT_MOST} calls wait`);
  }

  #bodyOf(type: string, alerts: readonly Alert[], omitted: number): string {
    const { clock, relay } = this.#deps;
    const shown = alerts.map(alert => ({ ...alert, time: new Date(alert.time).toISOString() }));
    const timestamp = new Date(clock.now()).toISOString();
    return JSON.stringify({
      type,
      timestamp,
      data: { relay: relay().name, version: relay().version, alerts: shown, omitted },
    });
  }

  #go(name: string, line: Line): void {
    if (line.busy || line.retry || this.#isClosed) return;
    let sent = 0;
    line.busy = this.#send(name, line, () => sent++).finally(() => {
      line.busy = null;
      // What was written as the last one had gone.
      if (sent > 0 && line.files.length > 0) this.#go(name, line);
    });
  }

  async #send(name: string, line: Line, onSent: () => void): Promise<void> {
    for (let file = line.files[0]; file !== undefined && !this.#isClosed; file = line.files[0]) {
      const webhook = this.#deps.settings().find(other => other.name.toLowerCase() === name.toLowerCase());
      if (!webhook?.enabled) return;
      const call = await this.#read(file);
      if (call && this.#deps.clock.now() - call.created > LONGEST_WAIT) {
        await this.#giveUp(name, line, line.lastError ?? 'it waited for a day');
        continue;
      }
      const answer = call ? await this.#call(name, webhook.url, call) : { ok: true, why: '' };
      if (!answer.ok) {
        if (!this.#isClosed) this.#failed(name, line, answer.why);
        return;
      }
      if (line.lastError !== null) this.#deps.tell('info', `Webhook ${name} takes alerts again`);
      line.lastError = null;
      line.failures = 0;
      line.lastSuccess = this.#deps.clock.now();
      onSent();
      if (line.files[0] === file) line.files.shift();
      await this.#remove(file);
    }
  }

  #failed(name: string, line: Line, why: string): void {
    if (line.lastError === null)
      this.#deps.tell('warn', `Webhook ${name} does not take alerts, they are kept for a day: ${why}`);
    line.lastError = why;
    const delay = DELAYS[Math.min(line.failures++, DELAYS.length - 1)]!;
    line.retry = this.#deps.clock.after(delay, () => this.again(name));
  }

  async #call(name: string, url: string, { id, body }: Pick<Call, 'id' | 'body'>): Promise<WebhookAnswer> {
    try {
      const secret = await this.#deps.secretOf(name);
      return await callWebhook({ url, id, body, secret, now: this.#deps.clock.now(), signal: this.#closing.signal });
    } catch (error) {
      return { ok: false, status: null, why: (error as Error).message };
    }
  }

  async #giveUp(name: string, line: Line, why: string): Promise<void> {
    const file = line.files.shift()!;
    this.#deps.tell('warn', `An alert for webhook ${name} was given up: ${why}`);
    await this.#remove(file);
  }

  async #read(file: string): Promise<Call | null> {
    try {
      return JSON.parse(await readFile(join(this.#deps.folder, file), 'utf8')) as Call;
    } catch {
      return null;
    }
  }

  async #remove(file: string): Promise<void> {
    await rm(join(this.#deps.folder, file), { force: true }).catch(() => {});
  }
}

/** The control port, and the file in the data folder that tells cmdlets where it is. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventSource, EventStreams } from '../control/event-stream.ts';
import type { Handlers } from '../control/handlers.ts';
import type { RelayFacts } from '../control/methods/relay.ts';
import type { Metrics, MetricsFacts } from '../control/metrics.ts';
import { Rpc } from '../control/rpc.ts';
import { ControlServer } from '../control/server.ts';
import { controlToken } from '../control/token.ts';
import { healthOf, problemsOf } from '../health/problems.ts';
import type { Emit } from '../log/events.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { VERSION } from '../version.ts';

export interface ControlDoorDependencies {
  readonly dataFolder: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly handlers: Handlers;
  readonly facts: () => Promise<RelayFacts>;
  readonly metrics: Metrics;
  readonly metricsFacts: () => Promise<MetricsFacts>;
  readonly events: EventSource;
  readonly emit: Emit;
}

/** The answer to whoever changed the port still has to leave through the old door. */
const OLD_DOOR_STAYS = 500;

export class ControlDoor {
  readonly #deps: ControlDoorDependencies;
  readonly #rpc: Rpc;
  readonly #token: string;
  #server: ControlServer | null = null;

  private constructor(deps: ControlDoorDependencies, token: string) {
    this.#deps = deps;
    this.#token = token;
    this.#rpc = new Rpc(deps.handlers, (method, error) =>
      deps.emit({
        type: 'service',
        level: 'error',
        what: `${method} failed: ${error.message}`,
        detail: { stack: error.stack ?? '' },
      }),
    );
  }

  static async open(deps: ControlDoorDependencies, port: number): Promise<ControlDoor> {
    const door = new ControlDoor(deps, await controlToken(deps.dataFolder));
    door.#server = await door.#listen(port);
    return door;
  }

  get port(): number | null {
    return this.#server?.port ?? null;
  }

  /** A port that can't be opened must not lock the administrator out: the old door stays. */
  async moveTo(port: number): Promise<void> {
    try {
      const before = this.#server;
      this.#server = await this.#listen(port);
      await this.writeState();
      setTimeout(() => void before?.close(), OLD_DOOR_STAYS).unref();
    } catch (error) {
      const what = `${(error as Error).message} The control port stays as it was.`;
      this.#deps.emit({ type: 'service', level: 'error', what });
    }
  }

  /** Tells cmdlets that this relay is ready for them. */
  async writeState(): Promise<void> {
    const state = {
      processId: process.pid,
      supervisorId: Number(process.env.SMTP_RELAY_SUPERVISOR) || null,
      controlPort: this.port,
      version: VERSION,
      startTime: new Date(this.#deps.startedAt).toISOString(),
    };
    await writeFileAtomic(stateFileOf(this.#deps.dataFolder), `${JSON.stringify(state)}\n`);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  #listen(port: number): Promise<ControlServer> {
    const { facts, metrics, metricsFacts, events } = this.#deps;
    return ControlServer.open({
      port,
      token: this.#token,
      rpc: this.#rpc,
      metrics: async () => ({
        text: await metrics.text(await metricsFacts(), events.now()),
        contentType: metrics.contentType,
      }),
      events: new EventStreams(events),
      healthy: async () => healthOf(problemsOf(await facts())) !== 'Red',
    });
  }
}

/** The last thing a relay does: from now on there is none to be found. */
export const removeState = (dataFolder: string): Promise<void> => rm(stateFileOf(dataFolder), { force: true });

const stateFileOf = (dataFolder: string) => join(dataFolder, 'relay.state.json');

/**
 * The activity log: what happened to the service, one JSON object a line, through winston. The file
 * is written by a transport of our own, because winston's file transport loses lines when it
 * rotates (winston issue 1655). In the foreground the same sentences go to the console, where a
 * control character is shown as `?`: what a stranger sent must not steer a terminal.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import winston from 'winston';
import type TransportStream from 'winston-transport';
import { describe } from './activity-sentences.ts';
import type { RelayEvent } from './events.ts';
import type { LineFile } from './line-file.ts';

export const ACTIVITY_PREFIX = 'activity';

/** What one call hands to winston: our time, not the time at which winston gets to it. */
interface ActivityInfo {
  readonly time: number;
  readonly level: string;
  readonly message: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

// winston hands out its base class, but its types do not know the name.
const { Transport } = winston as unknown as { readonly Transport: typeof TransportStream };

export function formatActivity({ time, level, message, event, fields }: ActivityInfo): string {
  // The four that each line has come first and win over a field of the same name.
  const head = { time: new Date(time).toISOString(), level, message, event };
  return JSON.stringify({ ...head, ...fields, ...head });
}

/** `HH:MM:SS level  message`, in local time: this one is for the person before the screen. */
export function formatConsole({ time, level, message }: Pick<ActivityInfo, 'time' | 'level' | 'message'>): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  return `${clock} ${level.padEnd(5)}  ${message.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?')}`;
}

class LineFileTransport extends Transport {
  /** Entries that have come through winston's streams. */
  arrived = 0;
  readonly #file: LineFile;

  constructor(file: LineFile) {
    super();
    this.#file = file;
  }

  override log(info: ActivityInfo, next: () => void): void {
    this.#file.add(formatActivity(info));
    this.arrived += 1;
    next();
  }
}

const humanFormat = winston.format.printf(info => formatConsole(info as unknown as ActivityInfo));

export class ActivityLog {
  readonly #transport: LineFileTransport;
  readonly #logger: winston.Logger;
  readonly #now: () => number;
  #sent = 0;

  constructor(file: LineFile, now: () => number, toConsole: boolean) {
    this.#now = now;
    this.#transport = new LineFileTransport(file);
    const transports: winston.transport[] = [this.#transport];
    if (toConsole) transports.push(new winston.transports.Console({ format: humanFormat }));
    this.#logger = winston.createLogger({ level: 'info', format: winston.format(info => info)(), transports });
  }

  add(event: RelayEvent): void {
    const activity = describe(event);
    if (activity === null) return;
    this.#sent += 1;
    this.#logger.log({ time: this.#now(), event: event.type, ...activity });
  }

  /** Everything added before has reached the file's own queue afterwards. */
  async flush(): Promise<void> {
    const goal = this.#sent;
    while (this.#transport.arrived < goal && !this.#logger.destroyed) await nextTurn();
  }

  async close(): Promise<void> {
    await this.flush();
    this.#logger.close();
  }
}

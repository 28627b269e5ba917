/**
 * Where every event goes: `emit` hands it to the statistics, to the log it belongs to and to whoever
 * has subscribed. `emit` never throws and never waits: a full disk, or a subscriber that throws,
 * must not stop mail. When a log cannot be written, the others say so (once).
 */
import { join } from 'node:path';
import { ACTIVITY_PREFIX, ActivityLog } from './activity-log.ts';
import type { Emit, RelayEvent } from './events.ts';
import { LineFile, type LineFileLimits } from './line-file.ts';
import { logThread } from './log-thread.ts';
import { PROTOCOL_PREFIX, ProtocolLog, protocolHeader } from './protocol-log.ts';
import { Statistics } from './statistics.ts';
import { TrackingIndexer } from './tracking-indexer.ts';
import { isTracked, TRACKING_PREFIX, TrackingLog, trackingHeader } from './tracking-log.ts';

export interface RelayLogOptions {
  readonly folder: string;
  readonly version: string;
  readonly computerName: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The activity log goes to the console as well: foreground runs. */
  readonly console: boolean;
}

export interface RelayLogSettings {
  readonly protocolLoggingLevel: 'None' | 'Verbose';
  readonly logSubject: boolean;
  /** Seconds. */
  readonly logMaxAge: number;
  /** Bytes, for each of the folders. */
  readonly logMaxSize: number;
}

export interface LogFolders {
  readonly protocol: string;
  readonly tracking: string;
  readonly activity: string;
}

type FileFormat = Pick<ConstructorParameters<typeof LineFile>[0], 'prefix' | 'header' | 'lostLine' | 'onNewFile'>;

const LARGEST_FILE = 64 * 1024 * 1024;
/** The one that is written has no index yet, so it must be quick to search. */
const LARGEST_TRACKING_FILE = 16 * 1024 * 1024;

// The file in use is never removed, so it may only be a part of what a folder may hold.
const limitsOf = ({ logMaxAge, logMaxSize }: RelayLogSettings): LineFileLimits => ({
  maxAge: logMaxAge,
  maxSize: logMaxSize,
  maxFileSize: Math.min(LARGEST_FILE, Math.ceil(logMaxSize / 8)),
});

const trackingLimitsOf = (settings: RelayLogSettings): LineFileLimits => {
  const limits = limitsOf(settings);
  return { ...limits, maxFileSize: Math.min(LARGEST_TRACKING_FILE, limits.maxFileSize) };
};

const lostSentence = (count: number) => `${count} lines were lost because this log could not be written`;
const lostRemark = (count: number) => `#Remark: ${lostSentence(count)}`;

export class RelayLog {
  readonly statistics = new Statistics();
  /** Reads the logs beside the mail. */
  readonly reader = logThread();
  readonly folders: LogFolders;
  readonly emit: Emit = event => this.#dispatch(event);
  readonly #options: RelayLogOptions;
  readonly #files: Readonly<Record<keyof LogFolders, LineFile>>;
  readonly #protocol: ProtocolLog;
  readonly #tracking: TrackingLog;
  readonly #activity: ActivityLog;
  readonly #indexer: TrackingIndexer;
  readonly #subscribers = new Set<{ readonly listener: Emit }>();

  constructor(options: RelayLogOptions, settings: RelayLogSettings) {
    const { folder, version, computerName, now } = options;
    this.#options = options;
    this.folders = {
      protocol: join(folder, 'protocol'),
      tracking: join(folder, 'tracking'),
      activity: join(folder, 'activity'),
    };
    this.#indexer = new TrackingIndexer(this.folders.tracking);
    const limits = limitsOf(settings);
    const lostActivity = (count: number, time: number) =>
      JSON.stringify({
        time: new Date(time).toISOString(),
        level: 'error',
        message: lostSentence(count),
        event: 'service',
      });
    this.#files = {
      protocol: this.#file('protocol', limits, {
        prefix: PROTOCOL_PREFIX,
        header: time => protocolHeader(version, time),
        lostLine: lostRemark,
      }),
      tracking: this.#file('tracking', trackingLimitsOf(settings), {
        prefix: TRACKING_PREFIX,
        header: time => trackingHeader(version, time),
        lostLine: lostRemark,
        onNewFile: () => void this.#indexer.run(),
      }),
      activity: this.#file('activity', limits, { prefix: ACTIVITY_PREFIX, header: () => [], lostLine: lostActivity }),
    };
    this.#protocol = new ProtocolLog(this.#files.protocol, computerName, settings.protocolLoggingLevel);
    this.#tracking = new TrackingLog(this.#files.tracking, computerName, now, settings.logSubject);
    this.#activity = new ActivityLog(this.#files.activity, now, options.console);
  }

  configure(settings: RelayLogSettings): void {
    this.#protocol.configure(settings.protocolLoggingLevel);
    this.#tracking.configure(settings.logSubject);
    this.#files.protocol.configure(limitsOf(settings));
    this.#files.activity.configure(limitsOf(settings));
    this.#files.tracking.configure(trackingLimitsOf(settings));
  }

  /** The logs that can't be written at the moment, with a sentence. */
  get failing(): { readonly name: string; readonly text: string }[] {
    return Object.entries(this.#files).flatMap(([name, { failing }]) =>
      failing ? [{ name, text: `The ${name} log can't be written: ${failing.message}.` }] : [],
    );
  }

  /** Calls `listener` for each event from now on; the answer ends that. */
  subscribe(listener: Emit): () => void {
    const subscriber = { listener };
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Begins retention. A log that cannot be written is an event, not a failure. */
  async open(): Promise<void> {
    await Promise.all(Object.values(this.#files).map(file => file.open()));
    void this.#indexer.run();
  }

  /** Everything emitted before can be read from the files afterwards, unless the disk refuses. */
  async flush(): Promise<void> {
    await this.#activity.flush();
    await Promise.all(Object.values(this.#files).map(file => file.flush()));
  }

  async close(): Promise<void> {
    // The activity log last: it has to tell when another one cannot write its end.
    await Promise.all([
      this.#files.protocol.close(),
      this.#files.tracking.close(),
      this.#indexer.close(),
      this.reader.close(),
    ]);
    await this.#activity.close();
    await this.#files.activity.close();
  }

  #file(name: keyof LogFolders, limits: LineFileLimits, format: FileFormat): LineFile {
    const folder = this.folders[name];
    const onError = (error: Error) =>
      this.#dispatch({
        type: 'service',
        level: 'error',
        what: `The ${name} log cannot be written: ${error.message}`,
        detail: { folder, error: (error as NodeJS.ErrnoException).code ?? error.name },
      });
    return new LineFile({ folder, now: this.#options.now, onError, ...format }, limits);
  }

  /** Whoever makes something happen must not fail because somebody cannot hear of it. */
  #dispatch(event: RelayEvent): void {
    try {
      this.statistics.add(event, this.#options.now());
    } catch {
      // Nobody is left to tell: the logs themselves report their troubles as events.
    }
    try {
      this.#write(event);
    } catch {
      // Likewise.
    }
    if (this.#subscribers.size > 0) for (const { listener } of this.#subscribers) attempt(listener, event);
  }

  #write(event: RelayEvent): void {
    if (event.type === 'protocol') {
      this.#protocol.add(event);
      return;
    }
    if (isTracked(event)) this.#tracking.add(event);
    // Takes what it has a sentence for; a badmail is in both.
    this.#activity.add(event);
  }
}

function attempt(listener: Emit, event: RelayEvent): void {
  try {
    listener(event);
  } catch {
    // Likewise.
  }
}

/**
 * Where every event goes: `emit` hands it to the statistics, to the log it belongs to and to whoever
 * has subscribed. `emit` never throws and never waits: a full disk, or a subscriber that throws,
 * must not stop mail. When a log cannot be written, the others say so (once).
 */
import { join } from 'node:path';
import { ACTIVITY_PREFIX, ActivityLog } from './activity-log.ts';
import type { Emit, RelayEvent } from './events.ts';
import { LineFile, type LineFileOptions, type LineFileSettings } from './line-file.ts';
import { logThread } from './log-thread.ts';
import { ProtocolLog, type ProtocolLogSettings, protocolFiles } from './protocol-log.ts';
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

/** Ages in seconds, sizes in bytes; a folder that is null lies in the folder of all logs. */
type SettingsOf<Log extends string> = { readonly [Key in `${Log}LogPath`]: string | null } & {
  readonly [Key in `${Log}LogMaxFileSize`]: number | null;
} & { readonly [Key in `${Log}LogMaxAge` | `${Log}LogMaxDirectorySize`]: number };

export type RelayLogSettings = SettingsOf<'protocol'> &
  SettingsOf<'messageTracking'> &
  SettingsOf<'activity'> & {
    readonly protocolLogFormat: ProtocolLogSettings['format'];
    readonly protocolLogFields: ProtocolLogSettings['fields'];
    readonly protocolLogPeriod: ProtocolLogSettings['period'];
    readonly protocolLogLocalTimeRollover: boolean;
    readonly messageTrackingLogSubjectLoggingEnabled: boolean;
  };

export interface LogFolders {
  readonly protocol: string;
  readonly tracking: string;
  readonly activity: string;
}

type LogName = keyof LogFolders;

const MB = 1024 * 1024;
const LARGEST_FILE = 64 * MB;
/** As IIS has it. */
const LARGEST_BY_SIZE = 20 * MB;
/** The one that is written has no index yet, so it must be quick to search. */
const LARGEST_TRACKING_FILE = 16 * MB;

const SETTINGS_NAME = { protocol: 'protocol', tracking: 'messageTracking', activity: 'activity' } as const;

const protocolSettingsOf = (settings: RelayLogSettings): ProtocolLogSettings => ({
  format: settings.protocolLogFormat,
  fields: settings.protocolLogFields,
  period: settings.protocolLogPeriod,
  localTime: settings.protocolLogLocalTimeRollover,
});

/** Bytes after which a new file begins: the file in use is never removed, so it may only be a part of the folder. */
function largestFile(log: LogName, settings: RelayLogSettings): number {
  const given = settings[`${SETTINGS_NAME[log]}LogMaxFileSize`];
  const total = settings[`${SETTINGS_NAME[log]}LogMaxDirectorySize`];
  if (given !== null) return given;
  const part = Math.ceil(total / 8);
  if (log === 'tracking') return Math.min(LARGEST_TRACKING_FILE, part);
  if (log === 'activity') return Math.min(LARGEST_FILE, part);
  if (settings.protocolLogPeriod === 'Size') return Math.min(LARGEST_BY_SIZE, part);
  // Tools made for IIS know one file for each period.
  return settings.protocolLogFormat === 'Compatible' ? Math.ceil(total / 2) : Math.min(LARGEST_FILE, part);
}

const lostSentence = (count: number) => `${count} lines were lost because this log could not be written`;
const lostRemark = (count: number) => `#Remark: ${lostSentence(count)}`;

export class RelayLog {
  readonly statistics = new Statistics();
  /** Reads the logs beside the mail. */
  readonly reader = logThread();
  readonly emit: Emit = event => this.#dispatch(event);
  readonly #options: RelayLogOptions;
  #settings: RelayLogSettings;
  readonly #files: Readonly<Record<LogName, LineFile>>;
  readonly #protocol: ProtocolLog;
  readonly #tracking: TrackingLog;
  readonly #activity: ActivityLog;
  readonly #indexer: TrackingIndexer;
  readonly #subscribers = new Set<{ readonly listener: Emit }>();

  constructor(options: RelayLogOptions, settings: RelayLogSettings) {
    const { computerName, now } = options;
    this.#options = options;
    this.#settings = settings;
    this.#indexer = new TrackingIndexer(() => this.folders.tracking);
    const lostActivity = (count: number, time: number) =>
      JSON.stringify({
        time: new Date(time).toISOString(),
        level: 'error',
        message: lostSentence(count),
        event: 'service',
      });
    this.#files = {
      protocol: this.#file('protocol', count =>
        this.#settings.protocolLogFormat === 'Compatible' ? `${lostRemark(count)}\r` : lostRemark(count),
      ),
      tracking: this.#file('tracking', lostRemark, () => void this.#indexer.run()),
      activity: this.#file('activity', lostActivity),
    };
    this.#protocol = new ProtocolLog(this.#files.protocol, computerName, protocolSettingsOf(settings));
    this.#tracking = new TrackingLog(
      this.#files.tracking,
      computerName,
      now,
      settings.messageTrackingLogSubjectLoggingEnabled,
    );
    this.#activity = new ActivityLog(this.#files.activity, now, options.console);
  }

  /** Where the logs are written now. */
  get folders(): LogFolders {
    const of = (log: LogName) => this.#settings[`${SETTINGS_NAME[log]}LogPath`] ?? join(this.#options.folder, log);
    return { protocol: of('protocol'), tracking: of('tracking'), activity: of('activity') };
  }

  /** For everything that happens from now on. */
  configure(settings: RelayLogSettings): void {
    const before = this.folders.tracking;
    this.#settings = settings;
    this.#protocol.configure(protocolSettingsOf(settings));
    this.#tracking.configure(settings.messageTrackingLogSubjectLoggingEnabled);
    for (const [log, file] of Object.entries(this.#files)) file.configure(this.#fileSettings(log as LogName));
    if (this.folders.tracking !== before) void this.#indexer.run();
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

  #file(log: LogName, lostLine: LineFileOptions['lostLine'], onNewFile?: () => void): LineFile {
    const tell = (what: string, detail: Readonly<Record<string, string>>) =>
      this.#dispatch({ type: 'service', level: 'error', what, detail: { folder: this.folders[log], ...detail } });
    return new LineFile(
      {
        now: this.#options.now,
        lostLine,
        onNewFile,
        onError: error =>
          tell(`The ${log} log cannot be written: ${error.message}`, {
            error: (error as NodeJS.ErrnoException).code ?? error.name,
          }),
        // Its own loss stands in the activity log already.
        onLost: count => log !== 'activity' && tell(`The ${log} log is written again; ${count} lines were lost`, {}),
      },
      this.#fileSettings(log),
    );
  }

  #fileSettings(log: LogName): LineFileSettings {
    const { version } = this.#options;
    const settings = this.#settings;
    const daily = (prefix: string) => ({ prefix, period: 'Day', localTime: false }) as const;
    const files = {
      protocol: () => protocolFiles(protocolSettingsOf(settings), version),
      tracking: () => ({ names: daily(TRACKING_PREFIX), header: (time: number) => trackingHeader(version, time) }),
      activity: () => ({ names: daily(ACTIVITY_PREFIX), header: () => [] }),
    };
    return {
      ...files[log](),
      folder: this.folders[log],
      maxAge: settings[`${SETTINGS_NAME[log]}LogMaxAge`],
      maxSize: settings[`${SETTINGS_NAME[log]}LogMaxDirectorySize`],
      maxFileSize: largestFile(log, settings),
    };
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

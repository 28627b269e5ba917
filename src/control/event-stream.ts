/**
 * `GET /events`: what happens, as it happens, as server-sent events. Each line of an SMTP session is an
 * event `protocol`, what the activity log says an event `activity`. They come from the same source as the
 * logs, so they hold no password and no token. Who reads too slowly loses events, is told how many, and
 * never holds up the relay.
 */
import type { ServerResponse } from 'node:http';
import { describe } from '../log/activity-sentences.ts';
import type { Emit, RelayEvent } from '../log/events.ts';
import { wildcardMatcher } from '../message/wildcard.ts';

export interface EventSource {
  readonly subscribe: (listener: Emit) => () => void;
  readonly now: () => number;
}

/** Keeps proxies and clients from giving up. */
const SIGN_OF_LIFE = 15_000;
/** Bytes that may wait for a reader. */
const BACKLOG = 1024 * 1024;
const MOST_STREAMS = 20;

type Facts = Readonly<Record<string, unknown>>;

export class EventStreams {
  readonly #source: EventSource;
  readonly #open = new Map<ServerResponse, () => void>();

  constructor(source: EventSource) {
    this.#source = source;
  }

  /** @returns false when there are too many readers. */
  open(response: ServerResponse, query: URLSearchParams): boolean {
    if (this.#open.size >= MOST_STREAMS) return false;
    const wanted = filterOf(query);
    let lost = 0;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    response.write(': SmtpRelay\n\n');
    const say = (event: string, data: Facts) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const unsubscribe = this.#source.subscribe(event => {
      const shown = shownAs(event, this.#source.now());
      if (shown === null || !wanted(shown.data)) return;
      if (response.writableLength > BACKLOG) {
        lost++;
        return;
      }
      if (lost > 0) say('lost', { count: lost });
      lost = 0;
      say(shown.event, shown.data);
    });
    const alive = setInterval(() => response.write(':\n\n'), SIGN_OF_LIFE).unref();
    const end = () => {
      clearInterval(alive);
      unsubscribe();
      this.#open.delete(response);
    };
    this.#open.set(response, end);
    response.once('close', end);
    return true;
  }

  /** Ends all streams. */
  close(): void {
    for (const [response, end] of this.#open) {
      end();
      response.end();
    }
  }
}

function shownAs(event: RelayEvent, now: number): { readonly event: string; readonly data: Facts } | null {
  if (event.type === 'protocol') {
    const { type, time, ...line } = event;
    return { event: 'protocol', data: { time: new Date(time).toISOString(), ...line } };
  }
  const activity = describe(event);
  if (activity === null) return null;
  const { level, message, fields } = activity;
  return { event: 'activity', data: { time: new Date(now).toISOString(), level, message, ...fields } };
}

/** A filter on a session or a direction leaves out what belongs to none. */
function filterOf(query: URLSearchParams): (data: Facts) => boolean {
  const patterns = [
    ['session', 'sessionId'],
    ['ipAddress', 'peerAddress'],
    ['direction', 'direction'],
    ['listener', 'listener'],
    ['connector', 'connector'],
  ].flatMap(([parameter, property]) => {
    const pattern = query.get(parameter!);
    return pattern === null || pattern === '*' ? [] : [{ property: property!, matches: wildcardMatcher(pattern) }];
  });
  return data => patterns.every(({ property, matches }) => matches(String(data[property] ?? '')));
}

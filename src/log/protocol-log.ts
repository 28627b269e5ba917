/**
 * The protocol log: every SMTP command and reply, in and out, as W3C extended lines with the habits
 * of the IIS SMTP service, so that tools made for its logs read ours. Differences of our own format, on purpose: the
 * real port instead of 0, the plain status of QUIT instead of 240, and fields of our own at the end
 * (x-...) that join a line to its session and message. Tools that can't bear them get the format of IIS to the byte
 * (iis-format.ts).
 */
import type { ProtocolLine } from './events.ts';
import { formatIisLine, IIS_FIELDS, iisHeader, OUTBOUND_COMMAND, OUTBOUND_RESPONSE, w3cTime } from './iis-format.ts';
import type { LineFile, LineFileSettings } from './line-file.ts';
import { PROTOCOL_PREFIX, PROTOCOL_PREFIXES } from './log-files.ts';
import { DAY, HOUR, IIS_PREFIX, type LogPeriod } from './log-names.ts';
import { toW3c } from './w3c.ts';

export const PROTOCOL_FIELDS = `${IIS_FIELDS} x-session-id x-message-id x-listener x-connector x-reply x-rule x-tls`;

export interface ProtocolLogSettings {
  readonly format: 'W3C' | 'Compatible';
  /** Some of `PROTOCOL_FIELDS` (Compatible: of `IIS_FIELDS`); none stands for all. */
  readonly fields: readonly string[];
  readonly period: LogPeriod;
  readonly localTime: boolean;
}

export function protocolHeader(version: string, time: number, fields = PROTOCOL_FIELDS): string[] {
  return [`#Software: SmtpRelay ${version}`, '#Version: 1.0', `#Date: ${w3cTime(time)}`, `#Fields: ${fields}`];
}

/** The part of a line that depends on the direction: who, where, what, and how many bytes. */
function directed(line: ProtocolLine): {
  user: string | null;
  localIp: string | null;
  query: string | null;
  bytes: string;
} {
  const { direction, part, argument, bytesSent, bytesReceived } = line;
  if (direction === 'Inbound') {
    // IIS writes what follows the verb with the blank between them.
    const query = argument === null || argument === '' ? null : ` ${argument}`;
    return {
      user: line.heloName,
      localIp: line.localAddress,
      query,
      bytes: `${line.code ?? 0} 0 ${bytesSent} ${bytesReceived}`,
    };
  }
  if (part === 'command')
    return { user: OUTBOUND_COMMAND, localIp: null, query: argument, bytes: `0 0 ${bytesSent} 0` };
  const reply = argument ?? [line.code, line.reply].filter(value => value !== null).join(' ');
  return { user: OUTBOUND_RESPONSE, localIp: null, query: reply, bytes: `0 0 ${bytesReceived} 0` };
}

/** A line with a value for each of `PROTOCOL_FIELDS`, without line end. */
export function formatProtocolLine(line: ProtocolLine, computerName: string, time = w3cTime(line.time)): string {
  const { user, localIp, query, bytes } = directed(line);
  const site = toW3c(line.direction === 'Inbound' ? line.listener : line.connector);
  const verb = line.direction === 'Outbound' && line.part === 'response' ? '-' : toW3c(line.verb);
  return (
    `${time} ${toW3c(line.peerAddress)} ${toW3c(user)} ${site} ${toW3c(computerName)} ${toW3c(localIp)} ${line.port} ` +
    `${verb} - ${toW3c(query)} ${bytes} ${Math.round(line.elapsed)} SMTP - - - - ` +
    `${toW3c(line.sessionId)} ${toW3c(line.messageId)} ${toW3c(line.listener)} ${toW3c(line.connector)} ` +
    `${toW3c(line.reply)} ${toW3c(line.rule)} ${toW3c(line.tls)}`
  );
}

/** How the files of the protocol log are named and begun. */
export function protocolFiles(
  { format, fields, period, localTime }: ProtocolLogSettings,
  version: string,
): Pick<LineFileSettings, 'names' | 'formerPrefixes' | 'header'> {
  const isIis = format === 'Compatible';
  const shown = fields.length === 0 ? undefined : inOrder(fields).join(' ');
  return {
    names: { prefix: isIis ? IIS_PREFIX : PROTOCOL_PREFIX, period, localTime },
    formerPrefixes: PROTOCOL_PREFIXES,
    header: time => (isIis ? iisHeader(shown ?? IIS_FIELDS, time) : protocolHeader(version, time, shown)),
  };
}

/** Whatever the order in which they were asked for: tools count on that of IIS. */
const inOrder = (fields: readonly string[]): string[] =>
  PROTOCOL_FIELDS.split(' ').filter(field => fields.includes(field));

export class ProtocolLog {
  readonly #file: LineFile;
  readonly #computerName: string;
  #isIis = false;
  /** Positions of the fields that are written, after date and time were parted; null for all. */
  #positions: readonly number[] | null = null;
  /** Lines tell no date, so a day that no header names has to be told between them. */
  #tellsDays: 'Never' | 'WhenSetBack' | 'Always' = 'Never';
  // Many lines share a second, and making its text is most of the cost of a line.
  #second = -1;
  #time = '';

  constructor(file: LineFile, computerName: string, settings: ProtocolLogSettings) {
    this.#file = file;
    this.#computerName = computerName;
    this.configure(settings);
  }

  configure({ format, fields, period, localTime }: ProtocolLogSettings): void {
    this.#isIis = format === 'Compatible';
    const all = PROTOCOL_FIELDS.split(' ');
    this.#positions = fields.length === 0 ? null : inOrder(fields).map(field => all.indexOf(field));
    const newFileEachDay = !localTime && (period === 'Day' || period === 'Hour');
    const hasDates = fields.length === 0 || fields.includes('date');
    this.#tellsDays = hasDates ? 'Never' : newFileEachDay ? 'WhenSetBack' : 'Always';
  }

  add(line: ProtocolLine): void {
    const second = Math.floor(line.time / 1000);
    if (second !== this.#second) this.#clockMoved(second);
    const format = this.#isIis ? formatIisLine : formatProtocolLine;
    const text = this.#chosen(format(line, this.#computerName, this.#time));
    this.#file.add(this.#isIis ? `${text}\r` : text, line.time);
  }

  #clockMoved(second: number): void {
    const time = second * 1000;
    const before = this.#second * 1000;
    this.#second = second;
    this.#time = w3cTime(time);
    if (this.#tellsDays === 'Never' || before < 0) return;
    // Who reads times without a date counts midnights, which a clock that is set back would lead astray.
    const isSameDay = Math.floor(time / DAY) === Math.floor(before / DAY);
    if (isSameDay ? time > before - HOUR : this.#tellsDays === 'WhenSetBack') return;
    this.#file.add(`#Date: ${this.#time}${this.#isIis ? '\r' : ''}`, time);
  }

  #chosen(line: string): string {
    if (this.#positions === null) return line;
    const values = line.split(' ');
    return this.#positions.map(position => values[position]).join(' ');
  }
}

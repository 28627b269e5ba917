/**
 * The protocol log: every SMTP command and reply, in and out, as W3C extended lines with the habits
 * of the IIS SMTP service, so that tools made for its logs read ours. Differences, on purpose: the
 * real port instead of 0, the plain status of QUIT instead of 240, and fields of our own at the end
 * (x-...) that join a line to its session and message. Costs nothing while the level is None.
 */
import type { ProtocolLine } from './events.ts';
import type { LineFile } from './line-file.ts';
import { toW3c } from './w3c.ts';

export const PROTOCOL_PREFIX = 'u_ex';

export const PROTOCOL_FIELDS =
  'date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status ' +
  'sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer) ' +
  'x-session-id x-message-id x-listener x-connector x-reply x-rule x-tls';

/** What stands in the place of the HELO name when the relay is the client. */
export const OUTBOUND_COMMAND = 'OutboundConnectionCommand';
export const OUTBOUND_RESPONSE = 'OutboundConnectionResponse';

export type ProtocolLevel = 'None' | 'Verbose';

const w3cTime = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

export function protocolHeader(version: string, time: number): string[] {
  return [`#Software: SmtpRelay ${version}`, '#Version: 1.0', `#Date: ${w3cTime(time)}`, `#Fields: ${PROTOCOL_FIELDS}`];
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

export class ProtocolLog {
  readonly #file: LineFile;
  readonly #computerName: string;
  #level: ProtocolLevel;
  // Many lines share a second, and making its text is most of the cost of a line.
  #second = -1;
  #time = '';

  constructor(file: LineFile, computerName: string, level: ProtocolLevel) {
    this.#file = file;
    this.#computerName = computerName;
    this.#level = level;
  }

  configure(level: ProtocolLevel): void {
    // After a pause the log begins again, with a header as after a restart.
    if (level !== this.#level) this.#file.renewHeader();
    this.#level = level;
  }

  add(line: ProtocolLine): void {
    if (this.#level === 'None') return;
    const second = Math.floor(line.time / 1000);
    if (second !== this.#second) {
      this.#time = w3cTime(line.time);
      this.#second = second;
    }
    this.#file.add(formatProtocolLine(line, this.#computerName, this.#time));
  }
}

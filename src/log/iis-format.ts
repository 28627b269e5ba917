/**
 * Protocol lines in the bytes of the IIS SMTP service's W3C extended log, for tools that were made for it: its fields
 * and no others, port 0 inbound and 4 sent bytes for each outbound command, what follows the verb with the blank
 * between them, QUIT with status 240 and the length of the session, and lines that end with CR LF. Of a reply of
 * several lines an outbound response shows the first. Nothing links an outbound line to its message there.
 */
import type { ProtocolLine } from './events.ts';
import { toW3c } from './w3c.ts';

export const IIS_FIELDS =
  'date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status ' +
  'sc-win32-status sc-bytes cs-bytes time-taken cs-version cs-host cs(User-Agent) cs(Cookie) cs(Referer)';

/** What stands in the place of the HELO name when the relay is the client. */
export const OUTBOUND_COMMAND = 'OutboundConnectionCommand';
export const OUTBOUND_RESPONSE = 'OutboundConnectionResponse';

const SITE = 'SMTPSVC1';
const QUIT_STATUS = 240;
const NOTHING = 'SMTP - - - -';

/** `2026-03-04 12:00:00`, in UTC. */
export const w3cTime = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ');

/** @param fields with blanks between them */
export function iisHeader(fields: string, time: number): string[] {
  return [
    '#Software: Microsoft Internet Information Services 10.0\r',
    '#Version: 1.0\r',
    `#Date: ${w3cTime(time)}\r`,
    // The blank at the end is there in IIS's files too.
    `#Fields: ${fields} \r`,
  ];
}

/** A line with a value for each of `IIS_FIELDS`, without line end. */
export function formatIisLine(line: ProtocolLine, computerName: string, time = w3cTime(line.time)): string {
  const { direction, part, peerAddress, localAddress, port } = line;
  const elapsed = Math.round(line.elapsed);
  const head = (user: string | null) =>
    `${time} ${toW3c(peerAddress)} ${toW3c(user)} ${SITE} ${toW3c(computerName)} ${direction === 'Inbound' ? `${toW3c(localAddress)} 0` : `- ${port}`}`;
  if (direction === 'Inbound') {
    const isQuit = line.verb === 'QUIT';
    const status = isQuit ? `${QUIT_STATUS} ${Math.round(line.sessionTime ?? 0)}` : `${line.code ?? 0} 0`;
    const method = `${toW3c(line.verb)} - ${toW3c(inboundQuery(line))}`;
    return `${head(line.heloName)} ${method} ${status} ${line.bytesSent} ${line.bytesReceived} ${elapsed} ${NOTHING}`;
  }
  if (part === 'command')
    return `${head(OUTBOUND_COMMAND)} ${toW3c(line.verb)} - ${toW3c(line.argument)} 0 0 4 0 ${elapsed} ${NOTHING}`;
  const reply = line.firstLine ?? line.argument ?? [line.code, line.reply].filter(value => value !== null).join(' ');
  return `${head(OUTBOUND_RESPONSE)} - - ${toW3c(reply)} 0 0 ${Buffer.byteLength(reply)} 0 ${elapsed} ${NOTHING}`;
}

function inboundQuery({ verb, argument, heloName, messageId, internetMessageId = null }: ProtocolLine): string | null {
  if (verb === 'QUIT') return heloName;
  if (verb === 'DATA' && internetMessageId !== null) {
    // One that the client had chosen stands as what followed the verb; one that this relay has made does not.
    const isOurs = messageId !== null && internetMessageId.startsWith(`<${messageId}@`);
    return isOurs ? internetMessageId : ` ${internetMessageId}`;
  }
  return argument === null || argument === '' ? null : ` ${argument}`;
}

/**
 * What old devices say instead of what RFC 5321 asks for, put right: HELO without a name, addresses
 * without angle brackets or with blanks in them. Only for listeners that are for such devices.
 */

const ADDRESS_COMMAND = /^(MAIL\s+FROM|RCPT\s+TO)\s*:?\s*(.*)$/i;
const BRACKETED = /^<\s*([^<>]*?)\s*>\s*(.*)$/;
const BARE = /^([^\s<>]+)\s*(.*)$/;

/** The command as a strict client would have sent it. @param clientIp stands for a missing name. */
export function asStrict(line: string, clientIp: string): string {
  const greeting = /^(HELO|EHLO)\s*$/i.exec(line);
  if (greeting) return `${greeting[1]} [${clientIp.includes(':') ? `IPv6:${clientIp}` : clientIp}]`;
  const command = ADDRESS_COMMAND.exec(line);
  if (!command) return line;
  const [, verb, rest] = command;
  const parts = BRACKETED.exec(rest!) ?? BARE.exec(rest!);
  if (!parts) return line;
  const [, address, parameters] = parts;
  const words = verb!.toUpperCase().replace(/\s+/, ' ');
  return `${words}:<${address}>${parameters === '' ? '' : ` ${parameters}`}`;
}

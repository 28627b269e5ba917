/**
 * A message as Microsoft Graph takes it. Graph has no envelope: it sends to whom To, Cc and Bcc name. So
 * these fields are made to name exactly the recipients of this delivery: what they name beyond (others
 * get it by another way, and would get it twice) goes out of them and is kept in X-Original-To and -Cc;
 * whom they do not name is added as Bcc, which nobody sees.
 */
import { parseAddressList } from '../message/address-list.ts';

const FIELD = /^([!-9;-~]+)[ \t]*:/;
const LINE = 76;

interface Field {
  readonly name: string;
  /** With its line ends. */
  readonly raw: string;
}

/** @param recipients addresses of the envelope */
export function mimeForGraph(message: Buffer, recipients: readonly string[]): Buffer {
  const end = endOfHeader(message);
  // Latin1 keeps each byte, also those of UTF-8.
  const fields = fieldsOf(message.toString('latin1', 0, end));
  const wanted = new Map(recipients.map(address => [address.toLowerCase(), address]));
  const named = new Set<string>();
  const header = fields.flatMap(field => {
    switch (field.name) {
      case 'bcc':
      case 'resent-bcc':
        return [];
      case 'to':
      case 'cc':
        return narrowed(field, wanted, named);
      default:
        return [field.raw];
    }
  });
  const unnamed = [...wanted].filter(([key]) => !named.has(key)).map(([, address]) => address);
  if (unnamed.length > 0) header.push(addressField('Bcc', unnamed));
  return Buffer.concat([Buffer.from(header.join(''), 'latin1'), message.subarray(end)]);
}

function narrowed({ name, raw }: Field, wanted: ReadonlyMap<string, string>, named: Set<string>): string[] {
  const value = raw.slice(raw.indexOf(':') + 1);
  const list = parseAddressList(Buffer.from(value, 'latin1').toString('utf8').replace(/\r?\n/g, ''));
  const addresses = 'wrong' in list ? [] : list.addresses;
  const here = addresses.filter(address => wanted.has(address.toLowerCase()));
  for (const address of here) named.add(address.toLowerCase());
  if (!('wrong' in list) && here.length === addresses.length) return [raw];
  const title = name === 'to' ? 'To' : 'Cc';
  return [`X-Original-${title}:${value}`, ...(here.length > 0 ? [addressField(title, here)] : [])];
}

/** RFC 5322 2.2.3, folded at commas; beyond ASCII as UTF-8 (RFC 6532). */
function addressField(name: string, addresses: readonly string[]): string {
  let text = `${name}:`;
  let width = text.length;
  addresses.forEach((address, index) => {
    const piece = ` ${address}${index < addresses.length - 1 ? ',' : ''}`;
    if (width + piece.length > LINE && index > 0) {
      text += '\r\n';
      width = 0;
    }
    text += piece;
    width += piece.length;
  });
  return Buffer.from(`${text}\r\n`).toString('latin1');
}

/** Offset of the empty line, or the length when all is header. */
function endOfHeader(message: Buffer): number {
  if (message.subarray(0, 2).equals(Buffer.from('\r\n'))) return 0;
  const at = message.indexOf('\r\n\r\n');
  return at === -1 ? message.length : at + 2;
}

function fieldsOf(header: string): Field[] {
  const fields: { name: string; raw: string }[] = [];
  for (const line of header.split(/(?<=\n)/)) {
    const last = fields.at(-1);
    if (last && /^[ \t]/.test(line)) last.raw += line;
    else fields.push({ name: FIELD.exec(line)?.[1]?.toLowerCase() ?? '', raw: line });
  }
  return fields;
}

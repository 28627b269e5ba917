/**
 * A message as Microsoft Graph takes it. Graph has no envelope: it sends to whom To, Cc and Bcc name. So
 * these fields are made to name exactly the recipients of this delivery: what they name beyond (others
 * get it by another way, and would get it twice) goes out of them and is kept in X-Original-To and -Cc;
 * whom they do not name is added as Bcc, which nobody sees.
 */
import { parseAddressList } from '../message/address-list.ts';
import { rawFields } from '../message/header-block.ts';

const LINE = 76;

/** @param recipients addresses of the envelope */
export function mimeForGraph(message: Buffer, recipients: readonly string[]): Buffer {
  const { fields, end } = rawFields(message);
  const wanted = new Map(recipients.map(address => [address.toLowerCase(), address]));
  const named = new Set<string>();
  const header = fields.flatMap(({ name, start, value, next }) => {
    // Latin1 keeps each byte, also those of UTF-8.
    const raw = message.toString('latin1', start, next);
    switch (name) {
      case 'bcc':
      case 'resent-bcc':
        return [];
      case 'to':
      case 'cc':
        return narrowed(name, raw, message.toString('latin1', value, next), wanted, named);
      default:
        return [raw];
    }
  });
  const unnamed = [...wanted].filter(([key]) => !named.has(key)).map(([, address]) => address);
  if (unnamed.length > 0) header.push(addressField('Bcc', unnamed));
  const rest = message.subarray(end);
  // A line that is no field ends the header here; a reader that only skips it must find no more fields behind it.
  const gap = rest.length === 0 || rest[0] === 13 || rest[0] === 10 ? '' : '\r\n';
  return Buffer.concat([Buffer.from(`${header.join('')}${gap}`, 'latin1'), rest]);
}

function narrowed(
  name: 'to' | 'cc',
  raw: string,
  value: string,
  wanted: ReadonlyMap<string, string>,
  named: Set<string>,
): string[] {
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

/**
 * xtext (RFC 3461 section 4), the escape of ENVID, ORCPT and AUTH= parameters: printable ASCII stands
 * for itself except `+` and `=`, every other octet is `+` and two hex digits. Octets are UTF-8 here.
 * Decoding refuses what hides a control character (a line break would end up in a report's header)
 * and what is no UTF-8; a horizontal tab is the one control that passes, as white space.
 */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Encodes any text. */
export function encodeXtext(text: string): string {
  let out = '';
  for (const octet of Buffer.from(text)) {
    const plain = octet >= 0x21 && octet <= 0x7e && octet !== 0x2b && octet !== 0x3d;
    out += plain ? String.fromCharCode(octet) : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Decodes xtext; null when it is none. Lower-case hex digits are tolerated. */
export function decodeXtext(text: string): string | null {
  if (!/^(?:[!-*,-<>-~]|\+[0-9a-f]{2})*$/i.test(text)) return null;
  const octets = text.replace(/\+(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    const decoded = UTF8.decode(Buffer.from(octets, 'latin1'));
    return /[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(decoded) ? null : decoded;
  } catch {
    return null;
  }
}

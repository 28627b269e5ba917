/** Takes a report apart, as a mail client would. Only as much of MIME as reports use. */

export interface Part {
  /** Unfolded, names in lower case; a name that comes twice has its values joined by a line feed. */
  readonly header: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export function parsePart(bytes: Buffer): Part {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) throw new Error('There is no empty line after the header');
  return { header: parseFields(bytes.toString('utf8', 0, end)), body: bytes.subarray(end + 4) };
}

export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replace(/\r\n([ \t])/g, '$1').split('\r\n')) {
    const match = /^([!-9;-~]+):[ \t]*(.*)$/s.exec(line);
    if (!match) throw new Error(`This line is no field: ${line}`);
    const name = match[1]!.toLowerCase();
    fields.set(name, fields.has(name) ? `${fields.get(name)}\n${match[2]}` : match[2]!);
  }
  return fields;
}

/** The parts of a multipart message. */
export function parseMultipart(bytes: Buffer): Part & { readonly parts: readonly Part[] } {
  const whole = parsePart(bytes);
  const boundary = /boundary="([^"]+)"/.exec(whole.header.get('content-type') ?? '')?.[1];
  if (!boundary) throw new Error('There is no boundary');
  const pieces = `\r\n${whole.body.toString('latin1')}`.split(`\r\n--${boundary}`);
  if (pieces.at(-1) !== '--\r\n') throw new Error('There is no closing boundary');
  const parts = pieces.slice(1, -1).map(piece => parsePart(Buffer.from(piece.slice(2), 'latin1')));
  return { ...whole, parts };
}

/** The groups of fields of a delivery status: the message's, then each recipient's. */
export const parseStatus = (part: Part): ReadonlyMap<string, string>[] =>
  part.body
    .toString('utf8')
    .split('\r\n\r\n')
    .filter(group => group.trim() !== '')
    .map(group => parseFields(group.replace(/\r\n$/, '')));

/** Finds out what a file is, by its content, and reads it. */
import { readAdsutil } from './adsutil-text.ts';
import { readCliXml } from './cli-xml.ts';
import { readJson } from './json.ts';
import { readMetaBase } from './metabase-xml.ts';
import { type IisSource, LARGEST_SOURCE, SourceError } from './source.ts';

/** Reads an IIS SMTP configuration in any of its forms. @throws SourceError */
export function readSource(bytes: Uint8Array): IisSource {
  if (bytes.length > LARGEST_SOURCE) throw new SourceError(`It is larger than ${LARGEST_SOURCE} bytes.`);
  const { text, note } = decode(bytes);
  const source = readText(text);
  return note === null ? source : { ...source, notes: [note, ...source.notes] };
}

function readText(text: string): IisSource {
  const head = text.slice(0, 4096).trimStart();
  if (head.startsWith('<')) return /<Objs[\s>]/.test(head) ? readCliXml(text) : readMetaBase(text);
  if (head.startsWith('{') || head.startsWith('[')) return readJson(text);
  if (/^\w+\s*:\s*(\[[A-Z]*\]\s*)?\(\w+\)/m.test(text) || /adsutil/i.test(head)) return readAdsutil(text);
  throw new SourceError(
    'It is no MetaBase.xml, no *.MD0 of MetaBack, no export of Export-IisSmtpConfiguration.ps1, no WMI dump and no text of adsutil.',
  );
}

/** What a file says that it is, it often is not: it was opened and saved by an editor since. */
function decode(bytes: Uint8Array): { readonly text: string; readonly note: string | null } {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return decoded(bytes.subarray(2), 'utf-16le', null);
  if (a === 0xfe && b === 0xff) return decoded(bytes.subarray(2), 'utf-16be', null);
  const body = a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
  if (body.length > 1 && body[0] === 0x3c && body[1] === 0)
    return decoded(body, 'utf-16le', 'The file is UTF-16 without a mark; it was read so.');
  try {
    return decoded(body, 'utf-8', null);
  } catch {
    return decoded(
      body,
      'windows-1252',
      'The file is not UTF-8; it was read as Windows-1252. Compare names with letters beyond ASCII.',
    );
  }
}

function decoded(bytes: Uint8Array, encoding: string, note: string | null) {
  try {
    return { text: new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes), note };
  } catch (error) {
    if (encoding === 'utf-8') throw error;
    throw new SourceError(`It says that it is ${encoding}, and is not.`);
  }
}

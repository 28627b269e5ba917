/**
 * Encoded words in header fields (RFC 2047), written for our own mail and read for display and logs. Tolerant: what cannot be decoded
 * stays as it is. Adjacent words are joined without the blank between them (6.2), and as bytes when
 * they share a charset, because many senders cut a character between two words. Linear time.
 */

/** Bounded where it can be, so that no input makes it slow; blanks inside a word are tolerated. */
const WORD = /=\?([^?\s]{1,60})\?([bq])\?([^?]*)\?=/gi;

interface Run {
  readonly charset: string;
  readonly decoder: InstanceType<typeof TextDecoder>;
  readonly bytes: Buffer[];
}

/** Replaces the encoded words in an unfolded field body by what they say. */
export function decodeEncodedWords(text: string): string {
  let out = '';
  let run: Run | null = null;
  let at = 0;
  for (const match of text.matchAll(WORD)) {
    const between = text.slice(at, match.index);
    const word = decodeWord(match[1]!, match[2]!, match[3]!);
    const adjacent: boolean = run !== null && word !== null && /^[ \t]*$/.test(between);
    if (adjacent && run!.charset === word!.charset) {
      run!.bytes.push(...word!.bytes);
    } else {
      out += textOf(run) + (adjacent ? '' : between);
      if (word === null) out += match[0];
      run = word;
    }
    at = match.index + match[0].length;
  }
  return out + textOf(run) + text.slice(at);
}

function textOf(run: Run | null): string {
  return run === null ? '' : run.decoder.decode(Buffer.concat(run.bytes));
}

function decodeWord(label: string, encoding: string, payload: string): Run | null {
  // RFC 2231 5: a language may follow the charset.
  const charset = label.split('*', 1)[0]!.toLowerCase();
  try {
    const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(payload, 'base64') : decodeQ(payload);
    return { charset, decoder: new TextDecoder(charset), bytes: [bytes] };
  } catch {
    return null; // a charset nobody here knows
  }
}

/** RFC 2047 4.2. An equals sign without two hex digits stands for itself, and so does raw UTF-8. */
function decodeQ(payload: string): Buffer {
  const octets = Buffer.from(payload)
    .toString('latin1')
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1');
}

/** Longest encoded word of this many octets of UTF-8: 75 characters with its frame (RFC 2047 2). */
const OCTETS_PER_WORD = 42;

/**
 * A field of one line or several: encoded words where the text needs them, each in a line of its own. A
 * character is never cut.
 * @param always also where the text would do without
 */
export function encodeField(name: string, text: string, always = false): string[] {
  if (!always && /^[\x20-\x7e]*$/.test(text)) return [`${name}: ${text}`];
  const words: string[] = [];
  let piece = '';
  for (const character of text) {
    if (Buffer.byteLength(piece + character) > OCTETS_PER_WORD) {
      words.push(piece);
      piece = '';
    }
    piece += character;
  }
  words.push(piece);
  return words.map((word, at) => `${at === 0 ? `${name}: ` : ' '}=?utf-8?B?${Buffer.from(word).toString('base64')}?=`);
}

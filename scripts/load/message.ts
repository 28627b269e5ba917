/**
 * Messages that prove by themselves that they came whole: a name, and a checksum over the body that
 * does not depend on what line ends a server stores.
 */
import { createHash } from 'node:crypto';

/** A message with CRLF line ends of about `size` bytes; its lines begin with dots now and then. */
export function namedMessage(name: string, from: string, to: string, size: number): Buffer {
  const lines: string[] = [];
  for (let length = 0; length < size; length += lines.at(-1)!.length + 2)
    lines.push(`${lines.length % 7 === 3 ? '.' : ''}${name} line ${lines.length} ${'x'.repeat(50)}`);
  const head = [`From: ${from}`, `To: ${to}`, `Subject: ${name}`, `X-Load: ${name} ${digestOf(lines)}`, ''];
  return Buffer.from(`${[...head, ...lines].join('\r\n')}\r\n`);
}

/** The name of a message that is whole; null for one that is not (yet). */
export function nameOf(text: string): string | null {
  const match = /^X-Load: (\S+) (\S+)\r?$/m.exec(text);
  const start = /\r?\n\r?\n/.exec(text);
  if (!match || !start) return null;
  // Trailing empty lines are the store's, not the message's.
  const lines = text
    .slice(start.index + start[0].length)
    .trimEnd()
    .split(/\r?\n/);
  return digestOf(lines) === match[2] ? match[1]! : null;
}

const digestOf = (lines: readonly string[]) => createHash('sha1').update(lines.join('\n')).digest('base64url');

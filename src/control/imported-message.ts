/**
 * A message as an administrator hands it in: the bytes of an .eml file, with the lines x-sender: and
 * x-receiver: in front or without. They may be written as IIS wrote them (no angle brackets) and end
 * as they like. Pure.
 */

import { RelayProblem } from '../contract/problems.ts';
import { isAscii } from '../message/address.ts';
import type { Envelope } from '../message/envelope.ts';
import { readEnvelopeLines } from '../spool/envelope-lines.ts';
import { requireMailbox } from './mailbox.ts';

export interface ImportedMessage {
  readonly envelope: Envelope;
  /** Without the lines. */
  readonly body: Buffer;
}

const LINE = /^x-(sender|receiver):[ \t]*(.*?)[ \t]*$/i;
const LONGEST_LINE = 8192;

/** @throws RelayProblem InvalidParameter when sender or recipients are missing or are no addresses. */
export function readImport(content: Buffer, sender?: string, recipients?: readonly string[]): ImportedMessage {
  const { lines, bodyAt } = splitLines(content);
  const given = lines.length === 0 ? null : envelopeOf(lines, sender, recipients);
  const from = sender ?? given?.reversePath;
  if (from === undefined) throw missing('sender', 'x-sender:');
  const reversePath = from === '' ? '' : requireMailbox('sender', from);
  const to =
    recipients?.map((address, at) => ({
      address: requireMailbox(`recipients[${at}]`, address),
      notify: [],
      orcpt: null,
    })) ??
    given?.recipients.map((recipient, at) => ({
      ...recipient,
      address: requireMailbox(`recipients[${at}]`, recipient.address),
    }));
  if (to === undefined || to.length === 0) throw missing('recipients', 'x-receiver:');
  const international = [reversePath, ...to.map(({ address }) => address)].some(address => !isAscii(address));
  return {
    envelope: {
      reversePath,
      recipients: to,
      ret: given?.ret ?? null,
      envid: given?.envid ?? null,
      eightBitMime: true,
      smtpUtf8: (given?.smtpUtf8 ?? false) || international,
    },
    body: content.subarray(bodyAt),
  };
}

function splitLines(content: Buffer): { readonly lines: readonly string[]; readonly bodyAt: number } {
  const lines: string[] = [];
  for (let at = 0; ; ) {
    const end = content.indexOf(0x0a, at);
    if (end === -1 || end - at > LONGEST_LINE) return { lines, bodyAt: at };
    const line = content.toString('utf8', at, end).replace(/\r$/, '');
    if (!LINE.test(line)) return { lines, bodyAt: at };
    lines.push(line);
    at = end + 1;
  }
}

/** The lines as the queue writes them; what is given besides stands in for a line that is missing. */
function envelopeOf(lines: readonly string[], sender?: string, recipients?: readonly string[]): Envelope {
  const whole = lines.map(line => {
    const [, kind, value] = LINE.exec(line) as unknown as [string, string, string];
    return `x-${kind.toLowerCase()}: ${value.startsWith('<') ? value : `<${value}>`}`;
  });
  if (!whole.some(line => line.startsWith('x-sender:'))) {
    if (sender === undefined) throw missing('sender', 'x-sender:');
    whole.unshift('x-sender: <>');
  }
  if (!whole.some(line => line.startsWith('x-receiver:'))) {
    if (recipients === undefined) throw missing('recipients', 'x-receiver:');
    whole.push('x-receiver: <postmaster@localhost>');
  }
  const read = readEnvelopeLines(Buffer.from(`${whole.join('\r\n')}\r\n`));
  if (!read)
    throw new RelayProblem('InvalidParameter', "content: the lines x-sender: and x-receiver: can't be read.", [
      { path: 'content', message: 'has lines x-sender: or x-receiver: that are broken or doubled' },
    ]);
  return read.envelope;
}

const missing = (path: string, line: string) =>
  new RelayProblem('InvalidParameter', `${path} is missing, and the message does not begin with a line ${line}.`, [
    { path, message: `is required where the message has no line ${line}` },
  ]);

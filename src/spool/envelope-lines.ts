/**
 * The lines in front of a message in the Queue folder: IIS's `x-sender:` and `x-receiver:`, with
 * ESMTP parameters after the address as Exchange writes them. So an administrator sees whose mail it
 * is, a copy of the file dropped into a Pickup folder sends it again, and the queue can be rebuilt
 * from the files alone. Pure.
 */
import type { Envelope, EnvelopeRecipient, Notify } from '../message/envelope.ts';
import { decodeXtext, encodeXtext } from '../message/xtext.ts';

/** The lines as bytes; the message follows directly. */
export function writeEnvelopeLines(envelope: Envelope): Buffer {
  const sender = [`x-sender: <${envelope.reversePath}>`];
  if (envelope.eightBitMime) sender.push('BODY=8BITMIME');
  if (envelope.smtpUtf8) sender.push('SMTPUTF8');
  if (envelope.ret) sender.push(`RET=${envelope.ret}`);
  if (envelope.envid) sender.push(`ENVID=${encodeXtext(envelope.envid)}`);
  const receivers = envelope.recipients.map(recipient => {
    const parts = [`x-receiver: <${recipient.address}>`];
    if (recipient.notify.length > 0) parts.push(`NOTIFY=${recipient.notify.join(',')}`);
    if (recipient.orcpt) parts.push(`ORCPT=${encodeXtext(recipient.orcpt)}`);
    return parts.join(' ');
  });
  return Buffer.from(`${[sender.join(' '), ...receivers].join('\r\n')}\r\n`, 'utf8');
}

// A quoted local part may hold angle brackets, and so may a parameter.
const LINE = /^x-(sender|receiver):\s*<((?:"(?:[^"\\\r\n]|\\[^\r\n])*")?[^<>\r\n]*)>\s*(.*)$/i;
const NOTIFY = new Set(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);

/**
 * Reads the lines at the beginning of a file, and where the message begins. Null when they are not
 * what `writeEnvelopeLines` writes: no sender, no receiver, or a broken line.
 */
export function readEnvelopeLines(head: Buffer): { readonly envelope: Envelope; readonly offset: number } | null {
  let offset = 0;
  let sender: { address: string; parameters: Map<string, string> } | null = null;
  const recipients: EnvelopeRecipient[] = [];
  for (;;) {
    const end = head.indexOf('\r\n', offset);
    if (end === -1) break;
    const match = LINE.exec(head.toString('utf8', offset, end));
    if (!match) break;
    const [, kind, address, rest] = match as unknown as [string, string, string, string];
    const parameters = readParameters(rest);
    if (kind.toLowerCase() === 'sender') {
      if (sender) return null;
      sender = { address, parameters };
    } else
      recipients.push({
        address,
        notify: readNotify(parameters.get('NOTIFY')),
        orcpt: decodeXtext(parameters.get('ORCPT') ?? '') || null,
      });
    offset = end + 2;
  }
  if (!sender || recipients.length === 0 || recipients.some(recipient => recipient.address === '')) return null;
  const ret = sender.parameters.get('RET');
  const envelope: Envelope = {
    reversePath: sender.address,
    recipients,
    ret: ret === 'FULL' || ret === 'HDRS' ? ret : null,
    envid: decodeXtext(sender.parameters.get('ENVID') ?? '') || null,
    eightBitMime: sender.parameters.get('BODY') === '8BITMIME',
    smtpUtf8: sender.parameters.has('SMTPUTF8'),
  };
  return { envelope, offset };
}

/** ESMTP parameters by name in upper case; one without a value has an empty one. */
export function readParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(/\s+/)) {
    const equals = part.indexOf('=');
    if (part !== '')
      parameters.set(
        (equals === -1 ? part : part.slice(0, equals)).toUpperCase(),
        equals === -1 ? '' : part.slice(equals + 1),
      );
  }
  return parameters;
}

/** The words of a NOTIFY parameter that mean something. */
export const readNotify = (text: string | undefined): Notify[] =>
  (text ?? '')
    .toUpperCase()
    .split(',')
    .filter((word): word is Notify => NOTIFY.has(word));

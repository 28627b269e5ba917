/**
 * The lines in front of a message in the Queue folder: IIS's `x-sender:` and `x-receiver:`, with
 * ESMTP parameters after the address as Exchange writes them. So an administrator sees whose mail it
 * is, a copy of the file dropped into a Pickup folder sends it again, and the queue can be rebuilt
 * from the files alone. Pure.
 */
import { parseEnvelopeValue } from '../message/address-list.ts';
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

const LINE = /^x-(sender|receiver):(.*)$/i;
const NOTIFY = new Set(['NEVER', 'SUCCESS', 'FAILURE', 'DELAY']);

/**
 * Reads the lines at the beginning of a file of the queue, and where the message begins. Null when they
 * are not what `writeEnvelopeLines` writes: no sender or two, no receiver, or a broken line.
 */
export function readEnvelopeLines(head: Buffer): { readonly envelope: Envelope; readonly offset: number } | null {
  let offset = 0;
  let sender: EnvelopeSender | null = null;
  const recipients: EnvelopeRecipient[] = [];
  for (;;) {
    const end = head.indexOf('\r\n', offset);
    const match = end === -1 ? null : LINE.exec(head.toString('utf8', offset, end));
    if (!match) break;
    if (match[1]!.toLowerCase() === 'sender') {
      if (sender) return null;
      sender = readSender(match[2]!);
      if (!sender) return null;
    } else {
      const recipient = readReceiver(match[2]!);
      if (!recipient) return null;
      recipients.push(recipient);
    }
    offset = end + 2;
  }
  return sender && recipients.length > 0 ? { envelope: { ...sender, recipients }, offset } : null;
}

export type EnvelopeSender = Omit<Envelope, 'recipients'>;

/** The value of an x-sender line, as we, Exchange, IIS or people write it; null when it is none. */
export function readSender(value: string): EnvelopeSender | null {
  const found = parseEnvelopeValue(value);
  if (!found) return null;
  const parameters = readParameters(found.parameters);
  const ret = parameters.get('RET')?.toUpperCase();
  return {
    reversePath: found.address,
    ret: ret === 'FULL' || ret === 'HDRS' ? ret : null,
    envid: decodeXtext(parameters.get('ENVID') ?? '') || null,
    eightBitMime: parameters.get('BODY')?.toUpperCase() === '8BITMIME',
    smtpUtf8: parameters.has('SMTPUTF8'),
  };
}

/** The value of an x-receiver line; null when it is none. */
export function readReceiver(value: string): EnvelopeRecipient | null {
  const found = parseEnvelopeValue(value);
  if (!found || found.address === '') return null;
  const parameters = readParameters(found.parameters);
  return {
    address: found.address,
    notify: readNotify(parameters.get('NOTIFY')),
    orcpt: decodeXtext(parameters.get('ORCPT') ?? '') || null,
  };
}

/** ESMTP parameters by name in upper case; one without a value has an empty one. */
function readParameters(text: string): Map<string, string> {
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
const readNotify = (text: string | undefined): Notify[] =>
  (text ?? '')
    .toUpperCase()
    .split(',')
    .filter((word): word is Notify => NOTIFY.has(word));

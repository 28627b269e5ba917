/**
 * A message from an administrator (Send-SmtpTestMessage), and what becomes of it. It takes the same
 * way as any other: intake, spool, queue. Results are followed by listening to the events.
 */

import { RelayProblem } from '../../contract/problems.ts';
import type { Emit, RelayEvent } from '../../log/events.ts';
import { isAscii } from '../../message/address.ts';
import { encodeField } from '../../message/encoded-words.ts';
import type { Envelope } from '../../message/envelope.ts';
import { formatReply } from '../../message/reply.ts';
import type { EnvelopeInstead } from '../../pickup/pickup-head.ts';
import type { WrittenMessage } from '../../pickup/written-message.ts';
import { isoTime, type PartOf, type Result } from '../handlers.ts';
import { requireMailbox } from '../mailbox.ts';
import { Transfers } from '../transfers.ts';
import { asStorageFailed, bytesOf, envelopeInstead, takingMessage } from '../written.ts';

export interface SubmitMethodsDependencies {
  /** Puts a whole message into the spool; `onId` hears the queue id before it is in the queue. */
  readonly submit: (envelope: Envelope, text: Buffer, onId: (id: string) => void) => Promise<string>;
  /** Begins a message from a file. */
  readonly written: (instead: EnvelopeInstead) => WrittenMessage;
  readonly subscribe: (listener: Emit) => () => void;
  readonly now: () => number;
}

type DeliveryResult = Result<'message.result'>;
type RecipientResult = DeliveryResult['recipients'][number];

interface Followed {
  readonly since: number;
  readonly recipients: Map<string, RecipientResult>;
  readonly waiting: Set<() => void>;
}

const FOLLOWED_AT_MOST = 1000;

export function submitMethods(
  deps: SubmitMethodsDependencies,
): Pick<PartOf<'message'>, 'message.submit' | 'message.result' | 'message.import'> {
  const followed = new Map<string, Followed>();
  const transfers = new Transfers();
  deps.subscribe(event => follow(followed, event, deps.now));

  return {
    'message.submit': async ({ sender, recipients, subject, body }) => {
      const from = sender === '' ? '' : requireMailbox('sender', sender);
      const to = recipients.map((recipient, index) => requireMailbox(`recipients[${index}]`, recipient));
      const envelope: Envelope = {
        reversePath: from,
        recipients: to.map(address => ({ address, notify: [], orcpt: null })),
        ret: null,
        envid: null,
        eightBitMime: true,
        smtpUtf8: [from, ...to].some(address => !isAscii(address)),
      };
      const entry: Followed = {
        since: deps.now(),
        recipients: new Map(to.map(address => [address, pending(address)])),
        waiting: new Set(),
      };
      const id = await store(deps, envelope, compose(from, to, subject, body), registered => {
        if (followed.size >= FOLLOWED_AT_MOST) followed.delete(followed.keys().next().value!);
        followed.set(registered, entry);
      });
      return toResult(id, entry);
    },
    'message.import': ({ content, sender, recipients, transfer, offset, more }) => {
      const bytes = bytesOf(content);
      const name = transfer ?? transfers.add(deps.written(envelopeInstead(sender, recipients)));
      return transfers.use(name, offset ?? 0, message =>
        takingMessage('content', async () => {
          await message.write(bytes);
          if (more) return { ...submissionOf(message), transfer: name };
          const { id, subject, size } = await message.commit();
          transfers.done(name);
          return { ...submissionOf(message), internalMessageId: id, subject, size };
        }),
      );
    },
    'message.result': async ({ internalMessageId, wait }) => {
      const entry = followed.get(internalMessageId);
      if (!entry)
        throw new RelayProblem(
          'NotFound',
          `Message "${internalMessageId}" was not put in with message.submit since the start.`,
          [
            {
              path: 'internalMessageId',
              value: internalMessageId,
              message: 'is not followed; look into Get-SmtpTrackingLog',
            },
          ],
        );
      if (wait && !isFinished(entry)) await nextChange(entry, wait * 1000);
      return toResult(internalMessageId, entry);
    },
  };
}

/** The message is followed from before it can be delivered, so that no result is missed. */
async function store(
  deps: SubmitMethodsDependencies,
  envelope: Envelope,
  text: Buffer,
  register: (id: string) => void,
): Promise<string> {
  try {
    return await deps.submit(envelope, text, register);
  } catch (error) {
    throw asStorageFailed(error);
  }
}

/** What is known of a message before it is in the queue. */
const submissionOf = ({ envelope, received }: WrittenMessage): Result<'message.import'> => ({
  internalMessageId: null,
  transfer: null,
  fromAddress: envelope === null ? null : envelope.reversePath || '<>',
  recipients: envelope?.recipients.map(({ address }) => address) ?? [],
  subject: null,
  size: received,
});

const pending = (recipient: string): RecipientResult => ({
  recipient,
  result: 'Pending',
  connector: null,
  remote: null,
  reply: null,
  elapsed: 0,
  nextRetryTime: null,
});

function compose(from: string, to: readonly string[], subject: string, body: string): Buffer {
  const oneLine = (text: string) => text.replace(/[\x00-\x1f\x7f]+/g, ' ');
  const header = [
    `From: <${from}>`,
    `To: ${to.map(address => `<${address}>`).join(',\r\n ')}`,
    ...encodeField('Subject', oneLine(subject)),
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}\r\n`);
}

function follow(followed: Map<string, Followed>, event: RelayEvent, now: () => number): void {
  if (event.type !== 'attempted') return;
  const entry = followed.get(event.message.id);
  if (!entry) return;
  for (const { index, outcome, nextAttempt } of event.results) {
    const { address } = event.message.envelope.recipients[index]!;
    entry.recipients.set(address, {
      recipient: address,
      result: outcome.kind === 'delivered' ? 'Delivered' : outcome.kind === 'failed' ? 'Failed' : 'Retry',
      connector: event.connector === '' ? null : event.connector,
      remote:
        outcome.remote === null ? null : `${outcome.remote.host} [${outcome.remote.address}]:${outcome.remote.port}`,
      reply: formatReply(outcome.reply),
      elapsed: (now() - entry.since) / 1000,
      nextRetryTime: isoTime(nextAttempt),
    });
  }
  for (const wake of entry.waiting) wake();
}

const isFinished = (entry: Followed) =>
  [...entry.recipients.values()].every(({ result }) => result === 'Delivered' || result === 'Failed');

const toResult = (id: string, entry: Followed): DeliveryResult => ({
  internalMessageId: id,
  finished: isFinished(entry),
  recipients: [...entry.recipients.values()],
});

function nextChange(entry: Followed, time: number): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      entry.waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, time);
    entry.waiting.add(done);
  });
}

/** What an administrator says about a message from a file, and what is wrong with such messages, in the contract's words. */
import { type ProblemDetail, RelayProblem } from '../contract/problems.ts';
import type { EnvelopeInstead } from '../pickup/pickup-head.ts';
import { MessageRefused } from '../pickup/written-message.ts';
import { SpoolFull } from '../spool/spool.ts';
import { requireMailbox } from './mailbox.ts';

/** @throws RelayProblem InvalidParameter for what is no address. */
export function envelopeInstead(sender?: string, recipients?: readonly string[]): EnvelopeInstead {
  return {
    ...(sender === undefined ? {} : { sender: sender === '' ? '' : requireMailbox('sender', sender) }),
    ...(recipients === undefined
      ? {}
      : { recipients: recipients.map((address, at) => requireMailbox(`recipients[${at}]`, address)) }),
  };
}

/** The parameter that could help. */
const PATHS: Partial<Record<MessageRefused['rule'], string>> = { 'no-sender': 'sender', 'no-recipient': 'recipients' };

/** Runs what takes such a message. @throws RelayProblem NotAccepted or StorageFailed. */
export async function takingMessage<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MessageRefused) {
      const detail: ProblemDetail = { path: PATHS[error.rule] ?? path, message: error.message };
      throw new RelayProblem('NotAccepted', error.message, [detail], { cause: error });
    }
    throw asStorageFailed(error);
  }
}

/** What a full disk says, as a problem; everything else as it is. */
export function asStorageFailed(error: unknown): unknown {
  if (!(error instanceof SpoolFull)) return error;
  return new RelayProblem('StorageFailed', `The message could not be stored: ${error.message}`, [], { cause: error });
}

/** Bytes that came as `content`. @throws RelayProblem InvalidParameter when they are no base64. */
export function bytesOf(base64: string): Buffer {
  // Buffer.from passes over what is no base64; a damaged message must not be sent.
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(base64) && base64.length % 4 === 0) return Buffer.from(base64, 'base64');
  throw new RelayProblem('InvalidParameter', 'content is not base64.', [
    { path: 'content', message: 'must be base64' },
  ]);
}

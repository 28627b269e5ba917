/** Waiting messages: what waits and why, and what an administrator does with it. */
import { RelayProblem } from '../../contract/problems.ts';
import { writeEnvelopeLines } from '../../spool/envelope-lines.ts';
import type { Work } from '../../spool/spool.ts';
import type { PartOf } from '../handlers.ts';
import { changeMessages } from '../message-changes.ts';
import { findMessages, isOneMessage, listMessages, noMessage } from '../message-selection.ts';
import { findNamed } from '../named-list.ts';
import type { SelectionDependencies } from '../selection.ts';

export type MessageMethodsDependencies = SelectionDependencies & {
  readonly connectors: () => readonly { readonly name: string; readonly enabled: boolean }[];
};

type MessageMethods = Pick<
  PartOf<'message'>,
  | 'message.list'
  | 'message.remove'
  | 'message.suspend'
  | 'message.resume'
  | 'message.retry'
  | 'message.move'
  | 'message.export'
>;

/** What of a message goes over the control port at a time. */
const PIECE = 4 * 1024 * 1024;

export function messageMethods(deps: MessageMethodsDependencies): MessageMethods {
  const { spool } = deps;
  const { administration } = deps.scheduler;

  return {
    'message.list': params => listMessages(deps, params, params),
    'message.remove': ({ withNDR, ...params }) => {
      const withReport = withNDR ?? true;
      return changeMessages(deps, params, {
        done: 'removed',
        change: work => administration.removeMessage(work, withReport),
        later: work => administration.note(work, 'PendingRemove', withReport),
      });
    },
    'message.suspend': params =>
      changeMessages(deps, params, {
        done: 'suspended',
        change: work => administration.suspendMessage(work),
        later: work => administration.note(work, 'PendingSuspend'),
      }),
    'message.resume': params =>
      changeMessages(deps, params, {
        done: 'resumed',
        change: work => administration.resumeMessage(work),
        later: work => administration.unnote(work.hop, work.message.number),
      }),
    'message.retry': params => {
      const one = isOneMessage(params);
      return changeMessages(deps, params, {
        done: 'tried',
        change: async work => {
          const why = whyNotTried(deps, work);
          if (why === null) {
            const next = await administration.retryMessage(work);
            // One goes before all others; many take their turn, since a queue holds few in memory.
            return one ? next : undefined;
          }
          if (one)
            throw new RelayProblem('InvalidParameter', `Message ${work.message.id} can't be tried: ${why}.`, [
              { path: 'identity', value: params.identity, message: why },
            ]);
          return undefined;
        },
      });
    },
    'message.move': ({ connector, ...params }) => {
      const { name, enabled } = findNamed(deps.connectors(), 'connector', connector);
      if (!enabled)
        throw new RelayProblem('InvalidParameter', `The connector ${name} is not enabled.`, [
          { path: 'connector', value: name, message: 'is not enabled' },
        ]);
      return changeMessages(deps, params, {
        done: 'moved',
        change: work => administration.moveMessage(work, name),
      });
    },
    'message.export': async ({ identity, offset }) => {
      const { value: work } = await findMessages(deps, { identity }, { page: 1 }).next();
      if (!work) throw noMessage(identity);
      const { message } = work;
      const body = await spool.openBody(message);
      const lines = writeEnvelopeLines(message.envelope);
      const size = lines.length + body.size;
      const from = Math.min(offset ?? 0, size);
      const end = Math.min(from + PIECE, size);
      const parts = [lines.subarray(from, end)];
      if (end > lines.length)
        for await (const chunk of body.stream(Math.max(0, from - lines.length), end - lines.length))
          parts.push(chunk as Buffer);
      return { identity: message.id, size, offset: from, content: Buffer.concat(parts).toString('base64') };
    },
  };
}

function whyNotTried({ scheduler, describe }: SelectionDependencies, work: Work): string | null {
  if (work.recipients.every(recipient => recipient.suspended)) return 'it is suspended; use Resume-SmtpMessage';
  const queue = scheduler.queueOf(work.hop);
  if (queue?.suspended) return `its queue ${describe(work.hop).nextHopDomain} is suspended; use Resume-SmtpQueue`;
  return null;
}

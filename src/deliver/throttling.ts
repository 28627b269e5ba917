/** Whether a server asks for fewer connections or messages: heard here, acted on by the scheduler. */
import { asksForLess } from '../contract/reply-catalogue.ts';
import type { TransactionResult } from '../message/outcome.ts';
import { formatReply, type Reply } from '../message/reply.ts';

const wantsLess = (reply: Reply): boolean => asksForLess(formatReply(reply));

/** The same result, marked where a server asked for less. */
export function markThrottling(result: TransactionResult): TransactionResult {
  if (result.kind === 'unreachable') return wantsLess(result.reply) ? { ...result, throttled: true } : result;
  const asking = result.outcomes.find(({ kind, reply }) => kind === 'deferred' && wantsLess(reply));
  return asking ? { ...result, throttled: asking.reply } : result;
}

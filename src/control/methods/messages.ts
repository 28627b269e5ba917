/** Waiting messages. */
import type { PartOf } from '../handlers.ts';
import { toMessage } from '../queue-view.ts';
import { NO_LIMIT, type SelectionDependencies, selectMessages } from '../selection.ts';

export type MessageMethodsDependencies = SelectionDependencies;

export function messageMethods(deps: MessageMethodsDependencies): Pick<PartOf<'message'>, 'message.list'> {
  return {
    'message.list': async ({ identity, queue, resultSize }) => {
      const works = await selectMessages(deps, { identity, queue }, resultSize ?? NO_LIMIT);
      return works.map(work => toMessage(work, deps));
    },
  };
}

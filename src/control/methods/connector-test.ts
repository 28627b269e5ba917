/** Connectors as their servers meet them, a step at a time. */
import { RelayProblem } from '../../contract/problems.ts';
import type { Connector } from '../../settings/settings.ts';
import type { SettingsStore } from '../../settings/store.ts';
import type { Handlers, Result } from '../handlers.ts';
import { requireMailbox } from '../mailbox.ts';
import { findNamed } from '../named-list.ts';
import { TestRuns } from '../test-runs.ts';

type Step = Result<'connector.test'>['steps'][number];

export interface ConnectorTestDependencies {
  readonly store: SettingsStore;
  readonly connectorTests: {
    connectorFor(recipient: string, sender: string | null): string | null;
    run(
      connector: Connector,
      wish: { readonly sender: string | null; readonly recipient: string | null; readonly send: boolean },
      tell: (step: Step) => void,
      signal: AbortSignal,
    ): Promise<void>;
  };
}

export type ConnectorTestMethods = Pick<Handlers, 'connector.test'>;

export function connectorTestMethods({ store, connectorTests }: ConnectorTestDependencies): ConnectorTestMethods {
  const runs = new TestRuns<Step>();
  const connectorOf = (name: string | undefined, recipient: string | null, sender: string | null): Connector => {
    const chosen = name ?? (recipient === null ? undefined : connectorTests.connectorFor(recipient, sender));
    if (chosen === undefined)
      throw new RelayProblem('InvalidParameter', 'name: name a connector or a recipient.', [
        { path: 'name', message: 'name a connector, or a recipient whose connector is to be tested' },
      ]);
    if (chosen === null)
      throw new RelayProblem('NotFound', `No enabled connector takes mail for ${recipient}.`, [
        { path: 'recipient', value: recipient, message: 'is taken by no connector' },
      ]);
    return findNamed(store.current.connectors, 'connector', chosen);
  };
  return {
    'connector.test': async ({ name, sender, recipient, send, test, after, cancel }) => {
      if (test !== undefined && cancel) {
        runs.cancel(test);
        return { test, steps: [], done: true };
      }
      if (test !== undefined) return { ...(await runs.next(test, after ?? 0)) } as Result<'connector.test'>;
      const to = recipient === undefined ? null : requireMailbox('recipient', recipient);
      if (send && to === null)
        throw new RelayProblem('InvalidParameter', 'recipient is needed to send a message.', [
          { path: 'recipient', message: 'is needed to send a message' },
        ]);
      const from = sender === undefined ? null : sender === '' ? '' : requireMailbox('sender', sender);
      const connector = connectorOf(name, to, from);
      const wish = {
        sender: from,
        recipient: to,
        send: send ?? false,
      };
      const begun = runs.begin((tell, signal) => connectorTests.run(connector, wish, tell, signal));
      return { ...(await runs.next(begun, 0)) } as Result<'connector.test'>;
    },
  };
}

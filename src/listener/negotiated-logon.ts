/** AUTH NTLM and GSSAPI as one log-on: bans, delays and events as for passwords. */

import type { LoggedOn } from './account-gate.ts';
import type { LogonExchange, LogonStep, RelaySession } from './connection.ts';
import { type LogonDependencies, refuseBanned, refuseLogon, tellOfLogon } from './logon.ts';
import { type Mechanism, Negotiation } from './negotiation.ts';
import { SmtpRefusal } from './smtp-session.ts';

export class NegotiatedLogon implements LogonExchange {
  readonly #deps: LogonDependencies;
  readonly #session: RelaySession;
  readonly #mechanism: Mechanism;
  #negotiation: Negotiation | null = null;

  constructor(deps: LogonDependencies, session: RelaySession, mechanism: Mechanism) {
    this.#deps = deps;
    this.#session = session;
    this.#mechanism = mechanism;
  }

  async answer(line: string | null): Promise<LogonStep> {
    const began = performance.now();
    refuseBanned(this.#deps, this.#session);
    this.#negotiation ??= this.#begin();
    const answer = await this.#negotiation.answer(line);
    switch (answer.kind) {
      case 'challenge':
        return { challenge: answer.text };
      case 'accepted':
        tellOfLogon(this.#deps, this.#session, answer.identity, true);
        return { user: { account: answer.identity, verifier: null, by: this.#mechanism } satisfies LoggedOn };
      case 'cancelled':
        throw new SmtpRefusal(answer.code, answer.text);
      case 'failed':
        // Whose name it was the package does not say when it fails.
        tellOfLogon(this.#deps, this.#session, this.#mechanism, false);
        throw await refuseLogon(this.#deps, this.#session, began, `${this.#mechanism}:${answer.why.split(':', 1)[0]}`);
    }
  }

  end(): void {
    this.#negotiation?.end();
  }

  #begin(): Negotiation {
    const bridge = this.#deps.bridge();
    if (bridge !== null) return new Negotiation(this.#mechanism, bridge.exchange());
    this.#session.notes.rule = 'NoBridge';
    throw new SmtpRefusal(454, '4.7.0 Temporary authentication failure, try again later');
  }
}

/** Senders and recipients that a listener takes, whoever the client is. Asked each time, so that a change holds at once. */
import { isAllowed } from '../policy/address-patterns.ts';
import { judgeAuthors, shownAddress } from './author-check.ts';
import type { Refused } from './gate.ts';
import { IntakeRefused } from './intake.ts';

export interface AddressGateSettings {
  /** Wildcards allowed; empty for any. */
  readonly allowedSenders: readonly string[];
  readonly allowedRecipients: readonly string[];
}

export class AddressGate {
  readonly #settings: () => AddressGateSettings;

  constructor(settings: () => AddressGateSettings) {
    this.#settings = settings;
  }

  /** MAIL; the null sender of reports always passes. */
  refusesSender(address: string): Refused | null {
    if (address === '' || isAllowed(this.#settings().allowedSenders, address)) return null;
    return refused('AllowedSenders', `Mail from ${shownAddress(address)} is not taken here`);
  }

  /** RCPT */
  refusesRecipient(address: string): Refused | null {
    if (isAllowed(this.#settings().allowedRecipients, address)) return null;
    return refused('AllowedRecipients', `Mail to ${shownAddress(address)} is not taken here`);
  }

  /** @throws IntakeRefused for a From that is not taken here */
  checkHead(head: Buffer): void {
    const { allowedSenders } = this.#settings();
    if (allowedSenders.length === 0) return;
    const verdict = judgeAuthors(head, address => isAllowed(allowedSenders, address));
    if (verdict.kind === 'allowed') return;
    const why =
      verdict.kind === 'missing'
        ? 'Mail without a From field is not taken here'
        : `Mail from ${shownAddress(verdict.address)} (From) is not taken here`;
    const { code, text, rule } = refused('AllowedSenders', why);
    throw new IntakeRefused(code, text, rule);
  }
}

const refused = (rule: string, text: string): Refused => ({ rule, code: 550, text: `5.7.1 ${text}` });

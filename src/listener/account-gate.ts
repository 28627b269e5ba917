/**
 * What the account of a logged-on client may do in a transaction. An account that was disabled, removed,
 * given another password or kept from this address, and a way of logging on that the listener has no
 * more, end the logged-on state: the next transaction is that of a stranger, the one that is open ends.
 */
import type { AccountRights, AccountSettings } from '../policy/account-rights.ts';
import { judgeAuthors, shownAddress } from './author-check.ts';
import type { RelaySession } from './connection.ts';
import type { Refused } from './gate.ts';
import { IntakeRefused } from './intake.ts';

/** What smtp-server keeps as the session's user. */
export interface LoggedOn {
  readonly account: string;
  /** Of the password that was given; null for an account of Windows or Kerberos, which is not ours to limit. */
  readonly verifier: string | null;
  /** How somebody without an account of the relay came in; null for accounts of the relay. */
  readonly by: ForeignLogon | null;
}

export type ForeignLogon = 'NTLM' | 'GSSAPI' | 'WindowsAccount';

const TOO_MANY: Refused = {
  rule: 'MaxMessagesPerHour',
  code: 450,
  text: '4.7.1 Too many messages from this account, try again later',
};
const LOGGED_OFF: Refused = {
  rule: 'AccountNotInForce',
  code: 530,
  text: '5.7.0 The account can not be used any more, log on again',
};

/** smtp-server has false here after STARTTLS. */
export const userOf = (session: RelaySession): LoggedOn | null =>
  (session.user as LoggedOn | false | undefined) || null;

export class AccountGate {
  readonly #rights: AccountRights;
  readonly #takes: (by: ForeignLogon) => boolean;

  /** @param takes whether the listener still lets in who comes so */
  constructor(rights: AccountRights, takes: (by: ForeignLogon) => boolean) {
    this.#rights = rights;
    this.#takes = takes;
  }

  /** Before MAIL: who is no longer logged on is a stranger again. */
  endStale(session: RelaySession): void {
    if (this.#accountOf(session) !== 'stale') return;
    session.user = undefined;
    session.transmissionType = session.transmissionType.replace(/A$/, '');
  }

  /** MAIL: null lets the transaction begin. */
  refusesToBegin(session: RelaySession, sender: string): Refused | null {
    const account = this.#accountOf(session);
    if (account === 'stale' || account === null) return null;
    if (sender !== '' && !this.#rights.maySendAs(account, sender)) return notAs(account, 'sender', sender);
    return this.#rights.hasRoom(account) ? null : TOO_MANY;
  }

  /** RCPT: a transaction that began with an account goes on only with it. */
  refusesToGoOn(session: RelaySession, recipient: string): Refused | null {
    const account = this.#accountOf(session);
    if (account === 'stale') return LOGGED_OFF;
    if (account === null || this.#rights.maySendTo(account, recipient)) return null;
    const text = `5.7.1 This account may not send to ${shownAddress(recipient)}`;
    return { rule: `AllowedRecipients:${account.name}`, code: 550, text };
  }

  /**
   * DATA: counts the message.
   * @returns how to take it back when the message was not accepted, and the check of its header section
   */
  begin(session: RelaySession): Refused | { readonly undo: () => void; readonly checkHead: (head: Buffer) => void } {
    const account = this.#accountOf(session);
    if (account === 'stale') return LOGGED_OFF;
    if (account === null) return { undo: () => {}, checkHead: () => {} };
    const undo = this.#rights.take(account);
    return undo === null ? TOO_MANY : { undo, checkHead: head => this.#checkHead(account, head) };
  }

  /** @throws IntakeRefused for a From that the account may not use. */
  #checkHead(account: AccountSettings, head: Buffer): void {
    if (account.sendAs.length === 0) return;
    const verdict = judgeAuthors(head, address => this.#rights.maySendAs(account, address));
    if (verdict.kind === 'allowed') return;
    if (verdict.kind === 'missing')
      throw new IntakeRefused(550, '5.7.60 This account may send only with a From field', `SendAs:${account.name}`);
    const { code, text, rule } = notAs(account, 'From', verdict.address);
    throw new IntakeRefused(code, text, rule);
  }

  /** The relay's account that a session has; null for strangers and for who came in otherwise. */
  #accountOf(session: RelaySession): AccountSettings | 'stale' | null {
    const user = userOf(session);
    if (user === null) return null;
    if (user.by !== null) return this.#takes(user.by) ? null : 'stale';
    const account = this.#rights.find(user.account);
    const isSame = account?.enabled === true && account.verifier === user.verifier;
    return isSame && this.#rights.mayComeFrom(account, session.remoteAddress) ? account : 'stale';
  }
}

/** 5.7.60 is what Exchange says to this. */
function notAs({ name }: AccountSettings, what: 'sender' | 'From', address: string): Refused {
  const text = `5.7.60 This account may not send as ${shownAddress(address)} (${what})`;
  return { rule: `SendAs:${name}`, code: 550, text };
}

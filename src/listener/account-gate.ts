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

const ownUserOf = (session: RelaySession): LoggedOn | null => {
  const user = userOf(session);
  return user?.verifier ? user : null;
};

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
    if (!this.#isStale(session)) return;
    session.user = undefined;
    session.transmissionType = session.transmissionType.replace(/A$/, '');
  }

  /** MAIL: null lets the transaction begin. */
  refusesToBegin(session: RelaySession, sender: string): Refused | null {
    const account = ownUserOf(session) === null ? null : this.#inForce(session);
    if (account === null) return null;
    if (sender !== '' && !this.#rights.maySendAs(account, sender)) return notAs(account, 'sender', sender);
    return this.#rights.hasRoom(account) ? null : TOO_MANY;
  }

  /** RCPT: a transaction that began with an account goes on only with it. */
  refusesToGoOn(session: RelaySession, recipient: string): Refused | null {
    if (this.#isStale(session)) return LOGGED_OFF;
    const account = ownUserOf(session) === null ? null : this.#inForce(session);
    if (account === null || this.#rights.maySendTo(account, recipient)) return null;
    const text = `5.7.1 This account may not send to ${shownAddress(recipient)}`;
    return { rule: `AllowedRecipients:${account.name}`, code: 550, text };
  }

  /**
   * DATA: counts the message.
   * @returns how to take it back when the message was not accepted, and the check of its header section
   */
  begin(session: RelaySession): Refused | { readonly undo: () => void; readonly checkHead: (head: Buffer) => void } {
    if (this.#isStale(session)) return LOGGED_OFF;
    if (ownUserOf(session) === null) return { undo: () => {}, checkHead: () => {} };
    const account = this.#inForce(session);
    if (account === null) return LOGGED_OFF;
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

  #isStale(session: RelaySession): boolean {
    const by = userOf(session)?.by ?? null;
    if (by !== null) return !this.#takes(by);
    return ownUserOf(session) !== null && this.#inForce(session) === null;
  }

  #inForce(session: RelaySession): AccountSettings | null {
    const { account: name, verifier } = userOf(session)!;
    const account = this.#rights.find(name);
    const isSame = account?.enabled === true && account.verifier === verifier;
    return isSame && this.#rights.mayComeFrom(account, session.remoteAddress) ? account : null;
  }
}

/** 5.7.60 is what Exchange says to this. */
function notAs({ name }: AccountSettings, what: 'sender' | 'From', address: string): Refused {
  const text = `5.7.60 This account may not send as ${shownAddress(address)} (${what})`;
  return { rule: `SendAs:${name}`, code: 550, text };
}

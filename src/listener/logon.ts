/**
 * AUTH with a password, against the relay's own accounts and, where the listener says so, those of Windows. A wrong password, an unknown account and one
 * that may not log on from here get the same reply at the same time: the delay counts from the command,
 * whatever the check took, and is longer than it. Offered only where a password can't be overheard:
 * under TLS and on loopback.
 */
import type { SMTPServerAuthentication, SMTPServerAuthenticationResponse } from 'smtp-server';
import type { Emit } from '../log/events.ts';
import type { WindowsBridge } from '../platform/windows-bridge.ts';
import type { AccountRights, AccountSettings } from '../policy/account-rights.ts';
import { type LogonGuard, networkOf } from '../policy/logon-guard.ts';
import { DUMMY_VERIFIER } from '../policy/password.ts';
import { type PasswordChecker, TooManyChecks } from '../policy/password-checker.ts';
import type { LoggedOn } from './account-gate.ts';
import type { RelaySession } from './connection.ts';
import { SmtpRefusal } from './smtp-session.ts';

export interface LogonDependencies {
  readonly listener: string;
  readonly emit: Emit;
  readonly rights: AccountRights;
  readonly guard: LogonGuard;
  readonly passwords: PasswordChecker;
  /** NTLM, Kerberos and Windows accounts; null where there are none. */
  readonly bridge: () => WindowsBridge | null;
  /** Names that are not ours may be those of Windows accounts. */
  readonly windowsAccounts: () => boolean;
}

export async function logon(
  deps: LogonDependencies,
  auth: SMTPServerAuthentication,
  session: RelaySession,
): Promise<SMTPServerAuthenticationResponse> {
  const began = performance.now();
  refuseBanned(deps, session);
  const name = auth.username ?? '';
  const account = deps.rights.find(name);
  const matches = await fits(deps, auth.password ?? '', account, session);
  refuseBanned(deps, session);
  const identity = account === null ? await windowsAccount(deps, name, auth.password ?? '') : null;
  if (identity !== null) {
    tellOfLogon(deps, session, identity, true);
    return { user: { account: identity, verifier: null, by: 'WindowsAccount' } satisfies LoggedOn };
  }
  const rule = ruleAgainst(deps, account, matches, auth, session);
  tellOfLogon(deps, session, name, rule === null);
  if (account !== null && rule === null)
    return { user: { account: account.name, verifier: account.verifier, by: null } satisfies LoggedOn };
  throw await refuseLogon(deps, session, began, rule ?? 'UnknownAccount');
}

export function tellOfLogon(deps: LogonDependencies, session: RelaySession, account: string, success: boolean): void {
  deps.emit({
    type: 'logon',
    sessionId: session.id,
    clientIp: session.remoteAddress,
    listener: deps.listener,
    account: account.slice(0, 128),
    success,
  });
}

/** Counts the failure and waits. @param began of `performance.now()`, when the command came */
export async function refuseLogon(
  deps: LogonDependencies,
  session: RelaySession,
  began: number,
  rule: string,
): Promise<SmtpRefusal> {
  const due = began + deps.guard.failed(session.remoteAddress, session);
  await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())).unref());
  refuseBanned(deps, session);
  session.notes.rule = rule;
  return new SmtpRefusal(535, '5.7.8 Authentication failed');
}

/** @throws SmtpRefusal */
export function refuseBanned(deps: LogonDependencies, session: RelaySession): void {
  if (!deps.guard.isBanned(session.remoteAddress)) return;
  session.notes.rule = 'Banned';
  throw new SmtpRefusal(421, '4.7.0 Too many failed log-ons from your address, try again later');
}

async function windowsAccount(deps: LogonDependencies, name: string, password: string): Promise<string | null> {
  if (!deps.windowsAccounts() || !/[\\@]/.test(name)) return null;
  return (await deps.bridge()?.checkPassword(name, password)) ?? null;
}

async function fits(
  { guard, passwords }: LogonDependencies,
  password: string,
  account: AccountSettings | null,
  session: RelaySession,
): Promise<boolean> {
  const address = session.remoteAddress;
  try {
    return await passwords.check({
      source: networkOf(address),
      suspicious: guard.isSuspicious(address),
      password,
      verifier: account?.verifier ?? DUMMY_VERIFIER,
      wanted: () => !guard.isBanned(address),
    });
  } catch (error) {
    if (!(error instanceof TooManyChecks)) throw error;
    session.notes.rule = 'TooManyLogons';
    throw new SmtpRefusal(454, '4.7.0 Temporary authentication failure, try again later');
  }
}

/** The rule that keeps the client out, for the log only; null lets it in. */
function ruleAgainst(
  { rights }: LogonDependencies,
  account: AccountSettings | null,
  matches: boolean,
  { authzid, authcid }: SMTPServerAuthentication & { authzid?: string; authcid?: string },
  session: RelaySession,
): string | null {
  if (account === null) return 'UnknownAccount';
  if (!matches) return 'WrongPassword';
  if (!account.enabled) return 'DisabledAccount';
  if (!rights.mayComeFrom(account, session.remoteAddress)) return 'AccountRemoteIPRanges';
  // RFC 4616 2: acting for somebody else is a right that no account has.
  return authzid && authcid && authzid.toLowerCase() !== authcid.toLowerCase() ? 'AuthorizationIdentity' : null;
}

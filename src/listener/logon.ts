/**
 * AUTH against the relay's own accounts. A wrong password and an unknown account get the same reply
 * after the same time. Offered only where a password can't be overheard: under TLS and on loopback.
 */
import type { SMTPServerAuthentication, SMTPServerAuthenticationResponse } from 'smtp-server';
import type { Emit } from '../log/events.ts';
import { parseIp } from '../message/network.ts';
import { DUMMY_VERIFIER, verifyPassword } from '../policy/password.ts';
import type { RelaySession } from './connection.ts';
import { SmtpRefusal } from './smtp-session.ts';

export interface LogonDependencies {
  readonly listener: string;
  readonly emit: Emit;
  readonly accounts: () => readonly { readonly name: string; readonly enabled: boolean; readonly verifier: string }[];
}

const FAILURE_DELAY = 1000;

export function isLoopback(address: string): boolean {
  const ip = parseIp(address);
  if (!ip) return false;
  return ip.family === 4 ? ip.value >> 24n === 127n : ip.value === 1n;
}

export async function logon(
  deps: LogonDependencies,
  auth: SMTPServerAuthentication,
  session: RelaySession,
): Promise<SMTPServerAuthenticationResponse> {
  const name = auth.username ?? '';
  const account = deps.accounts().find(candidate => candidate.name.toLowerCase() === name.toLowerCase());
  const matches = await verifyPassword(auth.password ?? '', account?.verifier ?? DUMMY_VERIFIER);
  const success = matches && account?.enabled === true;
  deps.emit({
    type: 'logon',
    sessionId: session.id,
    clientIp: session.remoteAddress,
    listener: deps.listener,
    account: name.slice(0, 128),
    success,
  });
  if (success) return { user: account.name };
  session.notes.rule = account === undefined ? 'UnknownAccount' : account.enabled ? 'WrongPassword' : 'DisabledAccount';
  await new Promise(resolve => setTimeout(resolve, FAILURE_DELAY).unref());
  throw new SmtpRefusal(535, '5.7.8 Authentication failed');
}

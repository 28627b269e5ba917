/**
 * How a session logs on (RFC 4954): PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195) and XOAUTH2, spoken by
 * nodemailer. Nothing is said in clear text unless the administrator allowed it and the server is on
 * this computer or a private network. What goes wrong here is never a verdict on mail.
 */
import { NetworkList } from '../message/network.ts';
import type { Remote } from '../message/outcome.ts';
import { parseReply, type Reply } from '../message/reply.ts';
import type { Connection } from './connection.ts';
import type { SendError } from './reply-of-error.ts';

export type LogOnMethod = 'Automatic' | 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2';

export interface LogOn {
  readonly method: LogOnMethod;
  readonly userName: string;
  readonly allowClearText: boolean;
  /**
   * The password, or an access token.
   * @param refused one that the server just refused, to get another
   * @throws Error with a sentence when there is none
   */
  readonly secret: (refused: string | null) => Promise<string>;
}

/** Loopback, RFC 1918, RFC 4193, link-local: where no stranger listens. */
const PRIVATE = new NetworkList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

const BEST_UNDER_TLS = ['PLAIN', 'LOGIN', 'CRAM-MD5'] as const;
const BEST_IN_CLEAR = ['CRAM-MD5', 'PLAIN', 'LOGIN'] as const;

/** Whether a log-on may go to this address without encryption. */
export function mayBeClear({ allowClearText }: LogOn, address: string): boolean {
  return allowClearText && PRIVATE.match(address) !== null;
}

/** What came of it: null when logged on. Never rejects. */
export async function logOnTo(connection: Connection, remote: Remote, logOn: LogOn): Promise<Reply | null> {
  const where = `${remote.host} [${remote.address}]:${remote.port}`;
  if (!connection.secure && !mayBeClear(logOn, remote.address))
    return trouble(`${where} offers no TLS, and a log-on is not sent in clear text`);
  const method = methodFor(logOn, connection.offeredLogOns, connection.secure);
  if (method === null) return trouble(notOffered(logOn, connection, where));
  let secret: string;
  try {
    secret = await logOn.secret(null);
  } catch (error) {
    return trouble((error as Error).message);
  }
  let refusal = await login(connection, method, logOn.userName, secret);
  if (refusal?.code !== 535 || method !== 'XOAUTH2') return refusal;
  // A token can be taken back before its time; a new one may be good.
  const renewed = await logOn.secret(secret).catch(() => secret);
  if (renewed !== secret) refusal = await login(connection, method, logOn.userName, renewed);
  return refusal;
}

/** The way to log on that is taken of those a server offers; null when there is none. In clear text one that does not show the password comes first. */
export function methodFor(
  { method }: LogOn,
  offered: readonly string[],
  secure: boolean,
): Exclude<LogOnMethod, 'Automatic'> | null {
  if (method !== 'Automatic') return offered.includes(method) ? method : null;
  return (secure ? BEST_UNDER_TLS : BEST_IN_CLEAR).find(one => offered.includes(one)) ?? null;
}

/** Everything a secret looks like on the wire, which no line, error or report may show. */
export const shapesOf = (user: string, secret: string): readonly string[] => [
  secret,
  base64(secret),
  base64(`\0${user}\0${secret}`),
  bearerOf(user, secret),
];

function notOffered({ method }: LogOn, connection: Connection, where: string): string {
  const offered = connection.offeredLogOns;
  if (offered.length === 0) return `${where} offers no log-on (AUTH)${connection.secure ? '' : ' without TLS'}`;
  return `${where} offers AUTH ${offered.join(' ')}, not ${method === 'Automatic' ? 'PLAIN, LOGIN or CRAM-MD5' : method}`;
}

/** RFC 4954 6: 454 is a temporary failure to log on. */
const trouble = (text: string): Reply => ({ code: 454, enhanced: '4.7.0', text });

function login(
  connection: Connection,
  method: Exclude<LogOnMethod, 'Automatic'>,
  user: string,
  secret: string,
): Promise<Reply | null> {
  connection.hide(shapesOf(user, secret));
  return new Promise(resolve => {
    const done = (error: SendError | null) => {
      connection.off('error', done);
      connection.off('end', lost);
      resolve(error === null ? null : replyOf(connection, error));
    };
    const lost = () => done(new Error('the connection was closed during the log-on'));
    connection.once('error', done);
    connection.once('end', lost);
    connection.login(credentialsOf(method, user, secret), error => done(error as SendError | null));
  });
}

function credentialsOf(method: Exclude<LogOnMethod, 'Automatic'>, user: string, secret: string) {
  if (method !== 'XOAUTH2') return { user, credentials: { user, pass: secret }, method };
  const oauth2 = {
    // nodemailer would ask again after an error in a challenge; what is asked for anew is decided above.
    getToken: (isRetry: boolean, give: (error: Error | null, token?: string) => void) =>
      isRetry ? give(new Error('the token was refused')) : give(null, secret),
    buildXOAuth2Token: (token: string) => bearerOf(user, token),
  };
  return { user, method, oauth2 } as never;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
/** What is said to XOAUTH2. */
export const bearerOf = (user: string, token: string) => base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`);

function replyOf(connection: Connection, error: SendError): Reply {
  const heard = parseReply(error.response ?? connection.lastReply ?? '');
  const reply = heard && heard.code >= 400 ? heard : trouble(`The log-on failed: ${error.message}`);
  return { ...reply, text: connection.masked(reply.text) };
}

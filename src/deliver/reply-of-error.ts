/**
 * Turns what nodemailer and the network say into a reply. A server's own words are kept verbatim; for
 * everything else a reply of ours says in plain words what happened. A failure without a server's
 * 5yz is always temporary.
 */
import { formatReply, parseReply, type Reply } from '../message/reply.ts';

/** The fields of a nodemailer error that matter here. */
export interface SendError extends Error {
  code?: string;
  response?: string;
  command?: string;
  recipient?: string;
  originalCode?: string;
}

const NETWORK: Readonly<Record<string, readonly [enhanced: string, text: string]>> = {
  ECONNREFUSED: ['4.4.1', 'connection refused: nothing listens there, or a firewall rejects it'],
  ETIMEDOUT: ['4.4.1', 'no answer: the host is down, or a firewall drops the packets'],
  EHOSTUNREACH: ['4.4.1', 'no route to the host'],
  ENETUNREACH: ['4.4.1', 'no route to the network'],
  ECONNRESET: ['4.4.2', 'the connection was cut by the other side'],
  EPIPE: ['4.4.2', 'the connection was cut by the other side'],
  EADDRNOTAVAIL: ['4.4.1', 'no local address to connect from'],
};

/** What a failed attempt to open a session with a server comes to. */
export function replyOfConnectError(error: SendError, where: string): Reply {
  const heard = error.response === undefined ? null : parseReply(error.response);
  if (heard) return heard;
  const known = NETWORK[error.originalCode ?? ''] ?? NETWORK[error.code ?? ''];
  if (known) return { code: 451, enhanced: known[0], text: `Could not connect to ${where}: ${known[1]}` };
  return { code: 451, enhanced: '4.4.1', text: `Could not open a session with ${where}: ${error.message}` };
}

/** What a TLS handshake that was wanted and failed comes to; of a refused STARTTLS the server's words alone would tell nothing. */
export function replyOfTlsError(error: SendError, where: string): Reply {
  const heard = error.response === undefined ? null : parseReply(error.response);
  const what = heard === null ? `failed: ${error.message}` : `is not to be had: ${formatReply(heard)}`;
  return { code: 451, enhanced: '4.7.5', text: `TLS with ${where} ${what}` };
}

/** What a transaction that broke off without a server's verdict comes to. */
export function replyOfBrokenTransaction(error: SendError, where: string): Reply {
  const known = NETWORK[error.originalCode ?? ''] ?? NETWORK[error.code ?? ''];
  const what = known?.[1] ?? error.message;
  return { code: 451, enhanced: '4.4.2', text: `The connection to ${where} was lost before it answered: ${what}` };
}

/**
 * Hands a message over to Microsoft Graph (POST /users/{id}/sendMail with the MIME content in base64).
 * 202 means that Exchange Online took it; 429, 502 and 503 put the hop off for as long as they say; a token
 * that is refused is no verdict on the mail. What is said of one sender or one message is for that alone. Graph knows no envelope (see graph-mime.ts), no null sender
 * and no reports of delivery.
 */
import type { AcceptedMessage, EnvelopeRecipient } from '../message/envelope.ts';
import type { Outcome, Remote, TransactionResult } from '../message/outcome.ts';
import type { Reply } from '../message/reply.ts';
import { wasNotSent, whyFetchFailed } from '../platform/fetch-trouble.ts';
import { mimeForGraph } from './graph-mime.ts';
import { markThrottling } from './throttling.ts';

export interface GraphDelivery {
  /** Base address with its version. */
  readonly endpoint: string;
  /** Mailbox that sends; null takes the sender of the message. */
  readonly mailbox: string | null;
  /** @throws Error with a sentence when there is none */
  readonly token: (refused: string | null) => Promise<string>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly message: { readonly size: number; readonly envelope: Pick<AcceptedMessage['envelope'], 'reversePath'> };
  readonly recipients: readonly EnvelopeRecipient[];
  readonly body: () => Promise<Buffer>;
}

/** Graph takes 4 MB in one request, and base64 makes four bytes of three. */
export const GRAPH_LIMIT = 3 * 1024 * 1024;

const PERMANENT_CODES = new Set(['ErrorSendAsDenied', 'ErrorMessageSizeExceeded', 'ErrorInvalidRecipients']);
const SETTINGS_CODES = new Set([
  'ErrorAccessDenied',
  'InvalidAuthenticationToken',
  'ErrorInvalidUser',
  'MailboxNotEnabledForRESTAPI',
  'MailboxNotSupportedForRESTAPI',
  'ResourceNotFound',
]);

export async function deliverByGraph(delivery: GraphDelivery): Promise<TransactionResult> {
  const { message, recipients } = delivery;
  const all = (outcome: Outcome): TransactionResult => ({ kind: 'tried', outcomes: recipients.map(() => outcome) });
  const { hostname, port, protocol } = new URL(delivery.endpoint);
  const remote: Remote = { host: hostname, address: hostname, port: Number(port) || (protocol === 'http:' ? 80 : 443) };
  if (message.size > GRAPH_LIMIT) return all({ kind: 'failed', remote, reply: tooLarge(message.size) });
  const mailbox = delivery.mailbox ?? message.envelope.reversePath;
  if (mailbox === '') return all({ kind: 'failed', remote: null, reply: NO_SENDER });
  const url = `${delivery.endpoint.replace(/\/$/, '')}/users/${encodeURIComponent(mailbox)}/sendMail`;
  let token: string;
  let answer: Answer;
  try {
    token = await delivery.token(null);
  } catch (error) {
    return { kind: 'unreachable', logOnFailed: true, remote: null, reply: noToken((error as Error).message) };
  }
  const body = mimeForGraph(
    await delivery.body(),
    recipients.map(({ address }) => address),
  ).toString('base64');
  try {
    answer = await post(url, token, body, delivery.timeout);
    if (answer.status === 401) {
      const renewed = await delivery.token(token).catch(() => token);
      if (renewed !== token) answer = await post(url, renewed, body, delivery.timeout);
    }
  } catch (error) {
    return brokenOff(error as Error, delivery, remote, all);
  }
  return markThrottling(judge(answer, remote, delivery.mailbox !== null, all));
}

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  /** Milliseconds; null when nothing was said. */
  readonly retryAfter: number | null;
}

async function post(url: string, token: string, body: string, timeout: number): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/plain' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  });
  const text = (await response.text()).slice(0, 100_000);
  const after = response.headers.get('retry-after');
  const error = errorOf(text);
  return { status: response.status, ...error, retryAfter: after === null ? null : delayOf(after) };
}

/** RFC 9110 10.2.3: seconds or a date. */
function delayOf(text: string): number | null {
  const delay = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(delay) ? null : Math.min(Math.max(0, delay), 86_400_000);
}

function errorOf(text: string): { code: string; text: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return {
      code: String(error?.code ?? ''),
      text: String(error?.message ?? '')
        .replace(/\s+/g, ' ')
        .slice(0, 400),
    };
  } catch {
    return { code: '', text: '' };
  }
}

/** Whether the message arrived is mostly not known when the answer did not; like a connection that broke after the final dot. */
function brokenOff(
  error: Error,
  { timeout }: GraphDelivery,
  remote: Remote,
  all: (outcome: Outcome) => TransactionResult,
): TransactionResult {
  const text = `Microsoft Graph (${remote.host}) can't be reached: ${whyFetchFailed(error, timeout)}`;
  if (wasNotSent(error)) return { kind: 'unreachable', remote, reply: { code: 451, enhanced: '4.4.1', text } };
  return all({ kind: 'deferred', remote, reply: { code: 451, enhanced: '4.4.2', text } });
}

function judge(
  answer: Answer,
  remote: Remote,
  isOurMailbox: boolean,
  all: (outcome: Outcome) => TransactionResult,
): TransactionResult {
  const { status, code, retryAfter } = answer;
  const words = `HTTP ${status}${code === '' ? '' : ` ${code}`}${answer.text === '' ? '' : `: ${answer.text}`}`;
  if (status === 202)
    return all({
      kind: 'delivered',
      remote,
      reply: { code: 250, enhanced: '2.0.0', text: 'HTTP 202: accepted by Microsoft Graph' },
      dsnHandedOver: false,
    });
  const reply = (number: number, enhanced: string): Reply => ({ code: number, enhanced, text: words });
  if (isOfService(status, code, isOurMailbox))
    return { kind: 'unreachable', remote, reply: reply(451, '4.3.2'), ...(retryAfter === null ? {} : { retryAfter }) };
  if (status === 413) return all({ kind: 'failed', remote, reply: reply(552, '5.3.4') });
  if (PERMANENT_CODES.has(code)) {
    return all({ kind: 'failed', remote, reply: reply(554, code === 'ErrorSendAsDenied' ? '5.2.252' : '5.6.0') });
  }
  // A mailbox that the connector names is a setting; one that a sender names is that sender's.
  const isSetting =
    status === 401 ||
    code === 'Authorization_RequestDenied' ||
    (isOurMailbox && ((status === 403 && code !== '') || SETTINGS_CODES.has(code)));
  if (isSetting) return { kind: 'unreachable', logOnFailed: true, remote, reply: reply(454, '4.7.0') };
  if (status === 404) return all({ kind: 'failed', remote, reply: reply(550, '5.1.0') });
  if (status === 400) return all({ kind: 'failed', remote, reply: reply(554, '5.6.0') });
  return all({ kind: 'deferred', remote, reply: reply(451, '4.3.0') });
}

/** Whether other mail would hear the same. An error inside Graph may be about this message: it must not stand before all others for ever. */
const isOfService = (status: number, code: string, isOurMailbox: boolean): boolean =>
  status === 429 || ((status === 502 || status === 503) && (isOurMailbox || !code.startsWith('ErrorMailbox')));

const noToken = (text: string): Reply => ({ code: 454, enhanced: '4.7.0', text });

const tooLarge = (size: number): Reply => ({
  code: 552,
  enhanced: '5.3.4',
  text: `Microsoft Graph takes no message of ${size} bytes; ${GRAPH_LIMIT} is the most`,
});

const NO_SENDER: Reply = {
  code: 550,
  enhanced: '5.1.7',
  text: 'Microsoft Graph can not send mail without a sender, such as reports; name a mailbox with AuthenticationUserName, or give such mail another connector',
};

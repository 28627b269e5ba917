/**
 * One call of a webhook, signed as Standard Webhooks 1.0 (standardwebhooks.com) has it, so that receivers can use a
 * library: HMAC-SHA256 over id, time and body, with a secret that both sides know.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { whyFetchFailed } from '../platform/fetch-trouble.ts';

export interface WebhookCall {
  readonly url: string;
  /** The same for each attempt, so that a receiver knows what it had already. */
  readonly id: string;
  readonly body: string;
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Cuts it off. */
  readonly signal: AbortSignal;
}

/** What became of it. */
export interface WebhookAnswer {
  readonly ok: boolean;
  readonly status: number | null;
  /** A sentence of what went wrong; empty when all is well. */
  readonly why: string;
}

const PATIENCE = 15_000;
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** The header fields that prove who calls, when, and what was said. */
export function signatureFields({
  id,
  body,
  secret,
  now,
}: Omit<WebhookCall, 'url' | 'signal'>): Record<string, string> {
  const seconds = Math.floor(now / 1000);
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}

/** Never rejects. */
export async function callWebhook(call: WebhookCall): Promise<WebhookAnswer> {
  try {
    const response = await fetch(call.url, {
      method: 'POST',
      body: call.body,
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'SmtpRelay', ...signatureFields(call) },
      // Elsewhere nobody is told what goes on here.
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), call.signal]),
    });
    // What it says does not count, but a connection that is not read to its end stays open.
    await response.body?.cancel();
    const { ok, status } = response;
    return { ok, status, why: ok ? '' : `it answered with HTTP ${status}${hintOf(status)}` };
  } catch (error) {
    return { ok: false, status: null, why: whyFetchFailed(error as Error, PATIENCE) };
  }
}

function hintOf(status: number): string {
  if (status >= 300 && status < 400) return ', which sends us elsewhere; give the address where it ends';
  if (status === 401 || status === 403) return '; the secret may not be the one that the receiver knows';
  return '';
}
